/** Parts of Gemini contents, to and from canonical parts; and what is opaque in them. */
import { errors } from "../../errors.ts";
import { table } from "../../table.ts";
import type { FilePart, ImagePart, AudioPart, Json, JsonObject, Media, Seal, TextPart } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { textFileOf } from "../media.ts";
import { packSeal, SEAL_PREFIX, unpackSeal } from "../seal.ts";
import { isObject, textOf } from "../value.ts";
import { camelAt } from "./names.ts";

/** A part that a user's content may hold. */
export type ContentPart = TextPart | ImagePart | FilePart | AudioPart;

/** A text as JSON can carry it everywhere: broken surrogates become U+FFFD (D80). */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

/** Begins the ids of other dialects, and ours for calls that came without one: no Gemini model gave them. */
const FOREIGN_IDS = ["call_", "toolu_", "chatcmpl-", "functions.", "fc_"] as const;
const MADE_LENGTH = 24;

/** An id for a call that has none. @param seed hexadecimal digest of what the call is */
export const madeId = (seed: string): string => `call_${seed.slice(0, MADE_LENGTH)}`;

/** Whether a Gemini model gave an id: it gets back none but its own. */
export const isOwnId = (id: string): boolean => id !== "" && !FOREIGN_IDS.some((prefix) => id.startsWith(prefix));

/** What stands for a signature that was lost or never was; Google takes it for one, and it is base64 to those who look. */
export const SKIP = "skip_thought_signature_validator";

/** Begins every wrapped seal when it is written in base64, also behind the mark of a redacted one, whose length is a multiple of three. */
export const WRAPPED_SIGN = Buffer.from(SEAL_PREFIX).toString("base64").slice(0, 13);

/** Marks a seal whose thinking was redacted. */
const REDACTED = "redacted:";

/**
 * A seal as a `thoughtSignature`, which is base64 to those clients that look into it: Gemini's own as it is, any other wrapped so
 * that we know it again.
 */
export const packSignature = (seal: Seal, redacted = false): string => {
  if (seal.protocol === "gemini" && !redacted) return seal.value;
  return Buffer.from((redacted ? REDACTED : "") + packSeal(seal)).toString("base64");
};

/** The seal in a signature that a client sent back. @param model the request's: what made the signatures that are not ours */
export const unpackSignature = (
  signature: string,
  model: string,
): { readonly seal: Seal; readonly redacted: boolean } => {
  const text = Buffer.from(signature, "base64").toString("latin1");
  const redacted = text.startsWith(REDACTED);
  const seal = unpackSeal(redacted ? text.slice(REDACTED.length) : text);
  if (seal !== undefined) return { seal, redacted };
  return { seal: { protocol: "gemini", model, value: signature }, redacted: false };
};

/** The JSON text of a call's arguments as an object; what is none (cut by a limit) is shown under `raw`. */
export const argumentsOf = (text: string): JsonObject => {
  if (text.trim() === "") return {};
  try {
    const args = JSON.parse(text) as Json;
    if (args === null) return {};
    if (isObject(args)) return args;
  } catch {
    // Told by the result.
  }
  return { raw: text };
};

/** Formats of audio by their media type's second half, where the two differ. */
const AUDIO_FORMATS = table<string>({ mpeg: "mp3", "x-wav": "wav", wave: "wav" });
const AUDIO_TYPES = table<string>({ mp3: "mpeg" });

const mediaPart = (mimeType: string, media: Media): ContentPart => {
  const [kind = "", format = ""] = mimeType.toLowerCase().split("/");
  if (kind === "image") return { type: "image", media };
  if (kind === "audio" && media.kind === "base64")
    return { type: "audio", format: AUDIO_FORMATS[format] ?? format, data: media.data };
  return { type: "file", media };
};

/** Members of a part that steer how it is looked at, and mean nothing elsewhere. */
const KNOWN: ReadonlySet<string> = new Set(["text", "inlineData", "fileData", "thought", "thoughtSignature"]);

/** A part as canonical content; undefined, and a name in `dropped`, where it has no canonical form. */
export const readPart = (part: JsonObject, path: string, dropped: Dropped): ContentPart | undefined => {
  dropped.unknown(part, KNOWN, path);
  const inline = camelAt(part, "inlineData");
  if (inline !== undefined) {
    const mediaType = textOf(inline["mimeType"]);
    return mediaPart(mediaType, { kind: "base64", mediaType, data: textOf(inline["data"]) });
  }
  const file = camelAt(part, "fileData");
  if (file !== undefined) return mediaPart(textOf(file["mimeType"]), { kind: "url", url: textOf(file["fileUri"]) });
  const { text } = part;
  return typeof text === "string" ? { type: "text", text: wellFormed(text) } : undefined;
};

/** The parts of a content, which may be one part or one text. @throws GatewayError invalid_value when it is none of these */
export const partsOf = (content: JsonObject, path: string): readonly JsonObject[] => {
  const { parts } = content;
  if (parts === undefined || parts === null) return [];
  if (isObject(parts)) return [parts];
  if (!Array.isArray(parts)) throw errors.invalidValue(`${path}.parts`, "must be an array of parts");
  return (parts as readonly Json[]).map((part, j) => {
    if (typeof part === "string") return { text: part };
    if (isObject(part)) return part;
    throw errors.invalidValue(`${path}.parts[${j}]`, "must be an object");
  });
};

/** Media types of what an address names, by the end of its path: the dialect wants one. */
const TYPES_BY_END = table<string>({
  png: "image/png",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  pdf: "application/pdf",
  mp4: "video/mp4",
  mp3: "audio/mpeg",
  wav: "audio/wav",
});

const typeOf = (url: string, otherwise: string): string => {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  return TYPES_BY_END[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? otherwise;
};

const mediaMember = (media: Media, otherwise: string): JsonObject =>
  media.kind === "url"
    ? { fileData: { mimeType: typeOf(media.url, otherwise), fileUri: media.url } }
    : { inlineData: { mimeType: media.mediaType, data: media.data } };

/** An image, in a user's content or in what a model drew. */
export const imagePart = (media: Media): JsonObject => mediaMember(media, "image/jpeg");

/** A canonical part for a content; undefined for an empty text, which says nothing. */
export const writePart = (part: ContentPart): JsonObject | undefined => {
  switch (part.type) {
    case "text":
      return part.text === "" ? undefined : { text: part.text };
    case "image":
      return imagePart(part.media);
    case "audio":
      return { inlineData: { mimeType: `audio/${AUDIO_TYPES[part.format] ?? part.format}`, data: part.data } };
    case "file": {
      const text = textFileOf(part.media);
      return text === undefined ? mediaMember(part.media, "application/pdf") : { text };
    }
  }
};
