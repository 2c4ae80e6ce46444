/** Request bodies: bounded in bytes, in time, together; broken off, withheld, refused (C65, C68, D87, A21, E-LARGE, E-SLOWBODY). */
import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { errors } from "../errors.ts";
import { ClientGone, isJsonType } from "./body.ts";
import type { Handler } from "./exchange.ts";
import { echo, eventually, parse, RawClient, serve, type Served } from "./fixtures.ts";
import type { Limits } from "./limits.ts";

let open: Served | undefined;
afterEach(() => open?.server.close());

const start = async (handler: Handler, limits: Partial<Limits> = {}): Promise<Served> => {
  open = await serve(handler, { limits: { lingerMs: 300, ...limits } });
  return open;
};

const HEAD = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const CLOSE = "Connection: close\r\n";

describe("isJsonType", () => {
  it.each([
    ["application/json", true],
    ["Application/JSON", true],
    ["application/json; charset=utf-8", true],
    ['application/json;charset="UTF-8"', true],
    ["application/json; profile=x", true],
    ["application/json; charset=utf-16", false],
    ["application/jsonp", false],
    ["application/x-ndjson", false],
    ["text/plain", false],
    ["multipart/form-data; boundary=a", false],
    ["", false],
    [undefined, false],
  ])("%s: %s", (value, expected) => {
    expect(isJsonType(value)).toBe(expected);
  });
});

