/** I-36: an account of which too much is absorbed in a day is told of, once, and pays for what fails after output. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit } from "./audit-store.ts";
import { Allowances, allowanceOf, LEAST_ALLOWANCE } from "./allowance.ts";
import { flagAbsorbed, readAbsorbed } from "./allowance-store.ts";
import { ACCOUNT, anOrder, aSettlement, hold, openRig, type Rig } from "./fixtures.ts";

const DAY_MS = 86_400_000;

describe("the allowance", () => {
  it.each([
    [0n, LEAST_ALLOWANCE],
    [20n * LEAST_ALLOWANCE, LEAST_ALLOWANCE],
    [20n * LEAST_ALLOWANCE + 20n, LEAST_ALLOWANCE + 1n],
    [1_000n * LEAST_ALLOWANCE, 50n * LEAST_ALLOWANCE],
  ])("of an account that spent %s is %s", (spent, allowance) => {
    expect(allowanceOf(spent)).toBe(allowance);
  });

  const counting = (read: () => Promise<{ absorbed: bigint; spent: bigint }>) => {
    const seen = { told: [] as bigint[], failed: 0, reads: 0, now: 0 };
    const allowances = new Allowances({
      read: () => {
        seen.reads++;
        return read();
      },
      exceeded: async (_account, absorbed) => void seen.told.push(absorbed),
      failed: () => void seen.failed++,
      now: () => seen.now,
    });
    return { seen, add: async (amount: bigint) => (allowances.add(7, amount), await new Promise(setImmediate)) };
  };

  it("is exceeded once a day, and counted from what is stored", async () => {
    const { seen, add } = counting(async () => ({ absorbed: LEAST_ALLOWANCE - 5n, spent: 0n }));
    await add(9n);
    expect(seen).toMatchObject({ reads: 1, told: [] });
    await add(5n);
    expect(seen.told).toEqual([]);
    await add(1n);
    await add(1n);
    expect(seen).toMatchObject({ reads: 1, told: [LEAST_ALLOWANCE + 1n] });
    seen.now = DAY_MS;
    await add(1n);
    expect(seen).toMatchObject({ reads: 2, failed: 0 });
  });

  it("is read again when it could not be read", async () => {
    let isAway = true;
    const { seen, add } = counting(async () => {
      if (isAway) throw new Error("away");
      return { absorbed: 2n * LEAST_ALLOWANCE, spent: 0n };
    });
    await add(1n);
    expect(seen).toMatchObject({ failed: 1, told: [] });
    isAway = false;
    await add(1n);
    expect(seen.told).toHaveLength(1);
  });
});

describe("a reply that failed after output", () => {
  const OPTIONS = { exceeded: async () => undefined, failed: () => undefined };

  it("is free until the allowance is used up; the one that goes beyond it still is", async () => {
    let now = 0;
    const read = async () => ({ absorbed: 0n, spent: 0n });
    const allowances = new Allowances({ ...OPTIONS, read, now: () => now });
    const past: boolean[] = [];
    for (const cost of [LEAST_ALLOWANCE, 1n, 1n, 1n]) past.push(await allowances.isPast(7, cost));
    expect(past).toEqual([false, false, true, true]);
    expect(await allowances.isPast(8, 1n)).toBe(false);
    now = DAY_MS;
    expect(await allowances.isPast(7, 1n)).toBe(false);
  });

  it("counts what others have absorbed meanwhile, and what is on its way here", async () => {
    let [now, absorbed] = [0, 0n];
    const allowances = new Allowances({ ...OPTIONS, read: async () => ({ absorbed, spent: 0n }), now: () => now });
    expect(await allowances.isPast(7, 5n)).toBe(false);
    now += 1_000;
    const half = LEAST_ALLOWANCE / 2n;
    expect(await allowances.isPast(7, half)).toBe(false);
    absorbed = half + 6n;
    expect(await allowances.isPast(7, half)).toBe(false);
    expect(await allowances.isPast(7, 1n)).toBe(true);
  });

  it("I-36: whoever forces failures, everywhere at once, gets the allowance and one reply of each process at most", async () => {
    const cost = fc.bigInt(1n, 2n * LEAST_ALLOWANCE);
    const run = async (costs: readonly bigint[], processes: number): Promise<void> => {
      const seen = { stored: 0n, now: 0 };
      const all = Array.from(
        { length: processes },
        () =>
          new Allowances({ ...OPTIONS, read: async () => ({ absorbed: seen.stored, spent: 0n }), now: () => seen.now }),
      );
      const most = costs.reduce((a, b) => (a > b ? a : b), 0n);
      for (let first = 0; first < costs.length; first += processes) {
        // A process looks again after a second: until then it knows of its own.
        seen.now += 1_000;
        const crowd = costs.slice(first, first + processes).map(async (each, index) => {
          if (!(await all[index]?.isPast(7, each))) return each;
          return 0n;
        });
        for (const free of await Promise.all(crowd)) seen.stored += free;
      }
      expect(seen.stored).toBeLessThanOrEqual(LEAST_ALLOWANCE + BigInt(processes) * most);
      const total = costs.reduce((a, b) => a + b, 0n);
      // Nobody pays who has not used it up.
      expect(seen.stored > LEAST_ALLOWANCE || seen.stored === total).toBe(true);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(cost, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 4 }), run),
    );
  });
});

describe.each(DATABASES)("what is absorbed on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000n, kind);
  });
  afterEach(() => rig.remove());

  it("a charge past the allowance is one, and a failure in every statistic", async () => {
    const failure = aSettlement(40, { outcome: "upstream_failed_charged" });
    expect(await rig.books.settle(await hold(rig, anOrder(rig, 100n)), failure)).toMatchObject({ charge: 40n });
    expect(await rig.query("select requests, errors, posted, absorbed from rollup")).toEqual([
      { requests: 1n, errors: 1n, posted: 40n, absorbed: 0n },
    ]);
    expect((await audit(rig.database)).disagreements).toEqual([]);
  });

  it("is summed for the day, and its account is flagged in the audit log", async () => {
    await rig.books.settle(await hold(rig, anOrder(rig, 100n)), aSettlement(40));
    await rig.books.settle(
      await hold(rig, anOrder(rig, 100n)),
      aSettlement(7, { outcome: "upstream_failed_after_output" }),
    );
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    expect(await readAbsorbed(rig.database.kysely, ACCOUNT, today)).toEqual({ absorbed: 7n, spent: 40n });
    expect(await readAbsorbed(rig.database.kysely, ACCOUNT, today + DAY_MS)).toMatchObject({ absorbed: 0n });
    expect(await flagAbsorbed(rig.database, ACCOUNT, { absorbed: 7n, allowance: 5n })).toBe(`acc_${ACCOUNT}`);
    expect(await flagAbsorbed(rig.database, 999, { absorbed: 7n, allowance: 5n })).toBeUndefined();
  });
});
