/** The balance, before everything else: what is there, what is held of it, and how long it lasts. */
import type { ReactNode } from "react";

import type { OverviewRange, UsageOverview } from "../../../api/usage.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { Money } from "../../../ui/exact.tsx";
import { Card, Notice } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { words } from "./words.ts";

export interface Standing {
  readonly balanceNano: string;
  readonly heldNano: string;
  readonly running: number;
  readonly promoNano: string;
  readonly pendingNano: string;
  readonly frozen: boolean;
}

const RANGE_HOURS = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 } as const satisfies Record<OverviewRange, number>;
/** A balance that lasts longer is no reason to say something. */
const WARN_HOURS = 72n;
const DAY_HOURS = 24;

/** Whole hours that a balance lasts at the pace of a range; null where nothing was spent. */
export const hoursLeft = (balanceNano: string, spendNano: string, range: OverviewRange): bigint | null => {
  const spend = BigInt(spendNano);
  return spend <= 0n ? null : (BigInt(balanceNano) * BigInt(RANGE_HOURS[range])) / spend;
};

const leftWords = (hours: number): string =>
  hours < DAY_HOURS ? words.hours(hours) : words.days(Math.floor(hours / DAY_HOURS));

const AddCredit = ({ account, urgent }: { readonly account: string; readonly urgent: boolean }) => (
  <ButtonLink to="/app/$account/billing" params={{ account }} kind={urgent ? "primary" : "secondary"}>
    {words.addCredit}
  </ButtonLink>
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
      <Notice tone="warn" title={words.emptyTitle}>
        {words.emptyText}
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

export const BalanceCard = ({
  account,
  standing,
}: {
  readonly account: string;
  readonly standing: Standing | undefined;
}) => (
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
          <div className="mt-1 flex flex-wrap gap-x-4 text-small text-ink-2">
            {standing.running === 0 && standing.heldNano === "0" ? (
              <span>{words.held(0)}</span>
            ) : (
              <Aside nano={standing.heldNano}>{words.held(standing.running)}</Aside>
            )}
            {standing.promoNano !== "0" && <Aside nano={standing.promoNano}>{words.promo}</Aside>}
            {standing.pendingNano !== "0" && <Aside nano={standing.pendingNano}>{words.pending}</Aside>}
          </div>
        </>
      )}
    </div>
    <AddCredit account={account} urgent={standing !== undefined && BigInt(standing.balanceNano) <= 0n} />
  </Card>
);
