/**
 * Tools for free text (OpenAI's custom tools), from each client that has them to a model of each protocol: asked as such where the
 * provider has them too, as a function elsewhere, and always answered as such.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";
import { dataEvents, json, stream } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const PATCH = '*** Begin Patch\n-a\n+"b" \\ é 😀\n*** End Patch';
const GRAMMAR = { syntax: "lark", definition: "start: patch" };
const PRICES = { input: "1", output: "5" };

let provider: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  provider = await startScriptedUpstream();
  const model = (id: string, upstream: string) => ({
    id,
    kind: "chat",
    context: 100_000,
    maxOutput: 1_000,
    prices: PRICES,
    routes: [{ upstream, model: "theirs" }],
  });
  // The official provider knows custom tools on both of its surfaces; the client's own protocol decides which one is asked.
  gateway = await startTestGateway({
    config: {
      upstreams: [
        { id: "openai", provider: "openai", baseUrl: `${provider.baseUrl}/v1`, apiKey: "k" },
        { id: "compatible", provider: "openai-compatible", baseUrl: `${provider.baseUrl}/v1`, apiKey: "k" },
        { id: "claude", provider: "anthropic-compatible", baseUrl: provider.baseUrl, apiKey: "k" },
        { id: "responses", provider: "openai-responses-compatible", baseUrl: `${provider.baseUrl}/v1`, apiKey: "k" },
      ],
      models: ["openai", "compatible", "claude", "responses"].map((id) => model(id, id)),
    },
  });
});
afterEach(() => {
  provider.clear();
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

const post = async (path: string, body: object): Promise<{ status: number; text: string; dropped: string | null }> => {
  const reply = await fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: reply.status, text: await reply.text(), dropped: reply.headers.get("x-farthing-dropped") };
};

const chatBody = (model: string, rest: object = {}) => ({
  model,
  max_tokens: 100,
  tools: [
    { type: "custom", custom: { name: "patch", description: "Edits.", format: { type: "grammar", grammar: GRAMMAR } } },
  ],
  tool_choice: { type: "custom", custom: { name: "patch" } },
  messages: [
    { role: "user", content: "go" },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c0", type: "custom", custom: { name: "patch", input: PATCH } }],
    },
    { role: "tool", tool_call_id: "c0", content: "done" },
  ],
  ...rest,
});

const USAGE = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 };
const chatReply = (message: object) =>
  json({
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message, finish_reason: "tool_calls" }],
    usage: USAGE,
  });
const messagesReply = json({
  id: "m",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "tool_use", id: "t1", name: "patch", input: { input: PATCH } }],
  stop_reason: "tool_use",
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 5 },
});
const responsesReply = (item: object) =>
  json({
    id: "r",
    object: "response",
    status: "completed",
    model: "m",
    output: [item],
    usage: { input_tokens: 5, output_tokens: 5, total_tokens: 10 },
  });

const CUSTOM_CALL = { type: "custom", custom: { name: "patch", input: PATCH } };

describe("a chat client", () => {
  it("asks a provider without custom tools for a function, and is answered with its own tool", async () => {
    provider.next(messagesReply);
    const { text, dropped } = await post("/v1/chat/completions", chatBody("claude"));
    expect(provider.requests[0]?.json()).toMatchObject({
      tools: [{ name: "patch", input_schema: { required: ["input"] } }],
      tool_choice: { type: "tool", name: "patch" },
    });
    expect(JSON.stringify(provider.requests[0]?.json())).toContain(JSON.stringify(PATCH).slice(1, -1));
    expect(JSON.parse(text)).toMatchObject({
      choices: [{ finish_reason: "tool_calls", message: { tool_calls: [{ id: "t1", ...CUSTOM_CALL }] } }],
    });
    expect(dropped).toBe("tools[0].format");
  });

  it("streams the text as it comes out of a function's arguments", async () => {
    const args = JSON.stringify({ input: PATCH });
    const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
    const pieces = [args.slice(0, 4), args.slice(4, 30), args.slice(30)].map((partial_json) =>
      event("content_block_delta", { index: 0, delta: { type: "input_json_delta", partial_json } }),
    );
    provider.next(
      stream([
        event("message_start", {
          message: {
            id: "m",
            type: "message",
            role: "assistant",
            model: "m",
            content: [],
            stop_reason: null,
            stop_sequence: null,
            usage: { input_tokens: 5, output_tokens: 1 },
          },
        }),
        event("content_block_start", {
          index: 0,
          content_block: { type: "tool_use", id: "t1", name: "patch", input: {} },
        }),
        ...pieces,
        event("content_block_stop", { index: 0 }),
        event("message_delta", {
          delta: { stop_reason: "tool_use", stop_sequence: null },
          usage: { output_tokens: 5 },
        }),
        event("message_stop", {}),
      ]),
    );
    const { text } = await post("/v1/chat/completions", chatBody("claude", { stream: true }));
    const calls = text
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .flatMap((line) => (JSON.parse(line.slice(6)) as { choices: { delta: { tool_calls?: Call[] } }[] }).choices)
      .flatMap(({ delta }) => delta.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ index: 0, id: "t1", type: "custom", custom: { name: "patch", input: "" } });
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.map(({ custom }) => custom.input).join("")).toBe(PATCH);
  });

  it("asks a Responses provider without custom tools for a function", async () => {
    provider.next(
      responsesReply({
        type: "function_call",
        call_id: "t1",
        name: "patch",
        arguments: JSON.stringify({ input: PATCH }),
      }),
    );
    const { text } = await post("/v1/chat/completions", chatBody("responses"));
    expect(provider.requests[0]?.json()).toMatchObject({ tools: [{ type: "function", name: "patch" }] });
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { tool_calls: [{ id: "t1", ...CUSTOM_CALL }] } }] });
  });

  it("keeps its tool as it is with a provider of its own protocol", async () => {
    provider.next(chatReply({ role: "assistant", content: null, tool_calls: [{ id: "t1", ...CUSTOM_CALL }] }));
    const { text, dropped } = await post("/v1/chat/completions", chatBody("openai"));
    expect(provider.requests[0]?.json()).toMatchObject({ tools: chatBody("x").tools });
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { tool_calls: [{ id: "t1", ...CUSTOM_CALL }] } }] });
    expect(dropped).toBeNull();
  });
});

interface Call {
  readonly custom: { readonly input: string };
}

describe("a Responses client", () => {
  const body = (model: string, rest: object = {}) => ({
    model,
    store: false,
    tools: [{ type: "custom", name: "patch", description: "Edits.", format: { type: "grammar", ...GRAMMAR } }],
    tool_choice: { type: "custom", name: "patch" },
    input: [
      { role: "user", content: "go" },
      { type: "custom_tool_call", call_id: "c0", name: "patch", input: PATCH },
      { type: "custom_tool_call_output", call_id: "c0", output: "done" },
    ],
    ...rest,
  });

  it("reaches a chat provider without custom tools by a function, and is answered with its own tool", async () => {
    const call = {
      id: "t1",
      type: "function",
      function: { name: "patch", arguments: JSON.stringify({ input: PATCH }) },
    };
    provider.next(chatReply({ role: "assistant", content: null, tool_calls: [call] }));
    const { text, dropped } = await post("/v1/responses", body("compatible"));
    expect(provider.requests[0]?.json()).toMatchObject({ tools: [{ type: "function", function: { name: "patch" } }] });
    expect(JSON.parse(text)).toMatchObject({ output: [{ type: "custom_tool_call", call_id: "t1", input: PATCH }] });
    expect(dropped).toBe("tools[0].format");
  });

  it("streams the text of a chat provider's function as its own", async () => {
    const args = JSON.stringify({ input: PATCH });
    const delta = (call: object) => ({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: null }],
    });
    const end = {
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }],
      usage: USAGE,
    };
    provider.next(
      stream(
        dataEvents(
          delta({ id: "t1", type: "function", function: { name: "patch", arguments: "" } }),
          delta({ function: { arguments: args.slice(0, 25) } }),
          delta({ function: { arguments: args.slice(25) } }),
          end,
          "[DONE]",
        ),
      ),
    );
    const { text } = await post("/v1/responses", body("compatible", { stream: true }));
    const events = text
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as { type: string; delta?: string; input?: string });
    const deltas = events.filter(({ type }) => type === "response.custom_tool_call_input.delta");
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map((event) => event.delta).join("")).toBe(PATCH);
    expect(events.find(({ type }) => type === "response.custom_tool_call_input.done")?.input).toBe(PATCH);
  });
});

it("Cursor's tool for free text stays one with OpenAI's Responses, where a model has that alone", async () => {
  provider.next(
    responsesReply({
      type: "function_call",
      call_id: "t1",
      name: "patch",
      arguments: JSON.stringify({ input: PATCH }),
    }),
  );
  const { text } = await post("/cursor/v1/chat/completions", chatBody("responses"));
  expect(provider.requests[0]?.json()).toMatchObject({ tools: [{ name: "patch" }] });
  expect(text).toContain(JSON.stringify(PATCH).slice(1, -1));
});
