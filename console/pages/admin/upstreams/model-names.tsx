/** Which models an upstream serves and what it calls them; taken from the provider's own list, or written by hand. */
import { useMutation } from "@tanstack/react-query";
import { Download, Plus, X } from "lucide-react";
import { useState } from "react";

import { listUpstreamModels } from "../../../api/operator.ts";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Checkbox, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { connectionOf, type FormState } from "./form-state.ts";
import type { TestCallProps } from "./test-call.tsx";
import { words } from "./words.ts";

type Found = Awaited<ReturnType<typeof listUpstreamModels>>["items"][number];
type Pairs = FormState["models"];

/** Longer lists are narrowed by typing. */
const SHOWN = 60;

const Choice = ({
  found,
  pairs,
  onChange,
}: {
  readonly found: readonly Found[];
  readonly pairs: Pairs;
  readonly onChange: (pairs: Pairs) => void;
}) => {
  const [filter, setFilter] = useState("");
  const chosen = new Set(pairs.map(([, name]) => name));
  const shown = found.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())).slice(0, SHOWN);
  return (
    <div className="flex flex-col gap-2 rounded-large border border-line p-3">
      <TextField
        label={words.filter}
        value={filter}
        onChange={(event) => {
          setFilter(event.currentTarget.value);
        }}
      />
      <fieldset tabIndex={0} aria-label={words.import} className="flex max-h-64 flex-col gap-1.5 overflow-y-auto">
        {shown.map(({ name, model }) => (
          <Checkbox
            key={name}
            label={<span className="font-mono text-small break-all">{name}</span>}
            hint={model === name ? undefined : (model ?? words.unknown)}
            checked={chosen.has(name)}
            onChange={(checked) => {
              onChange(
                checked ? [...pairs, [model ?? name, name]] : pairs.filter(([, chosenName]) => chosenName !== name),
              );
            }}
          />
        ))}
      </fieldset>
    </div>
  );
};

const Pair = ({
  pair: [model, name],
  onChange,
  onRemove,
}: {
  readonly pair: Pairs[number];
  readonly onChange: (pair: Pairs[number]) => void;
  readonly onRemove: () => void;
}) => (
  <div className="flex items-end gap-2">
    <TextField
      className="flex-1"
      label={words.modelOurs}
      mono
      value={model}
      onChange={(event) => {
        onChange([event.currentTarget.value, name]);
      }}
    />
    <TextField
      className="flex-1"
      label={words.modelTheirs}
      mono
      value={name}
      onChange={(event) => {
        onChange([model, event.currentTarget.value]);
      }}
    />
    <IconButton label={words.remove(model)} className="mb-0.5" onClick={onRemove}>
      <X aria-hidden className="size-4" />
    </IconButton>
  </div>
);

export const ModelNames = ({ form, setForm, editing }: TestCallProps) => {
  const list = useMutation({ mutationFn: () => listUpstreamModels(connectionOf(form, editing)) });
  const setModels = (models: Pairs): void => {
    setForm({ ...form, models });
  };
  const { data } = list;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-5">
      <div>
        <div className="font-medium text-ink">{words.models}</div>
        <p className="text-small text-ink-3">{words.modelsHint}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          icon={<Download aria-hidden className="size-3.5" />}
          pending={list.isPending}
          onClick={() => {
            list.mutate();
          }}
        >
          {list.isPending ? words.importing : words.import}
        </Button>
        <Button
          size="small"
          icon={<Plus aria-hidden className="size-3.5" />}
          onClick={() => {
            setModels([...form.models, ["", ""]]);
          }}
        >
          {words.addModel}
        </Button>
      </div>
      <div aria-live="polite">
        {list.isError && <Failed error={list.error} />}
        {data !== undefined && data.problem !== null && <Notice tone="bad">{words.problems[data.problem]}</Notice>}
        {data?.problem === null && (
          <p className="text-small text-ink-2">
            {words.found(data.items.length, data.items.filter(({ model }) => model !== null).length)}
          </p>
        )}
      </div>
      {data?.problem === null && <Choice found={data.items} pairs={form.models} onChange={setModels} />}
      {form.models.map((pair, index) => (
        <Pair
          // The place is the pair: names are being typed.
          key={index}
          pair={pair}
          onChange={(next) => {
            setModels(form.models.map((one, place) => (place === index ? next : one)));
          }}
          onRemove={() => {
            setModels(form.models.filter((_, place) => place !== index));
          }}
        />
      ))}
    </div>
  );
};
