/** Times for people, in their own zone. All times are milliseconds since the Unix epoch. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const STEPS: readonly (readonly [limit: number, size: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [MINUTE_MS, 1_000, "second"],
  [HOUR_MS, MINUTE_MS, "minute"],
  [DAY_MS, HOUR_MS, "hour"],
  [30 * DAY_MS, DAY_MS, "day"],
  [365 * DAY_MS, 30 * DAY_MS, "month"],
  [Number.POSITIVE_INFINITY, 365 * DAY_MS, "year"],
];

/** "3 minutes ago", "in 2 days". */
export const ago = (at: number, now: number = Date.now()): string => {
  const distance = at - now;
  const [, size, unit] = STEPS.find(([limit]) => Math.abs(distance) < limit) ?? [0, DAY_MS, "day"];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(distance / size), unit);
};

/** "21 Nov 2026". */
export const day = (at: number): string => new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });

/** "21 Nov": for axes. */
export const dayShort = (at: number): string =>
  new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "short" });

/** "14:00": for axes. */
export const hourShort = (at: number): string =>
  new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

/** "14:05:09". */
export const clock = (at: number): string => new Date(at).toLocaleTimeString(undefined, { timeStyle: "medium" });

/** "21 Nov 2026, 14:05". */
export const moment = (at: number): string =>
  new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

/** With seconds and zone, for tooltips. */
export const momentExact = (at: number): string =>
  new Date(at).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });

/** Minutes that the reader's clock is ahead of UTC, for sums by the reader's days. */
export const zoneOffsetMinutes = (): number => -new Date().getTimezoneOffset();

/** The reader's midnight at the begin of a day such as `2026-10-05`, or of the next one; undefined for what is no day. */
export const midnight = (day: string | undefined, next: boolean): number | undefined => {
  const date = new Date(`${day ?? ""}T00:00:00`);
  if (Number.isNaN(date.getTime()) || date.getTime() < 0) return undefined;
  // Days have 23 to 25 hours.
  if (next) date.setDate(date.getDate() + 1);
  return date.getTime();
};
