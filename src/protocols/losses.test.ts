import { expect, it } from "vitest";

import type { Json } from "./canonical.ts";
import { Dropped } from "./dropped.ts";
import { nameLosses } from "./losses.ts";
import type { ProtocolId } from "./protocol.ts";

const CITED = { type: "text", text: "so", citations: [{ type: "web_search_result_location" }] };

it.each<[ProtocolId, Json, readonly string[]]>([
  ["anthropic", { content: [{ type: "text", text: "so" }, { type: "thinking" }, { type: "tool_use" }] }, []],
  [
    "anthropic",
    { content: [{ type: "server_tool_use" }, { type: "web_search_tool_result" }, CITED] },
    ["content:server_tool_use", "content:web_search_tool_result", "content.citations"],
  ],
  [
    "anthropic",
    { type: "content_block_start", content_block: { type: "server_tool_use" } },
    ["content:server_tool_use"],
  ],
  ["anthropic", { type: "content_block_delta", delta: { type: "citations_delta" } }, ["content.citations"]],
  ["anthropic", { type: "content_block_delta", delta: { type: "text_delta", text: "a" } }, []],
  ["openai-chat", { choices: [{ delta: { content: "a", annotations: [] }, logprobs: null }], citations: [] }, []],
  [
    "openai-chat",
    { choices: [{ message: { audio: { id: "a" } } }], search_results: [{}] },
    ["search_results", "message.audio"],
  ],
  [
    "openai-responses",
    { output: [{ type: "message", content: [{ type: "output_text", annotations: [], logprobs: [] }] }] },
    [],
  ],
  ["openai-responses", { output: [{ type: "web_search_call" }] }, ["output:web_search_call"]],
  [
    "openai-responses",
    { type: "response.output_item.done", item: { type: "message", content: [{ annotations: [{}], logprobs: [{}] }] } },
    ["output_text.annotations", "output_text.logprobs"],
  ],
  ["openai-responses", { type: "response.output_item.added", item: { type: "web_search_call" } }, []],
  [
    "openai-responses",
    { type: "response.completed", response: { output: [{ type: "image_generation_call" }] } },
    ["output:image_generation_call"],
  ],
  ["gemini", { candidates: [{ content: { parts: [{ text: "a" }, { functionCall: {} }] }, finishReason: "STOP" }] }, []],
  [
    "gemini",
    { candidates: [{ groundingMetadata: {}, content: { parts: [{ executableCode: {} }] } }] },
    ["candidates.groundingMetadata", "parts.executableCode"],
  ],
  ["gemini", null, []],
])("%s %j loses %j", (protocol, body, expected) => {
  const dropped = new Dropped();
  nameLosses(protocol, body, dropped);
  expect(dropped.names).toEqual(expected);
});
