/** A database of its own for a test, of either kind, that goes when the test is over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type { PostgresAddress } from "../postgres-address.ts";
import type { Database, SqliteDatabase } from "./connect.ts";
import { createPostgres } from "./fixtures-postgres.ts";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open.ts";
import { openSqlite } from "./sqlite.ts";

/** Tests of stores run on each: `describe.each(DATABASES)("… on %s", (kind) => …)`. */
export const DATABASES = ["sqlite", "postgres"] as const satisfies readonly Database["kind"][];

export interface Scratch {
  readonly folder: string;
  readonly file: string;
  /** Opens the file once more; closed with the rest. */
  open(options?: { readonly server?: boolean }): SqliteDatabase;
  remove(): void;
}

/** A folder with no database in it yet. */
export const scratchFolder = (): Scratch => {
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-db-"));
  const file = path.join(folder, "farthing.db");
  const opened: SqliteDatabase[] = [];
  return {
    folder,
    file,
    open: ({ server = false } = {}) => {
      const database = openSqlite({ file, server });
      opened.push(database);
      return database;
    },
    remove: () => {
      for (const database of opened) void database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export interface TestDatabase {
  /** Migrated, and opened as a server. */
  readonly database: Database;
  /** What opens it again: PostgreSQL's address and null, or null and SQLite's file. */
  readonly postgres: PostgresAddress | null;
  readonly file: string;
  /** What a process finds it by. */
  readonly env: Readonly<Record<string, string>>;
  /** Opens it once more; closed with the rest. */
  open(options?: { readonly server?: boolean }): Promise<Database>;
  /** Closes what was opened and takes the database away. */
  remove(): Promise<void>;
}

/** @param isEmpty true: without migrations. */
export const testDatabase = async (
  kind: Database["kind"],
  { isEmpty = false }: { readonly isEmpty?: boolean } = {},
): Promise<TestDatabase> => {
  const server = kind === "postgres" ? await createPostgres({ isEmpty }) : null;
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-db-"));
  const file = path.join(folder, "farthing.db");
  const postgres = server?.address ?? null;
  const opened: Database[] = [];
  const open = async (options: { readonly server?: boolean } = {}): Promise<Database> => {
    const database = await openDatabase({ postgres, file, ...options });
    opened.push(database);
    return database;
  };
  const database = await open({ server: true });
  if (!isEmpty) await migrate(database);
  return {
    database,
    postgres,
    file,
    env: server === null ? { FARTHING_DATA: folder } : { FARTHING_DATA: folder, DATABASE_URL: server.url },
    open,
    remove: async () => {
      for (const each of opened) await each.close();
      await server?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Runs statements as they stand, in the words of the database; several are separated by semicolons. */
export const script = async (database: Database, text: string): Promise<void> => {
  if (database.kind === "sqlite") database.sqlite.exec(text);
  else await database.pool.query(text);
};

/** The rows of one statement without parameters. */
export const rowsOf = async <Row = Record<string, unknown>>(database: Database, text: string): Promise<Row[]> =>
  database.kind === "sqlite"
    ? (database.sqlite.prepare(text).all() as Row[])
    : ((await database.pool.query(text)).rows as Row[]);
