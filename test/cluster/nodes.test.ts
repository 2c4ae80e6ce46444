/**
 * Three processes on ports of their own with one PostgreSQL and one Redis: started at once on an empty database, one customer's money
 * and limits for all, every change known everywhere, and one of them killed (issue 4 point 9).
 */
import { writeFileSync } from "node:fs";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { setFrozen } from "../../src/accounts/store.ts";
import type { Database } from "../../src/db/connect.ts";
import { createPostgres } from "../../src/db/fixtures-postgres.ts";
import { rowsOf, script } from "../../src/db/fixtures.ts";
import { openDatabase } from "../../src/db/open.ts";
import { setKeyStatus } from "../../src/keys/store.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { GRACE_MS, TTL_MS } from "../../src/ledger/postgres-store.ts";
import { startGateway, type GatewayProcess } from "../client.ts";
import { startRedis, type TestRedis } from "../redis.ts";
import { ask, configOf, crowd, customer, deadAddress, startProvider, topUp, until, type Provider } from "./rig.ts";

const NODES = 3;
const SECRET = "0123456789abcdef0123456789abcdef";

let provider: Provider;
let away: string;
let redis: TestRedis;
let postgres: Awaited<ReturnType<typeof createPostgres>>;
let database: Database;
let nodes: GatewayProcess[] = [];

const serve = (env: Record<string, string> = {}): Promise<GatewayProcess> =>
  startGateway({
    env: {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      FARTHING_SECRET: SECRET,
      METRICS_PORT: "off",
      ...env,
    },
    configYaml: configOf(provider.baseUrl, away),
  });

beforeAll(async () => {
  [provider, away, redis, postgres] = await Promise.all([
    startProvider(),
    deadAddress(),
    startRedis(),
    createPostgres({ isEmpty: true }),
  ]);
  nodes = await Promise.all(Array.from({ length: NODES }, () => serve()));
  database = await openDatabase({ postgres: postgres.address, file: "" });
});
afterEach(async () => {
  expect((await audit(database)).disagreements).toEqual([]);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill9()));
  await database.close();
  await provider.close();
  await redis.stop();
  await postgres.drop();
});

const urls = (): string[] => nodes.map(({ url }) => url);

const paid = async (accountId: number): Promise<number> => {
  const [row] = await rowsOf(
    database,
    `select count(*) as n from request where posted > 0 and account_id = ${accountId}`,
  );
  return Number(row?.["n"]);
};

