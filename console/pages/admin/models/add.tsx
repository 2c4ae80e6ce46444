/** Adds a model that the catalogue does not know. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { addModel } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { RoutesField, sentRoutes, type RouteDraft } from "./routes-field.tsx";
import { words } from "./words.ts";

const EMPTY = { id: "", context: "128000", maxOutput: "8192", input: "", output: "" };
type Form = typeof EMPTY;

/** The field of the API that a field of the form goes to. */
const PLACES = {
  id: "id",
  context: "context",
  maxOutput: "maxOutput",
  input: "prices.input",
  output: "prices.output",
} as const satisfies Record<keyof Form, string>;

export const AddModel = ({ onClose }: { readonly onClose: () => void }) => {
  const act = useAct();
  const [form, setForm] = useState(EMPTY);
  const [routes, setRoutes] = useState<RouteDraft[]>([]);
  const save = async (): Promise<void> => {
    const order = {
      id: form.id.trim(),
      kind: "chat" as const,
      context: Number(form.context),
      maxOutput: Number(form.maxOutput),
      prices: { input: form.input.trim(), output: form.output.trim() },
      routes: sentRoutes(routes, []),
    };
    if (await act.run(() => addModel(order), { title: words.saved(order.id) })) onClose();
  };
  const field = (name: keyof Form, hint?: string) => (
    <TextField
      label={words[name]}
      error={fieldError(act.error, PLACES[name])}
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
      title={words.addTitle}
      description={words.addText}
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
      {field("id", words.idHint)}
      <div className="grid grid-cols-2 gap-4">
        {field("context")}
        {field("maxOutput")}
        {field("input")}
        {field("output")}
      </div>
      <RoutesField routes={routes} onChange={setRoutes} />
    </Sheet>
  );
};
