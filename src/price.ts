/**
 * Price rows: immutable, versioned, complete for every unit their model can emit (I-40, I-43).
 * Pure; stored by the ledger's database, chosen by the catalogue, snapshotted into every hold.
 */
import { ceiling, cost, type Nano, type Price, type Rational, type Rounding } from "./money.ts";
import { PROMPT_UNITS, total, type Usage } from "./unit.ts";

/** Rates that apply to the whole request once its prompt (uncached, cached and written together) exceeds `above` tokens. */
export interface Tier {
  readonly above: number;
  readonly price: Price;
}

/** One published version of a model's prices. */
export interface PriceRow {
  /** Database id of the immutable row. */
  readonly id: number;
  readonly base: Price;
  /** Ascending by `above`. */
  readonly tiers: readonly Tier[];
  readonly rounding: Rounding;
}

/** Everything a settlement needs to compute a charge, fixed when the hold was taken (I-40). */
export interface Snapshot {
  readonly row: PriceRow;
  /** The plan's multiplier; 1 without a plan. */
  readonly multiplier: Rational;
  readonly planId: string | null;
}

/** The rates that apply to a usage: the dearest tier its prompt reaches, else the base. */
export const ratesFor = (row: PriceRow, usage: Usage): Price => {
  const prompt = total(usage, PROMPT_UNITS);
  let rates = row.base;
  for (const tier of row.tiers) if (prompt > tier.above) rates = tier.price;
  return rates;
};

/** The charge of a usage under a snapshot, in nano-units (I-4). @throws UnpricedUnit */
export const charge = (snapshot: Snapshot, usage: Usage): Nano =>
  cost(usage, ratesFor(snapshot.row, usage), snapshot.multiplier, snapshot.row.rounding);

/** An upper bound of the charge of any usage within `usage`, in nano-units: every tier that the bound reaches is considered. */
export const bound = (snapshot: Snapshot, usage: Usage): Nano => {
  const { row, multiplier } = snapshot;
  const prompt = total(usage, PROMPT_UNITS);
  let most = ceiling(usage, row.base, multiplier, row.rounding);
  for (const tier of row.tiers) {
    if (prompt <= tier.above) continue;
    const here = ceiling(usage, tier.price, multiplier, row.rounding);
    if (here > most) most = here;
  }
  return most;
};

/** Multiplier 1, exact rounding: a snapshot of a row at its list price. */
export const listPrice = (row: PriceRow): Snapshot => ({ row, multiplier: { num: 1n, den: 1n }, planId: null });
