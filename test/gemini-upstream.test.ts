/** What Google is sent for clients of each protocol: where, with which credential, and in whose words. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";

const KEY = "the-operators-own-key";
const MODEL = "gemini-3.5-flash";

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const REPLY = {
  candidates: [{ content: { parts: [{ text: "hi" }], role: "model" }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
};
const CHAT_REPLY = {
  id: "c",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

let google: Server;
let gateway: TestGateway;
let received: Received[] = [];

beforeAll(async () => {
  google = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on("data", (part: Buffer) => parts.push(part));
    req.on("end", () => {
      const { url = "", headers } = req;
      received.push({ url, headers, body: Buffer.concat(parts).toString("utf8") });
      const isStream = url.includes("alt=sse");
      res.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
      if (isStream) res.end(`data: ${JSON.stringify(REPLY)}\r\n\r\n`);
      else res.end(JSON.stringify(url.includes("chat/completions") ? CHAT_REPLY : REPLY));
    });
  });
  await new Promise<void>((resolve) => {
    google.listen(0, "127.0.0.1", resolve);
  });
  const { port } = google.address() as AddressInfo;
  gateway = await startTestGateway({
    config: { upstreams: [{ id: "google", provider: "google", baseUrl: `http://127.0.0.1:${port}`, apiKey: KEY }] },
  });
});
afterAll(async () => {
  await gateway.close();
  google.close();
});

const sent = async (path: string, body: object): Promise<{ readonly reply: string; readonly wire: Received }> => {
  received = [];
  const reply = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-goog-api-key": gateway.key, "x-goog-api-client": "test" },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  expect(reply.status, text).toBe(200);
  const [wire] = received;
  if (wire === undefined) throw new Error("nothing was sent");
  expect(JSON.stringify(wire)).not.toContain(gateway.key);
  return { reply: text, wire };
};

const CONTENTS = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
const MESSAGES = { model: MODEL, max_tokens: 50, messages: [{ role: "user", content: "hello" }] };

it.each([
  ["generateContent", `/v1beta/models/${MODEL}:generateContent`],
  ["streamGenerateContent?alt=sse", `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`],
  // Without events from a client of ours, there are events from the provider all the same.
  ["streamGenerateContent", `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`],
])("a Gemini client's own bytes, to %s", async (method, url) => {
  const { wire, reply } = await sent(`/v1beta/models/${MODEL}:${method}`, CONTENTS);
  expect(wire.url).toBe(url);
  expect(wire.headers["x-goog-api-key"]).toBe(KEY);
  expect(wire.headers).not.toHaveProperty("x-goog-api-client");
  expect(wire.body).toBe(JSON.stringify(CONTENTS));
  expect(reply).toContain('"text":"hi"');
});

it("a Messages client's request, translated", async () => {
  const { wire, reply } = await sent("/v1/messages", MESSAGES);
  expect(wire.url).toBe(`/v1beta/models/${MODEL}:generateContent`);
  expect(JSON.parse(wire.body)).toEqual({ ...CONTENTS, generationConfig: { maxOutputTokens: 50 } });
  expect(JSON.parse(reply)).toMatchObject({ content: [{ type: "text", text: "hi" }], stop_reason: "end_turn" });
});

it("an OpenAI client's own bytes, to the compatible surface", async () => {
  const { wire, reply } = await sent("/v1/chat/completions", MESSAGES);
  expect(wire.url).toBe("/v1beta/openai/chat/completions");
  expect(wire.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(JSON.parse(wire.body)).toEqual(MESSAGES);
  expect(JSON.parse(reply)).toEqual(CHAT_REPLY);
});
