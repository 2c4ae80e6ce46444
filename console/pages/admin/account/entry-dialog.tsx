/** Credits or debits an account by hand: the amount is typed twice, and the same form sent twice makes one entry (E114). */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { postEntry, type AccountDetail, type NewEntry } from "../../../api/operate.ts";
import { moneyExactly, moneyTyped, parseMoney } from "../../../format/money.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextArea, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useAct } from "../act.ts";
import { actWords as words } from "./words.ts";

type Fund = NewEntry["fund"];
type Direction = NewEntry["direction"];

const FUNDS = {
  credit: ["payment", "promo", "adjustment"],
  debit: ["adjustment", "payment"],
} as const satisfies Record<Direction, readonly Fund[]>;

const MOST_REASON = 500;

/** Nano-USD of a typed amount above nothing; null for what is none. A comma may part thousands or decimals: one is asked again. */
const amountOf = (text: string): string | null => {
  const nano = text.includes(",") ? null : parseMoney(text);
  return nano === null || BigInt(nano) === 0n ? null : nano;
};

const say = ({ replayed, balanceNano, pendingNano }: Awaited<ReturnType<typeof postEntry>>): void => {
  const title = replayed ? words.replayed : words.posted(moneyExactly(balanceNano));
  toast({ title, ...(pendingNano === "0" ? {} : { description: words.pending(moneyExactly(pendingNano)) }) });
};

interface Form {
  readonly direction: Direction;
  readonly fund: Fund;
  readonly text: string;
  /** The amount once more. */
  readonly typed: string;
  readonly reason: string;
}

const EMPTY: Form = { direction: "credit", fund: "payment", text: "", typed: "", reason: "" };

interface OutlookProps {
  readonly balanceNano: string;
  readonly amount: string;
  readonly direction: Direction;
}

const Outlook = ({ balanceNano, amount, direction }: OutlookProps) => {
  const after = BigInt(balanceNano) + (direction === "credit" ? BigInt(amount) : -BigInt(amount));
  return after < 0n ? (
    <Notice tone="warn">{words.below}</Notice>
  ) : (
    <Notice>{words.after(moneyExactly(after.toString()))}</Notice>
  );
};

interface FieldsProps {
  readonly form: Form;
  readonly onChange: (part: Partial<Form>) => void;
  readonly error: unknown;
}

const Kind = ({ form: { direction, fund }, onChange }: Omit<FieldsProps, "error">) => (
  <div className="grid gap-4 sm:grid-cols-2">
    <Field label={words.direction}>
      <Select
        value={direction}
        options={(["credit", "debit"] as const).map((value) => ({ value, label: words[value] }))}
        onChange={(next) => {
          onChange({ direction: next, fund: FUNDS[next][0] });
        }}
      />
    </Field>
    <Field label={words.fund} hint={words.fundHints[fund]}>
      <Select
        value={fund}
        options={FUNDS[direction].map((value) => ({ value, label: words.funds[value], hint: words.fundHints[value] }))}
        onChange={(next) => {
          onChange({ fund: next });
        }}
      />
    </Field>
  </div>
);

const Fields = ({ form, onChange, error, balanceNano }: FieldsProps & { readonly balanceNano: string }) => {
  const amount = amountOf(form.text);
  return (
    <>
      <Kind form={form} onChange={onChange} />
      <TextField
        label={words.amount}
        inputMode="decimal"
        autoComplete="off"
        value={form.text}
        error={form.text.trim() !== "" && amount === null ? words.amountBad : fieldError(error, "amountNano")}
        onChange={(event) => {
          onChange({ text: event.currentTarget.value });
        }}
      />
      <TextArea
        label={words.reason}
        hint={words.reasonHint}
        rows={2}
        maxLength={MOST_REASON}
        value={form.reason}
        onChange={(event) => {
          onChange({ reason: event.currentTarget.value });
        }}
      />
      {amount !== null && (
        <>
          <Outlook balanceNano={balanceNano} amount={amount} direction={form.direction} />
          <TextField
            label={words.typed(moneyTyped(amount))}
            autoComplete="off"
            value={form.typed}
            onChange={(event) => {
              onChange({ typed: event.currentTarget.value });
            }}
          />
        </>
      )}
    </>
  );
};

const FORM_ID = "move-money";

export const EntryDialog = ({ detail, onClose }: { readonly detail: AccountDetail; readonly onClose: () => void }) => {
  const { account, newestTransfer } = detail;
  const act = useAct();
  const [form, setForm] = useState(EMPTY);
  // What this form was opened on: a second one that saw the same and says the same is the same entry.
  const [seen] = useState(newestTransfer);
  const { direction, fund } = form;
  const amount = amountOf(form.text);
  const reason = form.reason.trim();
  const isReady = amount !== null && amountOf(form.typed) === amount && reason !== "";
  const submit = async (): Promise<void> => {
    if (amount === null || !isReady) return;
    const done = await act.run(async () => {
      const body: NewEntry = { direction, fund, amountNano: amount, reason };
      say(await postEntry(account.id, body, `${seen}-${direction}-${fund}-${amount}`));
    });
    if (done) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.title(account.name)}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind={direction === "debit" ? "danger" : "primary"}
            type="submit"
            form={FORM_ID}
            pending={act.pending}
            disabled={!isReady}
          >
            {words.verbs[direction](amount === null ? "" : moneyExactly(amount))}
          </Button>
        </>
      }
    >
      <form
        id={FORM_ID}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {act.error !== null && <Failed error={act.error} />}
        <Fields
          form={form}
          onChange={(part) => {
            setForm((before) => ({ ...before, ...part }));
          }}
          error={act.error}
          balanceNano={account.balanceNano}
        />
      </form>
    </Dialog>
  );
};
