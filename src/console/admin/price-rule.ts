/** Rules that make new prices out of others: so much more, so much over cost, rounded to a step. Exact fractions all the way. Pure. */
import type { PriceList } from "../../ledger/price-store.ts";
import { checked, divideHalfUp, divideUp, type Nano, type Price, type Rational } from "../../money.ts";
import type { CostList } from "../../price.ts";
import { UNITS, type Unit } from "../../unit.ts";
import { shownTogether } from "../public/model-view.ts";

/** Which way a price goes to the next step. */
export const ROUNDINGS = ["nearest", "up", "down"] as const;
export type RoundingWay = (typeof ROUNDINGS)[number];

export interface PriceRule {
  /** What is multiplied: the price in force, or what the upstream takes. */
  readonly base: "price" | "cost";
  readonly factor: Rational;
  /** In nano-USD of what is shown together (a million tokens, one image); positive. */
  readonly step: Nano;
  readonly way: RoundingWay;
}

const MILLION = 1_000_000n;

const ROUND = {
  nearest: divideHalfUp,
  up: divideUp,
  down: (num: bigint, den: bigint) => num / den,
} as const satisfies Record<RoundingWay, (num: bigint, den: bigint) => bigint>;

/** One rate under a rule: whole steps of what is shown together, as nano-USD per million. @throws MoneyError beyond 64 bits */
export const ruledRate = (unit: Unit, rate: Nano, { factor, step, way }: PriceRule): Nano => {
  const { pieces } = shownTogether(unit);
  const steps = ROUND[way](rate * factor.num * pieces, factor.den * MILLION * step);
  return checked((steps * step * MILLION) / pieces);
};

const ruledPrice = (price: Price, from: Price, rule: PriceRule): Price => {
  const ruled: Partial<Record<Unit, Nano>> = {};
  for (const unit of UNITS) {
    const before = price[unit];
    if (before === undefined) continue;
    const base = from[unit];
    // A unit without a cost of its own keeps its price: nothing becomes free because nobody knows what it costs.
    ruled[unit] = base === undefined ? before : ruledRate(unit, base, rule);
  }
  return ruled;
};

const tierAt = (cost: CostList, above: number): Price => {
  let found = cost.base;
  for (const tier of cost.tiers) if (tier.above <= above) found = tier.price;
  return found;
};

/** A price list under a rule; null where the rule goes by cost and none is known. @throws MoneyError beyond 64 bits */
export const ruledList = (list: PriceList, cost: CostList | null, rule: PriceRule): PriceList | null => {
  if (rule.base === "price")
    return {
      base: ruledPrice(list.base, list.base, rule),
      tiers: list.tiers.map(({ above, price }) => ({ above, price: ruledPrice(price, price, rule) })),
      rounding: list.rounding,
    };
  if (cost === null) return null;
  return {
    base: ruledPrice(list.base, cost.base, rule),
    tiers: list.tiers.map(({ above, price }) => ({ above, price: ruledPrice(price, tierAt(cost, above), rule) })),
    rounding: list.rounding,
  };
};
