/**
 * The edits that pass-through makes to Chat Completions bytes; nothing else is ever changed (DESIGN §9.4).
 *
 * Request: the model's name; `stream_options.include_usage` asked for; the cap lowered, or renamed where the provider takes one
 * name only; `store` switched off; reasoning that another protocol sealed taken out (history.ts); what the provider's quirks ask (suit.ts). Reply: the model's name; the usage-only frame hidden from who did not ask for it; usage filled
 * in or corrected when missing or absurd; `cost` in usage; the provider's own price taken out; and the end of a stream held back
 * until it is paid for.
 */
import type { Usage } from "../../unit.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { fallsShort, UNBOUNDED } from "../meter.ts";
import type { FreeText, MouldRules } from "../mould.ts";
import { editFrame, type FrameEdit, type Parsed } from "../frame-edits.ts";
import { endsBlank, PassThroughStream, type FrameRules, type Held, type Verdict } from "../pass-through.ts";
import { editBody, readBody } from "../whole-body.ts";
import { priceEdits } from "../prices.ts";
import type {
  Ask,
  Call,
  Edits,
  ReplyContext,
  RequestEdits,
  Settled,
  Target,
  UpstreamSide,
  WholeReply,
} from "../protocol.ts";
import { booleanAt, isObjectAt, numberAt, rawAt, stringAt } from "../span.ts";
import { sseEvent } from "../sse.ts";
import { isObject, listOf } from "../value.ts";
import { holdsForeign, withoutForeign } from "./history.ts";
import { ChatMeter, outputBytes, readUsage, usageIn } from "./meter.ts";
import { suitProvider, type MemberEdits } from "./suit.ts";
import { writeUsage } from "./usage.ts";

type CapName = "max_tokens" | "max_completion_tokens";

/** The one name that a provider takes for the cap, if it takes one only. */
const onlyCapName = (target: Target): CapName | undefined => {
  if (target.quirks.max_tokens_only) return "max_tokens";
  return target.quirks.max_completion_tokens_only ? "max_completion_tokens" : undefined;
};

const CAP_NAMES = ["max_tokens", "max_completion_tokens"] as const satisfies readonly CapName[];

/** The cap under the name the provider takes and not above the target's. A client's own cap within it keeps its bytes. */
const editCap = (edits: MemberEdits, { body, scan }: Call, target: Target): void => {
  const only = onlyCapName(target);
  const given = CAP_NAMES.filter((name) => {
    const span = scan.members.get(name);
    return span !== undefined && numberAt(body, span) !== undefined;
  });
  const names = only === undefined && given.length > 0 ? given : [only ?? "max_tokens"];
  if (only !== undefined)
    for (const name of CAP_NAMES) if (name !== only && scan.members.has(name)) edits.remove.push(name);
  for (const name of names) {
    // What the client said under this name, else under the other one.
    const span = scan.members.get(given.includes(name) ? name : (given[0] ?? name));
    const said = span === undefined ? undefined : numberAt(body, span);
    const cap = Math.min(said ?? Infinity, target.maxTokens ?? Infinity);
    if (cap === Infinity || (cap === said && given.includes(name))) continue;
    edits.set[name] = String(cap);
  }
};

const editStreamOptions = (edits: MemberEdits, { body, scan }: Call, ask: Ask, target: Target): void => {
  const span = scan.members.get("stream_options");
  if (target.quirks.no_stream_options) {
    if (span !== undefined) edits.remove.push("stream_options");
    return;
  }
  if (!ask.stream || ask.wantsUsage) return;
  const options = span !== undefined && isObjectAt(body, span) ? (JSON.parse(rawAt(body, span)) as JsonObject) : {};
  edits.set["stream_options"] = JSON.stringify({ ...options, include_usage: true });
};

/** Takes reasoning out that another protocol's model sealed: it means nothing to this one. */
const setForeignAside = (edits: MemberEdits, call: Call, dropped: Dropped): void => {
  const span = call.scan.members.get("messages");
  if (span === undefined || !holdsForeign(call.body.subarray(span.start, span.end))) return;
  const changed = edits.set["messages"];
  const messages = changed === undefined ? call.json()["messages"] : (JSON.parse(changed) as Json);
  edits.set["messages"] = JSON.stringify(withoutForeign(listOf(messages), dropped));
};

const requestEdits = (call: Call, ask: Ask, target: Target): RequestEdits => {
  const { body, scan } = call;
  const edits: MemberEdits = { set: {}, remove: [] };
  const model = scan.members.get("model");
  if (model === undefined || stringAt(body, model) !== target.model) edits.set["model"] = JSON.stringify(target.model);
  editStreamOptions(edits, call, ask, target);
  editCap(edits, call, target);
  const store = scan.members.get("store");
  if (store !== undefined && booleanAt(body, store) === true) edits.set["store"] = "false";
  suitProvider(edits, call, target);
  const dropped = new Dropped();
  setForeignAside(edits, call, dropped);
  return { ...edits, dropped: dropped.names };
};

