/** DESIGN §9.8: the base-URL mistakes that are put right and the probes that are answered, under every mount of a storefront. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";

const MOUNTS = ["", "/api", "/api/proxy"] as const;
const MODEL = "sandbox/echo";
const HELLO = [{ role: "user", content: "hello" }];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { storefront: { mounts: [...MOUNTS] } } });
});
afterAll(() => gateway.close());

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const send = (path: string, options: Sent = {}): Promise<Response> =>
  fetch(gateway.url + path, {
    ...options,
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json", ...options.headers },
  });

const BODIES = {
  chat: { model: MODEL, messages: HELLO },
  completions: { model: MODEL, prompt: "hello" },
  responses: { model: MODEL, input: "hello" },
  messages: { model: MODEL, messages: HELLO, max_tokens: 64 },
  gemini: { contents: [{ role: "user", parts: [{ text: "hello" }] }] },
} as const;

/** What each dialect's reply must hold, so that a path that is put right is the right one. */
const REPLIES: Readonly<Record<keyof typeof BODIES, string>> = {
  chat: '"chat.completion"',
  completions: '"text_completion"',
  responses: '"object":"response"',
  messages: '"type":"message"',
  gemini: '"candidates"',
};

const GEMINI = `models/${MODEL}:generateContent`;

const PATHS: readonly (readonly [keyof typeof BODIES, string])[] = [
  ["chat", "/v1/chat/completions"],
  ["chat", "/v1/v1/chat/completions"],
  ["chat", "/v1/v1/v1/chat/completions"],
  ["chat", "/v1/chat/completions/chat/completions"],
  ["chat", "/v1/chat/completions/v1/chat/completions"],
  ["chat", "/v1/chat/completions/"],
  ["chat", "//v1//chat/completions"],
  ["completions", "/v1/completions"],
  ["completions", "/v1/v1/completions"],
  ["completions", "/v1/completions/completions"],
  ["responses", "/v1/responses"],
  ["responses", "/v1/v1/responses"],
  ["responses", "/v1/responses/responses"],
  ["messages", "/v1/messages"],
  ["messages", "/v1/v1/messages"],
  ["messages", "/v1/messages/v1/messages"],
  ["messages", "/v1/messages/messages"],
  ["messages", "/v1/messages?beta=true"],
  ["gemini", `/v1beta/${GEMINI}`],
  ["gemini", `/v1beta/v1beta/${GEMINI}`],
  ["gemini", `/v1/v1beta/${GEMINI}`],
  ["gemini", `/v1/${GEMINI}`],
];

describe.each(MOUNTS)("the mount '%s'", (mount) => {
  it.each(PATHS)("serves %s at %s", async (dialect, path) => {
    const reply = await send(mount + path, { method: "POST", body: JSON.stringify(BODIES[dialect]) });
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining(REPLIES[dialect])]);
  });

  it.each([
    "/v1/models",
    "/v1/v1/models",
    "/v1/models/models",
    "/v1/models/info",
    "/v1/v1/models/info",
    `/v1/models/${MODEL}`,
    `/v1/v1/models/${MODEL}`,
    "/v1beta/models",
    "/v1beta/v1beta/models",
    "/v1/profile",
    "/v1/v1/profile",
  ])("answers GET %s", async (path) => {
    expect((await send(mount + path)).status).toBe(200);
  });

  it.each(["", "/", "/v1", "/v1/", "/v1beta", "/hello"])(
    "answers the probes GET and HEAD '%s', without a key",
    async (path) => {
      const url = gateway.url + mount + path;
      const [got, head] = await Promise.all([fetch(url), fetch(url, { method: "HEAD" })]);
      expect([got.status, head.status, await head.text()]).toEqual([200, 200, ""]);
    },
  );

  it("tolerates a beta that it does not know", async () => {
    const headers = { "anthropic-beta": "never-heard-of-2031-01-01", "anthropic-version": "2023-06-01" };
    const body = JSON.stringify(BODIES.messages);
    expect((await send(`${mount}/v1/messages`, { method: "POST", headers, body })).status).toBe(200);
  });
});

describe("what stays a mistake", () => {
  it.each([
    // The seed of that mount says so (§9.7).
    "/api/proxy/chat/completions",
    "/api/chat/completions",
    "/api/proxy/v1/nothing",
    "/proxy/v1/chat/completions",
    "/v1/chat/completions/messages",
  ])("%s is not found", async (path) => {
    const reply = await send(path, { method: "POST", body: JSON.stringify(BODIES.chat) });
    expect(reply.status).toBe(404);
  });
});
