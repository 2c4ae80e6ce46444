/** The plans: what each changes, what it costs, and the dialog that asks before anything is paid. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { billingKey, buyPlan, type AccountPlan, type Billing } from "../../../api/billing.ts";
import { count } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Card, Facts, Notice, Section } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

/** "0.3" left of the list price as "70 %" off; exact, as it was configured. */
const offOf = (multiplier: string): string | null => {
  const [whole = "0", fraction = ""] = multiplier.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const left = BigInt(whole) * scale + BigInt(fraction === "" ? "0" : fraction);
  const off = (scale - left) * 100n;
  if (off <= 0n) return null;
  const rest = off % scale;
  return rest === 0n ? `${off / scale} %` : `${Number((off * 100n) / scale) / 100} %`;
};

const limitsOf = ({ rpm, tpm, concurrency }: AccountPlan): readonly string[] => [
  ...(rpm === null ? [] : [words.rpm(count(rpm))]),
  ...(tpm === null ? [] : [words.tpm(count(tpm))]),
  ...(concurrency === null ? [] : [words.concurrency(count(concurrency))]),
];

const PlanCard = ({ plan, onChoose }: { readonly plan: AccountPlan; readonly onChoose: () => void }) => {
  const off = offOf(plan.multiplier);
  const limits = limitsOf(plan);
  const isFree = plan.feeNano === "0";
  return (
    <Card className={plan.isCurrent ? "flex flex-col gap-4 !border-accent" : "flex flex-col gap-4"}>
      <div className="flex items-center justify-between gap-3">
        <h3 className="text-large font-medium text-ink">{plan.id}</h3>
        {plan.isCurrent ? (
          <Badge tone="accent">{words.current}</Badge>
        ) : (
          plan.isOwned && <Badge tone="good">{words.owned}</Badge>
        )}
      </div>
      <div className="flex items-baseline gap-1.5">
        <span className="text-title font-medium text-ink">{isFree ? words.free : <Money nano={plan.feeNano} />}</span>
        {!isFree && <span className="text-ink-3">{words.once}</span>}
      </div>
      <ul className="flex flex-1 flex-col gap-1 text-ink-2">
        <li>{off === null ? words.listPrice : words.off(off)}</li>
        {limits.length === 0 ? <li>{words.unlimited}</li> : limits.map((limit) => <li key={limit}>{limit}</li>)}
      </ul>
      {!plan.isCurrent && (
        <Button act="POST /console/api/accounts/{account}/billing/plan" onClick={onChoose} className="self-start">
          {isFree || plan.isOwned ? words.choose : words.buy}
        </Button>
      )}
    </Card>
  );
};

export const Plans = ({ account, billing }: { readonly account: string; readonly billing: Billing }) => {
  const [chosen, setChosen] = useState<AccountPlan | null>(null);
  const queries = useQueryClient();
  const buy = useMutation({
    mutationFn: ({ id, feeNano }: AccountPlan) => buyPlan(account, { plan: id, feeNano }),
    onSuccess: async (_, { id }) => {
      setChosen(null);
      toast({ title: words.switched(id) });
      await queries.invalidateQueries({ queryKey: billingKey(account) });
    },
  });
  const price = chosen === null || chosen.isOwned ? 0n : BigInt(chosen.feeNano);
  const after = BigInt(billing.balanceNano) - price;
  if (billing.plans.length < 2) return null;
  return (
    <Section title={words.plans} description={words.plansText}>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {billing.plans.map((plan) => (
          <PlanCard
            key={plan.id}
            plan={plan}
            onChoose={() => {
              buy.reset();
              setChosen(plan);
            }}
          />
        ))}
      </div>
      <Confirm
        open={chosen !== null}
        onClose={() => {
          setChosen(null);
        }}
        onConfirm={() => {
          if (chosen !== null && after >= 0n) buy.mutate(chosen);
        }}
        pending={buy.isPending}
        title={price > 0n ? words.buyTitle(chosen?.id ?? "") : words.switchTitle(chosen?.id ?? "")}
        verb={price > 0n ? words.buy : words.choose}
      >
        <div className="flex flex-col gap-4">
          {buy.error !== null && <Failed error={buy.error} />}
          {after < 0n && <Notice tone="warn">{words.tooLittle}</Notice>}
          <Facts
            facts={[
              [words.balance, <Money key="balance" nano={billing.balanceNano} />],
              [words.price, <Money key="price" nano={price.toString()} />],
              [words.after, <Money key="after" nano={after.toString()} className="font-medium" />],
            ]}
          />
          <p>{words.effect}</p>
        </div>
      </Confirm>
    </Section>
  );
};
