/** What the ledger does when the database refuses, is locked, is full, or does not say what it did. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit } from "./audit-store.ts";
import { Books } from "./books.ts";
import {
  addAccount,
  anOrder,
  aRejection,
  aSettlement,
  ACCOUNT,
  facts,
  hold,
  KEY,
  openRig,
  tryHold,
  type Rig,
} from "./fixtures.ts";
import { AccountFrozen, InsufficientFunds, type HoldToken } from "./ledger.ts";
import { PostgresLedgerStore } from "./postgres-store.ts";
import { SqliteLedgerStore } from "./sqlite-store.ts";
import type { Answer, Order, StoreFault } from "./store.ts";

const DOLLAR = 1_000_000_000n;
let rig: Rig;
afterEach(async () => {
  expect((await audit(rig.database)).disagreements).toEqual([]);
  await rig.remove();
});
const count = async (what: string): Promise<number> =>
  Number((await rig.query(`select count(*) as n from ${what}`))[0]?.["n"]);

/** Holds with the ids of requests that are stored already: their settlements will be refused by the schema (I-21). */
const holdAgain = async (requestId: string, accountId: number, keyId: number): Promise<HoldToken> =>
  rig.books.hold(anOrder(rig, 1_000n, { requestId, accountId, keyId }));

describe.each(DATABASES)("§9.2 i: a row that the schema of %s refuses", (kind) => {
  beforeEach(async () => {
    rig = await openRig(10n * DOLLAR, kind);
  });

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
    expect(await facts(rig)).toMatchObject({ balance: 10n * DOLLAR - 650n, frozen: 0n });
    expect(await facts(rig, 20)).toEqual({ balance: 5n * DOLLAR, leased: 0n, frozen: 1n });
    expect(rig.problems).toMatchObject([{ kind: "row_refused", requestId: stored.requestId }]);
    const [logged] = await rig.query("select object, detail from audit_log where action = 'ledger.row_refused'");
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

const onSqlite = (): void => {
  beforeEach(async () => {
    rig = await openRig(10n * DOLLAR, "sqlite");
  });
};

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
  onSqlite();

  it("settlements and growing leases wait for it, holds from slack do not", async () => {
    await addAccount(rig.database, { id: 20, keyId: 20, balance: DOLLAR });
    const token = await rig.books.hold(anOrder(rig, 1_000n));
    const other = await locker(rig.test.file);
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
    const other = await locker(rig.test.file);
    const settling = rig.books.settle(token, aSettlement(10));
    const growing = rig.books.hold(anOrder(rig, 1_000n, { accountId: 20, keyId: 20 }));
    await expect(growing).rejects.toMatchObject({ code: "ledger_unavailable" });
    await other.release();
    expect((await settling).charge).toBe(10n);
    expect((await facts(rig, 20)).leased).toBe(0n);
  });
});

describe("a queue that waits", () => {
  onSqlite();

  it("A14, DESIGN 3.6: when the queue of settlements is full nobody is admitted; all of them are committed, once", async () => {
    const QUEUE = 10_000;
    const tokens = await Promise.all(Array.from({ length: QUEUE }, () => hold(rig, anOrder(rig, 1_000n))));
    const other = await locker(rig.test.file);
    const settling = Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
    expect(() => rig.books.hold(anOrder(rig, 1_000n))).toThrow(expect.objectContaining({ code: "ledger_unavailable" }));
    await other.release();
    await settling;
    expect(await count("request")).toBe(QUEUE);
    expect((await facts(rig)).balance).toBe(10n * DOLLAR - 10n * BigInt(QUEUE));
    const token = await rig.books.hold(anOrder(rig, 1_000n));
    await rig.books.settle(token, aSettlement(10));
  });

  it("A12: a full disk delays settlements; none is lost, none is made twice", async () => {
    const tokens = await Promise.all(Array.from({ length: 200 }, () => hold(rig, anOrder(rig, 1_000n))));
    if (rig.database.kind !== "sqlite") throw new Error("SQLite only");
    const { sqlite } = rig.database;
    sqlite.exec(`pragma max_page_count = ${String(sqlite.prepare("pragma page_count").get()?.["page_count"])}`);
    const settling = Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(rig.problems).toMatchObject([{ kind: "commit_failed" }]);
    expect(await count("request")).toBe(0);
    sqlite.exec("pragma max_page_count = 1000000");
    const receipts = await settling;
    expect(receipts.every(({ charge }) => charge === 10n)).toBe(true);
    expect(await count("request")).toBe(200);
    expect((await facts(rig)).balance).toBe(10n * DOLLAR - 2_000n);
    expect(rig.problems).toHaveLength(1);
  });
});

