/**
 * Usage and size of Gemini replies.
 *
 * `usageMetadata` stands on every chunk and is cumulative: the last that counts anything holds. A count that is absent is zero, for
 * protocol buffers leave zeros out.
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
import { isObject, listOf, objectAt } from "../value.ts";
import { readFinish } from "./finish.ts";
import { camel, camelAt } from "./names.ts";
import type { Meter, Reading, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";

/** Tokens of one modality in a list of details. */
const modalityOf = (counts: Counts, details: Json | undefined, modality: string): number => {
  let sum = 0;
  for (const detail of listOf(details))
    if (isObject(detail) && detail["modality"] === modality) sum += counts.first(detail, "tokenCount") ?? 0;
  return sum;
};

/** A `usageMetadata` object as disjoint counts. @returns no usage where it counts no prompt at all (I-31) */
export const readUsage = (json: Json | undefined, bounds: UsageBounds = UNBOUNDED): UsageReading => {
  if (!isObject(json)) return json === undefined || json === null ? NO_REPORT : INCREDIBLE;
  const counts = new Counts();
  const said = counts.first(json, "promptTokenCount");
  const beside = counts.first(json, "toolUsePromptTokenCount") ?? 0;
  const cached = counts.first(json, "cachedContentTokenCount") ?? 0;
  const candidates = counts.first(json, "candidatesTokenCount") ?? 0;
  const thoughts = counts.first(json, "thoughtsTokenCount") ?? 0;
  const totalTokens = counts.first(json, "totalTokenCount");
  const {
    promptTokensDetails: inDetails,
    candidatesTokensDetails: outDetails,
    cacheTokensDetails: cacheDetails,
  } = json;
  const audioCached = modalityOf(counts, cacheDetails, "AUDIO");
  const audioIn = modalityOf(counts, inDetails, "AUDIO");
  const audioOut = modalityOf(counts, outDetails, "AUDIO");
  const imageOut = modalityOf(counts, outDetails, "IMAGE");
  if (counts.invalid) return INCREDIBLE;
  if (said === undefined && totalTokens === undefined) return NO_REPORT;
  const completion = candidates + thoughts;
  const prompt = (said ?? Math.max(0, (totalTokens ?? 0) - completion - beside)) + beside;
  if (prompt > bounds.prompt || completion > bounds.output) return INCREDIBLE;
  const inside = new Partition(Math.max(prompt, cached));
  const outside = new Partition(candidates);
  const audioRead = Math.min(audioCached, cached);
  return {
    usage: usageOf({
      audio_cache_read: inside.take(audioRead),
      cache_read: inside.take(cached - audioRead),
      audio_input: inside.take(Math.max(0, audioIn - audioRead)),
      // Image and video tokens of the prompt stay in `input`, whose price they have.
      input: inside.rest,
      image_output: outside.take(imageOut),
      audio_output: outside.take(audioOut),
      output: outside.rest,
      reasoning: thoughts,
    }),
    invalid: false,
  };
};

/** Bytes of everything the model wrote in a part: text, thoughts, calls, code and its output. No base64. */
export const partBytes = (part: JsonObject): number => {
  const call = objectAt(part, "functionCall");
  const args = call?.["args"];
  return (
    bytesOf(part["text"]) +
    bytesOf(call?.["name"]) +
    (isObject(args) && Object.keys(args).length > 0 ? bytesOf(JSON.stringify(args)) : 0) +
    bytesOf(objectAt(part, "executableCode")?.["code"]) +
    bytesOf(objectAt(part, "codeExecutionResult")?.["output"])
  );
};

/** Why the prompt was refused, in a reply that has no candidate for it; empty when it was not. */
export const blockOf = (body: JsonObject): Json => {
  const reason = camelAt(body, "promptFeedback")?.["blockReason"];
  return reason === undefined || reason === "BLOCK_REASON_UNSPECIFIED" || reason === 0 ? "" : reason;
};

export class GeminiMeter implements Meter {
  readonly #target: Target;
  #report: UsageReading = NO_REPORT;
  #outputBytes = 0;
  #finish: Finish | undefined;
  /** Candidates seen: each may use the whole of the model's output. */
  #candidates = 1;

  constructor(target: Target) {
    this.#target = target;
  }

  whole(body: Json): void {
    this.#read(body);
  }

  event(_event: SseEvent, body: Json): void {
    this.#read(body);
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

  #read(body: Json): void {
    if (!isObject(body)) return;
    for (const candidate of listOf(body["candidates"])) if (isObject(candidate)) this.#candidate(camel(candidate));
    if (blockOf(body) !== "") this.#finish = "filtered";
    const report = readUsage(body["usageMetadata"], boundsOf(this.#target, this.#candidates));
    if (report.usage !== undefined || report.invalid) this.#report = report;
  }

  #candidate(candidate: JsonObject): void {
    const { index } = candidate;
    if (typeof index === "number" && index >= this.#candidates && index < 128) this.#candidates = index + 1;
    for (const part of listOf(objectAt(candidate, "content")?.["parts"]))
      if (isObject(part)) this.#outputBytes += partBytes(part);
    this.#finish = readFinish(candidate["finishReason"], false) ?? this.#finish;
  }
}
