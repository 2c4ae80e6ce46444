/**
 * Opens SQLite: two connections to the one file. `kysely` serves everything that awaits between its statements; `sqlite` serves the
 * ledger, whose transactions are one synchronous step each and so can never be mixed with another's.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Kysely } from "kysely";

import { DatabaseInUse, DatabaseUnusable, type SqliteDatabase } from "./connect.ts";
import { nodeSqliteDialect } from "./dialect.ts";
import type { Schema } from "./schema.ts";
import { sqliteFault } from "./sqlite-error.ts";
import { watchVersion } from "./watch.ts";

export interface SqliteOptions {
  /** Path of the file; its folder is made when missing. */
  readonly file: string;
  /** True for a server: it alone may lend money out of this database, so a second one is refused. */
  readonly server?: boolean;
}

/** Only while opening may a lock be waited for on the spot: nothing is served yet. */
const OPEN_WAIT_MS = 2_000;
const CACHE_KIB = 16_384;
/**
 * Pages in the log before a commit copies them into the database. Most are the same few, written again by each commit: the longer
 * the log, the fewer of them are copied. 16 MiB.
 */
const CHECKPOINT_PAGES = 4_096;
/** How often changes of others are looked for; well below the promised second. */
const POLL_MS = 200;

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
export const openSqlite = (options: SqliteOptions): SqliteDatabase => {
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
    const dataVersion = async (): Promise<bigint> => version.get()?.["data_version"] as bigint;
    return {
      kind: "sqlite",
      name: file,
      file,
      kysely,
      sqlite,
      transaction: (body) => kysely.transaction().execute(body),
      dataVersion,
      watch: (watcher) => watchVersion(dataVersion, watcher, POLL_MS),
      close: async () => {
        closeAll();
      },
    };
  } catch (error) {
    closeAll();
    throw error instanceof DatabaseInUse ? error : new DatabaseUnusable(file, error);
  }
};
