/**
 * The edits that pass-through makes to Messages bytes; nothing else is ever changed (DESIGN §9.4).
 *
 * Request: the model's name; the cap lowered, or filled in where the client gave none; `thread` taken out, so that nothing is kept
 * at the provider (what `store: false` is elsewhere); thinking that another protocol's model made (history.ts); and what the model
 * would refuse (suit.ts). Reply: the model's name; usage
 * filled in or corrected when missing or absurd; `cost` in usage; the provider's own price taken out; and the end of a stream held
 * back until it is paid for.
 */
import { blank, table } from "../../table.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { boundsOf } from "../meter.ts";
import type { FreeText, MouldRules } from "../mould.ts";
import { editFrame, type FrameEdit, type Parsed } from "../frame-edits.ts";
import { PassThroughStream, type FrameRules, type Held, type Verdict } from "../pass-through.ts";
import { editBody, readBody } from "../whole-body.ts";
import { priceEdits } from "../prices.ts";
import type { Call, Edits, ReplyContext, Settled, Target, UpstreamSide, WholeReply } from "../protocol.ts";
import { numberAt, stringAt } from "../span.ts";
import { sseEvent } from "../sse.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { holdsForeign, withoutForeign } from "./history.ts";
import { MessagesMeter, readUsage } from "./meter.ts";
import { messagesOf, suitModel, type MemberEdits } from "./suit.ts";
import { lacksThinking } from "./thinking.ts";
import { writeUsage } from "./usage.ts";

/**
 * Takes thinking out that another protocol's model made, and with it the wish to think by a budget, where the turn that goes on began
 * with such thinking: the provider refuses such a turn unless it begins with its own.
 */
const setForeignAside = (edits: MemberEdits, call: Call, dropped: Dropped): void => {
  const span = call.scan.members.get("messages");
  if (span === undefined || !holdsForeign(call.body.subarray(span.start, span.end))) return;
  const { messages, thinking } = call.json();
  const kept = withoutForeign(listOf(messages), dropped);
  edits.set["messages"] = JSON.stringify(kept);
  const sent = edits.set["thinking"];
  const wanted = sent === undefined ? thinking : (JSON.parse(sent) as Json);
  if (!isObject(wanted) || wanted["type"] !== "enabled" || !lacksThinking(messagesOf(kept))) return;
  delete edits.set["thinking"];
  edits.remove.push("thinking");
  dropped.add("thinking");
};

