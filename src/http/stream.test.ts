/** Streamed replies: framing, back-pressure, keep-alive, and clients that leave or stall (C61, C63, B31). */
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { Exchange, Handler, StreamSink } from "./exchange.ts";
import { eventually, parse, RawClient, serve, type Served } from "./fixtures.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { Heartbeat, ResponseSink } from "./stream.ts";

let open: Served | undefined;
afterEach(() => open?.server.close());

const start = async (handler: Handler, limits: Partial<Limits> = {}): Promise<Served> => {
  open = await serve(handler, { limits });
  return open;
};

const GET = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
const GET_CLOSE = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const SSE = ["content-type", "text/event-stream"] as const;
const PING = Buffer.from(": keep-alive\n\n");

/** Starts streams and hands them out. */
const streaming = async (keepAlive: Buffer | null, limits: Partial<Limits> = {}) => {
  const sinks: { sink: StreamSink; exchange: Exchange }[] = [];
  const gone: string[] = [];
  const served = await start((exchange) => {
    const sink = exchange.sink({ keepAlive });
    exchange.onGone(() => gone.push(exchange.requestId));
    sink.open(200, SSE);
    sinks.push({ sink, exchange });
  }, limits);
  const next = async (count = 1): Promise<StreamSink> => {
    await eventually(() => sinks.length >= count);
    const { sink } = sinks[count - 1]!;
    return sink;
  };
  return { ...served, sinks, gone, next };
};

/** Reads a stream with Node's own client, which checks the framing. */
const read = (port: number): Promise<{ status: number; body: Buffer; complete: boolean }> =>
  new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path: "/x" }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("error", () => undefined);
      res.on("close", () => {
        resolve({ status: res.statusCode ?? 0, body: Buffer.concat(chunks), complete: res.complete });
      });
    })
      .on("error", reject)
      .end();
  });

