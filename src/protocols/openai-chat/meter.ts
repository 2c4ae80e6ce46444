/**
 * Usage and size of Chat Completions replies, in every place and meaning that their providers give them.
 *
 * Two rules hold them together: the last report counts (they are cumulative, never summed, and what was generated never shrinks), and parts never exceed their whole.
 */
import type { Finish, Json, JsonObject, Media } from "../canonical.ts";
import { mediaOf } from "../media.ts";
import {
  boundsOf,
  bytesOf,
  Counts,
  cumulated,
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

/** Tokens outside the prompt count: audio that a provider (Mistral) adds to the total alone. */
const audioBeside = (base: number, audio: number, totalTokens: number | undefined): boolean =>
  audio > 0 && totalTokens !== undefined && totalTokens !== base && totalTokens === base + audio;

/** Whether reasoning stands beside `completion_tokens` (xAI) and not inside: the total decides, else the provider's quirk. */
const reasoningBeside = (base: number, reasoning: number, totalTokens: number | undefined, quirk: boolean): boolean => {
  if (reasoning === 0) return false;
  if (totalTokens === undefined) return quirk;
  return totalTokens !== base && totalTokens === base + reasoning;
};

interface CacheWrites {
  readonly fiveMinutes: number;
  readonly oneHour: number;
}

/** Written cache by lifetime. Lifetimes beyond an hour count as an hour, the dearest that has a price. */
const cacheWrites = (counts: Counts, usage: JsonObject, details: JsonObject | undefined): CacheWrites => {
  const split = objectAt(usage, "cache_creation");
  const oneHour =
    (counts.first(split, "ephemeral_1h_input_tokens") ?? 0) + (counts.first(split, "ephemeral_24h_input_tokens") ?? 0);
  const all =
    counts.first(details, "cache_write_tokens") ??
    counts.first(usage, "cache_write_tokens", "cache_creation_input_tokens");
  const fiveMinutes = counts.first(split, "ephemeral_5m_input_tokens") ?? 0;
  return { fiveMinutes: all === undefined ? fiveMinutes : Math.max(0, all - oneHour), oneHour };
};

const searches = (counts: Counts, usage: JsonObject): number | undefined =>
  counts.first(objectAt(usage, "server_tool_use_details"), "web_search_requests") ??
  counts.first(objectAt(usage, "server_tool_use"), "web_search_requests") ??
  counts.first(objectAt(objectAt(usage, "plugins"), "search"), "count") ??
  counts.first(usage, "num_server_side_tools_used");

/**
 * A Chat Completions usage object as disjoint counts. Image tokens of the prompt stay in `input`, whose price they have.
 * @returns no usage where the object lacks a count of prompt or completion that the total cannot supply either (I-31)
 */
export const readUsage = (json: Json | undefined, bounds: UsageBounds = UNBOUNDED): UsageReading => {
  if (!isObject(json)) return json === undefined || json === null ? NO_REPORT : INCREDIBLE;
  const counts = new Counts();
  const inDetails = objectAt(json, "prompt_tokens_details");
  const outDetails = objectAt(json, "completion_tokens_details");
  const totalTokens = counts.first(json, "total_tokens");
  const saidPrompt = counts.first(json, "prompt_tokens");
  const saidCompletion = counts.first(json, "completion_tokens");
  const basePrompt = saidPrompt ?? difference(totalTokens, saidCompletion);
  const baseCompletion = saidCompletion ?? difference(totalTokens, saidPrompt);
  const audio = counts.first(inDetails, "audio_tokens") ?? counts.first(json, "audio_prompt_tokens") ?? 0;
  const reasoning = counts.first(outDetails, "reasoning_tokens") ?? counts.first(json, "reasoning_tokens") ?? 0;
  const cached =
    counts.first(inDetails, "cached_tokens") ??
    counts.first(json, "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens");
  const writes = cacheWrites(counts, json, inDetails);
  const webSearch = searches(counts, json);
  const audioOut = counts.first(outDetails, "audio_tokens");
  const imageOut = counts.first(outDetails, "image_tokens");
  if (counts.invalid) return INCREDIBLE;
  if (basePrompt === undefined || baseCompletion === undefined) return NO_REPORT;
  const base = basePrompt + baseCompletion;
  const prompt = basePrompt + (audioBeside(base, audio, totalTokens) ? audio : 0);
  const beside = reasoningBeside(base, reasoning, totalTokens, bounds.reasoningBeside);
  const completion = baseCompletion + (beside ? reasoning : 0);
  // Some providers count more of a part than of its whole (cached beyond prompt, reasoning beyond completion). The part is the
  // better witness: the rest is none, never negative.
  const inside = new Partition(Math.max(prompt, (cached ?? 0) + writes.oneHour + writes.fiveMinutes));
  const outside = new Partition(Math.max(completion, reasoning));
  if (inside.rest > bounds.prompt || outside.rest > bounds.output) return INCREDIBLE;
  return {
    usage: usageOf({
      cache_read: inside.take(cached),
      cache_write_1h: inside.take(writes.oneHour),
      cache_write_5m: inside.take(writes.fiveMinutes),
      audio_input: inside.take(audio),
      input: inside.rest,
      reasoning: outside.take(reasoning),
      audio_output: outside.take(audioOut),
      image_output: outside.take(imageOut),
      output: outside.rest,
      web_search: webSearch ?? 0,
    }),
    invalid: false,
  };
};

const difference = (whole: number | undefined, part: number | undefined): number | undefined =>
  whole === undefined || part === undefined || part > whole ? undefined : whole - part;

const isReport = (value: Json | undefined): boolean => value !== undefined && value !== null;

/** The usage that a body or chunk holds, wherever its provider puts it: on top, in the choice (Moonshot), or apart (Groq). */
export const usageIn = (body: JsonObject): Json | undefined => {
  if (isReport(body["usage"])) return body["usage"];
  for (const choice of listOf(body["choices"]))
    if (isObject(choice) && isReport(choice["usage"])) return choice["usage"];
  return objectAt(body, "x_groq")?.["usage"];
};

const listBytes = (parts: Json | undefined, count: (part: JsonObject) => number): number => {
  let sum = 0;
  for (const part of listOf(parts)) if (isObject(part)) sum += count(part);
  return sum;
};

/** A part of a content list: text, or thinking that holds parts itself (Mistral). */
const partBytes = (part: JsonObject): number => {
  const { text, thinking, refusal } = part;
  return (
    bytesOf(text) + bytesOf(refusal) + (Array.isArray(thinking) ? listBytes(thinking, partBytes) : bytesOf(thinking))
  );
};

/** Reasoning under one of its names; providers that send it under two are counted once. */
const reasoningBytes = (delta: JsonObject): number =>
  bytesOf(delta["reasoning_content"]) ||
  bytesOf(delta["reasoning"]) ||
  listBytes(delta["reasoning_details"], (part) => bytesOf(part["text"]) + bytesOf(part["summary"]));

const callBytes = (call: JsonObject): number => {
  const of = objectAt(call, "function") ?? objectAt(call, "custom");
  return of === undefined ? 0 : bytesOf(of["name"]) + bytesOf(of["arguments"]) + bytesOf(of["input"]);
};

/** The image of a part, by value: an address would name the provider's own storage. */
export const imageIn = (part: JsonObject): Media | undefined => {
  const image = part["image_url"];
  const media = mediaOf(isObject(image) ? textOf(image["url"]) : textOf(image));
  return media.kind === "base64" ? media : undefined;
};

/** Images in a delta or message, in the places that providers put them. */
const imagesIn = (delta: JsonObject): number =>
  [...listOf(delta["images"]), ...listOf(delta["content"])].filter(
    (part) => isObject(part) && part["type"] === "image_url" && imageIn(part) !== undefined,
  ).length;

/** Bytes of everything the model wrote in a delta or message: text, reasoning, refusal, transcript, calls. No base64. */
export const outputBytes = (delta: JsonObject): number => {
  const { content } = delta;
  const legacy = objectAt(delta, "function_call");
  return (
    (typeof content === "string" ? bytesOf(content) : listBytes(content, partBytes)) +
    reasoningBytes(delta) +
    bytesOf(delta["refusal"]) +
    bytesOf(objectAt(delta, "audio")?.["transcript"]) +
    listBytes(delta["tool_calls"], callBytes) +
    (legacy === undefined ? 0 : bytesOf(legacy["name"]) + bytesOf(legacy["arguments"]))
  );
};

export class ChatMeter implements Meter {
  readonly #target: Target;
  #report: UsageReading = NO_REPORT;
  #outputBytes = 0;
  #images = 0;
  #finish: Finish | undefined;
  /** Choices seen: each may use the whole of the model's output. */
  #choices = 1;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(body: Json): void {
    this.#read(body, "message");
  }

  event(_event: SseEvent, body: Json): void {
    this.#read(body, "delta");
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
      ...(this.#images === 0 ? {} : { images: this.#images }),
      finish: this.#finish,
    };
  }

  #read(body: Json, name: "message" | "delta"): void {
    if (!isObject(body)) return;
    for (const choice of listOf(body["choices"])) this.#choice(choice, name);
    const usage = usageIn(body);
    if (isReport(usage))
      this.#report = cumulated(this.#report, readUsage(usage, boundsOf(this.#target, this.#choices)));
  }

  #choice(choice: Json, name: "message" | "delta"): void {
    if (!isObject(choice)) return;
    const { index, finish_reason: finish } = choice;
    if (typeof index === "number" && index >= this.#choices && index < 128) this.#choices = index + 1;
    const said = objectAt(choice, name);
    // A choice without a message is a legacy completion's. Some servers repeat a message's text beside it.
    if (said === undefined) this.#outputBytes += bytesOf(choice["text"]);
    else {
      this.#outputBytes += outputBytes(said);
      this.#images += imagesIn(said);
    }
    this.#finish = readFinish(finish, false) ?? this.#finish;
  }
}
