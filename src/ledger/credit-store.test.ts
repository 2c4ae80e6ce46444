import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { audit } from "./audit-store.ts";
import { credit, debit } from "./credit-store.ts";
import { ACCOUNT, facts, openRig, type Rig } from "./fixtures.ts";
import { TransferRefused, type TransferOrder } from "./transfer.ts";

const MAX = 2n ** 63n - 1n;
let rig: Rig;
beforeEach(async () => {
  rig = await openRig(1_000n);
});
afterEach(() => {
  expect(audit(rig.database).disagreements).toEqual([]);
  rig.remove();
});

const order = (changes: Partial<TransferOrder> = {}): TransferOrder => ({
  accountId: ACCOUNT,
  amount: 100n,
  reason: "a test",
  actor: "tester",
  idempotencyKey: null,
  ...changes,
});
const entries = (): number =>
  Number(rig.database.sqlite.prepare("select count(*) as n from transfer").get()?.["n"]) +
  Number(rig.database.sqlite.prepare("select count(*) as n from audit_log").get()?.["n"]);

describe("credit and debit", () => {
  it("move money between two accounts and say who did it (I-23, I-68)", async () => {
    expect(await credit(rig.database, order())).toMatchObject({ balance: 1_100n, replayed: false });
    expect(await debit(rig.database, order({ amount: 300n }))).toMatchObject({ balance: 800n });
    expect(facts(rig, 6).balance).toBe(-800n);
    expect(await credit(rig.database, order({ counterpart: "promo" }))).toMatchObject({ balance: 900n });
    expect(facts(rig, 3).balance).toBe(-100n);
    const log = rig.database.sqlite.prepare("select actor, action, detail from audit_log order by id desc").get();
    expect(log).toMatchObject({ actor: "tester", action: "account.credit" });
    expect(JSON.parse(String(log?.["detail"]))).toEqual({ amount: "0.0000001", reason: "a test" });
  });

  it("the same key moves money once; another transfer under it is refused (I-27)", async () => {
    const first = await credit(rig.database, order({ idempotencyKey: "k" }));
    const again = await Promise.all([1, 2, 3].map(() => credit(rig.database, order({ idempotencyKey: "k" }))));
    expect(again).toEqual(again.map(() => ({ ...first, replayed: true })));
    expect(facts(rig).balance).toBe(1_100n);
    await expect(credit(rig.database, order({ idempotencyKey: "k", amount: 1n }))).rejects.toThrow(TransferRefused);
    await expect(debit(rig.database, order({ idempotencyKey: "k" }))).rejects.toThrow(TransferRefused);
  });

  it("ten debits at once take what is there and no more (I-10)", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => debit(rig.database, order({ amount: 300n }), 0)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(facts(rig).balance).toBe(100n);
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
    const before = entries();
    await expect(credit(rig.database, order(changes))).rejects.toThrow(TransferRefused);
    await expect(debit(rig.database, order(changes), 0)).rejects.toThrow(TransferRefused);
    expect(entries()).toBe(before);
    expect(facts(rig).balance).toBe(1_000n);
  });

  it("amounts beyond 2^53 are exact", async () => {
    await credit(rig.database, order({ amount: 9_007_199_254_740_993n }));
    expect(facts(rig).balance).toBe(9_007_199_254_741_993n);
  });
});
