/**
 * The edits that pass-through makes to Responses bytes; nothing else is ever changed (DESIGN §9.4).
 *
 * Request: the model's name; the cap lowered; `store` switched off, and with it what would only mean something to a provider that
 * stored: items by reference, and reasoning without its encrypted content. Reasoning that another protocol sealed is set aside, and
 * so are the hosted tools that clients offer unasked (tools.ts). Reply: the model's name; usage filled in or corrected when missing
 * or absurd; `cost` in usage; and the end of a stream held back until it is paid for.
 */
import { blank } from "../../table.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { editFrame, type FrameEdit, type Parsed } from "../frame-edits.ts";
import { PassThroughStream, type FrameRules, type Held, type Verdict } from "../pass-through.ts";
import { editBody, readBody } from "../whole-body.ts";
import { priceEdits } from "../prices.ts";
import type { Call, Edits, ReplyContext, Settled, Target, UpstreamSide, WholeReply } from "../protocol.ts";
import { booleanAt, numberAt, stringAt } from "../span.ts";
import { sseEvent } from "../sse.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { isTerminal, responseIn, ResponsesMeter } from "./meter.ts";
import { writeFinish } from "./finish.ts";
import { isForeign, sealIn } from "./reasoning.ts";
import { checkComplete, responseOf } from "./response.ts";
import { isSetAside, SET_ASIDE_TYPES } from "./tools.ts";
import { settledUsage } from "./usage.ts";

interface RequestEdits {
  readonly set: Record<string, string>;
  readonly remove: string[];
  readonly dropped: readonly string[];
}

/** Kinds of thing in the input that may have to be left out, in whole or in part. */
const SUSPECTS = ["item_reference", "reasoning", "function_call"] as const;

/** True where a member may hold one of the kinds. A full list of tags may lack some. */
const mayHold = ({ scan }: Call, name: string, kinds: readonly string[]): boolean => {
  const tags = scan.members.get(name)?.tags;
  return tags !== undefined && (tags.size >= MOST_TAGS || kinds.some((kind) => tags.has(kind)));
};
/** Tags that a scan keeps of one member. */
const MOST_TAGS = 64;

/** Stands in the ids of items that were translated. */
const OWN_ID = "_req_";

/** True for an item that a provider which stores nothing cannot take, or that another protocol's provider made. */
const isLost = (item: Json): boolean => {
  if (!isObject(item)) return false;
  const { type, encrypted_content: sealed, content } = item;
  if (type === "item_reference") return true;
  if (type !== "reasoning") return false;
  return typeof sealed === "string" ? isForeign(sealed) : listOf(content).length === 0;
};

/** An item without an id of ours (a seal's, or one made of a request's id): to this protocol's providers it is an item that is not. */
const withoutSeal = (item: Json): Json => {
  const id = isObject(item) ? textOf(item["id"]) : "";
  if (!isObject(item) || !(id.includes(OWN_ID) || sealIn(id) !== undefined)) return item;
  const { id: _sealed, ...rest } = item;
  return rest;
};

const editInput = (edits: RequestEdits, call: Call, dropped: Dropped): void => {
  if (!mayHold(call, "input", SUSPECTS)) return;
  const items = listOf(call.json()["input"]);
  const kept: Json[] = [];
  for (const [i, item] of items.entries()) {
    if (isLost(item)) dropped.add(`input[${i}]`, isObject(item) ? textOf(item["type"]) : "");
    else kept.push(withoutSeal(item));
  }
  if (kept.length < items.length || kept.some((item, i) => item !== items[i]))
    edits.set["input"] = JSON.stringify(kept);
};