it("started at once on an empty database they made one of everything", async () => {
  expect(nodes.filter((node) => node.logs().includes("Admin code"))).toHaveLength(1);
  expect(await rowsOf(database, "select count(*) as n from account where kind = 'customer'")).toEqual([{ n: 1n }]);
  const [twice] = await rowsOf(database, "select count(*) - count(distinct id) as n from migration");
  expect(Number(twice?.["n"])).toBe(0);
  expect(await rowsOf(database, "select count(*) as n from lease_owner where state = 'open'")).toEqual([{ n: 3n }]);
  // It fails, for the provider that is away, and says so after all the rest.
  const report = await nodes[0]!.cli("doctor").then(JSON.stringify, String);
  expect(
    report.match(/"check":"node [0-9a-f]{24}","verdict":"ok","detail":"heard \d+ s ago, 0 in flight/g),
  ).toHaveLength(NODES);
});

describe("64 connections to each of them", () => {
  it.each([
    ["of $0.30, without slack", "penny", "0.3005", 300],
    ["of $20, with slack on every node", "dime", "20.05", 200],
  ])("are served exactly what the account %s is worth (I-14)", async (_which, model, credit, worth) => {
    const { key, id } = await customer(database, credit);
    const { statuses, ids } = await crowd({ urls: urls(), keys: [key], model, connections: 64 });
    expect(Object.fromEntries(statuses)).toEqual({ 200: worth, 402: NODES * 64 });
    expect(new Set(ids).size).toBe(worth);
    expect(await paid(id)).toBe(worth);
    expect(await rowsOf(database, `select leased from account where id = ${id}`)).toEqual([{ leased: 0n }]);
  });

  it("with three accounts and a provider that is away: the same for each", async () => {
    const three = [];
    for (let i = 0; i < 3; i++) three.push(await customer(database, "0.1005"));
    const keys = three.map(({ key }) => key);
    const { statuses } = await crowd({ urls: urls(), keys, model: "second-best", connections: 64 });
    expect([statuses.get(200), statuses.get(402)]).toEqual([300, NODES * 64]);
    for (const { id } of three) expect(await paid(id)).toBe(100);
  });

  it("are admitted exactly the requests of a minute (I-80)", async () => {
    const { key } = await customer(database, "1", "tight");
    const { statuses } = await crowd({ urls: urls(), keys: [key], model: "penny", connections: 20 });
    expect(Object.fromEntries(statuses)).toEqual({ 200: 20, 429: NODES * 20 });
  });
});

it("a freeze, a top-up, a price, a configuration and a revoked key are known to all of them within a second", async () => {
  const { key, keyId, id, publicId } = await customer(database, "0.0035");
  const all = async (status: number, model = "penny"): Promise<boolean> => {
    const replies = await Promise.all(urls().map((url) => ask(url, { key, model })));
    return replies.every((reply) => reply.status === status);
  };
  expect(await all(200)).toBe(true);
  expect(await all(402)).toBe(true);
  await topUp(database, id, "1");
  await until(() => all(200), 1_000);
  await setFrozen(database, { publicId, frozen: true, reason: "test", actor: "test" });
  await until(() => all(403), 1_000);
  await setFrozen(database, { publicId, frozen: false, reason: "test", actor: "test" });
  await until(() => all(200), 1_000);
  // Another price of one model, and one more model.
  const changed = configOf(provider.baseUrl, away).replace('output: "100" }, routes', 'output: "200" }, routes');
  const file = `${nodes[0]!.dataDir}/changed.yaml`;
  writeFileSync(file, changed.replace("  - id: second-best", "  - id: third-best"));
  await nodes[0]!.cli("apply", file);
  await until(() => all(200, "third-best"), 1_000);
  await until(async () => {
    const replies = await Promise.all(urls().map((url) => ask(url, { key, model: "penny" })));
    return replies.every(({ headers }) => headers["x-farthing-cost"] === "0.002");
  }, 1_000);
  await setKeyStatus(database, { publicId: keyId, status: "revoked", actor: "test" });
  await until(() => all(401), 1_000);
});

it("one that is killed under load: the others go on, and what it had borrowed is returned in time (§9.2 d, I-25)", async () => {
  const { key, id } = await customer(database, "5");
  const victim = await serve();
  const [owner] = await rowsOf<{ id: string }>(database, "select id from lease_owner order by started_at desc limit 1");
  const running = crowd({ urls: [...urls(), victim.url], keys: [key], model: "dime", connections: 4 });
  await until(async () => (await paid(id)) >= 10, 10_000);
  await victim.kill9();
  const { ids } = await running;
  expect(await paid(id)).toBeGreaterThanOrEqual(ids.length);
  // Its time passes; the next renewal of any other finds it.
  const state = async (): Promise<unknown> =>
    (await rowsOf(database, `select state from lease_owner where id = '${owner!.id}'`))[0]?.["state"];
  await script(database, `update lease_owner set renewed_at = renewed_at - ${TTL_MS} where id = '${owner!.id}'`);
  await until(async () => (await state()) === "fenced", 20_000);
  await script(database, `update lease_owner set fenced_at = fenced_at - ${GRACE_MS} where id = '${owner!.id}'`);
  await until(async () => (await state()) === "gone", 20_000);
  const rest = await crowd({ urls: urls(), keys: [key], model: "dime", connections: 2 });
  expect(rest.statuses.get(402)).toBe(NODES * 2);
  expect(await paid(id)).toBe(50);
  expect(await rowsOf(database, `select balance, leased from account where id = ${id}`)).toEqual([
    { balance: 0n, leased: 0n },
  ]);
});

it("WORKERS=2 on PostgreSQL without Redis: each worker borrows for itself, and the primary counts the limits of both", async () => {
  const before = Number(
    (await rowsOf(database, "select count(*) as n from lease_owner where state = 'open'"))[0]?.["n"],
  );
  const pair = await serve({ WORKERS: "2", REDIS_URL: "" });
  expect(await rowsOf(database, "select count(*) as n from lease_owner where state = 'open'")).toEqual([
    { n: BigInt(before + 2) },
  ]);
  const tight = await customer(database, "1", "tight");
  const limited = await crowd({ urls: [pair.url], keys: [tight.key], model: "penny", connections: 40 });
  expect(Object.fromEntries(limited.statuses)).toEqual({ 200: 20, 429: 40 });
  const { key, id } = await customer(database, "5.05");
  const { statuses } = await crowd({ urls: [pair.url], keys: [key], model: "dime", connections: 64 });
  expect(Object.fromEntries(statuses)).toEqual({ 200: 50, 402: 64 });
  expect(await paid(id)).toBe(50);
  const ended = new Promise((resolve) => pair.process.once("close", resolve));
  pair.process.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(await rowsOf(database, "select count(*) as n from lease_owner where state = 'open'")).toEqual([
    { n: BigInt(before) },
  ]);
});
