/**
 * Reads the replies of Responses providers, streamed or whole.
 *
 * An item is told three times: as it begins, in deltas, and as it ends. Providers leave out any of them, so each part remembers what
 * was said of it and every later telling adds what was missing.
 */
import { table } from "../../table.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject, ReplyEvent } from "../canonical.ts";
import { WRAP_BEGIN, WRAP_END, wrapInput, wrapPiece } from "../free-text.ts";
import type { StreamReader, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readFinish } from "./finish.ts";
import { isTerminal, responseIn } from "./meter.ts";
import { BETWEEN, sealValue, type Home } from "./reasoning.ts";
import { checkComplete } from "./response.ts";

/** A text that grows: of a message's content, of a call's arguments, of reasoning. */
interface Growing {
  part: number | undefined;
  text: string;
}

interface Item {
  readonly kind: "message" | "reasoning" | "call" | "custom" | "other";
  /** The parts of a message's content, by their index. */
  readonly contents: Map<Json, Growing>;
  /** What a call or reasoning consists of. */
  readonly whole: Growing;
  /** Where reasoning shows its text; the other place is not read, for it would say the same again. */
  home: Home | undefined;
  /** The summary part that grows, and where its text began. */
  summary: Json;
  summaryStart: number;
  name: string;
  done: boolean;
}

const KINDS = table<Item["kind"]>({
  message: "message",
  reasoning: "reasoning",
  function_call: "call",
  custom_tool_call: "custom",
});

/** The kind of item that a delta belongs to, where no event announced it. */
const KIND_OF_EVENT = table<Item["kind"]>({
  "response.output_text.delta": "message",
  "response.output_text.done": "message",
  "response.refusal.delta": "message",
  "response.refusal.done": "message",
  "response.reasoning_text.delta": "reasoning",
  "response.reasoning_text.done": "reasoning",
  "response.reasoning_summary_text.delta": "reasoning",
  "response.reasoning_summary_text.done": "reasoning",
});

const newItem = (kind: Item["kind"]): Item => ({
  kind,
  contents: new Map(),
  whole: { part: undefined, text: "" },
  home: undefined,
  summary: null,
  summaryStart: 0,
  name: "",
  done: false,
});

const partKind = (part: JsonObject): "text" | "refusal" => (part["type"] === "refusal" ? "refusal" : "text");

export class ResponsesStreamReader implements StreamReader {
  readonly #target: Target;
  #events: ReplyEvent[] = [];
  #started = false;
  #ended = false;
  #nextPart = 0;
  /** Items by their place in the output, or by their id where a provider does not say the place. */
  readonly #items = new Map<Json, Item>();
  #calls = 0;

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

  /** A whole reply as the events of a stream that came in one piece. @throws UpstreamBroken when it is no complete response */
  whole(body: Json): readonly ReplyEvent[] {
    if (!isObject(body)) throw brokenReply("the reply is no object");
    checkComplete(body);
    this.#events = [];
    this.#start(body);
    this.#end(body);
    return this.#events;
  }

