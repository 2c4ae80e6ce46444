import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DatabaseInUse, DatabaseUnusable, type Database } from "./connect.ts";
import { DATABASES, script, scratchFolder, testDatabase, type Scratch, type TestDatabase } from "./fixtures.ts";
import { migrate } from "./migrate.ts";
import type { Watch } from "./watch.ts";

const entry = { at: 1, actor: "t", action: "t", object: "t", detail: "{}" };
const INSERT = "insert into audit_log (at, actor, action, object, detail) values (1, 't', 't', 't', '{}')";
const countEntries = async (database: Database): Promise<number> =>
  (await database.kysely.selectFrom("audit_log").selectAll().execute()).length;
const add = (database: Database): Promise<unknown> =>
  database.transaction((queries) => queries.insertInto("audit_log").values(entry).execute());

describe("SQLite", () => {
  let scratch: Scratch;
  beforeEach(() => {
    scratch = scratchFolder();
  });
  afterEach(() => {
    scratch.remove();
  });

  it("lets one server in, any number of others beside it, and the next server once it is gone", async () => {
    const server = scratch.open({ server: true });
    expect(() => scratch.open({ server: true })).toThrow(DatabaseInUse);
    scratch.open();
    await server.close();
    scratch.open({ server: true });
  });

  it("says what is wrong with a file that is no database", () => {
    writeFileSync(scratch.file, "this is not a database, and it is long enough to be looked at as one ".repeat(20));
    expect(() => scratch.open()).toThrow(DatabaseUnusable);
  });

  it("syncs fully, keeps foreign keys, and never blocks on a lock", () => {
    const { sqlite } = scratch.open();
    expect(sqlite.prepare("pragma synchronous").get()).toMatchObject({ synchronous: 2n });
    expect(sqlite.prepare("pragma foreign_keys").get()).toMatchObject({ foreign_keys: 1n });
    expect(sqlite.prepare("pragma journal_mode").get()).toMatchObject({ journal_mode: "wal" });
    expect(sqlite.prepare("pragma busy_timeout").get()).toMatchObject({ timeout: 0n });
  });

  it("waits for another connection's lock without blocking the event loop (A14)", async () => {
    const database = scratch.open();
    await migrate(database);
    const other = scratch.open();
    other.sqlite.exec("begin immediate");
    let ticks = 0;
    const ticker = setInterval(() => {
      ticks++;
      if (ticks === 5) other.sqlite.exec("commit");
    }, 1);
    await add(database);
    clearInterval(ticker);
    expect(ticks).toBeGreaterThanOrEqual(5);
    expect(await countEntries(database)).toBe(1);
  });
});

describe.each(DATABASES)("on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    database = test.database;
  });
  afterEach(() => test.remove());

  it("a transaction commits what it did, or nothing", async () => {
    await add(database);
    const failing = database.transaction(async (queries) => {
      await queries.insertInto("audit_log").values(entry).execute();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await countEntries(database)).toBe(1);
  });

  it("transactions take turns, also those of two processes", async () => {
    const other = await test.open();
    const addSeen = (on: Database) =>
      on.transaction(async (queries) => {
        const seen = (await queries.selectFrom("audit_log").selectAll().execute()).length;
        await new Promise(setImmediate);
        await queries
          .insertInto("audit_log")
          .values({ ...entry, object: String(seen) })
          .execute();
      });
    await Promise.all([addSeen(database), addSeen(other), addSeen(database), addSeen(other)]);
    const rows = await database.kysely.selectFrom("audit_log").select("object").orderBy("id").execute();
    expect(rows.map(({ object }) => object)).toEqual(["0", "1", "2", "3"]);
  });

  it("the data version moves with what others write, not with the ledger's own nor with nothing", async () => {
    const other = await test.open();
    const start = await database.dataVersion();
    await script(database, INSERT);
    await other.transaction((queries) => queries.selectFrom("account").selectAll().execute());
    expect(await database.dataVersion()).toBe(start);
    await add(other);
    const second = await database.dataVersion();
    expect(second).not.toBe(start);
    await add(database);
    expect(await database.dataVersion()).not.toBe(second);
  });

  it("a watcher is told of others' changes, one after another, and again when it failed", async () => {
    const other = await test.open();
    const failures: unknown[] = [];
    let seen = 0;
    let [told, isFirst] = [(): void => undefined, true];
    const watch: Watch = await database.watch({
      changed: async () => {
        if (isFirst) {
          isFirst = false;
          throw new Error("not yet");
        }
        seen = await countEntries(database);
        told();
      },
      failed: (error) => failures.push(error),
    });
    for (const count of [1, 2]) {
      const heard = new Promise<void>((resolve) => {
        told = () => {
          if (seen === count) resolve();
        };
      });
      await add(other);
      await heard;
    }
    await watch.stop();
    await add(other);
    watch.look();
    expect(failures).toHaveLength(1);
  });

  it("integers beyond 2^53 are read exactly, sums too (I-1)", async () => {
    await script(database, "update account set balance = 9007199254740993 where id in (1, 2)");
    const { balance } = await database.kysely
      .selectFrom("account")
      .select(({ fn }) => fn.sum<bigint>("balance").as("balance"))
      .executeTakeFirstOrThrow();
    expect(balance).toBe(18_014_398_509_481_986n);
  });

  it("bytes, nulls and texts come back as they went", async () => {
    const values = { code_hash: Buffer.alloc(32, 0xf0), created_at: 1, expires_at: 2, claimed_at: null };
    await database.kysely.insertInto("admin_claim").values(values).execute();
    const row = await database.kysely.selectFrom("admin_claim").selectAll().executeTakeFirstOrThrow();
    expect(Buffer.from(row.code_hash).equals(values.code_hash)).toBe(true);
    expect(row).toMatchObject({ created_at: 1n, expires_at: 2n, claimed_at: null });
  });

  it("the audit log, the prices and what was charged are append-only (I-22)", async () => {
    await add(database);
    await script(
      database,
      "insert into price (id, model, base, tiers, rounding, valid_from) values (7, 'm', '{}', '[]', '{}', 0)",
    );
    for (const [table, change] of [
      ["audit_log", "actor = 'x'"],
      ["price", "model = 'x'"],
    ] as const) {
      await expect(script(database, `update ${table} set ${change}`)).rejects.toThrow("never changed");
      await expect(script(database, `delete from ${table}`)).rejects.toThrow("never deleted");
    }
  });

  it("a second close does nothing", async () => {
    await database.close();
    await expect(database.close()).resolves.toBeUndefined();
  });
});
