/** A provider's reply to a request for embeddings, and a client's reply made of such: vectors are carried as their own bytes. */
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { extrasOf } from "../extras.ts";
import { Counts, INCREDIBLE, NO_REPORT, type UsageReading } from "../meter.ts";
import type { ReplyContext, Settled, UpstreamFault } from "../protocol.ts";
import { UpstreamBroken } from "../protocol.ts";
import { isObject } from "../value.ts";
import type { Embeddings, Encoding } from "./ask.ts";
import { VectorScan, type Range } from "./scan.ts";

/** Largest member of a reply that is parsed by itself. */
const MAX_MEMBER = 64 * 1024;
/** How far above the bytes of a prompt a count of its tokens is believed: special tokens, and hosts that pad (I-24). */
const OVER = 2;
const SLACK = 4_096;

/** What a provider's reply holds. */
export interface Vectors {
  readonly body: Buffer;
  /** The text of each vector, in order: a JSON list, or a JSON string of base64. */
  readonly texts: readonly Buffer[];
  readonly members: ReadonlyMap<string, Range>;
  readonly usage: UsageReading;
}

/** A small member as JSON; undefined where it is absent, large or no JSON. */
export const memberOf = (body: Buffer, range: Range | undefined): Json | undefined => {
  if (range === undefined || range.end - range.start > MAX_MEMBER) return undefined;
  try {
    return JSON.parse(body.toString("utf8", range.start, range.end)) as Json;
  } catch {
    return undefined;
  }
};

/** Tokens of the prompt, under the names that providers use. @param bytes of what was embedded */
const usageOf = (reported: Json | undefined, bytes: number): UsageReading => {
  if (!isObject(reported)) return NO_REPORT;
  const counts = new Counts();
  const input = counts.first(reported, "prompt_tokens", "promptTokenCount", "total_tokens", "totalTokenCount");
  if (counts.invalid) return INCREDIBLE;
  if (input === undefined) return NO_REPORT;
  return input > bytes * OVER + SLACK ? INCREDIBLE : { usage: { input }, invalid: false };
};

type ErrorIn = (body: Json) => UpstreamFault | undefined;

/** The base64 of a JSON list of numbers, as 32-bit floats, little-endian; a JSON string. */
const toBase64 = (text: Buffer): Buffer => {
  const floats = Float32Array.from(JSON.parse(text.toString("latin1")) as number[]);
  return Buffer.from(`"${Buffer.from(floats.buffer).toString("base64")}"`);
};

/** Reads one reply, piece by piece. */
export class VectorReader {
  readonly #asked: Pick<Embeddings, "bytes">;
  readonly #errorIn: ErrorIn;
  readonly #converted: Buffer[] = [];
  readonly #converts: boolean;
  readonly #scan: VectorScan;
  #fault: unknown;
  #seen = 0;

  /** @param encoding how the vectors shall be encoded, where the provider does otherwise; undefined: as they come */
  constructor(asked: Pick<Embeddings, "bytes">, errorIn: ErrorIn, encoding?: Encoding) {
    this.#asked = asked;
    this.#errorIn = errorIn;
    this.#converts = encoding === "base64";
    this.#scan = new VectorScan(this.#converts ? (text) => this.#convert(text) : undefined);
  }

  watch(chunk: Buffer): void {
    this.#seen += chunk.length;
    this.#scan.push(chunk);
  }

  #convert(text: Buffer): void {
    try {
      this.#converted.push(toBase64(text));
    } catch (error) {
      this.#fault ??= error;
    }
  }

  /** @param count vectors that were asked for @throws UpstreamBroken */
  end(body: Buffer, count: number): Vectors {
    if (this.#seen === 0) this.#scan.push(body);
    const { members, vectors, complete } = this.#scan;
    if (!complete || this.#fault !== undefined) throw brokenReply("embeddings: not a JSON object");
    if (vectors.length !== count) throw this.#wrong(body, vectors.length, count);
    const usage = usageOf(memberOf(body, members.get("usage") ?? members.get("usageMetadata")), this.#asked.bytes);
    const texts = this.#converts ? this.#converted : vectors.map(({ start, end }) => body.subarray(start, end));
    return { body, texts, members, usage };
  }

  /** A reply that has other vectors than were asked for: an error within a 200, or none of ours. */
  #wrong(body: Buffer, found: number, count: number): UpstreamBroken {
    const fault = body.length <= MAX_MEMBER ? this.#errorIn(JSON.parse(body.toString("utf8")) as Json) : undefined;
    return fault === undefined
      ? brokenReply(`embeddings: ${found} vectors for ${count} inputs`)
      : new UpstreamBroken(fault, "embeddings: an error within a 200");
  }
}

const joined = (parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

/** OpenAI's usage object. */
export const openaiUsage = (settled: Settled): JsonObject => {
  const input = settled.usage.input ?? 0;
  return { prompt_tokens: input, total_tokens: input, ...extrasOf(settled) };
};

/** A reply in OpenAI's dialect. */
export const writeOpenai = (texts: readonly Buffer[], settled: Settled, { model }: ReplyContext): Buffer =>
  joined([
    '{"object":"list","data":[',
    ...texts.flatMap((text, i) => [`${i === 0 ? "" : ","}{"object":"embedding","index":${i},"embedding":`, text, "}"]),
    `],"model":${JSON.stringify(model)},"usage":${JSON.stringify(openaiUsage(settled))}}`,
  ]);

/** A reply in Gemini's dialect. @param batch whether it answers a batch */
export const writeGemini = (texts: readonly Buffer[], settled: Settled, batch: boolean): Buffer => {
  const usage = JSON.stringify({ promptTokenCount: settled.usage.input ?? 0, ...extrasOf(settled) });
  const lists = texts.flatMap((text, i) => [`${i === 0 ? "" : ","}{"values":`, text, "}"]);
  const named = batch ? ['"embeddings":[', ...lists, "]"] : ['"embedding":', ...lists];
  return joined(["{", ...named, `,"usageMetadata":${usage}}`]);
};
