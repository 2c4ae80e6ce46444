/** Reads the replies of Chat Completions providers, streamed or whole, in all the shapes they come in. */
import { createHash } from "node:crypto";

import { brokenReply } from "../broken.ts";
import type { Finish, Json, JsonObject, ReplyEvent } from "../canonical.ts";
import { WRAP_BEGIN, WRAP_END, wrapPiece } from "../free-text.ts";
import type { StreamReader, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readFinish } from "./finish.ts";
import { imageIn, readUsage, usageIn } from "./meter.ts";
import { joinHomes, readPieces, readThinkingPart, TAGS_HOME, type ReasoningPiece } from "./reasoning.ts";
import { ThinkTags } from "./think-tags.ts";

/** A tool call under way; it is announced once its name is known. */
interface CallState {
  readonly index: number;
  readonly ordinal: number;
  id: string;
  name: string;
  announced: boolean;
  /** Arguments that came before the name. */
  waiting: string;
  /** A call for free text: what comes is the text itself. */
  isFree: boolean;
}

/** The part that grows now: one of text, thinking or refusal. */
interface OpenPart {
  readonly kind: "text" | "thinking" | "refusal";
  readonly index: number;
  /** Where the thinking came from, and goes back to. */
  home: string;
}

export class ChatStreamReader implements StreamReader {
  readonly #target: Target;
  #events: ReplyEvent[] = [];
  /** Reads thinking out of the content, for providers that put it there. */
  #tags: ThinkTags | undefined;
  #started = false;
  /** The reply's own id: seed of the ids that a provider leaves out. */
  #replyId = "";
  #nextIndex = 0;
  #open: OpenPart | undefined;
  /** Calls by the key that their deltas share. */
  readonly #calls = new Map<string, CallState>();
  readonly #allCalls: CallState[] = [];
  #lastCall: CallState | undefined;
  #finish: Finish | undefined;

  constructor(target: Target) {
    this.#target = target;
    if (target.quirks.think_tags) this.#tags = new ThinkTags();
  }

  get ended(): boolean {
    return this.#finish !== undefined;
  }

