import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EXACT, parseRational } from "../../money.ts";
import { ruledList, ruledRate, type PriceRule } from "./price-rule.ts";

const CENT = 10_000_000n;
const rule = (changes: Partial<PriceRule> = {}): PriceRule => ({
  base: "price",
  factor: parseRational("1.05"),
  step: CENT,
  way: "nearest",
  ...changes,
});

describe("ruledRate", () => {
  it.each([
    ["5 % more, to the cent", "input", 2_500_000_000n, rule(), 2_630_000_000n],
    ["up", "input", 2_500_000_000n, rule({ way: "up" }), 2_630_000_000n],
    ["down", "input", 2_500_000_000n, rule({ way: "down" }), 2_620_000_000n],
    ["an image, whose price is of one", "image", 40_000_000_000_000n, rule(), 40_000_000_000_000n],
    ["an image, to a tenth of a cent", "image", 40_000_000_000_000n, rule({ step: 1_000_000n }), 42_000_000_000_000n],
    ["a second of video, counted in parts", "video_second", 140_000_000_000n, rule(), 150_000_000_000n],
    ["nothing stays nothing", "input", 0n, rule({ way: "up" }), 0n],
  ] as const)("%s", (_name, unit, rate, by, wanted) => {
    expect(ruledRate(unit, rate, by)).toBe(wanted);
  });

  it("is a whole number of steps, and never further from the exact amount than one", () => {
    const amounts = fc.bigInt({ min: 0n, max: 10n ** 14n });
    fc.assert(
      fc.property(
        amounts,
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        fc.integer({ min: 0, max: 1_000 }),
        (rate, step, percent) => {
          const factor = { num: BigInt(percent), den: 100n };
          for (const way of ["nearest", "up", "down"] as const) {
            const made = ruledRate("output", rate, rule({ factor, step, way }));
            expect(made % step).toBe(0n);
            const off = made * factor.den - rate * factor.num;
            const limit = step * factor.den;
            expect(off < limit && -off < limit).toBe(true);
            if (way === "up") expect(off).toBeGreaterThanOrEqual(0n);
            if (way === "down") expect(off).toBeLessThanOrEqual(0n);
          }
        },
      ),
    );
  });
});

describe("ruledList", () => {
  const list = {
    base: { input: 2_000_000_000n, output: 8_000_000_000n },
    tiers: [{ above: 200_000, price: { input: 4_000_000_000n, output: 12_000_000_000n } }],
    rounding: EXACT,
  };

  it("by cost, each tier by the cost that applies to it; a unit of unknown cost keeps its price", () => {
    const cost = { base: { input: 1_000_000_000n }, tiers: [{ above: 100_000, price: { input: 3_000_000_000n } }] };
    expect(ruledList(list, cost, rule({ base: "cost", factor: parseRational("1.3") }))).toEqual({
      base: { input: 1_300_000_000n, output: 8_000_000_000n },
      tiers: [{ above: 200_000, price: { input: 3_900_000_000n, output: 12_000_000_000n } }],
      rounding: EXACT,
    });
  });

  it("by cost is nothing where no cost is known", () => {
    expect(ruledList(list, null, rule({ base: "cost" }))).toBeNull();
  });
});
