/** The official SDKs pointed straight at the sandbox: its dialects, its faults and its counting. */
import { createHash } from "node:crypto";

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startSandbox, type Sandbox } from "./server.ts";

let sandbox: Sandbox;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  sandbox = await startSandbox();
  const { baseUrl, apiKey } = sandbox;
  openai = new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: baseUrl, apiKey, maxRetries: 0 });
});
afterAll(() => sandbox.close());

const WEATHER = {
  type: "object" as const,
  required: ["city"],
  properties: { city: { type: "string" }, unit: { enum: ["C", "F"] } },
};
const functions = (...names: string[]): OpenAI.ChatCompletionTool[] =>
  names.map((name) => ({ type: "function", function: { name, parameters: WEATHER } }));
const tools = (...names: string[]): Anthropic.Tool[] => names.map((name) => ({ name, input_schema: WEATHER }));
const says = (content: string) => [{ role: "user" as const, content }];
const PNG = Buffer.from("not really a picture");
const DIGEST = createHash("sha256").update(PNG).digest("hex").slice(0, 12);

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(sandbox.baseUrl + path, {
    method: "POST",
    headers: { authorization: `Bearer ${sandbox.apiKey}`, "anthropic-version": "2023-06-01", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const ROUTES = [
  ["chat", "/v1/chat/completions"],
  ["messages", "/v1/messages"],
] as const;

describe("access", () => {
  it.each(ROUTES)("to %s is for those who have this process's token", async (_name, path) => {
    for (const headers of [{}, { authorization: "Bearer x" }, { "x-api-key": `${sandbox.apiKey}x` }])
      expect((await fetch(sandbox.baseUrl + path, { method: "POST", headers, body: "{}" })).status).toBe(401);
  });

  it("listens on loopback and gives every process another token", async () => {
    const other = await startSandbox();
    expect(other.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(other.apiKey).not.toBe(sandbox.apiKey);
    await other.close();
    await expect(fetch(other.baseUrl)).rejects.toThrow("fetch failed");
  });

  it.each([
    ["an unknown route", "/v1/moderations", "{}", 404],
    ["what is not JSON", "/v1/messages", "{", 400],
    ["what is no object", "/v1/chat/completions", "[]", 400],
  ])("answers %s with its status", async (_name, path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
  });

  it("refuses a body above 32 MiB in the dialect", async () => {
    const response = await post("/v1/messages", "x".repeat(32 * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: "request_too_large" } });
  });
});

describe("chat completions", () => {
  it("echo, with usage that follows the rule", async () => {
    const reply = await openai.chat.completions.create({ model: "sandbox/echo", messages: says("hello there") });
    expect(reply).toMatchObject({
      object: "chat.completion",
      model: "sandbox/echo",
      id: expect.stringMatching(/^chatcmpl-/),
    });
    expect(reply.choices).toMatchObject([
      { index: 0, finish_reason: "stop", message: { role: "assistant", content: "hello there" } },
    ]);
    expect(reply.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 });
  });

  it("are the same for the same request", async () => {
    const ask = () => openai.chat.completions.create({ model: "echo", messages: says("again") });
    const [a, b] = [await ask(), await ask()];
    expect({ ...a, created: 0 }).toEqual({ ...b, created: 0 });
  });

  it.each([true, false])("stream with include_usage %s", async (include_usage) => {
    const stream = await openai.chat.completions.create({
      model: "sandbox/echo",
      messages: says("one two  three\nfour"),
      stream: true,
      stream_options: { include_usage },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "");
    expect(text.filter(Boolean)).toEqual(["one ", "two  ", "three\n", "four"]);
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: "assistant", content: "" });
    expect(chunks.filter((chunk) => chunk.choices[0]?.finish_reason === "stop")).toHaveLength(1);
    const last = chunks.at(-1);
    if (include_usage) {
      expect(last).toMatchObject({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 } });
      expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    } else expect(chunks.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  it("cut at the cap and at a stop sequence", async () => {
    const ask = { model: "echo", messages: says("abcdefgh STOP ijkl") };
    const capped = await openai.chat.completions.create({ ...ask, max_completion_tokens: 2 });
    expect(capped.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "abcdefgh" } });
    const stopped = await openai.chat.completions.create({ ...ask, stop: [" STOP"] });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "abcdefgh" } });
  });

  it("give n replies and count each", async () => {
    const reply = await openai.chat.completions.create({ model: "echo", messages: says("abcd"), n: 3 });
    expect(reply.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(reply.usage?.completion_tokens).toBe(3);
  });

  it("fit a schema", async () => {
    const reply = await openai.chat.completions.create({
      model: "echo",
      messages: says("weather"),
      response_format: { type: "json_schema", json_schema: { name: "w", schema: WEATHER } },
    });
    expect(JSON.parse(reply.choices[0]?.message.content ?? "")).toEqual({ city: "sandbox" });
  });

  it("say what images they received", async () => {
    const image = (url: string) => ({ type: "image_url" as const, image_url: { url } });
    const reply = await openai.chat.completions.create({
      model: "echo",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "look" },
            image(`data:image/png;base64,${PNG.toString("base64")}`),
            image("https://example.invalid/a.png"),
          ],
        },
      ],
    });
    expect(reply.choices[0]?.message.content?.split("\n")).toEqual([
      "look",
      `[image image/png, ${PNG.length} bytes, sha256 ${DIGEST}]`,
      "[image at https://example.invalid/a.png, not fetched]",
    ]);
    expect(reply.usage?.prompt_tokens).toBe(1 + 2 * 85);
  });

  it("call every tool at once, in fragments, and answer with the results", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = says("go");
    const ask = { model: "sandbox/tools", tools: functions("a", "b") };
    const streamed = await openai.chat.completions.stream({ ...ask, messages }).finalMessage();
    expect(streamed.tool_calls).toMatchObject([
      { type: "function", function: { name: "a", arguments: '{"city":"sandbox"}' } },
      { type: "function", function: { name: "b", arguments: '{"city":"sandbox"}' } },
    ]);
    const whole = await openai.chat.completions.create({ ...ask, messages });
    expect(whole.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
    const calls = whole.choices[0]?.message.tool_calls ?? [];
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    const results = calls.map((call, i) => ({ role: "tool" as const, tool_call_id: call.id, content: `r${i}` }));
    const second = await openai.chat.completions.create({
      ...ask,
      messages: [...messages, { role: "assistant", tool_calls: calls }, ...results],
    });
    expect(second.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "r0\nr1" } });
  });

  it.each([
    ["the forced tool", { type: "function", function: { name: "beta" } }, true, "hi", ["beta"]],
    ["some tool when one is required", "required", true, "hi", ["alpha"]],
    ["the tools that the text names", "auto", true, "use beta, then alpha; not alphabet", ["beta", "alpha"]],
    ["one at a time when told so", "auto", false, "use beta, then alpha", ["beta"]],
    ["none when told so", "none", true, "use alpha", []],
  ] as const)("call %s", async (_name, tool_choice, parallel_tool_calls, text, names) => {
    const reply = await openai.chat.completions.create({
      model: "echo",
      messages: says(text),
      tools: functions("alpha", "beta"),
      tool_choice,
      parallel_tool_calls,
    });
    const calls = reply.choices[0]?.message.tool_calls ?? [];
    expect(calls.map((call) => (call.type === "function" ? call.function.name : call.type))).toEqual(names);
  });

  it("think when the model or the request says so", async () => {
    for (const ask of [{ model: "thinking" }, { model: "echo", reasoning_effort: "high" as const }]) {
      const reply = await openai.chat.completions.create({ ...ask, messages: says("why") });
      expect(reply.choices[0]?.message).toMatchObject({
        content: "why",
        reasoning_content: expect.stringContaining("why"),
      });
      expect(reply.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
    }
  });

  it("tell of cache marks as part of the prompt", async () => {
    const content = [{ type: "text" as const, text: `chat ${"x".repeat(395)}`, cache_control: { type: "ephemeral" } }];
    const ask = () => openai.chat.completions.create({ model: "echo", messages: [{ role: "user", content }] });
    expect((await ask()).usage).toMatchObject({
      prompt_tokens: 100,
      prompt_tokens_details: { cache_write_tokens: 100 },
    });
    expect((await ask()).usage).toMatchObject({ prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 100 } });
  });

  it.each([
    [
      "an unanswered call",
      [
        { role: "assistant", tool_calls: [{ id: "x", type: "function", function: { name: "a", arguments: "{}" } }] },
        { role: "user", content: "hm" },
      ],
      "tool_call_id",
    ],
    ["an answer to no call", [{ role: "tool", tool_call_id: "x", content: "r" }], "preceding message"],
    ["no messages", [], "messages"],
    ["an unknown role", [{ role: "robot", content: "r" }], "robot"],
  ])("refuse %s", async (_name, messages, text) => {
    const response = await post("/v1/chat/completions", { model: "echo", messages });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { type: "invalid_request_error", message: expect.stringContaining(text) },
    });
  });
});

