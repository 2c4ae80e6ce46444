/**
 * b14, b36: what a provider says of itself when it fails (keys, hosts, organisations, where to go) reaches nobody: not in a reply of any
 * route, dialect or kind, not in what is stored, not in what the console shows. And b27: what it counts never pays the customer.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { signedIn } from "../../src/console/people/fixtures.ts";
import { runStatement } from "../../src/db/steps.ts";
import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { CHARGE, goodStream, TEXT } from "../upstream/chat.ts";
import { event, START } from "../upstream/messages.ts";
import { dataEvents, json, redirect, reply, stream, type Script } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { CHARGED_CALLS, send, type ChargedCall, type Kind } from "./calls.ts";

const THEIR_KEY = "sk-proj-canary-9a41";
const SECRETS = [THEIR_KEY, "org-canary", "canary-host", "10.9.8.7", "at Object.canary"];
const LEAK = `Incorrect API key provided: ${THEIR_KEY}; org-canary at https://canary-host.internal (10.9.8.7)\n    at Object.canary (/srv/a.js:1)`;
/** What is not taken for a matter of our credential. */
const ASIDE = "org-canary: canary-host.internal (10.9.8.7) does not take this field";
const ERROR = { message: LEAK, type: "server_error", code: "canary-host", param: "org-canary", status: LEAK };

const PROVIDERS = {
  "openai-chat": ["openai-compatible", "/v1"],
  "openai-responses": ["openai-responses-compatible", "/v1"],
  anthropic: ["anthropic-compatible", ""],
  gemini: ["gemini-compatible", ""],
} as const satisfies Record<ProtocolId, readonly [string, string]>;

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const routes = [{ upstream: "openai-chat", model: "theirs" }];
  gateway = await startTestGateway({
    credit: "1000",
    config: {
      upstreams: [
        ...PROTOCOL_IDS.map((id) => {
          const [provider, prefix] = PROVIDERS[id];
          return { id, provider, baseUrl: upstream.baseUrl + prefix, apiKey: THEIR_KEY };
        }),
        { id: "films", provider: "bytedance", baseUrl: upstream.baseUrl, apiKey: THEIR_KEY },
      ],
      models: [
        ...PROTOCOL_IDS.map((id) => ({
          id: `by-${id}`,
          kind: "chat",
          context: 100_000,
          maxOutput: 4_096,
          prices: { input: "1", output: "5" },
          routes: [{ upstream: id, model: "theirs" }],
        })),
        { id: "vectors", kind: "embedding", prices: { input: "1" }, routes },
        { id: "pictures", kind: "image", prices: { input: "5", image_input: "8", image_output: "30" }, routes },
        { id: "speech", kind: "speech", prices: { input: "1", audio_output: "10" }, routes },
        { id: "texts", kind: "transcription", prices: { input: "1", audio_input: "4", output: "5" }, routes },
        { id: FILMS, routes: [{ upstream: "films", model: "theirs" }] },
      ],
    },
  });
});
afterAll(async () => {
  expect(gateway.server.books.open().count).toBe(0);
  await gateway.close();
  await upstream.close();
});

const FILMS = "doubao-seedance-2-0-fast-260128";
const MODELS: Readonly<Record<Kind, readonly string[]>> = {
  chat: PROTOCOL_IDS.map((id) => `by-${id}`),
  embedding: ["vectors"],
  image: ["pictures"],
  speech: ["speech"],
  transcription: ["texts"],
  video: [FILMS],
};

const expectNoWordOf = (text: string): void => {
  for (const secret of SECRETS) expect(text).not.toContain(secret);
};
const headersOf = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
/** What the customer gets to see, all of it. */
const seen = async (response: Response): Promise<string> =>
  `${response.statusText}\n${JSON.stringify([...response.headers])}\n${await response.text()}`;

