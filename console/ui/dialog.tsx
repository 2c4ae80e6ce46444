/** What asks before it acts, in the middle of the screen; a sheet of the whole width on a telephone. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useState, type ReactNode } from "react";

import { Button, IconButton } from "./button.tsx";
import { classes } from "./classes.ts";
import { TextField } from "./field.tsx";

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: ReactNode;
  /** Buttons, the act last. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  readonly children?: ReactNode;
}

export const BACKDROP =
  "fixed inset-0 z-40 bg-[#171412]/45 moves data-[starting-style]:opacity-0 data-[ending-style]:opacity-0";

export const Dialog = ({ open, onClose, title, description, actions, wide = false, children }: DialogProps) => (
  <Base.Root
    open={open}
    onOpenChange={(next) => {
      if (!next) onClose();
    }}
  >
    <Base.Portal>
      <Base.Backdrop className={BACKDROP} />
      <Base.Popup
        className={classes(
          "moves fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col rounded-t-large border border-line bg-surface sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-full sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-large",
          wide ? "sm:max-w-3xl" : "sm:max-w-lg",
          "data-[ending-style]:opacity-0 data-[starting-style]:opacity-0",
        )}
      >
        <div className="flex items-start justify-between gap-4 px-6 pt-5">
          <div className="min-w-0">
            <Base.Title className="text-large font-medium text-ink">{title}</Base.Title>
            {description !== undefined && (
              <Base.Description className="mt-1 text-ink-2">{description}</Base.Description>
            )}
          </div>
          <Base.Close render={<IconButton label="Close">{<X aria-hidden className="size-4" />}</IconButton>} />
        </div>
        <div className="flex min-h-0 flex-col gap-4 overflow-y-auto px-6 py-5">{children}</div>
        {actions !== undefined && (
          <div className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-4">{actions}</div>
        )}
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
);

export interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
  readonly title: string;
  /** What will happen, and whether it can be taken back. */
  readonly children: ReactNode;
  /** A verb: "Revoke key". */
  readonly verb: string;
  readonly danger?: boolean;
  readonly pending?: boolean;
  /** Has to be typed first; for what cannot be taken back. */
  readonly typed?: string;
}

export const Confirm = ({
  open,
  onClose,
  onConfirm,
  title,
  children,
  verb,
  danger = false,
  pending = false,
  typed,
}: ConfirmProps) => {
  const [text, setText] = useState("");
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={danger ? "danger" : "primary"}
            pending={pending}
            disabled={typed !== undefined && text !== typed}
            onClick={onConfirm}
          >
            {verb}
          </Button>
        </>
      }
    >
      <div className="text-ink-2">{children}</div>
      {typed !== undefined && (
        <TextField
          label={`Type ${typed} to confirm`}
          value={text}
          autoComplete="off"
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      )}
    </Dialog>
  );
};
