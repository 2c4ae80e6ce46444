/**
 * Usage and size of Messages replies.
 *
 * Usage comes twice in a stream, at the start and at the end, and the two disagree: fields are merged one by one and the last
 * that is not null counts; of what was generated the most. Passes that Anthropic bills apart (compaction, advisors, fallbacks) are added from `iterations`.
 */
import { blank } from "../../table.ts";
import type { Finish, Json, JsonObject } from "../canonical.ts";
import {
  boundsOf,
  bytesOf,
  Counts,
  INCREDIBLE,
  NO_REPORT,
  Partition,
  UNBOUNDED,
  usageOf,
  type UsageBounds,
  type UsageReading,
} from "../meter.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readFinish } from "./finish.ts";
import type { Meter, Reading, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";

/** One pass's counts, still in Anthropic's words. */
interface Pass {
  readonly input: number | undefined;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly output: number | undefined;
  readonly thinking: number;
}

/** Written cache by lifetime: the split where it fits the sum; a sum that grew past an old split keeps the split's kind. */
const writesOf = (counts: Counts, usage: JsonObject): { five: number; hour: number } => {
  const split = objectAt(usage, "cache_creation");
  const five = counts.first(split, "ephemeral_5m_input_tokens") ?? 0;
  const hour =
    (counts.first(split, "ephemeral_1h_input_tokens") ?? 0) + (counts.first(split, "ephemeral_24h_input_tokens") ?? 0);
  const all = counts.first(usage, "cache_creation_input_tokens");
  if (all === undefined || all === five + hour) return { five, hour };
  const hourly = five === 0 && hour > 0 ? all : Math.min(hour, all);
  return { five: all - hourly, hour: hourly };
};

const passOf = (counts: Counts, usage: JsonObject): Pass => {
  const { five, hour } = writesOf(counts, usage);
  return {
    input: counts.first(usage, "input_tokens"),
    read: counts.first(usage, "cache_read_input_tokens") ?? 0,
    write5m: five,
    write1h: hour,
    output: counts.first(usage, "output_tokens"),
    thinking: counts.first(objectAt(usage, "output_tokens_details"), "thinking_tokens") ?? 0,
  };
};

const isCredible = (pass: Pass, bounds: UsageBounds): boolean =>
  (pass.input ?? 0) + pass.read + pass.write5m + pass.write1h <= bounds.prompt && (pass.output ?? 0) <= bounds.output;

/** Passes outside the top-level counts, which hold those of type `message` alone. Bounded: a reply has a handful. */
const passesBeside = (counts: Counts, usage: JsonObject): Pass[] => {
  const passes: Pass[] = [];
  for (const iteration of listOf(usage["iterations"]).slice(0, 64))
    if (isObject(iteration) && iteration["type"] !== "message") passes.push(passOf(counts, iteration));
  return passes;
};

/**
 * A Messages usage object (or the merge of several) as disjoint counts.
 * @returns no usage where it lacks a count of input or output (I-31)
 */
export const readUsage = (json: Json | undefined, bounds: UsageBounds = UNBOUNDED): UsageReading => {
  if (!isObject(json)) return json === undefined || json === null ? NO_REPORT : INCREDIBLE;
  const counts = new Counts();
  const top = passOf(counts, json);
  const beside = passesBeside(counts, json);
  const webSearch = counts.first(objectAt(json, "server_tool_use"), "web_search_requests") ?? 0;
  const passes = [top, ...beside];
  if (counts.invalid || !passes.every((pass) => isCredible(pass, bounds))) return INCREDIBLE;
  if (top.input === undefined || top.output === undefined) return NO_REPORT;
  const sum = (of: (pass: Pass) => number): number => passes.reduce((all, pass) => all + of(pass), 0);
  const output = new Partition(sum((pass) => pass.output ?? 0));
  return {
    usage: usageOf({
      input: sum((pass) => pass.input ?? 0),
      cache_read: sum((pass) => pass.read),
      cache_write_5m: sum((pass) => pass.write5m),
      cache_write_1h: sum((pass) => pass.write1h),
      reasoning: output.take(sum((pass) => pass.thinking)),
      output: output.rest,
      web_search: webSearch,
    }),
    invalid: false,
  };
};

/** The fields of a usage object that are said: null means "as before". Objects inside merge the same way. */
const merged = (before: JsonObject, after: JsonObject): JsonObject => {
  const result = Object.assign(blank<Json>(), before);
  for (const [name, value] of Object.entries(after)) {
    if (value === null) continue;
    const old = result[name];
    result[name] = isObject(old) && isObject(value) ? merged(old, value) : value;
  }
  return result;
};

/** Bytes of a content block as it stands: text, thinking, a call's name and arguments. */
const blockBytes = (block: JsonObject): number => {
  const { type, input } = block;
  const said = bytesOf(block["text"]) + bytesOf(block["thinking"]);
  if (type !== "tool_use" && type !== "server_tool_use" && type !== "mcp_tool_use") return said;
  const args = isObject(input) && Object.keys(input).length > 0 ? bytesOf(JSON.stringify(input)) : 0;
  return said + bytesOf(block["name"]) + args;
};

const deltaBytes = (delta: JsonObject): number =>
  bytesOf(delta["text"]) + bytesOf(delta["thinking"]) + bytesOf(delta["partial_json"]);

export class MessagesMeter implements Meter {
  readonly #target: Target;
  #usage: JsonObject | undefined;
  #report: UsageReading = NO_REPORT;
  #outputBytes = 0;
  #generated = 0;
  #finish: Finish | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(body: Json): void {
    if (isObject(body)) this.#message(body);
  }

  event(_event: SseEvent, body: Json): void {
    if (!isObject(body)) return;
    switch (textOf(body["type"])) {
      case "message_start":
        this.#message(objectAt(body, "message") ?? {});
        return;
      case "content_block_start":
        this.#outputBytes += blockBytes(objectAt(body, "content_block") ?? {});
        return;
      case "content_block_delta":
        this.#outputBytes += deltaBytes(objectAt(body, "delta") ?? {});
        return;
      case "message_delta":
        this.#ending(objectAt(body, "delta") ?? {});
        this.#merge(body["usage"]);
        this.#grow();
        return;
      default:
    }
  }

  /** The most output that was credibly counted: what the last report must say at least (B49). */
  get generated(): number {
    return this.#generated;
  }

  /** Output that was counted without parsing its frame. */
  add(bytes: number): void {
    this.#outputBytes += bytes;
  }

  read(): Reading {
    return {
      usage: this.#report.usage,
      invalid: this.#report.invalid,
      outputBytes: this.#outputBytes,
      finish: this.#finish,
    };
  }

  #message(message: JsonObject): void {
    for (const block of listOf(message["content"])) if (isObject(block)) this.#outputBytes += blockBytes(block);
    this.#ending(message);
    this.#merge(message["usage"]);
  }

  /** What was generated never shrinks. The count that a reply begins with is a guess, and is replaced. */
  #grow(): void {
    const said = this.#report.usage === undefined ? undefined : this.#usage?.["output_tokens"];
    if (typeof said === "number") this.#generated = said;
  }

  #ending(from: JsonObject): void {
    const reason = from["stop_reason"];
    if (typeof reason === "string" && reason !== "") this.#finish = readFinish(reason, false);
  }

  #merge(usage: Json | undefined): void {
    if (usage === undefined || usage === null) return;
    if (!isObject(usage)) {
      this.#report = INCREDIBLE;
      return;
    }
    this.#usage = this.#usage === undefined ? usage : merged(this.#usage, usage);
    const { output_tokens: said } = this.#usage;
    if (typeof said === "number" && said >= 0 && said < this.#generated)
      this.#usage = { ...this.#usage, output_tokens: this.#generated };
    this.#report = readUsage(this.#usage, boundsOf(this.#target, 1));
  }
}
