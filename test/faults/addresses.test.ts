/** D97: content that a request names by its address, in every dialect and in front of every provider's protocol. */
import http from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { isPublicIp } from "../../src/protocols/address.ts";
import { REFUSED_URLS } from "../../src/protocols/fixtures/urls.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import type { TestGateway } from "../gateway.ts";
import { DIALECTS, type Dialect } from "../client-dialects.ts";
import { echoOf, PROTOCOL_IDS, startFourUpstreams } from "../upstream/four-upstreams.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PDF = Buffer.from("%PDF-1.4\n%%EOF");
const NAMES: Readonly<Record<string, string>> = { "pictures.test": "127.0.0.1", "inner.test": "10.0.0.1" };

let pictures: http.Server;
let asked: string[] = [];
let gateway: TestGateway;

beforeAll(async () => {
  pictures = http.createServer(({ url = "" }, response) => {
    asked.push(url);
    if (url.startsWith("/missing")) response.writeHead(404).end();
    else if (url.startsWith("/inward")) response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    else if (!url.startsWith("/never")) response.end(url.endsWith(".pdf") ? PDF : PNG);
  });
  await new Promise<void>((resolve) => {
    pictures.listen(0, "127.0.0.1", resolve);
  });
  const { port } = pictures.address() as AddressInfo;
  gateway = await startFourUpstreams({
    fetch: {
      lookup: (hostname, _options, callback) => {
        const address = NAMES[hostname];
        if (address === undefined) callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "");
        else callback(null, [{ address, family: 4 }]);
      },
      isAllowed: (ip) => ip === "127.0.0.1" || isPublicIp(ip),
      portOf: () => port,
      limits: { refusalMs: 0 },
    },
  });
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  expect(gateway.server.books.open().count).toBe(0);
  await gateway.close();
  pictures.closeAllConnections();
  pictures.close();
});

const imagePart = (dialect: Dialect, url: string): object => DIALECTS[dialect].image(url);
const post = (dialect: Dialect, protocol: ProtocolId, parts: readonly object[], signal?: AbortSignal) => {
  const { path, body } = DIALECTS[dialect].request(echoOf(protocol), parts);
  return fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
};

describe.each(PROTOCOL_IDS)("a client of %s", (dialect) => {
  it.each(PROTOCOL_IDS)("names no address that is not public, in front of %s", async (protocol) => {
    const before = gateway.balance();
    const texts = new Set<string>();
    for (const url of REFUSED_URLS) {
      const reply = await post(dialect, protocol, [imagePart(dialect, url)]);
      const { message, status } = DIALECTS[dialect].errorOf(await reply.json(), reply.status);
      // Google's own objects were refused before, for what they are.
      if (dialect === "gemini" && message.includes("references to files")) continue;
      expect(status, url).toBe(400);
      texts.add(message);
    }
    expect([...texts]).toEqual([`${DIALECTS[dialect].imagePath}: this URL is not allowed.`]);
    expect(gateway.balance()).toBe(before);
    expect(asked).toEqual([]);
  });

  it.each(PROTOCOL_IDS)("has a picture fetched where %s has no place for its address", async (protocol) => {
    const before = gateway.balance();
    const reply = await post(dialect, protocol, [imagePart(dialect, "http://pictures.test/a.png")]);
    const text = await reply.text();
    expect(reply.status, text).toBe(200);
    // Messages takes addresses over TLS alone, Gemini none; what passes through is the client's own affair.
    const isFetched = dialect !== protocol && (protocol === "gemini" || protocol === "anthropic");
    expect(asked).toEqual(isFetched ? ["/a.png"] : []);
    expect(text).toContain(isFetched ? "[image image/png, 70 bytes" : "not fetched]");
    expect(gateway.balance()).toBeLessThan(before);
  });
});

const CLIENTS = ["openai-chat", "openai-responses", "anthropic"] as const;

describe.each(CLIENTS)("a client of %s, in front of Gemini", (dialect) => {
  it.each([
    ["a name that leads inside", "http://inner.test/a.png", "this URL is not allowed."],
    ["a name that does not exist", "http://nowhere.test/a.png", "this URL is not allowed."],
    ["a redirect that leads inside", "http://pictures.test/inward", "this URL is not allowed."],
    ["nothing there", "http://pictures.test/missing", "holds no image or PDF of a known kind and size."],
  ])("%s is a 400 that names the field, and free", async (_name, url, why) => {
    const before = gateway.balance();
    const reply = await post(dialect, "gemini", [imagePart(dialect, url)]);
    const { message, status } = DIALECTS[dialect].errorOf(await reply.json(), reply.status);
    expect(status).toBe(400);
    expect(message).toBe(`${DIALECTS[dialect].imagePath}: ${why}`);
    expect(gateway.balance()).toBe(before);
    expect(gateway.server.books.open().count).toBe(0);
  });

  it("the same address is fetched once, and no more than sixteen", async () => {
    const part = (n: number): object => imagePart(dialect, `http://pictures.test/${n}.png`);
    expect((await post(dialect, "gemini", [part(1), part(2), part(1)])).status).toBe(200);
    expect(asked.sort()).toEqual(["/1.png", "/2.png"]);
    const many = await post(
      dialect,
      "gemini",
      Array.from({ length: 17 }, (_one, n) => part(n)),
    );
    expect(many.status).toBe(400);
    expect(asked).toHaveLength(2);
  });

  it("a client that leaves while it waits is not charged, and its hold is returned", async () => {
    const before = gateway.balance();
    const leaving = new AbortController();
    const waiting = post(dialect, "gemini", [imagePart(dialect, "http://pictures.test/never")], leaving.signal);
    await expect.poll(() => asked).toEqual(["/never"]);
    leaving.abort();
    await expect(waiting).rejects.toThrow("abort");
    await expect.poll(() => gateway.server.books.open().count).toBe(0);
    expect(gateway.balance()).toBe(before);
  });
});

it("a document by its address is fetched where only its content is taken", async () => {
  const file = { type: "input_file", file_url: "http://pictures.test/a.pdf" };
  for (const protocol of ["openai-chat", "gemini", "anthropic"] as const) {
    const reply = await post("openai-responses", protocol, [file]);
    expect(await reply.text()).toContain(`[document application/pdf, ${PDF.length} bytes`);
    expect(reply.headers.get("x-farthing-dropped")).toBeNull();
  }
});
