/** `GET /v1/charges/{id}`: one charge as its customer may see it, line by line, in the storefront's unit. Pure. */
import { formatAt, formatRatio, type Nano, type Rational } from "../money.ts";
import { droppedOf, noteOf, refundedOf, sumOf, type Explanation } from "./explain.ts";

/** The storefront's unit: so many of it for one USD. */
export interface ChargeUnit {
  readonly name: string;
  readonly rate: Rational;
}

const NANO_MILLIONTHS = 1_000_000_000_000_000n;

const moment = (milliseconds: number): string => new Date(milliseconds).toISOString();

/**
 * The charge as JSON text's value: amounts are exact decimal texts. Of attempts it says how they went and nothing of where: upstreams,
 * their names for models and our cost are the operator's.
 */
export const chargeJson = (explanation: Explanation, unit: ChargeUnit): Readonly<Record<string, unknown>> => {
  const { record, units, tier, scale, price, refunds } = explanation;
  const note = noteOf(explanation);
  const shown = (amount: Nano): string => formatAt(amount, unit.rate);
  /** Nano-USD × 1e6. */
  const exact = (product: bigint): string =>
    formatRatio({ num: product * unit.rate.num, den: unit.rate.den * NANO_MILLIONTHS });
  return {
    object: "charge",
    id: record.requestId,
    created_at: moment(record.startedAt),
    duration_ms: record.durationMs,
    model: record.model,
    protocol: record.protocol,
    stream: record.stream,
    status: record.status,
    outcome: record.outcome,
    ...(note === null ? {} : { note }),
    usage_source: record.source,
    usage_invalid: record.usageInvalid,
    usage: record.usage,
    currency: unit.name,
    price:
      price === null
        ? null
        : {
            id: price.row.id,
            valid_from: moment(price.validFrom),
            above_prompt_tokens: tier,
            rounded_to_decimals: scale,
          },
    lines: units.map(({ unit: name, count, rate, amountPerMillion }) => ({
      unit: name,
      count,
      price_per_million: shown(rate),
      amount: exact(amountPerMillion),
    })),
    sum: exact(sumOf(explanation)),
    plan: record.planId,
    multiplier: formatRatio(record.multiplier),
    exact: shown(record.exact),
    held: shown(record.hold),
    charged: shown(record.posted),
    absorbed: shown(record.absorbed),
    refunded: shown(refundedOf(explanation)),
    refunds: refunds.map(({ amount, reason, at }) => ({ amount: shown(amount), reason, created_at: moment(at) })),
    attempts: record.attempts.map(({ result, durationMs }) => ({ result, duration_ms: durationMs })),
    dropped: droppedOf(explanation),
  };
};
