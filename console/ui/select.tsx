/** One of a closed list. */
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";

import { classes } from "./classes.ts";
import { INPUT } from "./field.tsx";

export interface SelectOption<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

export interface SelectProps<T extends string> {
  /** Read aloud; leave out inside a Field, whose label is used. */
  readonly label?: string;
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
  readonly disabled?: boolean;
  readonly className?: string;
}

export const Select = <T extends string>({
  label,
  value,
  options,
  onChange,
  disabled = false,
  className,
}: SelectProps<T>) => (
  <Base.Root
    items={options.map((option) => ({ value: option.value, label: option.label }))}
    value={value}
    disabled={disabled}
    onValueChange={(next) => {
      if (next !== null) onChange(next);
    }}
  >
    <Base.Trigger
      aria-label={label}
      className={classes(INPUT, "inline-flex items-center justify-between gap-2 text-left", className)}
    >
      <Base.Value className="truncate" />
      <Base.Icon>
        <ChevronsUpDown aria-hidden className="size-3.5 text-ink-3" />
      </Base.Icon>
    </Base.Trigger>
    <Base.Portal>
      <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
        <Base.Popup className="max-h-80 min-w-(--anchor-width) overflow-y-auto rounded-base border border-line-strong bg-surface p-1">
          {options.map((option) => (
            <Base.Item
              key={option.value}
              value={option.value}
              className="flex cursor-pointer items-center justify-between gap-4 rounded-small px-2.5 py-1.5 data-[highlighted]:bg-sunken"
            >
              <span>
                <Base.ItemText>{option.label}</Base.ItemText>
                {option.hint !== undefined && <span className="block text-small text-ink-3">{option.hint}</span>}
              </span>
              <Base.ItemIndicator>
                <Check aria-hidden className="size-4 text-accent" />
              </Base.ItemIndicator>
            </Base.Item>
          ))}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
);
