/** Gives a charge back, or a part of it: never more than is left of it, and the same form sent twice once. */
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { refundCharge, type OperatorCharge } from "../../../api/operate.ts";
import { moneyExactly, moneyTyped, parseMoney } from "../../../format/money.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextArea, TextField } from "../../../ui/field.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useAct } from "../act.ts";
import { words } from "./words.ts";

const MOST_REASON = 500;

export const RefundDialog = ({
  charge,
  onClose,
}: {
  readonly charge: OperatorCharge;
  readonly onClose: () => void;
}) => {
  const { request, refundableNano } = charge;
  const act = useAct();
  const [text, setText] = useState(moneyTyped(refundableNano));
  const [reason, setReason] = useState("");
  // What was given back when this form was opened: two of them that saw the same make one refund.
  const [seen] = useState(request.refundedNano);
  // A comma may part thousands or decimals: whoever types one is asked again.
  const nano = text.includes(",") ? null : parseMoney(text);
  const amount = nano !== null && BigInt(nano) > 0n && BigInt(nano) <= BigInt(refundableNano) ? nano : null;
  const submit = async (): Promise<void> => {
    if (amount === null) return;
    const done = await act.run(async () => {
      const body = { amountNano: amount, reason: reason.trim() };
      const { replayed } = await refundCharge(request.id, body, `${seen}-${amount}`);
      toast({ title: replayed ? words.replayed : words.done });
    });
    if (done) onClose();
  };
  const formId = "refund";
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.refundTitle}
      description={words.refundText}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind="primary"
            type="submit"
            form={formId}
            pending={act.pending}
            disabled={amount === null || reason.trim() === ""}
          >
            {words.refundVerb(amount === null ? "" : moneyExactly(amount))}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {act.error !== null && <Failed error={act.error} />}
        <TextField
          label={words.amount}
          hint={words.refundable(moneyExactly(refundableNano))}
          error={amount === null ? words.amountBad : fieldError(act.error, "amountNano")}
          inputMode="decimal"
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />
        <TextArea
          label={words.reason}
          hint={words.reasonHint}
          rows={2}
          maxLength={MOST_REASON}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      </form>
    </Dialog>
  );
};
