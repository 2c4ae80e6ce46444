/** From how a reply went to what is charged for it: one row of the outcome table (I-30). Pure. */
import type { Outcome, UsageSource } from "../ledger/outcome.ts";
import { isCharged } from "../ledger/outcome.ts";
import type { Reading } from "../protocols/protocol.ts";
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../unit.ts";

/** How the exchange with the provider and the client ended. */
export type Ending =
  /** The reply arrived whole. */
  | "complete"
  /** The client left; `answered` when the provider had already answered 2xx. */
  | "cancelled"
  /** The hold was used up and the reply was cut. */
  | "cut"
  /** The key or account was frozen in the middle. */
  | "revoked"
  /** The provider failed after output had been sent on. */
  | "failed_after_output"
  /** No candidate gave a usable answer. */
  | "failed_before_output"
  /** The request could not be written for the provider; nothing was sent. */
  | "refused"
  /** A fault of our own. */
  | "gateway_failed";

export interface Conclusion {
  readonly outcome: Outcome;
  readonly usage: Usage;
  readonly source: UsageSource;
  readonly usageInvalid: boolean;
}

/** What is known of a reply that the provider had begun, but of which nothing was read. */
export const UNREAD: Reading = { usage: undefined, invalid: false, outputBytes: 0, finish: undefined };

const isZero = (usage: Usage): boolean => Object.values(usage).every((count) => count === 0);

const completeOutcome = (reading: Reading): Outcome => {
  const { usage, finish } = reading;
  if (usage !== undefined && isZero(usage)) return "completed_zero_usage";
  const outputs = usage === undefined ? reading.outputBytes : total(usage, COMPLETION_UNITS);
  if (outputs === 0 && reading.outputBytes === 0 && finish === undefined) return "empty";
  if (finish === "filtered" || finish === "refusal") return "content_filtered";
  return usage === undefined ? "completed_no_usage" : "completed";
};

/** The usage of a reply that nobody has counted, or not to its end. */
export type Estimate = (reading: Reading) => Usage;

/** Whole reports are believed; a reply that was interrupted is charged for what it is known to have delivered. */
const partialUsage = (reading: Reading, estimate: Estimate): { usage: Usage; source: UsageSource } => {
  const usage = estimate(reading);
  const isReport = reading.usage !== undefined && same(usage, reading.usage);
  return { usage, source: isReport ? "reported" : "estimated" };
};

const same = (a: Usage, b: Usage): boolean =>
  [...PROMPT_UNITS, ...COMPLETION_UNITS].every((unit) => (a[unit] ?? 0) === (b[unit] ?? 0));

/**
 * Concludes a request.
 * @param reading what the meter saw, or undefined when no provider answered 2xx.
 */
export const conclude = (ending: Ending, reading: Reading | undefined, estimate: Estimate): Conclusion => {
  const seen = reading ?? UNREAD;
  const outcome = outcomeOf(ending, seen, reading !== undefined);
  const usageInvalid = seen.invalid;
  if (outcome === "completed" || outcome === "completed_zero_usage" || (outcome === "content_filtered" && seen.usage))
    return { outcome, usage: seen.usage ?? {}, source: "reported", usageInvalid };
  // Output of a reply that failed cost the operator: it is estimated like any other, charged to nobody and absorbed (B41, I-36).
  if (isCharged(outcome) || seen.outputBytes > 0) return { outcome, ...partialUsage(seen, estimate), usageInvalid };
  return { outcome, usage: seen.usage ?? {}, source: seen.usage === undefined ? "none" : "reported", usageInvalid };
};

const outcomeOf = (ending: Ending, reading: Reading, answered: boolean): Outcome => {
  switch (ending) {
    case "complete":
      return completeOutcome(reading);
    case "cancelled":
      return answered ? "client_cancelled" : "client_cancelled_preflight";
    case "cut":
      return "cut_by_hold";
    case "revoked":
      return "revoked_midstream";
    case "failed_after_output":
      return "upstream_failed_after_output";
    case "failed_before_output":
      return "upstream_failed_before_output";
    case "refused":
      return "rejected";
    case "gateway_failed":
      return "gateway_failed";
  }
};
