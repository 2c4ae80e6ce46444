import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { countTry, PACES, waitAfter, type PaceState } from "./pace.ts";

const rule = PACES["sign-in:person"];

describe("the pace of guessing", () => {
  it.each([
    [1, 0],
    [5, 0],
    [6, 1_000],
    [7, 2_000],
    [10, 16_000],
    [16, 900_000],
    [1_000_000, 900_000],
  ])("after %i failures is a wait of %i ms", (failures, ms) => {
    expect(waitAfter(rule, failures)).toBe(ms);
  });

  it("grows with each failure, never beyond its end, whatever the clock does (F119)", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000_000, max: 3_000_000 }), { maxLength: 60 }), (steps) => {
        let [now, state]: [number, PaceState | null] = [1_700_000_000_000, null];
        for (const step of steps) {
          now += step;
          const result = countTry(rule, state, now);
          if ("waitMs" in result) {
            expect(result.waitMs).toBeGreaterThan(0);
            expect(result.waitMs).toBeLessThanOrEqual(rule.mostMs);
          } else {
            const before: number = state?.failures ?? 0;
            expect([1, before + 1]).toContain(result.next.failures);
            state = result.next;
          }
        }
      }),
    );
  });

  it("forgets after a while without failures", () => {
    const state = { failures: 40, blockedUntil: 1_000, updatedAt: 1_000 };
    expect(countTry(rule, state, 1_000 + rule.forgetMs)).toMatchObject({ next: { failures: 1 } });
  });
});
