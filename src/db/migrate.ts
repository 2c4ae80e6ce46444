/** Brings a database to the shape that this code needs: append-only SQL files, each applied once, in one transaction. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";

import type { Database } from "./connect.ts";
import { whileBusy } from "./retry.ts";

/** The migrations that come with the code. */
export const MIGRATIONS_DIR = path.join(import.meta.dirname, "..", "..", "migrations", "sqlite");

/** The database was written by a newer version of the code. */
export class DatabaseTooNew extends Error {
  override readonly name = "DatabaseTooNew";
  constructor(file: string, migration: string) {
    super(
      `The database ${file} was written by a newer version (migration ${migration}). Update the program to use it.`,
    );
  }
}

/** An applied migration is not the one that this code has: its file was edited. */
export class MigrationChanged extends Error {
  override readonly name = "MigrationChanged";
  constructor(migration: string) {
    super(`The migration ${migration} was changed after it was applied. Migrations are never edited; add a new one.`);
  }
}

interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

const readMigrations = (dir: string): Migration[] => {
  const found: Migration[] = [];
  for (const name of readdirSync(dir).sort()) {
    const match = FILE_NAME.exec(name);
    if (match === null) continue;
    const sql = readFileSync(path.join(dir, name), "utf8").replaceAll("\r\n", "\n");
    found.push({ id: Number(match[1]), name, sql, checksum: createHash("sha256").update(sql).digest("hex") });
  }
  found.forEach(({ id, name }, index) => {
    if (id !== index + 1) throw new Error(`migrations must be numbered without gaps: ${name}`);
  });
  return found;
};

const TABLE = `
  create table if not exists migration (
    id integer primary key,
    name text not null,
    checksum text not null,
    applied_at integer not null
  ) strict
`;

interface Applied {
  readonly name: string;
  readonly checksum: string;
}

const readApplied = (sqlite: DatabaseSync): Map<number, Applied> =>
  new Map(
    sqlite
      .prepare("select id, name, checksum from migration")
      .all()
      .map((row) => [Number(row["id"]), { name: String(row["name"]), checksum: String(row["checksum"]) }]),
  );

/** What was applied must be a beginning of what the code has. @throws DatabaseTooNew, MigrationChanged */
const check = (file: string, migrations: readonly Migration[], applied: ReadonlyMap<number, Applied>): void => {
  for (const [id, { name, checksum }] of applied) {
    const ours = migrations[id - 1];
    if (ours === undefined) throw new DatabaseTooNew(file, name);
    if (ours.checksum !== checksum) throw new MigrationChanged(name);
  }
};

/** Applies the first migration that is missing. @returns its name, or null when none is missing. */
const applyNext = ({ sqlite, file }: Database, migrations: readonly Migration[]): string | null => {
  sqlite.exec("begin immediate");
  try {
    sqlite.exec(TABLE);
    const applied = readApplied(sqlite);
    check(file, migrations, applied);
    const next = migrations.find(({ id }) => !applied.has(id));
    if (next !== undefined) {
      sqlite.exec(next.sql);
      sqlite
        .prepare("insert into migration (id, name, checksum, applied_at) values (?, ?, ?, ?)")
        .run(next.id, next.name, next.checksum, Date.now());
    }
    sqlite.exec("commit");
    return next?.name ?? null;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec("rollback");
    throw error;
  }
};

/**
 * Applies what is missing, one transaction per file; several processes may do so at once.
 * @returns the names of the applied files. @throws DatabaseTooNew, MigrationChanged, or the first failing statement's error.
 */
export const migrate = async (database: Database, dir: string = MIGRATIONS_DIR): Promise<readonly string[]> => {
  const migrations = readMigrations(dir);
  const done: string[] = [];
  for (;;) {
    const name = await whileBusy(() => applyNext(database, migrations));
    if (name === null) return done;
    done.push(name);
  }
};

export interface MigrationState {
  readonly applied: readonly string[];
  readonly missing: readonly string[];
}

/** Which migrations are applied and which are not; changes nothing. @throws DatabaseTooNew, MigrationChanged */
export const migrationState = ({ sqlite, file }: Database, dir: string = MIGRATIONS_DIR): MigrationState => {
  const migrations = readMigrations(dir);
  const exists = sqlite.prepare("select 1 from sqlite_schema where name = 'migration'").get() !== undefined;
  const applied = exists ? readApplied(sqlite) : new Map<number, Applied>();
  check(file, migrations, applied);
  const names = (wanted: boolean): string[] =>
    migrations.filter(({ id }) => applied.has(id) === wanted).map(({ name }) => name);
  return { applied: names(true), missing: names(false) };
};
