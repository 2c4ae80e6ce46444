import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BUDGET_PERIODS, periodEnd } from "./budget.ts";

describe("the end of a period", () => {
  it.each([
    ["day", "2026-11-21T16:00:00Z", "2026-11-22T00:00:00Z"],
    ["day", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"],
    ["week", "2026-11-21T16:00:00Z", "2026-11-23T00:00:00Z"],
    ["week", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"],
    ["month", "2026-11-21T16:00:00Z", "2026-12-01T00:00:00Z"],
    ["month", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"],
    ["month", "2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z"],
  ] as const)("%s of %s is %s", (period, now, end) => {
    expect(new Date(periodEnd(period, Date.parse(now))).toISOString()).toBe(new Date(end).toISOString());
  });

  it("lies ahead of every moment, and is the same for all of its period", () => {
    fc.assert(
      fc.property(fc.constantFrom(...BUDGET_PERIODS), fc.nat({ max: 4_102_444_800_000 }), (period, now) => {
        const end = periodEnd(period, now);
        expect(end).toBeGreaterThan(now);
        expect(periodEnd(period, end - 1)).toBe(end);
        if (period === "week") expect(new Date(end).getUTCDay()).toBe(1);
      }),
    );
  });
});
