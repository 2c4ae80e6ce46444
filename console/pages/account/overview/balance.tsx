/** The balance, before everything else: what is there, what is held of it, and how long it lasts. */
import type { ReactNode } from "react";

import type { OverviewRange, UsageOverview } from "../../../api/usage.ts";
import { Allowed } from "../../../ui/allowed.tsx";
import { ButtonLink } from "../../../ui/button.tsx";
import { money, moneyExactly, USD } from "../../../format/money.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Card, Notice } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { hoursLeft } from "./left.ts";
import { words } from "./words.ts";

export interface Standing {
  readonly balanceNano: string;
  readonly heldNano: string;
  readonly running: number;
  readonly promoNano: string;
  readonly pendingNano: string;
  readonly frozen: boolean;
  readonly hasRequests: boolean;
}

/** A balance that lasts longer is no reason to say something. */
const WARN_HOURS = 72n;
/** A year: what lasts longer is no forecast. */
const MOST_HOURS = 8_760n;
const DAY_HOURS = 24;

const leftWords = (hours: number): string =>
  hours < DAY_HOURS ? words.hours(hours) : words.days(Math.floor(hours / DAY_HOURS));

const AddCredit = ({ account, urgent }: { readonly account: string; readonly urgent: boolean }) => (
  <Allowed act="POST /console/api/accounts/{account}/billing/redeem">
    <ButtonLink to="/app/$account/billing" params={{ account }} kind={urgent ? "primary" : "secondary"}>
      {words.addCredit}
    </ButtonLink>
  </Allowed>
);

interface Paced {
  readonly standing: Standing;
  readonly figures: UsageOverview | undefined;
  readonly range: OverviewRange;
}

/** What has to be known of the balance, the worst first; null: all is well. */
export const BalanceNotice = ({ standing, figures, range }: Paced): ReactNode => {
  if (standing.frozen)
    return (
      <Notice tone="bad" title={words.frozenTitle}>
        {words.frozenText}
      </Notice>
    );
  if (BigInt(standing.balanceNano) <= 0n)
    return (
      <Notice tone="warn" title={standing.hasRequests ? words.emptyTitle : words.newTitle}>
        {standing.hasRequests ? words.emptyText : words.newText}
      </Notice>
    );
  const hours = figures === undefined ? null : hoursLeft(standing.balanceNano, figures.now.spendNano, range);
  if (hours === null || hours > WARN_HOURS) return null;
  return (
    <Notice tone="warn" title={words.lowTitle(leftWords(Number(hours)))}>
      {words.lowText}
    </Notice>
  );
};

const Aside = ({ nano, children }: { readonly nano: string; readonly children: ReactNode }) => (
  <span>
    <Money nano={nano} /> {children}
  </span>
);

/** What there is to say below the balance, in one line. */
const Beside = ({ standing, figures, range }: Paced) => {
  const { running, heldNano, promoNano, pendingNano, balanceNano } = standing;
  const exact = moneyExactly(balanceNano);
  // A few thousandths of a cent are what a first call costs: two decimals would say that nothing has moved.
  const unit = useMoneyUnit();
  const isRounded = unit.symbol === USD.symbol && money(balanceNano, unit) !== exact;
  const isHeld = running > 0 || heldNano !== "0";
  const hours = figures === undefined ? null : hoursLeft(balanceNano, figures.now.spendNano, range);
  return (
    <div className="mt-1 flex flex-wrap gap-x-4 text-small text-ink-2">
      {isRounded && <span className="figures">{words.exactly(exact)}</span>}
      {isHeld && <Aside nano={heldNano}>{words.held(running)}</Aside>}
      {promoNano !== "0" && <Aside nano={promoNano}>{words.promo}</Aside>}
      {pendingNano !== "0" && <Aside nano={pendingNano}>{words.pending}</Aside>}
      {hours !== null && hours > WARN_HOURS && hours < MOST_HOURS && (
        <span>{words.lasts(leftWords(Number(hours)), range)}</span>
      )}
      {!isHeld && (hours === null || hours >= MOST_HOURS) && <span>{words.held(0)}</span>}
    </div>
  );
};

export const BalanceCard = ({
  account,
  standing,
  figures,
  range,
}: Omit<Paced, "standing"> & { readonly account: string; readonly standing: Standing | undefined }) => (
  <Card className="flex flex-wrap items-center justify-between gap-4">
    <div className="min-w-0">
      <div className="text-ink-3">{words.balance}</div>
      {standing === undefined ? (
        <>
          <Skeleton className="mt-1 h-8.5 w-40" />
          <Skeleton className="mt-1.5 h-4.5 w-32" />
        </>
      ) : (
        <>
          <div className="mt-1 text-title font-medium text-ink">
            <Money nano={standing.balanceNano} />
          </div>
          <Beside standing={standing} figures={figures} range={range} />
        </>
      )}
    </div>
    <AddCredit account={account} urgent={standing !== undefined && BigInt(standing.balanceNano) <= 0n} />
  </Card>
);
