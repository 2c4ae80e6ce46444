/** Asks why before it acts: freezing, thawing, looking at somebody's console. */
import { useState, type ReactNode } from "react";

import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextArea } from "../../../ui/field.tsx";
import { useAct } from "../act.ts";
import { actWords as words } from "./words.ts";

const MOST_REASON = 500;

export interface ReasonDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly verb: string;
  readonly danger?: boolean;
  readonly onClose: () => void;
  /** What is done, and what is said then. */
  readonly act: (reason: string) => Promise<unknown>;
  readonly done?: string;
}

export const ReasonDialog = ({ title, children, verb, danger = false, onClose, act, done }: ReasonDialogProps) => {
  const acting = useAct();
  const [reason, setReason] = useState("");
  const formId = "reason";
  const submit = async (): Promise<void> => {
    const isDone = await acting.run(() => act(reason.trim()), done === undefined ? undefined : { title: done });
    if (isDone) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind={danger ? "danger" : "primary"}
            type="submit"
            form={formId}
            pending={acting.pending}
            disabled={reason.trim() === ""}
          >
            {verb}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {acting.error !== null && <Failed error={acting.error} />}
        <p className="text-ink-2">{children}</p>
        <TextArea
          label={words.reason}
          hint={words.reasonInternal}
          rows={2}
          maxLength={MOST_REASON}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      </form>
    </Dialog>
  );
};
