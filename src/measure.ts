/**
 * What is measured of requests beside money: how they count and into which bucket of latency they fall. The ledger adds it up in their
 * commit, the figures show it. Pure; PostgreSQL's migration 0018 says the same in its functions.
 */

/** Where the buckets of latency begin, in milliseconds; one more begins at 0. As in `latency_bounds`. */
export const LATENCY_BOUNDS_MS = [
  50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 15_000, 30_000, 60_000,
] as const;
export const LATENCY_BUCKETS = LATENCY_BOUNDS_MS.length + 1;
/** Where the last bucket is taken to end. */
const LAST_BOUND_MS = 120_000;

/** The place of a latency among the buckets. */
export const latencyBucket = (milliseconds: number): number => {
  let place = 0;
  for (const bound of LATENCY_BOUNDS_MS) if (milliseconds >= bound) place++;
  return place;
};

/**
 * The latency that a share of all stays below, in whole milliseconds, as if those of a bucket were spread evenly over it.
 * @param counts of each bucket @param share 0 to 1 @returns null when there are none
 */
export const latencyAt = (counts: readonly number[], share: number): number | null => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [place, count] of counts.entries()) {
    if (count > 0 && below + count >= share * total) {
      const start = LATENCY_BOUNDS_MS[place - 1] ?? 0;
      const end = LATENCY_BOUNDS_MS[place] ?? LAST_BOUND_MS;
      return Math.round(start + ((end - start) * Math.max(0, share * total - below)) / count);
    }
    below += count;
  }
  return LAST_BOUND_MS;
};

/** As in `request_failed`: outcomes that came to nothing, refused, or failed by the provider or by us. */
const FAILED: ReadonlySet<string> = new Set([
  "rejected",
  "upstream_failed_before_output",
  "upstream_failed_after_output",
  "upstream_failed_charged",
  "empty",
  "gateway_failed",
  "crashed",
  "task_lost",
]);

/** As in `request_answered`. */
const ANSWERED: ReadonlySet<string> = new Set([
  "completed",
  "completed_no_usage",
  "completed_zero_usage",
  "content_filtered",
  "cut_by_hold",
]);

/** As in `attempt_failed`. */
const FAULTS: ReadonlySet<string> = new Set([
  "upstream_failed",
  "upstream_timeout",
  "overloaded",
  "requests_limited",
  "tokens_limited",
  "internal",
]);

/** True for the outcome of a request that came to nothing. */
export const isFailure = (outcome: string): boolean => FAILED.has(outcome);

/** True for the outcome of a reply whose time tells something of the provider. */
export const isAnswered = (outcome: string): boolean => ANSWERED.has(outcome);

/** True for the result of an attempt that the provider failed: not its customer, nor we. */
export const isFault = (result: string): boolean => FAULTS.has(result);
