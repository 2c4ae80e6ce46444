/** A word about what was just done, with a way back where there is one. */
import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";

const manager = Base.createToastManager();
const SHOWN_MS = 5_000;
const UNDO_MS = 9_000;

export interface ToastOrder {
  readonly title: string;
  readonly description?: string;
  readonly bad?: boolean;
  /** Takes the act back. */
  readonly undo?: () => void;
}

/** Says what was done. Errors stay until they are closed. */
export const toast = ({ title, description, bad = false, undo }: ToastOrder): void => {
  const id = manager.add({
    title,
    description,
    type: bad ? "bad" : "plain",
    priority: bad ? "high" : "low",
    timeout: bad ? 0 : undo === undefined ? SHOWN_MS : UNDO_MS,
    ...(undo !== undefined && {
      actionProps: {
        children: "Undo",
        onClick: () => {
          manager.close(id);
          undo();
        },
      },
    }),
  });
};

const List = () => {
  const { toasts } = Base.useToastManager();
  return toasts.map((one) => (
    <Base.Root
      key={one.id}
      toast={one}
      className="moves rounded-base border border-line-strong bg-surface p-3.5 data-[ending-style]:opacity-0 data-[starting-style]:translate-y-2 data-[starting-style]:opacity-0"
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <Base.Title className={one.type === "bad" ? "font-medium text-bad" : "font-medium text-ink"} />
          <Base.Description className="text-ink-2" />
        </div>
        <Base.Action className="font-medium text-accent" />
        <Base.Close aria-label="Close message" className="text-ink-3 hover:text-ink">
          <X aria-hidden className="size-4" />
        </Base.Close>
      </div>
    </Base.Root>
  ));
};

export const Toasts = ({ children }: { readonly children: ReactNode }) => (
  <Base.Provider toastManager={manager} limit={3}>
    {children}
    <Base.Portal>
      <Base.Viewport className="fixed right-4 bottom-20 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 sm:bottom-4">
        <List />
      </Base.Viewport>
    </Base.Portal>
  </Base.Provider>
);
