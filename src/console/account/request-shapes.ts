/** What the usage routes take and answer: requests as their account may see them. No upstream, no cost and no margin is in any of it. */
import { z } from "@hono/zod-openapi";

import { OUTCOMES } from "../../ledger/outcome.ts";
import type { CustomerSums, Line, Percentiles, RequestLine } from "../../usage/figures.ts";
import { droppedOf, noteOf, refundedOf, sumOf, type ExplainedUnit, type Explanation } from "../../usage/explain.ts";
import { SECOND_PARTS, UNITS } from "../../unit.ts";
import { shownTogether } from "../public/model-view.ts";
import { at, count, nano, nanoText, pageQuery, publicId } from "../values.ts";

const MAX_MODEL = 256;
const MAX_ID = 64;
const MAX_LIST = 800;

const time = z.coerce.number().pipe(at);

/** Which requests; what is left out excludes none. */
export const filterQuery = {
  fromAt: time.optional(),
  /** Not in it. */
  toAt: time.optional(),
  model: z.string().min(1).max(MAX_MODEL).optional(),
  key: publicId.optional(),
  outcome: z.enum(OUTCOMES).optional(),
  /** Charged at least so much. */
  minNano: nano.optional(),
  /** A request's whole id. */
  request: z.string().min(1).max(MAX_ID).optional(),
} as const;

export const listQuery = z.strictObject({
  ...filterQuery,
  ...pageQuery,
  direction: z.enum(["older", "newer"]).default("older"),
});

const tokens = { inputTokens: count, cacheReadTokens: count, outputTokens: count, reasoningTokens: count } as const;

/** A request in lists and in the live tail. */
export const requestShape = z
  .strictObject({
    id: z.string(),
    at,
    key: z.string(),
    keyName: z.string(),
    model: z.string(),
    protocol: z.string(),
    stream: z.boolean(),
    status: z.int(),
    outcome: z.string(),
    source: z.string(),
    spendNano: nano,
    refundedNano: nano,
    ...tokens,
    durationMs: count,
    firstByteMs: count.nullable(),
  })
  .openapi("Request");

/** Newest first, whichever way was paged. */
export const requestsShape = z.strictObject({
  items: z.array(requestShape),
  next: z.string().nullable().openapi({ description: "Cursor of the older page." }),
  previous: z.string().nullable().openapi({ description: "Cursor of the newer page, with `direction=newer`." }),
});

export const shownRequest = (line: RequestLine): z.input<typeof requestShape> => ({
  id: line.id,
  at: line.at,
  key: line.keyPublicId,
  keyName: line.keyName,
  model: line.model,
  protocol: line.protocol,
  stream: line.stream,
  status: line.status,
  outcome: line.outcome,
  source: line.source,
  spendNano: nanoText(line.spend),
  refundedNano: nanoText(line.refunded),
  inputTokens: Number(line.tokens.input),
  cacheReadTokens: Number(line.tokens.cacheRead),
  outputTokens: Number(line.tokens.output),
  reasoningTokens: Number(line.tokens.reasoning),
  durationMs: line.durationMs,
  firstByteMs: line.firstByteMs,
});

const sums = {
  requests: count,
  /** Of these, those that came to nothing. */
  failures: count,
  spendNano: nano,
  refundedNano: nano,
  ...tokens,
} as const;

export const shownSums = ({ requests, failures, spend, refunded, tokens: counted }: CustomerSums) => ({
  requests: Number(requests),
  failures: Number(failures),
  spendNano: nanoText(spend),
  refundedNano: nanoText(refunded),
  inputTokens: Number(counted.input),
  cacheReadTokens: Number(counted.cacheRead),
  outputTokens: Number(counted.output),
  reasoningTokens: Number(counted.reasoning),
});

const percentiles = z.strictObject({ p50: count.nullable(), p95: count.nullable() });

export const shownPercentiles = ({ p50, p95 }: Percentiles): z.input<typeof percentiles> => ({ p50, p95 });

const lineShape = z.strictObject({ name: z.string(), label: z.string(), ...sums });

export const shownTop = ({ name, label, sums: own }: Line): z.input<typeof lineShape> => ({
  name,
  label,
  ...shownSums(own),
});

export const RANGES = ["24h", "7d", "30d"] as const;
export type OverviewRange = (typeof RANGES)[number];

