/** The fields of a key: its name, and what it may do. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { keyModelsQuery, type Key } from "../../../api/keys.ts";
import { Checkbox, Field, TextField, TextInput } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { problemsOf, type Expiry, type KeyForm, type Period, type Problems } from "./form.ts";
import { words } from "./words.ts";

export interface KeyFieldsProps {
  readonly account: string;
  readonly form: KeyForm;
  readonly onChange: (form: KeyForm) => void;
  /** Of the last try. */
  readonly error: unknown;
  /** Shown once something was sent. */
  readonly checked: boolean;
  /** The key that is changed; null for a new one. */
  readonly known: Key | null;
}

const optionsOf = <T extends string>(labels: Readonly<Record<T, string>>, left: readonly string[] = []) =>
  (Object.entries(labels) as [T, string][])
    .filter(([value]) => !left.includes(value))
    .map(([value, label]) => ({ value, label }));

const ModelChoice = ({
  account,
  models,
  onChange,
  error,
}: {
  readonly account: string;
  readonly models: readonly string[] | null;
  readonly onChange: (models: readonly string[] | null) => void;
  readonly error: string | undefined;
}) => {
  const { data } = useQuery(keyModelsQuery(account));
  const [filter, setFilter] = useState("");
  const chosen = models ?? [];
  const found = (data ?? []).filter((model) => model.includes(filter.trim().toLowerCase()));
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-3 font-medium text-ink">{words.models}</legend>
      <Checkbox
        label={words.allModels}
        checked={models === null}
        onChange={(all) => {
          onChange(all ? null : []);
        }}
      />
      {models !== null && (
        <div className="rounded-base border border-line">
          <div className="border-b border-line p-2">
            <Field label={words.filterModels} className="[&>label]:sr-only">
              <TextInput
                value={filter}
                placeholder={words.filterModels}
                onChange={(event) => {
                  setFilter(event.currentTarget.value);
                }}
              />
            </Field>
          </div>
          <div className="flex max-h-52 flex-col gap-2 overflow-y-auto p-3">
            {data === undefined && <Skeleton className="h-6 w-40" />}
            {found.map((model) => (
              <Checkbox
                key={model}
                label={<span className="font-mono text-small">{model}</span>}
                checked={chosen.includes(model)}
                onChange={(on) => {
                  onChange(on ? [...chosen, model] : chosen.filter((each) => each !== model));
                }}
              />
            ))}
          </div>
        </div>
      )}
      {error !== undefined && (
        <span role="alert" className="text-small text-bad">
          {error}
        </span>
      )}
    </fieldset>
  );
};

type Part = KeyFieldsProps & { readonly problems: Problems };

const BudgetFields = ({ form, onChange, error, problems, known }: Part) => {
  if (known !== null && known.budget === null) return <p className="text-small text-ink-3">{words.budgetNever}</p>;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={words.budget}
        hint={known === null ? words.budgetHint : words.budgetFixed}
        error={problems.budget ?? fieldError(error, "budgetNano")}
        inputMode="decimal"
        value={form.budget}
        onChange={(event) => {
          onChange({ ...form, budget: event.currentTarget.value });
        }}
      />
      <Field label={words.period}>
        <Select<Period>
          value={form.period}
          disabled={known !== null}
          options={optionsOf(words.periods)}
          onChange={(period) => {
            onChange({ ...form, period });
          }}
        />
      </Field>
    </div>
  );
};

const LIMITS = ["rpm", "tpm", "concurrency"] as const;

export const KeyFields = (props: KeyFieldsProps) => {
  const { account, form, onChange, error, checked, known } = props;
  const problems = checked ? problemsOf(form) : {};
  return (
    <>
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={fieldError(error, "name")}
        required
        maxLength={200}
        autoComplete="off"
        value={form.name}
        onChange={(event) => {
          onChange({ ...form, name: event.currentTarget.value });
        }}
      />
      <BudgetFields {...props} problems={problems} />
      <div className="grid gap-4 sm:grid-cols-3">
        {LIMITS.map((limit) => (
          <TextField
            key={limit}
            label={words[limit]}
            error={problems[limit] ?? fieldError(error, limit)}
            inputMode="numeric"
            placeholder={words.noLimits}
            value={form[limit]}
            onChange={(event) => {
              onChange({ ...form, [limit]: event.currentTarget.value });
            }}
          />
        ))}
      </div>
      <Field label={words.expiry} error={fieldError(error, "expiresAt")}>
        <Select<Expiry>
          value={form.expiry}
          options={optionsOf(words.expiries, known === null ? ["keep"] : [])}
          onChange={(expiry) => {
            onChange({ ...form, expiry });
          }}
        />
      </Field>
      <ModelChoice
        account={account}
        models={form.models}
        error={problems.models ?? fieldError(error, "models")}
        onChange={(models) => {
          onChange({ ...form, models });
        }}
      />
    </>
  );
};
