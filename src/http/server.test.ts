/** The server as a whole: answers, faults, deadlines, caps, health, overload (C64, C66, C75, A22, E-INTERNAL). */
import { afterEach, describe, expect, it } from "vitest";

import { errors, GatewayError } from "../errors.ts";
import type { Handler } from "./exchange.ts";
import { echo, eventually, parse, plainDialect, RawClient, serve, type Served } from "./fixtures.ts";
import { createGatewayServer, type GatewayServerOptions } from "./server.ts";

let open: Served | undefined;
afterEach(() => open?.server.close());

const start = async (handler: Handler, options: Partial<GatewayServerOptions> = {}): Promise<Served> => {
  open = await serve(handler, options);
  return open;
};

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
const ask = async (port: number, path = "/x") => parse(await new RawClient(port).write(get(path)).closed());

describe("an answer", () => {
  it("carries the headers of every reply and the handler's own", async () => {
    const { port } = await start((exchange) => {
      exchange.reply(200, "é", ["content-type", "text/plain", "x-farthing-cost", "1"]);
    });
    const reply = await ask(port);
    expect(reply.headers).toMatchObject({
      "content-type": "text/plain",
      "content-length": "2",
      "x-farthing-cost": "1",
      "x-request-id": "req_1",
      "request-id": "req_1",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });

  it.each([1, 8_192, 8_193, 100_000])("of %i bytes leaves byte by byte, whatever they are", async (length) => {
    const sent = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 256));
    const { port } = await start((exchange) => {
      exchange.reply(200, sent);
    });
    const reply = await fetch(`http://127.0.0.1:${port}/x`);
    expect(reply.headers.get("content-length")).toBe(String(length));
    expect(Buffer.from(await reply.arrayBuffer()).equals(sent)).toBe(true);
  });

  it("is given once: what comes later is ignored", async () => {
    const { port, faults } = await start((exchange) => {
      exchange.reply(200, "1");
      exchange.reply(200, "2");
      throw errors.internal();
    });
    const text = await new RawClient(port).write(get("/x")).closed();
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it("keeps the connection, and ids differ", async () => {
    const { port } = await start(echo);
    const client = new RawClient(port).write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until((text) => text.includes('"/1"'));
    const text = await client.write(get("/2")).closed();
    expect([...text.matchAll(/^x-request-id: (.*)\r$/gm)].map((match) => match[1])).toEqual(["req_1", "req_2"]);
    expect(parse(text).headers["connection"]).toBe("keep-alive");
  });

  it.each<[string, () => GatewayError, Record<string, string>]>([
    [
      "waitable",
      () => errors.requestsLimited(200, 12),
      { "retry-after": "12", "retry-after-ms": "12000", "x-should-retry": "true" },
    ],
    [
      "waitable, in fractions",
      () => new GatewayError("overloaded", "x", { retryAfter: 1.2 }),
      { "retry-after": "2", "retry-after-ms": "1200" },
    ],
    ["final", () => errors.invalidKey(), { "x-should-retry": "false" }],
    ["with a header of its own", () => errors.methodNotAllowed("GET"), { allow: "GET" }],
  ])("of an error tells how to go on: %s", async (_name, make, headers) => {
    const { port } = await start(() => {
      throw make();
    });
    expect((await ask(port)).headers).toMatchObject(headers);
  });
});

describe("a handler that breaks", () => {
  it.each<[string, Handler]>([
    [
      "at once",
      () => {
        throw new Error("secret detail");
      },
    ],
    ["later", () => Promise.reject(new Error("secret detail"))],
  ])("%s is E-INTERNAL without its reason, and is reported", async (_name, handler) => {
    const { port, faults } = await start(handler);
    const reply = await ask(port);
    expect(reply.status).toBe(500);
    expect(reply.body).toContain("Internal error. You were not charged.");
    expect(reply.body).not.toContain("secret");
    expect(faults).toHaveLength(1);
  });
});

describe("deadlines", () => {
  it("C64 headers that do not end are answered with 408 and closed", async () => {
    const { port } = await start(echo, { limits: { headersMs: 200, lingerMs: 100 } });
    const reply = parse(await new RawClient(port).write("GET / HTTP/1.1\r\nx-a: ").closed());
    expect(reply).toMatchObject({ status: 408, headers: { connection: "close" } });
  });

  it("a connection that says nothing is closed without a word", async () => {
    const { port } = await start(echo, { limits: { headersMs: 200 } });
    expect(await new RawClient(port).closed()).toBe("");
  });

  it("C66 an idle connection is closed", async () => {
    const { port } = await start(echo, { limits: { keepAliveMs: 100 } });
    const client = new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.closed()).toContain("200 OK");
  });
});

describe("caps", () => {
  it("C75 an address has so many connections, and gets them back", async () => {
    const { port, refused } = await start(echo, { limits: { connectionsPerAddress: 3 }, isExempt: () => false });
    const clients = Array.from({ length: 3 }, () => new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    for (const client of clients) await client.until((text) => text.includes("200 OK"));
    expect(await new RawClient(port).write(get("/")).closed()).toBe("");
    expect(refused).toEqual(["connections"]);
    clients[0]?.destroy();
    await eventually(() => clients[0]?.ended === true);
    let text = "";
    while (text === "") text = await new RawClient(port).write(get("/")).closed();
    expect(text).toContain("200 OK");
    for (const client of clients) client.destroy();
  });

  it("loopback is exempt unless told otherwise", async () => {
    const { port } = await start(echo, { limits: { connectionsPerAddress: 1 } });
    const first = new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await first.until((text) => text.includes("200 OK"));
    expect((await ask(port)).status).toBe(200);
    first.destroy();
  });

  it("A22 connections beyond the cap are dropped, the others served", async () => {
    const { port, refused } = await start(echo, { limits: { connections: 1 } });
    const first = new RawClient(port).write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    await first.until((text) => text.includes("200 OK"));
    expect(await new RawClient(port).write(get("/")).closed()).toBe("");
    expect(refused).toEqual(["connections"]);
    expect(await first.write(get("/2")).closed()).toContain('"/2"');
  });

  it("C73 a connection that pipelines without end is closed, and every request it started is over", async () => {
    const waiting: unknown[] = [];
    const { port, finished, server } = await start((exchange) => void waiting.push(exchange), {
      limits: { requestsPipelined: 10 },
    });
    await new RawClient(port).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(11)).closed();
    await eventually(() => finished.length === 10);
    expect(waiting).toHaveLength(10);
    expect(server.load().requests).toBe(0);
  });

  it("what is shed is E-BUSY, and health still answers", async () => {
    const { port } = await start(echo, { overloaded: () => true });
    expect(await ask(port)).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(await ask(port, "/healthz")).toMatchObject({ status: 200 });
  });
});

describe("health", () => {
  it("says why it is not ready", async () => {
    let why: string | null = null;
    const { port } = await start(echo, { unready: () => why });
    expect(await ask(port, "/readyz")).toMatchObject({ status: 200 });
    why = "database";
    expect(await ask(port, "/readyz")).toMatchObject({ status: 503, body: '{"status":"unready","reason":"database"}' });
    expect(await ask(port, "/healthz")).toMatchObject({ status: 200 });
  });

  it("a port in use is an error of listen", async () => {
    const { port } = await start(echo);
    const other = createGatewayServer({ handler: echo, dialectOf: () => plainDialect, newRequestId: () => "req_1" });
    await expect(other.listen(port, "127.0.0.1")).rejects.toThrow("EADDRINUSE");
  });
});
