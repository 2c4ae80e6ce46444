/** The sandbox's OpenAI Chat Completions dialect. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { tokensOf } from "./count.ts";
import { fragments, sseOf, words, type Dialect, type Frame, type Told, type Written } from "./dialect.ts";
import type { RefusalKind } from "./models.ts";
import { readChat } from "./read-chat.ts";
import type { Refusal } from "./refusal.ts";
import type { Finish, ToolUse } from "./speech.ts";
import { bytesOf } from "./value.ts";

/** The reply names no revision of a model; the provider's field must be there all the same. */
const FINGERPRINT = "fp_sandbox";

const FINISH = {
  stop: "stop",
  sequence: "stop",
  length: "length",
  tool: "tool_calls",
} as const satisfies Record<Finish["kind"], string>;

const ERROR_TYPES = {
  invalid: { type: "invalid_request_error", code: null },
  authentication: { type: "invalid_request_error", code: "invalid_api_key" },
  billing: { type: "insufficient_quota", code: "insufficient_quota" },
  not_found: { type: "invalid_request_error", code: "not_found" },
  too_large: { type: "invalid_request_error", code: "request_too_large" },
  rate_limit: { type: "tokens", code: "rate_limit_exceeded" },
  server: { type: "server_error", code: null },
  timeout: { type: "server_error", code: "timeout" },
  overloaded: { type: "server_error", code: "service_unavailable" },
} as const satisfies Record<RefusalKind, { type: string; code: string | null }>;

const usageOf = (told: NonNullable<Told>, choices: number): JsonObject => {
  const prompt = told.input + told.cacheRead + told.cacheWrite5m + told.cacheWrite1h;
  const completion = told.output * choices;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: told.cacheRead,
      cache_write_tokens: told.cacheWrite5m + told.cacheWrite1h,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: told.thinking * choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
};

const callId = (reply: Written, choice: number, index: number): string => `call_${reply.seed}${choice}x${index}`;

const callJson = (reply: Written, choice: number): readonly Json[] =>
  reply.answer.calls.map((call, index) => ({
    id: callId(reply, choice, index),
    type: "function",
    function: { name: call.name, arguments: call.args },
  }));

const thoughtOf = (reply: Written): string | null => {
  const { thinking } = reply.answer;
  return thinking?.form === "shown" ? thinking.text : null;
};

/** Null beside calls alone, as the provider has it. */
const contentOf = (reply: Written): string | null =>
  reply.answer.text === "" && reply.answer.calls.length > 0 ? null : reply.answer.text;

const messageOf = (reply: Written, choice: number): JsonObject => {
  const thought = thoughtOf(reply);
  return {
    role: "assistant",
    content: contentOf(reply),
    ...(thought === null ? {} : { reasoning_content: thought }),
    refusal: null,
    annotations: [],
    ...(reply.answer.calls.length === 0 ? {} : { tool_calls: callJson(reply, choice) }),
  };
};

const headOf = (reply: Written, object: string): JsonObject => ({
  id: `chatcmpl-${reply.seed}`,
  object,
  created: reply.created,
  model: reply.ask.model,
  service_tier: "default",
  system_fingerprint: FINGERPRINT,
});

const whole = (reply: Written): JsonObject => ({
  ...headOf(reply, "chat.completion"),
  choices: Array.from({ length: reply.ask.choices }, (_, index) => ({
    index,
    message: messageOf(reply, index),
    logprobs: null,
    finish_reason: FINISH[reply.answer.finish.kind],
  })),
  ...(reply.usage === null ? {} : { usage: usageOf(reply.usage, reply.ask.choices) }),
});

const framing = (text: string): Frame => ({ text, tokens: 0 });
const carrying = (text: string, content: string): Frame => ({ text, tokens: tokensOf(bytesOf(content)) });

/** Writes the chunks of one choice. */
class ChoiceWriter {
  readonly #reply: Written;
  readonly #head: JsonObject;
  readonly #index: number;

  constructor(reply: Written, index: number) {
    this.#reply = reply;
    this.#head = headOf(reply, "chat.completion.chunk");
    this.#index = index;
  }

  #chunk(delta: JsonObject, finish: string | null = null): string {
    const { ask, usage } = this.#reply;
    return sseOf(null, {
      ...this.#head,
      choices: [{ index: this.#index, delta, logprobs: null, finish_reason: finish }],
      ...(ask.includeUsage && usage !== null ? { usage: null } : {}),
    });
  }

  *frames(): Generator<Frame> {
    const { answer } = this.#reply;
    const content = contentOf(this.#reply) === null ? null : "";
    yield framing(this.#chunk({ role: "assistant", content, refusal: null }));
    for (const piece of words(thoughtOf(this.#reply) ?? ""))
      yield carrying(this.#chunk({ reasoning_content: piece }), piece);
    for (const piece of words(answer.text)) yield carrying(this.#chunk({ content: piece }), piece);
    for (const [index, call] of answer.calls.entries()) yield* this.#call(call, index);
    yield framing(this.#chunk({}, FINISH[answer.finish.kind]));
  }

  *#call(call: ToolUse, index: number): Generator<Frame> {
    const id = callId(this.#reply, this.#index, index);
    const named = { index, id, type: "function", function: { name: call.name, arguments: "" } };
    yield carrying(this.#chunk({ tool_calls: [named] }), call.name);
    for (const piece of fragments(call.args))
      yield carrying(this.#chunk({ tool_calls: [{ index, function: { arguments: piece } }] }), piece);
  }
}

function* events(reply: Written): Generator<Frame> {
  for (let index = 0; index < reply.ask.choices; index++) yield* new ChoiceWriter(reply, index).frames();
  if (reply.ask.includeUsage && reply.usage !== null)
    yield framing(
      sseOf(null, {
        ...headOf(reply, "chat.completion.chunk"),
        choices: [],
        usage: usageOf(reply.usage, reply.ask.choices),
      }),
    );
  yield framing("data: [DONE]\n\n");
}

const error = (refusal: Refusal): JsonObject => ({
  error: { message: refusal.message, param: refusal.param, ...ERROR_TYPES[refusal.kind] },
});

export const chat: Dialect = {
  requestIdHeader: "x-request-id",
  read: (body) => readChat(body),
  whole,
  events,
  error,
  errorEvent: (refusal) => sseOf(null, error(refusal)),
};
