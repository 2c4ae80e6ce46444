/** A part of a form that most people leave closed: its name, and what it says as it is. */
import { ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";

export interface DisclosureProps {
  readonly title: string;
  /** What it says now, in a few words. */
  readonly note?: string;
  /** Something in it is wrong: it cannot be overlooked then. */
  readonly bad?: boolean;
  readonly children: ReactNode;
}

export const Disclosure = ({ title, note, bad = false, children }: DisclosureProps) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      open={isOpen || bad}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
      className="group border-t border-line pt-4"
    >
      <summary className="flex cursor-pointer list-none items-baseline gap-2 rounded-small [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="moves size-4 shrink-0 self-center text-ink-3 group-open:rotate-90" />
        <span className="font-medium text-ink">{title}</span>
        {note !== undefined && <span className="min-w-0 truncate text-small text-ink-3">{note}</span>}
      </summary>
      <div className="flex flex-col gap-4 pt-4 pl-6">{children}</div>
    </details>
  );
};
