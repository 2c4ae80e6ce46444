/** The audit of a running server, in its thread, on both databases (I-70, I-74). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chainAudit } from "../db/audit-log.ts";
import { DATABASES } from "../db/fixtures.ts";
import { AuditRounds } from "./audit-round.ts";
import { audit, RecentAudit, type Disagreement } from "./audit-store.ts";
import { ACCOUNT, anOrder, aSettlement, hold, openRig, type Rig } from "./fixtures.ts";

describe.each(DATABASES)("the audit of a running server on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000n, kind);
    await rig.books.settle(await hold(rig, anOrder(rig, 100n)), aSettlement(40));
  });
  afterEach(() => rig.remove());

  const spoil = (): Promise<void> => rig.exec(`update account set balance = balance + 1 where id = ${ACCOUNT}`);

  it("finds nothing where nothing is wrong, also in what has ended since", async () => {
    const recent = new RecentAudit();
    expect(await recent.run(rig.database)).toEqual([]);
    await rig.books.settle(await hold(rig, anOrder(rig, 100n)), aSettlement(7));
    expect(await recent.run(rig.database)).toEqual([]);
    await spoil();
    expect((await recent.run(rig.database)).map(({ check, accountId }) => [check, accountId])).toContainEqual([
      "balance = transfers - charges",
      ACCOUNT,
    ]);
  });

  it("reads in a thread of its own, and says what it found", async () => {
    await spoil();
    let prepared = 0;
    const found = await new Promise<readonly Disagreement[]>((resolve, reject) => {
      const rounds = new AuditRounds({
        place: { postgres: rig.test.postgres, file: rig.test.file },
        roundMs: 20,
        prepare: async () => void prepared++,
        found: async (disagreements) => {
          void rounds.stop();
          resolve(disagreements);
        },
        failed: reject,
      });
    });
    expect(found.map(({ object }) => object)).toContain(`acc_${ACCOUNT}`);
    expect(prepared).toBeGreaterThan(0);
  });

  it("chains what the ledger wrote into the log by itself, once", async () => {
    await rig.exec(
      "insert into audit_log (at, actor, action, object, detail) values (1, 'ledger', 'lease.crashed', 'acc_x', '{}')",
    );
    expect((await audit(rig.database)).log).toMatchObject({ rows: 1, waiting: 1 });
    expect(await rig.database.transaction(chainAudit)).toBe(1);
    expect(await rig.database.transaction(chainAudit)).toBe(0);
    expect((await audit(rig.database)).log).toMatchObject({ rows: 2, waiting: 0 });
  });
});
