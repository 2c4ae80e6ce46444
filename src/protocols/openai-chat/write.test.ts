import { describe, expect, it } from "vitest";

import type { Chat, JsonObject, Thinking, Turn } from "../canonical.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aCall } from "../fixtures/sides.ts";
import { PROTOCOLS } from "../index.ts";
import type { Target } from "../protocol.ts";
import { packSeal } from "../seal.ts";
import { writeRequest } from "./write.ts";

const write = (chat: Partial<Chat>, changes: Partial<Target> = {}) =>
  writeRequest({ turns: [], stream: false, ...chat }, aTarget({ model: "provider", replyModel: "M", ...changes }));

/** As a Messages client says it, and a Chat Completions provider hears it. */
const fromMessages = (body: JsonObject) => {
  const { chat, dropped } = PROTOCOLS.anthropic.client.read(
    aCall({ model: "M", max_tokens: 9, messages: [], ...body }),
  );
  const written = write(chat);
  return { body: written.body, dropped: [...dropped, ...written.dropped] };
};
const messagesOf = (...messages: readonly JsonObject[]) => fromMessages({ messages });

describe("a Messages conversation at a chat provider", () => {
  it("puts system prompts where they stand", () => {
    const { body, dropped } = fromMessages({
      system: [
        { type: "text", text: "You are new." },
        { type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } },
      ],
      messages: [
        { role: "user", content: "Hi" },
        { role: "system", content: "Be brief." },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "system", content: "You are new.\n\nBe kind." },
      { role: "user", content: "Hi" },
      { role: "system", content: "Be brief." },
    ]);
    expect(dropped).toEqual([]);
  });

  it("carries images and documents as data URLs and addresses, and text documents as text", () => {
    const { body, dropped } = messagesOf({
      role: "user",
      content: [
        { type: "text", text: "Look" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
        { type: "image", source: { type: "url", url: "https://e.example/a.png" } },
        { type: "document", title: "t.pdf", source: { type: "base64", media_type: "application/pdf", data: "BBBB" } },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "plain é" } },
        { type: "document", source: { type: "content", content: [{ type: "text", text: "inner" }] } },
        { type: "document", source: { type: "url", url: "https://e.example/a.pdf" } },
        { type: "image", source: { type: "file", file_id: "f" } },
      ],
    });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "image_url", image_url: { url: "https://e.example/a.png" } },
          { type: "file", file: { filename: "t.pdf", file_data: "data:application/pdf;base64,BBBB" } },
          { type: "text", text: "plain é" },
          { type: "text", text: "inner" },
        ],
      },
    ]);
    expect(dropped).toEqual(["messages[0].content[7]:image", "document.source:url"]);
  });

  it("gives results messages of their own, with their images after them, and marks failures", () => {
    const { body, dropped } = messagesOf(
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a", name: "f", input: { x: 1 } },
          { type: "tool_use", id: "b", name: "g", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Here" },
          {
            type: "tool_result",
            tool_use_id: "a",
            content: [
              { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } },
              { type: "tool_reference", tool_name: "t" },
            ],
          },
          { type: "tool_result", tool_use_id: "b", content: "boom", is_error: true },
        ],
      },
    );
    expect(body["messages"]).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "b", type: "function", function: { name: "g", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "(see the attached content)" },
      { role: "tool", tool_call_id: "b", content: "[tool error]\nboom" },
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          { type: "text", text: "Here" },
        ],
      },
    ]);
    expect(dropped).toEqual(["messages[1].content[1].content[1]:tool_reference"]);
  });

  it.each([
    ["reasoning_content", { reasoning_content: "R" }],
    ["reasoning", { reasoning: "R" }],
    [
      '{"type":"reasoning.text","signature":"s"}',
      { reasoning_details: [{ type: "reasoning.text", signature: "s", text: "R" }] },
    ],
    ['{"type":"reasoning.summary"}', { reasoning_details: [{ type: "reasoning.summary", summary: "R" }] }],
  ])("gives reasoning back to its maker, into its home %s", (value, members) => {
    const signature = packSeal({ protocol: "openai-chat", model: "M", value });
    const { body, dropped } = messagesOf({
      role: "assistant",
      content: [
        { type: "thinking", thinking: "R", signature },
        { type: "text", text: "A" },
      ],
    });
    expect(body["messages"]).toEqual([{ role: "assistant", content: "A", ...members }]);
    expect(dropped).toEqual([]);
  });

  it("gives thinking parts back as parts, and encrypted reasoning whole", () => {
    const sealed = (value: string) => packSeal({ protocol: "openai-chat", model: "M", value });
    const detail = { type: "reasoning.encrypted", data: "xyz" };
    const { body } = messagesOf({
      role: "assistant",
      content: [
        { type: "thinking", thinking: "R", signature: sealed("content") },
        { type: "redacted_thinking", data: sealed(JSON.stringify(detail)) },
        { type: "text", text: "A" },
      ],
    });
    expect(body["messages"]).toEqual([
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "R" }] },
          { type: "text", text: "A" },
        ],
        reasoning_details: [detail],
      },
    ]);
  });

  it.each([
    ["Anthropic's own", "EqQBCg", "thinking.signature"],
    ["another model's", packSeal({ protocol: "openai-chat", model: "N", value: "reasoning" }), "thinking.signature"],
    ["none", "", "thinking"],
  ])("sets thinking with a foreign seal aside by name: %s", (_name, signature, name) => {
    const { body, dropped } = messagesOf({
      role: "assistant",
      content: [
        { type: "thinking", thinking: "R", signature },
        { type: "text", text: "A" },
      ],
    });
    expect(body["messages"]).toEqual([{ role: "assistant", content: "A" }]);
    expect(dropped).toEqual([name]);
  });

  it("names blocks, members and tools that it does not know", () => {
    const { dropped } = fromMessages({
      context_management: { edits: [] },
      container: null,
      service_tier: "auto",
      metadata: { user_id: "u", tenant: "t" },
      output_config: { effort: "high", task_budget: {} },
      tools: [
        { type: "web_search_20250305", name: "web_search" },
        { name: "f", input_schema: { type: "object" }, defer_loading: true },
      ],
      messages: [{ role: "assistant", id: "m", content: [{ type: "server_tool_use", id: "s", name: "n", input: {} }] }],
    });
    expect(dropped).toEqual([
      "context_management",
      "metadata.tenant",
      "output_config.task_budget",
      "tools[0]:web_search_20250305",
      "tools[].defer_loading",
      "messages[0].id",
      "messages[0].content[0]:server_tool_use",
    ]);
  });

  it.each([
    [{ messages: [{ role: "robot", content: "" }] }, "messages[0].role"],
    [{ messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: [7] }] }, "messages[0].content[0]"],
    [{ messages: [7] }, "messages[0]"],
    [{ messages: [{ role: "user", content: [{ type: "tool_result" }] }] }, "messages[0].content[0].tool_use_id"],
    [{ messages: [{ role: "assistant", content: [{ type: "tool_use", id: "a" }] }] }, "messages[0].content[0].name"],
    [{ tools: [{ input_schema: {} }] }, "tools[0].name"],
  ] as const)("refuses %j by its path (D84)", (body, param) => {
    expect(() => fromMessages(body as unknown as JsonObject)).toThrow(
      expect.objectContaining({ code: "invalid_value", detail: { param } }),
    );
  });
});

