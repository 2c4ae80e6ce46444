/** `WORKERS=3` on SQLite: one writer for all of them, and a crowd, signals and deaths from outside (issue 4 point 9, §9.2 h). */
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { setFrozen } from "../../src/accounts/store.ts";
import type { SqliteDatabase } from "../../src/db/connect.ts";
import { rowsOf } from "../../src/db/fixtures.ts";
import { openSqlite } from "../../src/db/sqlite.ts";
import { setKeyStatus } from "../../src/keys/store.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { startGateway, StartFailed, type GatewayProcess } from "../client.ts";
import {
  ask,
  configOf,
  crowd,
  customer,
  deadAddress,
  freePort,
  startProvider,
  topUp,
  until,
  type Provider,
} from "./rig.ts";

let provider: Provider;
let away: string;
let dataDir: string;
let metricsPort: string;
let gateway: GatewayProcess;
let database: SqliteDatabase;

const serve = (env: Record<string, string> = {}): Promise<GatewayProcess> =>
  startGateway({
    dataDir,
    env: { WORKERS: "3", METRICS_PORT: metricsPort, ...env },
    configYaml: configOf(provider.baseUrl, away),
  });

beforeAll(async () => {
  provider = await startProvider();
  away = await deadAddress();
  metricsPort = await freePort();
  dataDir = mkdtempSync(path.join(tmpdir(), "farthing-workers-"));
  gateway = await serve();
  database = openSqlite({ file: path.join(dataDir, "farthing.db") });
});
afterEach(async () => {
  expect((await audit(database)).disagreements).toEqual([]);
});
afterAll(async () => {
  await gateway.kill9();
  await database.close();
  await provider.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Process ids of workers that serve, as the log tells of them. */
const workers = (): number[] => {
  const pids: number[] = [];
  for (const line of gateway.logs().split("\n")) {
    if (!line.startsWith("{") || !line.endsWith("}")) continue;
    const { msg, pid } = JSON.parse(line) as { msg: string; pid: number };
    if (msg === "worker_started") pids.push(pid);
    if (msg === "worker_died" || msg === "worker_ended") pids.splice(pids.indexOf(pid), 1);
  }
  return pids;
};
const threeServeWithout = (gone: readonly number[]): Promise<number> =>
  until(async () => workers().length === 3 && !workers().some((pid) => gone.includes(pid)), 30_000);

const paid = async (accountId: number): Promise<number> => {
  const [row] = await rowsOf(
    database,
    `select count(*) as n from request where posted > 0 and account_id = ${accountId}`,
  );
  return Number(row?.["n"]);
};

describe("a crowd of 192 on three workers", () => {
  it.each([
    ["of $0.30, without slack", "penny", "0.3005", 300],
    ["of $20, with slack in every worker", "dime", "20.05", 200],
  ])("is served exactly what the account %s is worth (I-14)", async (_which, model, credit, worth) => {
    const { key, id } = await customer(database, credit);
    const { statuses, ids } = await crowd({ urls: [gateway.url], keys: [key], model, connections: 192 });
    expect(Object.fromEntries(statuses)).toEqual({ 200: worth, 402: 192 });
    expect(new Set(ids).size).toBe(worth);
    expect(await paid(id)).toBe(worth);
    expect(await rowsOf(database, `select leased from account where id = ${id}`)).toEqual([{ leased: 0n }]);
  });

  it("with three accounts and a provider that is away: the same for each", async () => {
    const three = [];
    for (let i = 0; i < 3; i++) three.push(await customer(database, "0.1005"));
    const keys = three.map(({ key }) => key);
    const { statuses } = await crowd({ urls: [gateway.url], keys, model: "second-best", connections: 192 });
    // The retry budget may refuse a fallback while everybody learns that the first provider is away.
    expect([statuses.get(200), statuses.get(402)]).toEqual([300, 192]);
    for (const { id } of three) expect(await paid(id)).toBe(100);
  });

  it("gets exactly the requests of a minute (I-80)", async () => {
    const { key } = await customer(database, "1", "tight");
    const { statuses } = await crowd({ urls: [gateway.url], keys: [key], model: "penny", connections: 60 });
    expect(Object.fromEntries(statuses)).toEqual({ 200: 20, 429: 60 });
  });
});

it("a freeze, a thaw, a top-up and a revoked key are known to all of them within a second", async () => {
  const { key, keyId, id, publicId } = await customer(database, "0.0095");
  // Nine new connections: each worker has three of them.
  const all = async (status: number): Promise<boolean> => {
    const replies = await Promise.all(Array.from({ length: 9 }, () => ask(gateway.url, { key, model: "penny" })));
    return replies.every((reply) => reply.status === status);
  };
  expect(await all(200)).toBe(true);
  expect(await all(402)).toBe(true);
  await topUp(database, id, "1");
  expect(await all(200)).toBe(true);
  await setFrozen(database, { publicId, frozen: true, reason: "test", actor: "test" });
  await until(() => all(403), 1_000);
  await setFrozen(database, { publicId, frozen: false, reason: "test", actor: "test" });
  await until(() => all(200), 1_000);
  await setKeyStatus(database, { publicId: keyId, status: "revoked", actor: "test" });
  await until(() => all(401), 1_000);
});

describe("one gateway to the outside", () => {
  it("says once that it is ready, and shows the metrics of all workers as one", async () => {
    const { key } = await customer(database, "5");
    const served = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      return Number(
        text
          .split("\n")
          .find((line) => line.startsWith("farthing_charges_total "))
          ?.split(" ")[1],
      );
    };
    const before = await served();
    await Promise.all(Array.from({ length: 12 }, () => ask(gateway.url, { key, model: "penny" })));
    expect((await served()) - before).toBe(12);
    expect(gateway.logs().match(/^ready on /gm)).toHaveLength(1);
    expect(gateway.logs().match(/Admin code/g)).toHaveLength(1);
  });

  it.each([
    ["a port in use", () => ({ PORT: String(gateway.port), FARTHING_DATA: `${dataDir}/other` }), "is in use"],
    ["a data folder in use", () => ({}), "Another server"],
  ])("says %s in one line", async (_what, env, words) => {
    const failed = await startGateway({ dataDir, env: { WORKERS: "2", METRICS_PORT: "off", ...env() } }).catch(
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(StartFailed);
    const { output, code } = failed as StartFailed;
    expect(code).toBe(1);
    const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(words);
  });
});

describe("deaths and signals", () => {
  it("a worker that is killed under load is replaced; what it had borrowed is returned, the others go on", async () => {
    const { key, id } = await customer(database, "5");
    await threeServeWithout([]);
    const victim = workers()[0]!;
    const running = crowd({ urls: [gateway.url], keys: [key], model: "dime", connections: 12 });
    await until(async () => (await paid(id)) >= 10, 10_000);
    process.kill(victim, "SIGKILL");
    const { ids } = await running;
    await threeServeWithout([victim]);
    expect(await paid(id)).toBeGreaterThanOrEqual(ids.length);
    // Everything that is left can be spent: nothing stays borrowed by the dead.
    const rest = await crowd({ urls: [gateway.url], keys: [key], model: "dime", connections: 6 });
    expect(rest.statuses.get(402)).toBe(6);
    expect(await rowsOf(database, `select balance, leased from account where id = ${id}`)).toEqual([
      { balance: 0n, leased: 0n },
    ]);
    expect(await paid(id)).toBe(50);
  });

  it("SIGHUP replaces all of them and nobody is refused; SIGTERM ends all of them with the books closed", async () => {
    const { key } = await customer(database, "10");
    await threeServeWithout([]);
    const before = workers();
    const records = () => rowsOf(database, "select count(*) as n from audit_log where action = 'lease.crashed'");
    const crashes = await records();
    const bad: number[] = [];
    const asking = new AbortController();
    // Some keep their connection, some make a new one for each request.
    const client = async (keepAlive: boolean): Promise<void> => {
      const agent = new http.Agent({ keepAlive });
      while (!asking.signal.aborted) {
        const { status } = await ask(gateway.url, { key, model: "penny", agent });
        if (status !== 200) bad.push(status);
      }
      agent.destroy();
    };
    const clients = Promise.all([client(true), client(true), client(false), client(false)]);
    gateway.process.kill("SIGHUP");
    await threeServeWithout(before);
    asking.abort();
    await clients;
    expect(bad).toEqual([]);
    const ended = new Promise((resolve) => gateway.process.once("close", resolve));
    gateway.process.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 100));
    gateway.process.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(await records()).toEqual(crashes);
    expect(await rowsOf(database, "select sum(leased) as n from account")).toEqual([{ n: 0n }]);
    expect(await rowsOf(database, "select 1 as n from lease where state = 'open'")).toEqual([]);
    gateway = await serve();
  });

  it("the primary's death ends its workers, and the next start gives back what they had", async () => {
    const { key } = await customer(database, "5");
    await threeServeWithout([]);
    expect((await ask(gateway.url, { key, model: "dime" })).status).toBe(200);
    const pids = workers();
    await gateway.kill9();
    const lives = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await until(async () => !pids.some(lives), 5_000);
    gateway = await serve();
    expect(await rowsOf(database, "select sum(leased) as n from account")).toEqual([{ n: 0n }]);
    expect((await ask(gateway.url, { key, model: "dime" })).status).toBe(200);
  });
});