describe("messages", () => {
  const base = { model: "sandbox/echo", max_tokens: 4000 };

  it("echo, with usage that follows the rule", async () => {
    const reply = await anthropic.messages.create({ ...base, system: "be brief", messages: says("hello there") });
    expect(reply).toMatchObject({ type: "message", role: "assistant", model: "sandbox/echo", stop_reason: "end_turn" });
    expect(reply.content).toEqual([{ type: "text", text: "hello there" }]);
    expect(reply.usage).toMatchObject({ input_tokens: 5, output_tokens: 3, cache_read_input_tokens: 0 });
  });

  it("stream what they would say whole", async () => {
    const ask = { ...base, model: "sandbox/tools", messages: says("go"), tools: tools("a", "b") };
    const thinking = { type: "enabled", budget_tokens: 2000 } as const;
    const streamed = await anthropic.messages.stream({ ...ask, thinking }).finalMessage();
    const whole = await anthropic.messages.create({ ...ask, thinking });
    expect(streamed.content.map((block) => block.type)).toEqual(["thinking", "tool_use", "tool_use"]);
    const blocks = (message: Anthropic.Message) =>
      message.content.map((block) => (block.type === "tool_use" ? { ...block, id: "" } : block));
    expect(blocks(streamed)).toEqual(blocks(whole));
    expect(streamed.stop_reason).toBe("tool_use");
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  it("stream in the provider's order of events", async () => {
    const response = await post("/v1/messages", { ...base, messages: says("a b"), stream: true });
    const events = (await response.text()).split("\n").filter((line) => line.startsWith("event: "));
    expect(events.map((line) => line.slice(7))).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  it("answer tool results, images in them included", async () => {
    const ask = { ...base, model: "tools", tools: tools("a") };
    const first = await anthropic.messages.create({ ...ask, messages: says("go") });
    const [call] = first.content;
    const image = { type: "base64", media_type: "image/png", data: PNG.toString("base64") } as const;
    const second = await anthropic.messages.create({
      ...ask,
      messages: [
        ...says("go"),
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: call?.type === "tool_use" ? call.id : "",
              content: [
                { type: "text", text: "done" },
                { type: "image", source: image },
              ],
            },
          ],
        },
      ],
    });
    expect(second.content).toEqual([
      { type: "text", text: `done\n[image image/png, ${PNG.length} bytes, sha256 ${DIGEST}]` },
    ]);
  });

  it("cut at the cap and at a stop sequence", async () => {
    const ask = { ...base, messages: says("abcdefgh STOP ijkl") };
    const capped = await anthropic.messages.create({ ...ask, max_tokens: 2 });
    expect(capped).toMatchObject({
      stop_reason: "max_tokens",
      content: [{ text: "abcdefgh" }],
      usage: { output_tokens: 2 },
    });
    const stopped = await anthropic.messages.create({ ...ask, stop_sequences: [" STOP"] });
    expect(stopped).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: " STOP",
      content: [{ text: "abcdefgh" }],
    });
  });

  it("write a marked prefix to the cache, then read it", async () => {
    const mark = { type: "ephemeral", ttl: "1h" } as const;
    const system = [{ type: "text" as const, text: `messages ${"y".repeat(391)}`, cache_control: mark }];
    const ask = () => anthropic.messages.create({ ...base, system, messages: says("abcd") });
    expect((await ask()).usage).toMatchObject({
      input_tokens: 1,
      cache_creation_input_tokens: 100,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_1h_input_tokens: 100, ephemeral_5m_input_tokens: 0 },
    });
    expect((await ask()).usage).toMatchObject({
      input_tokens: 1,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 100,
    });
  });

  describe("with thinking", () => {
    const thinking = { type: "enabled", budget_tokens: 1024 } as const;
    const think = (text: string, display?: "omitted") =>
      anthropic.messages.create({
        ...base,
        thinking: { ...thinking, ...(display && { display }) },
        messages: says(text),
      });
    const goOn = (content: Anthropic.ContentBlockParam[]) =>
      anthropic.messages.create({
        ...base,
        thinking,
        messages: [...says("why"), { role: "assistant", content }, ...says("and")],
      });

    it.each([
      ["shown", "why", undefined, "thinking"],
      ["omitted", "why", "omitted", "thinking"],
      ["redacted", "why? REDACTED_THINKING please", undefined, "redacted_thinking"],
    ] as const)("take their own blocks back, %s", async (_name, text, display, type) => {
      const first = await think(text, display);
      expect(first.content.map((block) => block.type)).toEqual([type, "text"]);
      expect(first.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(0);
      expect((await goOn(first.content)).stop_reason).toBe("end_turn");
    });

    it("refuse a block that was altered, in the provider's dialect", async () => {
      const [block] = (await think("why")).content;
      if (block?.type !== "thinking") throw new Error("no thinking");
      const altered = [
        { ...block, thinking: `${block.thinking}!` },
        { ...block, signature: "AAAA" },
        { type: "redacted_thinking" as const, data: "AAAA" },
      ];
      for (const content of altered) {
        const failure = await goOn([content, { type: "text", text: "why" }]).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(Anthropic.BadRequestError);
        expect(String(failure)).toContain("messages.1.content.0: Invalid");
      }
    });
  });

  it.each([
    ["no max_tokens", { max_tokens: undefined }, "max_tokens"],
    [
      "an unanswered call",
      {
        messages: [
          { role: "assistant", content: [{ type: "tool_use", id: "x", name: "a", input: {} }] },
          ...says("hm"),
        ],
      },
      "tool_result",
    ],
    [
      "an answer to no call",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "x", content: "r" }] }] },
      "tool_use",
    ],
    ["an empty text", { messages: [{ role: "user", content: [{ type: "text", text: "" }] }] }, "non-empty"],
    ["a budget that does not fit", { thinking: { type: "enabled", budget_tokens: 4000 } }, "max_tokens"],
    [
      "five cache marks",
      {
        messages: [
          {
            role: "user",
            content: Array.from({ length: 5 }, () => ({
              type: "text",
              text: "a",
              cache_control: { type: "ephemeral" },
            })),
          },
        ],
      },
      "Found 5",
    ],
  ])("refuse %s", async (_name, changes, text) => {
    const response = await post("/v1/messages", { ...base, messages: says("hi"), ...changes });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: expect.stringContaining(text) },
    });
  });

  it("want a version, and under the newest no sampling", async () => {
    const body = { ...base, messages: says("hi"), temperature: 1 };
    expect((await post("/v1/messages", body, { "anthropic-version": "2023-06-01" })).status).toBe(200);
    const refused = await post("/v1/messages", body, { "anthropic-version": "2026-10-21" });
    expect(await refused.text()).toContain("temperature: Extra inputs are not permitted");
  });
});