describe("parameters for a chat provider", () => {
  it("carries those of Messages", () => {
    const { body, dropped } = fromMessages({
      stream: true,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 3,
      stop_sequences: ["a", "b", "c", "d", "e"],
      metadata: { user_id: "u" },
      tools: [{ name: "f", description: "d", input_schema: { type: "object" }, strict: true }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      output_config: { format: { type: "json_schema", schema: { type: "object" } } },
    });
    expect(body).toEqual({
      model: "provider",
      messages: [],
      stream: true,
      stream_options: { include_usage: true },
      tools: [
        {
          type: "function",
          function: { name: "f", description: "d", parameters: { type: "object", properties: {} }, strict: true },
        },
      ],
      tool_choice: "required",
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "response", schema: { type: "object" } } },
      stop: ["a", "b", "c", "d"],
      temperature: 0.5,
      top_p: 0.9,
      user: "u",
    });
    expect(dropped).toEqual(["stop[4]", "top_k"]);
  });

  it.each([
    [{ type: "auto" }, "auto"],
    [{ type: "any" }, "required"],
    [{ type: "none" }, "none"],
    [
      { type: "tool", name: "f" },
      { type: "function", function: { name: "f" } },
    ],
  ] as const)("tool choice %j is %j", (toolChoice, written) => {
    const tools = [{ name: "f", parameters: {} }];
    expect(write({ tools, toolChoice }).body["tool_choice"]).toEqual(written);
    expect(write({ toolChoice }).body["tool_choice"]).toBeUndefined();
  });

  it.each([
    [{ type: "adaptive", effort: "low" }, "low", []],
    [{ type: "adaptive", effort: "xhigh" }, "high", ["effort:xhigh"]],
    [{ type: "adaptive" }, undefined, []],
    [{ type: "budget", tokens: 4_096 }, "low", []],
    [{ type: "budget", tokens: 16_000 }, "medium", []],
    [{ type: "budget", tokens: 31_999 }, "high", []],
    [{ type: "off" }, undefined, ["thinking"]],
  ] as const)("thinking %j is effort %j", (thinking: Thinking, effort, dropped) => {
    expect(write({ thinking })).toMatchObject({ dropped });
    expect(write({ thinking }).body["reasoning_effort"]).toBe(effort);
    expect(write({ thinking }, { reasons: false }).body["reasoning_effort"]).toBeUndefined();
  });

  it.each([
    [{}, { max_tokens: 5 }],
    [{ quirks: { max_completion_tokens_only: true } }, { max_completion_tokens: 5 }],
    [{ quirks: { no_stream_options: true } }, { max_tokens: 5, stream: true }],
  ] as const)("a target with %j gets %j", (changes, members) => {
    const { body } = write({ stream: "stream" in members }, { maxTokens: 5, ...changes });
    expect(body).toEqual({ model: "provider", messages: [], ...members });
  });

  it("drops a user id that is too long, by name, and says a turn that became empty", () => {
    const turns: readonly Turn[] = [{ role: "user", parts: [] }];
    const { body, dropped } = write({ user: "u".repeat(65), turns });
    expect(body).toEqual({ model: "provider", messages: [{ role: "user", content: "" }] });
    expect(dropped).toEqual(["metadata.user_id"]);
  });
});
