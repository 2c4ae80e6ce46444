/** The money of an account: what is there first, then how to add to it, what it buys, and how it came to be. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { billingQuery, type Billing } from "../../../api/billing.ts";
import { Failed } from "../../../ui/empty.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Notice, Page, Stat, Stats } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { AddCredit } from "./credit.tsx";
import { Invoices } from "./invoices.tsx";
import { Plans } from "./plans.tsx";
import { Statement } from "./statement.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/billing");

const Figures = ({ billing }: { readonly billing: Billing | undefined }) => {
  const amount = (nano: string | undefined) =>
    nano === undefined ? <Skeleton className="h-8 w-28" /> : <Money nano={nano} />;
  return (
    <Stats>
      <Stat label={words.balance} value={amount(billing?.balanceNano)} className="max-lg:col-span-2" />
      <Stat label={words.promo} value={amount(billing?.promoNano)} note={words.promoNote} />
      <Stat label={words.borrowed} value={amount(billing?.borrowedNano)} note={words.borrowedNote} />
      {billing !== undefined && billing.pendingNano !== "0" && (
        <Stat label={words.pending} value={amount(billing.pendingNano)} note={words.pendingNote} />
      )}
    </Stats>
  );
};

export const BillingPage = () => {
  const { account } = route.useParams();
  const { data: billing, error, refetch } = useQuery(billingQuery(account));
  return (
    <Page title={words.title} description={words.description}>
      {error === null ? <Figures billing={billing} /> : <Failed error={error} retry={() => void refetch()} />}
      {billing?.frozen === true && (
        <Notice tone="warn" title={words.frozen}>
          {words.frozenText}
        </Notice>
      )}
      {billing === undefined ? (
        error === null && <Skeleton className="h-44 w-full" />
      ) : (
        <>
          <AddCredit account={account} billing={billing} />
          <Plans account={account} billing={billing} />
        </>
      )}
      <Statement account={account} />
      <Invoices account={account} />
    </Page>
  );
};
