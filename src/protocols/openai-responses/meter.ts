/**
 * Usage and size of Responses replies. Input includes what was cached or written; output includes reasoning at every provider seen
 * (OpenAI, xAI, DeepSeek), so neither is ever added.
 */
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
import type { Meter, Reading, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readFinish } from "./finish.ts";

/** Written cache that lives for twelve hours has the price of the longest lifetime there is one for. */
const longWrites = (counts: Counts, details: JsonObject | undefined): number =>
  counts.first(objectAt(details, "cache_write_tokens_details"), "ttl_12h_tokens") ?? 0;

/** Searches that a provider made and says so (xAI). */
const searches = (counts: Counts, usage: JsonObject): number | undefined =>
  counts.first(objectAt(usage, "server_side_tool_usage_details"), "web_search_calls") ??
  counts.first(usage, "num_server_side_tools_used");

/** A Responses usage object as disjoint counts. @returns no usage where a count of input or output is missing (I-31) */
export const readUsage = (json: Json | undefined, bounds: UsageBounds = UNBOUNDED): UsageReading => {
  if (!isObject(json)) return json === undefined || json === null ? NO_REPORT : INCREDIBLE;
  const counts = new Counts();
  const inDetails = objectAt(json, "input_tokens_details");
  const outDetails = objectAt(json, "output_tokens_details");
  const input = counts.first(json, "input_tokens");
  const output = counts.first(json, "output_tokens");
  const cached = counts.first(inDetails, "cached_tokens") ?? 0;
  const written = counts.first(inDetails, "cache_write_tokens") ?? 0;
  const long = longWrites(counts, inDetails);
  const audio = counts.first(inDetails, "audio_tokens");
  const reasoning = counts.first(outDetails, "reasoning_tokens") ?? 0;
  const audioOut = counts.first(outDetails, "audio_tokens");
  const webSearch = searches(counts, json);
  if (counts.invalid) return INCREDIBLE;
  if (input === undefined || output === undefined) return NO_REPORT;
  // A part that exceeds its whole is the better witness: the rest is none, never negative.
  const inside = new Partition(Math.max(input, cached + written));
  const outside = new Partition(Math.max(output, reasoning));
  if (inside.rest > bounds.prompt || outside.rest > bounds.output) return INCREDIBLE;
  return {
    usage: usageOf({
      cache_read: inside.take(cached),
      cache_write_1h: inside.take(Math.min(long, written)),
      cache_write_5m: inside.take(Math.max(0, written - long)),
      audio_input: inside.take(audio),
      input: inside.rest,
      reasoning: outside.take(reasoning),
      audio_output: outside.take(audioOut),
      output: outside.rest,
      web_search: webSearch ?? 0,
    }),
    invalid: false,
  };
};

/** The response that an event carries. */
export const responseIn = (body: Json | undefined): JsonObject | undefined =>
  isObject(body) ? objectAt(body, "response") : undefined;

/** The two events that end a reply well. */
export const isTerminal = (body: Json | undefined): body is JsonObject =>
  isObject(body) && (body["type"] === "response.completed" || body["type"] === "response.incomplete");

const partsBytes = (parts: Json | undefined): number => {
  let sum = 0;
  for (const part of listOf(parts)) if (isObject(part)) sum += bytesOf(part["text"]) + bytesOf(part["refusal"]);
  return sum;
};

/** Bytes of all that the model wrote in an item: text, refusals, reasoning, calls. Opaque and base64 data is none. */
const itemBytes = (item: JsonObject): number =>
  partsBytes(item["content"]) +
  partsBytes(item["summary"]) +
  bytesOf(item["name"]) +
  bytesOf(item["arguments"]) +
  bytesOf(item["input"]) +
  bytesOf(item["code"]);

export const callsIn = (output: readonly Json[]): boolean =>
  output.some((item) => isObject(item) && (item["type"] === "function_call" || item["type"] === "custom_tool_call"));

export class ResponsesMeter implements Meter {
  readonly #target: Target;
  #report: UsageReading = NO_REPORT;
  #outputBytes = 0;
  /** Bytes counted of each item, by its place: an item may come in deltas, whole, or both. */
  readonly #items = new Map<Json, number>();
  #finish: Finish | undefined;
  #calls = false;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(body: Json): void {
    if (!isObject(body)) return;
    this.#response(body);
    for (const [index, item] of listOf(body["output"]).entries()) if (isObject(item)) this.#item(index, item);
    this.#finish = readFinish(body, callsIn(listOf(body["output"])));
  }

  event(_event: SseEvent, body: Json): void {
    if (!isObject(body)) return;
    const { type, delta, item, output_index: index = null } = body;
    const response = responseIn(body);
    if (response !== undefined) this.#response(response);
    if (isObject(item)) this.#item(index, item);
    else if (textOf(type).endsWith(".delta")) this.#count(index, (this.#items.get(index) ?? 0) + bytesOf(delta));
    if (response !== undefined && isTerminal(body))
      this.#finish = readFinish(response, this.#calls || callsIn(listOf(response["output"])));
  }

  /** Output that was counted without parsing its frame. */
  add(bytes: number): void {
    this.#outputBytes += bytes;
  }

  read(): Reading {
    const { usage, invalid } = this.#report;
    return { usage, invalid, outputBytes: this.#outputBytes, finish: this.#finish };
  }

  #response(response: JsonObject): void {
    const { usage = null } = response;
    if (usage !== null) this.#report = readUsage(usage, boundsOf(this.#target, 1));
  }

  #item(index: Json, item: JsonObject): void {
    if (callsIn([item])) this.#calls = true;
    this.#count(index, itemBytes(item));
  }

  /** An item has at least this many bytes. */
  #count(index: Json, bytes: number): void {
    const known = this.#items.get(index) ?? 0;
    if (bytes <= known) return;
    this.#items.set(index, bytes);
    this.#outputBytes += bytes - known;
  }
}