describe("framing", () => {
  it("carries any chunks, small and large, with and without last bytes", async () => {
    let plan: { chunks: Buffer[]; last: Buffer | undefined } = { chunks: [], last: undefined };
    const { port } = await start(async (exchange) => {
      const sink = exchange.sink({ keepAlive: null });
      for (const [index, chunk] of plan.chunks.entries()) {
        sink.write(chunk);
        if (index % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
      }
      sink.end(plan.last);
      expect(sink.bytes).toBe(plan.chunks.reduce((sum, chunk) => sum + chunk.length, plan.last?.length ?? 0));
    });
    const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(4_095, 16_384, 16_385, 70_000));
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 6 }), fc.option(size, { nil: undefined }), async (sizes, last) => {
        const chunks = sizes.map((length, index) => Buffer.alloc(length, index + 1));
        plan = { chunks, last: last === undefined ? undefined : Buffer.alloc(last, 0xff) };
        const reply = await read(port);
        expect(reply.complete).toBe(true);
        expect(reply.body.equals(Buffer.concat([...chunks, ...(plan.last === undefined ? [] : [plan.last])]))).toBe(
          true,
        );
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the connection for the next request", async () => {
    const { port, next } = await streaming(null);
    const client = new RawClient(port).write(GET);
    (await next()).end(Buffer.from("data: 1\n\n"));
    await client.until((text) => text.endsWith("0\r\n\r\n"));
    client.write(GET_CLOSE);
    (await next(2)).end(Buffer.from("data: 2\n\n"));
    const text = await client.closed();
    expect(text.match(/transfer-encoding: chunked/g)).toHaveLength(2);
    expect(text).toContain("9\r\ndata: 2\n\n\r\n0\r\n\r\n");
  });

  it("sends the head with the first write, in one piece, or earlier when flushed", async () => {
    const { port, next } = await streaming(null);
    const client = new RawClient(port).write(GET);
    const sink = await next();
    sink.flush();
    const head = await client.until((text) => text.includes("\r\n\r\n"));
    expect(parse(head)).toMatchObject({ status: 200, body: "", headers: { "content-type": "text/event-stream" } });
    expect(parse(head).headers).toMatchObject({
      "x-request-id": "req_1",
      "request-id": "req_1",
      "cache-control": "no-store",
    });
    sink.end();
  });

  it("is delimited by the connection's end for HTTP/1.0", async () => {
    const { port, next } = await streaming(null);
    const client = new RawClient(port).write("GET /x HTTP/1.0\r\n\r\n");
    const sink = await next();
    sink.write(Buffer.from("data: 1\n\n"));
    sink.end(Buffer.from("data: 2\n\n"));
    const reply = parse(await client.closed());
    expect(reply.headers["transfer-encoding"]).toBeUndefined();
    expect(reply.body).toBe("data: 1\n\ndata: 2\n\n");
  });

  it("a cut leaves the body without its end", async () => {
    const { port, next, gone } = await streaming(null);
    const reading = read(port);
    const sink = await next();
    sink.write(Buffer.from("data: 1\n\n"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    sink.cut();
    expect(await reading).toMatchObject({ status: 200, complete: false });
    expect(sink.closed).toBe(true);
    await eventually(() => gone.length === 1);
  });

  it("what a handler throws after the head cuts the reply", async () => {
    const { port, faults } = await start(async (exchange) => {
      exchange.sink({ keepAlive: null }).write(Buffer.from("data: 1\n\n"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("a bug");
    });
    expect(await read(port)).toMatchObject({ status: 200, complete: false });
    expect(faults).toHaveLength(1);
  });
});

describe("a client that leaves", () => {
  it("C61 is known at once, and later writes are no-ops", async () => {
    const { port, next, gone, finished, server } = await streaming(PING);
    const client = new RawClient(port).write(GET);
    const sink = await next();
    sink.write(Buffer.from("data: 1\n\n"));
    await client.until((text) => text.includes("data: 1"));
    client.destroy();
    await eventually(() => gone.length === 1);
    expect(sink.closed).toBe(true);
    expect(sink.write(Buffer.from("data: 2\n\n"))).toBe(false);
    sink.end();
    sink.cut();
    expect(finished).toHaveLength(1);
    expect(server.load()).toEqual({ requests: 0, streams: 0, bodyBytes: 0 });
  });

  it("is known to every request of the connection, also to those whose turn had not come", async () => {
    const { port, sinks, gone, finished } = await streaming(null);
    const client = new RawClient(port).write(GET + GET + GET);
    await eventually(() => sinks.length === 3);
    client.destroy();
    await eventually(() => finished.length === 3);
    expect(gone.toSorted()).toEqual(["req_1", "req_2", "req_3"]);
  });

  it("is not reported after a complete reply", async () => {
    const { port, next, gone, finished } = await streaming(null);
    const reading = read(port);
    (await next()).end(Buffer.from("data: 1\n\n"));
    await reading;
    await eventually(() => finished.length === 1);
    expect(gone).toEqual([]);
  });
});

describe("a client that does not read (C63)", () => {
  const block = Buffer.alloc(64 * 1024, "a");

  /** A source without end that pauses when told and goes on when called; returns what it has written. */
  const pump = (sink: StreamSink): (() => number) => {
    let written = 0;
    const fill = (): void => {
      do written += block.length;
      while (sink.write(block));
    };
    sink.onDrain(fill);
    fill();
    return () => written;
  };

  /** Waits until the pipe is full: the kernel takes megabytes before a client's silence is felt. */
  const full = async (written: () => number): Promise<number> => {
    let before = -1;
    while (written() !== before) {
      before = written();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return before;
  };

  it("pauses the source, and resumes it when the client reads", async () => {
    const { port, next, sinks } = await streaming(null);
    const client = new RawClient(port).write(GET);
    client.socket.pause();
    const written = pump(await next());
    const before = await full(written);
    expect(sinks[0]!.exchange.res.writableLength).toBeLessThan(1024 * 1024);
    client.socket.resume();
    await eventually(() => written() > before);
    client.destroy();
  });

  it("is given up when no byte was taken for the whole time", async () => {
    const { port, next, gone, server } = await streaming(PING, { streamStallMs: 300 });
    const client = new RawClient(port).write(GET);
    client.socket.pause();
    const sink = await next();
    pump(sink);
    await eventually(() => gone.length === 1);
    expect(sink.closed).toBe(true);
    expect(server.load().streams).toBe(0);
    client.destroy();
  });

  it("is kept when it reads slowly", async () => {
    const { port, next, gone } = await streaming(PING, { streamStallMs: 400 });
    const client = new RawClient(port).write(GET);
    const slow = setInterval(() => {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 150);
    }, 200);
    const written = pump(await next());
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    clearInterval(slow);
    expect(gone).toEqual([]);
    expect(written()).toBeGreaterThan(1_000_000);
    client.destroy();
  });

  it("loses its stream when the source goes on regardless: the buffer is bounded", async () => {
    const { port, next, sinks } = await streaming(null, { streamBufferBytes: 200_000 });
    const client = new RawClient(port).write(GET);
    client.socket.pause();
    const sink = await next();
    for (let writes = 0; writes < 1_000 && !sink.closed; writes += 1) {
      sink.write(block);
      if (!sink.closed) expect(sinks[0]!.exchange.res.writableLength).toBeLessThan(10_000_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sink.closed).toBe(true);
    client.destroy();
  });
});

describe("keep-alive", () => {
  it("B31 is written after a silence, again and again, and not while events flow", async () => {
    const { port, next } = await streaming(PING, { streamSilenceMs: 100 });
    const client = new RawClient(port).write(GET);
    const sink = await next();
    await client.until((text) => text.split(": keep-alive").length > 3);
    sink.end(Buffer.from("data: 1\n\n"));
    await client.until((text) => text.endsWith("0\r\n\r\n"));
    expect(parse(client.text).body.startsWith("e\r\n: keep-alive\n\n\r\ne\r\n")).toBe(true);
  });

  it("comes once per silence, and a write starts the silence anew", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const written: string[] = [];
    const res = { destroyed: false, writableLength: 0, write: (chunk: Buffer) => written.push(chunk.toString()) > 0 };
    const heartbeat = new Heartbeat(10_000);
    const sink = new ResponseSink({
      req: { httpVersionMinor: 1, method: "GET" } as IncomingMessage,
      res: res as unknown as ServerResponse,
      limits: LIMITS,
      heartbeat,
      keepAlive: PING,
      head: () => undefined,
    });
    sink.open(200, []);
    vi.advanceTimersByTime(9_000);
    expect(written).toHaveLength(0);
    vi.advanceTimersByTime(26_000);
    expect(written).toHaveLength(3);
    sink.write(Buffer.from("data: 1\n\n"));
    vi.advanceTimersByTime(9_000);
    expect(written).toHaveLength(4);
    sink.dispose();
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(4);
    vi.useRealTimers();
  });

  it("never lands inside an event", async () => {
    const { port, next } = await streaming(PING, { streamSilenceMs: 50 });
    const client = new RawClient(port).write(GET);
    const sink = await next();
    sink.write(Buffer.from('data: {"half":'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.text).not.toContain("keep-alive\n\n");
    sink.write(Buffer.from("1}\r\n\r\n"));
    await client.until((text) => text.includes(": keep-alive\n\n"));
    sink.end();
  });

  it("is not written before the stream was opened, nor after its end", async () => {
    let sink: StreamSink | undefined;
    const { port, server } = await start(
      (exchange) => {
        sink = exchange.sink({ keepAlive: PING });
      },
      { streamSilenceMs: 20 },
    );
    const client = new RawClient(port).write(GET);
    await eventually(() => sink !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.text).toBe("");
    sink?.end(Buffer.from("data: 1\n\n"));
    await client.until((text) => text.endsWith("0\r\n\r\n"));
    expect(server.load().streams).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.text).not.toContain("keep-alive\n\n");
    client.destroy();
  });
});
