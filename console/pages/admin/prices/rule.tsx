/** Many prices at once: so much of the price in force, or of what a model costs. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { draftByRule, type Rule } from "../../../api/operator.ts";
import { parseMoney } from "../../../format/money.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { useAct } from "../act.ts";
import { words } from "./words.ts";

const START = { base: "price" as Rule["base"], factor: "1.05", step: "0.01", way: "nearest" as Rule["way"] };
const WAYS = ["nearest", "up", "down"] as const;

interface RuleFieldsProps {
  readonly rule: typeof START;
  readonly setRule: (rule: typeof START) => void;
  readonly error: unknown;
}

const RuleFields = ({ rule, setRule, error }: RuleFieldsProps) => (
  <div className="grid gap-4 sm:grid-cols-2">
    <Field label={words.ruleBase}>
      <Select
        value={rule.base}
        options={[
          { value: "price", label: words.basePrice },
          { value: "cost", label: words.baseCost },
        ]}
        onChange={(base) => {
          setRule({ ...rule, base });
        }}
      />
    </Field>
    <TextField
      label={words.factor}
      inputMode="decimal"
      hint={words.factorHint}
      error={fieldError(error, "factor")}
      value={rule.factor}
      onChange={(event) => {
        setRule({ ...rule, factor: event.currentTarget.value });
      }}
    />
    <TextField
      label={words.step}
      inputMode="decimal"
      hint={words.stepHint}
      error={parseMoney(rule.step) === null ? words.bad : undefined}
      value={rule.step}
      onChange={(event) => {
        setRule({ ...rule, step: event.currentTarget.value });
      }}
    />
    <Field label={words.way}>
      <Select
        value={rule.way}
        options={WAYS.map((value) => ({ value, label: words.ways[value] }))}
        onChange={(way) => {
          setRule({ ...rule, way });
        }}
      />
    </Field>
  </div>
);

export const RuleDialog = ({
  models,
  onClose,
}: {
  readonly models: readonly string[];
  readonly onClose: () => void;
}) => {
  const act = useAct();
  const [rule, setRule] = useState(START);
  const [skipped, setSkipped] = useState<number | null>(null);
  const stepNano = parseMoney(rule.step);
  const apply = async (): Promise<void> => {
    if (stepNano === null) return;
    let left = 0;
    const order: Rule = { base: rule.base, factor: rule.factor.trim(), stepNano, way: rule.way };
    const done = await act.run(
      async () => {
        const answer = await draftByRule([...models], order);
        left = answer.skipped.length;
      },
      { title: words.applied(models.length) },
    );
    if (!done) return;
    if (left === 0) onClose();
    else setSkipped(left);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.ruleTitle(models.length)}
      description={words.ruleText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind="primary"
            pending={act.pending}
            disabled={stepNano === null || stepNano === "0"}
            onClick={() => void apply()}
          >
            {words.apply}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      {skipped !== null && <Notice tone="warn">{words.skipped(skipped)}</Notice>}
      <RuleFields rule={rule} setRule={setRule} error={act.error} />
    </Dialog>
  );
};
