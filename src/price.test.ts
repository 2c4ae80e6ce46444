import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EXACT, type Price } from "./money.ts";
import { bound, charge, chargedRates, listPrice, ratesFor, rowFor, unpricedUnits, type PriceRow } from "./price.ts";
import { PROMPT_UNITS, type Unit, type Usage } from "./unit.ts";

const prices = (rate: bigint): Price => ({
  input: rate,
  cache_read: rate / 10n,
  output: rate * 5n,
  reasoning: rate * 5n,
});

const TIERED: PriceRow = {
  id: 1,
  base: prices(1_000_000_000n),
  tiers: [
    { above: 1_000, price: prices(2_000_000_000n) },
    { above: 5_000, price: prices(3_000_000_000n) },
  ],
  rounding: EXACT,
};

describe("tiers", () => {
  it.each([
    [{ input: 1_000 }, TIERED.base],
    [{ input: 1_001 }, TIERED.tiers[0]?.price],
    [{ input: 600, cache_read: 401 }, TIERED.tiers[0]?.price],
    [{ input: 1_000, output: 90_000 }, TIERED.base],
    [{ input: 5_001 }, TIERED.tiers[1]?.price],
  ] as [Usage, Price][])("%j", (usage, expected) => {
    expect(ratesFor(TIERED, usage)).toBe(expected);
  });

  it("the whole request is charged at the tier's rates", () => {
    expect(charge(listPrice(TIERED), { input: 1_001 })).toBe(1_001n * 2_000n);
  });
});

describe("I-43: a unit without a price (decision 0016)", () => {
  const base: Price = { input: 10_000_000n, cache_write_5m: 12_000_000n, output: 50_000_000n, reasoning: 60_000_000n };
  const row: PriceRow = { ...TIERED, base, tiers: [] };

  it.each([
    [{ input: 3, output: 2 }, [], 130n],
    [{ input: 3, audio_input: 1 }, ["audio_input"], 42n],
    [{ output: 1, audio_output: 1 }, ["audio_output"], 110n],
    [{ input: 3, image: 7, web_search: 1 }, ["image", "web_search"], 30n],
    [{ input: 3, image: 0 }, [], 30n],
  ] as [Usage, Unit[], bigint][])("%j", (usage, unpriced, charged) => {
    expect(unpricedUnits(row, usage)).toEqual(unpriced);
    expect(charge(listPrice(row), usage)).toBe(charged);
  });

  it("leaves a complete row's rates as they are published", () => {
    expect(chargedRates(TIERED, { input: 1_001, output: 5 })).toBe(TIERED.tiers[0]?.price);
  });
});

describe("I-13: no usage within the bound costs more than the bound", () => {
  const UNITS_HERE = ["input", "cache_read", "output", "reasoning"] as const satisfies readonly Unit[];
  const rate = fc.bigInt(0n, 200_000_000_000n);
  const price = fc.record({ input: rate, cache_read: rate, output: rate, reasoning: rate });
  const row = fc
    .record({
      base: price,
      tiers: fc.array(fc.record({ above: fc.nat(100_000), price }), { maxLength: 3 }),
      scale: fc.constantFrom(9, 6, 2),
    })
    .map(({ base, tiers, scale }): PriceRow => ({
      id: 1,
      base,
      tiers: tiers.sort((a, b) => a.above - b.above),
      rounding: { scale, mode: "half_up" },
    }));
  const cap = fc.record({
    input: fc.nat(200_000),
    cache_read: fc.nat(200_000),
    output: fc.nat(64_000),
    reasoning: fc.nat(64_000),
  });
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it("property", () => {
    fc.assert(
      fc.property(
        row,
        cap,
        fc.array(share, { minLength: 4, maxLength: 4 }),
        fc.bigInt(0n, 10n),
        (r, most, shares, num) => {
          const usage: Partial<Record<Unit, number>> = {};
          UNITS_HERE.forEach((unit, i) => {
            usage[unit] = Math.floor(most[unit] * (shares[i] ?? 0));
          });
          const snapshot = { row: r, multiplier: { num, den: 10n }, planId: null };
          expect(charge(snapshot, usage)).toBeLessThanOrEqual(bound(snapshot, most));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("prompt units are what tiers look at", () => {
    expect(PROMPT_UNITS).toContain("cache_read");
  });
});

describe("rowFor: the row of a variant (decision 0034)", () => {
  const row = (id: number): PriceRow => ({ id, base: {}, tiers: [], rounding: EXACT });
  const variants = [
    { when: { size: "1024x1024" }, row: row(2) },
    { when: { size: "1024x1024", quality: "high" }, row: row(3) },
    { when: { quality: "high", sound: true }, row: row(4) },
  ];

  it.each([
    ["none of its words: the model's own", { size: "512x512" }, 1],
    ["nothing at all", {}, 1],
    ["one word", { size: "1024x1024", quality: "low" }, 2],
    ["the most words", { size: "1024x1024", quality: "high" }, 3],
    ["words that are no text", { quality: "high", sound: true }, 4],
    ["a word of another kind", { quality: "high", sound: "true" }, 1],
  ])("%s", (_name, attributes, id) => {
    expect(rowFor(row(1), variants, attributes).id).toBe(id);
  });
});
