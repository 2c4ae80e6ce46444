/** A5, A6: a gateway that is told to stop, as a process: who is served, who is refused, and what the books say afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { LIMITS } from "../../src/http/limits.ts";
import { startGateway, type GatewayProcess } from "../client.ts";

let dataDir: string;
let gateway: GatewayProcess;
let key: string;

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), "farthing-stop-"));
  gateway = await startGateway({ dataDir });
  const account = (await gateway.cli("account", "create", "--name", "stop", "--credit", "10")) as { id: string };
  ({ key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string });
});
afterEach(async () => {
  await gateway.kill9();
  rmSync(dataDir, { recursive: true, force: true });
});

const ended = (): Promise<number | null> =>
  new Promise((resolve) => {
    const { process } = gateway;
    // Its last words may arrive after its end.
    if (process.exitCode === null || process.stdout?.closed === false) process.once("close", resolve);
    else resolve(process.exitCode);
  });

const ask = (fields: object): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ max_tokens: 300, ...fields }),
  });

/** Streams of so many words, 50 ms each, whose heads have arrived. */
const streams = async (count: number, words: number): Promise<Response[]> => {
  const messages = [{ role: "user", content: "word ".repeat(words) }];
  return await Promise.all(Array.from({ length: count }, () => ask({ model: "sandbox/slow", stream: true, messages })));
};

const outcomes = async (): Promise<Record<string, unknown>[]> => {
  const reader = gateway.reader();
  const rows = reader.query(
    `select outcome, count(*) as n, sum(case when posted > 0 then 1 else 0 end) as charged from request
     where outcome <> 'rejected' and model = 'sandbox/slow' group by 1`,
  );
  const [lease] = reader.query("select sum(leased) as leased from account where kind = 'customer'");
  await reader.close();
  expect(lease).toEqual({ leased: 0n });
  return rows.map(({ outcome, n, charged }) => ({ outcome, n: Number(n), charged: Number(charged) }));
};

/** What the log says of the drain. */
const report = (): Record<string, unknown> => {
  const line = gateway
    .logs()
    .split("\n")
    .find((text) => text.includes('"drained"'));
  return JSON.parse(line ?? "{}") as Record<string, unknown>;
};

describe("SIGTERM", () => {
  it("A5: not ready at once, served during the grace, then refused; running streams end regularly and are charged", async () => {
    const running = await streams(10, 150);
    gateway.process.kill("SIGTERM");
    for (let ready = 200; ready !== 503;) ready = (await fetch(`${gateway.url}/readyz`)).status;
    const messages = [{ role: "user", content: "hi" }];
    let reply = await ask({ model: "sandbox/echo", messages });
    expect(reply.status).toBe(200);
    // A gateway that closed its door instead would make this fetch throw.
    while (reply.status === 200) {
      await reply.text();
      await new Promise((resolve) => setTimeout(resolve, 200));
      reply = await ask({ model: "sandbox/echo", messages });
    }
    expect(reply.status).toBe(503);
    expect(reply.headers.get("connection")).toBe("close");
    expect(await reply.json()).toMatchObject({ error: { code: "draining" } });
    for (const stream of running) expect(await stream.text()).toContain("[DONE]");
    expect(await ended()).toBe(0);
    expect(report()).toMatchObject({ running: 10, stopped: 0, cut: 0 });
    expect(await outcomes()).toEqual([{ outcome: "completed", n: 10, charged: 10 }]);
    expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
  });

  it("A6: a second one ends what runs with E-STREAM, free of charge", async () => {
    const running = await streams(10, 290);
    gateway.process.kill("SIGTERM");
    for (let ready = 200; ready !== 503;) ready = (await fetch(`${gateway.url}/readyz`)).status;
    gateway.process.kill("SIGTERM");
    for (const stream of running) {
      const text = await stream.text();
      expect(text).toContain('"upstream_stream_error"');
      expect(text).not.toContain("[DONE]");
    }
    expect(await ended()).toBe(0);
    expect(report()).toMatchObject({ running: 10, stopped: 10, cut: 0 });
    expect(await outcomes()).toEqual([{ outcome: "gateway_failed", n: 10, charged: 0 }]);
    expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
  });
});

describe("SIGINT", () => {
  it("with nothing running ends at once, without the grace for balancers", async () => {
    gateway.process.kill("SIGINT");
    expect(await ended()).toBe(0);
    expect(report()).toMatchObject({ running: 0, stopped: 0, cut: 0 });
    expect(report()["ms"]).toBeLessThan(LIMITS.drainGraceMs);
  });

  it("with a stream running refuses new requests at once and lets the stream end", async () => {
    const [running] = await streams(1, 20);
    gateway.process.kill("SIGINT");
    for (let ready = 200; ready !== 503;) ready = (await fetch(`${gateway.url}/readyz`)).status;
    expect((await ask({ model: "sandbox/echo", messages: [] })).status).toBe(503);
    expect(await running?.text()).toContain("[DONE]");
    expect(await ended()).toBe(0);
    expect(await outcomes()).toEqual([{ outcome: "completed", n: 1, charged: 1 }]);
  });
});
