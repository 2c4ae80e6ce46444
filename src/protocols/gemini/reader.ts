/** Reads the replies of Gemini providers, streamed or whole. */
import { createHash } from "node:crypto";

import { brokenReply } from "../broken.ts";
import type { Finish, Json, JsonObject, ReplyEvent, Seal } from "../canonical.ts";
import type { StreamReader, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readFinish } from "./finish.ts";
import { readUsage, blockOf, isImage } from "./meter.ts";
import { camel, camelAt } from "./names.ts";
import { madeId, SKIP } from "./parts.ts";

/** The part that grows now. */
interface OpenPart {
  readonly kind: "text" | "thinking";
  readonly index: number;
  sealed: boolean;
}

export class GeminiStreamReader implements StreamReader {
  readonly #target: Target;
  #events: ReplyEvent[] = [];
  #started = false;
  /** The reply's own id: seed of the ids that a provider leaves out. */
  #replyId = "";
  #nextIndex = 0;
  #open: OpenPart | undefined;
  #calls = 0;
  #finish: Finish | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  get ended(): boolean {
    return this.#finish !== undefined;
  }

  read(_event: SseEvent, body: Json): readonly ReplyEvent[] {
    // Gateways of other dialects end the stream in their own words.
    if (body === null) return [];
    if (!isObject(body)) throw brokenReply("a chunk is no object");
    return this.#taken(() => this.#chunk(body));
  }

  /** A whole reply as the events of a stream that came in one piece. @throws UpstreamBroken when it is none */
  whole(body: Json): readonly ReplyEvent[] {
    if (!isReply(body)) throw brokenReply("the reply has no candidates");
    return this.#taken(() => {
      this.#chunk(body);
      if (this.#finish === undefined) this.#end("STOP");
    });
  }

  #taken(step: () => void): readonly ReplyEvent[] {
    this.#events = [];
    step();
    return this.#events;
  }

  #chunk(body: JsonObject): void {
    this.#start(body);
    const candidate = firstCandidate(body);
    if (candidate !== undefined) {
      const content = objectAt(candidate, "content");
      for (const part of listOf(content?.["parts"])) if (isObject(part)) this.#part(camel(part));
      this.#end(candidate["finishReason"]);
    }
    if (blockOf(body) !== "") this.#finished("filtered");
  }

  #start(body: JsonObject): void {
    if (this.#replyId === "") this.#replyId = textOf(body["responseId"]);
    if (this.#started) return;
    this.#started = true;
    const { usage } = readUsage(body["usageMetadata"]);
    const id = this.#replyId;
    this.#events.push({
      type: "start",
      ...(id === "" ? {} : { id }),
      ...(usage === undefined ? {} : { usage }),
    });
  }

  #part(part: JsonObject): void {
    const call = camelAt(part, "functionCall");
    const said = textOf(part["thoughtSignature"]);
    const signature = said === SKIP ? "" : said;
    if (call !== undefined) {
      this.#call(call, signature);
      return;
    }
    if (part["thought"] !== true) this.#image(camelAt(part, "inlineData"));
    const text = textOf(part["text"]);
    const kind = part["thought"] === true ? "thinking" : "text";
    if (text !== "") this.#events.push({ type: kind, index: this.#partOf(kind).index, text });
    this.#sign(signature, kind);
  }

  /** An image is a part of its own. Those that the model drew on its way (thoughts) are not for the client. */
  #image(inline: JsonObject | undefined): void {
    if (inline === undefined || !isImage(inline)) return;
    this.#close();
    const index = this.#nextIndex++;
    const media = { kind: "base64", mediaType: textOf(inline["mimeType"]), data: textOf(inline["data"]) } as const;
    this.#events.push({ type: "image", index, media }, { type: "part_end", index });
  }

  /** The open part if it is of this kind, else a new one. A signature ends its part. */
  #partOf(kind: OpenPart["kind"]): OpenPart {
    const open = this.#open;
    if (open?.kind === kind && !open.sealed) return open;
    this.#close();
    const part: OpenPart = { kind, index: this.#nextIndex++, sealed: false };
    this.#open = part;
    return part;
  }

  /**
   * A signature belongs to its part and returns with it. Visible thoughts carry it themselves; on a text or a call it becomes
   * thinking of its own that shows nothing, which stands in the same place.
   */
  #sign(value: string, kind: OpenPart["kind"]): void {
    if (value === "") return;
    const open = kind === "thinking" || this.#open?.kind === "thinking" ? this.#partOf("thinking") : this.#silent();
    open.sealed = true;
    this.#events.push({ type: "seal", index: open.index, seal: this.#seal(value) });
  }

  #silent(): OpenPart {
    this.#close();
    const part: OpenPart = { kind: "thinking", index: this.#nextIndex++, sealed: false };
    this.#open = part;
    return part;
  }

  #seal(value: string): Seal {
    return { protocol: "gemini", model: this.#target.replyModel, value };
  }

  #call(call: JsonObject, signature: string): void {
    const name = textOf(call["name"]);
    if (name === "") throw brokenReply("a function call has no name");
    // The signature of a call seals the thoughts before it.
    this.#sign(signature, "thinking");
    this.#close();
    const index = this.#nextIndex++;
    const args = JSON.stringify(isObject(call["args"]) ? call["args"] : {});
    const id = textOf(call["id"]) || madeId(this.#seedOf(name, args));
    this.#calls++;
    this.#events.push(
      { type: "tool_call", index, id, name },
      { type: "tool_input", index, text: args },
      { type: "part_end", index },
    );
  }

  /** What makes an id: the same for the same reply, another for every call of a conversation. */
  #seedOf(name: string, args: string): string {
    const own = this.#replyId === "" ? args : this.#replyId;
    return createHash("sha256")
      .update(JSON.stringify([own, this.#calls, name]))
      .digest("hex");
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#events.push({ type: "part_end", index: this.#open.index });
    this.#open = undefined;
  }

  #end(reason: Json | undefined): void {
    const finish = readFinish(reason, this.#calls > 0);
    if (finish !== undefined) this.#finished(finish);
  }

  /** Some streams finish twice, with text in between: the last reason counts. */
  #finished(finish: Finish): void {
    this.#close();
    this.#finish = finish;
    this.#events.push({ type: "finish", finish });
  }
}

/** A reply has candidates, or says why it has none, or at least counts. */
export const isReply = (body: Json): body is JsonObject =>
  isObject(body) &&
  (Array.isArray(body["candidates"]) || isObject(body["promptFeedback"]) || isObject(body["usageMetadata"]));

/** The first candidate: the one with index 0, or with none. Others were not asked for. */
const firstCandidate = (body: JsonObject): JsonObject | undefined => {
  for (const candidate of listOf(body["candidates"]))
    if (isObject(candidate) && (candidate["index"] ?? 0) === 0) return camel(candidate);
  return undefined;
};
