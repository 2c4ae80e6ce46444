/**
 * What a database is: SQLite when nothing is configured, PostgreSQL when `DATABASE_URL` is set (docs/decisions/0012, 0019). Stores see
 * `Database` and nothing below it; only the ledger, whose hot path is written for each of them, asks which one it is.
 */
import type { DatabaseSync } from "node:sqlite";

import type { Kysely, Transaction } from "kysely";
import type { ClientBase, Pool } from "pg";

import type { Schema } from "./schema.ts";
import type { Watch, Watcher } from "./watch.ts";

/** A query builder on the database or inside a transaction of it: what most store functions take. */
export type Queries = Kysely<Schema>;

/** What both databases do. */
interface AnyDatabase {
  /** What to call it in messages: a path, or an address without user and password. */
  readonly name: string;
  readonly kysely: Queries;
  /**
   * Runs a write transaction. One at a time, on either database: the lock is taken first and waited for up to 2 s, so that what was
   * read inside stays true. The ledger's own transactions do not wait for it and are not waited for; what they change as well
   * must be changed by conditional statements. Inside, use the builder that is handed in: `database.kysely` would wait for the
   * transaction that it is called from. The body may run again after a deadlock, so it must do nothing but ask the database.
   */
  transaction<T>(body: (queries: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** A number that changes whenever anybody but the ledger has written. */
  dataVersion(): Promise<bigint>;
  /** Tells of changes of others, and of `transaction` of this process: at most 600 ms late while the database answers. */
  watch(watcher: Watcher): Promise<Watch>;
  /** Closes at once, without writing anything that is in memory; a second call does nothing. */
  close(): Promise<void>;
}

export interface SqliteDatabase extends AnyDatabase {
  readonly kind: "sqlite";
  /** Absolute path of the database's file. */
  readonly file: string;
  /** The ledger's own connection; never leave a transaction open on it across an `await`. */
  readonly sqlite: DatabaseSync;
}

export interface PostgresDatabase extends AnyDatabase {
  readonly kind: "postgres";
  /**
   * The ledger's own connections, apart from those of `kysely`, so that neither waits for the other. Integers are read as bigint. A
   * statement that failed as `away` (postgres-error.ts) leaves its connection unusable: release it with `true`.
   */
  readonly pool: Pool;
  /** Runs something on a connection of its own, which has no time limits and ends with it: migrations. */
  session<T>(body: (client: ClientBase) => Promise<T>): Promise<T>;
}

export type Database = SqliteDatabase | PostgresDatabase;

/** Another server has this database open. */
export class DatabaseInUse extends Error {
  override readonly name = "DatabaseInUse";
  constructor(file: string) {
    super(`Another server is using ${file}. Stop it first, or give this one its own FARTHING_DATA.`);
  }
}

/** An error without words of its own (a refused connection to several addresses) has a code. */
const wordsOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message !== "") return cause.message;
  return "code" in cause ? String(cause.code) : cause.name;
};

/** The database cannot be opened or is none. The text is one line, fit to be shown. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
  /** @param name the database's, without credentials. */
  constructor(name: string, cause: unknown) {
    super(`The database ${name} cannot be used: ${wordsOf(cause)}.`, { cause });
  }
}
