/** A model as the public pages show it: what it is, what it takes and makes, what it costs under each plan. Pure. */
import { z } from "@hono/zod-openapi";

import { CLIENT_DIALECTS, FATES, type Fidelity } from "../../catalog/fidelity.ts";
import { MODEL_KINDS, MODEL_STATUSES, type PricedModel } from "../../catalog/model.ts";
import { dialectsOf } from "../../gateway/model-info.ts";
import { divideHalfUp, ONE, type Price, type Rational } from "../../money.ts";
import type { Callable, Plan } from "../../settings/installation.ts";
import { SECOND_PARTS, TOKEN_UNITS, UNITS, type Unit } from "../../unit.ts";
import { nano, nanoText } from "../values.ts";

const MILLION = 1_000_000n;

/** How many of a unit its shown price is for: a million tokens, one second, one piece. */
export const shownTogether = (unit: Unit): { readonly per: number; readonly pieces: bigint } => {
  if (unit === "video_token" || (TOKEN_UNITS as readonly Unit[]).includes(unit))
    return { per: Number(MILLION), pieces: MILLION };
  return { per: 1, pieces: unit === "video_second" ? BigInt(SECOND_PARTS) : 1n };
};

export const rate = z.strictObject({
  unit: z.enum(UNITS),
  /** How many units the amount is for. */
  per: z.int(),
  nano,
});

export type ShownRate = z.output<typeof rate>;

/** A price list as it is shown; less than a nano is rounded half up, which only concerns what is shown. */
export const ratesOf = (price: Price, multiplier: Rational = ONE): ShownRate[] =>
  UNITS.flatMap((unit) => {
    const listed = price[unit];
    if (listed === undefined) return [];
    const { per, pieces } = shownTogether(unit);
    const amount = divideHalfUp(listed * multiplier.num * pieces, multiplier.den * MILLION);
    return [{ unit, per, nano: nanoText(amount) }];
  });

const limits = z.strictObject({
  rpm: z.int().nullable(),
  tpm: z.int().nullable(),
  concurrency: z.int().nullable(),
});

/** A model in lists. */
export const modelLine = z.strictObject({
  id: z.string(),
  provider: z.string(),
  kind: z.enum(MODEL_KINDS),
  status: z.enum(MODEL_STATUSES),
  context: z.int().nullable(),
  maxOutput: z.int().nullable(),
  input: z.array(z.string()),
  output: z.array(z.string()),
  capabilities: z.array(z.string()),
  sandbox: z.boolean(),
  /** Under the plan that accounts have without choosing one. */
  rates: z.array(rate),
  /** True where the price depends on what is asked for; then `rates` are those of the cheapest. */
  varies: z.boolean(),
});

const variant = z.strictObject({
  when: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  rates: z.array(rate),
});

const fates = z.partialRecord(z.enum(FATES), z.array(z.string())).nullable();

/** A model's own page. */
export const modelPage = modelLine.extend({
  aliases: z.array(z.string()),
  replacement: z.string().nullable(),
  list: z.array(rate),
  tiers: z.array(z.strictObject({ above: z.int(), rates: z.array(rate) })),
  variants: z.array(variant),
  plans: z.array(z.strictObject({ id: z.string(), rates: z.array(rate) })),
  limits,
  dialects: z.array(
    z.strictObject({ dialect: z.enum(CLIENT_DIALECTS), route: z.string(), requests: fates, replies: fates }),
  ),
});

const orNull = (tokens: number): number | null => (tokens === 0 ? null : tokens);

/** The least that each unit costs over the variants of a model. */
const cheapest = ({ variantPrices }: PricedModel): Price =>
  variantPrices
    .flatMap(({ row }) => Object.entries(row.base) as [Unit, bigint][])
    .reduce<Partial<Record<Unit, bigint>>>((least, [unit, listed]) => {
      const known = least[unit];
      return { ...least, [unit]: known === undefined || listed < known ? listed : known };
    }, {});

/** @param plan the plan of accounts without one of their own */
export const lineOf = ({ model, candidates }: Callable, plan: Plan | null): z.output<typeof modelLine> => ({
  id: model.id,
  provider: model.provider,
  kind: model.kind,
  status: model.status,
  context: orNull(model.context),
  maxOutput: orNull(model.maxOutput),
  input: [...model.modalities.input],
  output: [...model.modalities.output],
  capabilities: [...model.capabilities],
  sandbox: candidates[0].upstream.sandbox,
  rates: ratesOf({ ...cheapest(model), ...model.price.base }, plan?.multiplier ?? ONE),
  varies: model.variantPrices.length > 0,
});

export interface PageOrder {
  readonly plan: Plan | null;
  readonly plans: readonly Plan[];
  readonly fidelity: Fidelity;
}

export const pageOf = (callable: Callable, { plan, plans, fidelity }: PageOrder): z.output<typeof modelPage> => {
  const { model } = callable;
  const multiplier = plan?.multiplier ?? ONE;
  const dialects = dialectsOf(callable, fidelity);
  return {
    ...lineOf(callable, plan),
    aliases: [...model.aliases],
    replacement: model.replacement,
    list: ratesOf(model.price.base),
    tiers: model.price.tiers.map(({ above, price }) => ({ above, rates: ratesOf(price, multiplier) })),
    variants: model.variantPrices.map(({ when, row }) => ({ when: { ...when }, rates: ratesOf(row.base, multiplier) })),
    plans: plans.map(({ id, multiplier: own }) => ({ id, rates: ratesOf(model.price.base, own) })),
    limits: { rpm: model.rpm, tpm: model.tpm, concurrency: model.concurrency },
    dialects: CLIENT_DIALECTS.flatMap((dialect) => {
      const measured = dialects[dialect];
      if (measured === undefined) return [];
      const { route, requests, replies } = measured;
      return [{ dialect, route, requests: copied(requests), replies: copied(replies) }];
    }),
  };
};

type Fates = z.output<typeof fates>;

const copied = (cell: Readonly<NonNullable<Fates>> | null): Fates => (cell === null ? null : { ...cell });
