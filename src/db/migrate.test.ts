import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { scratchFolder, type Scratch } from "./fixtures.ts";
import { DatabaseTooNew, migrate, MigrationChanged, MIGRATIONS_DIR, migrationState } from "./migrate.ts";

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
    expect(migrationState(database, dir)).toEqual({ applied: [], missing: ["0001_one.sql"] });
    expect(await migrate(database, dir)).toEqual(["0001_one.sql"]);
    write("0002_two.sql", "insert into one values (1);");
    expect(await migrate(database, dir)).toEqual(["0002_two.sql"]);
    expect(await migrate(database, dir)).toEqual([]);
    expect(migrationState(database, dir).applied).toEqual(["0001_one.sql", "0002_two.sql"]);
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
    await expect(migrate(database, MIGRATIONS_DIR)).rejects.toThrow(DatabaseTooNew);
  });

  it("two processes may migrate the same file at once", async () => {
    const [a, b] = [scratch.open(), scratch.open()];
    const [first, second] = await Promise.all([migrate(a), migrate(b)]);
    expect([...first, ...second].sort()).toEqual(migrationState(a).applied);
  });

  it("refuses files with gaps in their numbers", async () => {
    write("0002_two.sql", "select 1;");
    await expect(migrate(scratch.open(), dir)).rejects.toThrow("gaps");
  });
});
