/** Ways to add money. Payment methods will stand here beside codes; what there is not is said. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { billingKey, redeemCode, type Billing } from "../../../api/billing.ts";
import { ApiError, fieldError, newIdempotencyKey } from "../../../api/client.ts";
import { money } from "../../../format/money.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button, ButtonAnchor } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

const Redeem = ({ account }: { readonly account: string }) => {
  const [code, setCode] = useState("");
  const unit = useMoneyUnit();
  const queries = useQueryClient();
  // The same name for the same attempt: a lost answer does not use the code twice.
  const attempt = useRef({ code: "", name: "" });
  const redeem = useMutation({
    mutationFn: () => {
      if (attempt.current.code !== code) attempt.current = { code, name: newIdempotencyKey() };
      return redeemCode(account, code, attempt.current.name);
    },
    onSuccess: async ({ amountNano }) => {
      attempt.current = { code: "", name: "" };
      setCode("");
      toast({ title: words.redeemed(money(amountNano, unit)) });
      await queries.invalidateQueries({ queryKey: billingKey(account) });
    },
  });
  const error =
    fieldError(redeem.error, "code") ?? (redeem.error instanceof ApiError ? redeem.error.message : undefined);
  return (
    <form
      className="flex flex-col gap-3 sm:flex-row sm:items-start"
      onSubmit={(event) => {
        event.preventDefault();
        redeem.mutate();
      }}
    >
      <TextField
        label={words.code}
        hint={words.codeHint}
        error={error}
        mono
        required
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        className="flex-1"
        value={code}
        onChange={(event) => {
          setCode(event.currentTarget.value);
        }}
      />
      <Button type="submit" kind="primary" pending={redeem.isPending} className="sm:mt-7">
        {words.redeem}
      </Button>
    </form>
  );
};

export const AddCredit = ({ account, billing }: { readonly account: string; readonly billing: Billing }) => (
  <Section title={words.add}>
    <Card className="flex flex-col gap-5">
      <Allowed act="POST /console/api/accounts/{account}/billing/redeem">
        <Redeem account={account} />
      </Allowed>
      <div className="flex flex-wrap items-center gap-3 border-line text-ink-2 not-first:border-t not-first:pt-4">
        {billing.billingUrl !== null && (
          <ButtonAnchor href={billing.billingUrl} target="_blank" rel="noreferrer">
            {words.payAt}
          </ButtonAnchor>
        )}
        <span>{billing.support === null ? words.noWay : words.contact(billing.support)}</span>
      </div>
    </Card>
  </Section>
);