const requestEdits = (call: Call, target: Target): MemberEdits & { dropped: readonly string[] } => {
  const { body, scan } = call;
  const set = blank<string>();
  const model = scan.members.get("model");
  if (model === undefined || stringAt(body, model) !== target.model) set["model"] = JSON.stringify(target.model);
  const span = scan.members.get("max_tokens");
  const said = span === undefined ? undefined : numberAt(body, span);
  const cap = Math.min(said ?? target.defaultMaxTokens, target.maxTokens ?? Infinity);
  if (cap !== said) set["max_tokens"] = String(cap);
  const edits: MemberEdits = { set, remove: scan.members.has("thread") ? ["thread"] : [] };
  const dropped = new Dropped();
  suitModel(edits, { call, target, cap }, dropped);
  setForeignAside(edits, call, dropped);
  return { ...edits, dropped: dropped.names };
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

/** A last report that says less than was counted before is corrected (B49). */
const shortfall = (sent: Json | undefined, generated: number): FrameEdit[] => {
  if (!isObject(sent) || typeof sent["output_tokens"] !== "number" || sent["output_tokens"] >= generated) return [];
  return [{ path: ["usage"], set: { output_tokens: String(generated) } }];
};

const isDelta = (body: Json | undefined): body is JsonObject => isObject(body) && body["type"] === "message_delta";

/** Which member of a delta holds its text, by the delta's type. Signatures and citations are no output. */
const FREE_KEYS = table<string>({
  text_delta: "text",
  thinking_delta: "thinking",
  input_json_delta: "partial_json",
});

/** The text of a delta. */
const freeIn = (body: Json): FreeText | undefined => {
  const delta = isObject(body) && body["type"] === "content_block_delta" ? body["delta"] : undefined;
  const type = isObject(delta) ? delta["type"] : undefined;
  const key = typeof type === "string" ? FREE_KEYS[type] : undefined;
  if (!isObject(delta) || key === undefined) return undefined;
  const value = delta[key];
  return typeof value === "string" && value !== "" ? { key, value } : undefined;
};

const MOULDS: MouldRules = { free: freeIn, padding: [] };

class MessageFrames implements FrameRules {
  readonly moulds = MOULDS;
  readonly #target: Target;
  readonly #meter: MessagesMeter;
  readonly #context: ReplyContext;
  readonly #open = new Set<number>();
  #begun = false;
  #holding = false;

  constructor(target: Target, meter: MessagesMeter, context: ReplyContext) {
    this.#target = target;
    this.#meter = meter;
    this.#context = context;
  }

  get holding(): boolean {
    return this.#holding;
  }

  /** Clients know a message as whole by its stop alone: without it they have none (B42). */
  get mayEnd(): boolean {
    return false;
  }

  judge({ body }: Parsed): Verdict {
    if (body === undefined) return "idle";
    if (!isObject(body)) throw brokenReply("an event is no object");
    const { index } = body;
    let isTurn = false;
    switch (textOf(body["type"])) {
      case "ping":
        return "idle";
      case "message_delta":
        this.#holding = true;
        return "hold";
      case "message_stop":
        return "end";
      case "message_start":
        this.#begun = true;
        break;
      case "content_block_start":
        if (typeof index === "number") this.#open.add(index);
        isTurn = true;
        break;
      case "content_block_stop":
        if (typeof index === "number") this.#open.delete(index);
        isTurn = true;
        break;
      default:
    }
    if (!this.#holding) return isTurn ? "turn" : "pass";
    // More content: what was held was not the end.
    this.#holding = false;
    return "release";
  }

  edits(body: Json): readonly FrameEdit[] {
    if (!isObject(body)) return [];
    const { message } = body;
    const prices = this.#target.quirks.tells_prices === true;
    if (body["type"] !== "message_start" || !isObject(message)) return prices ? priceEdits(body) : [];
    const set = blank<string>();
    const { model, usage } = message;
    if (typeof model === "string" && model !== this.#target.replyModel)
      set["model"] = JSON.stringify(this.#target.replyModel);
    if (!isObject(usage) || readUsage(usage, boundsOf(this.#target, 1)).invalid) set["usage"] = EMPTY_USAGE;
    return [
      ...(prices && set["usage"] === undefined ? priceEdits(message, ["message"]) : []),
      ...(Object.keys(set).length === 0 ? [] : [{ path: ["message"], set }]),
    ];
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
      const short = settled.source === "reported" ? shortfall(usage, this.#meter.generated) : [];
      return [...short, ...usageEdits(usage, settled)].reduce((bytes, edit) => editFrame(bytes, parsed, edit), raw);
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
  const edits = target.quirks.tells_prices ? priceEdits(json) : [];
  const rename: FrameEdit[] =
    typeof model === "string" && model !== target.replyModel
      ? [{ path: [], set: { model: JSON.stringify(target.replyModel) } }]
      : [];
  return {
    reading: meter.read(),
    render: (settled) => editBody(body, [...edits, ...rename, ...usageEdits(json["usage"], settled)]),
  };
};

/** The pass-through of Messages. @param upstream maps error events and error bodies to faults */
export const messagesEdits = (upstream: UpstreamSide): Edits => ({
  request: (call, _ask, target) => requestEdits(call, target),
  stream: (_ask, target, context) => {
    const meter = new MessagesMeter(target);
    return new PassThroughStream({ rules: new MessageFrames(target, meter, context), meter, upstream });
  },
  reply: (body, target) => wholeReply(upstream, body, target),
  moulds: MOULDS,
  isEnd: (_event, body) => isObject(body) && body["type"] === "message_stop",
});
