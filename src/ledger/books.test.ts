import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { audit } from "./audit-store.ts";
import { debit } from "./credit-store.ts";
import {
  ACCOUNT,
  addAccount,
  addKey,
  anOrder,
  aRejection,
  aSettlement,
  facts,
  hold,
  KEY,
  openRig,
  snapshot,
  tryHold,
  type Rig,
} from "./fixtures.ts";
import { AccountFrozen, InsufficientFunds, type HoldToken } from "./ledger.ts";
import { OUTCOMES, isCharged, type Outcome } from "./outcome.ts";

const DOLLAR = 1_000_000_000n;

describe.each(DATABASES)("the books on %s", (kind) => {
  let rig: Rig;

  const start = async (balance: bigint): Promise<void> => {
    rig = await openRig(balance, kind);
  };
  beforeEach(() => start(10n * DOLLAR));
  afterEach(async () => {
    expect((await audit(rig.database)).disagreements).toEqual([]);
    expect(rig.fatal).toEqual([]);
    await rig.remove();
  });

  const restart = async (balance: bigint): Promise<void> => {
    await rig.remove();
    await start(balance);
  };
  const requests = (): Promise<Record<string, unknown>[]> => rig.query("select * from request order by id");
  /** What every charged request posted, in the order of their ids. */
  const charges = async (): Promise<bigint[]> =>
    (await requests()).filter((row) => isCharged(row["outcome"] as Outcome)).map((row) => row["posted"] as bigint);

  describe("hold and settle", () => {
    it("charges the usage and returns the rest of the hold", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      expect(token.amount).toBe(1_000n);
      expect(rig.books.open()).toEqual({ count: 1, sum: 1_000n });
      const receipt = await rig.books.settle(token, aSettlement(400));
      expect(receipt).toEqual({ charge: 400n, absorbed: 0n, balance: 10n * DOLLAR - 400n });
      expect(rig.books.open()).toEqual({ count: 0, sum: 0n });
      expect((await facts(rig)).balance).toBe(10n * DOLLAR - 400n);
      expect(await charges()).toEqual([400n]);
    });

    it("is committed when the receipt is there", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      await rig.books.settle(token, aSettlement(400));
      await rig.crash();
      expect((await facts(rig)).balance).toBe(10n * DOLLAR - 400n);
    });

    it("I-15: posts at most the hold and absorbs the rest", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      expect(await rig.books.settle(token, aSettlement(1_700))).toMatchObject({ charge: 1_000n, absorbed: 700n });
      expect(await requests()).toMatchObject([{ exact: null, hold: 1_000n, posted: 1_000n, absorbed: 700n }]);
    });

    it.each(OUTCOMES)("I-30, I-33: %s", async (outcome) => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      const receipt = await rig.books.settle(token, aSettlement(400, { outcome }));
      const expected = isCharged(outcome) ? 400n : 0n;
      expect(receipt.charge).toBe(expected);
      expect(receipt.absorbed).toBe(400n - expected);
      expect(await charges()).toEqual(isCharged(outcome) ? [400n] : []);
      expect(await requests()).toMatchObject([{ outcome, input: 400n, posted: expected }]);
    });

    it("I-21, I-44: a billable request that cost nothing has its one charge too", async () => {
      const token = await rig.books.hold(anOrder(rig, 0n));
      await rig.books.settle(token, aSettlement(0));
      expect(await charges()).toEqual([0n]);
    });

    it("I-40: settles by the hold's snapshot, whatever is published meanwhile", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n, { snapshot: snapshot(rig.row, "70%") }));
      expect((await rig.books.settle(token, aSettlement(400))).charge).toBe(120n);
    });

    it("I-20: a second terminal call throws, and so does an extension after it", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      const first = rig.books.settle(token, aSettlement(400));
      expect(() => rig.books.settle(token, aSettlement(400))).toThrow("ended already");
      expect(() => rig.books.extend(token, 1n)).toThrow("ended already");
      await first;
      expect(await charges()).toEqual([400n]);
    });

    it.each([
      ["a token unit, at its side's dearest rate", { input: 5, cache_read: 2 }, 7n],
      ["a unit without any rate to go by, at nothing", { input: 5, image: 1 }, 5n],
    ])("I-43: counted but not priced is %s; it is reported and the rest is charged", async (_which, usage, charged) => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      expect((await rig.books.settle(token, aSettlement(0, { usage }))).charge).toBe(charged);
      expect(rig.problems).toMatchObject([{ kind: "unpriced_unit" }]);
      expect(await requests()).toMatchObject([
        { outcome: "completed", usage_invalid: 0n, exact: null, posted: charged },
      ]);
      expect((await audit(rig.database)).disagreements).toEqual([]);
    });

    it("a usage whose price is beyond 64 bits costs the customer nothing and is reported (I-15)", async () => {
      const dear = snapshot({ ...rig.row, base: { ...rig.row.base, input: 2n ** 62n } });
      const token = await rig.books.hold(anOrder(rig, 1_000n, { snapshot: dear }));
      const receipt = await rig.books.settle(token, aSettlement(0, { usage: { input: Number.MAX_SAFE_INTEGER } }));
      expect(receipt.charge).toBe(0n);
      expect(rig.problems).toMatchObject([{ kind: "unpriceable_usage" }]);
      expect(await requests()).toMatchObject([{ outcome: "gateway_failed", usage_invalid: 1n }]);
    });

    it("an odd time or name is no reason to refuse a row", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      await rig.books.settle(token, aSettlement(1, { durationMs: 1e300, firstByteMs: Number.NaN, model: "a\0b" }));
      expect(await requests()).toMatchObject([{ duration_ms: 2_147_483_647n, first_byte_ms: 0n, model: "a\uFFFDb" }]);
    });

    it("one turn's settlements are one commit", async () => {
      const tokens: HoldToken[] = [];
      for (let i = 0; i < 40; i++) tokens.push(await rig.books.hold(anOrder(rig, 1_000n)));
      rig.batches.length = 0;
      const receipts = await Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
      expect(rig.batches).toEqual([40]);
      expect(new Set(receipts.map(({ balance }) => balance))).toEqual(new Set([10n * DOLLAR - 400n]));
    });

    it.each([
      ["a lone one is committed at the end of the next turn", 1, 1],
      ["four turns that bring one each are one commit", 4, 1],
      ["the fifth begins another, however many come", 8, 2],
    ])("%s", async (_which, turns, commits) => {
      const tokens: HoldToken[] = [];
      for (let i = 0; i < turns; i++) tokens.push(await rig.books.hold(anOrder(rig, 1_000n)));
      rig.batches.length = 0;
      const receipts = tokens.map(async (token, turn) => {
        for (let i = 0; i < turn; i++) await new Promise(setImmediate);
        return rig.books.settle(token, aSettlement(10));
      });
      await receipts[0];
      expect(rig.batches).toEqual([Math.min(turns, 4)]);
      await Promise.all(receipts);
      expect(rig.batches).toHaveLength(commits);
    });

    it("more than one batch is settled to the last", async () => {
      const tokens = await Promise.all(Array.from({ length: 1_200 }, () => hold(rig, anOrder(rig, 1_000n))));
      await Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
      expect(await charges()).toHaveLength(1_200);
      expect((await facts(rig)).balance).toBe(10n * DOLLAR - 12_000n);
    });
  });

  describe("I-14: who is admitted", () => {
    it("200 equal holds at once on a balance worth 7 admit exactly 7", async () => {
      await restart(7_000n);
      const answers = await Promise.all(Array.from({ length: 200 }, () => tryHold(rig, anOrder(rig, 1_000n))));
      const tokens = answers.filter((answer) => typeof answer !== "string");
      expect(tokens).toHaveLength(7);
      expect(new Set(answers.filter((answer) => typeof answer === "string"))).toEqual(new Set(["InsufficientFunds"]));
      expect(await facts(rig)).toMatchObject({ balance: 7_000n, leased: 7_000n });
      await Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(1_000))));
      expect(await facts(rig)).toMatchObject({ balance: 0n, leased: 0n });
    });

    it("no capacity is lost after holds came to nothing", async () => {
      await restart(7_000n);
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => tryHold(rig, anOrder(rig, 1_000n))));
        const tokens = answers.filter((answer) => typeof answer !== "string");
        expect(tokens).toHaveLength(7);
        const outcome = "upstream_failed_before_output";
        await Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(0, { outcome, usage: {} }))));
      }
      expect(await facts(rig)).toMatchObject({ balance: 7_000n, leased: 0n });
    });

    it("what a settlement frees is there for those who wait in the same turn", async () => {
      await restart(1_000n);
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      const settled = rig.books.settle(token, aSettlement(300));
      const next = await rig.books.hold(anOrder(rig, 700n));
      expect(next.amount).toBe(700n);
      await settled;
    });

    it("grants what there is between minimum and amount", async () => {
      await restart(1_000n);
      const token = await rig.books.hold(anOrder(rig, 5_000n, { minimum: 600n }));
      expect(token.amount).toBe(1_000n);
      await expect(hold(rig, anOrder(rig, 5_000n, { minimum: 600n }))).rejects.toBeInstanceOf(InsufficientFunds);
    });

    it("says what was asked and what is available", async () => {
      await restart(1_000n);
      await rig.books.hold(anOrder(rig, 400n));
      expect(rig.books.available(ACCOUNT)).toBe(600n);
      await expect(hold(rig, anOrder(rig, 5_000n, { minimum: 700n }))).rejects.toMatchObject({
        required: 5_000n,
        available: 600n,
      });
    });

    it("an account that does not exist has nothing", async () => {
      await expect(hold(rig, anOrder(rig, 1n, { accountId: 999 }))).rejects.toBeInstanceOf(InsufficientFunds);
      expect(rig.books.available(999)).toBe(0n);
      // The ledger's own accounts lend nothing either.
      await expect(hold(rig, anOrder(rig, 1n, { accountId: 1 }))).rejects.toBeInstanceOf(InsufficientFunds);
    });

    it("with money enough, holds after the first need no commit", async () => {
      await rig.books.hold(anOrder(rig, 1_000n));
      for (let i = 0; i < 100; i++) expect(rig.books.hold(anOrder(rig, 1_000n))).not.toBeInstanceOf(Promise);
    });

    it("under a dollar no slack is kept (§9.2 e)", async () => {
      await restart(DOLLAR / 2n);
      const [a, b] = await Promise.all([hold(rig, anOrder(rig, 1_000n)), hold(rig, anOrder(rig, 2_000n))]);
      expect((await facts(rig)).leased).toBe(3_000n);
      await rig.books.settle(a, aSettlement(10));
      expect((await facts(rig)).leased).toBe(2_000n);
      await rig.books.settle(b, aSettlement(10));
      expect((await facts(rig)).leased).toBe(0n);
    });
  });

  describe("extend", () => {
    it("adds to the hold while the balance lasts", async () => {
      await restart(1_000n);
      const token = await rig.books.hold(anOrder(rig, 400n));
      expect(await rig.books.extend(token, 500n)).toBe(true);
      expect(token.amount).toBe(900n);
      expect(await rig.books.extend(token, 200n)).toBe(false);
      expect(token.amount).toBe(900n);
      expect(rig.books.open().sum).toBe(900n);
      expect((await rig.books.settle(token, aSettlement(900))).charge).toBe(900n);
      expect(await facts(rig)).toMatchObject({ balance: 100n, leased: 0n });
    });

    it("is refused when the hold ended meanwhile", async () => {
      await restart(1_000n);
      const token = await rig.books.hold(anOrder(rig, 400n));
      const extended = rig.books.extend(token, 100n);
      const settled = rig.books.settle(token, aSettlement(10));
      expect(await extended).toBe(false);
      await settled;
      expect(rig.books.open()).toEqual({ count: 0, sum: 0n });
      expect(await facts(rig)).toMatchObject({ balance: 990n, leased: 0n });
    });
  });

  describe("a key's budget (I-16)", () => {
    const LIMITED = 2;
    const order = (amount: bigint, minimum = amount) =>
      anOrder(rig, amount, { keyId: LIMITED, minimum, hasBudget: true });

    it("is never exceeded, by holds at once or one after another", async () => {
      await addKey(rig.database, { accountId: ACCOUNT, keyId: LIMITED, budget: 2_500n });
      const answers = await Promise.all(Array.from({ length: 10 }, () => tryHold(rig, order(1_000n))));
      const tokens = answers.filter((answer) => typeof answer !== "string");
      expect(tokens).toHaveLength(2);
      // Refused for the key, not for the account's balance.
      await expect(hold(rig, order(1_000n))).rejects.toMatchObject({ code: "key_budget_exceeded" });
      await Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(900))));
      const partial = await rig.books.hold(order(1_000n, 500n));
      expect(partial.amount).toBe(700n);
      expect(await rig.books.extend(partial, 1n)).toBe(false);
      await rig.books.settle(partial, aSettlement(700));
      await expect(() => hold(rig, order(1n))).rejects.toMatchObject({ code: "key_budget_exceeded" });
      // Other keys of the account go on.
      await rig.books.hold(anOrder(rig, 1_000n));
    });

    it("survives a restart", async () => {
      await addKey(rig.database, { accountId: ACCOUNT, keyId: LIMITED, budget: 1_000n });
      await rig.books.settle(await rig.books.hold(order(900n)), aSettlement(900));
      await rig.crash();
      await expect(() => hold(rig, order(200n))).rejects.toMatchObject({ code: "key_budget_exceeded" });
      await rig.books.hold(order(100n));
    });
  });

  describe("changes by others", () => {
    it("a freeze ends admissions and returns the slack; running requests settle", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      expect((await facts(rig)).leased).toBeGreaterThan(1_000n);
      await rig.exec(`update account set frozen = 1 where id = ${ACCOUNT}`);
      await rig.books.refresh();
      expect(() => rig.books.hold(anOrder(rig, 1n))).toThrow(AccountFrozen);
      expect(rig.books.extend(token, 1n)).toBe(false);
      await vi.waitFor(async () => {
        expect((await facts(rig)).leased).toBe(1_000n);
      });
      expect((await rig.books.settle(token, aSettlement(400))).charge).toBe(400n);
      expect((await facts(rig)).leased).toBe(0n);
      await rig.exec(`update account set frozen = 0 where id = ${ACCOUNT}`);
      await rig.books.refresh();
      await rig.books.hold(anOrder(rig, 1n));
    });

    it("a freeze is seen without a refresh when the lease must grow", async () => {
      await rig.exec(`update account set frozen = 1 where id = ${ACCOUNT}`);
      await expect(hold(rig, anOrder(rig, 1n))).rejects.toBeInstanceOf(AccountFrozen);
    });

    it("a credit can be spent at once", async () => {
      await restart(100n);
      await expect(hold(rig, anOrder(rig, 200n))).rejects.toBeInstanceOf(InsufficientFunds);
      await addMoney(1_000n);
      await rig.books.hold(anOrder(rig, 200n));
    });

    const addMoney = async (amount: bigint): Promise<void> => {
      const { credit } = await import("./credit-store.ts");
      const order = { accountId: ACCOUNT, amount, reason: "t", actor: "t", idempotencyKey: null };
      await credit(await rig.test.open(), order);
    };

    it("a debit gets the slack of a running server, but not its holds (§9.2 e, f)", async () => {
      const token = await rig.books.hold(anOrder(rig, DOLLAR));
      const order = { accountId: ACCOUNT, reason: "t", actor: "t", idempotencyKey: null };
      const poll = setInterval(() => void rig.books.refresh(), 10);
      const other = await rig.test.open();
      const { balance } = await debit(other, { ...order, amount: 9n * DOLLAR });
      expect(balance).toBe(DOLLAR);
      expect(await debit(other, { ...order, amount: 1n }, 50)).toMatchObject({ balance: DOLLAR, pending: 1n });
      clearInterval(poll);
      await rig.books.settle(token, aSettlement(999_999_999));
      expect(await facts(rig)).toMatchObject({ balance: 0n, leased: 0n });
    });
  });

  describe("reject", () => {
    it("is recorded without a charge", async () => {
      rig.books.reject(aRejection());
      await vi.waitFor(async () => {
        expect(await requests()).toHaveLength(1);
      });
      expect(await requests()).toMatchObject([{ outcome: "rejected", posted: 0n, price_id: null, status: 402n }]);
    });

    it("is dropped and counted when the schema refuses it, and nobody else suffers", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      rig.books.reject(aRejection({ keyId: 999 }));
      rig.books.reject(aRejection());
      await rig.books.settle(token, aSettlement(10));
      expect(rig.books.dropped).toBe(1);
      expect(await requests()).toHaveLength(2);
    });
  });

  describe("close", () => {
    it("commits what is queued and returns every lease", async () => {
      await addAccount(rig.database, { id: 20, keyId: 20, balance: 5n * DOLLAR });
      const tokens = await Promise.all([
        hold(rig, anOrder(rig, 1_000n)),
        hold(rig, anOrder(rig, 1_000n, { accountId: 20, keyId: 20 })),
      ]);
      const receipts = tokens.map((token) => rig.books.settle(token, aSettlement(10)));
      await rig.books.close();
      await Promise.all(receipts);
      expect(await facts(rig)).toMatchObject({ balance: 10n * DOLLAR - 10n, leased: 0n });
      expect(await facts(rig, 20)).toMatchObject({ leased: 0n });
      expect(() => rig.books.hold(anOrder(rig, 1n))).toThrow("Billing is temporarily unavailable");
      await rig.books.close();
    });

    it("a hold that is still open then is not settled any more", async () => {
      const token = await rig.books.hold(anOrder(rig, 1_000n));
      await rig.books.close();
      await expect(rig.books.settle(token, aSettlement(10))).rejects.toMatchObject({ code: "ledger_unavailable" });
      expect(await charges()).toEqual([]);
    });
  });

  describe("I-25: a crash", () => {
    it("costs the customer nothing, returns the lease and leaves one record with its bound", async () => {
      await rig.books.hold(anOrder(rig, 1_000n));
      const { leased } = await facts(rig);
      expect(leased).toBeGreaterThan(0n);
      await rig.crash();
      expect(await facts(rig)).toEqual({ balance: 10n * DOLLAR, leased: 0n, frozen: 0n });
      const crashed = "select object, detail from audit_log where action = 'lease.crashed'";
      const records = await rig.query(crashed);
      expect(records).toHaveLength(1);
      expect(records[0]?.["object"]).toBe(`acc_${ACCOUNT}`);
      expect(JSON.parse(String(records[0]?.["detail"]))).toMatchObject({ bound: String(leased) });
      await rig.crash();
      expect(await rig.query(crashed)).toHaveLength(1);
    });
  });

  it("a request id that is none is refused before anything is held", async () => {
    expect(() => rig.books.hold(anOrder(rig, 1n, { requestId: "x" }))).toThrow(RangeError);
    expect((await rig.books.hold(anOrder(rig, 1n, { requestId: newRequestId(), keyId: KEY }))).amount).toBe(1n);
  });
});
