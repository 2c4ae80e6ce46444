/** What is not HTTP, or not for us, over raw sockets: C69–C74, E-PARSE, E-HEADERS, E-METHOD, upgrade and preflight. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { echo, parse, RawClient, serve, type Served } from "./fixtures.ts";

let served: Served;
beforeAll(async () => {
  served = await serve(echo, { limits: { lingerMs: 300 } });
});
afterAll(() => served.server.close());

const ask = async (bytes: string | Buffer): Promise<string> => new RawClient(served.port).write(bytes).closed();

const HOST = "Host: a\r\n";
const CLOSE = "Connection: close\r\n";
const get = (extra: string): string => `GET /x HTTP/1.1\r\n${HOST}${extra}\r\n`;
const post = (head: string, body: string): string =>
  `POST /x HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${head}\r\n${body}`;
const many = (count: number): string => Array.from({ length: count }, (_, index) => `x-${index}: 1\r\n`).join("");

describe("a refused head is answered in our words, and the connection is closed", () => {
  it.each<[string, string | Buffer, number, string]>([
    ["C70 a header block over 16 KiB", get(`x-long: ${"a".repeat(17_000)}\r\n`), 431, "headers_too_large"],
    ["C70 a request line over 16 KiB", `GET /${"a".repeat(17_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, "headers_too_large"],
    ["C70 101 header lines", get(many(100)), 431, "headers_too_large"],
    [
      "C70 2,500 short header lines",
      get(Array.from({ length: 2_500 }, () => "a:1\r\n").join("")),
      431,
      "headers_too_large",
    ],
    [
      "C71 length and chunked",
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      400,
      "malformed_http",
    ],
    ["C71 two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400, "malformed_http"],
    ["C71 two equal lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400, "malformed_http"],
    ["C71 unknown transfer encoding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, "malformed_http"],
    ["C71 space before the colon", get("x-a : 1\r\n"), 400, "malformed_http"],
    ["C71 folded header", get("x-a: 1\r\n  2\r\n"), 400, "malformed_http"],
    ["C71 bare line feeds", "GET /x HTTP/1.1\nHost: a\n\n", 400, "malformed_http"],
    ["C71 NUL in a value", get("x-a: 1\u00002\r\n"), 400, "malformed_http"],
    ["C71 CR in a value", get("x-a: 1\r2\r\n"), 400, "malformed_http"],
    ["C71 no host", "GET /x HTTP/1.1\r\n\r\n", 400, "malformed_http"],
    ["C71 empty host", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400, "malformed_http"],
    ["C72 two hosts", `GET /x HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`, 400, "malformed_http"],
    ["C72 two equal hosts, in other case", `GET /x HTTP/1.1\r\n${HOST}HOST: a\r\n\r\n`, 400, "malformed_http"],
    ["C72 absolute form", `GET http://evil/ HTTP/1.1\r\n${HOST}\r\n`, 400, "malformed_http"],
    ["C72 asterisk form on GET", `GET * HTTP/1.1\r\n${HOST}\r\n`, 400, "malformed_http"],
    ["C72 HTTP/0.9 with a version", `GET /x HTTP/0.9\r\n${HOST}\r\n`, 400, "malformed_http"],
    ["C72 HTTP/0.9 line", "GET /x\r\n\r\n", 400, "malformed_http"],
    ["C72 a version from the future", `GET /x HTTP/2.0\r\n${HOST}\r\n`, 400, "malformed_http"],
    ["C72 8-bit bearer", Buffer.from(get("Authorization: Bearer k\u00e9\r\n"), "latin1"), 400, "malformed_http"],
    ["C72 8-bit x-api-key", Buffer.from(get("x-api-key: \u00ff\r\n"), "latin1"), 400, "malformed_http"],
    ["C72 8-bit anthropic-beta", Buffer.from(get("anthropic-beta: \u00ff\r\n"), "latin1"), 400, "malformed_http"],
    ["C72 8-bit target", Buffer.from(`GET /\u00e9 HTTP/1.1\r\n${HOST}\r\n`, "latin1"), 400, "malformed_http"],
    ["C74 TLS", Buffer.from("160301020001000001fc0303", "hex"), 400, "malformed_http"],
    ["C74 h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_http"],
    ["an unknown method", `BREW /x HTTP/1.1\r\n${HOST}\r\n`, 400, "malformed_http"],
    ["C69 bad chunk size", post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"), 400, "malformed_http"],
    [
      "C69 chunk extension flood",
      post("Transfer-Encoding: chunked\r\n", `2;${"a".repeat(40_000)}\r\n{}\r\n0\r\n\r\n`),
      400,
      "malformed_http",
    ],
    [
      "WebSocket",
      get("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"),
      426,
      "upgrade_refused",
    ],
    ["CONNECT", `CONNECT evil:443 HTTP/1.1\r\n${HOST}\r\n`, 405, "method_not_allowed"],
  ])("%s", async (_name, bytes, status, code) => {
    const reply = parse(await ask(bytes));
    expect(reply.status).toBe(status);
    const body: unknown = JSON.parse(reply.body);
    expect(body).toMatchObject({ code, requestId: reply.headers["x-request-id"] });
    expect(reply.headers).toMatchObject({
      connection: "close",
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-should-retry": "false",
      "request-id": reply.headers["x-request-id"],
      "content-length": String(Buffer.byteLength(reply.body)),
    });
  });
});

describe("a refused request on a sane connection", () => {
  it.each<[string, string, number, string]>([
    ["C72 TRACE", `TRACE /x HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 405, "method_not_allowed"],
    ["PROPFIND", `PROPFIND /x HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 405, "method_not_allowed"],
    [
      "D90 two authorization lines",
      get(`Authorization: Bearer a\r\nAuthorization: Bearer b\r\n${CLOSE}`),
      401,
      "invalid_key",
    ],
    ["D90 two x-api-key lines", get(`x-api-key: a\r\nX-API-Key: b\r\n${CLOSE}`), 401, "invalid_key"],
    ["D78 br", post(`Content-Encoding: br\r\nContent-Length: 2\r\n${CLOSE}`, "{}"), 415, "unsupported_encoding"],
    ["D77 gzip", post(`Content-Encoding: gzip\r\nContent-Length: 2\r\n${CLOSE}`, "{}"), 415, "unsupported_encoding"],
    [
      "D78 gzip twice",
      post(`Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n${CLOSE}`, "{}"),
      415,
      "unsupported_encoding",
    ],
    ["D87 no content type", `POST /x HTTP/1.1\r\n${HOST}Content-Length: 2\r\n${CLOSE}\r\n{}`, 415, "unsupported_media"],
  ])("%s", async (_name, bytes, status, code) => {
    const reply = parse(await ask(bytes));
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toMatchObject({ code });
  });

  it("names what it allows (E-METHOD) and which encoding (E-ENCODING)", async () => {
    const method = parse(await ask(`TRACE /x HTTP/1.1\r\n${HOST}${CLOSE}\r\n`));
    expect(method.headers["allow"]).toContain("POST");
    const encoding = parse(await ask(post(`Content-Encoding: zstd\r\nContent-Length: 2\r\n${CLOSE}`, "{}")));
    expect(encoding.headers["accept-encoding"]).toBe("identity");
  });
});

describe("what must go on working", () => {
  it.each<[string, string, number]>([
    ["100 header lines", get(`${many(98)}${CLOSE}`), 200],
    ["16,000 bytes of headers", get(`x-long: ${"a".repeat(16_000)}\r\n${CLOSE}`), 200],
    ["8-bit in a header that decides nothing", get(`x-title: caf\u00e9\r\n${CLOSE}`), 200],
    ["HTTP/1.0 without a host", "GET /x HTTP/1.0\r\n\r\n", 200],
    ["an upgrade to h2c is ignored", get("Upgrade: h2c\r\nConnection: Upgrade, close\r\n"), 200],
    ["two accept lines", get(`Accept: a\r\nAccept: b\r\n${CLOSE}`), 200],
    ["two anthropic-beta lines", get(`anthropic-beta: a\r\nanthropic-beta: b\r\n${CLOSE}`), 200],
    ["identity encoding", post(`Content-Encoding: identity\r\nContent-Length: 2\r\n${CLOSE}`, "{}"), 200],
    ["chunked with a small extension", post(`Transfer-Encoding: chunked\r\n${CLOSE}`, "2;a=b\r\n{}\r\n0\r\n\r\n"), 200],
    ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 204],
    [
      "preflight",
      `OPTIONS /v1/messages HTTP/1.1\r\n${HOST}Origin: https://a\r\nAccess-Control-Request-Method: POST\r\n${CLOSE}\r\n`,
      204,
    ],
  ])("%s", async (_name, bytes, status) => {
    const reply = parse(await ask(bytes));
    expect(reply.status).toBe(status);
    expect(reply.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("C73 answers 100 pipelined requests in order", async () => {
    const asked = Array.from({ length: 100 }, (_, index) => `/${index}`);
    const bytes = asked
      .map((path, index) => `GET ${path} HTTP/1.1\r\n${HOST}${index === 99 ? CLOSE : ""}\r\n`)
      .join("");
    const text = await ask(bytes);
    expect([...text.matchAll(/"path":"([^"]+)"/g)].map((match) => match[1])).toEqual(asked);
  });

  it("a health probe needs nothing", async () => {
    const reply = parse(await ask(`GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`));
    expect(reply).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });

  it("a HEAD reply has the length and no body", async () => {
    const reply = parse(await ask(`HEAD /healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`));
    expect(reply.body).toBe("");
    expect(reply.headers["content-length"]).toBe("15");
  });
});

describe("with CORS on", () => {
  it("lets any origin in, without credentials and without reflecting it", async () => {
    const open = await serve(echo, { cors: true });
    const send = (bytes: string) => new RawClient(open.port).write(bytes).closed();
    const preflight = parse(await send(`OPTIONS /v1/messages HTTP/1.1\r\n${HOST}Origin: https://evil\r\n${CLOSE}\r\n`));
    const reply = parse(await send(get(`Origin: https://evil\r\n${CLOSE}`)));
    await open.server.close();
    for (const { headers } of [preflight, reply]) {
      expect(headers["access-control-allow-origin"]).toBe("*");
      expect(headers["access-control-allow-credentials"]).toBeUndefined();
    }
    expect(preflight.headers["access-control-allow-headers"]).toContain("authorization");
  });
});
