/** A short form on the screen, the exact one behind it: amounts, counts and times are all shown by these. */
import type { ReactNode } from "react";

import { count, countShort } from "../format/number.ts";
import { money, moneyExact, moneyShort } from "../format/money.ts";
import { ago, moment, momentExact } from "../format/time.ts";
import { useMoneyUnit } from "../layout/storefront.tsx";
import { classes } from "./classes.ts";
import { Tooltip } from "./tooltip.tsx";

interface ExactProps {
  readonly exact: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** Text whose exact form stands in a tooltip; reachable by keyboard. */
export const Exact = ({ exact, className, children }: ExactProps) => (
  <Tooltip text={exact}>
    <span tabIndex={0} className={classes("figures rounded-small", className)}>
      {children}
    </span>
  </Tooltip>
);

export interface MoneyProps {
  /** Whole nano-USD. */
  readonly nano: string;
  /** For headlines and axes: thousands are shortened. */
  readonly short?: boolean;
  /** Money coming in: green, with a plus. */
  readonly income?: boolean;
  readonly className?: string;
}

/** An amount in the storefront's unit; the exact USD amount is in the tooltip. */
export const Money = ({ nano, short = false, income = false, className }: MoneyProps) => {
  const unit = useMoneyUnit();
  const text = short ? moneyShort(nano, unit) : money(nano, unit);
  const isIncome = income && !nano.startsWith("-") && nano !== "0";
  return (
    <Exact exact={`${moneyExact(nano)} (${nano} nano-USD)`} className={classes(isIncome && "text-good", className)}>
      {isIncome ? `+${text}` : text}
    </Exact>
  );
};

/** A count, shortened; the exact one is in the tooltip. */
export const Count = ({ value, className }: { readonly value: number; readonly className?: string }) =>
  value < 10_000 ? (
    <span className={classes("figures", className)}>{count(value)}</span>
  ) : (
    <Exact exact={count(value)} className={className}>
      {countShort(value)}
    </Exact>
  );

/** "3 minutes ago", or the date and time with `full`; the exact time with its zone is in the tooltip. */
export const Time = ({
  at,
  full = false,
  className,
}: {
  readonly at: number;
  readonly full?: boolean;
  readonly className?: string;
}) => (
  <Exact exact={momentExact(at)} className={className}>
    <time dateTime={new Date(at).toISOString()}>{full ? moment(at) : ago(at)}</time>
  </Exact>
);
