/** The console on several workers over one SQLite: each writes by itself beside the books' one writer, and sees what the others wrote. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { signedIn } from "../../src/console/people/fixtures.ts";
import type { SqliteDatabase } from "../../src/db/connect.ts";
import { openSqlite } from "../../src/db/sqlite.ts";
import { auditChain } from "../../src/ledger/audit-store.ts";
import { startGateway, type GatewayProcess } from "../client.ts";

let dataDir: string;
let gateway: GatewayProcess;
let database: SqliteDatabase;
let cookie: string;
beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), "farthing-console-workers-"));
  gateway = await startGateway({ dataDir, env: { WORKERS: "2", METRICS_PORT: "off" } });
  database = openSqlite({ file: path.join(dataDir, "farthing.db") });
  ({ cookie } = await signedIn(database, { role: "operator" }));
});
afterAll(async () => {
  await gateway.kill9();
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Each on a connection of its own, so that the workers share them. */
const ask = (target: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${gateway.url}/console/api${target}`, {
    ...init,
    headers: { cookie, connection: "close", origin: gateway.url, "content-type": "application/json" },
  });

const rename = async (name: string): Promise<number> => {
  const response = await ask("/admin/settings", { method: "PATCH", body: JSON.stringify({ name }) });
  await response.text();
  return response.status;
};

describe("two workers", () => {
  it("write settings at the same time, each once, with a log that is whole", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `House ${index}`);
    const statuses = await Promise.all(names.map(rename));
    expect(statuses).toEqual(names.map(() => 200));
    const { log, broken } = await auditChain(database);
    expect(broken).toEqual([]);
    expect(log.waiting).toBe(0);
    const [{ n } = { n: 0n }] = await database.kysely
      .selectFrom("audit_log")
      .select(({ fn }) => fn.countAll<bigint>().as("n"))
      .where("action", "in", ["storefront.created", "storefront.updated"])
      .execute();
    expect(Number(n)).toBe(names.length);
  });

  it("all show within a moment what one of them was told", async () => {
    expect(await rename("The last word")).toBe(200);
    const shown = async (): Promise<ReadonlySet<unknown>> => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask("/public/storefront")));
      const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { name: string }[];
      return new Set(bodies.map(({ name }) => name));
    };
    await expect.poll(shown, { timeout: 5_000 }).toEqual(new Set(["The last word"]));
  });
});
