/** The reader's own values for the snippets. */
import { useQuery } from "@tanstack/react-query";

import { modelsQuery } from "../../api/public.ts";
import { useReader } from "../../docs/reader.tsx";
import { Combobox } from "../../ui/combobox.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { words } from "./words.ts";

export const Values = () => {
  const { key, hasKey, setKey, model, setModel } = useReader();
  const { data: models = [] } = useQuery(modelsQuery);
  const chats = models.filter(({ kind }) => kind === "chat");
  return (
    <section
      aria-label={words.inSnippets}
      className="grid gap-4 rounded-large border border-line bg-surface p-4 sm:grid-cols-2"
    >
      <Field label={words.yourKey} hint={words.yourKeyHint}>
        <TextInput
          mono
          type="password"
          autoComplete="off"
          value={hasKey ? key : ""}
          onChange={(event) => {
            setKey(event.currentTarget.value);
          }}
        />
      </Field>
      <Field label={words.yourModel}>
        <Combobox
          label={words.yourModel}
          value={model}
          none={words.noModel}
          options={chats.map(({ id }) => ({ value: id, label: id }))}
          onChange={setModel}
        />
      </Field>
    </section>
  );
};
