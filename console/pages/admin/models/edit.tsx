/** Changes a model: all that the configuration file can say of it. What is emptied goes back to what the catalogue says. */
import { useState } from "react";

import { editModel, type ModelDetail, type ModelEdit } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct } from "../act.ts";
import { changesOf, formOf, unreadable } from "./form.ts";
import { ModelFields, whyOf } from "./model-fields.tsx";
import { draftsOf, RoutesField, sentRoutes } from "./routes-field.tsx";
import { words } from "./words.ts";

export const EditModel = ({ model, onClose }: { readonly model: ModelDetail; readonly onClose: () => void }) => {
  const act = useAct();
  const [before] = useState(() => ({ form: formOf(model.entry), routes: draftsOf(model) }));
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
  const why = whyOf(form, act.error);
  return (
    <Sheet
      open
      onClose={onClose}
      title={words.editTitle(model.id)}
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
      <RoutesField routes={routes} onChange={setRoutes} why={why} />
      <ModelFields
        id={model.id}
        published={model.published}
        unpriced={model.unpriced}
        form={form}
        why={why}
        set={(change) => {
          setForm((typed) => ({ ...typed, ...change }));
        }}
      />
    </Sheet>
  );
};