describe.each(ROUTES)("faults of %s", (_name, path) => {
  const body = (model: string, stream: boolean) => ({
    model,
    stream,
    max_tokens: 500,
    messages: says("one two three four five six"),
  });

  it.each([
    ["fault-402", 402, "insufficient_balance", null],
    ["fault-429", 429, "requests_limited", "7"],
    ["fault-500", 500, "internal", null],
    ["fault-502", 502, "upstream_failed", null],
    ["fault-503", 503, "overloaded", "7"],
    ["fault-504", 504, "upstream_timeout", null],
    ["fault-529", 529, "overloaded", "7"],
    ["upstream-400", 400, null, null],
    ["upstream-401", 401, null, null],
    ["upstream-429", 429, null, "7"],
    ["upstream-500", 500, null, null],
    ["upstream-529", 529, null, null],
  ])("%s", async (model, status, fault, retryAfter) => {
    for (const stream of [true, false]) {
      const response = await post(path, body(`sandbox/${model}`, stream));
      expect(response.status).toBe(status);
      expect(response.headers.get("x-sandbox-fault")).toBe(fault);
      expect(response.headers.get("retry-after")).toBe(retryAfter);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toHaveProperty("error.message");
    }
  });

  /** What arrives before the connection ends, and whether it ended well. */
  const drain = async (response: Response): Promise<{ text: string; whole: boolean }> => {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const part of response.body ?? []) text += decoder.decode(part as Uint8Array, { stream: true });
      return { text, whole: true };
    } catch {
      return { text, whole: false };
    }
  };
  const isDone = (text: string) => text.includes("[DONE]") || text.includes("message_stop");

  it.each([
    ["fault-cut-stream", "cut_stream"],
    ["upstream-cut", null],
  ])("%s closes in the middle of the reply", async (model, fault) => {
    const streamed = await post(path, body(model, true));
    expect(streamed.headers.get("x-sandbox-fault")).toBe(fault);
    const stream = await drain(streamed);
    expect(stream).toMatchObject({ whole: false, text: expect.stringContaining("three") });
    expect(stream.text).not.toContain("four");
    const json = await drain(await post(path, body(model, false)));
    expect(json.whole).toBe(false);
    expect(json.text.length).toBeGreaterThan(0);
  });

  it.each([
    ["fault-error-midstream", "upstream_failed"],
    ["upstream-error-event", null],
  ])("%s fails with an event after some content", async (model, fault) => {
    const response = await post(path, body(model, true));
    expect(response.headers.get("x-sandbox-fault")).toBe(fault);
    const { text, whole } = await drain(response);
    expect(whole).toBe(true);
    expect(text).toContain("three");
    expect(text).not.toContain("four");
    expect(isDone(text)).toBe(false);
    const last = text.trimEnd().split("\n").at(-1) ?? "";
    expect(JSON.parse(last.slice("data: ".length))).toHaveProperty("error.message");
    expect((await post(path, body(model, false))).status).toBe(500);
  });

  it.each([
    "upstream-cut",
    "upstream-error-event",
    "upstream-broken-json",
    "fault-cut-stream",
    "fault-error-midstream",
  ])("%s never reaches the end of a stream, however short", async (model) => {
    for (const content of ["hi", " ", "a b", "a b c"]) {
      const { text } = await drain(await post(path, { ...body(model, true), messages: says(content) }));
      expect(text.length).toBeGreaterThan(0);
      for (const end of ["[DONE]", "message_stop", "message_delta", '"finish_reason":"', "content_block_stop"])
        expect(text).not.toContain(end);
    }
  });

  it("upstream-broken-json breaks off inside JSON", async () => {
    const { text } = await drain(await post(path, body("upstream-broken-json", true)));
    const last = text.trimEnd().split("\n").at(-1) ?? "";
    expect(last).toMatch(/^data: /);
    expect(() => JSON.parse(last.slice(6)) as unknown).toThrow(SyntaxError);
    const json = await drain(await post(path, body("upstream-broken-json", false)));
    expect(json.whole).toBe(true);
    expect(() => JSON.parse(json.text) as unknown).toThrow(SyntaxError);
  });

  it("upstream-html, upstream-empty and upstream-error-200 are no replies", async () => {
    for (const stream of [true, false]) {
      const html = await post(path, body("upstream-html", stream));
      expect([html.status, html.headers.get("content-type")]).toEqual([200, "text/html"]);
      const empty = await post(path, body("upstream-empty", stream));
      expect([empty.status, await empty.text()]).toEqual([200, ""]);
      const error = await post(path, body("upstream-error-200", stream));
      const text = await error.text();
      expect(error.status).toBe(200);
      expect(text).toContain('"error":{');
      expect(isDone(text)).toBe(false);
    }
  });

  it.each([
    ["upstream-no-usage", []],
    ["upstream-zero-usage", [0]],
    ["upstream-absurd-usage", [9_999_999_999]],
  ])("%s tells %j as output", async (model, told) => {
    for (const stream of [true, false]) {
      const asked = { ...body(model, stream), stream_options: { include_usage: true } };
      const text = await (await post(path, asked)).text();
      const seen = [...text.matchAll(/"(?:output|completion)_tokens":(\d+)/g)].map((match) => Number(match[1]));
      expect(seen.filter((count) => count !== 1).slice(-1)).toEqual(told);
      expect(text).toContain("six");
    }
  });
});

describe("slow", () => {
  it("stops when the client leaves, and the server closes at once", async () => {
    const own = await startSandbox();
    const client = new OpenAI({ baseURL: `${own.baseUrl}/v1`, apiKey: own.apiKey, maxRetries: 0 });
    const stream = await client.chat.completions.create({ model: "slow", messages: says("a b c d e f"), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === "a ") break;
    const waiting = client.chat.completions
      .create({ model: "upstream-slow-first-byte", messages: says("a") })
      .catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await own.close();
    expect(await waiting).toBeInstanceOf(OpenAI.APIConnectionError);
  });
});
