/** A5, A6: a server that is told to stop. */
import { afterEach, describe, expect, it } from "vitest";

import type { Exchange, Handler } from "./exchange.ts";
import { eventually, parse, RawClient, serve, type Served } from "./fixtures.ts";
import type { Limits } from "./limits.ts";

let open: Served | undefined;
afterEach(() => open?.server.close());

const LONG = 60_000;

/** Answers `/quick` at once; holds every other request until it is released. */
const start = async (limits: Partial<Limits>) => {
  const held: Exchange[] = [];
  const stopped: string[] = [];
  const handler: Handler = (exchange) => {
    if (exchange.path === "/quick") {
      exchange.reply(200, "{}");
      return;
    }
    exchange.onStop(() => {
      stopped.push(exchange.path);
      if (exchange.path === "/polite") exchange.reply(200, '"stopped"');
    });
    held.push(exchange);
  };
  open = await serve(handler, { limits: { drainGraceMs: LONG, drainMs: LONG, drainStopMs: LONG, ...limits } });
  return { ...open, held, stopped };
};

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ask = async (port: number, path: string) => parse(await new RawClient(port).write(get(path)).closed());

describe("drain", () => {
  it("A5 says not ready at once, and serves on during the grace, giving connections up", async () => {
    const { port, server } = await start({});
    const idle = new RawClient(port).write(get("/quick"));
    await idle.until((text) => text.includes("{}"));
    void server.drain.begin();
    expect(await ask(port, "/readyz")).toMatchObject({
      status: 503,
      body: expect.stringContaining("draining") as string,
    });
    expect(await ask(port, "/quick")).toMatchObject({ status: 200, headers: { connection: "close" } });
    expect(await ask(port, "/healthz")).toMatchObject({ status: 200 });
    expect(parse(await idle.write(get("/quick")).until((text) => text.split("{}").length > 2)).status).toBe(200);
  });

  it("A5 refuses after the grace, closes idle connections, and lets running requests end", async () => {
    const { port, server, held } = await start({ drainGraceMs: 50 });
    const running = new RawClient(port).write(get("/running"));
    const idle = new RawClient(port).write(get("/quick"));
    await idle.until((text) => text.includes("{}"));
    await eventually(() => held.length === 1);
    const drained = server.drain.begin();
    await eventually(() => server.drain.phase === "refusing");
    await idle.closed();
    const refused = await ask(port, "/quick");
    expect(refused.status).toBe(503);
    expect(refused.headers).toMatchObject({ connection: "close", "retry-after": "1", "x-should-retry": "true" });
    expect(JSON.parse(refused.body)).toMatchObject({ code: "draining" });
    held[0]?.reply(200, '"done"');
    expect(await running.closed()).toContain('"done"');
    expect(await drained).toMatchObject({ running: 1, stopped: 0, cut: 0 });
    expect(server.drain.phase).toBe("done");
  });

  it("A5 lets a running stream end regularly", async () => {
    const { port, server, held } = await start({ drainGraceMs: 20 });
    const client = new RawClient(port).write(get("/stream"));
    await eventually(() => held.length === 1);
    const sink = held[0]!.sink({ keepAlive: null });
    sink.write(Buffer.from("data: 1\n\n"));
    const drained = server.drain.begin();
    await eventually(() => server.drain.phase === "refusing");
    sink.end(Buffer.from("data: 2\n\n"));
    expect((await client.closed()).endsWith("data: 2\n\n\r\n0\r\n\r\n")).toBe(true);
    expect(await drained).toMatchObject({ running: 1, stopped: 0, cut: 0 });
  });

  it("ends by itself after the grace when nothing runs", async () => {
    const { server } = await start({ drainGraceMs: 20 });
    expect(await server.drain.begin()).toMatchObject({ running: 0, stopped: 0, cut: 0 });
  });

  it("without a grace refuses at once, and with nothing running is over at once", async () => {
    const { server } = await start({});
    expect(await server.drain.begin("none")).toMatchObject({ running: 0, stopped: 0, cut: 0 });
  });

  it("without a grace lets running requests end", async () => {
    const { port, server, held } = await start({});
    const running = new RawClient(port).write(get("/running"));
    await eventually(() => held.length === 1);
    const drained = server.drain.begin("none");
    expect((await ask(port, "/quick")).status).toBe(503);
    held[0]?.reply(200, '"done"');
    expect(await running.closed()).toContain('"done"');
    expect(await drained).toMatchObject({ running: 1, stopped: 0, cut: 0 });
  });

  it("A6 tells what still runs to stop when the time is over, then cuts", async () => {
    const { port, server, held, stopped } = await start({ drainGraceMs: 20, drainMs: 50, drainStopMs: 50 });
    const polite = new RawClient(port).write(get("/polite"));
    const deaf = new RawClient(port).write(get("/deaf"));
    await eventually(() => held.length === 2);
    const report = await server.drain.begin();
    expect(stopped.toSorted()).toEqual(["/deaf", "/polite"]);
    expect(await polite.closed()).toContain('"stopped"');
    expect(await deaf.closed()).toBe("");
    expect(report).toMatchObject({ running: 2, stopped: 2, cut: 1 });
  });

  it("A6 a second signal stops at once, also in the grace", async () => {
    const { port, server, held, stopped } = await start({});
    const client = new RawClient(port).write(get("/polite"));
    await eventually(() => held.length === 1);
    const first = server.drain.begin();
    const second = server.drain.begin();
    expect(await client.closed()).toContain('"stopped"');
    expect(stopped).toEqual(["/polite"]);
    expect(await first).toEqual(await second);
  });
});
