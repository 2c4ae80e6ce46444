/** Embeddings of the sandbox: the same text always has the same vector, of length one, in as many dimensions as are asked for. Pure. */
import { createHash } from "node:crypto";

import type { Json, JsonObject } from "../protocols/canonical.ts";
import { tokensOf } from "./count.ts";
import { json, told, type Made, type Telling, type Work } from "./operation.ts";
import { invalid } from "./refusal.ts";
import { bytesOf, countOf, listOf, objectOf, textOf } from "./value.ts";

const DIMENSIONS = 16;
const MOST_DIMENSIONS = 4_096;
const MOST_INPUTS = 2_048;
const MOST_GEMINI_INPUTS = 100;
/** Numbers that one digest gives. */
const PER_DIGEST = 16;

/** The vector of a text: 16-bit numbers of its digests, then scaled to length one. */
export const vectorOf = (text: string, dimensions: number): Float32Array => {
  const raw: number[] = [];
  for (let block = 0; raw.length < dimensions; block++) {
    const digest = createHash("sha256").update(`${block}:${text}`).digest();
    for (let i = 0; i < PER_DIGEST; i++) raw.push(digest.readInt16LE(i * 2) / 32_768);
  }
  const kept = raw.slice(0, dimensions);
  const length = Math.hypot(...kept) || 1;
  return Float32Array.from(kept, (value) => value / length);
};

const sizeOf = (asked: Json | undefined, name: string): number => {
  if (asked === undefined || asked === null) return DIMENSIONS;
  const size = countOf(asked);
  if (size === null || size < 1 || size > MOST_DIMENSIONS)
    throw invalid(`'${name}' must be between 1 and ${MOST_DIMENSIONS}.`, name);
  return size;
};

const inputsOf = (input: Json | undefined): readonly string[] => {
  const text = textOf(input);
  if (text !== null) return [text];
  const items = listOf(input);
  if (items.length === 0) throw invalid("'input' is required.", "input");
  if (typeof items[0] === "number") return [JSON.stringify(items)];
  if (items.length > MOST_INPUTS) throw invalid(`'input' has more than ${MOST_INPUTS} items.`, "input");
  return items.map((item) => textOf(item) ?? JSON.stringify(item));
};

/** Decimals as a 32-bit float needs them: short, and the same number when they are read. */
const decimals = (vector: Float32Array): number[] => Array.from(vector, (value) => Number(value.toPrecision(9)));

/** A request in OpenAI's dialect. @throws Refusal */
export const readEmbeddings = (body: JsonObject): Work => {
  const inputs = inputsOf(body["input"]);
  const dimensions = sizeOf(body["dimensions"], "dimensions");
  const isBase64 = body["encoding_format"] === "base64";
  const model = textOf(body["model"]) ?? "";
  const tokens = inputs.reduce((sum, text) => sum + tokensOf(bytesOf(text)), 0);
  const make = (telling: Telling): Made => {
    const count = told(tokens, telling);
    const data = inputs.map((text, index) => {
      const vector = vectorOf(text, dimensions);
      const embedding = isBase64 ? Buffer.from(vector.buffer).toString("base64") : decimals(vector);
      return { object: "embedding", index, embedding };
    });
    const usage = telling === "none" ? {} : { usage: { prompt_tokens: count, total_tokens: count } };
    return json({ object: "list", data, model, ...usage });
  };
  return { model, make };
};

const textIn = (content: Json | undefined): string =>
  listOf(objectOf(content)?.["parts"])
    .map((part) => textOf(objectOf(part)?.["text"]) ?? "")
    .join("\n");

/** A request in Gemini's dialect. @param batch `:batchEmbedContents` @throws Refusal */
export const readEmbedContents = (body: JsonObject, model: string, batch: boolean): Work => {
  const requests = batch ? listOf(body["requests"]) : [body];
  if (requests.length === 0 || requests.length > MOST_GEMINI_INPUTS)
    throw invalid(`'requests' must have 1 to ${MOST_GEMINI_INPUTS} elements.`, "requests");
  const texts = requests.map((request) => textIn(objectOf(request)?.["content"]));
  const sizes = requests.map((request) => sizeOf(objectOf(request)?.["outputDimensionality"], "outputDimensionality"));
  const tokens = texts.reduce((sum, text) => sum + tokensOf(bytesOf(text)), 0);
  const make = (telling: Telling): Made => {
    const [first, ...others] = texts.map((text, i) => ({ values: decimals(vectorOf(text, sizes[i] ?? DIMENSIONS)) }));
    const vectors = first === undefined ? [] : [first, ...others];
    const usage = telling === "none" ? {} : { usageMetadata: { promptTokenCount: told(tokens, telling) } };
    return json({ ...(batch ? { embeddings: vectors } : { embedding: first ?? null }), ...usage });
  };
  return { model, make };
};
