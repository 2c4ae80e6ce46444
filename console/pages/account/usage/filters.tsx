/** The line of filters above the requests. All of it stands in the address. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { choicesQuery } from "../../../api/usage.ts";
import { parseMoney } from "../../../format/money.ts";
import { OUTCOME_IDS, outcomeWords } from "../../../format/outcomes.ts";
import { Button } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { INPUT } from "../../../ui/field.tsx";
import { Select, type SelectOption } from "../../../ui/select.tsx";
import { SPANS, type UsageSearch } from "./search.ts";
import { words } from "./words.ts";

const ALL = "all";
/** Longest text of a filter. */
const MAX_TEXT = 64;

type Change = Partial<UsageSearch>;

export interface FiltersProps {
  readonly account: string;
  readonly search: UsageSearch;
  readonly onChange: (change: Change) => void;
}

const orAll = (value: string): string | undefined => (value === ALL ? undefined : value);

interface TypedProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  /** Why a text will not do; null when it will. */
  readonly problem: (text: string) => string | null;
  readonly onCommit: (text: string | undefined) => void;
  readonly className: string;
}

/** A text that counts when it is finished: at Enter, or when one goes on. */
const Typed = ({ label, placeholder, value, problem, onCommit, className }: TypedProps) => {
  const [text, setText] = useState(value ?? "");
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value ?? "");
  }
  const wrong = text.trim() === "" ? null : problem(text.trim());
  const commit = (): void => {
    const next = text.trim() === "" ? undefined : text.trim();
    if (wrong === null && next !== value) onCommit(next);
  };
  return (
    <span className={classes("relative", className)}>
      <input
        aria-label={label}
        aria-invalid={wrong !== null}
        title={wrong ?? undefined}
        placeholder={placeholder}
        value={text}
        maxLength={MAX_TEXT}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
        }}
        className={classes(INPUT, wrong !== null && "border-bad")}
      />
      {wrong !== null && <span className="absolute top-full left-0 z-10 mt-0.5 text-small text-bad">{wrong}</span>}
    </span>
  );
};

const Day = ({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (day: string | undefined) => void;
}) => (
  <input
    type="date"
    aria-label={label}
    value={value ?? ""}
    onChange={(event) => {
      onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value);
    }}
    className={classes(INPUT, "!w-38")}
  />
);

const SpanChoice = ({ search, onChange }: Omit<FiltersProps, "account">) => (
  <>
    <Select
      label={words.span}
      value={search.span ?? ALL}
      options={[
        { value: ALL, label: words.allTime },
        ...SPANS.map((span) => ({ value: span, label: words.spans[span] })),
      ]}
      onChange={(value) => {
        onChange({ span: SPANS.find((span) => span === value), from: undefined, to: undefined });
      }}
      className="!w-44"
    />
    {search.span === "dates" && (
      <>
        <Day
          label={words.from}
          value={search.from}
          onChange={(from) => {
            onChange({ from });
          }}
        />
        <Day
          label={words.to}
          value={search.to}
          onChange={(to) => {
            onChange({ to });
          }}
        />
      </>
    )}
  </>
);

/** A name that is in the address but not among those that were used lately is offered too. */
const withOwn = (options: readonly SelectOption<string>[], own: string | undefined): readonly SelectOption<string>[] =>
  own === undefined || options.some(({ value }) => value === own) ? options : [...options, { value: own, label: own }];

const isFiltered = ({ span, model, key, outcome, min, id }: UsageSearch): boolean =>
  [span, model, key, outcome, min, id].some((value) => value !== undefined);

export const Filters = ({ account, search, onChange }: FiltersProps) => {
  const { data } = useQuery(choicesQuery(account));
  const models = (data?.models ?? []).map((name) => ({ value: name, label: name }));
  const keys = (data?.keys ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <search aria-label={words.filters} className="flex flex-wrap items-center gap-2">
      <SpanChoice search={search} onChange={onChange} />
      <Select
        label={words.model}
        value={search.model ?? ALL}
        options={[{ value: ALL, label: words.allModels }, ...withOwn(models, search.model)]}
        onChange={(model) => {
          onChange({ model: orAll(model) });
        }}
        className="!w-44"
      />
      <Select
        label={words.key}
        value={search.key ?? ALL}
        options={[{ value: ALL, label: words.allKeys }, ...withOwn(keys, search.key)]}
        onChange={(key) => {
          onChange({ key: orAll(key) });
        }}
        className="!w-36"
      />
      <Select
        label={words.outcome}
        value={search.outcome ?? ALL}
        options={[
          { value: ALL, label: words.allOutcomes },
          ...OUTCOME_IDS.map((id) => ({ value: id, label: outcomeWords(id).label, hint: id })),
        ]}
        onChange={(value) => {
          onChange({ outcome: OUTCOME_IDS.find((id) => id === value) });
        }}
        className="!w-38"
      />
      <Typed
        label={words.min}
        placeholder={words.minPlaceholder}
        value={search.min}
        problem={(text) => (parseMoney(text) === null ? words.minBad : null)}
        onCommit={(min) => {
          onChange({ min });
        }}
        className="w-26"
      />
      <Typed
        label={words.id}
        placeholder={words.idPlaceholder}
        value={search.id}
        problem={() => null}
        onCommit={(id) => {
          onChange({ id });
        }}
        className="min-w-40 flex-1"
      />
      {isFiltered(search) && (
        <Button
          kind="quiet"
          onClick={() => {
            onChange({
              span: undefined,
              from: undefined,
              to: undefined,
              model: undefined,
              key: undefined,
              outcome: undefined,
              min: undefined,
              id: undefined,
            });
          }}
        >
          {words.reset}
        </Button>
      )}
    </search>
  );
};
