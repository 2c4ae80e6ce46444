/** I-36: an account of which too much is absorbed in a day is told of, once. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
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

describe.each(DATABASES)("what is absorbed on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000n, kind);
  });
  afterEach(() => rig.remove());

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
