/** Reads the replies of Messages providers, streamed or whole. */
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject, ReplyEvent, Seal } from "../canonical.ts";
import type { StreamReader, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readFinish } from "./finish.ts";

/** A block under way. Blocks that have no canonical form (server tools and their results, compaction) have no part. */
interface Block {
  readonly part: number | undefined;
  /** A call's arguments that came whole at the start, used if no delta brings them. */
  input: string;
}

export class MessagesStreamReader implements StreamReader {
  readonly #target: Target;
  #events: ReplyEvent[] = [];
  #started = false;
  #ended = false;
  #nextPart = 0;
  /** Open blocks by their index: gateways let them overlap. */
  readonly #blocks = new Map<number, Block>();
  #calls = 0;
  #stopReason: Json = null;
  #stopSequence: string | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  get ended(): boolean {
    return this.#ended;
  }

  read(event: SseEvent, body: Json): readonly ReplyEvent[] {
    // Some gateways end the stream a second time, in the words of another protocol.
    if (event.data.trim() === "[DONE]" || this.#ended) return [];
    if (!isObject(body)) throw brokenReply("an event is no object");
    this.#events = [];
    this.#event(body, textOf(body["type"]) || event.event);
    return this.#events;
  }

  /** A whole reply as the events of a stream that came in one piece. @throws UpstreamBroken when it is no message */
  whole(body: Json): readonly ReplyEvent[] {
    if (!isObject(body) || !Array.isArray(body["content"])) throw brokenReply("the reply has no content");
    this.#events = [];
    this.#start(body);
    for (const [index, block] of listOf(body["content"]).entries()) {
      if (!isObject(block)) throw brokenReply("a block is no object");
      this.#blockStart(index, block);
      this.#blockStop(index);
    }
    this.#ending(body);
    this.#end();
    return this.#events;
  }

  #event(body: JsonObject, type: string): void {
    switch (type) {
      case "message_start":
        this.#start(objectAt(body, "message") ?? {});
        return;
      case "content_block_start":
        this.#blockStart(indexOf(body), objectAt(body, "content_block") ?? {});
        return;
      case "content_block_delta":
        this.#delta(indexOf(body), objectAt(body, "delta") ?? {});
        return;
      case "content_block_stop":
        this.#blockStop(indexOf(body));
        return;
      case "message_delta":
        this.#ending(objectAt(body, "delta") ?? {});
        return;
      case "message_stop":
        this.#end();
        return;
      case "ping":
        this.#events.push({ type: "ping" });
        return;
      default:
      // Events that are added later say nothing of what is known here.
    }
  }

  #start(message: JsonObject): void {
    // A gateway that joined two replies begins a second message: its blocks count anew, and go on in the same reply.
    for (const index of this.#blocks.keys()) this.#blockStop(index);
    if (this.#started) return;
    this.#started = true;
    const id = textOf(message["id"]);
    this.#events.push(id === "" ? { type: "start" } : { type: "start", id });
  }

  #blockStart(index: number, block: JsonObject): void {
    if (this.#blocks.has(index)) this.#blockStop(index);
    const part = this.#nextPart;
    const state = this.#partOf(block, part);
    this.#blocks.set(index, state);
    if (state.part !== undefined) this.#nextPart++;
  }

  /** Announces the part that a block begins. Whatever of it stands in its start already is a delta. */
  #partOf(block: JsonObject, part: number): Block {
    switch (block["type"]) {
      case "text":
        this.#text(part, textOf(block["text"]));
        return { part, input: "" };
      case "thinking":
        this.#thinking(part, textOf(block["thinking"]));
        this.#signature(part, textOf(block["signature"]));
        return { part, input: "" };
      case "redacted_thinking":
        this.#events.push({ type: "redacted", index: part, seal: this.#seal(textOf(block["data"])) });
        return { part, input: "" };
      case "tool_use": {
        this.#calls++;
        const [id, name] = [textOf(block["id"]), textOf(block["name"])];
        if (id === "" || name === "") throw brokenReply("a tool call has no id or no name");
        this.#events.push({ type: "tool_call", index: part, id, name });
        const { input } = block;
        const hasInput = isObject(input) && Object.keys(input).length > 0;
        return { part, input: hasInput ? JSON.stringify(input) : "" };
      }
      default:
        return { part: undefined, input: "" };
    }
  }

  #delta(index: number, delta: JsonObject): void {
    const block = this.#blocks.get(index);
    if (block === undefined) throw brokenReply("a delta belongs to no block");
    if (block.part === undefined) return;
    switch (delta["type"]) {
      case "text_delta":
        this.#text(block.part, textOf(delta["text"]));
        return;
      case "thinking_delta":
        this.#thinking(block.part, textOf(delta["thinking"]));
        return;
      case "signature_delta":
        this.#signature(block.part, textOf(delta["signature"]));
        return;
      case "input_json_delta": {
        const text = textOf(delta["partial_json"]);
        if (text === "") return;
        block.input = "";
        this.#events.push({ type: "tool_input", index: block.part, text });
        return;
      }
      default:
      // Citations have no canonical form.
    }
  }

  #text(index: number, text: string): void {
    if (text !== "") this.#events.push({ type: "text", index, text });
  }

  #thinking(index: number, text: string): void {
    if (text !== "") this.#events.push({ type: "thinking", index, text });
  }

  #signature(index: number, value: string): void {
    if (value !== "") this.#events.push({ type: "seal", index, seal: this.#seal(value) });
  }

  #seal(value: string): Seal {
    return { protocol: "anthropic", model: this.#target.replyModel, value };
  }

  #blockStop(index: number): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    this.#blocks.delete(index);
    if (block.part === undefined) return;
    if (block.input !== "") this.#events.push({ type: "tool_input", index: block.part, text: block.input });
    this.#events.push({ type: "part_end", index: block.part });
  }

  #ending(delta: JsonObject): void {
    const { stop_reason: reason, stop_sequence: sequence } = delta;
    if (typeof reason === "string") this.#stopReason = reason;
    if (typeof sequence === "string") this.#stopSequence = sequence;
  }

  #end(): void {
    for (const index of this.#blocks.keys()) this.#blockStop(index);
    this.#ended = true;
    const finish = readFinish(this.#stopReason, this.#calls > 0);
    this.#events.push({
      type: "finish",
      finish,
      ...(this.#stopSequence === undefined ? {} : { stopSequence: this.#stopSequence }),
    });
  }
}

/** @throws UpstreamBroken without an index: nothing could say what the event belongs to */
const indexOf = (body: JsonObject): number => {
  const { index } = body;
  if (typeof index !== "number") throw brokenReply("an event has no index");
  return index;
};
