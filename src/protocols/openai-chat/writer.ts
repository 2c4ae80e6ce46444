/** Writes canonical replies as Chat Completions, streamed or whole. */
import type { Finish, Json, JsonObject, Media, Reply, ReplyEvent, ThinkingPart, ToolCallPart } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import { RawArguments, unwrapInput } from "../free-text.ts";
import { urlOf } from "../media.ts";
import type { ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { writeFinish } from "./finish.ts";
import { redactedDetail, signatureDetail, textDetail, writeDetail } from "./reasoning.ts";
import { writeUsage } from "./usage.ts";

const NO_NAMES: ReadonlySet<string> = new Set();

/** Arguments of a call that the model gave none: clients parse them as JSON. */
const NO_ARGUMENTS = "{}";

const idOf = ({ requestId }: ReplyContext): string => `chatcmpl-${requestId}`;

/** The usage that the client sees, with the cost where it asked for it. */
const usageOf = (settled: Settled): JsonObject => ({ ...writeUsage(settled.usage), ...extrasOf(settled) });

/** An image in the form that clients of models which draw know (OpenRouter's). */
const drawnImage = (media: Media, index: number): JsonObject => ({
  type: "image_url",
  image_url: { url: urlOf(media) },
  index,
});

/** A tool call of the stream, by its position among the calls. */
interface Call {
  readonly position: number;
  hasInput: boolean;
  /** What the text of a call for free text is taken out of, where it comes in JSON. */
  readonly raw: RawArguments | undefined;
}

export class ChatStreamWriter implements StreamWriter {
  readonly #context: ReplyContext;
  /** What stands before and after the delta in every chunk of content. */
  readonly #head: string;
  readonly #tail: string;
  readonly #calls = new Map<number, Call>();
  /** The client's tools for free text: their calls come back as such. */
  readonly #free: ReadonlySet<string>;
  /** Thinking parts by their position among themselves. */
  readonly #thinking = new Map<number, number>();
  #images = 0;
  #begun = false;
  #finish: Finish = "stop";

  constructor(context: ReplyContext, free = NO_NAMES) {
    this.#context = context;
    this.#free = free;
    const { created, model } = context;
    const chunk = JSON.stringify({ id: idOf(context), object: "chat.completion.chunk", created, model });
    this.#head = `data: ${chunk.slice(0, -1)},"choices":[{"index":0,"delta":`;
    // Who asked for usage gets a null of it in every chunk but the last, as from OpenAI.
    this.#tail = `,"finish_reason":null}]${context.wantsUsage ? ',"usage":null' : ""}}\n\n`;
  }

  write(event: ReplyEvent): string {
    switch (event.type) {
      case "text":
        return this.#content(event.text);
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
      case "image":
        return this.#delta({ images: [drawnImage(event.media, this.#images++)] });
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

  /** The same as `#delta`, put together by hand: nearly all of a stream is made of it. */
  #content(text: string): string {
    const chunk = `${this.#head}{"content":${JSON.stringify(text)}}${this.#tail}`;
    return this.#begun ? chunk : this.#begin() + chunk;
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
    const raw = this.#free.has(name) ? new RawArguments() : undefined;
    this.#calls.set(index, { position, hasInput: false, raw });
    const call =
      raw === undefined
        ? { type: "function", function: { name, arguments: "" } }
        : { type: "custom", custom: { name, input: "" } };
    return this.#delta({ tool_calls: [{ index: position, id, ...call }] });
  }

  #callInput(index: number, text: string): string {
    const call = this.#calls.get(index);
    if (call === undefined || text === "") return "";
    call.hasInput = true;
    if (call.raw !== undefined) return this.#rawDelta(call, call.raw.push(text));
    return this.#delta({ tool_calls: [{ index: call.position, function: { arguments: text } }] });
  }

  #callEnds(index: number): string {
    const call = this.#calls.get(index);
    if (call?.raw !== undefined) {
      this.#calls.set(index, { ...call, raw: undefined, hasInput: true });
      return this.#rawDelta(call, call.raw.end());
    }
    return call === undefined || call.hasInput ? "" : this.#callInput(index, NO_ARGUMENTS);
  }

  #rawDelta({ position }: Call, input: string): string {
    return input === "" ? "" : this.#delta({ tool_calls: [{ index: position, custom: { input } }] });
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

const imagesOf = (reply: Reply): JsonObject => {
  const images = reply.parts.flatMap((part) => (part.type === "image" ? [part.media] : [])).map(drawnImage);
  return images.length === 0 ? {} : { images };
};

const callOf = ({ id, name, input }: ToolCallPart, free: ReadonlySet<string>): JsonObject =>
  free.has(name)
    ? { id, type: "custom", custom: { name, input: unwrapInput(input) } }
    : { id, type: "function", function: { name, arguments: input || NO_ARGUMENTS } };

const callsOf = (reply: Reply, free: ReadonlySet<string>): JsonObject => {
  const calls = reply.parts.flatMap((part): JsonObject[] => (part.type === "tool_call" ? [callOf(part, free)] : []));
  return calls.length === 0 ? {} : { tool_calls: calls };
};

/** The names of the tools for free text in a client's own request. */
export const freeToolsOf = ({ call }: ReplyContext): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const tool of call === undefined ? [] : listOf(call.json()["tools"])) {
    const of = isObject(tool) && tool["type"] === "custom" ? objectAt(tool, "custom") : undefined;
    if (of !== undefined) names.add(textOf(of["name"]));
  }
  return names;
};

/** A whole reply as a chat completion of one choice. @param free the client's tools for free text */
export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext, free = NO_NAMES): Json => {
  const calls = callsOf(reply, free);
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
          ...imagesOf(reply),
          ...calls,
        },
        logprobs: null,
        finish_reason: writeFinish(reply.finish),
      },
    ],
    usage: usageOf(settled),
  };
};
