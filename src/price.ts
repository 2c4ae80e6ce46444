/**
 * Price rows: immutable, versioned, complete for every unit their model can emit (I-40, I-43).
 * Pure; stored by the ledger's database, chosen by the catalogue, snapshotted into every hold.
 */
import { ceiling, cost, EXACT, type Nano, type Price, type Rational, type Rounding } from "./money.ts";
import { COMPLETION_UNITS, PROMPT_UNITS, total, UNITS, type Unit, type Usage } from "./unit.ts";

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

/** A row with what is known of it: under which name it was published (a model's, or a variant's of it), and since when it is in force. */
export interface PublishedRow {
  readonly model: string;
  readonly row: PriceRow;
  /** Milliseconds since the Unix epoch. */
  readonly validFrom: number;
}

/** What of a call its price may depend on, such as `{ quality: "high", size: "1024x1024" }`. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** The price of a unit for calls that have all of these attributes: nano-USD per million units, like every price. */
export interface Variant {
  readonly unit: Unit;
  readonly when: Attributes;
  readonly price: Nano;
}

/** The published row of one set of attributes: the model's own prices with those of its variants over them (decision 0034). */
export interface VariantRow {
  readonly when: Attributes;
  readonly row: PriceRow;
}

/** The row by which a call is held and charged: that of the variant with the most of its attributes, else the model's own. */
export const rowFor = (base: PriceRow, variants: readonly VariantRow[], attributes: Attributes): PriceRow => {
  let best = { size: -1, row: base };
  for (const { when, row } of variants) {
    const wanted = Object.entries(when);
    if (wanted.length > best.size && wanted.every(([name, value]) => attributes[name] === value))
      best = { size: wanted.length, row };
  }
  return best.row;
};

/** What an upstream takes for a model: our cost, in the form of a price list without a row (decision 0029). */
export type CostList = Pick<PriceRow, "base" | "tiers">;

/** What a usage costs us, to the nano. @throws MoneyError for an amount beyond 64 bits */
export const costTo = (list: CostList, usage: Usage): Nano =>
  charge(listPrice({ id: 0, rounding: EXACT, ...list }), usage);

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

const missingIn = (rates: Price, usage: Usage): readonly Unit[] =>
  UNITS.filter((unit) => (usage[unit] ?? 0) > 0 && rates[unit] === undefined);

/** The units of a usage that its row does not price: what a provider has counted although nobody said that it could. */
export const unpricedUnits = (row: PriceRow, usage: Usage): readonly Unit[] => missingIn(ratesFor(row, usage), usage);

const highest = (price: Price, units: readonly Unit[]): Nano =>
  units.reduce((most, unit) => {
    const rate = price[unit] ?? 0n;
    return rate > most ? rate : most;
  }, 0n);

/** What a unit without a price is charged at: tokens at the dearest rate of their side; anything else has no rate to go by. */
const rateInstead = (price: Price, unit: Unit): Nano => {
  if ((PROMPT_UNITS as readonly Unit[]).includes(unit)) return highest(price, PROMPT_UNITS);
  return (COMPLETION_UNITS as readonly Unit[]).includes(unit) ? highest(price, COMPLETION_UNITS) : 0n;
};

/** The rates by which a usage is charged: complete for its units, so that nothing makes the rest of a reply free (I-43, decision 0016). */
export const chargedRates = (row: PriceRow, usage: Usage): Price => {
  const rates = ratesFor(row, usage);
  const missing = missingIn(rates, usage);
  if (missing.length === 0) return rates;
  return { ...rates, ...Object.fromEntries(missing.map((unit) => [unit, rateInstead(rates, unit)])) };
};

/** The charge of a usage under a snapshot, in nano-units (I-4). @throws MoneyError for an amount beyond 64 bits */
export const charge = (snapshot: Snapshot, usage: Usage): Nano =>
  cost(usage, chargedRates(snapshot.row, usage), snapshot.multiplier, snapshot.row.rounding);

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
