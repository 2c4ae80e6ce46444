/** A panel at the side that shows one row of a list; its address can be linked, so the page decides when it is open. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useRef, type ReactNode } from "react";

import { IconButton } from "./button.tsx";
import { BACKDROP } from "./dialog.tsx";

export interface SheetProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/**
 * A form's first field takes the focus, else the panel itself: on its first button the keyboard would open a tooltip, and Escape would
 * close that before the panel.
 */
const useFirstFocus = () => {
  const panel = useRef<HTMLDivElement>(null);
  const focus = (): boolean | HTMLElement => {
    const { current } = panel;
    return current?.querySelector<HTMLElement>('input:not([aria-hidden="true"]), textarea') ?? current ?? true;
  };
  return { panel, focus };
};

export const Sheet = ({ open, onClose, title, description, actions, children }: SheetProps) => {
  const { panel, focus } = useFirstFocus();
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          ref={panel}
          initialFocus={focus}
          className="moves outline-none fixed inset-y-0 right-0 z-50 flex w-full flex-col border-l border-line bg-surface data-[ending-style]:translate-x-8 data-[ending-style]:opacity-0 data-[starting-style]:translate-x-8 data-[starting-style]:opacity-0 sm:max-w-xl"
        >
          <div className="flex items-start justify-between gap-4 border-b border-line px-6 py-4">
            <div className="min-w-0">
              <Base.Title className="text-large font-medium break-words text-ink">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-0.5 text-ink-2">{description}</Base.Description>
              )}
            </div>
            <Base.Close render={<IconButton label="Close">{<X aria-hidden className="size-4" />}</IconButton>} />
          </div>
          <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-6 py-5">{children}</div>
          {actions !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-4">{actions}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
};
