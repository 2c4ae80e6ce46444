/**
 * Usage and size of Gemini replies.
 *
 * `usageMetadata` stands on every chunk and is cumulative: the last that counts anything holds. A count that is absent is zero, for
 * protocol buffers leave zeros out.
 */
import type { Usage } from "../../unit.ts";
import type { Finish, Json, JsonObject } from "../canonical.ts";
import {
  boundsOf,
  bytesOf,
  Counts,
  IMAGE_TOKENS,
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
import { camel, camelAt } from "./names.ts";
import type { Meter, Reading, Target } from "../protocol.ts";
import type { SseEvent } from "../sse.ts";

/** Modalities with a price of their own, and the numbers that stand for them where a client asked for enums as numbers. */
const MODALITIES = { IMAGE: 2, AUDIO: 4 } as const;

/** Tokens of one modality in a list of details. */
const modalityOf = (counts: Counts, details: Json | undefined, modality: keyof typeof MODALITIES): number => {
  let sum = 0;
  for (const detail of listOf(details))
    if (isObject(detail) && (detail["modality"] === modality || detail["modality"] === MODALITIES[modality]))
      sum += counts.first(detail, "tokenCount") ?? 0;
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

/** True for data in a reply that is an image. */
export const isImage = (inline: JsonObject): boolean => textOf(inline["mimeType"]).toLowerCase().startsWith("image/");

/** Why the prompt was refused, in a reply that has no candidate for it; empty when it was not. */
export const blockOf = (body: JsonObject): Json => {
  const reason = camelAt(body, "promptFeedback")?.["blockReason"];
  return reason === undefined || reason === "BLOCK_REASON_UNSPECIFIED" || reason === 0 ? "" : reason;
};

/** A report that does not tell the images' share: they are what their provider publishes for one, as far as the count reaches. */
const withImages = (usage: Usage | undefined, images: number): Usage | undefined => {
  if (usage === undefined || images === 0 || usage.image_output !== undefined) return usage;
  const drawn = new Partition(usage.output ?? 0);
  return usageOf({
    ...usage,
    input: usage.input ?? 0,
    image_output: drawn.take(images * IMAGE_TOKENS),
    output: drawn.rest,
  });
};

export class GeminiMeter implements Meter {
  readonly #target: Target;
  #report: UsageReading = NO_REPORT;
  #outputBytes = 0;
  #images = 0;
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
      usage: withImages(this.#report.usage, this.#images),
      invalid: this.#report.invalid,
      outputBytes: this.#outputBytes,
      ...(this.#images === 0 ? {} : { images: this.#images }),
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
    for (const part of listOf(objectAt(candidate, "content")?.["parts"])) if (isObject(part)) this.#part(camel(part));
    this.#finish = readFinish(candidate["finishReason"], false) ?? this.#finish;
  }

  #part(part: JsonObject): void {
    this.#outputBytes += partBytes(part);
    const inline = camelAt(part, "inlineData");
    if (inline !== undefined && part["thought"] !== true && isImage(inline)) this.#images++;
  }
}
