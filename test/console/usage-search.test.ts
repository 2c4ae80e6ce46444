/** What the usage screen asks for what stands in its address, and how it shows exact amounts. Pure parts of the browser's side. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { UsageRequest } from "../../console/api/usage.ts";
import { femtoExactly, moneyExactly } from "../../console/format/money.ts";
import { belongs, filterOf, merged, usageSearch } from "../../console/pages/account/usage/search.ts";
import { hoursLeft } from "../../console/pages/account/overview/left.ts";
import { formatNano } from "../../src/money.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;

const request = (change: Partial<UsageRequest> = {}): UsageRequest => ({
  id: "req_01",
  at: NOW,
  key: "key_1",
  keyName: "One",
  model: "m",
  protocol: "openai-chat",
  stream: true,
  status: 200,
  outcome: "completed",
  source: "reported",
  spendNano: "1000",
  refundedNano: "0",
  inputTokens: 1,
  cacheReadTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
  durationMs: 1,
  firstByteMs: 1,
  ...change,
});

describe("the address of the usage screen", () => {
  it.each([
    [{}, {}],
    [{ span: "24h" }, { fromAt: NOW - DAY_MS }],
    [{ span: "dates", from: "2026-11-20", to: "2026-11-20" }, { span: DAY_MS }],
    [{ span: "dates", from: "yesterday" }, {}],
    [{ span: "odd", outcome: "odd" }, {}],
    [
      { model: "m", key: "key_1", outcome: "completed", id: "req_1" },
      { model: "m", key: "key_1", outcome: "completed", request: "req_1" },
    ],
    [{ min: "0.05" }, { minNano: "50000000" }],
    [{ min: "-1" }, {}],
    [{ min: "a lot" }, {}],
    // The open request and the place in the list are no filter.
    [{ request: "req_1", cursor: "req_2", direction: "newer" }, {}],
  ])("%j asks for %j", (address, wanted: Record<string, unknown>) => {
    const filter = filterOf(usageSearch.parse(address), NOW);
    const { span, ...rest } = wanted;
    if (span === undefined) expect(filter).toEqual(rest);
    else expect((filter.toAt ?? 0) - (filter.fromAt ?? 0)).toBe(span);
  });

  it.each([
    [{}, true],
    [{ model: "n" }, false],
    [{ key: "key_2" }, false],
    [{ outcome: "empty" }, false],
    [{ request: "req_02" }, false],
    [{ minNano: "1000" }, true],
    [{ minNano: "1001" }, false],
    [{ fromAt: NOW }, true],
    [{ toAt: NOW }, false],
  ] as const)("what has come belongs to %j: %s", (filter, isWanted) => {
    expect(belongs(request(), filter)).toBe(isWanted);
  });

  it("two lists are one: each request once, newest first, as many as there may be", () => {
    const [a, b, c] = ["req_01", "req_02", "req_03"].map((id) => request({ id }));
    if (a === undefined || b === undefined || c === undefined) throw new Error("three requests");
    expect(merged([c, b], [b, a], 9)).toEqual([c, b, a]);
    expect(merged([a], [c, b], 2)).toEqual([c, b]);
  });
});

describe("exact amounts", () => {
  it("are those of the command line, with all decimals that they have and at least two", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999n }), (nano) => {
        expect(moneyExactly(nano).slice(1)).toBe(
          formatNano(nano).includes(".") ? padded(formatNano(nano)) : `${formatNano(nano)}.00`,
        );
      }),
    );
  });

  it.each([
    ["0", "$0.00"],
    ["1", "$0.000000000000001"],
    ["1500000000000000", "$1.50"],
    ["-2250000000", "−$0.00000225"],
  ])("%s femto-USD are %s", (femto, text) => {
    expect(femtoExactly(femto)).toBe(text);
  });
});

const padded = (text: string): string => {
  const [whole = "", fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
};

it.each([
  ["7000000000", "1000000000", "7d", 1176n],
  ["10", "0", "7d", null],
  ["0", "5", "24h", 0n],
] as const)("%s lasts, where %s are spent in %s, %s hours", (balance, spend, range, hours) => {
  expect(hoursLeft(balance, spend, range)).toBe(hours);
});
