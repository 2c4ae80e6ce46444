/**
 * Group D of the fault matrix, bodies that are none: what is no JSON, too much of it, or not as announced. In every dialect a clear
 * error in its own words, before a model is known, a hold taken or a provider called.
 */
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DIALECTS, type Dialect } from "../client-dialects.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { PROTOCOL_IDS } from "../upstream/four-upstreams.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(async () => {
  // Nothing was held and nothing charged for any of it.
  expect(gateway.server.books.open().count).toBe(0);
  expect(gateway.balance()).toBe(10_000_000_000n);
  expect(gateway.query("select count(*) as count from request where posted > 0")).toEqual([{ count: 0n }]);
  await gateway.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The word of the dialect for the error. */
  readonly word: string;
}

const post = async (
  dialect: Dialect,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const { path } = DIALECTS[dialect].request("sandbox/echo", []);
  const reply = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body,
  });
  const text = await reply.text();
  const { word } = DIALECTS[dialect].errorOf(JSON.parse(text), reply.status);
  return { status: reply.status, text, headers: reply.headers, word };
};

/** A code of OpenAI's dialect in the words of the others, for errors that are the request's fault. */
const wordOf = (dialect: Dialect, code: string): string => {
  if (dialect === "anthropic") return "invalid_request_error";
  return dialect === "gemini" ? "INVALID_ARGUMENT" : code;
};

/** The member that holds the conversation. */
const LISTS = {
  "openai-chat": "messages",
  "openai-responses": "input",
  anthropic: "messages",
  gemini: "contents",
} as const satisfies Record<Dialect, string>;

const good = (dialect: Dialect): string => {
  const { request, text } = DIALECTS[dialect];
  return JSON.stringify(request("sandbox/echo", [text("hi")]).body);
};

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

describe.each(PROTOCOL_IDS)("%s", (dialect) => {
  const list = LISTS[dialect];

  it.each<[string, string, string | Uint8Array<ArrayBuffer>, string]>([
    ["D75", "a million brackets", `{"${list}":${"[".repeat(1_000_000)}`, "json_too_complex"],
    ["D75", "a million brackets and nothing else", "[".repeat(1_000_000), "invalid_json"],
    ["D75", "a hundred thousand objects", '{"a":'.repeat(100_000), "json_too_complex"],
    ["D76", "24 MB of empty objects", `{"${list}":[${"{},".repeat(8_000_000)}{}]}`, "json_too_complex"],
    ["D76", "ten million small integers", `{"${list}":[${"1,".repeat(10_000_000)}1]}`, "json_too_complex"],
    ["D79", "bytes that are no UTF-8", bytes('{"', [0xff, 0xfe], '":1}'), "invalid_utf8"],
    ["D79", "an overlong encoding", bytes('{"a":"', [0xc0, 0xaf], '"}'), "invalid_utf8"],
    ["D79", "an encoded surrogate", bytes('{"a":"', [0xed, 0xa0, 0x80], '"}'), "invalid_utf8"],
    ["D79", "a letter that is cut", bytes('{"a":"', [0xe2, 0x82], '"}'), "invalid_utf8"],
    ["D82", "two conversations", `{"${list}":[],"model":"m","${list}":[{}]}`, "duplicate_key"],
    ["D82", "two models, one escaped", '{"model":"cheap","mod\\u0065l":"dear"}', "duplicate_key"],
    ["D86", "nothing", "", "invalid_json"],
    ["D86", "null", "null", "invalid_json"],
    ["D86", "a list", "[]", "invalid_json"],
    ["D86", "a string", '"x"', "invalid_json"],
    ["D86", "trailing letters", "{}x", "invalid_json"],
    ["D86", "two documents", "{}{}", "invalid_json"],
    ["D86", "JSON5", "{model:'x',}", "invalid_json"],
    ["D86", "a number that is none", '{"max_tokens":NaN}', "invalid_json"],
    ["D86", "twenty megabytes of blanks", " ".repeat(20_000_000), "invalid_json"],
  ])("%s %s", async (_id, _name, body, code) => {
    const answer = await post(dialect, body);
    expect(answer.status).toBe(400);
    expect(answer.word).toBe(wordOf(dialect, code));
    expect(answer.headers.get("x-should-retry")).toBe("false");
    expect(answer.text.length).toBeLessThan(1_000);
  });

  it("D86 a byte order mark is refused as no JSON, or read over", async () => {
    const { path } = DIALECTS[dialect].request("sandbox/echo", []);
    const reply = await fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
      body: bytes([0xef, 0xbb, 0xbf], '{"a":'),
    });
    expect(reply.status).toBe(400);
    await reply.arrayBuffer();
  });

  it.each([
    ["packed twice", "gzip, gzip", gzipSync(gzipSync("{}"))],
    ["that is none", "gzip", Buffer.from("{}")],
    ["of which half came", "gzip", gzipSync(good("openai-chat")).subarray(0, 30)],
    ["of another kind", "br", Buffer.from("x")],
    ["of another kind", "zstd", Buffer.from("x")],
    ["of another kind", "deflate", Buffer.from("x")],
    ["of no kind", "constructor", Buffer.from("x")],
  ])("D78 a packed body %s (%s) is refused with the way out", async (_name, encoding, body) => {
    const answer = await post(dialect, Uint8Array.from(body), { "content-encoding": encoding });
    expect(answer.status).toBe(415);
    expect(answer.word).toBe(wordOf(dialect, "unsupported_encoding"));
    expect(answer.headers.get("accept-encoding")).toBe("identity");
  });

  it("D77 a bomb of a thousand to one is too large", async () => {
    const bomb = Uint8Array.from(gzipSync(Buffer.alloc(30_000_000)));
    const answer = await post(dialect, bomb, { "content-encoding": "gzip" });
    expect(answer.status).toBe(413);
    expect(answer.word).toBe(dialect === "anthropic" ? "request_too_large" : wordOf(dialect, "request_too_large"));
  });

  it.each([
    ["text/plain"],
    ["multipart/form-data; boundary=x"],
    ["application/x-www-form-urlencoded"],
    ["application/json; charset=utf-16"],
    ["application/jsonp"],
    ["application"],
  ])("D87 content-type %s", async (type) => {
    const answer = await post(dialect, good(dialect), { "content-type": type });
    expect(answer.status).toBe(415);
    expect(answer.word).toBe(wordOf(dialect, "unsupported_media_type"));
  });

  it("D87 no content-type at all", async () => {
    const { path } = DIALECTS[dialect].request("sandbox/echo", []);
    const body = new Blob([good(dialect)]);
    const reply = await fetch(gateway.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}` },
      body,
    });
    expect(reply.status).toBe(415);
    await reply.arrayBuffer();
  });

  it("C68 a body of more than 32 MiB", async () => {
    const answer = await post(dialect, "x".repeat(33_554_433)).catch(() => undefined);
    // The client may see its own upload break before it reads the answer.
    if (answer === undefined) return;
    expect(answer.status).toBe(413);
    expect(answer.word).toBe(dialect === "anthropic" ? "request_too_large" : wordOf(dialect, "request_too_large"));
  });
});
