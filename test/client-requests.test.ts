/**
 * What real clients send without being asked to (reference of real clients, DESIGN §9.8, §9.14): each shape, written by us, must be
 * served whether the model's provider speaks the client's protocol or the other one.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startSandbox, type Sandbox } from "../src/sandbox/server.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

/** Names that a catalogue model has on both sides: `native` is served over Messages, `foreign` over Chat Completions. */
const NATIVE = "claude-haiku-4-5-20251001";
const FOREIGN = "gpt-5.5";
const SIDES = [
  ["native", NATIVE],
  ["foreign", FOREIGN],
] as const;

let provider: Sandbox;
let gateway: TestGateway;

beforeAll(async () => {
  provider = await startSandbox();
  const route = (upstream: string) => [{ upstream, model: "sandbox/agent" }];
  gateway = await startTestGateway({
    config: {
      storefront: { mounts: ["", "/api"] },
      upstreams: [
        { id: "messages", provider: "anthropic", baseUrl: provider.baseUrl, apiKey: provider.apiKey },
        { id: "chat", provider: "openai", baseUrl: `${provider.baseUrl}/v1`, apiKey: provider.apiKey },
      ],
      models: [
        { id: "claude-haiku-4-5", routes: route("messages") },
        { id: FOREIGN, routes: route("chat") },
        {
          id: "unpriced",
          routes: route("messages"),
          context: 9_000,
          maxOutput: 900,
          prices: { input: "1", output: "2" },
        },
      ],
      plans: [{ id: "slow", rpm: 60, default: true }],
    },
  });
});

afterAll(async () => {
  await gateway.close();
  await provider.close();
});

interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const send = async (path: string, init: RequestInit): Promise<Heard> => {
  const reply = await fetch(gateway.url + path, init);
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
};

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Heard> =>
  send(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": gateway.key, ...headers },
    body: JSON.stringify(body),
  });

const ASKED = [{ role: "user", content: "Reply with exactly this text: PONG" }];
const message = (fields: object, headers: Record<string, string> = {}): Promise<Heard> =>
  post("/v1/messages?beta=true", { max_tokens: 2_000, messages: ASKED, ...fields }, headers);

/** A search of the provider's own, as coding agents offer it beside their own tools. */
const SEARCH = { type: "web_search_20250305", name: "web_search", max_uses: 2 };
const SHELL = { name: "bash", description: "x", input_schema: { type: "object", properties: {} } };

type Shape = [name: string, fields: object, headers?: Record<string, string>];

const SHAPES: readonly Shape[] = [
  [
    "betas and fields of their own",
    { context_management: { edits: [] }, safeguards: {}, x_next_year: 1 },
    { "anthropic-beta": "a-2026-01-01,b" },
  ],
  ["the version of 2026", { system: "Be brief." }, { "anthropic-version": "2026-10-21" }],
  ["a version nobody knows", {}, { "anthropic-version": "2031-01-01" }],
  [
    "adaptive thinking, omitted",
    { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "xhigh" } },
  ],
  ["a thinking budget", { max_tokens: 32_000, thinking: { type: "enabled", budget_tokens: 31_999 } }],
  ["no thinking, temperature 1", { thinking: { type: "disabled" }, temperature: 1 }],
  ["a cap above every model's", { stream: true, max_tokens: 128_000_000 }],
  ["a search, unasked", { tools: [SHELL, SEARCH] }],
  ["a search alone, chosen", { tools: [SEARCH], tool_choice: { type: "tool", name: "web_search" } }],
  ["a thread to begin", { thread: { type: "create" } }],
  ["a tool to be fetched later", { tools: [{ ...SHELL, defer_loading: true, eager_input_streaming: true }] }],
  ["a system message among the others", { messages: [{ role: "system", content: "Be brief." }, ...ASKED] }],
  [
    "tools found by a search for tools",
    {
      tools: [SHELL],
      messages: [
        { role: "user", content: "Find a tool." },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "bash", input: {} }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "tool_reference", tool_name: "bash" }] },
            { type: "text", text: "Reply with exactly this text: PONG" },
          ],
        },
      ],
    },
  ],
];

