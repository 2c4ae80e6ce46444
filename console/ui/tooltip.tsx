/** The exact figure, or the name of a sign, for who points at it or reaches it by keyboard. */
import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";

export interface TooltipProps {
  readonly text: ReactNode;
  /** One element that takes focus and pointer events. */
  readonly children: ReactElement<Record<string, unknown>>;
}

export const Tooltip = ({ text, children }: TooltipProps) => (
  <Base.Root>
    <Base.Trigger render={children} />
    <Base.Portal>
      <Base.Positioner sideOffset={6} className="z-50">
        <Base.Popup className="figures max-w-80 rounded-base bg-ink px-2.5 py-1.5 text-small break-words text-paper">
          {text}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);
