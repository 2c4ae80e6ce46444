/**
 * `WORKERS=2` on SQLite: tasks that are made, asked for, cancelled and downloaded through either process, while one of them is killed:
 * none is lost, none is charged twice (E111, E113, I-50, I-54, §9.2 h).
 */
import { afterAll, beforeAll, expect, it } from "vitest";

import { startGateway, type GatewayProcess } from "../client.ts";
import { freePort, until } from "../cluster/rig.ts";
import { FILM, FILM_BYTES, queued, running, startArkDouble, succeeded, type ArkDouble } from "./ark-double.ts";
import { hurry } from "./hurry.ts";

const TASKS = "/v1/videos/generations";
const BODY = { model: "doubao-seedance-2-0-fast-260128", prompt: "Two cats", size: "16:9", duration: 5 };
const MADE = 24;
/** 108,900 tokens at $5.60 per million: the catalogue's own row does not round. */
const TOKENS = 108_900;
const COST = 609_840_000n;

let double: ArkDouble;
let gateway: GatewayProcess;
let key: string;

beforeAll(async () => {
  double = await startArkDouble();
  gateway = await startGateway({
    // When both are killed at once nobody holds a port that the system chose.
    env: { WORKERS: "2", PORT: await freePort() },
    configYaml: JSON.stringify({
      upstreams: [{ id: "ark", provider: "bytedance", baseUrl: double.url, apiKey: "secret" }],
    }),
  });
  const account = (await gateway.cli("account", "create", "--name", "two", "--credit", "100")) as { id: string };
  ({ key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string });
});
afterAll(async () => {
  await gateway.stop();
  await double.close();
});

/** A connection of its own for each call, so that both processes get some. */
const call = (method: string, path: string, body?: object): Promise<Response> =>
  fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

interface Made {
  readonly id: string;
  readonly status: string;
}
const json = async (reply: Response): Promise<Made> => (await reply.json()) as Made;
const look = async (id: string): Promise<string> => (await json(await call("GET", `${TASKS}/${id}`))).status;

/** Process ids of the workers that serve, as the log tells of them. */
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

it("none is lost and none charged twice, though a worker is killed while they run", async () => {
  double.script = () => running;
  const made = await Promise.all(
    Array.from({ length: MADE }, async () => {
      const reply = await call("POST", TASKS, BODY);
      expect(reply.status).toBe(200);
      return json(reply);
    }),
  );
  expect(double.counts.created).toBe(MADE);
  // Either process answers for all of them.
  for (const { id } of made) expect(await look(id)).toBe("queued");
  await hurry(gateway);
  await until(async () => double.counts.polled >= MADE, 30_000);
  const [gone = 0] = workers();
  await hurry(gateway);
  process.kill(gone, "SIGKILL");
  await until(async () => workers().length === 2 && !workers().includes(gone), 30_000);
  double.script = () => succeeded(double.url + FILM, TOKENS);
  await hurry(gateway);
  await until(async () => (await Promise.all(made.map(({ id }) => look(id)))).every((s) => s === "succeeded"), 30_000);
  expect(double.counts.created).toBe(MADE);
  const film = await call("GET", `${TASKS}/${made[0]?.id}/content`);
  expect([film.status, await film.text()]).toEqual([200, FILM_BYTES]);
  const reader = gateway.reader();
  const rows = reader.query("select posted from request where posted > 0");
  const [account] = reader.query("select leased, balance from account where kind = 'customer' and name = 'two'");
  await reader.close();
  expect(rows).toEqual(Array.from({ length: MADE }, () => ({ posted: COST })));
  expect(account).toEqual({ leased: 0n, balance: 100_000_000_000n - BigInt(MADE) * COST });
});

it("one that waits is cancelled through either process, and costs nothing", async () => {
  double.script = () => queued;
  for (let i = 0; i < 4; i++) {
    const { id } = await json(await call("POST", TASKS, BODY));
    expect((await json(await call("POST", `${TASKS}/${id}/cancel`))).status).toBe("cancelled");
    expect((await json(await call("POST", `${TASKS}/${id}/cancel`))).status).toBe("cancelled");
  }
  expect(double.counts.cancelled).toBe(4);
});

it("a worker that dies while it submits leaves no second job, and no charge but one", async () => {
  double.script = () => succeeded(double.url + FILM, TOKENS);
  const before = double.counts.created;
  double.onCreate = () => new Promise(() => undefined);
  const broken = call("POST", TASKS, BODY).catch(() => null);
  await until(async () => double.counts.created === before + 1, 10_000);
  const both = workers();
  for (const pid of both) process.kill(pid, "SIGKILL");
  await broken;
  double.onCreate = () => true;
  await until(async () => workers().length === 2 && !workers().some((pid) => both.includes(pid)), 30_000);
  const newest = async (): Promise<string> => {
    const { data } = (await (await call("GET", TASKS)).json()) as { data: Made[] };
    return data[0]?.status ?? "";
  };
  // A worker that has started may not listen yet.
  const newestIfServed = (): Promise<string> => newest().catch(() => "");
  await until(async () => {
    await hurry(gateway);
    return (await newestIfServed()) === "succeeded";
  }, 30_000);
  expect(double.counts.created).toBe(before + 1);
});

it("and the books agree", async () => {
  expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
  expect(await gateway.cli("reprice")).toMatchObject({ differences: [] });
});
