/** Adds or changes a plan, and shows what a model costs under it while it is being changed. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { addPlan, editPlan, type Plan } from "../../../api/operator.ts";
import { count } from "../../../format/number.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Switch, TextField } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useAct, type Act } from "../act.ts";
import { Preview } from "./preview.tsx";
import { words } from "./words.ts";

const NANO_DECIMALS = 9;

/** Nano-USD as the settings take it: "19". */
const plain = (nano: string): string => {
  if (nano === "0") return "";
  const digits = nano.padStart(NANO_DECIMALS + 1, "0");
  const at = digits.length - NANO_DECIMALS;
  let end = digits.length;
  while (end > at && digits[end - 1] === "0") end--;
  return end === at ? digits.slice(0, at) : `${digits.slice(0, at)}.${digits.slice(at, end)}`;
};

const textOf = (value: number | null): string => (value === null ? "" : String(value));
const numberOf = (text: string): number | null => (text.trim() === "" ? null : Number(text));
const wordOf = (text: string): string | null => (text.trim() === "" ? null : text.trim());

const formOf = (plan: Plan | null) => ({
  id: plan?.id ?? "",
  discount: plan?.discount ?? "",
  price: plain(plan?.feeNano ?? "0"),
  rpm: textOf(plan?.rpm ?? null),
  tpm: textOf(plan?.tpm ?? null),
  concurrency: textOf(plan?.concurrency ?? null),
  isDefault: plan?.isDefault ?? false,
});
type Form = ReturnType<typeof formOf>;

const sentOf = (form: Form) => ({
  discount: wordOf(form.discount),
  price: wordOf(form.price),
  rpm: numberOf(form.rpm),
  tpm: numberOf(form.tpm),
  concurrency: numberOf(form.concurrency),
  default: form.isDefault,
});

const OnOff = ({ plan, act }: { readonly plan: Plan; readonly act: Act }) => {
  const [isAsking, setAsking] = useState(false);
  const set = async (enabled: boolean): Promise<void> => {
    await act.run(() => editPlan(plan.id, { enabled }), {
      title: enabled ? words.enabled(plan.id) : words.disabled(plan.id),
      loud: true,
    });
    setAsking(false);
  };
  if (!plan.enabled)
    return (
      <Button pending={act.pending} onClick={() => void set(true)}>
        {words.enable}
      </Button>
    );
  return (
    <>
      <Button
        kind="danger"
        onClick={() => {
          setAsking(true);
        }}
      >
        {words.disable}
      </Button>
      <Confirm
        open={isAsking}
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={() => void set(false)}
        title={words.disableTitle(plan.id)}
        verb={words.disable}
        danger
        pending={act.pending}
      >
        {words.disableText(count(plan.accounts))}
      </Confirm>
    </>
  );
};

export const PlanForm = ({ editing, onClose }: { readonly editing: Plan | null; readonly onClose: () => void }) => {
  const act = useAct();
  const [form, setForm] = useState(() => formOf(editing));
  const save = async (): Promise<void> => {
    const id = editing?.id ?? form.id.trim();
    const done = await act.run(
      () => (editing === null ? addPlan({ id, ...sentOf(form) }) : editPlan(id, sentOf(form))),
      {
        title: words.saved(id),
      },
    );
    if (done) onClose();
  };
  const field = (name: Exclude<keyof Form, "isDefault">, hint?: string) => (
    <TextField
      label={words[name]}
      error={fieldError(act.error, name)}
      value={form[name]}
      {...(hint === undefined ? { placeholder: words.noLimit } : { hint })}
      onChange={(event) => {
        setForm({ ...form, [name]: event.currentTarget.value });
      }}
    />
  );
  return (
    <Sheet
      open
      onClose={onClose}
      title={editing === null ? words.addTitle : words.editTitle(editing.id)}
      actions={
        <>
          {editing !== null && <OnOff plan={editing} act={act} />}
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button kind="primary" pending={act.pending} onClick={() => void save()}>
            {words.save}
          </Button>
        </>
      }
    >
      {act.error !== null && <Failed error={act.error} />}
      {editing === null && field("id", words.idHint)}
      <div className="grid grid-cols-2 gap-4">
        {field("discount", words.discountHint)}
        {field("price", words.priceHint)}
      </div>
      <div className="grid grid-cols-3 gap-4">
        {field("rpm")}
        {field("tpm")}
        {field("concurrency")}
      </div>
      <Switch
        label={words.default}
        hint={words.defaultHint}
        checked={form.isDefault}
        onChange={(isDefault) => {
          setForm({ ...form, isDefault });
        }}
      />
      <Preview discount={form.discount.trim()} />
    </Sheet>
  );
};
