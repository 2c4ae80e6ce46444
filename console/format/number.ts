/** Counts, tokens and durations for people. */

/** 1,234,567 as the reader writes it. */
export const count = (value: number): string => value.toLocaleString();

/** "1.2M", "34.5k", "812": for headlines and axes. */
export const countShort = (value: number): string =>
  new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** Milliseconds as "84 ms", "1.24 s", "2 min 5 s". */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms).toLocaleString()} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toLocaleString(undefined, { maximumFractionDigits: ms < 10_000 ? 2 : 1 })} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.round((ms % 60_000) / 1_000);
  return seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`;
};

/** A fraction of one as "99.95 %", which no line parts. */
export const percent = (fraction: number, decimals = 0): string =>
  `${(100 * fraction).toLocaleString(undefined, { maximumFractionDigits: decimals })}\u00a0%`;
