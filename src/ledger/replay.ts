/**
 * Replay: what the requests that there were would have been charged under other prices. Pure.
 *
 * Request by request, with the function that charges (price.ts): tiers depend on each prompt and rounding on each charge, so that sums
 * would not do. A request is charged under the plan it had, whatever its customer has now. What is left out, on all sides alike: the bound
 * of its hold, and refunds.
 */
import { providerCost, unpackAttempts } from "../attempt.ts";
import { MoneyError, type Nano, type Rational } from "../money.ts";
import { charge, type PriceRow } from "../price.ts";
import type { Usage } from "../unit.ts";

/** A request that was charged, as far as its price concerns. */
export interface ReplayRow {
  /** The name of the price list it was charged by: a model's, or a variant's of it. */
  readonly list: string;
  /** The model whose list it is. */
  readonly model: string;
  readonly accountId: number;
  readonly usage: Usage;
  readonly multiplier: Rational;
  readonly posted: Nano;
  /** The charge to the nano, before the rounding of its list. */
  readonly exact: Nano;
  readonly attempts: string | null;
}

/** Price lists by their names: those in force now, and those of the draft where it has others. */
export interface ReplayPrices {
  readonly current: ReadonlyMap<string, PriceRow>;
  readonly draft: ReadonlyMap<string, PriceRow>;
}

/** What a group of requests comes to. Nano-units. */
export interface ReplaySum {
  requests: number;
  /** What was charged when they were made. */
  charged: Nano;
  /** What they would be charged by the prices in force now, and by the draft. */
  current: Nano;
  draft: Nano;
  /** What providers took. */
  cost: Nano;
  /** Requests whose charge is less than what the provider takes, now and by the draft. */
  belowNow: number;
  belowThen: number;
}

/** Accounts that are told apart; those that come after them count in the sums only. */
export const MOST_ACCOUNTS = 200_000;

const nothing = (): ReplaySum => ({
  requests: 0,
  charged: 0n,
  current: 0n,
  draft: 0n,
  cost: 0n,
  belowNow: 0,
  belowThen: 0,
});

const absolute = (amount: Nano): Nano => (amount < 0n ? -amount : amount);

/** Adds requests up, in any order. */
export class Replay {
  readonly #prices: ReplayPrices;
  readonly #models = new Map<string, ReplaySum>();
  readonly #accounts = new Map<number, ReplaySum>();
  readonly all: ReplaySum = nothing();
  /** Requests that could not be priced by both sides, and are in no sum. */
  unpriced = 0;

  constructor(prices: ReplayPrices) {
    this.#prices = prices;
  }

  add(row: ReplayRow): void {
    const current = this.#prices.current.get(row.list);
    if (current === undefined) {
      this.unpriced++;
      return;
    }
    const one = nothing();
    try {
      const snapshot = { multiplier: row.multiplier, planId: null };
      one.current = charge({ ...snapshot, row: current }, row.usage);
      one.draft = charge({ ...snapshot, row: this.#prices.draft.get(row.list) ?? current }, row.usage);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      this.unpriced++;
      return;
    }
    one.requests = 1;
    one.charged = row.posted;
    one.cost = providerCost(unpackAttempts(row.attempts, row.model).at(-1), row.exact, row.multiplier);
    one.belowNow = one.current < one.cost ? 1 : 0;
    one.belowThen = one.draft < one.cost ? 1 : 0;
    this.#addTo(this.all, one);
    this.#addTo(group(this.#models, row.model, Number.POSITIVE_INFINITY), one);
    this.#addTo(group(this.#accounts, row.accountId, MOST_ACCOUNTS), one);
  }

  /** By model, what changes most first. */
  models(): readonly (ReplaySum & { readonly model: string })[] {
    return mostChanged(this.#models).map(([model, sum]) => ({ ...sum, model }));
  }

  /** The accounts that it changes most. */
  accounts(most: number): readonly (ReplaySum & { readonly accountId: number })[] {
    return mostChanged(this.#accounts)
      .slice(0, most)
      .map(([accountId, sum]) => ({ ...sum, accountId }));
  }

  get accountCount(): number {
    return this.#accounts.size;
  }

  #addTo(sum: ReplaySum | undefined, one: ReplaySum): void {
    if (sum === undefined) return;
    sum.requests += one.requests;
    sum.charged += one.charged;
    sum.current += one.current;
    sum.draft += one.draft;
    sum.cost += one.cost;
    sum.belowNow += one.belowNow;
    sum.belowThen += one.belowThen;
  }
}

const group = <Key>(groups: Map<Key, ReplaySum>, key: Key, most: number): ReplaySum | undefined => {
  const known = groups.get(key);
  if (known !== undefined || groups.size >= most) return known;
  const sum = nothing();
  groups.set(key, sum);
  return sum;
};

const mostChanged = <Key>(groups: ReadonlyMap<Key, ReplaySum>): [Key, ReplaySum][] =>
  [...groups].sort(([, a], [, b]) => {
    const difference = absolute(b.draft - b.current) - absolute(a.draft - a.current);
    return difference > 0n ? 1 : difference < 0n ? -1 : 0;
  });
