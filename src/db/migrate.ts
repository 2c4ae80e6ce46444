/** Brings a database to the shape that this code needs: append-only SQL files, each applied once, in one transaction. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";

import type { ClientBase } from "pg";

import { DatabaseUnusable, type Database, type PostgresDatabase, type SqliteDatabase } from "./connect.ts";
import { whileBusy } from "./retry.ts";

const MIGRATIONS = path.join(import.meta.dirname, "..", "..", "migrations");

/** The migrations that come with the code: a folder for each kind of database. */
export const MIGRATIONS_DIRS = {
  sqlite: path.join(MIGRATIONS, "sqlite"),
  postgres: path.join(MIGRATIONS, "postgres"),
} as const satisfies Record<Database["kind"], string>;

/** The advisory lock under which PostgreSQL is migrated; any number that nobody else uses in this database. */
const MIGRATION_LOCK = 0x66_61_72_02;

/** The database was written by a newer version of the code. */
export class DatabaseTooNew extends Error {
  override readonly name = "DatabaseTooNew";
  constructor(database: string, migration: string) {
    super(
      `The database ${database} was written by a newer version (migration ${migration}). Update the program to use it.`,
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

const TABLE = {
  sqlite: `
    create table if not exists migration (
      id integer primary key,
      name text not null,
      checksum text not null,
      applied_at integer not null
    ) strict`,
  postgres: `
    create table migration (
      id integer primary key,
      name text not null,
      checksum text not null,
      applied_at bigint not null
    )`,
} as const;

const APPLIED = "select id, name, checksum from migration";

interface Applied {
  readonly name: string;
  readonly checksum: string;
}

const appliedOf = (rows: readonly Record<string, unknown>[]): Map<number, Applied> =>
  new Map(
    rows.map((row) => [Number(row["id"]), { name: String(row["name"]), checksum: String(row["checksum"]) }] as const),
  );

/** What was applied must be a beginning of what the code has. @throws DatabaseTooNew, MigrationChanged */
const check = (
  { name: database }: Database,
  migrations: readonly Migration[],
  applied: ReadonlyMap<number, Applied>,
): void => {
  for (const [id, { name, checksum }] of applied) {
    const ours = migrations[id - 1];
    if (ours === undefined) throw new DatabaseTooNew(database, name);
    if (ours.checksum !== checksum) throw new MigrationChanged(name);
  }
};

/** Applies the first migration that is missing. @returns its name, or null when none is missing. */
const applyNextSqlite = (database: SqliteDatabase, migrations: readonly Migration[]): string | null => {
  const { sqlite } = database;
  sqlite.exec("begin immediate");
  try {
    sqlite.exec(TABLE.sqlite);
    const applied = appliedOf(sqlite.prepare(APPLIED).all());
    check(database, migrations, applied);
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

/** Asked first: who may not create tables may still use a database that somebody else has migrated. */
const hasTable = async (client: ClientBase): Promise<boolean> => {
  const { rows } = await client.query<{ name: string | null }>("select to_regclass('migration')::text as name");
  return rows[0]?.name !== null;
};

const readPostgres = async (client: ClientBase): Promise<Map<number, Applied>> =>
  (await hasTable(client)) ? appliedOf((await client.query<Record<string, unknown>>(APPLIED)).rows) : new Map();

/** As `applyNextSqlite`; whoever comes second waits until the first is done. */
const applyNextPostgres = async (
  database: PostgresDatabase,
  client: ClientBase,
  migrations: readonly Migration[],
): Promise<string | null> => {
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const applied = await readPostgres(client);
    check(database, migrations, applied);
    const next = migrations.find(({ id }) => !applied.has(id));
    if (next !== undefined) {
      if (!(await hasTable(client))) await client.query(TABLE.postgres);
      await client.query(next.sql);
      await client.query("insert into migration (id, name, checksum, applied_at) values ($1, $2, $3, $4)", [
        next.id,
        next.name,
        next.checksum,
        Date.now(),
      ]);
    }
    await client.query("commit");
    return next?.name ?? null;
  } catch (error) {
    await client.query("rollback").catch(() => undefined); // The connection itself may be what failed.
    throw error;
  }
};

/** Calls a step until it has nothing left to apply. */
const untilNone = async (step: () => Promise<string | null>): Promise<string[]> => {
  const done: string[] = [];
  for (let name = await step(); name !== null; name = await step()) done.push(name);
  return done;
};

const isOurs = (error: unknown): boolean => error instanceof DatabaseTooNew || error instanceof MigrationChanged;

/**
 * Applies what is missing, one transaction per file; several processes may do so at once.
 * @param dir another folder than the code's own.
 * @returns the names of the applied files.
 * @throws DatabaseTooNew, MigrationChanged; DatabaseUnusable on PostgreSQL, the failing statement's error on SQLite.
 */
export const migrate = async (
  database: Database,
  dir: string = MIGRATIONS_DIRS[database.kind],
): Promise<readonly string[]> => {
  const migrations = readMigrations(dir);
  if (database.kind === "sqlite") return await untilNone(() => whileBusy(() => applyNextSqlite(database, migrations)));
  try {
    return await database.session((client) => untilNone(() => applyNextPostgres(database, client, migrations)));
  } catch (error) {
    // Mostly a user without the right to create tables.
    throw isOurs(error) ? error : new DatabaseUnusable(database.name, error);
  }
};

export interface MigrationState {
  readonly applied: readonly string[];
  readonly missing: readonly string[];
}

const readSqlite = (sqlite: DatabaseSync): Map<number, Applied> =>
  sqlite.prepare("select 1 from sqlite_schema where name = 'migration'").get() === undefined
    ? new Map()
    : appliedOf(sqlite.prepare(APPLIED).all());

/** Which migrations are applied and which are not; changes nothing. @throws DatabaseTooNew, MigrationChanged */
export const migrationState = async (
  database: Database,
  dir: string = MIGRATIONS_DIRS[database.kind],
): Promise<MigrationState> => {
  const migrations = readMigrations(dir);
  const applied =
    database.kind === "sqlite" ? readSqlite(database.sqlite) : await database.session((client) => readPostgres(client));
  check(database, migrations, applied);
  const names = (wanted: boolean): string[] =>
    migrations.filter(({ id }) => applied.has(id) === wanted).map(({ name }) => name);
  return { applied: names(true), missing: names(false) };
};
