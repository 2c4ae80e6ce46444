/** A gateway in this process on a fresh data folder, with an account and a key: for tests that need no process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SQLInputValue } from "node:sqlite";

import { stringify } from "yaml";

import { readConfig } from "../src/config.ts";
import { requestIdBytes } from "../src/id.ts";
import { startServer, type RunningServer, type ServerOptions } from "../src/server.ts";
import { databaseEnv } from "./database.ts";
import { expectBooksAgree, provision, type Provisioned } from "./provision.ts";
import { openReader } from "./reader.ts";

export interface TestGateway extends Provisioned {
  readonly url: string;
  readonly port: number;
  readonly server: RunningServer;
  readonly dataDir: string;
  /** What another process needs in its environment to open the same database, beside `dataDir`. */
  readonly storage: Readonly<Record<string, string>>;
  /** The stored row of a request; amounts are bigint. */
  row(requestId: string): Promise<Record<string, unknown>>;
  /** Rows of any query, for assertions. */
  query(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[];
  /** Posted balance of the account, in nano-units. */
  balance(): bigint;
  /** @throws when the books disagree: whatever a test did, the audit must be clean after it */
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  /** Decimal USD. */
  readonly credit?: string;
  /** The configuration file, as a value. */
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Limits and waits, shortened. */
  readonly server?: ServerOptions;
}

/** Rows are committed before a reply ends, but those of refused requests a moment later. */
const ROW_WAIT_MS = 5_000;

export const startTestGateway = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-test-"));
  const configFile = path.join(dataDir, "farthing.yaml");
  if (options.config !== undefined) writeFileSync(configFile, stringify(options.config));
  const storage = await databaseEnv();
  const env = {
    PORT: "0",
    METRICS_PORT: "0",
    FARTHING_DATA: dataDir,
    LOG_LEVEL: "silent",
    ...storage.env,
    ...(options.config === undefined ? {} : { FARTHING_CONFIG: configFile }),
    ...options.env,
  };
  const server = await startServer(readConfig(env, dataDir), {
    // Most tests make one upstream fail again and again, and want each failure to be seen; test/routing.test.ts wants it ejected.
    ejects: false,
    ...options.server,
  });
  const provisioned = await provision(server, { credit: options.credit ?? "10" });
  const reader = openReader(env);
  const query = (sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] => reader.query(sql, ...values);
  return {
    ...provisioned,
    url: server.url,
    port: server.port,
    server,
    dataDir,
    storage: storage.env,
    query,
    row: async (requestId) => {
      const id = requestIdBytes(requestId);
      if (id === null) throw new Error(`not a request id: ${requestId}`);
      for (const until = Date.now() + ROW_WAIT_MS; Date.now() < until;) {
        const [row] = query("select * from request where id = ?", id);
        if (row !== undefined) return row;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`no row for ${requestId}`);
    },
    balance: () => query("select balance from account where id = ?", provisioned.accountId)[0]?.["balance"] as bigint,
    close: async () => {
      await reader.close();
      try {
        await expectBooksAgree(server);
      } finally {
        await server.stop();
        await storage.remove();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  };
};
