import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES, rowsOf, scratchFolder, testDatabase, type Scratch, type TestDatabase } from "./fixtures.ts";
import { DatabaseTooNew, migrate, MigrationChanged, MIGRATIONS_DIRS, migrationState } from "./migrate.ts";

let scratch: Scratch;
let dir: string;
beforeEach(() => {
  scratch = scratchFolder();
  dir = path.join(scratch.folder, "migrations");
  mkdirSync(dir);
});
afterEach(() => {
  scratch.remove();
});

const write = (name: string, sql: string): void => {
  writeFileSync(path.join(dir, name), sql);
};

describe("migrate", () => {
  it("applies each file once, in order", async () => {
    write("0001_one.sql", "create table one (id integer primary key) strict;");
    const database = scratch.open();
    expect(await migrationState(database, dir)).toEqual({ applied: [], missing: ["0001_one.sql"] });
    expect(await migrate(database, dir)).toEqual(["0001_one.sql"]);
    write("0002_two.sql", "insert into one values (1);");
    expect(await migrate(database, dir)).toEqual(["0002_two.sql"]);
    expect(await migrate(database, dir)).toEqual([]);
    expect((await migrationState(database, dir)).applied).toEqual(["0001_one.sql", "0002_two.sql"]);
  });

  it("leaves nothing of a file that fails", async () => {
    write("0001_bad.sql", "create table one (id integer primary key) strict; insert into nowhere values (1);");
    const database = scratch.open();
    await expect(migrate(database, dir)).rejects.toThrow("nowhere");
    expect(database.sqlite.prepare("select name from sqlite_schema").all()).toEqual([]);
  });

  it("refuses an edited file", async () => {
    write("0001_one.sql", "create table one (id integer primary key) strict;");
    const database = scratch.open();
    await migrate(database, dir);
    write("0001_one.sql", "create table one (id integer primary key, more text) strict;");
    await expect(migrate(database, dir)).rejects.toThrow(MigrationChanged);
  });

  it("refuses a database that a newer version wrote", async () => {
    const database = scratch.open();
    await migrate(database);
    write("0001_one.sql", "create table one (id integer primary key) strict;");
    write("0002_two.sql", "create table two (id integer primary key) strict;");
    database.sqlite.exec(
      "insert into migration (id, name, checksum, applied_at) values (9999, '9999_future.sql', 'x', 0)",
    );
    await expect(migrate(database, MIGRATIONS_DIRS.sqlite)).rejects.toThrow(DatabaseTooNew);
  });

  it("refuses files with gaps in their numbers", async () => {
    write("0002_two.sql", "select 1;");
    await expect(migrate(scratch.open(), dir)).rejects.toThrow("gaps");
  });
});

describe.each(DATABASES)("migrate on %s", (kind) => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await testDatabase(kind, { isEmpty: true });
  });
  afterEach(() => test.remove());

  it("two processes may migrate the same database at once", async () => {
    const other = await test.open();
    const [first, second] = await Promise.all([migrate(test.database), migrate(other)]);
    const state = await migrationState(test.database);
    expect([...first, ...second].sort()).toEqual(state.applied);
    expect(state.missing).toEqual([]);
    expect(await migrate(other)).toEqual([]);
  });

  it("applies each file once, leaves nothing of one that fails, refuses an edited one and a newer database", async () => {
    const { database } = test;
    const dir = path.join(path.dirname(test.file), "migrations");
    mkdirSync(dir);
    const put = (name: string, sql: string): void => {
      writeFileSync(path.join(dir, name), sql);
    };
    put("0001_one.sql", "create table one (id integer primary key);");
    expect(await migrationState(database, dir)).toEqual({ applied: [], missing: ["0001_one.sql"] });
    expect(await migrate(database, dir)).toEqual(["0001_one.sql"]);
    put("0002_bad.sql", "create table two (id integer primary key); insert into nowhere values (1);");
    await expect(migrate(database, dir)).rejects.toThrow("nowhere");
    await expect(rowsOf(database, "select * from two")).rejects.toThrow("two");
    put("0002_bad.sql", "create table two (id integer primary key);");
    expect(await migrate(database, dir)).toEqual(["0002_bad.sql"]);
    put("0001_one.sql", "create table one (id integer primary key, more text);");
    await expect(migrate(database, dir)).rejects.toThrow(MigrationChanged);
    put("0001_one.sql", "create table one (id integer primary key);");
    rmSync(path.join(dir, "0002_bad.sql"));
    await expect(migrate(database, dir)).rejects.toThrow(DatabaseTooNew);
  });
});