  read(event: SseEvent, body: Json): readonly ReplyEvent[] {
    if (event.data.trim() === "[DONE]") return this.#taken(() => this.#end("stop"));
    if (!isObject(body)) throw brokenReply("a chunk is no object");
    return this.#taken(() => {
      this.#start(body);
      const choice = firstChoice(body);
      if (choice === undefined) return;
      this.#message(objectAt(choice, "delta") ?? {});
      this.#end(choice["finish_reason"]);
    });
  }

  /** A whole reply as the events of a stream that came in one piece. @throws UpstreamBroken without a message */
  whole(body: Json): readonly ReplyEvent[] {
    const choice = isObject(body) ? firstChoice(body) : undefined;
    const finish = textOf(choice?.["finish_reason"]);
    // A reply that was filtered whole may have no message (Azure).
    const message = objectAt(choice, "message") ?? (finish === "" ? undefined : {});
    if (!isObject(body) || choice === undefined || message === undefined) throw brokenReply("the reply has no message");
    return this.#taken(() => {
      this.#start(body);
      this.#message(message);
      this.#end(finish || "stop");
    });
  }

  #taken(step: () => void): readonly ReplyEvent[] {
    this.#events = [];
    step();
    return this.#events;
  }

  #start(body: JsonObject): void {
    if (this.#replyId === "") this.#replyId = textOf(body["id"]);
    if (this.#started) return;
    this.#started = true;
    const { usage } = readUsage(usageIn(body));
    const id = this.#replyId;
    this.#events.push({
      type: "start",
      ...(id === "" ? {} : { id }),
      ...(usage === undefined ? {} : { usage }),
    });
  }

  #message(message: JsonObject): void {
    // After its end a reply is only repeated: a second finish, an empty delta beside the usage.
    if (this.#finish !== undefined) return;
    for (const piece of readPieces(message)) this.#thinking(piece);
    this.#content(message["content"]);
    this.#text("refusal", textOf(message["refusal"]));
    for (const image of listOf(message["images"])) if (isObject(image)) this.#image(image);
    for (const [position, call] of listOf(message["tool_calls"]).entries())
      if (isObject(call)) this.#call(call, position);
    const legacy = objectAt(message, "function_call");
    if (legacy !== undefined) this.#call({ index: 0, function: legacy }, 0);
  }

  #content(content: Json | undefined): void {
    if (typeof content === "string") this.#said(content);
    for (const part of listOf(content)) {
      if (typeof part === "string") this.#text("text", part);
      else if (isObject(part) && part["type"] === "thinking") this.#thinking(readThinkingPart(part));
      else if (isObject(part) && part["type"] === "image_url") this.#image(part);
      else if (isObject(part)) this.#text("text", textOf(part["text"]));
    }
  }

  #image(part: JsonObject): void {
    const media = imageIn(part);
    if (media === undefined) return;
    this.#close();
    const index = this.#nextIndex++;
    this.#events.push({ type: "image", index, media }, { type: "part_end", index });
  }

  /** Plain content, whose head may be tagged thinking. */
  #said(content: string): void {
    if (this.#tags === undefined) this.#text("text", content);
    else this.#tagged(this.#tags.push(content));
  }

  #tagged(pieces: ReturnType<ThinkTags["push"]>): void {
    for (const { kind, text } of pieces)
      if (kind === "thinking") this.#thinking({ text, home: TAGS_HOME });
      else this.#text("text", text);
  }

  #text(kind: "text" | "refusal", text: string): void {
    if (text === "") return;
    this.#events.push({ type: kind, index: this.#partOf(kind, "").index, text });
  }

  #thinking(piece: ReasoningPiece): void {
    if (piece.redacted) {
      this.#close();
      const index = this.#nextIndex++;
      this.#events.push({ type: "redacted", index, seal: this.#seal(piece.home) }, { type: "part_end", index });
      return;
    }
    const { index } = this.#partOf("thinking", piece.home);
    if (piece.text !== "") this.#events.push({ type: "thinking", index, text: piece.text });
  }

  /** The open part if it is of this kind and home, else a new one. */
  #partOf(kind: OpenPart["kind"], home: string): OpenPart {
    const open = this.#open;
    if (open?.kind === kind) {
      const joined = joinHomes(open.home, home);
      if (joined !== undefined) {
        open.home = joined;
        return open;
      }
    }
    this.#close();
    const part: OpenPart = { kind, index: this.#nextIndex++, home };
    this.#open = part;
    return part;
  }

  #seal(value: string): { protocol: "openai-chat"; model: string; value: string } {
    return { protocol: "openai-chat", model: this.#target.replyModel, value };
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { index } = open;
    if (open.kind === "thinking") this.#events.push({ type: "seal", index, seal: this.#seal(open.home) });
    this.#events.push({ type: "part_end", index });
  }

  #call(delta: JsonObject, position: number): void {
    const free = objectAt(delta, "custom");
    const of = objectAt(delta, "function") ?? free ?? {};
    const { arguments: args = of["input"] ?? null } = of;
    const id = textOf(delta["id"]);
    const name = textOf(of["name"]);
    const call = this.#callOf(delta["index"], { id, name, position });
    call.name ||= name;
    call.id ||= id;
    if (of === free) call.isFree = true;
    const text = isObject(args) ? JSON.stringify(args) : textOf(args);
    if (call.announced) this.#input(call, text);
    else {
      call.waiting += text;
      if (call.name !== "") this.#announce(call);
    }
  }

  /**
   * The call that a delta belongs to: by its index; without one by its id, or by its name, which only begins a call. An index
   * that comes again with another id and a name is a new call of a provider that counts each chunk by itself.
   */
  #callOf(index: Json | undefined, said: { id: string; name: string; position: number }): CallState {
    const { id, name, position } = said;
    if (typeof index === "number") {
      const known = this.#calls.get(`index ${index}`);
      const isOther = known !== undefined && id !== "" && name !== "" && known.id !== "" && known.id !== id;
      return known === undefined || isOther ? this.#begin(`index ${index}`) : this.#again(known);
    }
    if (id !== "") {
      const known = this.#calls.get(`id ${id}`);
      return known === undefined ? this.#begin(`id ${id}`) : this.#again(known);
    }
    const last = this.#lastCall;
    return name !== "" || last === undefined ? this.#begin(`name ${this.#allCalls.length} ${position}`) : last;
  }

  #again(call: CallState): CallState {
    this.#lastCall = call;
    return call;
  }

  #begin(key: string): CallState {
    if (this.#tags !== undefined) this.#tagged(this.#tags.flush());
    this.#close();
    const call: CallState = {
      index: this.#nextIndex++,
      ordinal: this.#allCalls.length,
      id: "",
      name: "",
      announced: false,
      waiting: "",
      isFree: false,
    };
    this.#calls.set(key, call);
    this.#allCalls.push(call);
    this.#lastCall = call;
    return call;
  }

  #announce(call: CallState): void {
    call.announced = true;
    const { index, name } = call;
    const id = call.id === "" ? this.#madeId(call) : call.id;
    this.#events.push({ type: "tool_call", index, id, name });
    if (call.isFree) this.#events.push({ type: "tool_input", index, text: WRAP_BEGIN });
    this.#input(call, call.waiting);
    call.waiting = "";
  }

  #input({ index, isFree }: CallState, text: string): void {
    if (text !== "") this.#events.push({ type: "tool_input", index, text: isFree ? wrapPiece(text) : text });
  }

  /** An id for a call that has none: the same for the same reply, another in every other turn of a conversation. */
  #madeId({ ordinal, name }: CallState): string {
    const seed = JSON.stringify([this.#replyId, ordinal, name]);
    return `call_${createHash("sha256").update(seed).digest("hex").slice(0, 24)}`;
  }

  #end(reason: Json | undefined): void {
    if (this.#finish !== undefined) return;
    const finish = readFinish(reason, this.#allCalls.length > 0);
    if (finish === undefined) return;
    if (this.#tags !== undefined) this.#tagged(this.#tags.flush());
    this.#close();
    for (const call of this.#allCalls) {
      if (!call.announced && call.waiting === "") continue;
      if (!call.announced) this.#announce(call);
      if (call.isFree) this.#events.push({ type: "tool_input", index: call.index, text: WRAP_END });
      this.#events.push({ type: "part_end", index: call.index });
    }
    this.#finish = finish;
    this.#events.push({ type: "finish", finish });
  }
}

/** The first choice: the one with index 0, or with none. Others were not asked for. */
const firstChoice = (body: JsonObject): JsonObject | undefined => {
  for (const choice of listOf(body["choices"]))
    if (isObject(choice) && (choice["index"] === undefined || choice["index"] === null || choice["index"] === 0))
      return choice;
  return undefined;
};
