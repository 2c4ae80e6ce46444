/**
 * Opens the database. SQLite only, so far; stores see `Database` and nothing below it.
 *
 * There are two connections to the one file. `kysely` serves everything that awaits between its statements; `sqlite` serves the
 * ledger, whose transactions are one synchronous step each and so can never be mixed with another's.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Kysely, type Transaction } from "kysely";

import { nodeSqliteDialect } from "./dialect.ts";
import type { Schema } from "./schema.ts";
import { sqliteFault } from "./sqlite-error.ts";

/** A query builder on the database or inside a transaction of it: what most store functions take. */
export type Queries = Kysely<Schema>;

export interface Database {
  readonly kind: "sqlite";
  /** Absolute path of the database's file. */
  readonly file: string;
  readonly kysely: Queries;
  /** The ledger's own connection; never leave a transaction open on it across an `await`. */
  readonly sqlite: DatabaseSync;
  /**
   * Runs a write transaction, taking the write lock first and waiting up to 2 s for it. Inside, use the builder that is handed in:
   * `database.kysely` would wait for the transaction that it is called from.
   */
  transaction<T>(body: (queries: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** A number that changes whenever anybody but the ledger of this process has written to the file. */
  dataVersion(): number;
  /** Closes at once, without a checkpoint of anything in memory; a second call does nothing. */
  close(): void;
}

export interface DatabaseOptions {
  /** Path of the file; its folder is made when missing. */
  readonly file: string;
  /** True for a server: it alone may lend money out of this database, so a second one is refused. */
  readonly server?: boolean;
}

/** Another server has this database open. */
export class DatabaseInUse extends Error {
  override readonly name = "DatabaseInUse";
  constructor(file: string) {
    super(`Another server is using ${file}. Stop it first, or give this one its own FARTHING_DATA.`);
  }
}

/** The file cannot be opened or is not a database. The text is one line, fit to be shown. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
  constructor(file: string, cause: unknown) {
    super(`The database ${file} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}

/** Only while opening may a lock be waited for on the spot: nothing is served yet. */
const OPEN_WAIT_MS = 2_000;
const CACHE_KIB = 16_384;
/**
 * Pages in the log before a commit copies them into the database. Most are the same few, written again by each commit: the longer
 * the log, the fewer of them are copied. 16 MiB.
 */
const CHECKPOINT_PAGES = 4_096;

const PRAGMAS = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma foreign_keys = on;
  pragma trusted_schema = off;
  pragma temp_store = memory;
  pragma cache_size = -${CACHE_KIB};
  pragma busy_timeout = 0;
  pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
`;

const connection = (file: string): DatabaseSync => {
  const sqlite = new DatabaseSync(file, { readBigInts: true, timeout: OPEN_WAIT_MS });
  try {
    sqlite.exec(PRAGMAS);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return sqlite;
};

/**
 * Takes the server's lock: an exclusive lock of the operating system on a file beside the database, gone with the process however
 * it dies, so that there is no stale lock to judge. @throws DatabaseInUse
 */
const lockForServer = (file: string): DatabaseSync => {
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    lock.exec("pragma locking_mode = exclusive; begin exclusive;");
  } catch (error) {
    lock.close();
    throw sqliteFault(error) === "busy" ? new DatabaseInUse(file) : error;
  }
  return lock;
};

/** @throws DatabaseInUse, DatabaseUnusable */
export const openDatabase = (options: DatabaseOptions): Database => {
  const file = path.resolve(options.file);
  const open: DatabaseSync[] = [];
  const closeAll = (): void => {
    for (const handle of open.splice(0)) handle.close();
  };
  const keep = (handle: DatabaseSync): DatabaseSync => {
    open.unshift(handle);
    return handle;
  };
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if (options.server === true) keep(lockForServer(file));
    const sqlite = keep(connection(file));
    const kysely = new Kysely<Schema>({ dialect: nodeSqliteDialect(keep(connection(file))) });
    const version = sqlite.prepare("pragma data_version");
    return {
      kind: "sqlite",
      file,
      kysely,
      sqlite,
      transaction: (body) => kysely.transaction().execute(body),
      dataVersion: () => Number(version.get()?.["data_version"]),
      close: closeAll,
    };
  } catch (error) {
    closeAll();
    throw error instanceof DatabaseInUse ? error : new DatabaseUnusable(file, error);
  }
};
