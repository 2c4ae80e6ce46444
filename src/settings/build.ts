/** The last step to an installation: price rows and candidates make models callable. Pure. */
import { isServed, type Model, type PricedModel } from "../catalog/model.ts";
import { priceLists, priceName } from "../catalog/prices.ts";
import type { PriceRow, VariantRow } from "../price.ts";
import { isSellable, type Assembly } from "./assemble.ts";
import { candidatesFor } from "./candidates.ts";
import type { Callable, Candidate, Installation, Resolution } from "./installation.ts";

/** A model that can be called once its price row is known. */
export interface Offer {
  readonly model: Model;
  readonly candidates: readonly [Candidate, ...Candidate[]];
}

export interface Offers {
  readonly offers: readonly Offer[];
  readonly warnings: readonly string[];
}

/** The models that can be sold and reached, in catalogue order; a configured model that nothing serves is named in a warning. */
export const offersOf = (assembly: Assembly, production: boolean): Offers => {
  const warnings: string[] = [];
  const offers: Offer[] = [];
  for (const model of assembly.models.values()) {
    if (!isSellable(model) || assembly.names.get(model.id) !== model) continue;
    const [first, ...others] = candidatesFor(model, { upstreams: assembly.upstreams, production });
    if (first !== undefined) offers.push({ model, candidates: [first, ...others] });
    else if (assembly.configured.has(model.id))
      warnings.push(`model '${model.id}' is not listed: no enabled upstream serves it`);
  }
  return { offers, warnings };
};

const UNKNOWN: Resolution = { kind: "unknown" };

/** What each name stands for, worked out once: resolving is one look-up on the hot path. */
const resolutionsOf = (assembly: Assembly, callables: readonly Callable[]): ReadonlyMap<string, Resolution> => {
  const byId = new Map(callables.map((callable) => [callable.model.id, callable]));
  const resolutions = new Map<string, Resolution>();
  for (const [name, model] of assembly.names) {
    const callable = byId.get(model.id);
    if (model.hidden === true) continue;
    if (model.status === "retired") resolutions.set(name, { kind: "retired", model });
    else if (callable !== undefined) resolutions.set(name, { kind: "callable", callable });
    else if (!isServed(model)) resolutions.set(name, { kind: "elsewhere", model });
  }
  return resolutions;
};

const pricedOf = (model: Model, rows: ReadonlyMap<string, PriceRow>): PricedModel | undefined => {
  const price = rows.get(priceName(model, null));
  const variantPrices: VariantRow[] = [];
  for (const { when } of priceLists(model)) {
    if (when === null) continue;
    const row = rows.get(priceName(model, when));
    if (row === undefined) return undefined;
    variantPrices.push({ when, row });
  }
  return price && { ...model, price, variantPrices };
};

/**
 * The installation as the gateway sees it.
 * @param rows the newest row of every price list of the offered models; a model that lacks one is left out.
 */
export const buildInstallation = (
  assembly: Assembly,
  offered: Offers,
  rows: ReadonlyMap<string, PriceRow>,
): Installation => {
  const callables = offered.offers.flatMap(({ model, candidates }): Callable[] => {
    const priced = pricedOf(model, rows);
    return priced === undefined ? [] : [{ model: priced, candidates }];
  });
  const resolutions = resolutionsOf(assembly, callables);
  return {
    storefront: assembly.storefront,
    plans: assembly.plans,
    defaultPlan: assembly.defaultPlan,
    callables,
    resolve: (name) => resolutions.get(name) ?? UNKNOWN,
    upstreams: assembly.upstreams,
    warnings: [...assembly.warnings, ...offered.warnings],
  };
};
