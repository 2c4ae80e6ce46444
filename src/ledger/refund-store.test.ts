/** Refunds of charges, plans that are bought, and which money is spent first, on both databases (§9.12; I-41, I-67, I-68). */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { audit } from "./audit-store.ts";
import { credit, debit } from "./credit-store.ts";
import { ACCOUNT, anOrder, aSettlement, facts, hold, openRig, type Rig } from "./fixtures.ts";
import { buyPlan } from "./plan-store.ts";
import { listRefunds, promoOf, refund, type RefundOrder } from "./refund-store.ts";
import { ACCOUNTS, TransferRefused } from "./transfer.ts";

describe.each(DATABASES)("on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000n, kind);
  });
  afterEach(async () => {
    expect((await audit(rig.database)).disagreements).toEqual([]);
    await rig.remove();
  });

  /** Charges so many nano-units. */
  const charge = async (amount: number): Promise<string> => {
    const requestId = newRequestId();
    const token = await hold(rig, anOrder(rig, BigInt(amount), { requestId }));
    await rig.books.settle(token, aSettlement(amount));
    return requestId;
  };
  const order = (requestId: string, changes: Partial<RefundOrder> = {}): RefundOrder => ({
    requestId,
    amount: null,
    reason: "it was wrong",
    actor: "tester",
    idempotencyKey: null,
    ...changes,
  });
  const promo = async (): Promise<unknown> =>
    (await rig.query(`select promo from account where id = ${ACCOUNT}`))[0]?.["promo"];
  const give = (amount: bigint) =>
    credit(rig.database, {
      accountId: ACCOUNT,
      amount,
      reason: "welcome",
      actor: "tester",
      idempotencyKey: null,
      counterpart: "promo",
    });

  describe("a refund", () => {
    it("gives back a part, then the rest, and never more than was charged (I-67)", async () => {
      const id = await charge(300);
      expect(await refund(rig.database, order(id, { amount: 100n }))).toMatchObject({ amount: 100n, balance: 800n });
      await expect(refund(rig.database, order(id, { amount: 201n }))).rejects.toThrow(TransferRefused);
      expect(await refund(rig.database, order(id))).toMatchObject({ amount: 200n, balance: 1_000n });
      await expect(refund(rig.database, order(id))).rejects.toThrow("Nothing of this request");
      expect(await listRefunds(rig.database.kysely, id)).toMatchObject([{ amount: 100n }, { amount: 200n }]);
      const [log] = await rig.query("select action, object from audit_log order by id desc limit 1");
      expect(log).toEqual({ action: "charge.refund", object: `acc_${ACCOUNT}` });
    });

    it("of the same key is one, however often and at once it is asked for (I-27)", async () => {
      const id = await charge(300);
      const asked = order(id, { idempotencyKey: "r1" });
      const all = await Promise.all([1, 2, 3, 4].map(() => refund(rig.database, asked)));
      expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(new Set(all.map(({ transferId }) => transferId)).size).toBe(1);
      expect((await facts(rig)).balance).toBe(1_000n);
      await expect(refund(rig.database, { ...asked, amount: 1n })).rejects.toThrow("used for another");
      const other = await charge(5);
      await expect(refund(rig.database, { ...asked, requestId: other })).rejects.toThrow("used for another");
    });

    it("of many at once stays within the charge", async () => {
      const id = await charge(250);
      const all = await Promise.allSettled(
        [1, 2, 3, 4, 5].map(() => refund(rig.database, order(id, { amount: 100n }))),
      );
      expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
      expect((await facts(rig)).balance).toBe(950n);
    });

    it.each([
      ["no request's id", () => order("req_none")],
      ["a request that never was", () => order(newRequestId())],
      ["no reason", (id: string) => order(id, { reason: " " })],
      ["nothing", (id: string) => order(id, { amount: 0n })],
      ["less than nothing", (id: string) => order(id, { amount: -5n })],
    ] as [string, (id: string) => RefundOrder][])("of %s is refused and writes nothing (E115)", async (_name, make) => {
      const id = await charge(10);
      await expect(refund(rig.database, make(id))).rejects.toThrow(TransferRefused);
      expect(await rig.query("select * from transfer where kind = 'refund'")).toEqual([]);
    });
  });

  describe("promotional credit", () => {
    it("is spent first, by charges and by debits", async () => {
      await give(500n);
      expect(await promo()).toBe(500n);
      await charge(200);
      expect(await promo()).toBe(300n);
      const taken = { accountId: ACCOUNT, amount: 1_000n, reason: "r", actor: "tester", idempotencyKey: null };
      await debit(rig.database, taken);
      expect(await promo()).toBe(0n);
      expect((await facts(rig)).balance).toBe(300n);
    });

    it("comes back as what it was: a refund never turns it into money that was paid", async () => {
      await give(500n);
      const id = await charge(700);
      expect(await promo()).toBe(0n);
      await refund(rig.database, order(id, { amount: 400n }));
      expect(await promo()).toBe(400n);
      await refund(rig.database, order(id));
      expect(await promo()).toBe(500n);
      expect((await facts(rig)).balance).toBe(1_500n);
    });

    it("is counted by one rule: what was spent of it comes back first", () => {
      const some = fc.bigInt({ min: 0n, max: 1_000n });
      fc.assert(
        fc.property(some, some, some, (amount, given, left) => {
          const again = promoOf(amount, given, left);
          expect(again).toBeGreaterThanOrEqual(0n);
          expect(again).toBeLessThanOrEqual(amount);
          if (given >= left) expect(left + again).toBeLessThanOrEqual(given);
        }),
      );
    });
  });

  describe("a plan", () => {
    const plan = { accountId: ACCOUNT, planId: "pro", fee: 190n, actor: "tester" };
    const planOf = async (): Promise<unknown> =>
      (await rig.query(`select plan_id from account where id = ${ACCOUNT}`))[0]?.["plan_id"];

    it("is paid once, whoever asks and however often, and is kept for ever (I-41)", async () => {
      const all = await Promise.all([1, 2, 3].map(() => buyPlan(rig.database, plan)));
      expect(all.filter((posting) => posting?.replayed === false)).toHaveLength(1);
      expect((await facts(rig)).balance).toBe(810n);
      expect((await facts(rig, ACCOUNTS.planFees)).balance).toBe(190n);
      expect(await planOf()).toBe("pro");
      await buyPlan(rig.database, { ...plan, planId: "basic", fee: 0n });
      expect(await planOf()).toBe("basic");
      // Its price has risen since; it was bought all the same.
      expect(await buyPlan(rig.database, { ...plan, fee: 500n })).toMatchObject({ replayed: true });
      expect(await planOf()).toBe("pro");
      expect((await facts(rig)).balance).toBe(810n);
    });

    it("is not had for money that is not there, or that requests hold (I-10)", async () => {
      await expect(buyPlan(rig.database, { ...plan, fee: 1_001n })).rejects.toThrow("cannot be taken");
      await hold(rig, anOrder(rig, 900n));
      await expect(buyPlan(rig.database, plan, 50)).rejects.toThrow("held by running requests");
      expect(await planOf()).toBeNull();
      expect((await facts(rig)).balance).toBe(1_000n);
    });
  });
});