const modelEdits = (body: JsonObject, target: Target): FrameEdit[] => {
  const { model } = body;
  if (typeof model !== "string" || model === target.replyModel) return [];
  return [{ path: [], set: { model: JSON.stringify(target.replyModel) } }];
};

/** What a frame or body needs whatever is settled: its model's name, and its provider's price taken out. */
const ownEdits = (body: JsonObject, target: Target): FrameEdit[] => [
  ...modelEdits(body, target),
  ...(target.quirks.tells_prices ? priceEdits(body) : []),
];

/** The usage object as the client shall see it, as JSON text: what was settled, with its cost if that was asked for. */
const usageText = (usage: Usage, cost: string | undefined): string =>
  JSON.stringify(cost === undefined ? writeUsage(usage) : { ...writeUsage(usage), cost });

/** What the settlement changes in a usage object that the provider sent (undefined: it sent none). @param isRight what it sent holds */
const usageEdits = (sent: Json | undefined, settled: Settled, isRight = settled.source === "reported"): FrameEdit[] => {
  if (!isObject(sent) || !isRight) return [{ path: [], set: { usage: usageText(settled.usage, settled.cost) } }];
  return settled.cost === undefined ? [] : [{ path: ["usage"], set: { cost: JSON.stringify(settled.cost) } }];
};

const choicesOf = (body: Json | undefined): readonly Json[] | undefined => {
  const choices = isObject(body) ? body["choices"] : undefined;
  return Array.isArray(choices) ? (choices as readonly Json[]) : undefined;
};

const hasUsage = (body: Json | undefined): boolean => isObject(body) && isObject(body["usage"]);

/** The frame that OpenAI sends when usage is asked for: no choices, only usage. */
const isUsageOnly = (body: Json | undefined): boolean => choicesOf(body)?.length === 0 && hasUsage(body);

/** Members of a delta that hold output, in the one form that a mould can take: a plain string. */
const FREE_KEYS = ["content", "reasoning_content", "reasoning", "refusal"] as const;

const freeOf = (delta: JsonObject): FreeText | undefined => {
  for (const key of FREE_KEYS) {
    const value = delta[key];
    if (typeof value === "string" && value !== "") return { key, value };
  }
  const calls = delta["tool_calls"];
  const [call] = Array.isArray(calls) ? (calls as readonly Json[]) : [];
  const of = isObject(call) ? call["function"] : undefined;
  const value = isObject(of) ? of["arguments"] : undefined;
  return typeof value === "string" && value !== "" ? { key: "arguments", value } : undefined;
};

/** What chunks of our own making look like, in a dialect that has the frames of this one. */
export interface ChunkForm {
  readonly object: string;
  readonly idPrefix: string;
  /** Members of a choice that says nothing. */
  readonly choice: JsonObject;
}

const CHAT_FORM: ChunkForm = { object: "chat.completion.chunk", idPrefix: "chatcmpl-", choice: { delta: {} } };

/** The one piece of output in a chunk that says nothing else. */
const freeIn = (body: Json): FreeText | undefined => {
  if (!isObject(body) || usageIn(body) !== undefined) return undefined;
  const choices = choicesOf(body);
  const [choice] = choices ?? [];
  if (choices?.length !== 1 || !isObject(choice)) return undefined;
  const { delta, finish_reason: finish } = choice;
  if (!isObject(delta) || (typeof finish === "string" && finish !== "")) return undefined;
  // An image counts, and no two are alike.
  if (delta["images"] !== undefined) return undefined;
  const free = freeOf(delta);
  return free !== undefined && outputBytes(delta) === Buffer.byteLength(free.value) ? free : undefined;
};

const MOULDS: MouldRules = { free: freeIn, padding: ["obfuscation", "p", "padding"] };

interface ChatOrder {
  readonly ask: Ask;
  readonly target: Target;
  readonly context: ReplyContext;
  readonly form: ChunkForm;
  readonly meter: ChatMeter;
}

class ChatFrames implements FrameRules {
  readonly moulds = MOULDS;
  readonly #order: ChatOrder;
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  /** A frame with usage went out before the end. */
  #usagePassed = false;
  #done = false;
  /** What chunks of our own making repeat of the provider's. */
  #id = "";
  #created: number;

  constructor(order: ChatOrder) {
    this.#order = order;
    this.#created = order.context.created;
  }

  /** Every choice that was begun has ended. Another may still begin: then what was held is released. */
  get holding(): boolean {
    return this.#done || (this.#begun.size > 0 && this.#finished.size >= this.#begun.size);
  }

  get mayEnd(): boolean {
    return this.#finished.size > 0;
  }

  judge({ body }: Parsed): Verdict {
    if (body === undefined) {
      this.#done = true;
      return "end";
    }
    if (!isObject(body)) throw brokenReply("a chunk is no object");
    const wasHolding = this.holding;
    this.#note(body);
    if (this.holding || isUsageOnly(body)) return "hold";
    if (hasUsage(body)) this.#usagePassed = true;
    return wasHolding ? "release" : "pass";
  }

