import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { growthFor, limitOf, roomOf, share, SLACK_THRESHOLD, surplusOf, type Wish } from "./lease.ts";

const nano = fc.bigInt(0n, 10n ** 12n);

const wishes = fc.array(
  fc.tuple(nano, nano).map(([a, b]): Wish => ({ amount: a > b ? a : b, minimum: a > b ? b : a })),
  { maxLength: 5 },
);
const sum = (shares: readonly (bigint | null)[]): bigint =>
  shares.reduce<bigint>((all, each) => all + (each ?? 0n), 0n);

describe("share", () => {
  it("gives each between minimum and amount, in their order, and never more than there is", () => {
    fc.assert(
      fc.property(nano, wishes, (slack, asked) => {
        const shares = share(slack, asked);
        expect(sum(shares)).toBeLessThanOrEqual(slack);
        let left = slack;
        asked.forEach(({ amount, minimum }, index) => {
          const granted = shares[index] ?? null;
          expect(granted === null).toBe(left < minimum);
          if (granted === null) return;
          expect(granted).toBeGreaterThanOrEqual(minimum);
          expect(granted).toBe(amount < left ? amount : left);
          left -= granted;
        });
      }),
    );
  });
});

describe("growthFor", () => {
  it("serves all who can be served, never borrows what is not there, and keeps no slack where none is allowed (I-10)", () => {
    fc.assert(
      fc.property(nano, wishes, nano, nano, (slack, asked, room, rest) => {
        const limit = room + rest;
        const growth = growthFor(slack, asked, { room, limit, frozen: false });
        expect(growth).toBeGreaterThanOrEqual(-slack);
        expect(growth).toBeLessThanOrEqual(room);
        const best = share(slack + room, asked);
        expect(share(slack + growth, asked).map((each) => each !== null)).toEqual(best.map((each) => each !== null));
        expect(sum(share(slack + growth, asked))).toBe(sum(best));
        if (limit < SLACK_THRESHOLD) expect(slack + growth).toBe(sum(best));
      }),
    );
  });

  it("borrows ahead where there is money enough", () => {
    const limit = 100n * SLACK_THRESHOLD;
    const wish = { amount: 1_000n, minimum: 1_000n };
    expect(growthFor(0n, [wish], { room: limit, limit, frozen: false })).toBe(5n * SLACK_THRESHOLD);
  });

  it("returns all slack of a frozen account", () => {
    expect(growthFor(7n, [{ amount: 5n, minimum: 1n }], { room: 0n, limit: SLACK_THRESHOLD, frozen: true })).toBe(-7n);
  });

  it("what may be borrowed is bounded by account and budget", () => {
    const account = { balance: 100n, leased: 40n, frozen: false };
    expect(roomOf(account, null)).toBe(60n);
    expect(roomOf(account, { left: 50n, leased: 20n })).toBe(30n);
    expect(roomOf({ ...account, frozen: true }, null)).toBe(0n);
    expect(roomOf({ ...account, leased: 140n }, null)).toBe(0n);
    expect(limitOf(100n, { left: 50n, leased: 20n })).toBe(50n);
  });
});

describe("surplusOf", () => {
  it("returns no more than the slack, and all of it where none may be kept", () => {
    fc.assert(
      fc.property(nano, nano, fc.boolean(), (slack, balance, returnAll) => {
        const surplus = surplusOf(slack, balance, returnAll);
        expect(surplus).toBeGreaterThanOrEqual(0n);
        expect(surplus).toBeLessThanOrEqual(slack);
        if (returnAll || balance < SLACK_THRESHOLD) expect(surplus).toBe(slack);
      }),
    );
  });

  it("does not return at once what was just borrowed ahead", () => {
    fc.assert(
      fc.property(fc.bigInt(SLACK_THRESHOLD, 10n ** 15n), fc.bigInt(1n, 10n ** 6n), (balance, asked) => {
        const wish = { amount: asked, minimum: asked };
        const slack = growthFor(0n, [wish], { room: balance, limit: balance, frozen: false }) - asked;
        expect(surplusOf(slack, balance, false)).toBe(0n);
      }),
    );
  });
});
