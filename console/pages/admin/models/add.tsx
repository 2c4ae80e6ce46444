/** Adds a model that the catalogue does not know. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { addModel } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { changesOf, formOf, unreadable, type ModelForm } from "./form.ts";
import { ModelFields, whyOf } from "./model-fields.tsx";
import { RoutesField, sentRoutes, type RouteDraft } from "./routes-field.tsx";
import { words } from "./words.ts";

const EMPTY = formOf(null);
/** What is said of a new model goes without saying only where it is the house's own default. */
const NOTHING: ModelForm = { ...EMPTY, context: "", maxOutput: "" };

export const AddModel = ({ onClose }: { readonly onClose: () => void }) => {
  const act = useAct();
  const [id, setId] = useState("");
  const [form, setForm] = useState(EMPTY);
  const [routes, setRoutes] = useState<RouteDraft[]>([]);
  const save = async (): Promise<void> => {
    const order = { ...changesOf(form, NOTHING), id: id.trim(), kind: form.kind, routes: sentRoutes(routes, []) };
    if (await act.run(() => addModel(order), { title: words.saved(order.id) })) onClose();
  };
  const why = whyOf(form, act.error);
  return (
    <Sheet
      open
      onClose={onClose}
      title={words.addTitle}
      description={words.addText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind="primary"
            pending={act.pending}
            disabled={Object.keys(unreadable(form)).length > 0}
            onClick={() => void save()}
          >
            {words.save}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      <TextField
        label={words.id}
        hint={words.idHint}
        error={fieldError(act.error, "id")}
        value={id}
        onChange={(event) => {
          setId(event.currentTarget.value);
        }}
      />
      <RoutesField routes={routes} onChange={setRoutes} why={why} />
      <ModelFields
        id={null}
        published={false}
        unpriced={[]}
        form={form}
        why={why}
        set={(change) => {
          setForm((before) => ({ ...before, ...change }));
        }}
      />
    </Sheet>
  );
};
