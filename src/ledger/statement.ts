/**
 * An account's statement: what came in, what went out, and what the balance was after each. Pure.
 *
 * Requests are one line for each day (UTC), at its end: a line for each of them would be the list of usage. Sums are the roll-ups',
 * which stay when requests are given up, so that a statement reaches back to the account's first day, and its balances are exact.
 */
import type { Nano } from "../money.ts";

const DAY_MS = 86_400_000;

/** A transfer that touches the account, as seen from it. */
export interface StatementTransfer {
  readonly id: number;
  readonly kind: string;
  /** The other side is promotional credit. */
  readonly isPromo: boolean;
  /** Positive when it came in. */
  readonly amount: Nano;
  readonly reason: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** What requests of a day were charged. */
export interface StatementDay {
  /** Days since the Unix epoch. */
  readonly day: number;
  readonly charged: Nano;
  readonly requests: number;
}

export type StatementLine =
  | ({ readonly type: "transfer"; readonly balance: Nano } & StatementTransfer)
  | ({ readonly type: "usage"; readonly balance: Nano; readonly at: number } & StatementDay);

/** Where a page begins: everything at or after this was shown. */
export interface StatementPosition {
  /** Transfers below this id are left. */
  readonly transfer: number;
  /** Days up to this one are left. */
  readonly day: number;
  /** Nothing of the day itself but transfers is left. */
  readonly isDayShown: boolean;
  /** What the balance was after the next line. */
  readonly balance: Nano;
}

export interface StatementPart {
  /** Newest first, below the position's; one more than the limit where there are more. */
  readonly transfers: readonly StatementTransfer[];
  /** Newest first, in the days that were looked at. */
  readonly days: readonly StatementDay[];
  /** The oldest day that was looked at. */
  readonly from: number;
  /** Nothing is older than that. */
  readonly isAll: boolean;
}

export interface StatementPage {
  readonly lines: readonly StatementLine[];
  readonly next: StatementPosition | null;
}

export const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** The first moment of a day. */
export const dayStart = (day: number): number => day * DAY_MS;

/**
 * Puts transfers and days in one order, the newest first, with the balance after each. A transfer never stands above one that was made
 * after it, whatever the clocks of two servers said.
 */
export const statementPage = (start: StatementPosition, part: StatementPart, limit: number): StatementPage => {
  const lines: StatementLine[] = [];
  let { transfer, day, isDayShown, balance } = start;
  let [t, u] = [0, 0];
  while (lines.length < limit) {
    const next = part.transfers[t];
    const usage = part.days[u];
    const transferDay = next === undefined ? -1 : Math.min(dayOf(next.at), day);
    // A transfer of a day that was not looked at waits for the page that looks.
    const canTransfer = next !== undefined && transferDay >= part.from;
    if (usage !== undefined && (!canTransfer || usage.day >= transferDay)) {
      lines.push({ type: "usage", ...usage, at: dayStart(usage.day + 1), balance });
      balance += usage.charged;
      [day, isDayShown] = [usage.day, true];
      u++;
    } else if (canTransfer) {
      lines.push({ type: "transfer", ...next, balance });
      balance -= next.amount;
      if (transferDay < day) [day, isDayShown] = [transferDay, true];
      transfer = next.id;
      t++;
    } else break;
  }
  const isEmpty = t === part.transfers.length && u === part.days.length;
  if (isEmpty && part.isAll) return { lines, next: null };
  // All of these days was shown: the next page looks below them.
  if (isEmpty || lines.length < limit) [day, isDayShown] = [part.from - 1, false];
  return { lines, next: { transfer, day, isDayShown, balance } };
};
