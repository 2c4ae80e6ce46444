/**
 * A request for a video as its customer wrote it: the flat form, with the names that services of the kind have for the same things, and
 * OpenAI's. Pure. What is not known is ignored, unless it would cost something (§9.3).
 */
import { errors } from "../errors.ts";
import { isPublicUrl } from "../protocols/address.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { isObject, listOf, objectAt, textOf } from "../protocols/value.ts";
import type { VideoAsk, VideoImage } from "../providers/video/video.ts";
import { table } from "../table.ts";
import { refuseCostly } from "./costly.ts";
import { readSize } from "./size.ts";

/** Characters of a prompt; providers cut what is longer. */
const MOST_PROMPT = 20_000;
const MOST_URL = 8_192;
const MOST_ITEMS = 32;
const MOST_MODEL = 256;
const MOST_SEED = 4_294_967_295;

/** A request, read and checked as far as no model has to be known. */
export interface VideoRequest {
  readonly model: string;
  readonly ask: VideoAsk;
  readonly webhook: string | null;
}

/** The value under the first of several names that has one, at the top or among the provider's own options. */
type Look = (...names: readonly string[]) => Json | undefined;

const lookInto =
  (body: JsonObject): Look =>
  (...names) => {
    const metadata = objectAt(body, "metadata");
    const places = [body, metadata, objectAt(metadata, "parameters"), objectAt(metadata, "input")];
    for (const place of places)
      for (const name of names) {
        const value = place?.[name];
        if (value !== undefined && value !== null && value !== "") return value;
      }
    return undefined;
  };

/** @throws GatewayError url_not_allowed, invalid_value */
const addressOf = (param: string, text: string): string => {
  if (text.startsWith("data:")) {
    if (!text.slice(0, 128).includes(";base64,")) throw errors.invalidValue(param, "must be base64 in a data: URL");
    return text;
  }
  if (text.length > MOST_URL || !URL.canParse(text))
    throw errors.invalidValue(param, "must be an http(s) or data: URL");
  if (!isPublicUrl(new URL(text))) throw errors.urlNotAllowed(param);
  return text;
};

/** An address in any of the forms in which it is written: a text, `{url}`, `{image_url: {url}}`. */
const addressIn = (param: string, value: Json): string => {
  if (typeof value === "string") return addressOf(param, value);
  if (!isObject(value)) throw errors.invalidValue(param, "must be a URL");
  for (const name of ["url", "image_url", "video_url", "audio_url"]) {
    const inner = value[name];
    if (inner !== undefined && inner !== null) return addressIn(param, inner);
  }
  throw errors.invalidValue(param, "must be a URL; ids of files are not kept here");
};

const addressesIn = (param: string, value: Json | undefined): string[] => {
  if (value === undefined) return [];
  const items = Array.isArray(value) ? listOf(value) : [value];
  if (items.length > MOST_ITEMS) throw errors.invalidValue(param, `must be at most ${MOST_ITEMS}`);
  return items.map((item) => addressIn(param, item));
};

interface Content {
  readonly prompt: string;
  readonly images: readonly VideoImage[];
  readonly videos: readonly string[];
  readonly audios: readonly string[];
}

const ROLES = table<VideoImage["role"]>({
  first_frame: "first_frame",
  last_frame: "last_frame",
  reference_image: "reference",
});

/** Images that have names of their own, and those of which only their number tells what they are. */
const imagesOf = (look: Look, isReference: boolean): VideoImage[] => {
  const as = (role: VideoImage["role"], ...names: readonly string[]): VideoImage[] =>
    names.flatMap((name) => addressesIn(name, look(name)).map((url) => ({ role, url })));
  const unnamed = ["image", "images", "input_reference"].flatMap((name) => addressesIn(name, look(name)));
  const usual = isReference || unnamed.length > 1 ? "reference" : "first_frame";
  return [
    ...as("first_frame", "first_frame"),
    ...unnamed.map((url): VideoImage => ({ role: usual, url })),
    ...as("last_frame", "last_frame"),
    ...as("reference", "reference_images", "input_references"),
    ...listOf(look("frame_images")).map((item): VideoImage => {
      const role = isObject(item) ? ROLES[textOf(item["frame_type"])] : undefined;
      return { role: role ?? "first_frame", url: addressIn("frame_images", item) };
    }),
  ];
};

/** Ark's own list of parts, for those who come from there. */
const contentOf = (parts: readonly Json[]): Content => {
  const found = { prompt: "", images: [] as VideoImage[], videos: [] as string[], audios: [] as string[] };
  const images = parts.filter((part) => isObject(part) && part["type"] === "image_url").length;
  for (const part of parts.slice(0, MOST_ITEMS)) {
    if (!isObject(part)) throw errors.invalidValue("content", "must be a list of objects");
    const role = ROLES[textOf(part["role"])] ?? (images > 1 ? "reference" : "first_frame");
    switch (part["type"]) {
      case "text":
        found.prompt += textOf(part["text"]);
        break;
      case "image_url":
        found.images.push({ role, url: addressIn("content", part) });
        break;
      case "video_url":
        found.videos.push(addressIn("content", part));
        break;
      case "audio_url":
        found.audios.push(addressIn("content", part));
        break;
      default:
        throw errors.invalidValue("content", "must hold text, image_url, video_url and audio_url");
    }
  }
  return found;
};

