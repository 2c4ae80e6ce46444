/** The sandbox's Anthropic Messages dialect. Pure. */
import type { JsonObject } from "../protocols/canonical.ts";
import { tokensOf } from "./count.ts";
import { fragments, sseOf, words, type Dialect, type Frame, type Told, type Written } from "./dialect.ts";
import type { RefusalKind } from "./models.ts";
import { readMessages } from "./read-messages.ts";
import type { Refusal } from "./refusal.ts";
import { redact, sign } from "./signature.ts";
import type { Finish, Thinking } from "./speech.ts";
import { bytesOf } from "./value.ts";

const STOP_REASONS = {
  stop: "end_turn",
  sequence: "stop_sequence",
  length: "max_tokens",
  tool: "tool_use",
} as const satisfies Record<Finish["kind"], string>;

const ERROR_TYPES = {
  invalid: "invalid_request_error",
  authentication: "authentication_error",
  billing: "billing_error",
  not_found: "not_found_error",
  too_large: "request_too_large",
  rate_limit: "rate_limit_error",
  server: "api_error",
  timeout: "timeout_error",
  overloaded: "overloaded_error",
} as const satisfies Record<RefusalKind, string>;

/** @param output what `output_tokens` says: at the start of a stream the provider does not know it yet. */
const usageOf = (told: NonNullable<Told>, output: number): JsonObject => ({
  input_tokens: told.input,
  cache_creation_input_tokens: told.cacheWrite5m + told.cacheWrite1h,
  cache_read_input_tokens: told.cacheRead,
  cache_creation: {
    ephemeral_5m_input_tokens: told.cacheWrite5m,
    ephemeral_1h_input_tokens: told.cacheWrite1h,
  },
  output_tokens: output,
});

const finalUsage = (told: NonNullable<Told>): JsonObject => ({
  ...usageOf(told, told.output),
  output_tokens_details: { thinking_tokens: told.thinking },
});

type Block =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string }
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: JsonObject;
      readonly caller: { readonly type: "direct" };
    };

const thinkingBlock = (thinking: Thinking): Block => {
  if (thinking.form === "redacted") return { type: "redacted_thinking", data: redact(thinking.text) };
  const shown = thinking.form === "shown" ? thinking.text : "";
  return { type: "thinking", thinking: shown, signature: sign(thinking.text, shown) };
};

const blocksOf = (reply: Written): readonly Block[] => {
  const { thinking, text, calls } = reply.answer;
  return [
    ...(thinking === null ? [] : [thinkingBlock(thinking)]),
    ...(text === "" ? [] : [{ type: "text", text } as const]),
    ...calls.map((call, index): Block => ({
      type: "tool_use",
      id: `toolu_01${reply.seed}${index}`,
      name: call.name,
      input: JSON.parse(call.args) as JsonObject,
      caller: { type: "direct" },
    })),
  ];
};

const endOf = (finish: Finish): JsonObject => ({
  stop_reason: STOP_REASONS[finish.kind],
  stop_sequence: finish.kind === "sequence" ? finish.sequence : null,
  stop_details: null,
});

const headOf = (reply: Written): JsonObject => ({
  id: `msg_01${reply.seed.slice(0, 22)}`,
  type: "message",
  role: "assistant",
  model: reply.ask.model,
});

const TIER = { service_tier: "standard", inference_geo: "not_available" };

const whole = (reply: Written): JsonObject => ({
  ...headOf(reply),
  content: blocksOf(reply),
  ...endOf(reply.answer.finish),
  ...(reply.usage === null ? {} : { usage: { ...finalUsage(reply.usage), ...TIER } }),
});

const framing = (event: string, data: JsonObject): Frame => ({
  text: sseOf(event, { type: event, ...data }),
  tokens: 0,
});

const deltaOf = (index: number, delta: JsonObject, content: string): Frame => ({
  text: sseOf("content_block_delta", { type: "content_block_delta", index, delta }),
  tokens: tokensOf(bytesOf(content)),
});

/** The block as it stands in `content_block_start`: with nothing of what its deltas will bring. */
const opening = (block: Block): Block => {
  switch (block.type) {
    case "thinking":
      return { ...block, thinking: "", signature: "" };
    case "text":
      return { ...block, text: "" };
    case "tool_use":
      return { ...block, input: {} };
    case "redacted_thinking":
      return block;
  }
};

function* deltas(block: Block, index: number): Generator<Frame> {
  switch (block.type) {
    case "thinking":
      for (const piece of words(block.thinking))
        yield deltaOf(index, { type: "thinking_delta", thinking: piece }, piece);
      yield deltaOf(index, { type: "signature_delta", signature: block.signature }, "");
      return;
    case "text":
      for (const piece of words(block.text)) yield deltaOf(index, { type: "text_delta", text: piece }, piece);
      return;
    case "tool_use": {
      const args = JSON.stringify(block.input);
      yield deltaOf(index, { type: "input_json_delta", partial_json: "" }, "");
      // A tool without arguments gets the empty fragment alone, as from the provider.
      if (args !== "{}")
        for (const piece of fragments(args))
          yield deltaOf(index, { type: "input_json_delta", partial_json: piece }, piece);
      return;
    }
    case "redacted_thinking":
  }
}

function* events(reply: Written): Generator<Frame> {
  const { usage } = reply;
  yield framing("message_start", {
    message: {
      ...headOf(reply),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      ...(usage === null ? {} : { usage: { ...usageOf(usage, Math.min(1, usage.output)), ...TIER } }),
    },
  });
  const blocks = blocksOf(reply);
  if (blocks.length === 0) yield framing("ping", {});
  for (const [index, block] of blocks.entries()) {
    yield framing("content_block_start", { index, content_block: opening(block) });
    if (index === 0) yield framing("ping", {});
    yield* deltas(block, index);
    yield framing("content_block_stop", { index });
  }
  yield framing("message_delta", {
    delta: endOf(reply.answer.finish),
    ...(usage === null ? {} : { usage: finalUsage(usage) }),
  });
  yield framing("message_stop", {});
}

const error = (refusal: Refusal, requestId: string): JsonObject => ({
  type: "error",
  error: { type: ERROR_TYPES[refusal.kind], message: refusal.message },
  request_id: requestId,
});

export const messages: Dialect = {
  requestIdHeader: "request-id",
  read: readMessages,
  whole,
  events,
  error,
  errorEvent: (refusal, requestId) => sseOf("error", error(refusal, requestId)),
};
