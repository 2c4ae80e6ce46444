/** Idempotency-Keys of one account at two servers that share a PostgreSQL: one charge, whoever is asked (I-28, §9.10). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { readConfig } from "../src/config.ts";
import { createPostgres, type TestPostgresDatabase } from "../src/db/fixtures-postgres.ts";
import { rowsOf } from "../src/db/fixtures.ts";
import { GRACE_MS, TTL_MS } from "../src/ledger/postgres-store.ts";
import { startServer, type RunningServer } from "../src/server.ts";
import { expectBooksAgree, provision } from "./provision.ts";

const dir = mkdtempSync(path.join(tmpdir(), "farthing-nodes-"));
let database: TestPostgresDatabase;
let one: RunningServer;
let other: RunningServer;
let key: string;

const start = async (): Promise<RunningServer> => {
  const env = { PORT: "0", METRICS_PORT: "off", FARTHING_DATA: dir, LOG_LEVEL: "silent", DATABASE_URL: database.url };
  return startServer(readConfig(env, dir));
};

beforeAll(async () => {
  database = await createPostgres({});
  [one, other] = [await start(), await start()];
  ({ key } = await provision(one, { credit: "10" }));
});
afterAll(async () => {
  await expectBooksAgree(one);
  await Promise.all([one.stop(), other.stop()]);
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly isReplayed: boolean;
  readonly text: string;
}

const ask = async (server: RunningServer, name: string, fields: object = {}): Promise<Answer> => {
  const reply = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, "idempotency-key": name },
    body: JSON.stringify({ model: "sandbox/echo", messages: [{ role: "user", content: "hello" }], ...fields }),
  });
  return {
    status: reply.status,
    isReplayed: reply.headers.get("idempotent-replayed") === "true",
    text: await reply.text(),
  };
};

const charges = async (): Promise<bigint> => {
  const [row] = await rowsOf<{ rows: bigint }>(one.database, "select count(*) as rows from request where posted > 0");
  return row?.rows ?? 0n;
};

it("E109: of 50 at once at two servers one is charged, and either plays its reply again", async () => {
  const before = await charges();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_unused, index) => ask(index % 2 === 0 ? one : other, "crowd")),
  );
  for (const { status } of answers) expect([200, 409]).toContain(status);
  const [first, ...more] = answers.filter(({ status, isReplayed }) => status === 200 && !isReplayed);
  expect(more).toEqual([]);
  for (const server of [one, other])
    expect(await ask(server, "crowd")).toEqual({ status: 200, isReplayed: true, text: first?.text });
  expect(await charges()).toBe(before + 1n);
});

it("a server that dies leaves its keys to the others, once its leases are returned", async () => {
  const before = await charges();
  const slow = { model: "sandbox/slow", messages: [{ role: "user", content: "word ".repeat(40) }] };
  const dying = await start();
  const lost = ask(dying, "died", slow).catch(() => null);
  while (dying.books.open().count === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  dying.books.abandon();
  expect((await ask(other, "died", slow)).status).toBe(409);
  const pass = async (milliseconds: number): Promise<void> => {
    // In two halves: whoever is heard first must not find that nothing was heard of the others.
    for (let half = 0; half < 2; half++) {
      await rowsOf(
        one.database,
        `update lease_clock set reachable_ms = reachable_ms + ${Math.ceil((milliseconds + 1) / 2)}, resumed_at = 0`,
      );
      for (const server of [one, other]) await server.books.beat();
    }
  };
  await pass(TTL_MS);
  // Its settlements would still be accepted.
  expect((await ask(other, "died", slow)).status).toBe(409);
  await pass(GRACE_MS);
  expect(await ask(other, "died", slow)).toMatchObject({ status: 200, isReplayed: false });
  expect(await ask(one, "died", slow)).toMatchObject({ status: 200, isReplayed: true });
  expect(await charges()).toBe(before + 1n);
  await dying.stop();
  await lost;
});
