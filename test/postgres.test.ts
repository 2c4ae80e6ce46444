/**
 * Gateways on PostgreSQL: how they start, what one learns of another's changes, and what they do while the database is away
 * (faults A6 to A12). That everything else works on it too is shown by the files that vitest.config.ts runs on both databases.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { setFrozen } from "../src/accounts/store.ts";
import { runCommandLine } from "../src/cli/main.ts";
import { readConfig } from "../src/config.ts";
import {
  createPostgres,
  startPostgres,
  type TestPostgres,
  type TestPostgresDatabase,
} from "../src/db/fixtures-postgres.ts";
import { openPostgres } from "../src/db/postgres.ts";
import { setKeyStatus } from "../src/keys/store.ts";
import { startServer, type RunningServer } from "../src/server.ts";
import { spanOf } from "../src/usage/history.ts";
import { listRequests } from "../src/usage/store.ts";
import { startGateway, StartFailed } from "./client.ts";
import { expectBooksAgree, provision } from "./provision.ts";

let dir: string;
const running: RunningServer[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "farthing-postgres-"));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

const start = async (url: string): Promise<RunningServer> => {
  const env = { PORT: "0", METRICS_PORT: "off", FARTHING_DATA: dir, LOG_LEVEL: "silent", DATABASE_URL: url };
  const server = await startServer(readConfig(env, dir));
  running.push(server);
  return server;
};

const chat = async (server: RunningServer, key: string, fields: object = {}): Promise<Response> =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "sandbox/echo",
      max_tokens: 50,
      messages: [{ role: "user", content: "hello" }],
      ...fields,
    }),
  });
const status = async (...order: Parameters<typeof chat>): Promise<number> => {
  const reply = await chat(...order);
  await reply.text();
  return reply.status;
};

/** Asks until the answer is the wanted one; the test's own time limit ends it. */
const until = async <T>(wanted: T, ask: () => Promise<T>): Promise<void> => {
  while ((await ask()) !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
};

const ready = async (server: RunningServer): Promise<string> => {
  const reply = await fetch(`${server.url}/readyz`);
  return `${reply.status} ${await reply.text()}`;
};

describe("a start on PostgreSQL", () => {
  let database: TestPostgresDatabase;
  beforeAll(async () => {
    database = await createPostgres({ isEmpty: true });
  });
  afterAll(() => database.drop());

  it("migrates, makes the demo account once, and serves; the command line works beside it", async () => {
    const gateway = await startGateway({ env: { DATABASE_URL: database.url, METRICS_PORT: "off" } });
    expect(gateway.logs()).toMatch(/Admin code: [0-9A-Z]{4}/);
    const [key = ""] = /sk-far-\w+/.exec(gateway.logs()) ?? [];
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "sandbox/echo", messages: [{ role: "user", content: "hi" }] }),
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-farthing-balance")).toMatch(/^9\.99/);
    await reply.text();
    expect(await gateway.cli("audit")).toMatchObject({ ok: true, requests: 1 });
    expect(await gateway.cli("explain", reply.headers.get("x-request-id") ?? "")).toMatchObject({ status: 200 });
    const doctor = (await gateway.cli("doctor")) as { findings: { check: string; detail: string }[] };
    expect(doctor.findings.map(({ detail }) => detail).join()).toContain("postgres://");
    expect(doctor.findings.map(({ detail }) => detail).join()).toContain("fsync is off");
    expect(await gateway.stop()).toBe(0);
    const stopped = await openPostgres(database.address);
    const { rows } = await stopped.pool.query("select sum(leased) as leased from account");
    await stopped.close();
    expect(rows).toEqual([{ leased: 0n }]);
    const second = await startGateway({ env: { DATABASE_URL: database.url, METRICS_PORT: "off" } });
    expect(second.logs()).not.toContain("Admin code");
    expect(await second.stop()).toBe(0);
  });

  it.each([
    ["nobody listens", "postgres://u:pass-word@127.0.0.1:1/d", "ECONNREFUSED"],
    ["it is no address", "postgres://u:pass-word@/d", "DATABASE_URL"],
    ["its parameters are unknown", "postgres://u:pass-word@h/d?ssl=yes", "DATABASE_URL"],
  ])("says in one line that %s, without the password, and ends with 1", async (_what, url, words) => {
    const failed = await startGateway({ env: { DATABASE_URL: url } }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(StartFailed);
    const { code, output } = failed as StartFailed;
    expect(code).toBe(1);
    expect(output.trim().split("\n")).toHaveLength(1);
    expect(output).toContain(words);
    expect(output).not.toContain("pass-word");
  });
});

