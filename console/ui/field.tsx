/** What one fills in: label above, hint below, the error in its place and read aloud. */
import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Field as Base } from "@base-ui/react/field";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Check } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

import { classes } from "./classes.ts";

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** Why what was entered will not do, and what would. */
  readonly error?: string | undefined;
  readonly optional?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Label, hint and error around any control. */
export const Field = ({ label, hint, error, optional = false, className, children }: FieldProps) => (
  <Base.Root invalid={error !== undefined} className={classes("flex min-w-0 flex-col gap-1.5", className)}>
    <Base.Label className="font-medium text-ink">
      {label}
      {optional && <span className="font-normal text-ink-3"> · optional</span>}
    </Base.Label>
    {children}
    {hint !== undefined && error === undefined && (
      <Base.Description className="text-small text-ink-3">{hint}</Base.Description>
    )}
    <Base.Error match={error !== undefined} className="text-small text-bad">
      {error}
    </Base.Error>
  </Base.Root>
);

export const INPUT =
  "moves h-9 w-full min-w-0 rounded-base border border-line-strong bg-surface px-3 text-ink placeholder:text-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 data-[invalid]:border-bad disabled:bg-sunken disabled:text-ink-3";

export type TextInputProps = Omit<ComponentProps<typeof Base.Control>, "className" | "render"> & {
  readonly className?: string;
  /** Letters of one width: keys, ids, addresses. */
  readonly mono?: boolean;
};

export const TextInput = ({ className, mono = false, ...rest }: TextInputProps) => (
  <Base.Control {...rest} className={classes(INPUT, mono && "font-mono", className)} />
);

export type TextFieldProps = Omit<FieldProps, "children"> & TextInputProps;

/** A labelled line of text. */
export const TextField = ({ label, hint, error, optional, className, ...input }: TextFieldProps) => (
  <Field
    label={label}
    hint={hint}
    error={error}
    {...(optional === undefined ? {} : { optional })}
    {...(className === undefined ? {} : { className })}
  >
    <TextInput {...input} />
  </Field>
);

/** A labelled box of text. */
export const TextArea = ({
  label,
  hint,
  error,
  mono = false,
  rows = 4,
  ...rest
}: Omit<FieldProps, "children" | "className"> & ComponentProps<"textarea"> & { readonly mono?: boolean }) => (
  <Field label={label} hint={hint} error={error}>
    <Base.Control
      render={
        <textarea rows={rows} {...rest} className={classes(INPUT, "!h-auto resize-y py-2", mono && "font-mono")} />
      }
    />
  </Field>
);

export interface CheckProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

const CheckWords = ({ label, hint }: Pick<CheckProps, "label" | "hint">) => (
  <span>
    <span className="block text-ink">{label}</span>
    {hint !== undefined && <span className="block text-small text-ink-3">{hint}</span>}
  </span>
);

export const Checkbox = ({ label, hint, checked, onChange, disabled = false }: CheckProps) => (
  <label className="flex cursor-pointer items-start gap-2.5">
    <BaseCheckbox.Root
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="moves mt-0.5 flex size-4.5 shrink-0 items-center justify-center rounded-small border border-line-strong bg-surface data-[checked]:border-accent data-[checked]:bg-accent"
    >
      <BaseCheckbox.Indicator>
        <Check aria-hidden className="size-3.5 text-accent-ink" strokeWidth={3} />
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
    <CheckWords label={label} hint={hint} />
  </label>
);

/** Acts at once, unlike a checkbox of a form. */
export const Switch = ({ label, hint, checked, onChange, disabled = false }: CheckProps) => (
  <label className="flex cursor-pointer items-start gap-3">
    <BaseSwitch.Root
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="moves mt-px flex h-5 w-9 shrink-0 items-center rounded-full border border-line-strong bg-sunken p-0.5 data-[checked]:border-accent data-[checked]:bg-accent"
    >
      <BaseSwitch.Thumb className="moves size-3.5 rounded-full bg-ink-3 data-[checked]:translate-x-4 data-[checked]:bg-accent-ink" />
    </BaseSwitch.Root>
    <CheckWords label={label} hint={hint} />
  </label>
);
