/**
 * The edits that pass-through makes to Gemini bytes; nothing else is ever changed (DESIGN §9.4).
 *
 * Request: the cap lowered; the model's name where the body repeats it; signatures of other makers, which we wrapped, taken out of
 * the conversation (they are sealed to who made them). Reply: the model's name; usage filled in or corrected when
 * missing or absurd; `cost` in usage; and the end of a stream held back until it is paid for.
 */
import { blank } from "../../table.ts";
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { scanJson } from "../json.ts";
import { boundsOf } from "../meter.ts";
import { editFrame, type FrameEdit, type Parsed } from "../frame-edits.ts";
import { PassThroughStream, type FrameRules, type Held, type Verdict } from "../pass-through.ts";
import { editBody, readBody } from "../whole-body.ts";
import type { Ask, Call, Edits, ReplyContext, Settled, Target, UpstreamSide, WholeReply } from "../protocol.ts";
import { stringAt } from "../span.ts";
import { splice } from "../splice.ts";
import { sseEvent } from "../sse.ts";
import { isObject, listOf } from "../value.ts";
import { writeFinish, isFinish } from "./finish.ts";
import { holdsForeign, withoutForeign } from "./history.ts";
import { blockOf, GeminiMeter, readUsage } from "./meter.ts";
import { spelled } from "./names.ts";
import { isReply } from "./reader.ts";
import { writeUsage } from "./usage.ts";

/** The generation config with another cap, its other bytes as they were. */
const cappedConfig = ({ body, scan }: Call, cap: number): { readonly name: string; readonly json: string } => {
  const found = spelled(scan, "generationConfig");
  const bytes = found === undefined ? Buffer.from("{}") : body.subarray(found.span.start, found.span.end);
  if (found === undefined || bytes.toString("latin1") === "null")
    return { name: found?.name ?? "generationConfig", json: JSON.stringify({ maxOutputTokens: cap }) };
  const inner = scanJson(bytes);
  const name = spelled(inner, "maxOutputTokens")?.name ?? "maxOutputTokens";
  return {
    name: found.name,
    json: Buffer.concat(splice(bytes, inner, { set: { [name]: String(cap) } })).toString("utf8"),
  };
};

const requestEdits = (call: Call, ask: Ask, target: Target): { set: Record<string, string>; remove: string[] } => {
  const set = blank<string>();
  const remove: string[] = [];
  const model = call.scan.members.get("model");
  if (model !== undefined) {
    if (stringAt(call.body, model) === undefined) remove.push("model");
    else set["model"] = JSON.stringify(`models/${target.model}`);
  }
  const contents = spelled(call.scan, "contents");
  if (contents !== undefined && holdsForeign(call.body.subarray(contents.span.start, contents.span.end)))
    set[contents.name] = JSON.stringify(withoutForeign(call.json()[contents.name] ?? null));
  const { maxTokens } = target;
  if (maxTokens !== undefined && maxTokens !== ask.maxTokens && maxTokens < (ask.maxTokens ?? Infinity)) {
    const { name, json } = cappedConfig(call, maxTokens);
    set[name] = json;
  }
  return { set, remove };
};

const usageText = (settled: Settled): string => {
  const usage = writeUsage(settled.usage);
  return JSON.stringify(settled.cost === undefined ? usage : { ...usage, cost: settled.cost });
};

/** What the settlement changes in the usage that the provider sent (undefined: it sent none). */
const usageEdits = (sent: Json | undefined, settled: Settled): FrameEdit[] => {
  if (settled.source !== "reported") return [{ path: [], set: { usageMetadata: usageText(settled) } }];
  if (settled.cost === undefined) return [];
  if (!isObject(sent)) return [{ path: [], set: { usageMetadata: usageText(settled) } }];
  return [{ path: ["usageMetadata"], set: { cost: JSON.stringify(settled.cost) } }];
};

const modelEdits = (body: JsonObject, target: Target): FrameEdit[] => {
  const { modelVersion } = body;
  if (typeof modelVersion !== "string" || modelVersion === target.replyModel) return [];
  return [{ path: [], set: { modelVersion: JSON.stringify(target.replyModel) } }];
};

