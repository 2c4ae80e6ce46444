import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  ceiling,
  checked,
  complement,
  cost,
  EXACT,
  formatNano,
  formatAt,
  formatAtPadded,
  MoneyError,
  ONE,
  parseNano,
  parseRational,
  UnpricedUnit,
  type Price,
} from "./money.ts";
import type { Usage } from "./unit.ts";

const MAX = 2n ** 63n - 1n;
const usd = parseNano;
/** Prices of one dollar-per-million unit, the others derived as the providers do. */
const claude = (input: string, output: string): Price => {
  const base = usd(input);
  return { input: base, cache_write_5m: (base * 125n) / 100n, cache_read: base / 10n, output: usd(output) };
};
const BASIC = complement(parseRational("70%"));
const PRO = complement(parseRational("80%"));
const CENTS = { scale: 2, mode: "half_up" } as const;

describe("I-4: one rounding per charge", () => {
  const sonnetUsage = { input: 12, cache_write_5m: 2_000, cache_read: 10_000, output: 150 };
  it.each([
    ["Sonnet 4.6, Basic", sonnetUsage, claude("3", "15"), BASIC, 3_835_800n],
    ["Sonnet 4.6, Pro", sonnetUsage, claude("3", "15"), PRO, 2_557_200n],
    ["Opus, Basic, one token each way", { input: 1, output: 1 }, claude("5", "25"), BASIC, 9_000n],
    ["Haiku, Pro, one cached token", { cache_read: 1 }, claude("1", "5"), PRO, 20n],
    ["Haiku, Pro, one written token", { cache_write_5m: 1 }, claude("1", "5"), PRO, 250n],
    ["$0.028 × 0.2, 1", { input: 1 }, { input: usd("0.028") }, PRO, 6n],
    ["$0.028 × 0.2, 2", { input: 2 }, { input: usd("0.028") }, PRO, 11n],
    ["$0.028 × 0.2, 3", { input: 3 }, { input: usd("0.028") }, PRO, 17n],
    ["$0.028 × 0.2, 5", { input: 5 }, { input: usd("0.028") }, PRO, 28n],
    ["$0.028 × 0.2, 25", { input: 25 }, { input: usd("0.028") }, PRO, 140n],
    ["$0.0025, 1", { input: 1 }, { input: usd("0.0025") }, ONE, 3n],
    ["$0.0025, 3", { input: 3 }, { input: usd("0.0025") }, ONE, 8n],
    ["beyond 2^53", { input: 10_000_000, output: 1_000_000 }, claude("15", "75"), ONE, 225_000_000_000n],
  ] as const)("%s", (_name, usage: Usage, price: Price, multiplier, expected) => {
    expect(cost(usage, price, multiplier)).toBe(expected);
  });

  it("rounds the sum, not its parts", () => {
    const price = { input: usd("0.0004"), output: usd("0.0004") };
    expect(cost({ input: 1, output: 1 }, price)).toBe(1n);
    expect(cost({ input: 1 }, price) + cost({ output: 1 }, price)).toBe(0n);
  });
});

describe("I-2, I-5, I-6: cents where the price row says so", () => {
  it.each([
    ["1.005", "1.01"],
    ["0.285", "0.29"],
    ["2.675", "2.68"],
    ["10.075", "10.08"],
    ["0.004", "0"],
    ["0.005", "0.01"],
    ["0.015", "0.02"],
    ["0.125", "0.13"],
    ["0.995", "1"],
  ])("%s becomes %s", (exact, rounded) => {
    expect(formatNano(cost({ video_second: 1_000_000 }, { video_second: usd(exact) }, ONE, CENTS))).toBe(rounded);
  });

  it("the bound of a hold is rounded up", () => {
    expect(formatNano(ceiling({ video_second: 1_000_000 }, { video_second: usd("0.001") }, ONE, CENTS))).toBe("0.01");
  });
});

describe("I-6: credits per thousand tokens", () => {
  it.each([
    [1_000, "40", "0.04"],
    [5_000, "130", "0.65"],
    [10_000, "220", "2.2"],
    [1, "40", "0.00004"],
    [35, "130", "0.00455"],
    [175, "130", "0.02275"],
  ])("%i tokens at %s per million cost %s", (tokens, rate, expected) => {
    expect(formatNano(cost({ input: tokens }, { input: usd(rate) }))).toBe(expected);
  });
});