const editTools = (edits: RequestEdits, call: Call, dropped: Dropped): void => {
  if (!mayHold(call, "tools", SET_ASIDE_TYPES)) return;
  const tools = listOf(call.json()["tools"]);
  const kept = tools.filter((tool) => !isSetAside(tool));
  if (kept.length === tools.length) return;
  for (const [i, tool] of tools.entries())
    if (isObject(tool) && isSetAside(tool)) dropped.add(`tools[${i}]`, textOf(tool["type"]));
  edits.set["tools"] = JSON.stringify(kept);
};

const requestEdits = (call: Call, target: Target): RequestEdits => {
  const { body, scan } = call;
  const dropped = new Dropped();
  const edits = { set: blank<string>(), remove: [], dropped: [] };
  const model = scan.members.get("model");
  if (model === undefined || stringAt(body, model) !== target.model) edits.set["model"] = JSON.stringify(target.model);
  const span = scan.members.get("max_output_tokens");
  const said = span === undefined ? undefined : numberAt(body, span);
  if (target.maxTokens !== undefined && (said === undefined || said > target.maxTokens))
    edits.set["max_output_tokens"] = String(target.maxTokens);
  // Storing is what the provider does unless it is told not to.
  const store = scan.members.get("store");
  if (store === undefined || booleanAt(body, store) !== false) edits.set["store"] = "false";
  editInput(edits, call, dropped);
  editTools(edits, call, dropped);
  return { ...edits, dropped: dropped.names };
};

/** What the settlement changes in a response that the provider sent. @param path of the response */
const usageEdits = (response: JsonObject, path: readonly string[], settled: Settled): FrameEdit[] => {
  if (!isObject(response["usage"]) || settled.source !== "reported")
    return [{ path, set: { usage: JSON.stringify(settledUsage(settled)) } }];
  return settled.cost === undefined ? [] : [{ path: [...path, "usage"], set: { cost: JSON.stringify(settled.cost) } }];
};

const modelEdits = (response: JsonObject, path: readonly string[], target: Target): FrameEdit[] => {
  const { model } = response;
  if (typeof model !== "string" || model === target.replyModel) return [];
  return [{ path, set: { model: JSON.stringify(target.replyModel) } }];
};

/** What a response needs whatever is settled: its model's name, and its provider's price taken out. @param path of the response */
const ownEdits = (response: JsonObject, path: readonly string[], target: Target): FrameEdit[] => [
  ...modelEdits(response, path, target),
  ...(target.quirks.tells_prices ? priceEdits(response, path) : []),
];

/** Events that say that the reply is under way, and nothing of it: until content comes, another provider can still be asked. */
const OPENING: ReadonlySet<string> = new Set(["response.created", "response.in_progress", "response.queued"]);

/** A message that is being told: what an early end must close. */
interface OpenMessage {
  readonly item: JsonObject;
  /** The part of its content that grows now, and what it says. */
  part: number | undefined;
  text: string;
}

const event = (type: string, number: number, members: JsonObject): string =>
  sseEvent(JSON.stringify({ type, sequence_number: number, ...members }), type);

class ResponseFrames implements FrameRules {
  /** Events are numbered: no two are alike. */
  readonly moulds = undefined;
  readonly #target: Target;
  readonly #context: ReplyContext;
  #done = false;
  #next = 0;
  /** The provider's response as it began: what an early end repeats. */
  #response: JsonObject | undefined;
  /** Items as they ended, by their place, and the messages that have not. */
  readonly #items = new Map<number, Json>();
  readonly #open = new Map<number, OpenMessage>();

  constructor(target: Target, context: ReplyContext) {
    this.#target = target;
    this.#context = context;
  }

  get holding(): boolean {
    return this.#done;
  }

  /** Only the terminal event is an end: what was cut off before it may lack anything. */
  get mayEnd(): boolean {
    return false;
  }