const hasUsage = (held: Held): boolean => isObject(held.parsed?.body) && isObject(held.parsed.body["usageMetadata"]);
const isEvent = (held: Held): boolean => isObject(held.parsed?.body);

class GeminiFrames implements FrameRules {
  /** Usage is in every chunk and differs: no two are alike. */
  readonly moulds = undefined;
  readonly #target: Target;
  readonly #context: ReplyContext;
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  #blocked = false;

  constructor(target: Target, context: ReplyContext) {
    this.#target = target;
    this.#context = context;
  }

  /** Every candidate that was begun has ended: whatever follows is the end, or waits with it. */
  get holding(): boolean {
    return this.#blocked || (this.#begun.size > 0 && this.#finished.size >= this.#begun.size);
  }

  get mayEnd(): boolean {
    return this.#blocked || this.#finished.size > 0;
  }

  judge({ body }: Parsed): Verdict {
    // `[DONE]` of gateways that serve other dialects as well.
    if (body === undefined) return "idle";
    if (!isObject(body)) throw brokenReply("a chunk is no object");
    const wasHolding = this.holding;
    if (blockOf(body) !== "") this.#blocked = true;
    for (const [position, candidate] of listOf(body["candidates"]).entries()) {
      if (!isObject(candidate)) continue;
      const { index } = candidate;
      const at = typeof index === "number" ? index : position;
      this.#begun.add(at);
      if (isFinish(candidate["finishReason"] ?? candidate["finish_reason"])) this.#finished.add(at);
    }
    if (this.holding) return "hold";
    // Another candidate began after the others had ended: what was held was not the end.
    return wasHolding ? "release" : "pass";
  }

  edits(body: Json): readonly FrameEdit[] {
    if (!isObject(body)) return [];
    const absurd =
      !this.holding && readUsage(body["usageMetadata"], boundsOf(this.#target, this.#begun.size || 1)).invalid;
    return [...modelEdits(body, this.#target), ...(absurd ? [{ path: [], set: { usageMetadata: "{}" } }] : [])];
  }

  shows(): boolean {
    return true;
  }

  finish(held: readonly Held[], settled: Settled): Buffer[] {
    const carrier = held.findLast(hasUsage) ?? held.findLast(isEvent);
    return held.map((item) => {
      const { parsed, raw } = item;
      if (parsed === undefined || !isObject(parsed.body)) return raw;
      if (item !== carrier && (settled.source === "reported" || !hasUsage(item))) return raw;
      return usageEdits(parsed.body["usageMetadata"], settled).reduce(
        (bytes, edit) => editFrame(bytes, parsed, edit),
        raw,
      );
    });
  }

  cut(settled: Settled): Buffer[] {
    const open = [...(this.#begun.size === 0 ? [0] : this.#begun)].filter((index) => !this.#finished.has(index));
    const candidates = open.map((index) => ({
      content: { parts: [{ text: "" }], role: "model" },
      finishReason: writeFinish("length"),
      index,
    }));
    const chunk = JSON.stringify({
      candidates,
      modelVersion: this.#target.replyModel,
      responseId: this.#context.requestId,
    });
    return [Buffer.from(sseEvent(`${chunk.slice(0, -1)},"usageMetadata":${usageText(settled)}}`))];
  }
}

const wholeReply = (upstream: UpstreamSide, body: Buffer, target: Target): WholeReply => {
  const json = readBody(body, upstream);
  if (!isReply(json)) throw brokenReply("the reply has no candidates");
  const meter = new GeminiMeter(target);
  meter.whole(json);
  const rename = modelEdits(json, target);
  return {
    reading: meter.read(),
    render: (settled) => editBody(body, [...rename, ...usageEdits(json["usageMetadata"], settled)]),
  };
};

/** The pass-through of the Gemini API. @param upstream maps error events and error bodies to faults */
export const geminiEdits = (upstream: UpstreamSide): Edits => ({
  request: requestEdits,
  stream: (_ask, target, context) =>
    new PassThroughStream({
      rules: new GeminiFrames(target, context),
      meter: new GeminiMeter(target),
      upstream,
      draws: target.draws === true,
    }),
  reply: (body, target) => wholeReply(upstream, body, target),
  // No event says that it is the last one: the connection ends.
  isEnd: () => false,
});
