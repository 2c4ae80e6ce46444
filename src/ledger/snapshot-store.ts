/** Reads the whole database as of one moment, blocking nobody who writes: for audits, which compare what different tables say. */
import { DatabaseSync } from "node:sqlite";

import type { Database, PostgresDatabase, SqliteDatabase } from "../db/connect.ts";

const OPEN_WAIT_MS = 2_000;
/**
 * PostgreSQL's advisory lock of whoever gives up requests, shared by whoever reads everything: a table that is dropped is gone for
 * snapshots that are older as well.
 */
export const RETENTION_LOCK = 0x66_61_72_03;

export type Row = Readonly<Record<string, unknown>>;

/** Reads rows in one snapshot. Values stand for $1, $2 … */
export type Read = (sql: string, ...values: (bigint | Uint8Array)[]) => Row[] | Promise<Row[]>;

/** A reader of its own: the ledger's connection must not be left in a transaction. */
const ofSqlite = async <T>({ file }: SqliteDatabase, body: (read: Read) => Promise<T>): Promise<T> => {
  const sqlite = new DatabaseSync(file, { readBigInts: true, readOnly: true, timeout: OPEN_WAIT_MS });
  try {
    sqlite.exec("begin");
    return await body((sql, ...values) => sqlite.prepare(sql.replaceAll("$", "?")).all(...values));
  } finally {
    sqlite.close();
  }
};

const ofPostgres = <T>(database: PostgresDatabase, body: (read: Read) => Promise<T>): Promise<T> =>
  database.session(async (client) => {
    // Of the connection, which ends with this: taken inside the transaction it would come after the snapshot.
    await client.query(`select pg_advisory_lock_shared(${RETENTION_LOCK})`);
    await client.query("begin isolation level repeatable read read only");
    const result = await body(async (sql, ...values) => (await client.query<Row>(sql, values)).rows);
    await client.query("commit");
    return result;
  });

/** Runs a reader on one snapshot, on a connection of its own. On SQLite its statements keep the thread until each is done. */
export const inSnapshot = <T>(database: Database, body: (read: Read) => Promise<T>): Promise<T> =>
  database.kind === "sqlite" ? ofSqlite(database, body) : ofPostgres(database, body);
