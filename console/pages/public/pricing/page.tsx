/** What it costs: a calculator, the plans, and the rules by which is charged. */
import { useQuery } from "@tanstack/react-query";

import { modelsQuery, plansQuery, type Plan } from "../../../api/public.ts";
import { count, countShort } from "../../../format/number.ts";
import { Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Calculator } from "./calculator.tsx";
import { words } from "./words.ts";

/** "0.3" → "70 %": exact for what a plan may say, shown whole where it is. */
const offWords = (multiplier: string): string =>
  multiplier === "1" ? words.list : words.off(`${Number((100 * (1 - Number(multiplier))).toFixed(2))} %`);

const PlanCard = ({ plan }: { readonly plan: Plan }) => (
  <Card className="flex flex-col gap-3">
    <h3 className="text-large font-medium text-ink">{plan.id}</h3>
    <div>
      {plan.feeNano === "0" ? (
        <>
          <span className="text-title font-medium text-ink">{words.free}</span>{" "}
          {plan.isDefault && <span className="text-ink-2">{words.start}</span>}
        </>
      ) : (
        <>
          <Money nano={plan.feeNano} className="text-title font-medium text-ink" />{" "}
          <span className="text-ink-2">{words.once}</span>
        </>
      )}
    </div>
    <ul className="flex flex-col gap-1.5 border-t border-line pt-3 text-ink-2">
      <li className="font-medium text-ink">{offWords(plan.multiplier)}</li>
      {plan.rpm !== null && <li>{words.rpm(count(plan.rpm))}</li>}
      {plan.tpm !== null && <li>{words.tpm(countShort(plan.tpm))}</li>}
      {plan.concurrency !== null && <li>{words.concurrency(count(plan.concurrency))}</li>}
      {plan.rpm === null && plan.tpm === null && plan.concurrency === null && <li>{words.noLimit}</li>}
    </ul>
  </Card>
);

export const PricingPage = () => {
  const models = useQuery(modelsQuery);
  const plans = useQuery(plansQuery);
  return (
    <Page title={words.title} description={words.description}>
      {models.error !== null && <Failed error={models.error} retry={() => void models.refetch()} />}
      {models.data === undefined ? (
        models.error === null && <Skeleton className="h-80" />
      ) : (
        <Calculator models={models.data} />
      )}
      <Section title={words.plans} description={words.plansText}>
        {plans.error !== null && <Failed error={plans.error} retry={() => void plans.refetch()} />}
        {plans.data === undefined ? (
          plans.error === null && <Skeleton className="h-48" />
        ) : plans.data.length === 0 ? (
          <Card>{words.noPlans}</Card>
        ) : (
          <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
            {plans.data.map((plan) => (
              <PlanCard key={plan.id} plan={plan} />
            ))}
          </div>
        )}
      </Section>
      <Section title={words.rulesTitle}>
        <dl className="grid gap-x-12 gap-y-6 border-t border-line pt-6 sm:grid-cols-2">
          {words.rules.map(([name, text]) => (
            <div key={name}>
              <dt className="font-medium text-ink">{name}</dt>
              <dd className="mt-1 max-w-md text-ink-2">{text}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-4 text-ink-3">{words.refunds}</p>
      </Section>
    </Page>
  );
};
