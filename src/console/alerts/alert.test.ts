import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { alarmsOf, median, type AlertFacts, type AlertRule } from "./alert.ts";

const FACTS: AlertFacts = { balance: 10n, budgets: [], today: 7, spentToday: 0n, spentBefore: [] };
const key = (budget: bigint, spent: bigint) => ({ publicId: "key_1", name: "K", budget, spent });
const DOLLAR = 1_000_000_000n;
const SPEND: AlertRule = { kind: "daily_spend", factor: 30, amount: DOLLAR };
const days = (...dollars: number[]): bigint[] => dollars.map((each) => BigInt(each) * DOLLAR);

describe("alarms", () => {
  it.each<[string, AlertRule, Partial<AlertFacts>, readonly string[]]>([
    ["a balance below", { kind: "low_balance", amount: 11n }, {}, ["account"]],
    ["a balance at it", { kind: "low_balance", amount: 10n }, {}, []],
    ["a balance below nothing", { kind: "low_balance", amount: 1n }, { balance: -5n }, ["account"]],
    ["80 %", { kind: "key_budget", percent: 80 }, { budgets: [key(10n, 8n)] }, ["key_1"]],
    ["less", { kind: "key_budget", percent: 80 }, { budgets: [key(10n, 7n)] }, []],
    ["all but the last request", { kind: "key_budget", percent: 100 }, { budgets: [key(1_000n, 996n)] }, ["key_1"]],
    ["a budget of nothing", { kind: "key_budget", percent: 100 }, { budgets: [key(0n, 0n)] }, []],
    ["thrice the usual", SPEND, { spentToday: 6n * DOLLAR, spentBefore: days(2, 2, 2, 9) }, ["day:7"]],
    ["just less", SPEND, { spentToday: 6n * DOLLAR - 1n, spentBefore: days(2, 2, 2, 9) }, []],
    ["much of next to nothing", SPEND, { spentToday: DOLLAR - 1n, spentBefore: days(0, 0, 0) }, []],
    ["a dollar where nothing is usual", SPEND, { spentToday: DOLLAR, spentBefore: days(0, 0, 0) }, ["day:7"]],
    ["an account that nobody knows yet", SPEND, { spentToday: 90n * DOLLAR, spentBefore: days(0, 0) }, []],
  ])("%s", (_, rule, facts, subjects) => {
    expect(alarmsOf(rule, { ...FACTS, ...facts }).map(({ subject }) => subject)).toEqual(subjects);
  });

  it("the median is one of the amounts, and no less than half of them", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 99n }), { minLength: 1 }), (amounts) => {
        const middle = median(amounts);
        expect(amounts).toContain(middle);
        expect(amounts.filter((each) => each <= middle).length * 2).toBeGreaterThanOrEqual(amounts.length);
        expect(amounts.filter((each) => each >= middle).length * 2).toBeGreaterThanOrEqual(amounts.length);
      }),
    );
    expect(median([])).toBe(0n);
  });
});