describe("text and amounts", () => {
  it("I-7: parse(render(x)) = x for every 64-bit amount", () => {
    fc.assert(
      fc.property(fc.bigInt(-MAX, MAX), (amount) => {
        fc.pre(amount > -1_000_000_000_000n * 1_000_000_000n && amount < 1_000_000_000_000n * 1_000_000_000n);
        expect(parseNano(formatNano(amount))).toBe(amount);
      }),
      { numRuns: 2_000 },
    );
    for (const edge of [MAX, -MAX, 0n, 1n, -1n]) expect(parseNano(formatNano(edge))).toBe(edge);
  });

  it("I-2: any price of at most nine decimals round-trips as text", () => {
    const digits = fc.nat({ max: 999_999_999 });
    fc.assert(
      fc.property(fc.nat({ max: 999_999 }), digits, (whole, fraction) => {
        const text = `${whole}.${String(fraction).padStart(9, "0")}`;
        expect(formatAtPadded(parseNano(text), ONE, 9)).toBe(text);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each(["", "1e3", "+1", " 1", "1 ", "1.", ".5", "0x10", "1,5", "NaN", "--1", "1.0000000001", "9999999999999"])(
    "refuses %j",
    (text) => {
      expect(() => parseNano(text)).toThrow(MoneyError);
    },
  );

  it("E115, I-15: refuses what leaves 64 bits", () => {
    expect(checked(MAX)).toBe(MAX);
    expect(() => checked(MAX + 1n)).toThrow(MoneyError);
    expect(parseNano("9223372036.854775807")).toBe(MAX);
    expect(() => parseNano("9223372036.854775808")).toThrow(MoneyError);
    const dearest = { input: MAX };
    expect(() => cost({ input: Number.MAX_SAFE_INTEGER }, dearest)).toThrow(MoneyError);
  });

  it.each([
    ["1000000000", "0.3", "0.3"],
    ["1", "0.3", "0.0000000003"],
    ["-1", "0.3", "-0.0000000003"],
    ["0", "0.000000001", "0"],
    ["5", "1000", "0.000005"],
  ])("I-7: %s nano at %s of another unit for one is %s, exactly", (amount, rate, text) => {
    expect(formatAt(BigInt(amount), parseRational(rate))).toBe(text);
  });

  it("never shows a float's noise", () => {
    expect(formatNano(1_000_500_000_000n)).toBe("1000.5");
    expect(formatAtPadded(12_300_000n, ONE, 6)).toBe("0.012300");
    expect(formatAtPadded(1n, ONE, 6)).toBe("0.000000001");
    expect(formatNano(-1n)).toBe("-0.000000001");
  });
});

describe("what cannot be priced", () => {
  it("I-43: a unit without a price is an error, a zero price is free (I-44)", () => {
    expect(() => cost({ input: 1, reasoning: 1 }, { input: 1n })).toThrow(UnpricedUnit);
    expect(cost({ input: 5 }, { input: 0n })).toBe(0n);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("I-24: %s is not a count", (count) => {
    expect(() => cost({ input: count }, { input: 1n })).toThrow(MoneyError);
  });
});

describe("multipliers", () => {
  it.each([
    ["70%", 3n, 10n],
    ["0.7", 3n, 10n],
    ["0%", 1n, 1n],
    ["100%", 0n, 1n],
  ])("what is left after %s", (text, num, den) => {
    const left = complement(parseRational(text));
    expect(left.num * den).toBe(num * left.den);
  });

  it("a discount is never more than all", () => {
    expect(() => complement(parseRational("101%"))).toThrow(MoneyError);
    expect(() => complement(parseRational("-1%"))).toThrow(MoneyError);
  });

  it("ceiling is never below cost, nor more than a step above it", () => {
    const usage = fc.record({ input: fc.nat(1_000_000), output: fc.nat(1_000_000) });
    const price = fc.record({ input: fc.bigInt(0n, 10n ** 12n), output: fc.bigInt(0n, 10n ** 12n) });
    fc.assert(
      fc.property(usage, price, fc.integer({ min: 0, max: 9 }), fc.bigInt(1n, 100n), (used, rates, scale, num) => {
        const rounding = { scale, mode: EXACT.mode };
        const multiplier = { num, den: 100n };
        const [low, high] = [cost(used, rates, multiplier, rounding), ceiling(used, rates, multiplier, rounding)];
        expect(high).toBeGreaterThanOrEqual(low);
        expect(high - low).toBeLessThanOrEqual(10n ** BigInt(9 - scale));
      }),
    );
  });
});
