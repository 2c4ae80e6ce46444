/** What the ledger does when the database refuses, is locked, is full, or does not say what it did. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { audit } from "./audit-store.ts";
import { Books } from "./books.ts";
import { addAccount, anOrder, aSettlement, ACCOUNT, facts, hold, KEY, openRig, type Rig } from "./fixtures.ts";
import { AccountFrozen, InsufficientFunds, type HoldToken } from "./ledger.ts";
import { LedgerStore } from "./store.ts";

const DOLLAR = 1_000_000_000n;
let rig: Rig;
beforeEach(async () => {
  rig = await openRig(10n * DOLLAR);
});
afterEach(() => {
  expect(audit(rig.database).disagreements).toEqual([]);
  rig.remove();
});

const count = (table: string): number =>
  Number(rig.database.sqlite.prepare(`select count(*) as n from ${table}`).get()?.["n"]);

/** Holds with the ids of requests that are stored already: their settlements will be refused by the schema (I-21). */
const holdAgain = async (requestId: string, accountId: number, keyId: number): Promise<HoldToken> =>
  rig.books.hold(anOrder(rig, 1_000n, { requestId, accountId, keyId }));

describe("§9.2 i: a row that the schema refuses", () => {
  it.each([0, 1, 17, 63])("is found among 64 others at place %i; the others are committed", async (place) => {
    await addAccount(rig.database, { id: 20, keyId: 20, balance: DOLLAR * 5n });
    const stored = anOrder(rig, 1_000n);
    await rig.books.settle(await rig.books.hold(stored), aSettlement(10));
    const bad = await holdAgain(stored.requestId, 20, 20);
    const tokens = await Promise.all(Array.from({ length: 64 }, () => hold(rig, anOrder(rig, 1_000n))));
    tokens.splice(place, 0, bad);
    const results = await Promise.allSettled(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
    expect(results.map(({ status }) => status)).toEqual(
      tokens.map((token) => (token === bad ? "rejected" : "fulfilled")),
    );
    expect(facts(rig)).toMatchObject({ balance: 10n * DOLLAR - 650n, frozen: 0n });
    expect(facts(rig, 20)).toEqual({ balance: 5n * DOLLAR, leased: 0n, frozen: 1n });
    expect(rig.problems).toMatchObject([{ kind: "row_refused", requestId: stored.requestId }]);
    const [logged] = rig.database.sqlite
      .prepare("select object, detail from audit_log where action = 'ledger.row_refused'")
      .all();
    expect(logged?.["object"]).toBe(stored.requestId);
    expect(JSON.parse(String(logged?.["detail"]))).toMatchObject({ charge: "10", hold: "1000" });
    expect(() => rig.books.hold(anOrder(rig, 1n, { accountId: 20, keyId: 20 }))).toThrow(AccountFrozen);
    await rig.books.hold(anOrder(rig, 1n));
  });

  it("several are found, and those who wait for a hold still get it", async () => {
    const stored = anOrder(rig, 1_000n);
    await rig.books.settle(await rig.books.hold(stored), aSettlement(10));
    for (const id of [20, 30]) await addAccount(rig.database, { id, keyId: id, balance: DOLLAR });
    await addAccount(rig.database, { id: 40, keyId: 40, balance: 5_000n });
    const tokens = [await holdAgain(stored.requestId, 20, 20), await holdAgain(stored.requestId, 30, 30)];
    for (let i = 0; i < 9; i++) tokens.push(await rig.books.hold(anOrder(rig, 1_000n)));
    const results = Promise.allSettled(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
    expect((await rig.books.hold(anOrder(rig, 4_000n, { accountId: 40, keyId: 40 }))).amount).toBe(4_000n);
    expect((await results).filter(({ status }) => status === "rejected")).toHaveLength(2);
    expect(rig.fatal).toEqual([]);
  });
});

/** Another process that takes the write lock, says so, and keeps it until its input ends. */
const locker = async (file: string): Promise<{ release: () => Promise<void> }> => {
  const script = `
    const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(process.argv[1], { timeout: 5000 });
    db.exec("begin immediate");
    process.stdout.write("locked");
    process.stdin.on("end", () => { db.exec("commit"); db.close(); }).resume();`;
  const child = spawn(process.execPath, ["-e", script, file], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    release: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
};

describe("A14: another process holds the lock", () => {
  it("settlements and growing leases wait for it, holds from slack do not", async () => {
    await addAccount(rig.database, { id: 20, keyId: 20, balance: DOLLAR });
    const token = await rig.books.hold(anOrder(rig, 1_000n));
    const other = await locker(rig.scratch.file);
    let settled = false;
    const settling = rig.books.settle(token, aSettlement(10)).then((receipt) => {
      settled = true;
      return receipt;
    });
    const growing = rig.books.hold(anOrder(rig, 1_000n, { accountId: 20, keyId: 20 }));
    expect(rig.books.hold(anOrder(rig, 1_000n))).not.toBeInstanceOf(Promise);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(settled).toBe(false);
    await other.release();
    expect((await settling).charge).toBe(10n);
    expect((await growing).amount).toBe(1_000n);
  });

  it("a hold that waits too long is refused as ledger_unavailable; a settlement is not given up", async () => {
    await addAccount(rig.database, { id: 20, keyId: 20, balance: DOLLAR });
    const token = await rig.books.hold(anOrder(rig, 1_000n));
    const other = await locker(rig.scratch.file);
    const settling = rig.books.settle(token, aSettlement(10));
    const growing = rig.books.hold(anOrder(rig, 1_000n, { accountId: 20, keyId: 20 }));
    await expect(growing).rejects.toMatchObject({ code: "ledger_unavailable" });
    await other.release();
    expect((await settling).charge).toBe(10n);
    expect(facts(rig, 20).leased).toBe(0n);
  });
});

it("A14, DESIGN 3.6: when the queue of settlements is full nobody is admitted; all of them are committed, once", async () => {
  const QUEUE = 10_000;
  const tokens = await Promise.all(Array.from({ length: QUEUE }, () => hold(rig, anOrder(rig, 1_000n))));
  const other = await locker(rig.scratch.file);
  const settling = Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
  expect(() => rig.books.hold(anOrder(rig, 1_000n))).toThrow(expect.objectContaining({ code: "ledger_unavailable" }));
  await other.release();
  await settling;
  expect(count("request")).toBe(QUEUE);
  expect(facts(rig).balance).toBe(10n * DOLLAR - 10n * BigInt(QUEUE));
  const token = await rig.books.hold(anOrder(rig, 1_000n));
  await rig.books.settle(token, aSettlement(10));
});

it("A12: a full disk delays settlements; none is lost, none is made twice", async () => {
  const tokens = await Promise.all(Array.from({ length: 200 }, () => hold(rig, anOrder(rig, 1_000n))));
  const { sqlite } = rig.database;
  sqlite.exec(`pragma max_page_count = ${String(sqlite.prepare("pragma page_count").get()?.["page_count"])}`);
  const settling = Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect(rig.problems).toMatchObject([{ kind: "commit_failed" }]);
  expect(count("request")).toBe(0);
  sqlite.exec("pragma max_page_count = 1000000");
  const receipts = await settling;
  expect(receipts.every(({ charge }) => charge === 10n)).toBe(true);
  expect(count("request")).toBe(200);
  expect(facts(rig).balance).toBe(10n * DOLLAR - 2_000n);
  expect(rig.problems).toHaveLength(1);
});

/** A store whose next commit answers with an error although, or because, the database did or did not do it. */
class DoubtfulStore extends LedgerStore {
  doubt: "after commit" | "before commit" | "fsync" | null = null;

  override transaction<T>(step: () => T): T {
    const { doubt } = this;
    this.doubt = null;
    if (doubt === null) return super.transaction(step);
    if (doubt === "after commit") super.transaction(step);
    throw Object.assign(new Error("disk I/O error"), { errcode: doubt === "fsync" ? 1_034 : 10 });
  }
}

describe("I-26: a commit of which nobody knows whether it happened", () => {
  let store: DoubtfulStore;
  beforeEach(() => {
    store = new DoubtfulStore(rig.database.sqlite, "doubtful");
    rig.books = new Books(store, {
      onProblem: (problem) => rig.problems.push(problem),
      onFatal: (error) => rig.fatal.push(error),
    });
  });

  it.each(["after commit", "before commit"] as const)("is read again, then decided (%s)", async (doubt) => {
    await addAccount(rig.database, { id: 20, keyId: 20, balance: 3_000n });
    const tokens = await Promise.all(Array.from({ length: 3 }, () => hold(rig, anOrder(rig, 1_000n))));
    store.doubt = doubt;
    const settling = Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
    // A first lease that is opened by the commit in doubt.
    const growing = rig.books.hold(anOrder(rig, 1_000n, { accountId: 20, keyId: 20 }));
    const receipts = await settling;
    expect(receipts).toEqual(receipts.map(() => ({ charge: 10n, absorbed: 0n, balance: 10n * DOLLAR - 30n })));
    expect(count("request")).toBe(3);
    expect(count("transfer where kind = 'charge'")).toBe(3);
    expect(facts(rig).balance).toBe(10n * DOLLAR - 30n);
    await rig.books.settle(await growing, aSettlement(700));
    expect(facts(rig, 20)).toMatchObject({ balance: 2_300n, leased: 0n });
    // What is left can be held to the last nano, and not one more.
    const rest = await rig.books.hold(anOrder(rig, 10n * DOLLAR - 30n));
    await expect(hold(rig, anOrder(rig, 1n))).rejects.toBeInstanceOf(InsufficientFunds);
    await rig.books.settle(rest, aSettlement(1));
  });

  it("a failed flush of the disk ends the process", async () => {
    const token = await rig.books.hold(anOrder(rig, 1_000n));
    store.doubt = "fsync";
    await expect(rig.books.settle(token, aSettlement(10))).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(rig.fatal).toHaveLength(1);
    expect(() => rig.books.hold(anOrder(rig, 1n, { accountId: ACCOUNT, keyId: KEY }))).toThrow(
      "temporarily unavailable",
    );
  });
});