describe("a body", () => {
  it("arrives as it was sent, however it was cut and framed", async () => {
    const { port } = await start(async (exchange) => {
      exchange.reply(200, (await exchange.body()).toString("hex"));
    });
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (parts, chunked) => {
        const whole = Buffer.concat(parts);
        const client = new RawClient(port);
        client.write(
          `${HEAD}${CLOSE}${chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${whole.length}`}\r\n\r\n`,
        );
        for (const part of parts) {
          if (chunked) client.write(`${part.length.toString(16)}\r\n`);
          client.write(Buffer.from(part));
          if (chunked) client.write("\r\n");
        }
        if (chunked) client.write("0\r\n\r\n");
        expect(parse(await client.closed()).body).toBe(whole.toString("hex"));
      }),
      { numRuns: 40 },
    );
  });

  it.each<[string, string]>([
    ["announced", "Content-Length: 1001\r\n\r\n"],
    ["announced beyond every integer", "Content-Length: 99999999999999999\r\n\r\n"],
    ["chunked", `Transfer-Encoding: chunked\r\n\r\n3e9\r\n${"a".repeat(1001)}\r\n`],
  ])("C68 that is too large is E-LARGE: %s", async (_name, rest) => {
    const { port } = await start(echo, { bodyBytes: 1_000 });
    const reply = parse(await new RawClient(port).write(HEAD + rest).closed());
    expect(reply.status).toBe(413);
    expect(reply.headers["connection"]).toBe("close");
    expect(reply.body).toContain("The request is larger than 1000 bytes.");
  });

  it("of exactly the limit is served", async () => {
    const { port } = await start(echo, { bodyBytes: 1_000 });
    const reply = await new RawClient(port)
      .write(`${HEAD}${CLOSE}Content-Length: 1000\r\n\r\n${"a".repeat(1000)}`)
      .closed();
    expect(parse(reply).body).toContain('"bytes":1000');
  });

  it("C68 a client that pushes 100 MB on sees the 413, and most of it is never read", async () => {
    const { port, server } = await start(echo, { lingerMs: 2_000, lingerBytes: 100_000 });
    let sent = 0;
    const client = new RawClient(port).write(`${HEAD}Content-Length: 100000000\r\n\r\n`);
    const block = Buffer.alloc(64 * 1024);
    const push = (): void => {
      while (sent < 100_000_000 && !client.socket.destroyed) {
        sent += block.length;
        if (!client.socket.write(block)) return;
      }
    };
    client.socket.on("drain", push);
    push();
    expect(parse(await client.until((text) => text.includes("\r\n\r\n"))).status).toBe(413);
    await client.closed();
    expect(sent).toBeLessThan(50_000_000);
    expect(server.load().bodyBytes).toBe(0);
  });

  it("C68 with Expect: 100-continue is refused without a byte of it", async () => {
    const { port } = await start(echo, { bodyBytes: 1_000 });
    const client = new RawClient(port).write(`${HEAD}Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n`);
    const text = await client.closed();
    expect(text.startsWith("HTTP/1.1 413 ")).toBe(true);
  });

  it("with Expect: 100-continue is asked for only when the handler wants it", async () => {
    const { port } = await start(echo);
    const client = new RawClient(port).write(`${HEAD}${CLOSE}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
    expect(await client.until((text) => text.includes("\r\n\r\n"))).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.write("{}");
    expect(await client.closed()).toContain('"bytes":2');
  });

  it("is not asked for when the handler refuses first", async () => {
    const { port } = await start(() => {
      throw errors.invalidKey();
    });
    const text = await new RawClient(port).write(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`).closed();
    expect(text.startsWith("HTTP/1.1 401 ")).toBe(true);
  });

  it("C65 that does not come in time is E-SLOWBODY", async () => {
    const { port } = await start(echo, { bodyMs: 500 });
    const reply = parse(await new RawClient(port).write(`${HEAD}Content-Length: 10\r\n\r\n{`).closed());
    expect(reply.status).toBe(408);
    expect(reply.headers).toMatchObject({ connection: "close", "x-should-retry": "true" });
    expect(JSON.parse(reply.body)).toMatchObject({ code: "slow_body" });
  });

  it("C65 that drips below 1 KB/s is E-SLOWBODY long before its deadline", async () => {
    const { port } = await start(echo, { bodyGraceMs: 500, bodyMs: 1_000_000 });
    const client = new RawClient(port).write(`${HEAD}Content-Length: 100000\r\n\r\n`);
    const drip = setInterval(() => client.write("a"), 20);
    expect(parse(await client.closed()).status).toBe(408);
    clearInterval(drip);
  });

  it("that is broken off ends the exchange quietly: nothing held, nobody blamed", async () => {
    const thrown: unknown[] = [];
    const { port, server, finished, faults } = await start(async (exchange) => {
      try {
        await exchange.body();
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    });
    const client = new RawClient(port).write(`${HEAD}Content-Length: 100\r\n\r\n{`);
    await eventually(() => server.load().bodyBytes === 1);
    client.destroy();
    await eventually(() => finished.length === 1);
    expect(thrown[0]).toBeInstanceOf(ClientGone);
    expect(faults).toEqual([]);
    expect(finished[0]?.status).toBe(0);
    expect(server.load()).toEqual({ requests: 0, streams: 0, bodyBytes: 0 });
  });

  it("with broken chunks gets its 400, and the handler learns that nobody is there", async () => {
    const thrown: unknown[] = [];
    const { port, finished } = await start((exchange) =>
      exchange.body().then(
        () => undefined,
        (error: unknown) => void thrown.push(error),
      ),
    );
    const reply = parse(await new RawClient(port).write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX`).closed());
    expect(reply.status).toBe(400);
    await eventually(() => finished.length === 1 && thrown.length === 1);
    expect(thrown[0]).toBeInstanceOf(ClientGone);
  });

  it("A21 is shed with E-BUSY when all bodies together are too many, and counted out at the end", async () => {
    const waiting: (() => void)[] = [];
    const { port, server } = await start(
      async (exchange) => {
        await exchange.body();
        waiting.push(() => {
          exchange.reply(200, "{}");
        });
      },
      { bodyBytesInFlight: 1_500 },
    );
    const send = () => new RawClient(port).write(`${HEAD}${CLOSE}Content-Length: 1000\r\n\r\n${"a".repeat(1000)}`);
    const first = send();
    await eventually(() => waiting.length === 1);
    const second = parse(await send().closed());
    expect(second.status).toBe(503);
    expect(second.headers).toMatchObject({ "retry-after": "1", "retry-after-ms": "1000", "x-should-retry": "true" });
    waiting[0]?.();
    await first.closed();
    await eventually(() => server.load().bodyBytes === 0);
    const third = send();
    await eventually(() => waiting.length === 2);
    waiting[1]?.();
    expect(parse(await third.closed()).status).toBe(200);
  });
});

describe("a reply before the body was read", () => {
  const refuse: Handler = () => {
    throw errors.invalidKey();
  };

  it("keeps the connection when the rest is small", async () => {
    const { port } = await start(refuse);
    const client = new RawClient(port).write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
    await client.until((text) => text.includes("invalid_key"));
    expect(parse(client.text).headers["connection"]).toBe("keep-alive");
    client.write(`GET /y HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`);
    expect((await client.closed()).match(/HTTP\/1\.1 401/g)).toHaveLength(2);
  });

  it.each([
    ["large", "Content-Length: 1000000\r\n\r\n"],
    ["of unknown size", "Transfer-Encoding: chunked\r\n\r\n"],
  ])("gives the connection up when the rest is %s", async (_name, rest) => {
    const { port } = await start(refuse);
    const reply = parse(await new RawClient(port).write(HEAD + rest).closed());
    expect(reply.status).toBe(401);
    expect(reply.headers["connection"]).toBe("close");
  });
});
