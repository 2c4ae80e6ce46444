/**
 * b13: a key in an address goes no further than to the one who reads it. b17 to b22: no address that a customer names is called, wherever
 * it stands, and whoever names one is never sent the provider's key.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startGateway, type GatewayProcess } from "../client.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { CHARGED_CALLS, send } from "./calls.ts";

const THEIR_KEY = "their-key-canary-77a1";
const FILMS = "doubao-seedance-2-0-fast-260128";

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;
let key: string;
/** An address inside, which must never be called. */
let inside: Server;
let insideUrl: string;
let called: string[] = [];

const GEMINI_REPLY = {
  candidates: [{ index: 0, content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP" }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
};

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  inside = createServer((request, response) => {
    called.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => inside.listen(0, "127.0.0.1", resolve));
  insideUrl = `http://127.0.0.1:${(inside.address() as AddressInfo).port}`;
  const chat = { kind: "chat", context: 100_000, maxOutput: 4_096, prices: { input: "1", output: "5" } };
  const own = (provider: string, prefix: string) => ({
    provider,
    baseUrl: upstream.baseUrl + prefix,
    apiKey: "${THEIR_KEY}",
  });
  gateway = await startGateway({
    env: { THEIR_KEY, LOG_LEVEL: "trace", METRICS_PORT: "off" },
    configYaml: JSON.stringify({
      upstreams: [
        { id: "google", ...own("gemini-compatible", "") },
        { id: "lab", ...own("openai-compatible", "/v1") },
        { id: "films", ...own("bytedance", "") },
      ],
      models: [
        { id: "by-google", ...chat, routes: [{ upstream: "google", model: "theirs" }] },
        { id: "by-lab", ...chat, routes: [{ upstream: "lab", model: "theirs" }] },
        {
          id: "pictures",
          kind: "image",
          prices: { input: "5", image_input: "8", image_output: "30" },
          routes: [{ upstream: "lab", model: "theirs" }],
        },
        { id: FILMS, routes: [{ upstream: "films", model: "theirs" }] },
      ],
    }),
  });
  const account = (await gateway.cli("account", "create", "--name", "a", "--credit", "50")) as { id: string };
  ({ key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string });
  // What the command line makes is known to the server within a second.
  const isKnown = async (): Promise<boolean> =>
    (await fetch(`${gateway.url}/v1/profile`, { headers: { "x-api-key": key } })).status === 200;
  while (!(await isKnown())) await new Promise((resolve) => setTimeout(resolve, 50));
});
beforeEach(() => {
  upstream.clear();
  upstream.always(json(GEMINI_REPLY));
  called = [];
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  inside.closeAllConnections();
  inside.close();
});

describe("b13: a key in the address", () => {
  const contents = { contents: [{ role: "user", parts: [{ text: "hi" }] }] };
  const ADDRESSES = [
    ["POST", "/v1beta/models/by-google:generateContent?key=KEY", 200],
    ["POST", "/v1beta/models/by-google:generateContent?alt=json&key=KEY&prettyPrint=true", 200],
    ["POST", "/v1beta/v1beta/models/by-google:generateContent?key=KEY", 200],
    ["GET", "/v1beta/models?key=KEY", 200],
    ["GET", "/v1beta/models?key=KEY&pageToken=KEY", null],
    ["GET", "/v1/profile?key=KEY", 200],
    ["GET", "/v1/models/KEY?key=KEY", 404],
    ["GET", "/no/such/path?key=KEY", 404],
    ["DELETE", "/v1beta/models/by-google:generateContent?key=KEY", 405],
    ["POST", "/v1beta/models/nothing:generateContent?key=KEY", 404],
    ["GET", "/v1/videos/task_0/content?key=KEY", 404],
    ["GET", "/v1/usage?key=KEY&model=", null],
    ["GET", "/?key=KEY", 200],
    ["GET", "/sign-in?key=KEY", null],
    ["GET", "/console/api/public/storefront?key=KEY", 400],
    ["GET", "/console/api/me?key=KEY", 401],
  ] as const;

  it.each(ADDRESSES)("%s %s", async (method, address, status) => {
    const response = await fetch(gateway.url + address.replaceAll("KEY", key), {
      method,
      redirect: "manual",
      headers: {
        accept: "text/html,application/json",
        ...(method === "POST" ? { "content-type": "application/json" } : {}),
      },
      ...(method === "POST" ? { body: JSON.stringify(contents) } : {}),
    });
    if (status !== null) expect(response.status).toBe(status);
    // A name that does not exist is told back as it was asked for; whoever asks for a key by name knows it.
    const isName = address.includes("/models/KEY");
    const said = `${JSON.stringify([...response.headers])}\n${await response.text()}`;
    expect(said.includes(key)).toBe(isName);
    if (response.headers.get("content-type")?.startsWith("text/html") === true)
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    for (const { path, headers, body } of upstream.requests) {
      expect(path).not.toContain("key=");
      expect(headers["x-goog-api-key"]).toBe(THEIR_KEY);
      for (const text of [path, JSON.stringify(headers), body.toString()]) expect(text).not.toContain(key);
    }
    expect(upstream.requests.length).toBe(method === "POST" && status === 200 ? 1 : 0);
  });

  it("is in no line of the log and in no cell of the database, and neither is the provider's", () => {
    expect(gateway.logs()).not.toContain(key);
    expect(gateway.logs()).not.toContain(THEIR_KEY);
    const reader = gateway.reader();
    for (const table of ["request", "task", "audit_log", "api_key"])
      for (const row of reader.query(`select * from ${table}`))
        for (const value of Object.values(row)) {
          const text = value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
          expect(text).not.toContain(key);
        }
  });
});

describe("b21: nobody names the provider but its operator", () => {
  const HEADERS = [
    "x-portkey-custom-host",
    "x-portkey-config",
    "x-portkey-provider",
    "x-base-url",
    "x-api-base",
    "x-forwarded-host",
    "x-original-url",
    "x-upstream-url",
    "helicone-target-url",
    "helicone-openai-api-base",
    "cf-aig-custom-base",
    "openai-base-url",
    "forwarded",
  ];
  const completion = {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "theirs",
    choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };

  it("by a header", async () => {
    upstream.always(json(completion));
    const headers = Object.fromEntries(HEADERS.map((name) => [name, insideUrl]));
    const [chat] = CHARGED_CALLS;
    const response = await send(gateway.url, chat!, "by-lab", { ...headers, authorization: `Bearer ${key}` });
    expect(response.status, await response.text()).toBe(200);
    expect(upstream.requests).toHaveLength(1);
    const [request] = upstream.requests;
    for (const name of HEADERS) expect(request?.headers).not.toHaveProperty(name);
    expect(called).toEqual([]);
  });

  it.each([
    "api_base",
    "base_url",
    "baseUrl",
    "api_url",
    "endpoint",
    "host",
    "custom_host",
    "api_key",
    "upstream",
    "provider",
    "custom_llm_provider",
    "litellm_params",
    "extra_headers",
    "fallbacks",
    "mock_response",
  ])("by the member %s of a body, of its query, or of its metadata", async (name) => {
    upstream.always(json(completion));
    const value = name.endsWith("s") ? [{ api_base: insideUrl, model: "other" }] : insideUrl;
    const response = await fetch(`${gateway.url}/v1/chat/completions?${name}=${encodeURIComponent(insideUrl)}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: "by-lab",
        max_tokens: 20,
        messages: [{ role: "user", content: "hi" }],
        [name]: value,
        metadata: { [name]: insideUrl },
      }),
    });
    await response.text();
    // Ours is asked or nobody is: what it makes of a member that it does not know is its own affair.
    expect(upstream.requests).toHaveLength(response.status === 200 ? 1 : 0);
    for (const { headers, path } of upstream.requests) {
      expect(headers["authorization"]).toBe(`Bearer ${THEIR_KEY}`);
      expect(path).toBe("/v1/chat/completions");
    }
    expect(called).toEqual([]);
  });

  it("nor by the model's name", async () => {
    for (const model of [
      `${insideUrl}/by-lab`,
      "by-lab@evil.example",
      "openai/by-lab",
      "../by-lab",
      `by-lab#${insideUrl}`,
    ]) {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": key },
        body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
      });
      expect([400, 404]).toContain(response.status);
      await response.text();
    }
    expect(upstream.requests).toHaveLength(0);
    expect(called).toEqual([]);
  });
});