export const overviewShape = z
  .strictObject({
    fromAt: at,
    toAt: at,
    bucket: z.enum(["hour", "day"]),
    now: z.strictObject(sums),
    /** The same of as long a time before. */
    before: z.strictObject(sums),
    parts: z.array(
      z.strictObject({
        /** Null: all others. */
        name: z.string().nullable(),
        label: z.string().nullable(),
        spendNano: nano,
        requests: count,
      }),
    ),
    points: z
      .array(z.strictObject({ at, ...sums, partsNano: z.array(nano) }))
      .max(MAX_LIST)
      .openapi({ description: "Without a gap; `partsNano` has the spend of each of `parts`, in their order." }),
    firstByte: percentiles,
    duration: percentiles,
    latency: z
      .array(z.strictObject({ at, requests: count, firstByte: percentiles, duration: percentiles }))
      .max(MAX_LIST)
      .openapi({ description: "Only where somebody was answered." }),
    models: z.array(lineShape),
    keys: z.array(lineShape),
  })
  .openapi("UsageOverview");

const FEMTO = "Whole femto-USD (1e-15 USD): count times price, before anything is rounded.";
const femto = z
  .string()
  .regex(/^\d{1,45}$/)
  .openapi({ description: FEMTO });

const chargeLine = z.strictObject({
  unit: z.enum(UNITS),
  /** Seconds of video may have a fraction. */
  count: z.number().min(0),
  /** How many units the price is for as it is shown: a million, or one. */
  per: z.int(),
  /** The price of a million units, which is what is multiplied: always whole. */
  millionNano: nano,
  amountFemto: femto,
});

export const chargeShape = z
  .strictObject({
    request: requestShape,
    usageInvalid: z.boolean(),
    note: z.string().nullable(),
    lines: z.array(chargeLine),
    sumFemto: femto,
    /** Null where nothing was held. */
    price: z
      .strictObject({
        id: z.string(),
        sinceAt: at,
        aboveTokens: count.nullable(),
        decimals: z.int().min(0),
      })
      .nullable(),
    plan: z.string().nullable(),
    multiplier: z.strictObject({ num: z.string(), den: z.string() }),
    exactNano: nano,
    heldNano: nano,
    chargedNano: nano,
    absorbedNano: nano.openapi({ description: "What the usage cost beyond that; nobody pays it." }),
    refundedNano: nano,
    refunds: z.array(z.strictObject({ amountNano: nano, reason: z.string(), at })),
    attempts: z.array(z.strictObject({ result: z.string(), durationMs: count })),
    dropped: z.array(z.string()).openapi({
      description:
        "Names of what translation could not carry to the provider or back, as `x-farthing-dropped` told them.",
    }),
  })
  .openapi("ExplainedCharge");

const shownLine = ({ unit, count: counted, rate, amountPerMillion }: ExplainedUnit): z.input<typeof chargeLine> => {
  const parts = unit === "video_second" ? SECOND_PARTS : 1;
  return {
    unit,
    count: counted / parts,
    per: shownTogether(unit).per,
    millionNano: nanoText(rate * BigInt(parts)),
    amountFemto: amountPerMillion.toString(),
  };
};

/** The charge of a request: the figures of `farthing explain`, less what is the operator's. */
export const shownCharge = (explanation: Explanation, request: RequestLine): z.input<typeof chargeShape> => {
  const { record, units, tier, scale, price, refunds } = explanation;
  return {
    request: shownRequest(request),
    usageInvalid: record.usageInvalid,
    note: noteOf(explanation),
    lines: units.map(shownLine),
    sumFemto: sumOf(explanation).toString(),
    price:
      price === null
        ? null
        : { id: String(price.row.id), sinceAt: price.validFrom, aboveTokens: tier, decimals: scale ?? 9 },
    plan: record.planId,
    multiplier: { num: record.multiplier.num.toString(), den: record.multiplier.den.toString() },
    exactNano: nanoText(record.exact),
    heldNano: nanoText(record.hold),
    chargedNano: nanoText(record.posted),
    absorbedNano: nanoText(record.absorbed),
    refundedNano: nanoText(refundedOf(explanation)),
    refunds: refunds.map(({ amount, reason, at: time_ }) => ({ amountNano: nanoText(amount), reason, at: time_ })),
    attempts: record.attempts.map(({ result, durationMs }) => ({ result, durationMs })),
    dropped: [...droppedOf(explanation)],
  };
};

/** How an account stands this moment, and how far it has come. */
export const standingShape = z.strictObject({
  balanceNano: nano,
  heldNano: nano.openapi({ description: "What running requests and videos may still take of it, as told every 5 s." }),
  running: count,
  promoNano: nano,
  pendingNano: nano,
  frozen: z.boolean(),
  hasKeys: z.boolean(),
  hasRequests: z.boolean(),
});

export const choicesShape = z.strictObject({
  models: z.array(z.string()),
  keys: z.array(z.strictObject({ id: z.string(), name: z.string() })),
});
