import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { growthFor, SLACK_THRESHOLD, surplusOf } from "./lease.ts";

const nano = fc.bigInt(0n, 10n ** 12n);

describe("growthFor", () => {
  it("covers the shortfall if it can, and never borrows what is not there (I-10)", () => {
    fc.assert(
      fc.property(nano, nano, nano, nano, (asked, slack, balance, taken) => {
        const leased = taken % (balance + 1n);
        const unleased = balance - leased;
        const growth = growthFor(asked, slack, { balance, leased, frozen: false });
        expect(growth).toBeGreaterThanOrEqual(0n);
        expect(growth).toBeLessThanOrEqual(unleased);
        const shortfall = asked > slack ? asked - slack : 0n;
        expect(growth).toBeGreaterThanOrEqual(shortfall < unleased ? shortfall : unleased);
        if (balance < SLACK_THRESHOLD) expect(growth).toBeLessThanOrEqual(shortfall);
      }),
    );
  });

  it("borrows ahead where there is money enough", () => {
    const account = { balance: 100n * SLACK_THRESHOLD, leased: 0n, frozen: false };
    expect(growthFor(1_000n, 0n, account)).toBe(5n * SLACK_THRESHOLD);
  });

  it("borrows nothing of a frozen account", () => {
    expect(growthFor(1_000n, 0n, { balance: SLACK_THRESHOLD, leased: 0n, frozen: true })).toBe(0n);
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
        const slack = growthFor(asked, 0n, { balance, leased: 0n, frozen: false }) - asked;
        expect(surplusOf(slack, balance, false)).toBe(0n);
      }),
    );
  });
});