describe("b17 to b20: an address inside, wherever a call has room for one", () => {
  const FILM = "/v1/videos/generations";
  const film = (members: (url: string) => object) => (url: string) => ({ model: FILMS, prompt: "a", ...members(url) });
  const edit = (members: (url: string) => object) => (url: string) => ({
    model: "pictures",
    prompt: "a",
    images: [{ image_url: url }],
    ...members(url),
  });
  /** By what it is for: where it goes, and the members that hold it. */
  const PLACES: readonly (readonly [name: string, path: string, bodyOf: (url: string) => object])[] = [
    ["a picture to edit", "/v1/images/edits", edit(() => ({}))],
    ["a mask", "/v1/images/edits", edit((url) => ({ mask: { image_url: url } }))],
    ["a film's picture", FILM, film((url) => ({ image: url }))],
    ["one of several", FILM, film((url) => ({ images: ["https://example.com/a.png", url] }))],
    ["the first", FILM, film((url) => ({ first_frame: url }))],
    ["the last", FILM, film((url) => ({ last_frame: { url } }))],
    ["a reference", FILM, film((url) => ({ reference_images: [{ image_url: { url } }] }))],
    ["a frame", FILM, film((url) => ({ frame_images: [{ frame_type: "last_frame", image_url: { url } }] }))],
    ["a provider's own option", FILM, film((url) => ({ metadata: { input: { video: url } } }))],
    ["a film to change", FILM, film((url) => ({ video: url }))],
    ["a sound", FILM, film((url) => ({ audio: url }))],
    ["a part of Ark's", FILM, film((url) => ({ content: [{ type: "image_url", image_url: { url } }] }))],
    ["a picture in OpenAI's form", "/v1/videos", film((url) => ({ input_reference: { image_url: url } }))],
    ["whom to tell", FILM, film((url) => ({ callback_url: url }))],
  ];
  const HOSTS = [
    "127.0.0.1",
    "localhost",
    "localhost.",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "①②⑦.0.0.1",
    "user@127.0.0.1",
  ];
  /** Where somebody listens, and where the usual ports would be: no other port is allowed anyway. */
  const targets = (port: string): readonly string[] => [
    ...HOSTS.flatMap((host) => [`http://${host}:${port}/`, `http://${host}/`]),
    "http://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/",
    "file:///etc/passwd",
  ];

  it.each(PLACES)("%s: %s", async (_name, path, bodyOf) => {
    // Refusals take their time, all the same; so they are asked for at once.
    const answers = targets(new URL(insideUrl).port).map(async (url) => {
      const response = await fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify(bodyOf(url)),
      });
      return { url, status: response.status, text: await response.text() };
    });
    for (const { url, status, text } of await Promise.all(answers)) expect(status, `${url}: ${text}`).toBe(400);
    expect(called).toEqual([]);
    // Nor does the provider hear of it: it would be its network then, and our account there.
    expect(upstream.requests).toHaveLength(0);
  });

  it("under a name that is none here it goes nowhere", async () => {
    upstream.always(json({ id: "cgt-1" }));
    const names = ["webhook", "webhook_url", "notify_url", "callback", "image_tail", "last_image", "api_base"];
    const response = await fetch(gateway.url + FILM, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: FILMS,
        prompt: "a",
        ...Object.fromEntries(names.map((name) => [name, insideUrl])),
      }),
    });
    expect(response.status, await response.text()).toBe(200);
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]?.body.toString()).not.toContain(insideUrl);
    expect(called).toEqual([]);
  });
});
