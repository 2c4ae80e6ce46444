/** Writes canonical replies as Chat Completions, streamed or whole. */
import type { Finish, Json, JsonObject, Reply, ReplyEvent, ThinkingPart } from "../canonical.ts";
import type { ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { writeFinish } from "./finish.ts";
import { redactedDetail, signatureDetail, textDetail, writeDetail } from "./reasoning.ts";
import { writeUsage } from "./usage.ts";

/** Arguments of a call that the model gave none: clients parse them as JSON. */
const NO_ARGUMENTS = "{}";

const idOf = ({ requestId }: ReplyContext): string => `chatcmpl-${requestId}`;

/** The usage that the client sees, with the cost where it asked for it. */
const usageOf = ({ usage, cost }: Settled): JsonObject =>
  cost === undefined ? writeUsage(usage) : { ...writeUsage(usage), cost };

/** A tool call of the stream, by its position among the calls. */
interface Call {
  readonly position: number;
  hasInput: boolean;
}

export class ChatStreamWriter implements StreamWriter {
  readonly #context: ReplyContext;
  /** What stands before and after the delta in every chunk of content. */
  readonly #head: string;
  readonly #tail: string;
  readonly #calls = new Map<number, Call>();
  /** Thinking parts by their position among themselves. */
  readonly #thinking = new Map<number, number>();
  #begun = false;
  #finish: Finish = "stop";

  constructor(context: ReplyContext) {
    this.#context = context;
    const { created, model } = context;
    const chunk = JSON.stringify({ id: idOf(context), object: "chat.completion.chunk", created, model });
    this.#head = `data: ${chunk.slice(0, -1)},"choices":[{"index":0,"delta":`;
    // Who asked for usage gets a null of it in every chunk but the last, as from OpenAI.
    this.#tail = `,"finish_reason":null}]${context.wantsUsage ? ',"usage":null' : ""}}\n\n`;
  }

  write(event: ReplyEvent): string {
    switch (event.type) {
      case "text":
        return this.#delta({ content: event.text });
      case "refusal":
        return this.#delta({ refusal: event.text });
      case "thinking":
        return this.#delta({
          reasoning_content: event.text,
          reasoning_details: [textDetail(event.text, this.#thinkingAt(event.index))],
        });
      case "seal":
        return this.#delta({ reasoning_details: [signatureDetail(event.seal, this.#thinkingAt(event.index))] });
      case "redacted":
        return this.#delta({ reasoning_details: [redactedDetail(event.seal, this.#thinkingAt(event.index))] });
      case "tool_call":
        return this.#callBegins(event.index, event.id, event.name);
      case "tool_input":
        return this.#callInput(event.index, event.text);
      case "part_end":
        return this.#callEnds(event.index);
      case "finish":
        this.#finish = event.finish;
        return "";
      // The head is sent with the first content, so that until then another provider can still be asked.
      case "start":
      case "ping":
        return "";
    }
  }

  end(settled: Settled): string {
    const { wantsUsage } = this.#context;
    let text = this.#begin();
    for (const index of this.#calls.keys()) text += this.#callEnds(index);
    text += `${this.#head}{},"finish_reason":${JSON.stringify(writeFinish(this.#finish))}}]${wantsUsage ? ',"usage":null' : ""}}\n\n`;
    if (wantsUsage || settled.cost !== undefined) text += this.#usageChunk(settled);
    return text + sseEvent("[DONE]");
  }

  #begin(): string {
    if (this.#begun) return "";
    this.#begun = true;
    return `${this.#head}{"role":"assistant","content":""}${this.#tail}`;
  }

  #delta(delta: JsonObject): string {
    return this.#begin() + this.#head + JSON.stringify(delta) + this.#tail;
  }

  #thinkingAt(index: number): number {
    const known = this.#thinking.get(index);
    if (known !== undefined) return known;
    const position = this.#thinking.size;
    this.#thinking.set(index, position);
    return position;
  }

  #callBegins(index: number, id: string, name: string): string {
    const position = this.#calls.size;
    this.#calls.set(index, { position, hasInput: false });
    return this.#delta({ tool_calls: [{ index: position, id, type: "function", function: { name, arguments: "" } }] });
  }

  #callInput(index: number, text: string): string {
    const call = this.#calls.get(index);
    if (call === undefined || text === "") return "";
    call.hasInput = true;
    return this.#delta({ tool_calls: [{ index: call.position, function: { arguments: text } }] });
  }

  #callEnds(index: number): string {
    const call = this.#calls.get(index);
    return call === undefined || call.hasInput ? "" : this.#callInput(index, NO_ARGUMENTS);
  }

  #usageChunk(settled: Settled): string {
    const { created, model } = this.#context;
    return sseEvent(
      JSON.stringify({
        id: idOf(this.#context),
        object: "chat.completion.chunk",
        created,
        model,
        choices: [],
        usage: usageOf(settled),
      }),
    );
  }
}

const textsOf = (reply: Reply, type: "text" | "refusal" | "thinking"): string | null => {
  const texts = reply.parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return texts.length === 0 ? null : texts.join("");
};

const reasoningOf = (reply: Reply): JsonObject => {
  const parts = reply.parts.filter((part): part is ThinkingPart => part.type === "thinking");
  if (parts.length === 0) return {};
  const text = textsOf(reply, "thinking") ?? "";
  return {
    ...(text === "" ? {} : { reasoning_content: text }),
    reasoning_details: parts.map((part, index) => writeDetail(part, index)),
  };
};

const callsOf = (reply: Reply): JsonObject => {
  const calls = reply.parts.flatMap((part): JsonObject[] =>
    part.type === "tool_call"
      ? [{ id: part.id, type: "function", function: { name: part.name, arguments: part.input || NO_ARGUMENTS } }]
      : [],
  );
  return calls.length === 0 ? {} : { tool_calls: calls };
};

/** A whole reply as a chat completion of one choice. */
export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext): Json => {
  const calls = callsOf(reply);
  const refusal = textsOf(reply, "refusal");
  // Content is null only beside something that stands in its place.
  const nothing = refusal === null && calls["tool_calls"] === undefined ? "" : null;
  return {
    id: idOf(context),
    object: "chat.completion",
    created: context.created,
    model: context.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: textsOf(reply, "text") ?? nothing,
          refusal,
          ...reasoningOf(reply),
          ...calls,
        },
        logprobs: null,
        finish_reason: writeFinish(reply.finish),
      },
    ],
    usage: usageOf(settled),
  };
};