const FAILURES: readonly (readonly [name: string, script: Script])[] = [
  ...[400, 401, 402, 403, 404, 413, 422, 429, 500, 503, 529].map(
    (status) => [String(status), json({ error: ERROR, message: LEAK, detail: LEAK }, { status })] as const,
  ),
  ["a 400 as Messages has it", json({ type: "error", error: { ...ERROR, type: LEAK } }, { status: 400 })],
  ["a 400 about the request", json({ error: { ...ERROR, message: ASIDE, code: null, param: ASIDE } }, { status: 400 })],
  ["a 200 with an error", json({ error: ERROR })],
  ["a page", reply(`<h1>${LEAK}</h1>`, { status: 502, headers: { "content-type": "text/html" } })],
  ["another address", redirect("https://canary-host.internal/login?key=sk-proj-canary-9a41")],
  [
    "a failure in its headers",
    json({}, { status: 500, headers: { "x-request-id": THEIR_KEY, server: "canary-host" } }),
  ],
];

const rows = CHARGED_CALLS.map((call) => [call.route, call] as const);

describe("b14: a provider that fails is told of in our words", () => {
  it.each(rows)("%s", async (_route, call) => {
    for (const model of MODELS[call.kind])
      for (const [name, script] of FAILURES) {
        upstream.always(script);
        const response = await send(gateway.url, call, model, headersOf(gateway.key));
        // Of a video that may have begun it is not known yet whether it failed.
        if (call.kind !== "video") expect(response.status, `${model}: ${name}`).toBeGreaterThanOrEqual(400);
        expectNoWordOf(await seen(response));
      }
  });

  /** Some output, then words of failure in the provider's own protocol. */
  const BROKEN: Readonly<Record<ProtocolId, Script>> = {
    "openai-chat": stream(dataEvents(TEXT, { error: ERROR })),
    "openai-responses": stream([
      event("response.created", { response: { id: "r", object: "response", status: "in_progress", output: [] } }),
      event("response.failed", {
        response: { id: "r", object: "response", status: "failed", output: [], error: ERROR },
      }),
    ]),
    anthropic: stream([START, event("error", { error: ERROR })]),
    gemini: stream(
      dataEvents(
        { candidates: [{ index: 0, content: { role: "model", parts: [{ text: "some" }] } }] },
        { error: { ...ERROR, code: 503 } },
      ),
    ),
  };
  const STREAMED = CHARGED_CALLS.filter(({ kind, route }) => kind === "chat" && route !== "/cursor/v1/responses");

  it.each(STREAMED.map((call) => [call.route, call] as const))("%s as a stream", async (_route, call) => {
    for (const id of PROTOCOL_IDS) {
      upstream.always(BROKEN[id]);
      const { path, body } = call.request(`by-${id}`);
      const streamed = JSON.stringify({ ...(JSON.parse(body as string) as object), stream: true });
      const isGemini = path.includes("/v1beta/");
      const response = await fetch(gateway.url + path.replace(":generateContent", ":streamGenerateContent"), {
        method: "POST",
        headers: { "content-type": "application/json", ...headersOf(gateway.key) },
        body: isGemini ? (body as string) : streamed,
      });
      expectNoWordOf(await seen(response));
      expect(await gateway.row(response.headers.get("x-request-id") ?? "")).toMatchObject({ posted: 0n });
    }
  });

  it("of a video that fails later too, whatever form it is asked for in", async () => {
    let made = 0;
    upstream.always(({ method }) =>
      method === "POST" ? json({ id: `cgt-${++made}` }) : json({ id: "cgt-1", status: "failed", error: ERROR }),
    );
    const ids: string[] = [];
    for (const call of CHARGED_CALLS.filter(({ kind }) => kind === "video")) {
      const reply = await send(gateway.url, call, FILMS, headersOf(gateway.key));
      const { id, name } = (await reply.json()) as { id?: string; name?: string };
      ids.push(id ?? name?.split("/").at(-1) ?? "");
    }
    await runStatement(gateway.server.database, "update task set due_at = 0 where finished_at is null");
    for (const id of ids) {
      const row = await gateway.row(`req_${id.slice("task_".length)}`);
      expect(row).toMatchObject({ posted: 0n, outcome: "upstream_failed_before_output" });
      for (const path of [
        `/v1/videos/generations/${id}`,
        `/v1/videos/${id}`,
        `/v1beta/models/${FILMS}/operations/${id}`,
        "/v1/videos/generations",
        "/v1/videos",
      ]) {
        const response = await fetch(gateway.url + path, { headers: headersOf(gateway.key) });
        expect(response.status, path).toBe(200);
        expectNoWordOf(await seen(response));
      }
    }
  });

  it("nor is a word of it kept, or shown by the console to whoever runs the place", async () => {
    const tables = ["request", "task", "audit_log"];
    for (const table of tables)
      for (const row of gateway.query(`select * from ${table}`))
        for (const value of Object.values(row))
          expectNoWordOf(value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value));
    const { cookie } = await signedIn(gateway.server.database, { role: "operator" });
    const get = async (path: string): Promise<string> => {
      const response = await fetch(`${gateway.url}/console/api/admin/${path}`, { headers: { cookie } });
      expect(response.status, path).toBe(200);
      return await response.text();
    };
    const list = await get("requests?limit=200");
    expectNoWordOf(list);
    const { items } = JSON.parse(list) as { items: readonly { id: string }[] };
    expect(items.length).toBeGreaterThan(100);
    for (const { id } of items.slice(0, 40)) expectNoWordOf(await get(`requests/${id}`));
    for (const path of ["attention", "upstreams", "tasks"]) expectNoWordOf(await get(path));
  });
});

