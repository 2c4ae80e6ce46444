/** How long the rows of requests are kept. Pure. */
import { PERIOD_MS } from "../id.ts";

/** Fewer are refused: a month's invoice and its refunds need the requests themselves. */
export const LEAST_MONTHS = 1;
export const MOST_MONTHS = 1_200;

/** The same day of an earlier month, at the same time; its last day where it has fewer. Milliseconds since the Unix epoch. */
export const monthsBefore = (now: number, months: number): number => {
  const date = new Date(now);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, days));
  return date.getTime();
};

/** The last period that ended so many months before a moment. @param now milliseconds since the Unix epoch */
export const lastRetirable = (now: number, months: number): number =>
  Math.floor(monthsBefore(now, months) / PERIOD_MS) - 1;

/** When a period begins, in milliseconds since the Unix epoch. */
export const periodStart = (period: number): number => period * PERIOD_MS;
