/** The price lists of a model: its own, and one for each set of attributes that its variants name (decision 0034). Pure. */
import type { Nano } from "../money.ts";
import type { Attributes, PriceRow } from "../price.ts";
import type { Unit } from "../unit.ts";
import type { Model } from "./model.ts";

/** A list before it has a row, and the attributes of the calls it is for; null: the model's own. */
export interface NamedList {
  readonly when: Attributes | null;
  readonly list: Omit<PriceRow, "id">;
}

/** Attributes in one order, so that equal sets are equal texts. */
const textOf = (when: Attributes): string =>
  JSON.stringify(Object.fromEntries(Object.entries(when).sort(([a], [b]) => (a < b ? -1 : 1))));

/** What a list's rows are kept under. A blank tells a variant's from a model's: no model's name has one. */
export const priceName = ({ id }: Pick<Model, "id">, when: Attributes | null): string =>
  when === null ? id : `${id} ${textOf(when)}`;

/** All price lists of a model, its own first. */
export const priceLists = (
  model: Pick<Model, "prices" | "tiers" | "rounding" | "variants">,
): readonly [NamedList, ...NamedList[]] => {
  const { prices, tiers, rounding } = model;
  const sets = new Map<string, { when: Attributes; own: Partial<Record<Unit, Nano>> }>();
  for (const { unit, when, price } of model.variants) {
    const text = textOf(when);
    const set = sets.get(text) ?? { when, own: {} };
    set.own[unit] = price;
    sets.set(text, set);
  }
  const variants = [...sets.values()].map(({ when, own }): NamedList => {
    const over = tiers.map((tier) => ({ ...tier, price: { ...tier.price, ...own } }));
    return { when, list: { base: { ...prices, ...own }, tiers: over, rounding } };
  });
  return [{ when: null, list: { base: prices, tiers, rounding } }, ...variants];
};