  #note(body: JsonObject): void {
    const { id, created } = body;
    if (typeof id === "string" && id !== "") this.#id = id;
    if (typeof created === "number" && created > 0) this.#created = created;
    for (const [position, choice] of (choicesOf(body) ?? []).entries()) {
      if (!isObject(choice)) continue;
      const { index, finish_reason: finish } = choice;
      const at = typeof index === "number" ? index : position;
      this.#begun.add(at);
      if (typeof finish === "string" && finish !== "") this.#finished.add(at);
    }
  }

  edits(body: Json): readonly FrameEdit[] {
    return isObject(body) ? ownEdits(body, this.#order.target) : [];
  }

  shows({ parsed }: Held): boolean {
    return this.#order.context.wantsUsage || !isUsageOnly(parsed?.body);
  }

  finish(held: readonly Held[], settled: Settled): Buffer[] {
    const shown = this.#order.context.wantsUsage || settled.cost !== undefined;
    const carrier = held.findLast(({ parsed }) => hasUsage(parsed?.body));
    const parts: Buffer[] = [];
    const wasShown = this.#usagePassed && settled.source === "reported" && settled.cost === undefined;
    let filled = carrier !== undefined || !shown || wasShown;
    for (const item of held) {
      const { parsed } = item;
      const body = parsed?.body;
      if (!shown && !this.shows(item)) continue;
      if (parsed !== undefined && body === undefined && !filled) {
        parts.push(this.#usageFrame(settled));
        filled = true;
      }
      const corrects = settled.source !== "reported" || item === carrier;
      parts.push(hasUsage(body) && corrects ? withUsage(item, settled, this.#isRight(body, settled)) : item.raw);
    }
    if (!filled) parts.push(...this.#separated(parts), this.#usageFrame(settled));
    return parts;
  }

  /** False where a frame's report does not hold: it is not what was settled, or says less than was counted before (B49). */
  #isRight(body: Json | undefined, settled: Settled): boolean {
    if (settled.source !== "reported") return false;
    const { target, meter } = this.#order;
    const bounds = { ...UNBOUNDED, reasoningBeside: target.quirks.reasoning_beside_completion === true };
    const said = readUsage(isObject(body) ? body["usage"] : undefined, bounds).usage;
    return !fallsShort(said, meter.read().usage ?? {});
  }

  /** A blank line, where the last frame before one of ours was cut off without it. */
  #separated(parts: readonly Buffer[]): Buffer[] {
    const last = parts.at(-1);
    if (last === undefined || endsBlank(last)) return [];
    return [Buffer.from(last.at(-1) === 0x0a ? "\n" : "\n\n")];
  }

  cut(settled: Settled): Buffer[] {
    const open = [...(this.#begun.size === 0 ? [0] : this.#begun)].filter((index) => !this.#finished.has(index));
    const { choice } = this.#order.form;
    const choices = open.map((index) => ({ index, ...choice, finish_reason: "length" }));
    const frames = choices.length === 0 ? "" : sseEvent(JSON.stringify({ ...this.#chunk(), choices }));
    const shown = this.#order.context.wantsUsage || settled.cost !== undefined;
    return [Buffer.from(frames), ...(shown ? [this.#usageFrame(settled)] : []), Buffer.from(sseEvent("[DONE]"))];
  }

  #chunk(): JsonObject {
    const { context, form } = this.#order;
    const id = this.#id === "" ? form.idPrefix + context.requestId : this.#id;
    return { id, object: form.object, created: this.#created, model: this.#order.target.replyModel };
  }

  #usageFrame(settled: Settled): Buffer {
    const usage = usageText(settled.usage, settled.cost);
    const chunk = JSON.stringify({ ...this.#chunk(), choices: [] });
    return Buffer.from(sseEvent(`${chunk.slice(0, -1)},"usage":${usage}}`));
  }
}

const withUsage = ({ raw, parsed }: Held, settled: Settled, isRight: boolean): Buffer => {
  if (parsed === undefined || !isObject(parsed.body)) return raw;
  return usageEdits(parsed.body["usage"], settled, isRight).reduce(
    (bytes, edit) => editFrame(bytes, parsed, edit),
    raw,
  );
};

const wholeReply = (upstream: UpstreamSide, body: Buffer, target: Target): WholeReply => {
  const json = readBody(body, upstream);
  if (choicesOf(json) === undefined) throw brokenReply("the reply has no choices");
  const meter = new ChatMeter(target);
  meter.whole(json);
  const edits = ownEdits(json, target);
  return {
    reading: meter.read(),
    render: (settled) => editBody(body, [...edits, ...usageEdits(json["usage"], settled)]),
  };
};

/** The pass-through of Chat Completions. @param upstream maps error events and error bodies to faults */
export const chatEdits = (upstream: UpstreamSide, form: ChunkForm = CHAT_FORM): Edits => ({
  request: requestEdits,
  stream: (ask, target, context) => {
    const meter = new ChatMeter(target);
    const rules = new ChatFrames({ ask, target, context, form, meter });
    return new PassThroughStream({ rules, meter, upstream, draws: target.draws === true });
  },
  reply: (body, target) => wholeReply(upstream, body, target),
  moulds: MOULDS,
  isEnd: (event) => event.data.trim() === "[DONE]",
});
