/** Makes codes, and shows their texts the one time that there is. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { codesKey, createCodes, type NewCodes } from "../../../api/house.ts";
import { parseMoney } from "../../../format/money.ts";
import { Button, ButtonAnchor } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { words } from "./words.ts";

interface Form {
  readonly kind: NewCodes["kind"];
  readonly amount: string;
  readonly count: string;
  readonly uses: string;
  readonly perAccount: string;
  readonly expires: string;
  readonly note: string;
}

const EMPTY: Form = { kind: "promo", amount: "", count: "1", uses: "1", perAccount: "1", expires: "", note: "" };

const whole = (text: string): number | null => {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : null;
};

/** What is wrong with each field. */
const problemsOf = (form: Form): Partial<Record<keyof Form, string>> => {
  const amount = parseMoney(form.amount);
  const counts = (["count", "uses", "perAccount"] as const).filter((name) => whole(form[name]) === null);
  return {
    ...(amount === null || amount === "0" ? { amount: words.amountBad } : {}),
    ...Object.fromEntries(counts.map((name) => [name, words.whole])),
    ...(form.expires !== "" && Date.parse(form.expires) <= Date.now() ? { expires: words.past } : {}),
  };
};

const bodyOf = (form: Form): NewCodes => ({
  kind: form.kind,
  amountNano: parseMoney(form.amount) ?? "0",
  count: whole(form.count) ?? 1,
  uses: whole(form.uses) ?? 1,
  perAccount: whole(form.perAccount) ?? 1,
  expiresAt: form.expires === "" ? null : Date.parse(form.expires),
  note: form.note.trim() === "" ? null : form.note.trim(),
});

export interface CreateCodesProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

export const CreateCodes = ({ open, onClose }: CreateCodesProps) => {
  const [form, setForm] = useState(EMPTY);
  const [checked, setChecked] = useState(false);
  const [made, setMade] = useState<readonly string[]>([]);
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  const create = useMutation({
    mutationFn: () => withStepUp(() => createCodes(bodyOf(form))),
    onSuccess: async (codes) => {
      setMade(codes.map(({ code }) => code));
      setForm(EMPTY);
      setChecked(false);
      onClose();
      await queries.invalidateQueries({ queryKey: codesKey });
    },
  });
  const problems = checked ? problemsOf(form) : {};
  const text = (name: Exclude<keyof Form, "kind">, label: string, extra: object = {}) => (
    <TextField
      label={label}
      value={form[name]}
      error={problems[name] ?? fieldError(create.error, name === "amount" ? "amountNano" : name)}
      onChange={(event) => {
        setForm({ ...form, [name]: event.currentTarget.value });
      }}
      {...extra}
    />
  );
  return (
    <>
      <Sheet
        open={open}
        onClose={onClose}
        title={words.make}
        actions={
          <>
            <Button onClick={onClose}>{words.cancel}</Button>
            <Button kind="primary" type="submit" form="new-codes" pending={create.isPending}>
              {words.verb}
            </Button>
          </>
        }
      >
        <form
          id="new-codes"
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            setChecked(true);
            if (Object.keys(problemsOf(form)).length === 0) create.mutate();
          }}
        >
          {create.error !== null && <Failed error={create.error} />}
          {text("amount", words.amount, { inputMode: "decimal", hint: words.amountHint })}
          <Field label={words.kind} hint={words.kindHint}>
            <Select
              label={words.kind}
              value={form.kind}
              options={(["promo", "paid"] as const).map((value) => ({ value, label: words.kinds[value] }))}
              onChange={(kind) => {
                setForm({ ...form, kind });
              }}
            />
          </Field>
          <div className="grid grid-cols-3 gap-3">
            {text("count", words.count, { inputMode: "numeric" })}
            {text("uses", words.uses, { inputMode: "numeric" })}
            {text("perAccount", words.perAccount, { inputMode: "numeric" })}
          </div>
          {text("expires", words.expires, { type: "date", optional: true })}
          {text("note", words.note, { optional: true, hint: words.noteHint })}
        </form>
      </Sheet>
      <Made
        codes={made}
        onClose={() => {
          setMade([]);
        }}
      />
    </>
  );
};

const Made = ({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) => (
  <Dialog
    open={codes.length > 0}
    onClose={onClose}
    title={words.madeTitle(codes.length)}
    description={words.madeText}
    actions={
      <>
        <ButtonAnchor
          href={`data:text/csv;charset=utf-8,${encodeURIComponent(`${codes.join("\n")}\n`)}`}
          download="codes.csv"
        >
          {words.file}
        </ButtonAnchor>
        <Button kind="primary" onClick={onClose}>
          {words.done}
        </Button>
      </>
    }
  >
    <ul className="divide-y divide-line rounded-base border border-line">
      {codes.map((code) => (
        <li key={code} className="flex items-center justify-between gap-3 px-3 py-1.5">
          <code className="font-mono text-ink">{code}</code>
          <CopyButton text={code} what="code" />
        </li>
      ))}
    </ul>
  </Dialog>
);
