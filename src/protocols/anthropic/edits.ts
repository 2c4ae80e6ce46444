/**
 * The edits that pass-through makes to Messages bytes; nothing else is ever changed (DESIGN §9.4).
 *
 * Request: the model's name; the cap lowered, or filled in where the client gave none; `thread` taken out, so that nothing is kept
 * at the provider (what `store: false` is elsewhere); a thinking budget, which the newest models refuse, turned into adaptive.
 * Reply: the model's name; usage filled in or corrected when missing or absurd; `cost` in usage; and the end of a stream held back
 * until it is paid for.
 */
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { isObjectAt, numberAt, rawAt, stringAt } from "../json.ts";
import { boundsOf } from "../meter.ts";
import type { FreeText } from "../mould.ts";
import {
  editBody,
  editFrame,
  PassThroughStream,
  readBody,
  type FrameEdit,
  type FrameRules,
  type Held,
  type Parsed,
  type Verdict,
} from "../pass-through.ts";
import type { Call, Edits, ReplyContext, Settled, Target, UpstreamSide, WholeReply } from "../protocol.ts";
import { sseEvent } from "../sse.ts";
import { isObject, textOf } from "../value.ts";
import { MessagesMeter, readUsage } from "./meter.ts";
import { traitsOf } from "./traits.ts";
import { writeUsage } from "./usage.ts";

/** Thinking by a budget as thinking at the model's discretion, or undefined where there is no budget. */
const withoutBudget = ({ body, scan }: Call): string | undefined => {
  const span = scan.members.get("thinking");
  if (span === undefined || !isObjectAt(body, span)) return undefined;
  const { type, budget_tokens: _, ...rest } = JSON.parse(rawAt(body, span)) as JsonObject;
  return type === "enabled" ? JSON.stringify({ type: "adaptive", ...rest }) : undefined;
};

const requestEdits = (call: Call, target: Target): { set: Record<string, string>; remove: string[] } => {
  const { body, scan } = call;
  const set: Record<string, string> = {};
  const model = scan.members.get("model");
  if (model === undefined || stringAt(body, model) !== target.model) set["model"] = JSON.stringify(target.model);
  const span = scan.members.get("max_tokens");
  const said = span === undefined ? undefined : numberAt(body, span);
  const cap = Math.min(said ?? target.defaultMaxTokens, target.maxTokens ?? Infinity);
  if (cap !== said) set["max_tokens"] = String(cap);
  const adaptive = traitsOf(target.model).noBudget ? withoutBudget(call) : undefined;
  if (adaptive !== undefined) set["thinking"] = adaptive;
  return { set, remove: scan.members.has("thread") ? ["thread"] : [] };
};

const usageText = (settled: Settled): string => {
  const usage = writeUsage(settled.usage);
  return JSON.stringify(settled.cost === undefined ? usage : { ...usage, cost: settled.cost });
};

/** What the settlement changes in a usage object that the provider sent (undefined: it sent none). */
const usageEdits = (sent: Json | undefined, settled: Settled): FrameEdit[] => {
  if (!isObject(sent) || settled.source !== "reported") return [{ path: [], set: { usage: usageText(settled) } }];
  return settled.cost === undefined ? [] : [{ path: ["usage"], set: { cost: JSON.stringify(settled.cost) } }];
};

/** What clients need to find in the first event; the true counts come with the last. */
const EMPTY_USAGE = JSON.stringify({ input_tokens: 0, output_tokens: 0 });

const isDelta = (body: Json | undefined): body is JsonObject => isObject(body) && body["type"] === "message_delta";

/** Which member of a delta holds its text, by the delta's type. Signatures and citations are no output. */
const FREE_KEYS: Readonly<Record<string, string>> = {
  text_delta: "text",
  thinking_delta: "thinking",
  input_json_delta: "partial_json",
};

class MessageFrames implements FrameRules {
  readonly padding = [] as const;
  readonly #target: Target;
  readonly #context: ReplyContext;
  readonly #open = new Set<number>();
  #begun = false;
  #holding = false;
  #mayEnd = false;

  constructor(target: Target, context: ReplyContext) {
    this.#target = target;
    this.#context = context;
  }

  get holding(): boolean {
    return this.#holding;
  }

  get mayEnd(): boolean {
    return this.#mayEnd;
  }

