import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import { Limiter } from "./limiter.ts";
import { MinuteWindow } from "./window.ts";

describe("MinuteWindow", () => {
  it("never admits more than the limit in any sliding minute (I-80)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
        (limit, gaps) => {
          const window = new MinuteWindow();
          const admitted: number[] = [];
          let now = 1_000_000;
          for (const gap of gaps) {
            now += gap;
            if (window.admit(limit, now).admitted) admitted.push(now);
          }
          for (const at of admitted) {
            expect(admitted.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  it("admits a client that waits exactly as long as it was told (I-81)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 5, maxLength: 40 }),
        (limit, gaps) => {
          const window = new MinuteWindow();
          let now = 5_000_000;
          for (const gap of gaps) {
            now += gap;
            const first = window.admit(limit, now);
            if (first.admitted) continue;
            now += first.retryAfterSeconds * 1000;
            expect(window.admit(limit, now).admitted).toBe(true);
          }
        },
      ),
    );
  });

  it("is not widened by a clock that stands still or jumps back (I-82)", () => {
    const window = new MinuteWindow();
    expect(window.admit(1, 100_000).admitted).toBe(true);
    expect(window.admit(1, 100_000).admitted).toBe(false);
    expect(window.admit(1, 20_000).admitted).toBe(false);
  });
});

describe("Limiter", () => {
  it("consumes nothing of one limit when another refuses (I-81)", () => {
    const limiter = new Limiter(() => 1_000_000);
    const wide = { scope: "account:1", perMinute: 3 };
    const narrow = { scope: "key:1", perMinute: 1 };
    expect(limiter.admit([wide, narrow])?.remaining).toBe(0);
    for (let i = 0; i < 5; i++) expect(() => limiter.admit([wide, narrow])).toThrow(GatewayError);
    expect(limiter.admit([wide])?.remaining).toBe(1);
  });
});