describe.each(SIDES)("Messages, %s", (_side, model) => {
  it.each<Shape>(SHAPES)("serves %s", async (_name, fields, headers) => {
    const { status, text } = await message({ model, ...fields }, headers);
    expect([status, text]).toEqual([200, expect.stringContaining("PONG")]);
  });
});

describe("tools that run at the provider (§9.3)", () => {
  it("are named where translation drops them, and a caller who is strict hears of it", async () => {
    const { headers } = await message({ model: FOREIGN, tools: [SHELL, SEARCH] });
    expect(headers.get("x-farthing-dropped")).toBe("tools[1]:web_search_20250305");
    const strict = await message({ model: FOREIGN, tools: [SEARCH] }, { "x-farthing-strict": "true" });
    expect(strict.status).toBe(400);
  });

  it("are refused where they would run without a price (I-43)", async () => {
    const { status, text } = await message({ model: "unpriced", max_tokens: 9, tools: [SEARCH] });
    expect([status, JSON.parse(text).error.message]).toEqual([
      400,
      "tools[0].type: tools that run at the provider are not supported.",
    ]);
  });
});

describe("threads", () => {
  it("are not kept: the client hears the word on which it sends everything", async () => {
    const { status, text } = await message({
      model: NATIVE,
      thread: { type: "continue", previous_message_id: "msg_1" },
    });
    expect([status, JSON.parse(text).error.details]).toEqual([404, { error_code: "thread_not_found" }]);
  });
});

describe("count_tokens", () => {
  const count = (body: object): Promise<Heard> => post("/v1/messages/count_tokens?beta=true", body);

  it.each(SIDES)("estimates without a call, free (%s)", async (_side, model) => {
    const balance = gateway.balance();
    const { status, text } = await count({ model, messages: [{ role: "user", content: "a".repeat(4_000) }] });
    expect(status).toBe(200);
    expect(Object.keys(JSON.parse(text))).toEqual(["input_tokens"]);
    expect(JSON.parse(text).input_tokens).toBeGreaterThanOrEqual(1_000);
    expect(JSON.parse(text).input_tokens).toBeLessThan(1_050);
    expect(gateway.balance()).toBe(balance);
  });

  it("is outside the request limits: three dozen at once, twice over", async () => {
    const many = Array.from({ length: 72 }, () => count({ model: NATIVE, messages: ASKED, tools: [SHELL, SEARCH] }));
    expect((await Promise.all(many)).filter(({ status }) => status !== 200)).toEqual([]);
  });

  it.each<[string, object, number, string]>([
    ["an unknown model", { model: "no-such", messages: ASKED }, 404, "not_found_error"],
    ["no messages", { model: NATIVE, messages: [] }, 400, "invalid_request_error"],
  ])("answers %s in its dialect", async (_name, body, status, type) => {
    const { status: got, headers, text } = await count(body);
    expect([got, JSON.parse(text).error.type, headers.get("x-should-retry")]).toEqual([status, type, "false"]);
  });

  it("needs a key", async () => {
    expect(
      (await post("/v1/messages/count_tokens", { model: NATIVE, messages: ASKED }, { "x-api-key": "no" })).status,
    ).toBe(401);
  });
});

describe("around the requests (§9.8)", () => {
  it.each([
    ["HEAD", "/"],
    ["GET", "/"],
    ["HEAD", "/api/hello"],
    ["HEAD", "/api"],
    ["GET", "/v1"],
  ])("%s %s is answered without a key", async (method, path) => {
    expect((await send(path, { method })).status).toBe(200);
  });

  it.each(["/v1/messages", "/messages", "/v1/v1/messages", "/api/v1/messages", "/v1//messages", "/v1/messages/"])(
    "POST %s",
    async (path) => {
      const { status } = await post(path, { model: NATIVE, max_tokens: 99, messages: ASKED });
      expect(status).toBe(200);
    },
  );

  it("a wrong key is final: without the word, Claude Code tries for minutes", async () => {
    const { status, headers } = await message({ model: NATIVE }, { "x-api-key": "sk-wrong" });
    expect([status, headers.get("x-should-retry")]).toEqual([401, "false"]);
  });
});
