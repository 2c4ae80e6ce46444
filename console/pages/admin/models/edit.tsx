/** Changes a model: its routes, names and limits. What is emptied goes back to what the catalogue says. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { editModel, type ModelDetail, type ModelEdit } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { draftsOf, RoutesField, sentRoutes } from "./routes-field.tsx";
import { words } from "./words.ts";

const LIMITS = ["rpm", "tpm", "concurrency"] as const;
const SIZES = ["context", "maxOutput", "defaultMaxTokens"] as const;

const textOf = (value: number | null): string => (value === null || value === 0 ? "" : String(value));
const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));

const formOf = (model: ModelDetail) => ({
  aliases: model.aliases.join(" "),
  replyModel: model.replyModel ?? "",
  rpm: textOf(model.rpm),
  tpm: textOf(model.tpm),
  concurrency: textOf(model.concurrency),
  context: textOf(model.context),
  maxOutput: textOf(model.maxOutput),
  defaultMaxTokens: textOf(model.defaultMaxTokens),
});
type Form = ReturnType<typeof formOf>;

/** Only what was changed is sent: what is not stays the catalogue's, and follows it. */
const changesOf = (form: Form, before: Form): ModelEdit => {
  const numbers = [...LIMITS, ...SIZES].filter((name) => form[name] !== before[name]);
  const aliases = form.aliases.split(" ").filter((alias) => alias !== "");
  return {
    ...Object.fromEntries(numbers.map((name) => [name, numberOf(form[name])])),
    ...(form.aliases === before.aliases ? {} : { aliases: aliases.length === 0 ? null : aliases }),
    ...(form.replyModel === before.replyModel
      ? {}
      : { replyModel: form.replyModel.trim() === "" ? null : form.replyModel.trim() }),
  };
};

export const EditModel = ({ model, onClose }: { readonly model: ModelDetail; readonly onClose: () => void }) => {
  const act = useAct();
  const [before] = useState(() => ({ form: formOf(model), routes: draftsOf(model) }));
  const [form, setForm] = useState(before.form);
  const [routes, setRoutes] = useState(before.routes);
  const save = async (): Promise<void> => {
    const isMoved = JSON.stringify(routes) !== JSON.stringify(before.routes);
    const sent = sentRoutes(routes, before.routes);
    const edit: ModelEdit = {
      ...changesOf(form, before.form),
      ...(isMoved ? { routes: sent.length === 0 ? null : sent } : {}),
    };
    if (await act.run(() => editModel(model.id, edit), { title: words.saved(model.id) })) onClose();
  };
  const field = (name: keyof Form, hint?: string) => (
    <TextField
      key={name}
      label={words[name]}
      error={fieldError(act.error, name)}
      value={form[name]}
      {...(hint === undefined ? {} : { hint })}
      onChange={(event) => {
        setForm({ ...form, [name]: event.currentTarget.value });
      }}
    />
  );
  return (
    <Sheet
      open
      onClose={onClose}
      title={words.editTitle(model.id)}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" pending={act.pending} onClick={() => void save()}>
            {words.save}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      {field("aliases", words.aliasesHint)}
      {field("replyModel", words.replyHint)}
      <RoutesField routes={routes} onChange={setRoutes} />
      <div className="flex flex-col gap-3 border-t border-line pt-5">
        <div className="font-medium text-ink">{words.limits}</div>
        <div className="grid grid-cols-3 gap-3">{LIMITS.map((name) => field(name))}</div>
        <div className="grid grid-cols-3 gap-3">{SIZES.map((name) => field(name))}</div>
      </div>
    </Sheet>
  );
};
