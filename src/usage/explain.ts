/** One charge, line by line: what was counted, what each unit cost, and how the sum became the amount. Pure. */
import { SANDBOX_UPSTREAM } from "../attempt.ts";
import { formatNano, type Nano } from "../money.ts";
import { chargedRates, costTo, ratesFor, type PriceRow, type PublishedRow } from "../price.ts";
import type { Refund } from "../refund.ts";
import { SECOND_PARTS, UNITS, type Unit } from "../unit.ts";
import type { UsageRecord } from "./usage.ts";

/** Units × rate. `rate` is nano-USD per million units; `amountPerMillion` is their product, nano-USD × 1e6, exact. */
export interface ExplainedUnit {
  readonly unit: Unit;
  readonly count: number;
  readonly rate: Nano;
  readonly amountPerMillion: bigint;
}

export interface Explanation {
  readonly record: UsageRecord;
  /** Counted units in their fixed order; empty where nothing was counted or held. */
  readonly units: readonly ExplainedUnit[];
  /** The prompt length above which these rates apply; null for the base rates. */
  readonly tier: number | null;
  /** Decimals of the currency to which the price row rounds, half up; null without a price row. */
  readonly scale: number | null;
  /** The price row of the snapshot; null where nothing was held. */
  readonly price: PublishedRow | null;
  /** What was given back since, oldest first. */
  readonly refunds: readonly Refund[];
}

/** What was given back of a charge, in nano-units. */
export const refundedOf = ({ refunds }: Explanation): Nano => refunds.reduce((sum, { amount }) => sum + amount, 0n);

/**
 * What the request cost us, in nano-units: by the prices of the upstream that served it, else the list price of its usage. What is
 * left of the charge, less refunds, is the margin.
 */
export const costOf = ({ record, price }: Explanation): Nano => {
  const last = record.attempts.at(-1);
  if (last === undefined || price === null || last.upstream === SANDBOX_UPSTREAM) return 0n;
  return last.cost ?? costTo(price.row, record.usage);
};

/** Names of what translation could not carry, there and back: empty for most. */
export const droppedOf = ({ record }: Explanation): readonly string[] => record.attempts.at(-1)?.dropped ?? [];

/** What of a charge needs a word, for its customer; null for most. */
export const noteOf = ({ record }: Explanation): string | null =>
  record.outcome === "upstream_failed_charged"
    ? "The provider failed after output. Such failures are free up to a daily allowance, which was used up: what was delivered is charged."
    : null;

/** Σ units × rate before multiplier and rounding: nano-USD × 1e6, exact. */
export const sumOf = ({ units }: Explanation): bigint =>
  units.reduce((total, { amountPerMillion }) => total + amountPerMillion, 0n);

const tierOf = (row: PriceRow, record: UsageRecord): number | null => {
  const rates = ratesFor(row, record.usage);
  return row.tiers.find(({ price }) => price === rates)?.above ?? null;
};

/** @param price the row under which the request was held; null where nothing was held. */
export const explain = (
  record: UsageRecord,
  price: PublishedRow | null,
  refunds: readonly Refund[] = [],
): Explanation => {
  if (price === null) return { record, units: [], tier: null, scale: null, price, refunds };
  const { row } = price;
  const rates = chargedRates(row, record.usage);
  const units = UNITS.flatMap((unit): ExplainedUnit[] => {
    const count = record.usage[unit] ?? 0;
    const rate = rates[unit];
    if (count === 0 || rate === undefined) return [];
    return [{ unit, count, rate, amountPerMillion: BigInt(count) * rate }];
  });
  return { record, units, tier: tierOf(row, record), scale: row.rounding.scale, price, refunds };
};

/** A product of count and rate in USD, exact: nano-USD × 1e6 has fifteen decimals. */
const exactUsd = (perMillion: bigint): string => {
  const digits = perMillion.toString().padStart(16, "0");
  const fraction = digits.slice(-15);
  let end = fraction.length;
  while (end > 0 && fraction.charAt(end - 1) === "0") end--;
  return `${digits.slice(0, -15)}${end > 0 ? `.${fraction.slice(0, end)}` : ""}`;
};

const date = (milliseconds: number): string => new Date(milliseconds).toISOString();

const chargeLines = (explanation: Explanation): string[] => {
  const { record, units, tier, scale, price, refunds } = explanation;
  if (scale === null || price === null) return ["Nothing was held for this request, so nothing was charged."];
  const lines = units.map(({ unit, count, rate, amountPerMillion }) => {
    // Seconds of video are counted in parts.
    const parts = unit === "video_second" ? SECOND_PARTS : 1;
    const shown = `${String(count / parts).padStart(12)} × $${formatNano(rate * BigInt(parts))}`;
    return `  ${unit.padEnd(16)} ${shown} per million = $${exactUsd(amountPerMillion)}`;
  });
  if (lines.length === 0) lines.push("  nothing was counted");
  if (tier !== null) lines.push(`  rates for prompts above ${tier} tokens`);
  const sum = sumOf(explanation);
  const { num, den } = record.multiplier;
  const plan = record.planId === null ? "" : ` (plan ${record.planId})`;
  const amount = record.posted + record.absorbed;
  lines.push(`  price row ${price.row.id}, in force since ${date(price.validFrom)}`);
  lines.push(`  sum              $${exactUsd(sum)}`);
  if (num !== den) lines.push(`  multiplier       × ${num}/${den}${plan}`);
  lines.push(`  to the nano      $${formatNano(record.exact)}`);
  if (scale !== 9) lines.push(`  to ${scale} decimals    $${formatNano(amount)}, rounded half up`);
  lines.push(`  held             $${formatNano(record.hold)}`);
  if (record.absorbed > 0n) lines.push(`  absorbed         $${formatNano(record.absorbed)}, not charged`);
  lines.push(`  charged          $${formatNano(record.posted)}`);
  const note = noteOf(explanation);
  if (note !== null) lines.push(`  ${note}`);
  for (const { amount, at, reason } of refunds)
    lines.push(`  refunded         $${formatNano(amount)}  ${date(at)}  ${reason}`);
  const cost = costOf(explanation);
  lines.push(`  cost to us       $${formatNano(cost)}`);
  lines.push(`  margin           $${formatNano(record.posted - refundedOf(explanation) - cost)}`);
  return lines;
};

/** The explanation as text for a terminal. */
export const explanationText = (explanation: Explanation): string => {
  const { record } = explanation;
  const head = [
    `${record.requestId}  ${new Date(record.startedAt).toISOString()}`,
    `  model ${record.model}, ${record.protocol}${record.stream ? ", streamed" : ""}, status ${record.status}, ${record.durationMs} ms`,
    `  outcome ${record.outcome}, usage ${record.source}${record.usageInvalid ? " (the provider's report was not believed)" : ""}`,
  ];
  const attempts = record.attempts.map(
    ({ upstream, model, status, result, durationMs }, index) =>
      `  attempt ${index + 1}: ${upstream} ${model} → ${status ?? "no answer"} ${result}, ${durationMs} ms`,
  );
  const dropped = droppedOf(explanation);
  if (dropped.length > 0) attempts.push(`  not carried: ${dropped.join(", ")}`);
  return [...head, ...attempts, ...chargeLines(explanation)].join("\n");
};
