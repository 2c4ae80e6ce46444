/** Price lists as the operator reads and writes them: amounts for what is shown together, such as a million tokens. Pure. */
import { z } from "@hono/zod-openapi";

import { priceLists, priceName } from "../../catalog/prices.ts";
import type { Model } from "../../catalog/model.ts";
import type { Draft, DraftList } from "../../ledger/price-draft-store.ts";
import type { PriceList, PriceVersion } from "../../ledger/price-store.ts";
import { checked, EXACT, type Nano, type Price } from "../../money.ts";
import { UNITS, type Unit } from "../../unit.ts";
import { rate, ratesOf, shownTogether } from "../public/model-view.ts";
import { at, nano } from "../values.ts";
import { costOf, marginOf, type ModelGround } from "./model-view.ts";

const MAX_TIERS = 16;
const MAX_LISTS = 256;
const MILLION = 1_000_000n;
/** Of an amount that somebody enters: a billion USD. */
const MOST_NANO = 10n ** 18n;

const when = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable();

const list = z.strictObject({
  /** Attributes of the calls that it is for; null: the model's own. */
  when,
  rates: z.array(rate),
  tiers: z.array(z.strictObject({ above: z.int(), rates: z.array(rate) })),
  /** Decimals of USD that a charge is rounded to. */
  decimals: z.int(),
});

export const pricedModel = z.strictObject({
  model: z.string(),
  provider: z.string(),
  kind: z.string(),
  lists: z.array(list),
  /** What the first upstream takes; null: nothing but the list price is known. */
  cost: z.array(rate).nullable(),
  marginBp: z.int().nullable(),
  draft: z.strictObject({ lists: z.array(list), marginBp: z.int().nullable(), updatedAt: at }).nullable(),
  /** When the next version comes into force that is published already. */
  scheduledAt: at.nullable(),
});
export type PricedModelView = z.input<typeof pricedModel>;

const sentRate = z.strictObject({
  unit: z.enum(UNITS),
  nano: nano.refine((text) => BigInt(text) >= 0n && BigInt(text) <= MOST_NANO, "must be between 0 and a billion USD"),
});
const sentRates = z.array(sentRate).max(UNITS.length);

export const sentList = z.strictObject({
  when,
  rates: sentRates,
  tiers: z.array(z.strictObject({ above: z.int().min(1).max(100_000_000), rates: sentRates })).max(MAX_TIERS),
});
export const sentLists = z.array(sentList).min(1).max(MAX_LISTS);
type SentList = z.output<typeof sentList>;

const viewOf = ({ when: attributes, list: own }: DraftList): z.input<typeof list> => ({
  when: attributes === null ? null : { ...attributes },
  rates: ratesOf(own.base),
  tiers: own.tiers.map(({ above, price }) => ({ above, rates: ratesOf(price) })),
  decimals: own.rounding.scale,
});

/** The lists of a model that are in force, its own first; null where one has no row yet. */
export const listsInForce = (model: Model, prices: ModelGround["survey"]["prices"]): DraftList[] | null => {
  const found: DraftList[] = [];
  for (const { when: attributes } of priceLists(model)) {
    const row = prices.get(priceName(model, attributes));
    if (row === undefined) return null;
    const { id: _id, ...own } = row;
    found.push({ when: attributes, list: own });
  }
  return found;
};

export interface PriceGround extends ModelGround {
  readonly draft: Draft;
  /** By the name of each list. */
  readonly scheduled: readonly PriceVersion[];
}

/** A model with prices in force; null for one that has none. */
export const pricedModelOf = (model: Model, ground: PriceGround): PricedModelView | null => {
  const { survey, candidates, draft, scheduled } = ground;
  const lists = listsInForce(model, survey.prices);
  if (lists === null) return null;
  const cost = costOf(model, candidates.get(model.id) ?? []);
  const marginIn = (of: readonly DraftList[]): number | null =>
    cost === null ? null : marginOf(of[0]?.list.base ?? {}, cost.base);
  const drafted = draft.models.find((one) => one.model === model.id);
  const names = new Set(lists.map(({ when: attributes }) => priceName(model, attributes)));
  return {
    model: model.id,
    provider: model.provider,
    kind: model.kind,
    lists: lists.map(viewOf),
    cost: cost === null ? null : ratesOf(cost.base),
    marginBp: marginIn(lists),
    draft:
      drafted === undefined
        ? null
        : { lists: drafted.lists.map(viewOf), marginBp: marginIn(drafted.lists), updatedAt: drafted.updatedAt },
    scheduledAt: scheduled.find((version) => names.has(version.model))?.validFrom ?? null,
  };
};

/** A price as it was sent. A rate that is shown like the one before stays it, to the last digit that nobody sees. */
const priceOf = (sent: readonly { readonly unit: Unit; readonly nano: string }[], before: Price): Price => {
  const shown = new Map(ratesOf(before).map((one) => [one.unit, one.nano]));
  const price: Partial<Record<Unit, Nano>> = {};
  for (const { unit, nano: text } of sent) {
    const { pieces } = shownTogether(unit);
    price[unit] = shown.get(unit) === text ? (before[unit] ?? 0n) : checked((BigInt(text) * MILLION) / pieces);
  }
  return price;
};

/** Key of a list among those of its model: attributes in one order. */
const keyOf = (attributes: DraftList["when"]): string => priceName({ id: "" }, attributes);

const missingUnits = (price: Price, wanted: Price): readonly Unit[] =>
  UNITS.filter((unit) => wanted[unit] !== undefined && price[unit] === undefined);

/** Problems of lists as they were sent, by place; what is in force says which lists and units there must be (I-43). */
export const listProblems = (lists: readonly DraftList[], inForce: readonly DraftList[]): Record<string, string> => {
  const problems: [string, string][] = [];
  const wanted = new Map(inForce.map((one) => [keyOf(one.when), one.list]));
  for (const [place, { when: attributes, list: own }] of lists.entries()) {
    const before = wanted.get(keyOf(attributes));
    wanted.delete(keyOf(attributes));
    if (before === undefined) {
      problems.push([`lists.${place}.when`, "is not one of this model's variants, or is given twice"]);
      continue;
    }
    for (const price of [own.base, ...own.tiers.map((tier) => tier.price)]) {
      const missing = missingUnits(price, before.base);
      if (missing.length > 0)
        problems.push([`lists.${place}`, `has no price for ${missing.join(", ")}: nothing is free by omission`]);
    }
    if (own.tiers.some((tier, index) => tier.above <= (own.tiers[index - 1]?.above ?? 0)))
      problems.push([`lists.${place}.tiers`, "must ascend by `above`"]);
  }
  if (wanted.size > 0) problems.push(["lists", "must have a list for each variant of the model"]);
  return Object.fromEntries(problems);
};

const tierBefore = (before: PriceList | undefined, above: number): Price =>
  before?.tiers.find((tier) => tier.above === above)?.price ?? {};

/** Lists as they were sent, in the form in which they are kept. @throws MoneyError beyond 64 bits */
export const draftLists = (sent: readonly SentList[], inForce: readonly DraftList[]): DraftList[] => {
  const known = new Map(inForce.map((one) => [keyOf(one.when), one.list]));
  return sent.map(({ when: attributes, rates, tiers }) => {
    const before = known.get(keyOf(attributes));
    return {
      when: attributes,
      list: {
        base: priceOf(rates, before?.base ?? {}),
        tiers: tiers.map((tier) => ({ above: tier.above, price: priceOf(tier.rates, tierBefore(before, tier.above)) })),
        rounding: before?.rounding ?? EXACT,
      },
    };
  });
};
