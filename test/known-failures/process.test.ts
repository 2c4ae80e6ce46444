/**
 * b55, and what the checklist asks of a process (ASVS 16.5): no request ends it, whatever it holds; a fault that nobody caught does, after
 * the log has it, and nobody is taken in any more until then. b12: what its own listener tells names nobody.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { rawRequest, startGateway, type GatewayProcess } from "../client.ts";

const SECRET_WORDS = "canary-of-a-fault-51";
/** Throws where nobody catches it, when it is told to: in the middle of whatever the process does. */
const THROWS = 'process.on("SIGUSR2", () => { throw new Error(process.env.FAULT_WORDS); });';
/** The process does not say where its metrics are, so that is chosen before. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const TENANT = "tenant-canary-88";

let gateway: GatewayProcess;
let key: string;
let metricsUrl: string;
let folder: string;
beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  folder = mkdtempSync(path.join(tmpdir(), "farthing-fault-"));
  const throws = path.join(folder, "throws.mjs");
  writeFileSync(throws, THROWS);
  gateway = await startGateway({
    env: {
      NODE_OPTIONS: `--import=${throws}`,
      FAULT_WORDS: SECRET_WORDS,
      METRICS_PORT: String(port),
      LOG_LEVEL: "trace",
    },
  });
  const account = (await gateway.cli("account", "create", "--name", TENANT, "--credit", "10")) as { id: string };
  ({ key } = (await gateway.cli("key", "create", "--account", account.id, "--name", TENANT)) as { key: string });
  const isKnown = async (): Promise<boolean> =>
    (await fetch(`${gateway.url}/v1/profile`, { headers: { "x-api-key": key } })).status === 200;
  while (!(await isKnown())) await new Promise((resolve) => setTimeout(resolve, 50));
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const chat = (fields: object = {}): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "sandbox/echo", messages: [{ role: "user", content: "hello" }], ...fields }),
  });

describe("b55: no request ends the process", () => {
  const isAlive = async (): Promise<void> => {
    expect(gateway.process.exitCode).toBeNull();
    expect((await chat()).status).toBe(200);
  };

  it("by the name of a model", async () => {
    const names = [
      "__proto__",
      "constructor",
      "toString",
      "",
      " ",
      "..",
      "router/none",
      "a".repeat(10_000),
      "\ud800",
      "%00",
    ];
    for (const model of names) {
      const reply = await chat({ model });
      expect(reply.status, model).toBeGreaterThanOrEqual(400);
      expect(reply.status, model).toBeLessThan(500);
    }
    await isAlive();
  });

  it("by any bytes", async () => {
    const heads = [
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n",
      "GET /console/api/me HTTP/1.1\r\nHost: a\r\nCookie: farthing.session=",
      "",
    ];
    const bytes = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }));
    await fc.assert(
      fc.asyncProperty(bytes, async ([head, rest]) => {
        const { status } = await rawRequest(gateway.port, Buffer.concat([Buffer.from(head), rest]), 60);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
    await isAlive();
  });

  it("by any JSON", async () => {
    const paths = [
      "/v1/chat/completions",
      "/v1/messages",
      "/v1/responses",
      "/v1/embeddings",
      "/v1/videos",
      "/v1/images/edits",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.json({ maxDepth: 4 }),
        fc.jsonValue({ maxDepth: 3 }),
        async (at, body, inner) => {
          for (const text of [
            body,
            JSON.stringify({ model: "sandbox/echo", messages: inner, input: inner, prompt: inner }),
          ]) {
            const reply = await fetch(gateway.url + at, {
              method: "POST",
              headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
              body: text,
            });
            const said = await reply.text();
            expect(reply.status, `${at} ${text}: ${said}`).toBeLessThan(500);
            // No name of a file, no stack and no SQL is told (16.5.1).
            expect(said).not.toMatch(/\.ts:|node_modules|    at |select |insert /);
          }
        },
      ),
      { numRuns: 150 },
    );
    await isAlive();
  });
});

describe("b12: what the process tells", () => {
  it("metrics stand on a listener of their own and name no customer, key or address", async () => {
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
    const metrics = await (await fetch(metricsUrl)).text();
    expect(metrics).toContain("farthing_requests_total");
    for (const name of [TENANT, key, key.slice(-8), "acc_", "key_"]) expect(metrics).not.toContain(name);
  });

  it.each(["/", "/v1/models", "/nothing", "/healthz", "/console/api/public/storefront", "/sign-in"])(
    "%s says nothing of what it runs on (13.4.6)",
    async (at) => {
      const { headers } = await fetch(gateway.url + at, { headers: { accept: "text/html" } });
      for (const name of ["server", "x-powered-by", "via", "x-runtime"]) expect(headers.get(name)).toBeNull();
    },
  );
});

// The last, since it ends the process.
describe("a fault that nobody caught (16.5.4)", () => {
  it("is in the log by its kind, takes nobody in any more, and ends the process as failed", async () => {
    const running = await chat({
      model: "sandbox/slow",
      stream: true,
      max_tokens: 2_000,
      messages: [{ role: "user", content: "word ".repeat(900) }],
    });
    const over = new Promise<number | null>((resolve) => gateway.process.once("exit", resolve));
    gateway.process.kill("SIGUSR2");
    const told = async (): Promise<string> => {
      const reply = await fetch(`${gateway.url}/readyz`).catch(() => null);
      return reply === null ? "closed" : String(reply.status);
    };
    await expect.poll(told, { interval: 10 }).toBe("503");
    expect(await over).toBe(1);
    await running.text().catch(() => "");
    expect(gateway.logs()).toContain('"route":"process"');
    expect(gateway.logs()).not.toContain(SECRET_WORDS);
    expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
  });
});