  judge({ body }: Parsed): Verdict {
    if (body === undefined) return "idle";
    if (!isObject(body)) throw brokenReply("an event is no object");
    const { index } = body;
    switch (textOf(body["type"])) {
      case "ping":
        return "idle";
      case "message_delta":
        this.#holding = true;
        if (isObject(body["delta"]) && typeof body["delta"]["stop_reason"] === "string") this.#mayEnd = true;
        return "hold";
      case "message_stop":
        return "end";
      case "message_start":
        this.#begun = true;
        break;
      case "content_block_start":
        if (typeof index === "number") this.#open.add(index);
        break;
      case "content_block_stop":
        if (typeof index === "number") this.#open.delete(index);
        break;
      default:
    }
    if (!this.#holding) return "pass";
    // More content: what was held was not the end.
    this.#holding = false;
    this.#mayEnd = false;
    return "release";
  }

  edits(body: Json): readonly FrameEdit[] {
    if (!isObject(body) || body["type"] !== "message_start") return [];
    const { message } = body;
    if (!isObject(message)) return [];
    const set: Record<string, string> = {};
    const { model, usage } = message;
    if (typeof model === "string" && model !== this.#target.replyModel)
      set["model"] = JSON.stringify(this.#target.replyModel);
    if (!isObject(usage) || readUsage(usage, boundsOf(this.#target, 1)).invalid) set["usage"] = EMPTY_USAGE;
    return Object.keys(set).length === 0 ? [] : [{ path: ["message"], set }];
  }

  free(body: Json): FreeText | undefined {
    const delta = isObject(body) && body["type"] === "content_block_delta" ? body["delta"] : undefined;
    const type = isObject(delta) ? delta["type"] : undefined;
    if (!isObject(delta) || typeof type !== "string" || !Object.hasOwn(FREE_KEYS, type)) return undefined;
    const key = FREE_KEYS[type] ?? "text";
    const value = delta[key];
    return typeof value === "string" && value !== "" ? { key, value } : undefined;
  }

  shows(): boolean {
    return true;
  }

  finish(held: readonly Held[], settled: Settled): Buffer[] {
    const last = held.findLast(({ parsed }) => isDelta(parsed?.body));
    return held.map((item) => {
      const { parsed, raw } = item;
      if (parsed === undefined || !isDelta(parsed.body)) return raw;
      const { usage } = parsed.body;
      if (item !== last && (settled.source === "reported" || !isObject(usage))) return raw;
      return usageEdits(usage, settled).reduce((bytes, edit) => editFrame(bytes, parsed, edit), raw);
    });
  }

  cut(settled: Settled): Buffer[] {
    const events: [type: string, json: string][] = [];
    if (!this.#begun) events.push(["message_start", this.#start()]);
    for (const index of this.#open)
      events.push(["content_block_stop", JSON.stringify({ type: "content_block_stop", index })]);
    const delta = JSON.stringify({ stop_reason: "max_tokens", stop_sequence: null });
    events.push(["message_delta", `{"type":"message_delta","delta":${delta},"usage":${usageText(settled)}}`]);
    events.push(["message_stop", JSON.stringify({ type: "message_stop" })]);
    return events.map(([type, json]) => Buffer.from(sseEvent(json, type)));
  }

  #start(): string {
    const message = {
      id: `msg_${this.#context.requestId}`,
      type: "message",
      role: "assistant",
      model: this.#target.replyModel,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    };
    return JSON.stringify({ type: "message_start", message });
  }
}

const wholeReply = (upstream: UpstreamSide, body: Buffer, target: Target): WholeReply => {
  const json = readBody(body, upstream);
  if (!Array.isArray(json["content"])) throw brokenReply("the reply has no content");
  const meter = new MessagesMeter(target);
  meter.whole(json);
  const { model } = json;
  const rename: FrameEdit[] =
    typeof model === "string" && model !== target.replyModel
      ? [{ path: [], set: { model: JSON.stringify(target.replyModel) } }]
      : [];
  return {
    reading: meter.read(),
    render: (settled) => editBody(body, [...rename, ...usageEdits(json["usage"], settled)]),
  };
};

/** The pass-through of Messages. @param upstream maps error events and error bodies to faults */
export const messagesEdits = (upstream: UpstreamSide): Edits => ({
  request: (call, _ask, target) => requestEdits(call, target),
  stream: (_ask, target, context) =>
    new PassThroughStream({
      rules: new MessageFrames(target, context),
      meter: new MessagesMeter(target),
      upstream,
    }),
  reply: (body, target) => wholeReply(upstream, body, target),
  isEnd: (_event, body) => isObject(body) && body["type"] === "message_stop",
});
