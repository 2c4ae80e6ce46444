/**
 * Writes canonical replies as Messages, streamed or whole.
 *
 * A Messages stream has one open block at a time. Parts that interleave in their source are put in a row: what belongs to a later
 * part waits until the one before it has ended.
 */
import type { AssistantPart, Finish, Json, JsonObject, Media, Reply, ReplyEvent, Seal } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import type { ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { packSeal } from "../seal.ts";
import { sseEvent } from "../sse.ts";
import { isObject } from "../value.ts";
import { writeFinish } from "./finish.ts";
import { writeUsage } from "./usage.ts";

const idOf = ({ requestId }: ReplyContext): string => `msg_${requestId}`;

/** A seal as the opaque string of a block: Anthropic's own as it is, any other wrapped so that we know it again. */
const opaque = (seal: Seal): string => (seal.protocol === "anthropic" ? seal.value : packSeal(seal));

/** What stands where a thinking block has no seal: clients demand a signature, and its maker will know that it has none. */
const UNSEALED = packSeal({ protocol: "openai-chat", model: "", value: "" });

const usageOf = (settled: Settled): JsonObject => ({ ...writeUsage(settled.usage), ...extrasOf(settled) });

const stopDetails = (finish: Finish): Json =>
  writeFinish(finish) === "refusal" ? { type: "refusal", category: null, explanation: null } : null;

/** Members of a message but for its content, end and usage. */
const messageOf = (context: ReplyContext): JsonObject => ({
  id: idOf(context),
  type: "message",
  role: "assistant",
  model: context.model,
});

const event = (type: string, members: JsonObject): string => sseEvent(JSON.stringify({ type, ...members }), type);

const DELTA_HEAD = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":';
/** What stands before the text in the deltas of each kind. */
const GROWTHS = {
  text: '{"type":"text_delta","text":',
  thinking: '{"type":"thinking_delta","thinking":',
  input: '{"type":"input_json_delta","partial_json":',
} as const;

type PartEvent = Extract<ReplyEvent, { readonly index: number }>;
type SealEvent = Extract<ReplyEvent, { readonly type: "seal" }>;

/** The block that is open now. */
interface OpenBlock {
  readonly part: number;
  readonly index: number;
  readonly kind: "text" | "thinking" | "redacted" | "tool" | "image";
  signed: boolean;
}

export class MessagesStreamWriter implements StreamWriter {
  readonly #context: ReplyContext;
  #inputUsage: JsonObject = writeUsage({});
  #begun = false;
  #nextIndex = 0;
  #open: OpenBlock | undefined;
  #lastKind: OpenBlock["kind"] | undefined;
  /**
   * A seal without thoughts that came after text (Gemini ends its replies so). A message never ends with thinking, and Claude Code
   * shows its last block only: it is written when something follows, else let go, which its maker allows.
   */
  #late: SealEvent | undefined;
  /** Events of parts that wait for the open block to end, in the order of the parts. */
  readonly #waiting = new Map<number, PartEvent[]>();
  #finish: Finish = "stop";
  #stopSequence: string | undefined;

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  write(event: ReplyEvent): string {
    switch (event.type) {
      case "start":
        // Sent with the first block, so that until then another provider can still be asked.
        if (event.usage !== undefined) this.#inputUsage = writeUsage({ ...event.usage, output: 0, reasoning: 0 });
        return "";
      case "finish":
        this.#finish = event.finish;
        this.#stopSequence = event.stopSequence;
        return "";
      case "ping":
        return this.#begun ? PING : "";
      default:
        return this.#part(event);
    }
  }

  end(settled: Settled): string {
    let text = this.#begin() + this.#close();
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) break;
      text += this.#release(next[0]) + this.#close();
    }
    const delta = {
      stop_reason: writeFinish(this.#finish),
      stop_sequence: this.#stopSequence ?? null,
      stop_details: stopDetails(this.#finish),
    };
    return text + event("message_delta", { delta, usage: usageOf(settled) }) + event("message_stop", {});
  }

  #part(event: PartEvent): string {
    if (this.#open === undefined || this.#open.part === event.index) return this.#begin() + this.#write(event);
    const queue = this.#waiting.get(event.index);
    if (queue === undefined) {
      // A part whose end came already needs no second one.
      if (event.type !== "part_end") this.#waiting.set(event.index, [event]);
    } else queue.push(event);
    return "";
  }

  #begin(): string {
    if (this.#begun) return "";
    this.#begun = true;
    const message = {
      ...messageOf(this.#context),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: this.#inputUsage,
    };
    return event("message_start", { message });
  }

  /** Writes an event of the open block, or opens the block that it begins. */
  #write(event: PartEvent): string {
    switch (event.type) {
      case "text":
      case "refusal":
        return this.#blockOf(event, "text") + this.#grow(GROWTHS.text, event.text);
      case "thinking":
        return this.#blockOf(event, "thinking") + this.#grow(GROWTHS.thinking, event.text);
      case "seal":
        if (this.#open === undefined && this.#lastKind === "text") {
          this.#late = event;
          return "";
        }
        return this.#blockOf(event, "thinking") + this.#sign(opaque(event.seal));
      case "redacted":
        return this.#blockOf(event, "redacted");
      case "image":
        return this.#blockOf(event, "image");
      case "tool_call":
        return this.#blockOf(event, "tool");
      case "tool_input":
        return event.text === "" ? "" : this.#grow(GROWTHS.input, event.text);
      case "part_end":
        return this.#ended();
    }
  }

  #blockOf(event: PartEvent, kind: OpenBlock["kind"]): string {
    if (this.#open !== undefined) return "";
    const late = this.#takeLate();
    return late + this.#start(event, kind);
  }

  #start(event: PartEvent, kind: OpenBlock["kind"]): string {
    const index = this.#nextIndex++;
    this.#open = { part: event.index, index, kind, signed: false };
    this.#lastKind = kind;
    return startEvent(index, event);
  }

  #takeLate(): string {
    const late = this.#late;
    if (late === undefined) return "";
    this.#late = undefined;
    return this.#start(late, "thinking") + this.#sign(opaque(late.seal)) + this.#close();
  }

  #delta(delta: JsonObject): string {
    return this.#open === undefined ? "" : event("content_block_delta", { index: this.#open.index, delta });
  }

  /** A delta of text, put together by hand: nearly all of a stream is made of them. @param head of the delta's JSON */
  #grow(head: string, text: string): string {
    if (this.#open === undefined) return "";
    return `${DELTA_HEAD}${this.#open.index},"delta":${head}${JSON.stringify(text)}}}\n\n`;
  }

  #sign(signature: string): string {
    if (this.#open !== undefined) this.#open.signed = true;
    return this.#delta({ type: "signature_delta", signature });
  }

  #close(): string {
    const open = this.#open;
    if (open === undefined) return "";
    const signature = open.kind === "thinking" && !open.signed ? this.#sign(UNSEALED) : "";
    this.#open = undefined;
    return signature + event("content_block_stop", { index: open.index });
  }

  /** The open block ends; the next part in the row goes on with what it has, and so on to the first that is not complete. */
  #ended(): string {
    let text = this.#close();
    while (this.#open === undefined) {
      const [next] = this.#waiting;
      if (next === undefined) break;
      text += this.#release(next[0]);
    }
    return text;
  }

  /** Writes what waits of a part. Its own end, if it is there, only closes its block. */
  #release(part: number): string {
    const queue = this.#waiting.get(part) ?? [];
    this.#waiting.delete(part);
    let text = "";
    for (const waiting of queue) text += waiting.type === "part_end" ? this.#close() : this.#write(waiting);
    return text;
  }
}

