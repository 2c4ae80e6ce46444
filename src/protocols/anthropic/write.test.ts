import { describe, expect, it } from "vitest";

import type { Chat, JsonObject } from "../canonical.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aCall } from "../fixtures/sides.ts";
import { PROTOCOLS } from "../index.ts";
import type { Target } from "../protocol.ts";
import { writeRequest } from "./write.ts";

const OLD = "claude-sonnet-4-5-20250929";
const NEW = "claude-opus-4-7";

const write = (chat: Partial<Chat>, changes: Partial<Target> = {}) =>
  writeRequest({ turns: [], stream: false, ...chat }, aTarget({ model: "other", replyModel: "M", ...changes }));

/** As a chat client says it, and a Messages provider hears it. */
const fromChat = (body: JsonObject, changes: Partial<Target> = {}) => {
  const { chat, dropped } = PROTOCOLS["openai-chat"].client.read(aCall({ model: "M", messages: [], ...body }));
  const written = write(chat, changes);
  return { body: written.body, dropped: [...dropped, ...written.dropped] };
};
const messagesOf = (...messages: readonly JsonObject[]) => fromChat({ messages });

describe("a chat conversation at a Messages provider", () => {
  it("gathers system and developer prompts, with their cache breakpoints", () => {
    const { body, dropped } = messagesOf(
      { role: "system", content: [{ type: "text", text: "A", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      { role: "user", content: "Hi", cache_control: { type: "ephemeral" } },
      { role: "developer", content: "B" },
    );
    expect(body).toMatchObject({
      system: [
        { type: "text", text: "A", cache_control: { type: "ephemeral", ttl: "1h" } },
        { type: "text", text: "B" },
      ],
      messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
    });
    expect(dropped).toEqual([]);
  });

  it("carries images and files, and names audio, video and references", () => {
    const { body, dropped } = messagesOf({
      role: "user",
      content: [
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
        { type: "image_url", image_url: "https://e.example/a.png" },
        { type: "file", file: { filename: "t.pdf", file_data: "data:application/pdf;base64,BBBB" } },
        { type: "file", file: { file_data: "data:text/plain;charset=utf-8,a%20b" } },
        { type: "file", file: { file_id: "f" } },
        { type: "input_audio", input_audio: { data: "CC", format: "wav" } },
        { type: "video_url", video_url: { url: "u" } },
      ],
    });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          { type: "image", source: { type: "url", url: "https://e.example/a.png" } },
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: "BBBB" }, title: "t.pdf" },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "a b" } },
        ],
      },
    ]);
    expect(dropped).toEqual(["messages[0].content[4]:file", "messages[0].content[6]:video_url", "input_audio"]);
  });

  it("joins results into one turn, before what else the user said, with images, failures and legal ids", () => {
    const { body } = messagesOf(
      {
        role: "assistant",
        content: "Let me see",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "functions.g:0", type: "function", function: { name: "g", arguments: "" } },
        ],
      },
      { role: "user", content: "Wait" },
      {
        role: "tool",
        tool_call_id: "call_1",
        content: [
          { type: "text", text: "one" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
        ],
      },
      { role: "tool", tool_call_id: "functions.g:0", content: "[tool error]\nboom" },
    );
    const [assistant, user] = body["messages"] as { content: { id?: string }[] }[];
    const id = assistant?.content[2]?.id;
    expect(id).toMatch(/^toolu_[0-9a-f]{24}$/);
    expect(assistant?.content).toEqual([
      { type: "text", text: "Let me see" },
      { type: "tool_use", id: "call_1", name: "f", input: { x: 1 } },
      { type: "tool_use", id, name: "g", input: {} },
    ]);
    expect(user?.content).toEqual([
      {
        type: "tool_result",
        tool_use_id: "call_1",
        content: [
          { type: "text", text: "one" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } },
        ],
      },
      { type: "tool_result", tool_use_id: id, content: [{ type: "text", text: "boom" }], is_error: true },
      { type: "text", text: "Wait" },
    ]);
  });

  it("carries the calls of old clients, which have no ids", () => {
    const { body } = messagesOf(
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "one" },
    );
    expect(body["messages"]).toEqual([
      { role: "assistant", content: [{ type: "tool_use", id: "call_0_f", name: "f", input: {} }] },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "call_0_f", content: [{ type: "text", text: "one" }] }],
      },
    ]);
  });

  it("says refusals as text, leaves out what is empty, and keeps arguments that are no object", () => {
    const { body } = messagesOf(
      { role: "user", content: " " },
      { role: "user", content: "A" },
      { role: "user", content: "B" },
      { role: "assistant", content: null, refusal: "No" },
      { role: "assistant", content: "", tool_calls: [{ id: "a", function: { name: "f", arguments: '{"x' } }] },
      { role: "assistant", content: "Then: " },
    );
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "A" },
          { type: "text", text: "B" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "text", text: "No" },
          { type: "tool_use", id: "a", name: "f", input: { raw: '{"x' } },
          { type: "text", text: "Then:" },
        ],
      },
    ]);
  });

  const detail = (more: JsonObject): JsonObject => ({
    type: "reasoning.text",
    format: "anthropic-claude-v1",
    index: 0,
    ...more,
  });
  const thinking = { type: "thinking", thinking: "R1R2", signature: "s" };

  it.each([
    ["whole", [detail({ text: "R1R2", signature: "s", id: "farthing:M" })]],
    [
      "in the fragments of the stream",
      [detail({ text: "R1" }), detail({ text: "R2" }), detail({ signature: "s", id: "farthing:M" })],
    ],
    ["without the id that some clients lose", [detail({ text: "R1R2", signature: "s" })]],
  ])("gives signed thinking back to its maker: %s", (_name, details) => {
    const { body, dropped } = messagesOf({
      role: "assistant",
      content: "A",
      reasoning_content: "R1R2",
      reasoning_details: [
        ...details,
        { type: "reasoning.encrypted", data: "d", format: "anthropic-claude-v1", index: 1 },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "assistant", content: [thinking, { type: "redacted_thinking", data: "d" }, { type: "text", text: "A" }] },
    ]);
    expect(dropped).toEqual([]);
  });

  it.each([
    [
      "another model's",
      { reasoning_details: [detail({ text: "R", signature: "s", id: "farthing:N" })] },
      "thinking.signature",
    ],
    [
      "another maker's",
      { reasoning_details: [detail({ text: "R", signature: "s", format: "openai-responses-v1" })] },
      "reasoning_content",
    ],
    ["unsigned", { reasoning_content: "R" }, "reasoning_content"],
    [
      "unsigned, in a part",
      { content: [{ type: "thinking", thinking: [{ type: "text", text: "R" }] }] },
      "reasoning_content",
    ],
  ])("sets thinking aside by name: %s", (_name, members, name) => {
    const { body, dropped } = messagesOf(
      { role: "assistant", content: "A", ...members },
      { role: "user", content: "B" },
    );
    expect(JSON.stringify(body)).not.toContain('"R"');
    expect(dropped).toEqual([name]);
  });

  it.each([
    [{ messages: [{ role: "robot", content: "" }] }, "messages[0].role"],
    [{ messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
    [{ messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id"],
    [{ messages: [{ role: "assistant", tool_calls: [{ function: {} }] }] }, "messages[0].tool_calls[0].function.name"],
    [{ tools: [{ type: "function", function: {} }] }, "tools[0].function.name"],
  ] as const)("refuses %j by its path (D84)", (body, param) => {
    expect(() => fromChat(body as unknown as JsonObject)).toThrow(
      expect.objectContaining({ code: "invalid_value", detail: { param } }),
    );
  });
});

describe("parameters for a Messages provider", () => {
  const tool = {
    type: "function",
    function: { name: "f", description: "d", parameters: { type: "object", properties: {} }, strict: true },
  };

  it("carries those of chat", () => {
    const { body, dropped } = fromChat(
      {
        stream: true,
        temperature: 0.5,
        top_k: 3,
        stop: ["END", " "],
        user: "u",
        tools: [{ ...tool, cache_control: { type: "ephemeral" } }],
        tool_choice: "required",
        parallel_tool_calls: false,
        response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
      },
      { maxTokens: 77 },
    );
    expect(body).toEqual({
      model: "other",
      max_tokens: 77,
      messages: [],
      stream: true,
      tools: [
        {
          name: "f",
          description: "d",
          input_schema: { type: "object", properties: {} },
          strict: true,
          cache_control: { type: "ephemeral" },
        },
      ],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      output_config: { format: { type: "json_schema", schema: { type: "object" } } },
      temperature: 0.5,
      top_k: 3,
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
    });
    expect(dropped).toEqual(["stop[1]"]);
  });

  it("fills the cap that the protocol needs", () => {
    expect(write({}, { defaultMaxTokens: 123 }).body["max_tokens"]).toBe(123);
  });

  it.each([
    ["auto", { type: "auto" }],
    ["none", { type: "none" }],
    ["required", { type: "any" }],
    ["any", { type: "any" }],
    [
      { type: "function", function: { name: "f" } },
      { type: "tool", name: "f" },
    ],
    [{ function: { name: "f" } }, { type: "tool", name: "f" }],
    [
      {
        type: "allowed_tools",
        allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
      },
      { type: "any" },
    ],
  ] as const)("tool choice %j is %j", (tool_choice, written) => {
    const other = { type: "function", function: { name: "g" } };
    const { body } = fromChat({ tools: [tool, other], tool_choice });
    expect(body["tool_choice"]).toEqual(written);
    const names = (body["tools"] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(JSON.stringify(tool_choice).includes("allowed") ? ["f"] : ["f", "g"]);
  });

  it("carries the functions of old clients", () => {
    const { body } = fromChat({ functions: [{ name: "f", parameters: {} }], function_call: { name: "f" } });
    expect(body).toMatchObject({
      tools: [{ name: "f", input_schema: { type: "object" } }],
      tool_choice: { type: "tool", name: "f" },
    });
  });

  it("names what it cannot carry, and not what means nothing elsewhere", () => {
    const { dropped } = fromChat({
      n: 2,
      seed: 1,
      logprobs: true,
      top_logprobs: 2,
      logit_bias: { 1: 2 },
      presence_penalty: 0.1,
      frequency_penalty: 0.1,
      prediction: { type: "content" },
      audio: { voice: "v" },
      modalities: ["text", "audio"],
      metadata: { a: "b" },
      verbosity: "low",
      response_format: { type: "json_object" },
      tools: [{ type: "custom", custom: { name: "c" } }],
      messages: [{ role: "user", name: "Ann", content: "Hi" }],
      stream_options: { include_usage: true },
      store: false,
      prompt_cache_key: "k",
      service_tier: "auto",
      parallel_tool_calls: null,
    });
    expect(dropped.toSorted()).toEqual(
      "audio frequency_penalty logit_bias logprobs messages[0].name metadata modalities n prediction presence_penalty response_format:json_object seed verbosity".split(
        " ",
      ),
    );
  });

  it.each([
    ["other", { temperature: 2 }, { temperature: 1 }, ["temperature"]],
    ["other", { temperature: 0.2, topP: 0.5 }, { temperature: 0.2, top_p: 0.5 }, []],
    [OLD, { temperature: 0.2, topP: 0.5, topK: 3 }, { temperature: 0.2, top_k: 3 }, ["top_p"]],
    [OLD, { temperature: 0.2, topP: 1 }, { temperature: 0.2 }, []],
    [NEW, { temperature: 1, topP: 1 }, {}, []],
    [NEW, { temperature: 0, topK: 3 }, {}, ["temperature", "top_k"]],
    [OLD, { temperature: 0.3, thinking: { type: "budget", tokens: 1_024 } }, {}, ["temperature"]],
  ] as const)("%s with %j samples with %j", (model, chat, sampling, dropped) => {
    const written = write(chat, { model });
    const { temperature, top_p, top_k } = written.body;
    expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(sampling);
    expect(written.dropped).toEqual(dropped);
  });

  const enabled = (budget_tokens: number) => ({ thinking: { type: "enabled", budget_tokens } });
  const adaptive = { thinking: { type: "adaptive" } };

  it.each([
    [OLD, { reasoning_effort: "low" }, enabled(4_096), []],
    [OLD, { reasoning_effort: "high" }, enabled(8_000 - 256), []],
    [OLD, { thinking: { type: "enabled", budget_tokens: 2_000 } }, enabled(2_000), []],
    [OLD, { reasoning: { max_tokens: 2_000 } }, enabled(2_000), []],
    [OLD, { reasoning_effort: "high", max_tokens: 1_279 }, {}, ["reasoning_effort"]],
    [NEW, { reasoning_effort: "minimal" }, { ...adaptive, output_config: { effort: "low" } }, []],
    [NEW, { reasoning_effort: "xhigh" }, { ...adaptive, output_config: { effort: "xhigh" } }, []],
    [
      "anthropic/claude-opus-4.6",
      { reasoning_effort: "xhigh" },
      { ...adaptive, output_config: { effort: "high" } },
      [],
    ],
    [
      NEW,
      { thinking: { type: "enabled", budget_tokens: 9_000 } },
      { ...adaptive, output_config: { effort: "medium" } },
      [],
    ],
    [NEW, { thinking: { type: "enabled" } }, adaptive, []],
    [NEW, { reasoning_effort: "none" }, {}, []],
    [NEW, { thinking: { type: "disabled" } }, {}, []],
    [NEW, { reasoning_effort: "huge" }, {}, ["reasoning_effort"]],
    [OLD, { reasoning_effort: "low", tools: [tool], tool_choice: "required" }, {}, ["reasoning_effort"]],
  ] as const)("%s with %j thinks with %j", (model, members, written, dropped) => {
    const { max_tokens: cap = 8_000 } = members as { max_tokens?: number };
    const result = fromChat(members, { model, maxTokens: cap });
    const { thinking, output_config } = result.body;
    expect(JSON.parse(JSON.stringify({ thinking, output_config }))).toEqual(written);
    expect(result.dropped).toEqual(dropped);
  });

  it("does not think with a budget in the middle of a turn whose thinking is lost", () => {
    const messages = [
      { role: "user", content: "Go" },
      { role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "a", content: "one" },
    ];
    const told = { messages, reasoning_effort: "low", tools: [tool] };
    expect(fromChat(told, { model: OLD, maxTokens: 9_000 })).toMatchObject({ dropped: ["reasoning_effort"] });
    expect(fromChat(told, { model: NEW, maxTokens: 9_000 }).body).toMatchObject(adaptive);
    expect(fromChat({ ...told, messages: messages.slice(0, 1) }, { model: OLD, maxTokens: 9_000 }).body).toMatchObject(
      enabled(4_096),
    );
  });
});