/** A store whose next commit answers with an error although, or because, the database did or did not do it. */
class DoubtfulStore extends SqliteLedgerStore {
  doubt: "after commit" | "before commit" | "fsync" | null = null;

  protected override transaction<T>(step: () => T): T {
    const { doubt } = this;
    this.doubt = null;
    if (doubt === null) return super.transaction(step);
    if (doubt === "after commit") super.transaction(step);
    throw Object.assign(new Error("disk I/O error"), { errcode: doubt === "fsync" ? 1_034 : 10 });
  }
}

/** Settles three requests and grows another account's lease in a commit that is then in doubt; all must be as after one commit. */
const settleInDoubt = async (doubt: () => void): Promise<void> => {
  await addAccount(rig.database, { id: 20, keyId: 20, balance: 3_000n });
  const tokens = await Promise.all(Array.from({ length: 3 }, () => hold(rig, anOrder(rig, 1_000n))));
  doubt();
  const settling = Promise.all(tokens.map((token) => rig.books.settle(token, aSettlement(10))));
  // A first lease that is opened by the commit in doubt.
  const growing = rig.books.hold(anOrder(rig, 1_000n, { accountId: 20, keyId: 20 }));
  const receipts = await settling;
  expect(receipts).toEqual(receipts.map(() => ({ charge: 10n, absorbed: 0n, balance: 10n * DOLLAR - 30n })));
  expect(await count("request")).toBe(3);
  expect(await count("earning")).toBe(1);
  expect((await facts(rig)).balance).toBe(10n * DOLLAR - 30n);
  await rig.books.settle(await growing, aSettlement(700));
  expect(await facts(rig, 20)).toMatchObject({ balance: 2_300n, leased: 0n });
  // What is left can be held to the last nano, and not one more.
  const rest = await rig.books.hold(anOrder(rig, 10n * DOLLAR - 30n));
  await expect(hold(rig, anOrder(rig, 1n))).rejects.toBeInstanceOf(InsufficientFunds);
  await rig.books.settle(rest, aSettlement(1));
};

/** A rejection is stored by a commit in doubt, comes again beside a settlement, and is left out: nobody is to blame for it. */
const rejectInDoubt = async (doubt: () => void): Promise<void> => {
  const token = await rig.books.hold(anOrder(rig, 1_000n));
  doubt();
  rig.books.reject(aRejection());
  await vi.waitFor(() => {
    expect(rig.problems).toMatchObject([{ kind: "commit_failed" }]);
  });
  expect(await rig.books.settle(token, aSettlement(10))).toMatchObject({ charge: 10n });
  expect(await count("request")).toBe(2);
  expect((await facts(rig)).frozen).toBe(0n);
  expect([rig.fatal, rig.problems.length]).toEqual([[], 1]);
};

