import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DatabaseInUse, DatabaseUnusable, type Database } from "./connect.ts";
import { scratchFolder, type Scratch } from "./fixtures.ts";
import { migrate } from "./migrate.ts";

let scratch: Scratch;
beforeEach(() => {
  scratch = scratchFolder();
});
afterEach(() => {
  scratch.remove();
});

const entry = { at: 1, actor: "t", action: "t", object: "t", detail: "{}" };
const countEntries = async (database: Database): Promise<number> =>
  (await database.kysely.selectFrom("audit_log").selectAll().execute()).length;

describe("openDatabase", () => {
  it("lets one server in, any number of others beside it, and the next server once it is gone", () => {
    const server = scratch.open({ server: true });
    expect(() => scratch.open({ server: true })).toThrow(DatabaseInUse);
    scratch.open();
    server.close();
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
});

describe("transaction", () => {
  it("commits what it did, or nothing", async () => {
    const database = scratch.open();
    await migrate(database);
    await database.transaction((queries) => queries.insertInto("audit_log").values(entry).execute());
    const failing = database.transaction(async (queries) => {
      await queries.insertInto("audit_log").values(entry).execute();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await countEntries(database)).toBe(1);
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
    await database.transaction((queries) => queries.insertInto("audit_log").values(entry).execute());
    clearInterval(ticker);
    expect(ticks).toBeGreaterThanOrEqual(5);
    expect(await countEntries(database)).toBe(1);
  });

  it("two at once take turns", async () => {
    const database = scratch.open();
    await migrate(database);
    const add = () =>
      database.transaction(async (queries) => {
        const seen = (await queries.selectFrom("audit_log").selectAll().execute()).length;
        await new Promise(setImmediate);
        await queries
          .insertInto("audit_log")
          .values({ ...entry, object: String(seen) })
          .execute();
      });
    await Promise.all([add(), add(), add()]);
    const rows = await database.kysely.selectFrom("audit_log").select("object").orderBy("id").execute();
    expect(rows.map(({ object }) => object)).toEqual(["0", "1", "2"]);
  });
});

it("dataVersion moves with the writes of others, not with the ledger's own", async () => {
  const database = scratch.open();
  await migrate(database);
  const start = database.dataVersion();
  const insert = "insert into audit_log (at, actor, action, object, detail) values (1, 't', 't', 't', '{}')";
  database.sqlite.exec(insert);
  expect(database.dataVersion()).toBe(start);
  scratch.open().sqlite.exec(insert);
  const second = database.dataVersion();
  expect(second).not.toBe(start);
  await database.kysely.insertInto("audit_log").values(entry).execute();
  expect(database.dataVersion()).not.toBe(second);
});

it("integers beyond 2^53 are read exactly (I-1)", async () => {
  const database = scratch.open();
  await migrate(database);
  database.sqlite.exec("update account set balance = 9007199254740993 where id = 1");
  const { balance } = await database.kysely
    .selectFrom("account")
    .select("balance")
    .where("id", "=", 1n)
    .executeTakeFirstOrThrow();
  expect(balance).toBe(9_007_199_254_740_993n);
});
