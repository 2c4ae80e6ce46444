/** One of many: typed to be found. */
import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronsUpDown } from "lucide-react";

import { classes } from "./classes.ts";
import { INPUT } from "./field.tsx";

export interface ComboboxOption {
  readonly value: string;
  readonly label: string;
  /** To the right, in a quiet voice. */
  readonly note?: string;
}

export interface ComboboxProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly ComboboxOption[];
  readonly onChange: (value: string) => void;
  /** What to say when nothing is found. */
  readonly none: string;
  readonly className?: string;
}

export const Combobox = ({ label, value, options, onChange, none, className }: ComboboxProps) => (
  <Base.Root<ComboboxOption>
    items={options}
    value={options.find((option) => option.value === value) ?? null}
    onValueChange={(option) => {
      if (option !== null) onChange(option.value);
    }}
    itemToStringLabel={(option) => option.label}
    isItemEqualToValue={(a, b) => a.value === b.value}
  >
    <div className={classes("relative min-w-0", className)}>
      <Base.Input aria-label={label} className={classes(INPUT, "pr-8")} />
      <Base.Trigger aria-label={label} className="absolute top-2.5 right-2.5 text-ink-3">
        <ChevronsUpDown aria-hidden className="size-3.5" />
      </Base.Trigger>
    </div>
    <Base.Portal>
      <Base.Positioner sideOffset={4} className="z-50">
        <Base.Popup className="max-h-80 w-(--anchor-width) min-w-64 overflow-y-auto rounded-base border border-line-strong bg-surface p-1">
          <Base.Empty className="px-2.5 py-2 text-ink-3 empty:hidden">{none}</Base.Empty>
          <Base.List>
            {(option: ComboboxOption) => (
              <Base.Item
                key={option.value}
                value={option}
                className="flex cursor-pointer items-center justify-between gap-4 rounded-small px-2.5 py-1.5 data-[highlighted]:bg-sunken"
              >
                <span className="flex min-w-0 items-center gap-2">
                  <span className="truncate">{option.label}</span>
                  <Base.ItemIndicator>
                    <Check aria-hidden className="size-4 text-accent" />
                  </Base.ItemIndicator>
                </span>
                {option.note !== undefined && (
                  <span className="figures text-small whitespace-nowrap text-ink-3">{option.note}</span>
                )}
              </Base.Item>
            )}
          </Base.List>
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);
