import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, it, vi } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit } from "./audit-store.ts";
import { ACCOUNT, anOrder, aSettlement, facts, openRig } from "./fixtures.ts";

describe.each(DATABASES)("the pace of commits on %s", (kind) => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("DESIGN 3.6: a commit begins when the one before has ended, and waits for no timer", async () => {
    const rig = await openRig(10n ** 12n, kind);
    // Connects, and borrows.
    await rig.books.settle(await rig.books.hold(anOrder(rig, 1_000n)), aSettlement(1));
    const late: number[] = [];
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval"] });
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, "setTimeout").mockImplementation((run: () => void, milliseconds?: number) => {
      late.push(milliseconds ?? 0);
      return real(run, milliseconds);
    });
    const waves = 8;
    const each = 16;
    const settled = Array.from({ length: each }, async () => {
      for (let wave = 0; wave < waves; wave++)
        await rig.books.settle(await rig.books.hold(anOrder(rig, 1_000n)), aSettlement(3));
    });
    // No timer ends while time stands still, so what needed one would never be settled.
    const isDone = await Promise.race([Promise.all(settled).then(() => true), sleep(20_000, false)]);
    expect(isDone).toBe(true);
    // What was set was set against faults, not to wait for company.
    expect(Math.min(...late, Infinity)).toBeGreaterThanOrEqual(1_000);
    vi.restoreAllMocks();
    vi.useRealTimers();
    expect((await facts(rig)).balance).toBe(10n ** 12n - 1n - BigInt(3 * waves * each));
    // Those that arrived during a commit went together.
    expect(rig.batches.length).toBeLessThan(waves * each);
    expect(await rig.query(`select count(*) as n from request where account_id = ${ACCOUNT}`)).toEqual([
      { n: BigInt(waves * each + 1) },
    ]);
    expect((await audit(rig.database)).disagreements).toEqual([]);
    await rig.remove();
  });

  it("one hot account: never more than it has is admitted, whatever the crowd", async () => {
    const rig = await openRig(1_000n, kind);
    const crowd = Array.from({ length: 512 }, async () => {
      try {
        await rig.books.settle(await rig.books.hold(anOrder(rig, 10n)), aSettlement(10));
        return 1;
      } catch {
        return 0;
      }
    });
    const admitted = (await Promise.all(crowd)).reduce<number>((sum, one) => sum + one, 0);
    expect(admitted).toBe(100);
    expect(await facts(rig)).toMatchObject({ balance: 0n });
    expect((await audit(rig.database)).disagreements).toEqual([]);
    await rig.remove();
  });
});
