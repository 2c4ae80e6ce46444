/** Content parts of Chat Completions messages, to and from canonical parts. */
import { errors } from "../../errors.ts";
import type {
  AudioPart,
  CachePoint,
  FilePart,
  ImagePart,
  Json,
  JsonObject,
  TextPart,
  ToolResultPart,
} from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { mediaOf, textFileOf, urlOf } from "../media.ts";
import { isObject, objectAt, textOf } from "../value.ts";

/** A part that a user's message or a tool's result may hold. */
export type ContentPart = TextPart | ImagePart | FilePart | AudioPart;

/** A text as JSON can carry it everywhere: broken surrogates become U+FFFD (D80). */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

/** The cache breakpoint on a part, message or tool: Anthropic's words, which chat clients send as well. */
export const cacheOf = (object: JsonObject): CachePoint | undefined => {
  const control = objectAt(object, "cache_control");
  if (control?.["type"] !== "ephemeral") return undefined;
  return { ttl: control["ttl"] === "1h" ? "1h" : "5m" };
};

const withCache = (part: JsonObject): { cache?: CachePoint } => {
  const cache = cacheOf(part);
  return cache === undefined ? {} : { cache };
};

const DETAILS = ["low", "high", "auto"] as const;

/** An image part; undefined when it names none. */
export const readImage = (part: JsonObject): ImagePart | undefined => {
  const image = part["image_url"];
  const url = isObject(image) ? textOf(image["url"]) : textOf(image);
  if (url === "") return undefined;
  const detail = isObject(image) ? DETAILS.find((known) => known === image["detail"]) : undefined;
  return { type: "image", media: mediaOf(url), ...(detail === undefined ? {} : { detail }), ...withCache(part) };
};

const fileOf = (part: JsonObject): FilePart | undefined => {
  const file = objectAt(part, "file");
  const data = textOf(file?.["file_data"]);
  if (data === "") return undefined;
  const name = textOf(file?.["filename"]);
  return { type: "file", media: mediaOf(data), ...(name === "" ? {} : { name }), ...withCache(part) };
};

const audioOf = (part: JsonObject): AudioPart | undefined => {
  const audio = objectAt(part, "input_audio");
  const data = textOf(audio?.["data"]);
  return data === "" ? undefined : { type: "audio", format: textOf(audio?.["format"]), data };
};

/** The kind of a part: its type, or what some servers take it for when it has none. */
const kindOf = (part: JsonObject): string => {
  const type = textOf(part["type"]);
  if (type !== "") return type;
  return ["text", "image_url", "input_audio", "file"].find((name) => isObject(part[name]) || part[name]) ?? "";
};

const readPart = (part: JsonObject): ContentPart | undefined => {
  switch (kindOf(part)) {
    case "text":
    case "input_text":
      return { type: "text", text: wellFormed(textOf(part["text"])), ...withCache(part) };
    case "image_url":
      return readImage(part);
    case "file":
      return fileOf(part);
    case "input_audio":
      return audioOf(part);
    default:
      return undefined;
  }
};

/**
 * The content of a message: a text, or a list of parts. Parts without a canonical form are named.
 * @throws GatewayError invalid_value when it is neither
 */
export const readContent = (content: Json | undefined, path: string, dropped: Dropped): ContentPart[] => {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ type: "text", text: wellFormed(content) }];
  if (!Array.isArray(content)) throw errors.invalidValue(path, "must be a string or an array of parts");
  const parts: ContentPart[] = [];
  for (const [j, part] of (content as readonly Json[]).entries()) {
    if (typeof part === "string") {
      parts.push({ type: "text", text: wellFormed(part) });
      continue;
    }
    if (!isObject(part)) throw errors.invalidValue(`${path}[${j}]`, "must be an object");
    const read = readPart(part);
    if (read === undefined) dropped.add(`${path}[${j}]`, textOf(part["type"]));
    else parts.push(read);
  }
  return parts;
};

/** Marks the result of a tool that failed, for which Chat Completions has no member. */
export const ERROR_MARK = "[tool error]\n";

/** A tool's result from what a `tool` message holds. */
export const readResult = (callId: string, parts: readonly ContentPart[], message: JsonObject): ToolResultPart => {
  const kept = parts.filter((part) => part.type !== "audio");
  const [first, ...rest] = kept;
  const marked = first?.type === "text" && first.text.startsWith(ERROR_MARK);
  const shown = marked ? [{ ...first, text: first.text.slice(ERROR_MARK.length) }, ...rest] : kept;
  return {
    type: "tool_result",
    callId,
    parts: shown,
    ...(marked || message["is_error"] === true ? { isError: true as const } : {}),
    ...withCache(message),
  };
};

/** A canonical part for a user's message. A file of text is sent as text: few providers take it as a file. */
export const writePart = (part: ContentPart, dropped: Dropped): JsonObject | undefined => {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image": {
      const detail = part.detail === undefined ? {} : { detail: part.detail };
      return { type: "image_url", image_url: { url: urlOf(part.media), ...detail } };
    }
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } };
    case "file": {
      const text = textFileOf(part.media);
      if (text !== undefined) return { type: "text", text };
      if (part.media.kind === "url") {
        dropped.add("document.source", "url");
        return undefined;
      }
      return { type: "file", file: { filename: part.name ?? "document.pdf", file_data: urlOf(part.media) } };
    }
  }
};

/** Where the media of a tool's result went: `tool` messages hold text alone. */
const ELSEWHERE = "(see the attached content)";

/** The text of a tool's result, and the parts of it that must follow in a user's message. */
export const writeResult = (
  result: ToolResultPart,
): { readonly text: string; readonly media: readonly ContentPart[] } => {
  const texts: string[] = [];
  const media: ContentPart[] = [];
  for (const part of result.parts) {
    const text = part.type === "text" ? part.text : part.type === "file" ? textFileOf(part.media) : undefined;
    if (text === undefined) media.push(part);
    else texts.push(text);
  }
  const text = texts.join("\n") || (media.length > 0 ? ELSEWHERE : "");
  return { text: result.isError ? ERROR_MARK + text : text, media };
};
