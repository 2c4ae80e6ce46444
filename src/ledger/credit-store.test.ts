import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit } from "./audit-store.ts";
import { credit, debit } from "./credit-store.ts";
import { ACCOUNT, facts, openRig, type Rig } from "./fixtures.ts";
import { TransferRefused, type TransferOrder } from "./transfer.ts";

const MAX = 2n ** 63n - 1n;

describe.each(DATABASES)("transfers by hand on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000n, kind);
  });
  afterEach(async () => {
    expect((await audit(rig.database)).disagreements).toEqual([]);
    await rig.remove();
  });

  const order = (changes: Partial<TransferOrder> = {}): TransferOrder => ({
    accountId: ACCOUNT,
    amount: 100n,
    reason: "a test",
    actor: "tester",
    idempotencyKey: null,
    ...changes,
  });
  const entries = async (): Promise<unknown> =>
    (await rig.query("select (select count(*) from transfer) + (select count(*) from audit_log) as n"))[0]?.["n"];

  describe("credit and debit", () => {
    it("move money between two accounts and say who did it (I-23, I-68)", async () => {
      expect(await credit(rig.database, order())).toMatchObject({ balance: 1_100n, replayed: false });
      expect(await debit(rig.database, order({ amount: 300n }))).toMatchObject({ balance: 800n });
      expect((await facts(rig, 6)).balance).toBe(-800n);
      expect(await credit(rig.database, order({ counterpart: "promo" }))).toMatchObject({ balance: 900n });
      expect((await facts(rig, 3)).balance).toBe(-100n);
      const [log] = await rig.query("select actor, action, detail from audit_log order by id desc limit 1");
      expect(log).toMatchObject({ actor: "tester", action: "account.credit" });
      expect(JSON.parse(String(log?.["detail"]))).toEqual({ amount: "0.0000001", reason: "a test" });
    });

    it("the same key moves money once; another transfer under it is refused (I-27)", async () => {
      const first = await credit(rig.database, order({ idempotencyKey: "k" }));
      const again = await Promise.all([1, 2, 3].map(() => credit(rig.database, order({ idempotencyKey: "k" }))));
      expect(again).toEqual(again.map(() => ({ ...first, replayed: true })));
      expect((await facts(rig)).balance).toBe(1_100n);
      await expect(credit(rig.database, order({ idempotencyKey: "k", amount: 1n }))).rejects.toThrow(TransferRefused);
      await expect(debit(rig.database, order({ idempotencyKey: "k" }))).rejects.toThrow(TransferRefused);
    });

    it("ten debits at once take what is there and no more (I-10)", async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, () => debit(rig.database, order({ amount: 300n }), 0)),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
      expect((await facts(rig)).balance).toBe(100n);
    });

    it.each([
      ["zero", { amount: 0n }],
      ["negative", { amount: -1n }],
      ["2^63", { amount: MAX + 1n }],
      ["a balance beyond 2^63 - 1", { amount: MAX }],
      ["no reason", { reason: " " }],
      ["an endless reason", { reason: "x".repeat(501) }],
      ["no such account", { accountId: 999 }],
      ["an account of the ledger's own", { accountId: 1 }],
      ["an empty key", { idempotencyKey: "" }],
    ] as [string, Partial<TransferOrder>][])("E115: %s writes nothing", async (_name, changes) => {
      const before = await entries();
      await expect(credit(rig.database, order(changes))).rejects.toThrow(TransferRefused);
      await expect(debit(rig.database, order(changes), 0)).rejects.toThrow(TransferRefused);
      expect(await entries()).toBe(before);
      expect((await facts(rig)).balance).toBe(1_000n);
    });

    it("amounts beyond 2^53 are exact", async () => {
      await credit(rig.database, order({ amount: 9_007_199_254_740_993n }));
      expect((await facts(rig)).balance).toBe(9_007_199_254_741_993n);
    });
  });
});
