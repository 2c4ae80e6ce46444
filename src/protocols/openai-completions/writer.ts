/** Writes canonical replies as legacy completions, streamed or whole: text, and nothing else that a reply may hold. */
import type { Finish, Json, JsonObject, Reply, ReplyEvent } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import { writeFinish } from "../openai-chat/finish.ts";
import { writeUsage } from "../openai-chat/usage.ts";
import type { ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { promptOf } from "./read.ts";

/** Members that a reply and all its chunks have. */
const headOf = ({ requestId, created, model }: ReplyContext): JsonObject => ({
  id: `cmpl-${requestId}`,
  object: "text_completion",
  created,
  model,
});

const usageOf = (settled: Settled): JsonObject => ({ ...writeUsage(settled.usage), ...extrasOf(settled) });

/** What stands before the reply where the client asked to hear its prompt again. */
const echoOf = ({ call }: ReplyContext): string => {
  const body = call?.json() ?? {};
  return body["echo"] === true ? promptOf(body) : "";
};

/** The word for an end: calls, which nobody could have asked for, are none. */
const finishOf = (finish: Finish): string => (finish === "tool_calls" ? "stop" : writeFinish(finish));

const choiceOf = (text: string, finish: Finish | null): JsonObject => ({
  text,
  index: 0,
  logprobs: null,
  finish_reason: finish === null ? null : finishOf(finish),
});

export class CompletionStreamWriter implements StreamWriter {
  readonly #context: ReplyContext;
  #begun = false;
  #finish: Finish = "stop";

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  write(event: ReplyEvent): string {
    switch (event.type) {
      case "text":
      case "refusal":
        return this.#begin() + this.#chunk(event.text, null);
      case "finish":
        this.#finish = event.finish;
        return "";
      // What a model thinks or draws has no place here.
      case "thinking":
      case "seal":
      case "redacted":
      case "image":
      case "tool_call":
      case "tool_input":
      case "part_end":
      case "start":
      case "ping":
        return "";
    }
  }

  end(settled: Settled): string {
    const { wantsUsage } = this.#context;
    const text = this.#begin() + this.#chunk("", this.#finish);
    const usage = { ...headOf(this.#context), choices: [], usage: usageOf(settled) };
    const last = wantsUsage || settled.cost !== undefined ? sseEvent(JSON.stringify(usage)) : "";
    return text + last + sseEvent("[DONE]");
  }

  #begin(): string {
    if (this.#begun) return "";
    this.#begun = true;
    const echo = echoOf(this.#context);
    return echo === "" ? "" : this.#chunk(echo, null);
  }

  #chunk(text: string, finish: Finish | null): string {
    // Who asked for usage gets a null of it in every chunk but the last, as from OpenAI.
    const usage = this.#context.wantsUsage ? { usage: null } : {};
    return sseEvent(JSON.stringify({ ...headOf(this.#context), choices: [choiceOf(text, finish)], ...usage }));
  }
}

/** A whole reply as a completion of one choice. */
export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext): Json => {
  const texts = reply.parts.flatMap((part) => (part.type === "text" || part.type === "refusal" ? [part.text] : []));
  return {
    ...headOf(context),
    choices: [choiceOf(echoOf(context) + texts.join(""), reply.finish)],
    usage: usageOf(settled),
  };
};

/** The last event of a stream that failed: a chunk that ends its choice, with the error beside it, and no `[DONE]`. */
export const streamErrorEvent = (message: string, context: ReplyContext): string =>
  sseEvent(
    JSON.stringify({
      ...headOf(context),
      choices: [{ text: "", index: 0, logprobs: null, finish_reason: "error" }],
      error: { message, type: "server_error", param: null, code: "upstream_stream_error" },
    }),
  );
