/** The first start may be killed anywhere: the next one finishes it, and no money is made twice. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createAccount, listAccounts } from "../src/accounts/store.ts";
import { readConfig } from "../src/config.ts";
import { firstStart } from "../src/first-start.ts";
import { audit } from "../src/ledger/audit-store.ts";
import { credit } from "../src/ledger/credit-store.ts";
import { parseNano } from "../src/money.ts";
import { startServer, type RunningServer } from "../src/server.ts";
import { databaseEnv, type TestStorage } from "./database.ts";

let dir: string;
let storage: TestStorage;
let server: RunningServer;
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "farthing-first-"));
  storage = await databaseEnv({ isEmpty: true });
  const env = { PORT: "0", METRICS_PORT: "off", FARTHING_DATA: dir, LOG_LEVEL: "silent", ...storage.env };
  server = await startServer(readConfig(env, dir));
});
afterEach(async () => {
  expect((await audit(server.database)).disagreements).toEqual([]);
  await server.stop();
  await storage.remove();
  rmSync(dir, { recursive: true, force: true });
});

const demo = () => createAccount(server.database, { name: "Demo", planId: null, actor: "first-start" });

describe("a first start", () => {
  it.each([
    ["before anything", async () => undefined],
    ["after its account", demo],
    [
      "after its credit",
      async () => {
        const amount = parseNano("10");
        const { id } = await demo();
        const order = {
          accountId: id,
          amount,
          reason: "demo",
          actor: "first-start",
          idempotencyKey: "first-start:demo",
        };
        await credit(server.database, order);
      },
    ],
  ])("that was killed %s is finished by the next, once", async (_when, before) => {
    await before();
    const text = await firstStart(server, "http://127.0.0.1:1");
    expect(text).toContain("Admin code: ");
    expect(text).toContain("Authorization: Bearer sk-far-");
    expect(await listAccounts(server.database.kysely, { limit: 9 })).toMatchObject([
      { name: "Demo", balance: parseNano("10") },
    ]);
    expect(await firstStart(server, "http://127.0.0.1:1")).toBeNull();
  });

  it("is none where the operator has made an account already", async () => {
    await createAccount(server.database, { name: "Acme", planId: null, actor: "cli" });
    expect(await firstStart(server, "http://127.0.0.1:1")).toBeNull();
  });
});