describe("b27: what a provider counts never pays the customer", () => {
  const ABSURD = [-5, 1e21, 2 ** 63, "12", null, 0.5, -0.1, 1e308];
  const call = (route: string): ChargedCall => CHARGED_CALLS.find((one) => one.route === route)!;
  const usage = (count: unknown) => ({
    prompt_tokens: count,
    input_tokens: count,
    output_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    input_tokens_details: { text_tokens: count, image_tokens: count, audio_tokens: count },
    output_tokens_details: { image_tokens: count, text_tokens: count },
  });
  const REPLIES: readonly (readonly [route: string, (count: unknown) => object])[] = [
    [
      "/v1/embeddings",
      (count) => ({
        object: "list",
        data: [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }],
        model: "theirs",
        usage: usage(count),
      }),
    ],
    ["/v1/images/generations", (count) => ({ created: 1, data: [{ b64_json: "iVBORw0KGgo=" }], usage: usage(count) })],
    ["/v1/audio/transcriptions", (count) => ({ text: "Every cent.", usage: { type: "tokens", ...usage(count) } })],
  ];

  it.each(REPLIES)("%s", async (route, replyOf) => {
    const one = call(route);
    for (const count of ABSURD) {
      upstream.always(json(replyOf(count)));
      const before = gateway.balance();
      const response = await send(gateway.url, one, MODELS[one.kind][0] ?? "", headersOf(gateway.key));
      const text = await response.text();
      const row = await gateway.row(response.headers.get("x-request-id") ?? "");
      const posted = row["posted"] as bigint;
      expect(posted, `${count}: ${text}`).toBeGreaterThanOrEqual(0n);
      expect(posted, String(count)).toBeLessThanOrEqual(row["hold"] as bigint);
      expect(before - gateway.balance(), String(count)).toBe(posted);
      // What is served is not free, because its count is no count.
      if (response.status === 200) expect(posted, `${count}: ${text}`).toBeGreaterThan(0n);
    }
  });
});

it("b38: a stream's count is asked for, whoever did not, and not shown to them", async () => {
  upstream.clear();
  upstream.always(goodStream());
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headersOf(gateway.key) },
    body: JSON.stringify({ model: "by-openai-chat", stream: true, messages: [{ role: "user", content: "hi" }] }),
  });
  const text = await response.text();
  expect(text).toContain("[DONE]");
  expect(text).not.toContain("prompt_tokens");
  expect(upstream.requests[0]?.json()).toMatchObject({ stream_options: { include_usage: true } });
  const row = await gateway.row(response.headers.get("x-request-id") ?? "");
  expect(row).toMatchObject({ posted: CHARGE, source: "reported" });
});
