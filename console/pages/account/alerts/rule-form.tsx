/** One rule: what is watched, and who is told. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import {
  addRule,
  alertsKey,
  changeRule,
  removeRule,
  type AlertKind,
  type AlertRule,
  type Alerts,
  type RuleOrder,
} from "../../../api/alerts.ts";
import { fieldError } from "../../../api/client.ts";
import { parseMoney, typedMoney } from "../../../format/money.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Checkbox, Field, Switch, TextField } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

interface RuleState {
  readonly kind: AlertKind;
  readonly amount: string;
  readonly percent: string;
  readonly factor: string;
  readonly people: readonly string[];
  readonly webhook: boolean;
  readonly enabled: boolean;
}

/** What a new rule of a kind begins with. */
const AMOUNTS = { low_balance: "5", key_budget: "", daily_spend: "1" } as const satisfies Record<AlertKind, string>;

const stateOf = (rule: AlertRule | null, alerts: Alerts): RuleState =>
  rule === null
    ? {
        kind: "low_balance",
        amount: AMOUNTS.low_balance,
        percent: "80",
        factor: "30",
        people: alerts.members.slice(0, 1).map(({ id }) => id),
        webhook: false,
        enabled: true,
      }
    : {
        kind: rule.kind,
        amount: rule.amountNano === null ? AMOUNTS[rule.kind] : typedMoney(rule.amountNano),
        percent: String(rule.percent ?? 80),
        factor: String(rule.factor ?? 30),
        people: rule.people,
        webhook: rule.webhook,
        enabled: rule.enabled,
      };

const amountOf = ({ kind, amount }: RuleState): string | null => (kind === "key_budget" ? null : parseMoney(amount));

const isBad = (state: RuleState): boolean => {
  const amount = amountOf(state);
  return state.kind !== "key_budget" && (amount === null || amount === "0");
};

const orderOf = (state: RuleState): RuleOrder => ({
  kind: state.kind,
  people: [...state.people],
  webhook: state.webhook,
  enabled: state.enabled,
  amountNano: amountOf(state),
  percent: state.kind === "key_budget" ? Number(state.percent) : null,
  factor: state.kind === "daily_spend" ? Number(state.factor) : null,
});

/** A choice of numbers that also holds what was set elsewhere. */
const choices = (labels: Readonly<Record<string, string>>, value: string) =>
  [...new Set([...Object.keys(labels), value])].map((each) => ({ value: each, label: labels[each] ?? each }));

interface Part {
  readonly state: RuleState;
  readonly set: (change: Partial<RuleState>) => void;
  readonly error: unknown;
}

const What = ({ state, set, error, isChecked }: Part & { readonly isChecked: boolean }) => (
  <>
    <Field label={words.what} hint={words.kindHints[state.kind]}>
      <Select<AlertKind>
        value={state.kind}
        options={(Object.keys(words.kinds) as AlertKind[]).map((value) => ({ value, label: words.kinds[value] }))}
        onChange={(kind) => {
          set({ kind, amount: AMOUNTS[kind] });
        }}
      />
    </Field>
    {state.kind === "key_budget" && (
      <Field label={words.percent}>
        <Select
          value={state.percent}
          options={choices(words.percents, state.percent)}
          onChange={(percent) => {
            set({ percent });
          }}
        />
      </Field>
    )}
    {state.kind === "daily_spend" && (
      <Field label={words.factor}>
        <Select
          value={state.factor}
          options={choices(words.factors, state.factor)}
          onChange={(factor) => {
            set({ factor });
          }}
        />
      </Field>
    )}
    {state.kind !== "key_budget" && (
      <TextField
        label={state.kind === "low_balance" ? words.amountLow : words.amountSpend}
        {...(state.kind === "daily_spend" && { hint: words.amountSpendHint })}
        error={isChecked && isBad(state) ? words.badAmount : fieldError(error, "amountNano")}
        inputMode="decimal"
        value={state.amount}
        onChange={(event) => {
          set({ amount: event.currentTarget.value });
        }}
      />
    )}
  </>
);

const Whom = ({ state, set, error, alerts }: Part & { readonly alerts: Alerts }) => (
  <fieldset className="flex min-w-0 flex-col gap-3">
    <legend className="mb-3 font-medium text-ink">{words.whom}</legend>
    {alerts.members.map(({ id, name, email }) => (
      <Checkbox
        key={id}
        label={email}
        hint={name}
        checked={state.people.includes(id)}
        onChange={(on) => {
          set({ people: on ? [...state.people, id] : state.people.filter((each) => each !== id) });
        }}
      />
    ))}
    <Checkbox
      label={words.byWebhook}
      {...(alerts.webhook === null && { hint: words.noWebhook })}
      checked={state.webhook}
      disabled={alerts.webhook === null && !state.webhook}
      onChange={(webhook) => {
        set({ webhook });
      }}
    />
    {fieldError(error, "people") !== undefined && (
      <span role="alert" className="text-small text-bad">
        {fieldError(error, "people")}
      </span>
    )}
  </fieldset>
);

export interface RuleSheetProps {
  readonly account: string;
  readonly alerts: Alerts;
  /** Null: a new one. */
  readonly rule: AlertRule | null;
  readonly onClose: () => void;
}

/** What is sent, and what is said when it was. */
const useRuleActs = ({ account, rule, onClose }: RuleSheetProps) => {
  const queries = useQueryClient();
  const done = (title: string) => (alerts: Alerts) => {
    queries.setQueryData(alertsKey(account), alerts);
    toast({ title });
    onClose();
  };
  const save = useMutation({
    mutationFn: (order: RuleOrder) => (rule === null ? addRule(account, order) : changeRule(account, rule.id, order)),
    onSuccess: done(words.saved),
  });
  const remove = useMutation({
    mutationFn: (id: string) => removeRule(account, id),
    onSuccess: done(words.removed),
  });
  return { save, remove };
};

export const RuleSheet = (props: RuleSheetProps) => {
  const { alerts, rule, onClose } = props;
  const [state, setState] = useState(() => stateOf(rule, alerts));
  const [isChecked, setChecked] = useState(false);
  const { save, remove } = useRuleActs(props);
  const set = (change: Partial<RuleState>): void => {
    setState((before) => ({ ...before, ...change }));
  };
  const part = { state, set, error: save.error };
  const hasField = fieldError(save.error, "people") !== undefined || fieldError(save.error, "amountNano") !== undefined;
  return (
    <Sheet
      open
      onClose={onClose}
      title={rule === null ? words.newTitle : words.editTitle}
      actions={
        <>
          {rule !== null && (
            <Button
              kind="danger"
              className="mr-auto"
              pending={remove.isPending}
              onClick={() => {
                remove.mutate(rule.id);
              }}
            >
              {words.remove}
            </Button>
          )}
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" form="rule" pending={save.isPending}>
            {words.save}
          </Button>
        </>
      }
    >
      <form
        id="rule"
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (!isBad(state)) save.mutate(orderOf(state));
        }}
      >
        {save.error !== null && !hasField && <Failed error={save.error} />}
        {remove.error !== null && <Failed error={remove.error} />}
        <What {...part} isChecked={isChecked} />
        <Whom {...part} alerts={alerts} />
        <Switch
          label={words.enabled}
          checked={state.enabled}
          onChange={(enabled) => {
            set({ enabled });
          }}
        />
      </form>
    </Sheet>
  );
};