  judge({ body }: Parsed): Verdict {
    if (body === undefined) return "idle";
    if (!isObject(body)) throw brokenReply("an event is no object");
    const { type, sequence_number: number, output_index: index, item } = body;
    if (typeof number === "number") this.#next = number + 1;
    if (isTerminal(body)) {
      if (responseIn(body) === undefined) throw brokenReply("the last event holds no response");
      this.#done = true;
      return "end";
    }
    if (OPENING.has(textOf(type))) {
      this.#response = responseIn(body);
      return "idle";
    }
    if (typeof index === "number") this.#note(body, index, item);
    return "pass";
  }

  #note(body: JsonObject, index: number, item: Json | undefined): void {
    const open = this.#open.get(index);
    switch (body["type"]) {
      case "response.output_item.added":
        if (isObject(item) && item["type"] === "message") this.#open.set(index, { item, part: undefined, text: "" });
        return;
      case "response.output_item.done":
        this.#open.delete(index);
        if (item !== undefined) this.#items.set(index, item);
        return;
      case "response.output_text.delta":
        if (open === undefined) return;
        open.part = typeof body["content_index"] === "number" ? body["content_index"] : 0;
        open.text += textOf(body["delta"]);
        return;
      default:
    }
  }

  edits(body: Json): readonly FrameEdit[] {
    const response = responseIn(body);
    return response === undefined ? [] : ownEdits(response, ["response"], this.#target);
  }

  shows(): boolean {
    return true;
  }

  finish(held: readonly Held[], settled: Settled): Buffer[] {
    return held.map(({ raw, parsed }) => {
      const response = responseIn(parsed?.body);
      if (parsed === undefined || response === undefined || !isTerminal(parsed.body)) return raw;
      return usageEdits(response, ["response"], settled).reduce((bytes, edit) => editFrame(bytes, parsed, edit), raw);
    });
  }

  /** Messages end with what they said so far; of other items that had not ended nothing could be used. */
  cut(settled: Settled): Buffer[] {
    const events: string[] = [];
    for (const [index, open] of this.#open) events.push(...this.#closed(index, open));
    const response = {
      ...(this.#response ?? responseOf(this.#context)),
      model: this.#target.replyModel,
      ...writeFinish("length"),
      output: [...this.#items].sort(([first], [second]) => first - second).map(([, item]) => item),
      usage: settledUsage(settled),
    };
    events.push(event("response.incomplete", this.#next++, { response }));
    return events.map((text) => Buffer.from(text));
  }

  #closed(index: number, { item, part: place, text }: OpenMessage): string[] {
    const of = { item_id: item["id"] ?? "", output_index: index, content_index: place ?? 0 };
    const part = { type: "output_text", text, annotations: [], logprobs: [] };
    const ended = { ...item, status: "incomplete", content: place === undefined ? [] : [part] };
    this.#items.set(index, ended);
    const last = { output_index: index, item: ended };
    if (place === undefined) return [event("response.output_item.done", this.#next++, last)];
    return [
      event("response.output_text.done", this.#next++, { ...of, text, logprobs: [] }),
      event("response.content_part.done", this.#next++, { ...of, part }),
      event("response.output_item.done", this.#next++, last),
    ];
  }
}

const wholeReply = (upstream: UpstreamSide, body: Buffer, target: Target): WholeReply => {
  const json = readBody(body, upstream);
  checkComplete(json);
  const meter = new ResponsesMeter(target);
  meter.whole(json);
  const edits = ownEdits(json, [], target);
  return {
    reading: meter.read(),
    render: (settled) => editBody(body, [...edits, ...usageEdits(json, [], settled)]),
  };
};

/** The pass-through of Responses. @param upstream maps error events and error bodies to faults */
export const responsesEdits = (upstream: UpstreamSide): Edits => ({
  request: (call, _ask, target) => requestEdits(call, target),
  stream: (_ask, target, context) =>
    new PassThroughStream({
      rules: new ResponseFrames(target, context),
      meter: new ResponsesMeter(target),
      upstream,
    }),
  reply: (body, target) => wholeReply(upstream, body, target),
  isEnd: (_event, body) => isTerminal(body),
});