describe("I-26: a commit of which nobody knows whether it happened, on SQLite", () => {
  let store: DoubtfulStore;
  onSqlite();
  beforeEach(async () => {
    if (rig.database.kind !== "sqlite") throw new Error("SQLite only");
    store = new DoubtfulStore(rig.database.sqlite, "doubtful");
    rig.books = await new Books(store, {
      onProblem: (problem) => rig.problems.push(problem),
      onFatal: (error) => rig.fatal.push(error),
    }).start();
  });

  it.each(["after commit", "before commit"] as const)("is read again, then decided (%s)", async (doubt) => {
    await settleInDoubt(() => {
      store.doubt = doubt;
    });
    expect(rig.problems).toMatchObject([{ kind: "commit_failed" }]);
  });

  it("takes nobody's account for a rejection that comes twice", async () => {
    await rejectInDoubt(() => {
      store.doubt = "after commit";
    });
    expect(rig.books.dropped).toBe(1);
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

/** A store whose connection is lost with its next commit: after it, before it, or so that it goes on without us. */
class CutStore extends PostgresLedgerStore {
  cut: "after commit" | "before commit" | "while it runs" | null = null;

  override async commit(order: Order): Promise<Answer> {
    const { cut } = this;
    this.cut = null;
    if (cut === null) return super.commit(order);
    const lost = new Error("Connection terminated unexpectedly");
    if (cut === "after commit") await super.commit(order);
    if (cut === "while it runs") {
      // The backend goes on alone, and takes longer than the pause after a commit in doubt: only who waits for it sees what it does.
      void rig.exec(`begin; select 1 from account where id = ${ACCOUNT} for update; select pg_sleep(0.7); commit`);
      await sleep(100);
      void super.commit(order);
    }
    throw lost;
  }
}

describe("I-26: a commit of which nobody knows whether it happened, on PostgreSQL", () => {
  beforeEach(async () => {
    rig = await openRig(10n * DOLLAR, "postgres");
  });

  /** Books on a store whose next commit is cut. */
  const cutBooks = async (Store: typeof CutStore): Promise<CutStore> => {
    if (rig.database.kind !== "postgres") throw new Error("PostgreSQL only");
    const store = new Store(rig.database, "doubtful");
    await rig.books.close();
    rig.books = await new Books(store, {
      onProblem: (problem) => rig.problems.push(problem),
      onFatal: (error) => rig.fatal.push(error),
    }).start();
    return store;
  };

  it.each(["after commit", "before commit", "while it runs"] as const)(
    "is read again, then decided (%s)",
    async (cut) => {
      const store = await cutBooks(CutStore);
      await settleInDoubt(() => {
        store.cut = cut;
      });
      expect(rig.problems).toMatchObject([{ kind: "commit_failed" }]);
    },
  );

  it("takes nobody's account for a rejection that comes twice", async () => {
    const store = await cutBooks(CutStore);
    await rejectInDoubt(() => {
      store.cut = "after commit";
    });
    expect(rig.books.dropped).toBe(1);
  });

  it("nor for one that the schema refuses", async () => {
    const refused = new Error("no");
    await cutBooks(
      class extends CutStore {
        override commit(order: Order): Promise<Answer> {
          return order.rejections.length === 0 ? super.commit(order) : Promise.reject(refused);
        }
        override faultOf(error: unknown): StoreFault {
          return error === refused ? "refused" : super.faultOf(error);
        }
      },
    );
    const token = await rig.books.hold(anOrder(rig, 1_000n));
    rig.books.reject(aRejection());
    expect(await rig.books.settle(token, aSettlement(10))).toMatchObject({ charge: 10n });
    expect([(await facts(rig)).frozen, rig.books.dropped, rig.fatal]).toEqual([0n, 1, []]);
  });

  it("backends that are ended at any moment lose nothing and double nothing", { timeout: 30_000 }, async () => {
    let charged = 0n;
    const over = new AbortController();
    const loop = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const token = await tryHold(rig, anOrder(rig, 1_000n));
        if (typeof token === "string") continue;
        const { charge } = await rig.books.settle(token, aSettlement(10));
        charged += charge;
      }
    };
    const callers = Array.from({ length: 32 }, loop);
    for (let kill = 0; kill < 8; kill++) {
      await sleep(20 + 13 * kill);
      await rig.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like '%ledger_commit%' and pid <> pg_backend_pid()`);
    }
    over.abort();
    await Promise.all(callers);
    expect(charged).toBeGreaterThan(0n);
    expect((await facts(rig)).balance).toBe(10n * DOLLAR - charged);
    expect(await count("request")).toBe(Number(charged / 10n));
    expect(rig.fatal).toEqual([]);
  });
});
