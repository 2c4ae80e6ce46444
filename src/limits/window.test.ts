import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { shareOf } from "./limit.ts";
import { LocalLimiter, UNLIMITED } from "./local.ts";
import { SlidingWindow, WINDOW_SECONDS } from "./window.ts";

/** Gaps in milliseconds and what is asked after each. */
const schedule = fc.array(
  fc.record({ gap: fc.integer({ min: 0, max: 9_000 }), amount: fc.integer({ min: 1, max: 9 }) }),
  {
    minLength: 1,
    maxLength: 120,
  },
);

describe("SlidingWindow", () => {
  it("never holds more than the limit in any sliding minute (I-80)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), schedule, (limit, steps) => {
        const window = new SlidingWindow();
        const admitted: { at: number; amount: number }[] = [];
        let now = 1_000_000;
        for (const { gap, amount } of steps) {
          now += gap;
          const second = Math.floor(now / 1_000);
          if (window.used(second) + amount > limit) continue;
          window.add(amount, second);
          admitted.push({ at: now, amount });
        }
        for (const { at } of admitted) {
          const inMinute = admitted.filter((other) => other.at > at - 60_000 && other.at <= at);
          expect(inMinute.reduce((sum, one) => sum + one.amount, 0)).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("holds exactly what was added in the last 61 seconds, less what was given back", () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 30 }),
      amount: fc.integer({ min: 0, max: 1_000 }),
      // Which of the earlier amounts is corrected, and by how much.
      index: fc.nat({ max: 200 }),
      difference: fc.integer({ min: -1_000, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const window = new SlidingWindow();
        const counted: { at: number; amount: number }[] = [];
        let now = 500;
        for (const { gap, amount, index, difference } of steps) {
          now += gap;
          counted.push({ at: window.add(amount, now), amount });
          const one = counted[index % counted.length]!;
          window.correct(difference, one.at, now);
          if (difference > 0) counted.push({ at: now, amount: difference });
          else {
            let less = -difference;
            for (const other of counted.filter((candidate) => candidate.at === one.at)) {
              const taken = Math.min(less, other.amount);
              other.amount -= taken;
              less -= taken;
            }
          }
          const expected = counted.filter(({ at }) => at > now - WINDOW_SECONDS).reduce((sum, c) => sum + c.amount, 0);
          expect(window.used(now)).toBe(expected);
        }
      }),
    );
  });

  it("frees the asked amount after exactly the wait that it says, and not a second before (I-81)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 40 }), schedule, (limit, steps) => {
        const window = new SlidingWindow();
        let now = 5_000;
        for (const { gap, amount } of steps) {
          now += Math.floor(gap / 1_000);
          const excess = window.used(now) + amount - limit;
          if (excess <= 0) {
            window.add(amount, now);
            continue;
          }
          const wait = window.wait(excess, now);
          if (wait > 1) expect(window.used(now + wait - 1) + amount).toBeGreaterThan(limit);
          now += wait;
          expect(window.used(now) + amount).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("is not widened by a clock that stands still or jumps back (I-82)", () => {
    const window = new SlidingWindow();
    window.add(1, 100);
    expect([window.used(100), window.used(20), window.used(160), window.used(161)]).toEqual([1, 1, 1, 0]);
    expect(window.reset(161)).toBe(0);
  });
});

describe("shares of a limit", () => {
  it("add up to the limit, never to more, whoever asks (I-80)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000_000 }), fc.integer({ min: 1, max: 50 }), (limit, nodes) => {
        const shares = Array.from({ length: nodes }, (_, rank) => shareOf(limit, { nodes, rank }));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("LocalLimiter", () => {
  it("answers at once, and counts nothing for what nothing limits", () => {
    const limiter = new LocalLimiter(() => 1_000);
    expect(limiter.admit({ scopes: [], tokens: 0 })).toBe(UNLIMITED);
    const scopes = [{ scope: "k:1", rpm: 1, tpm: null, concurrency: null }];
    expect(limiter.admit({ scopes, tokens: 0 })).not.toBeInstanceOf(Promise);
  });

  it("refuses rather than forgets when more scopes are in use than it keeps (I-82)", () => {
    let now = 1_000;
    const limiter = new LocalLimiter(() => now);
    const ask = (id: number): boolean =>
      limiter.admit({ scopes: [{ scope: `k:${id}`, rpm: 1, tpm: null, concurrency: null }], tokens: 0 }).admitted;
    for (let id = 0; id < 50_000; id++) ask(id);
    now += 1_000;
    expect(() => ask(50_000)).toThrow("overloaded");
    expect(ask(0)).toBe(false);
    now += WINDOW_SECONDS * 1_000;
    expect(ask(50_000)).toBe(true);
  });
});
