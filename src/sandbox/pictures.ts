/** Images of the sandbox in OpenAI's dialect: a small picture that is a function of the prompt, as JSON or drawn step by step. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import type { FormParts } from "../protocols/form.ts";
import { DRAWN_TOKENS, tokensOf } from "./count.ts";
import { events, json, told, type Made, type Telling, type Work } from "./operation.ts";
import { drawPng } from "./png.ts";
import { invalid } from "./refusal.ts";
import { bytesOf, countOf, listOf, objectOf, textOf } from "./value.ts";

const SOURCE_TOKENS = 85;
const MOST_IMAGES = 10;
/** The sides of a picture, of those that were asked for: small ones do. */
const SHRINK = 16;

/** Parameters and the images that came along, from either kind of body. */
export interface PictureForm {
  readonly value: (name: string) => string | undefined;
  readonly images: number;
}

export const fromJson = (body: JsonObject): PictureForm => ({
  value: (name) => {
    const value: Json | undefined = body[name];
    return value === undefined || value === null ? undefined : (textOf(value) ?? JSON.stringify(value));
  },
  images: listOf(body["images"]).filter((image) => objectOf(image) !== null).length,
});

export const fromForm = (form: FormParts): PictureForm => ({
  value: (name) => form.fields.findLast(([field]) => field === name)?.[1],
  images: form.files.filter(({ field }) => field !== "mask").length,
});

const sidesOf = (size: string): { readonly width: number; readonly height: number } => {
  const [width = Number.NaN, height = Number.NaN] = size.split("x").map(Number);
  return Number.isInteger(width) && Number.isInteger(height) ? { width, height } : { width: 1_024, height: 1_024 };
};

const usageOf = (text: number, images: number, drawn: number, telling: Telling): JsonObject => {
  if (telling === "none") return {};
  const [input, output] = [told(text + images, telling), told(drawn, telling)];
  return {
    usage: {
      total_tokens: input + output,
      input_tokens: input,
      output_tokens: output,
      input_tokens_details: { text_tokens: told(text, telling), image_tokens: told(images, telling) },
      output_tokens_details: { image_tokens: output, text_tokens: 0 },
    },
  };
};

/** @param edits whether images are edited: what its events are called @throws Refusal */
export const readPictures = (form: PictureForm, edits: boolean): Work => {
  const prompt = form.value("prompt") ?? "";
  if (prompt === "") throw invalid("Missing required parameter: 'prompt'.", "prompt");
  // Said by OpenAI's newer models in these words.
  if (form.value("response_format") !== undefined)
    throw invalid("Unknown parameter: 'response_format'.", "response_format");
  if (edits && form.images === 0) throw invalid("Missing required parameter: 'image'.", "image");
  const n = countOf(Number(form.value("n") ?? "1")) ?? 0;
  if (n < 1 || n > MOST_IMAGES) throw invalid(`'n' must be between 1 and ${MOST_IMAGES}.`, "n");
  const size = form.value("size") ?? "auto";
  const quality = form.value("quality") ?? "auto";
  const { width, height } = sidesOf(size);
  const draw = (text: string): string =>
    drawPng({ text, width: width / SHRINK, height: height / SHRINK }).toString("base64");
  const about = { size, quality: quality === "auto" ? "medium" : quality, background: "opaque", output_format: "png" };
  const counts = { text: tokensOf(bytesOf(prompt)), images: form.images * SOURCE_TOKENS };
  const created = Math.floor(Date.now() / 1_000);
  const make = (telling: Telling): Made => {
    if (form.value("stream") !== "true") {
      const data = Array.from({ length: n }, (_, i) => ({ b64_json: draw(i === 0 ? prompt : `${prompt} ${i}`) }));
      return json({ created, data, ...about, ...usageOf(counts.text, counts.images, DRAWN_TOKENS * n, telling) });
    }
    const name = edits ? "image_edit" : "image_generation";
    const partials = countOf(Number(form.value("partial_images") ?? "0")) ?? 0;
    const drafts = Array.from({ length: partials }, (_, i) => ({
      type: `${name}.partial_image`,
      partial_image_index: i,
      b64_json: draw(`draft ${i} of ${prompt}`),
      created_at: created,
      ...about,
    }));
    const drawn = DRAWN_TOKENS + partials * 100;
    const usage = usageOf(counts.text, counts.images, drawn, telling);
    return events([
      ...drafts,
      { type: `${name}.completed`, b64_json: draw(prompt), created_at: created, ...about, ...usage },
    ]);
  };
  return { model: form.value("model") ?? "", make };
};
