/** The thread of `reader.ts`: asks PostgreSQL and wakes the thread that waits for the answer. */
import { workerData, type MessagePort } from "node:worker_threads";

import { openPostgres } from "../src/db/postgres.ts";
import { parsePostgresUrl } from "../src/postgres-address.ts";

interface Data {
  readonly url: string;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

const { url, port, signal } = workerData as Data;
const opening = openPostgres(parsePostgresUrl(url));

const answer = async (sql: string, values: readonly unknown[]): Promise<object> => {
  try {
    const { pool } = await opening;
    return { rows: (await pool.query<Record<string, unknown>>(sql, [...values])).rows };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};

port.on("message", ({ sql, values }: { readonly sql: string; readonly values: readonly unknown[] }) => {
  void answer(sql, values).then((message) => {
    port.postMessage(message);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
});
