import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit, freezeDisagreeing } from "./audit-store.ts";
import { ACCOUNT, addAccount, anOrder, aSettlement, openRig, snapshot, type Rig } from "./fixtures.ts";

/** More is given back than was ever charged. */
const REFUND = `insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, reason, actor, created_at)
  select 1, ${ACCOUNT}, 121, 'refund', id, 'r', 'a', 0 from request where posted = 120`;

describe.each(DATABASES)("the audit on %s", (kind) => {
  let rig: Rig;
  let requestId: string;
  beforeEach(async () => {
    rig = await openRig(1_000_000n, kind);
    const order = anOrder(rig, 1_000n, { snapshot: snapshot(rig.row, "70%") });
    requestId = order.requestId;
    await rig.books.settle(await rig.books.hold(order), aSettlement(401));
    await rig.books.settle(await rig.books.hold(anOrder(rig, 10n)), aSettlement(500));
    await rig.books.settle(await rig.books.hold(anOrder(rig, 10n)), aSettlement(5, { outcome: "gateway_failed" }));
    await rig.books.hold(anOrder(rig, 500n));
  });
  afterEach(async () => {
    await rig.remove();
  });

  /** Changes the database behind the schema's back, as a bug or a hand would. */
  const tamper = async (...statements: string[]): Promise<void> => {
    if (rig.kind === "sqlite") {
      const triggers = await rig.query("select name from sqlite_schema where type = 'trigger'");
      for (const { name } of triggers) await rig.exec(`drop trigger "${String(name)}"`);
      await rig.exec("pragma ignore_check_constraints = on; pragma foreign_keys = off");
    } else {
      const checks = await rig.query(`
      select conrelid::regclass::text as table, conname as name from pg_constraint
      where contype in ('c', 'f') and coninhcount = 0 and conrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)`);
      for (const { table, name } of checks)
        await rig.exec(`alter table ${String(table)} drop constraint "${String(name)}"`);
      await rig.exec("set session_replication_role = replica");
    }
    for (const statement of statements)
      await rig.exec(rig.kind === "sqlite" ? statement : `set session_replication_role = replica; ${statement}`);
  };

  const disagreements = async () => (await audit(rig.database)).disagreements;

  it("books that agree are said to agree", async () => {
    const log = { rows: 1, waiting: 0, head: expect.stringMatching(/^[0-9a-f]{64}$/) as string };
    expect(await audit(rig.database)).toEqual({ accounts: 7, transfers: 1, requests: 3, log, disagreements: [] });
  });

  describe("each kind of disagreement is found", () => {
    it.each([
      ["balance = transfers - charges", `update account set balance = balance + 1 where id = ${ACCOUNT}`],
      ["all balances sum to zero", "update account set balance = balance - 1 where id = 1"],
      ["balance = transfers - charges", "update transfer set amount = amount + 1 where kind = 'credit'"],
      ["leased = sum of open leases", `update account set leased = leased + 1 where id = ${ACCOUNT}`],
      ["leased = sum of open leases", "update lease set state = 'returned'"],
      ["leased <= balance", `update account set balance = -5 where id = ${ACCOUNT}`],
      ["balance = transfers - charges", "delete from earning where amount = 120"],
      ["revenue = what requests posted", "delete from earning where amount = 120"],
      ["revenue = what requests posted", "delete from request where posted = 120"],
      ["balance = transfers - charges", "delete from request where posted = 120"],
      ["revenue = what requests posted", "update earning set amount = 119 where amount = 120"],
      ["roll-ups = what requests posted", "update rollup set posted = posted - 1"],
      ["roll-ups of days = roll-ups of hours", "update rollup_daily set posted = posted - 1"],
      ["roll-ups of days = roll-ups of hours", "update rollup_all_daily set posted = posted + 1"],
      ["no charge for an uncharged outcome", "update request set outcome = 'gateway_failed' where posted = 120"],
      ["a request belongs to its key's account", "update request set key_id = 77 where posted = 120"],
      ["a request belongs to its key's account", "update request set account_id = 1 where posted = 120"],
      ["posted <= hold", "update request set hold = 119 where posted = 120"],
      ["charge recomputed from usage and price", "update request set input = input + 4 where posted = 120"],
      ["charge recomputed from usage and price", "update request set multiplier_num = 1, multiplier_den = 2"],
      ["charge recomputed from usage and price", "update request set outcome = 'rejected' where posted = 120"],
      ["charge recomputed from usage and price", "update request set absorbed = 0 where posted = 10"],
      ["charge recomputed from usage and price", `update price set base = '{"input":"0.002"}'`],
      ["charge recomputed from usage and price", `update price set base = '{"output":"0.002"}'`],
      ["spent = what the key's requests posted", "update api_key set budget = 1000, spent = 0"],
      ["refunds of a charge <= the charge", REFUND],
      ["promotional credit <= balance, and <= what was given", `update account set promo = 1 where id = ${ACCOUNT}`],
      ["the audit log is as it was written", "update audit_log set actor = 'nobody'"],
      ["the audit log is as it was written", "delete from audit_log where action = 'account.credit'"],
      ["the audit log is as it was written", "update audit_chain set seq = seq + 1"],
      ["leased of a budget = sum of the key's open leases", "update api_key set leased = 5"],
    ])("%s: %s", async (check, ...statements) => {
      await tamper(...statements);
      expect(new Set((await disagreements()).map((each) => each.check))).toContain(check);
    });

    it("stops the account that disagrees, and no other, and repairs nothing (I-70)", async () => {
      await addAccount(rig.database, { id: 20, keyId: 2, balance: 5n });
      await tamper(`update account set balance = balance + 7 where id = ${ACCOUNT}`);
      const before = await disagreements();
      expect(await freezeDisagreeing(rig.database, before, "audit")).toEqual([`acc_${ACCOUNT}`]);
      expect(await freezeDisagreeing(rig.database, before, "audit")).toEqual([]);
      expect(await rig.query("select id from account where frozen = 1")).toEqual([{ id: BigInt(ACCOUNT) }]);
      expect(await disagreements()).toEqual(before);
    });

    it("names the request by its public id", async () => {
      await tamper("update request set input = input + 4 where posted = 120");
      expect(await disagreements()).toMatchObject([{ object: requestId }]);
    });
  });
});
