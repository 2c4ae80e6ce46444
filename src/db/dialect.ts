/** Kysely over the built-in `node:sqlite`: one connection, write transactions that wait for the lock without blocking. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from "kysely";

import { whileBusy } from "./retry.ts";

/** Statements that stay prepared. Most texts are constants of the code; lists of filters and of values make the others. */
const MAX_PREPARED = 256;

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it reads: told by the columns that it returns. */
  readonly reads: boolean;
}

/** The one connection. Preparing takes longer than most statements run, so those that were used last are kept. */
class Connection implements DatabaseConnection {
  readonly #sqlite: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /** Runs one statement, waiting for the write lock if need be. Integers are returned as bigint. */
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    return whileBusy(() => {
      const { statement, reads } = this.#prepare(sql);
      const values = parameters as readonly SQLInputValue[];
      if (reads) return { rows: statement.all(...values) as R[] };
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    });
  }

  #prepare(sql: string): Prepared {
    let known = this.#prepared.get(sql);
    if (known === undefined) {
      const statement = this.#sqlite.prepare(sql);
      known = { statement, reads: statement.columns().length > 0 };
      if (this.#prepared.size >= MAX_PREPARED) {
        const [oldest] = this.#prepared.keys();
        if (oldest !== undefined) this.#prepared.delete(oldest);
      }
    } else this.#prepared.delete(sql);
    this.#prepared.set(sql, known);
    return known;
  }

  // oxlint-disable-next-line require-yield -- part of Kysely's interface; nothing here streams rows
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("rows are read in pages, not streamed");
  }

  async command(sql: string): Promise<void> {
    await whileBusy(() => {
      this.#sqlite.exec(sql);
    });
  }
}

const driver = (sqlite: DatabaseSync): Driver => {
  const connection = new Connection(sqlite);
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    // The lock is taken at the start: a transaction that began by reading could not wait for it later.
    beginTransaction: () => connection.command("begin immediate"),
    commitTransaction: () => connection.command("commit"),
    rollbackTransaction: () => connection.command("rollback"),
    releaseConnection: async () => {},
    destroy: async () => {
      sqlite.close();
    },
  };
};

/** The dialect for an open database. Kysely lets one query or transaction at a time through to its connection. */
export const nodeSqliteDialect = (sqlite: DatabaseSync): Dialect => ({
  createDriver: () => driver(sqlite),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (queries) => new SqliteIntrospector(queries),
});