/** A whole number, also as text, as forms have it. */
const wholeIn = (param: string, value: Json | undefined, least: number, most: number): number | undefined => {
  if (value === undefined) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
  throw errors.invalidValue(param, `must be a whole number between ${least} and ${most}`);
};

const booleanIn = (param: string, value: Json | undefined): boolean | undefined => {
  if (value === undefined || typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw errors.invalidValue(param, "must be true or false");
};

const textIn = (param: string, value: Json | undefined, most: number): string | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.length <= most) return value;
  throw errors.invalidValue(param, `must be a text of at most ${most} characters`);
};

const MOST_SECONDS = 600;
const MOST_WORD = 32;

/** Reads a request. @throws GatewayError invalid_value, url_not_allowed */
export const readVideo = (body: JsonObject): VideoRequest => {
  refuseCostly(body);
  const look = lookInto(body);
  const model = textIn("model", body["model"], MOST_MODEL) ?? "";
  if (model === "") throw errors.invalidValue("model", "is required");
  const videos = [...addressesIn("videos", look("videos")), ...addressesIn("video", look("video"))];
  const audios = [...addressesIn("audios", look("audios")), ...addressesIn("audio", audioOf(look))];
  const parts = contentOf(listOf(look("content")));
  const size = readSize(textIn("size", look("size"), MOST_WORD));
  const resolution = textIn("resolution", look("resolution"), MOST_WORD)?.toLowerCase() ?? size.resolution;
  const ratio = textIn("ratio", look("ratio", "aspect_ratio", "aspectRatio"), MOST_WORD) ?? size.ratio;
  const seconds = wholeIn("duration", look("duration", "seconds", "durationSeconds"), -1, MOST_SECONDS);
  const seed = wholeIn("seed", look("seed"), -1, MOST_SEED);
  const negativePrompt = textIn("negative_prompt", look("negative_prompt", "negativePrompt"), MOST_PROMPT);
  const audio = booleanIn("generate_audio", look("generate_audio", "generateAudio"));
  const watermark = booleanIn("watermark", look("watermark"));
  const webhook = textIn("callback_url", body["callback_url"] ?? undefined, MOST_URL);
  return {
    model,
    webhook: webhook === undefined ? null : webhookOf(webhook),
    ask: {
      prompt: textIn("prompt", look("prompt"), MOST_PROMPT) ?? parts.prompt,
      images: [...imagesOf(look, videos.length + audios.length > 0), ...parts.images],
      videos: [...videos, ...parts.videos],
      audios: [...audios, ...parts.audios],
      ...(resolution === undefined ? {} : { resolution }),
      ...(ratio === undefined ? {} : { ratio }),
      ...(seconds === undefined ? {} : { seconds }),
      ...(audio === undefined ? {} : { audio }),
      ...(watermark === undefined ? {} : { watermark }),
      // -1 is how some say that any will do.
      ...(seed === undefined || seed < 0 ? {} : { seed }),
      ...(negativePrompt === undefined ? {} : { negativePrompt }),
    },
  };
};

/** Some mean sound of their own by `audio`, some that there shall be any. */
const audioOf = (look: Look): Json | undefined => {
  const value = look("audio");
  return typeof value === "boolean" ? undefined : value;
};

const webhookOf = (text: string): string => {
  if (!URL.canParse(text) || !isPublicUrl(new URL(text))) throw errors.urlNotAllowed("callback_url");
  return text;
};

const dataUrl = (image: JsonObject | undefined): string | undefined => {
  const [data, type] = [textOf(image?.["bytesBase64Encoded"]), textOf(image?.["mimeType"])];
  return data === "" ? undefined : `data:${type};base64,${data}`;
};

/** A call of the Gemini API's `:predictLongRunning` as the flat form. @throws GatewayError invalid_value */
export const fromPrediction = (model: string, body: JsonObject): JsonObject => {
  const [instance, ...others] = listOf(body["instances"]);
  if (!isObject(instance) || others.length > 0) throw errors.invalidValue("instances", "must be one");
  const [image, last] = [dataUrl(objectAt(instance, "image")), dataUrl(objectAt(instance, "lastFrame"))];
  const references = listOf(instance["referenceImages"]).flatMap((item) =>
    isObject(item) ? (dataUrl(objectAt(item, "image")) ?? []) : [],
  );
  if (instance["video"] !== undefined) throw errors.invalidValue("instances[0].video", "is not taken by this model");
  return {
    model,
    prompt: textOf(instance["prompt"]),
    ...(image === undefined ? {} : { first_frame: image }),
    ...(last === undefined ? {} : { last_frame: last }),
    ...(references.length === 0 ? {} : { reference_images: references }),
    metadata: objectAt(body, "parameters") ?? {},
  };
};
