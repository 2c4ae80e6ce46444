/** The periods of a key's budget. Pure. */

export const BUDGET_PERIODS = ["day", "week", "month"] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
/** The first day of the Unix epoch was a Thursday: three days after a Monday. */
const EPOCH_WEEKDAY = 3;

const ENDS = {
  day: (now) => (Math.floor(now / DAY_MS) + 1) * DAY_MS,
  week: (now) => {
    const weeks = Math.floor((Math.floor(now / DAY_MS) + EPOCH_WEEKDAY) / WEEK_DAYS) + 1;
    return (weeks * WEEK_DAYS - EPOCH_WEEKDAY) * DAY_MS;
  },
  month: (now) => {
    const date = new Date(now);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  },
} as const satisfies Record<BudgetPeriod, (now: number) => number>;

/** True for a word that names a period. */
export const isBudgetPeriod = (word: string): word is BudgetPeriod =>
  (BUDGET_PERIODS as readonly string[]).includes(word);

/** When the period ends that a moment is in; the end itself is in the next. Milliseconds since the Unix epoch, by UTC. */
export const periodEnd = (period: BudgetPeriod, now: number): number => ENDS[period](now);