  #event(body: JsonObject, type: string): void {
    const { item } = body;
    if (type === "response.created" || type === "response.in_progress") this.#start(responseIn(body) ?? {});
    else if (isTerminal({ ...body, type })) this.#end(responseIn(body) ?? {});
    else if (type === "response.output_item.added" && isObject(item)) this.#begin(body, item);
    else if (type === "response.output_item.done" && isObject(item)) this.#done(this.#begin(body, item), item);
    else this.#piece(body, type);
  }

  #piece(body: JsonObject, type: string): void {
    const item = this.#itemOf(body, KIND_OF_EVENT[type]);
    if (item === undefined || item.done) return;
    const delta = textOf(body["delta"]);
    switch (type) {
      case "response.output_text.delta":
        return this.#say(this.#contentOf(item, body["content_index"]), "text", delta);
      case "response.output_text.done":
        return this.#complete(this.#contentOf(item, body["content_index"]), "text", textOf(body["text"]));
      case "response.refusal.delta":
        return this.#say(this.#contentOf(item, body["content_index"]), "refusal", delta);
      case "response.refusal.done":
        return this.#complete(this.#contentOf(item, body["content_index"]), "refusal", textOf(body["refusal"]));
      case "response.reasoning_text.delta":
        return this.#think(item, "content", delta);
      case "response.reasoning_summary_text.delta":
        return this.#summarise(item, body["summary_index"] ?? 0, delta);
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return this.#input(item, delta);
      default:
      // What the other events tell is told again when the item ends, or has no canonical form (hosted tools, annotations).
    }
  }

  #start(response: JsonObject): void {
    if (this.#started) return;
    this.#started = true;
    const id = textOf(response["id"]);
    this.#events.push(id === "" ? { type: "start" } : { type: "start", id });
  }

  #keyOf(body: JsonObject): Json {
    return body["output_index"] ?? body["item_id"] ?? objectAt(body, "item")?.["id"] ?? null;
  }

  #itemOf(body: JsonObject, kind: Item["kind"] | undefined): Item | undefined {
    const key = this.#keyOf(body);
    const known = this.#items.get(key);
    if (known !== undefined || kind === undefined) return known;
    this.#start({});
    const item = newItem(kind);
    this.#items.set(key, item);
    return item;
  }

  #begin(body: JsonObject, told: JsonObject): Item {
    const type = textOf(told["type"]);
    const kind = KINDS[type];
    const item = this.#itemOf(body, kind ?? "other") ?? newItem("other");
    if (item.kind === "call" || item.kind === "custom") this.#announce(item, told);
    return item;
  }

  #announce(item: Item, told: JsonObject): void {
    if (item.whole.part !== undefined) return;
    const name = textOf(told["name"]);
    const id = textOf(told["call_id"]) || textOf(told["id"]);
    if (name === "" || id === "") return;
    item.whole.part = this.#nextPart++;
    this.#calls++;
    this.#events.push({ type: "tool_call", index: item.whole.part, id, name });
    // Arguments that came before the name.
    if (item.whole.text !== "")
      this.#events.push({ type: "tool_input", index: item.whole.part, text: item.whole.text });
  }

  #contentOf(item: Item, index: Json = 0): Growing {
    const known = item.contents.get(index);
    if (known !== undefined) return known;
    const made: Growing = { part: undefined, text: "" };
    item.contents.set(index, made);
    return made;
  }

  #say(growing: Growing, type: "text" | "refusal" | "thinking", text: string): void {
    if (text === "") return;
    growing.part ??= this.#nextPart++;
    growing.text += text;
    this.#events.push({ type, index: growing.part, text });
  }

  /** Says what is missing of the whole text. A whole that does not continue what was said is no news. */
  #complete(growing: Growing, type: "text" | "refusal" | "thinking", whole: string): void {
    if (whole.startsWith(growing.text)) this.#say(growing, type, whole.slice(growing.text.length));
  }

  #think(item: Item, home: Home, text: string): void {
    item.home ??= home;
    if (item.home === home) this.#say(item.whole, "thinking", text);
  }

  #summarise(item: Item, index: Json, text: string): void {
    if (item.summary !== index && item.whole.text !== "") this.#think(item, "summary", BETWEEN);
    if (item.summary !== index) item.summaryStart = item.whole.text.length;
    item.summary = index;
    this.#think(item, "summary", text);
  }

  #input(item: Item, text: string): void {
    if ((item.kind !== "call" && item.kind !== "custom") || text === "") return;
    const { whole } = item;
    const piece = item.kind === "call" ? text : (whole.text === "" ? WRAP_BEGIN : "") + wrapPiece(text);
    whole.text += piece;
    if (whole.part !== undefined) this.#events.push({ type: "tool_input", index: whole.part, text: piece });
  }

  #done(item: Item, told: JsonObject): void {
    if (item.done) return;
    item.done = true;
    switch (item.kind) {
      case "message":
        return this.#messageDone(item, told);
      case "reasoning":
        return this.#reasoningDone(item, told);
      case "call":
      case "custom":
        return this.#callDone(item, told);
      case "other":
    }
  }

  #messageDone(item: Item, told: JsonObject): void {
    for (const [index, part] of listOf(told["content"]).entries()) {
      if (!isObject(part)) continue;
      const kind = partKind(part);
      this.#complete(this.#contentOf(item, index), kind, textOf(part[kind]));
    }
    for (const { part } of item.contents.values()) this.#partEnd(part);
  }

  #reasoningDone(item: Item, told: JsonObject): void {
    const textIn = (name: Home): string =>
      listOf(told[name])
        .map((part) => (isObject(part) ? textOf(part["text"]) : ""))
        .filter((text) => text !== "")
        .join(BETWEEN);
    const home = item.home ?? (textIn("summary") === "" && textIn("content") !== "" ? "content" : "summary");
    this.#complete(item.whole, "thinking", textIn(home));
    const value = sealValue(told, home, item.whole.text !== "");
    if (value !== undefined) {
      const index = (item.whole.part ??= this.#nextPart++);
      const seal = { protocol: "openai-responses", model: this.#target.replyModel, value } as const;
      this.#events.push({ type: "seal", index, seal });
    }
    this.#partEnd(item.whole.part);
  }

  #callDone(item: Item, told: JsonObject): void {
    const { whole } = item;
    if (whole.part === undefined) throw brokenReply("a tool call has no id or no name");
    const args = item.kind === "custom" ? wrapInput(textOf(told["input"])) : textOf(told["arguments"]);
    const untold = item.kind === "custom" ? WRAP_END : "";
    const rest = args.startsWith(whole.text) ? args.slice(whole.text.length) : untold;
    if (rest !== "") this.#events.push({ type: "tool_input", index: whole.part, text: rest });
    this.#partEnd(whole.part);
  }

  #partEnd(index: number | undefined): void {
    if (index !== undefined) this.#events.push({ type: "part_end", index });
  }

  /** The end tells every item again; what was never told before is told now. */
  #end(response: JsonObject): void {
    this.#start(response);
    for (const [index, item] of listOf(response["output"]).entries()) if (isObject(item)) this.#again(index, item);
    for (const item of this.#items.values()) this.#unfinished(item);
    this.#ended = true;
    this.#events.push({ type: "finish", finish: readFinish(response, this.#calls > 0) });
  }

  #again(index: number, told: JsonObject): void {
    // Places count the items that were told; a provider that tells items by id alone told all of them.
    if (this.#items.size > 0 && !this.#items.has(index) && this.#items.has(told["id"] ?? null)) return;
    const body = { output_index: index };
    const known = this.#items.get(index);
    if (known?.done !== true) this.#done(this.#begin(body, told), told);
  }

  #unfinished(item: Item): void {
    if (item.done) return;
    item.done = true;
    if (item.kind === "message") for (const { part } of item.contents.values()) this.#partEnd(part);
    else this.#partEnd(item.whole.part);
  }
}
