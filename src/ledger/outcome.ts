/** How a finished request ended: the total table of I-30. Every finished request stores exactly one row of it. */

/** What the customer pays: the usage as metered, or nothing. */
type Charged = "usage" | "nothing";

const rows = {
  completed: "usage",
  completed_no_usage: "usage",
  completed_zero_usage: "nothing",
  client_cancelled: "usage",
  client_cancelled_preflight: "nothing",
  upstream_failed_before_output: "nothing",
  upstream_failed_after_output: "nothing",
  /** The same of an account whose allowance of absorbed cost is used up (I-36). */
  upstream_failed_charged: "usage",
  empty: "nothing",
  content_filtered: "usage",
  gateway_failed: "nothing",
  rejected: "nothing",
  crashed: "nothing",
  revoked_midstream: "usage",
  cut_by_hold: "usage",
  task_lost: "nothing",
} as const satisfies Record<string, Charged>;

export type Outcome = keyof typeof rows;
export const OUTCOMES = Object.keys(rows) as readonly Outcome[];

/** True when the outcome is paid for by the customer (I-33: never for a failure of the provider or of us, within the allowance of I-36). */
export const isCharged = (outcome: Outcome): boolean => rows[outcome] === "usage";

/** Where the counted usage came from (I-31). An explicit zero is `reported`; a missing report is not. */
export const USAGE_SOURCES = ["reported", "estimated", "recovered", "none"] as const;
export type UsageSource = (typeof USAGE_SOURCES)[number];