describe("two servers on one database", () => {
  let database: TestPostgresDatabase;
  beforeEach(async () => {
    database = await createPostgres({ isEmpty: true });
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    await database.drop();
  });

  it("start at once on an empty one, and each serves the other's keys, freezes and top-ups", async () => {
    const [one, two] = await Promise.all([start(database.url), start(database.url)]);
    const { key, publicId } = await provision(one, { credit: "1" });
    expect(await status(one, key)).toBe(200);
    expect(await status(two, key)).toBe(200);
    const change = { publicId, reason: "test", actor: "test" };
    await setFrozen(one.database, { ...change, frozen: true });
    await until(403, () => status(two, key));
    await setFrozen(two.database, { ...change, frozen: false });
    await until(200, () => status(one, key));
    const [listed] = await one.database.kysely.selectFrom("api_key").select("public_id").execute();
    await setKeyStatus(one.database, { publicId: listed?.public_id ?? "", status: "revoked", actor: "test" });
    await until(401, () => status(two, key));
    await expectBooksAgree(one);
  });

  it("a configuration that is applied is served by both", async () => {
    const [one, two] = [await start(database.url), await start(database.url)];
    const { key } = await provision(one, { credit: "1" });
    expect(await status(two, key, { model: "mine" })).toBe(404);
    const file = path.join(dir, "farthing.yaml");
    writeFileSync(
      file,
      'models: [{ id: mine, context: 1000, maxOutput: 100, prices: { input: "1", output: "2" }, routes: [{ upstream: sandbox, model: sandbox/echo }] }]',
    );
    const terminal = { cwd: dir, out: () => undefined, err: () => undefined };
    const env = { FARTHING_DATA: dir, DATABASE_URL: database.url };
    expect(await runCommandLine(["apply", file], { ...terminal, env })).toBe(0);
    await until(200, () => status(one, key, { model: "mine" }));
    await until(200, () => status(two, key, { model: "mine" }));
  });
});

describe("while the database is away", () => {
  let server: TestPostgres;
  beforeAll(() => {
    server = startPostgres({ durable: true });
  });
  afterAll(() => {
    server.remove();
  });

  it.each([["stopped"], ["frozen"]])(
    "%s: unready, known keys are served from their lease, new ones refused in their dialect, all is well when it is back (A6, A7)",
    async (how) => {
      const gateway = await start(server.url("postgres"));
      const { key, accountId } = await provision(gateway, { credit: "20" });
      const { key: unseen } = await provision(gateway, { credit: "1" });
      expect(await status(gateway, key)).toBe(200);
      expect(await ready(gateway)).toMatch(/^200/);
      if (how === "stopped") server.stop();
      else server.freeze();
      try {
        await until('503 {"status":"unready","reason":"database"}', () => ready(gateway));
        const served = await chat(gateway, key);
        expect(served.status).toBe(200);
        expect(await served.text()).toContain("hello");
        const refused = await chat(gateway, unseen);
        expect(refused.status).toBe(503);
        expect(await refused.json()).toMatchObject({ error: { code: "ledger_unavailable" } });
        const messages = await fetch(`${gateway.url}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": unseen, "content-type": "application/json" },
          body: JSON.stringify({ model: "sandbox/echo", max_tokens: 9, messages: [{ role: "user", content: "hi" }] }),
        });
        expect(messages.status).toBe(503);
        expect(await messages.json()).toMatchObject({ type: "error", error: { type: "api_error" } });
      } finally {
        if (how === "stopped") server.start();
        else server.thaw();
      }
      await until(200, () => status(gateway, unseen));
      await until(200, () => status(gateway, key));
      await until(true, async () => (await ready(gateway)).startsWith("200"));
      // What was served meanwhile is charged once it can be.
      const all = { accountId, model: null, keyId: null, outcome: null };
      const ever = spanOf({ from: null, to: null }, null);
      await until(3, async () => (await listRequests(gateway.database.kysely, all, ever, 9)).length);
      await expectBooksAgree(gateway);
    },
  );
});
