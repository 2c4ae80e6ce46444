/**
 * Reads a running gateway's database for assertions, as somebody else would: SQLite's file through a connection of its own,
 * PostgreSQL through a thread of its own, so that both answer at once and tests read the same on either.
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

import { databaseFile } from "../src/config.ts";

export interface Reader {
  /** The rows of one statement with `?` for its values; integers are bigint. */
  query(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[];
  close(): Promise<void>;
}

/** Longest wait for an answer of PostgreSQL. */
const ANSWER_MS = 30_000;

interface Answer {
  readonly rows?: Record<string, unknown>[];
  readonly error?: string;
}

/** `?` as PostgreSQL numbers it. Test queries hold no question mark in a text. */
const numbered = (sql: string): string =>
  sql
    .split("?")
    .map((part, index) => (index === 0 ? part : `$${index}${part}`))
    .join("");

/** @param url as in `DATABASE_URL` */
const readPostgres = (url: string): Reader => {
  const { port1: port, port2: theirs } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { url, port: theirs, signal };
  const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), { workerData, transferList: [theirs] });
  worker.unref();
  return {
    query: (sql, ...values) => {
      Atomics.store(signal, 0, 0);
      port.postMessage({ sql: numbered(sql), values });
      Atomics.wait(signal, 0, 0, ANSWER_MS);
      const answer = receiveMessageOnPort(port)?.message as Answer | undefined;
      if (answer?.rows === undefined) throw new Error(`${answer?.error ?? "no answer"}: ${sql}`);
      return answer.rows;
    },
    close: async () => {
      port.close();
      await worker.terminate();
    },
  };
};

const readSqlite = (file: string): Reader => {
  const reader = new DatabaseSync(file, { readOnly: true, readBigInts: true });
  return {
    query: (sql, ...values) => reader.prepare(sql).all(...values),
    close: async () => {
      reader.close();
    },
  };
};

/** @param env of the gateway: where its data is */
export const openReader = (env: Readonly<Record<string, string>>): Reader => {
  const { DATABASE_URL: url, FARTHING_DATA: dataDir = "" } = env;
  return url === undefined ? readSqlite(databaseFile({ dataDir })) : readPostgres(url);
};
