/** The sandbox's OpenAI Responses dialect. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { chat } from "./chat.ts";
import { tokensOf } from "./count.ts";
import { fragments, sseOf, words, type Dialect, type Frame, type Told, type Written } from "./dialect.ts";
import { readResponses } from "./read-responses.ts";
import type { Refusal } from "./refusal.ts";
import { redact } from "./signature.ts";
import { bytesOf } from "./value.ts";

const usageOf = (told: NonNullable<Told>): JsonObject => {
  const input = told.input + told.cacheRead + told.cacheWrite5m + told.cacheWrite1h;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: told.cacheRead,
      cache_write_tokens: told.cacheWrite5m + told.cacheWrite1h,
    },
    output_tokens: told.output,
    output_tokens_details: { reasoning_tokens: told.thinking },
    total_tokens: input + told.output,
  };
};

/** An item of the output. `pieces` are its text as deltas bring it, in the events of its kind. */
interface Item {
  readonly begun: JsonObject;
  readonly ended: JsonObject;
  readonly part: {
    readonly event: string;
    readonly place: JsonObject;
    readonly begun: JsonObject;
    readonly ended: JsonObject;
  } | null;
  readonly text: { readonly event: string; readonly place: JsonObject; readonly whole: JsonObject } | null;
  readonly pieces: Iterable<string>;
}

const thoughtItem = (reply: Written): Item[] => {
  const { thinking } = reply.answer;
  if (thinking === null) return [];
  const shown = thinking.form === "shown" ? thinking.text : "";
  const head = { id: `rs_${reply.seed}`, type: "reasoning" };
  const place = { summary_index: 0 };
  const part = { type: "summary_text", text: shown };
  const ended = { ...head, summary: shown === "" ? [] : [part], encrypted_content: redact(thinking.text) };
  const begun = { ...head, summary: [] };
  if (shown === "") return [{ begun, ended, part: null, text: null, pieces: [] }];
  return [
    {
      begun,
      ended,
      part: { event: "response.reasoning_summary_part", place, begun: { ...part, text: "" }, ended: part },
      text: { event: "response.reasoning_summary_text", place, whole: { text: shown } },
      pieces: words(shown),
    },
  ];
};

const textItem = (reply: Written): Item[] => {
  const { text, calls } = reply.answer;
  if (text === "" && calls.length > 0) return [];
  const head = { id: `msg_${reply.seed}`, type: "message", role: "assistant" };
  const place = { content_index: 0 };
  const part = { type: "output_text", text, annotations: [], logprobs: [] };
  return [
    {
      begun: { ...head, status: "in_progress", content: [] },
      ended: { ...head, status: "completed", content: [part] },
      part: { event: "response.content_part", place, begun: { ...part, text: "" }, ended: part },
      text: { event: "response.output_text", place, whole: { text, logprobs: [] } },
      pieces: words(text),
    },
  ];
};

const callItems = (reply: Written): Item[] =>
  reply.answer.calls.map(({ name, args }, index) => {
    const head = { id: `fc_${reply.seed}${index}`, type: "function_call", call_id: `call_${reply.seed}${index}`, name };
    return {
      begun: { ...head, status: "in_progress", arguments: "" },
      ended: { ...head, status: "completed", arguments: args },
      part: null,
      text: { event: "response.function_call_arguments", place: {}, whole: { arguments: args } },
      pieces: fragments(args),
    };
  });

const itemsOf = (reply: Written): readonly Item[] => [...thoughtItem(reply), ...textItem(reply), ...callItems(reply)];

const headOf = (reply: Written): JsonObject => ({
  id: `resp_${reply.seed}`,
  object: "response",
  created_at: reply.created,
  model: reply.ask.model,
  error: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: reply.ask.parallel,
  previous_response_id: null,
  store: false,
  tool_choice: "auto",
  tools: [],
  temperature: 1,
  top_p: 1,
});

const begunOf = (reply: Written): JsonObject => ({
  ...headOf(reply),
  status: "in_progress",
  incomplete_details: null,
  output: [],
  usage: null,
});

const whole = (reply: Written): JsonObject => {
  const isCut = reply.answer.finish.kind === "length";
  return {
    ...headOf(reply),
    status: isCut ? "incomplete" : "completed",
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    output: itemsOf(reply).map(({ ended }) => ended),
    ...(reply.usage === null ? {} : { usage: usageOf(reply.usage) }),
  };
};

/** Numbers the events of one stream. */
class Numbered {
  #next = 0;

  frame(type: string, data: JsonObject, content = ""): Frame {
    const text = sseOf(type, { type, sequence_number: this.#next++, ...data });
    return { text, tokens: content === "" ? 0 : tokensOf(bytesOf(content)) };
  }
}

function* itemFrames(numbered: Numbered, item: Item, index: number): Generator<Frame> {
  const { begun, ended, part, text } = item;
  const of = { item_id: begun["id"] ?? "", output_index: index };
  yield numbered.frame("response.output_item.added", { output_index: index, item: begun });
  if (part !== null) yield numbered.frame(`${part.event}.added`, { ...of, ...part.place, part: part.begun });
  if (text !== null) {
    for (const delta of item.pieces)
      yield numbered.frame(`${text.event}.delta`, { ...of, ...text.place, delta }, delta);
    yield numbered.frame(`${text.event}.done`, { ...of, ...text.place, ...text.whole });
  }
  if (part !== null) yield numbered.frame(`${part.event}.done`, { ...of, ...part.place, part: part.ended });
  yield numbered.frame("response.output_item.done", { output_index: index, item: ended });
}

function* events(reply: Written): Generator<Frame> {
  const numbered = new Numbered();
  yield numbered.frame("response.created", { response: begunOf(reply) });
  yield numbered.frame("response.in_progress", { response: begunOf(reply) });
  for (const [index, item] of itemsOf(reply).entries()) yield* itemFrames(numbered, item, index);
  const response = whole(reply);
  yield numbered.frame(`response.${response["status"] === "incomplete" ? "incomplete" : "completed"}`, { response });
}

/** Errors are those of Chat Completions. */
const errorOf = (refusal: Refusal, requestId: string): JsonObject => chat.error(refusal, requestId);

const failedEvent = (error: Json | undefined): string =>
  sseOf("error", { type: "error", sequence_number: 0, error: error ?? null });

export const responses: Dialect = {
  requestIdHeader: "x-request-id",
  read: (body) => readResponses(body),
  whole,
  events,
  error: errorOf,
  errorEvent: (refusal, requestId) => failedEvent(errorOf(refusal, requestId)["error"]),
};
