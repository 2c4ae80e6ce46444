/** Makes a key. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError } from "../../../api/client.ts";
import { createKey, keysKey, type MadeKey } from "../../../api/keys.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { KeyFields } from "./fields.tsx";
import { EMPTY_FORM, newKeyOf, problemsOf } from "./form.ts";
import { words } from "./words.ts";

export interface CreateProps {
  readonly account: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onMade: (made: MadeKey) => void;
}

/** An error that no field shows. */
export const isWhole = (error: unknown): boolean =>
  error !== null && !(error instanceof ApiError && Object.keys(error.fields).length > 0);

export const CreateKey = ({ account, open, onClose, onMade }: CreateProps) => {
  const [form, setForm] = useState(EMPTY_FORM);
  const [checked, setChecked] = useState(false);
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const create = useMutation({
    mutationFn: () => withStepUp(() => createKey(account, newKeyOf(form))),
    onSuccess: async (made) => {
      setForm(EMPTY_FORM);
      setChecked(false);
      onMade(made);
      await queries.invalidateQueries({ queryKey: keysKey(account) });
    },
  });
  const submit = (): void => {
    setChecked(true);
    if (Object.keys(problemsOf(form)).length === 0) create.mutate();
  };
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title={words.newTitle}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" form="new-key" pending={create.isPending}>
            {words.newVerb}
          </Button>
        </>
      }
    >
      <form
        id="new-key"
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {isWhole(create.error) && <Failed error={create.error} />}
        <KeyFields
          account={account}
          form={form}
          onChange={setForm}
          error={create.error}
          checked={checked}
          known={null}
        />
      </form>
    </Sheet>
  );
};