const startEvent = (index: number, part: PartEvent): string =>
  event("content_block_start", { index, content_block: startBlock(part) });

/** An image that the model drew, in the form that the dialect has for images that are shown to one: it has no other. */
const imageBlock = (media: Media): JsonObject => ({
  type: "image",
  source:
    media.kind === "url"
      ? { type: "url", url: media.url }
      : { type: "base64", media_type: media.mediaType, data: media.data },
});

const startBlock = (part: PartEvent): JsonObject => {
  switch (part.type) {
    case "thinking":
    case "seal":
      return { type: "thinking", thinking: "", signature: "" };
    case "redacted":
      return { type: "redacted_thinking", data: opaque(part.seal) };
    case "tool_call":
      return { type: "tool_use", id: part.id, name: part.name, input: {} };
    case "image":
      return imageBlock(part.media);
    default:
      return { type: "text", text: "" };
  }
};

/** Keeps a stream alive and says nothing. */
export const PING = sseEvent(JSON.stringify({ type: "ping" }), "ping");

/** The JSON text of a call's arguments as an object; what is none (cut by a limit) is shown under `raw`. */
export const inputOf = (text: string): JsonObject => {
  if (text.trim() === "") return {};
  try {
    const input = JSON.parse(text) as Json;
    if (input === null) return {};
    if (isObject(input)) return input;
  } catch {
    // Told by the result.
  }
  return { raw: text };
};

const blockOf = (part: AssistantPart): JsonObject[] => {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "thinking": {
      const signature = part.seal === undefined ? UNSEALED : opaque(part.seal);
      return part.redacted
        ? [{ type: "redacted_thinking", data: signature }]
        : [{ type: "thinking", thinking: part.text, signature }];
    }
    case "image":
      return [imageBlock(part.media)];
    case "tool_call":
      return [{ type: "tool_use", id: part.id, name: part.name, input: inputOf(part.input) }];
  }
};

/** The parts without a seal at their end that has no thoughts and only follows text; see the stream's. */
const withoutLateSeal = (parts: readonly AssistantPart[]): readonly AssistantPart[] => {
  const [before, last] = parts.slice(-2);
  const isLate = last?.type === "thinking" && last.text === "" && last.redacted !== true && before?.type === "text";
  return isLate ? parts.slice(0, -1) : parts;
};

/** A whole reply as a message. */
export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext): Json => ({
  ...messageOf(context),
  content: withoutLateSeal(reply.parts).flatMap(blockOf),
  stop_reason: writeFinish(reply.finish),
  stop_sequence: reply.stopSequence ?? null,
  stop_details: stopDetails(reply.finish),
  usage: usageOf(settled),
});
