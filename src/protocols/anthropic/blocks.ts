/** Content blocks of Messages requests, to and from canonical parts. */
import { createHash } from "node:crypto";

import { errors } from "../../errors.ts";
import type {
  CachePoint,
  FilePart,
  ImagePart,
  Json,
  JsonObject,
  Media,
  TextPart,
  ToolResultPart,
} from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { fileOfText, textFileOf } from "../media.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";

/** A block that a user's turn and a tool's result may hold alike. */
export type ContentPart = TextPart | ImagePart | FilePart;

/** A text as JSON can carry it everywhere: broken surrogates become U+FFFD (D80). */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

/** The cache breakpoint on a block or tool. */
export const cacheOf = (object: JsonObject): CachePoint | undefined => {
  const control = objectAt(object, "cache_control");
  if (control?.["type"] !== "ephemeral") return undefined;
  return { ttl: control["ttl"] === "1h" ? "1h" : "5m" };
};

const withCache = (block: JsonObject): { cache?: CachePoint } => {
  const cache = cacheOf(block);
  return cache === undefined ? {} : { cache };
};

const mediaOf = (source: JsonObject): Media | undefined => {
  switch (source["type"]) {
    case "base64":
      return { kind: "base64", mediaType: textOf(source["media_type"]), data: textOf(source["data"]) };
    case "url":
      return { kind: "url", url: textOf(source["url"]) };
    case "text":
      return fileOfText(wellFormed(textOf(source["data"])));
    default:
      return undefined;
  }
};

const documentParts = (block: JsonObject, path: string, dropped: Dropped): ContentPart[] => {
  const source = objectAt(block, "source") ?? {};
  if (objectAt(block, "citations")?.["enabled"] === true) dropped.add(`${path}.citations`);
  if (textOf(block["context"]) !== "") dropped.add(`${path}.context`);
  // A document of blocks is its blocks.
  if (source["type"] === "content") return readBlocks(source["content"], `${path}.source.content`, dropped);
  const media = mediaOf(source);
  if (media === undefined) {
    dropped.add(path, "document");
    return [];
  }
  const title = textOf(block["title"]);
  return [{ type: "file", media, ...(title === "" ? {} : { name: title }), ...withCache(block) }];
};

/** A block as canonical parts; none, and a name in `dropped`, where it has no canonical form. */
export const readBlock = (block: JsonObject, path: string, dropped: Dropped): ContentPart[] => {
  switch (block["type"]) {
    case "text":
      if (listOf(block["citations"]).length > 0) dropped.add(`${path}.citations`);
      return [{ type: "text", text: wellFormed(textOf(block["text"])), ...withCache(block) }];
    case "image": {
      const media = mediaOf(objectAt(block, "source") ?? {});
      if (media !== undefined) return [{ type: "image", media, ...withCache(block) }];
      dropped.add(path, "image");
      return [];
    }
    case "document":
      return documentParts(block, path, dropped);
    default:
      dropped.add(path, textOf(block["type"]));
      return [];
  }
};

/** The blocks of a content, which may be one text. @throws GatewayError invalid_value when it is neither */
export const blocksOf = (content: Json | undefined, path: string): readonly JsonObject[] => {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw errors.invalidValue(path, "must be a string or an array of content blocks");
  return (content as readonly Json[]).map((block, j) => {
    if (isObject(block)) return block;
    if (typeof block === "string") return { type: "text", text: block };
    throw errors.invalidValue(`${path}[${j}]`, "must be a content block");
  });
};

export const readBlocks = (content: Json | undefined, path: string, dropped: Dropped): ContentPart[] =>
  blocksOf(content, path).flatMap((block, j) => readBlock(block, `${path}[${j}]`, dropped));

/** @throws GatewayError invalid_value without the id of its call */
export const readResult = (block: JsonObject, path: string, dropped: Dropped): ToolResultPart => {
  const callId = textOf(block["tool_use_id"]);
  if (callId === "") throw errors.invalidValue(`${path}.tool_use_id`, "must be the id of a tool use");
  return {
    type: "tool_result",
    callId,
    parts: readBlocks(block["content"], `${path}.content`, dropped),
    ...(block["is_error"] === true ? { isError: true as const } : {}),
    ...withCache(block),
  };
};

export const cacheControl = ({ cache }: { readonly cache?: CachePoint }): JsonObject => {
  if (cache === undefined) return {};
  return { cache_control: cache.ttl === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" } };
};

const isIdChar = (char: string): boolean =>
  (char >= "a" && char <= "z") ||
  (char >= "A" && char <= "Z") ||
  (char >= "0" && char <= "9") ||
  char === "_" ||
  char === "-";

const LONGEST_ID = 64;

/** A call's id as Anthropic takes it: letters, digits, `_` and `-`. Any other id becomes one of its own, always the same. */
export const toolId = (id: string): string => {
  const chars = Array.from(id);
  if (id !== "" && chars.length <= LONGEST_ID && chars.every(isIdChar)) return id;
  return `toolu_${createHash("sha256").update(id).digest("hex").slice(0, 24)}`;
};

const sourceOf = (media: Media): JsonObject =>
  media.kind === "url"
    ? { type: "url", url: media.url }
    : { type: "base64", media_type: media.mediaType, data: media.data };

/** A canonical part as a block; undefined for an empty text, which the dialect refuses. */
export const writeBlock = (part: ContentPart): JsonObject | undefined => {
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? undefined : { type: "text", text: part.text, ...cacheControl(part) };
    case "image":
      return { type: "image", source: sourceOf(part.media), ...cacheControl(part) };
    case "file": {
      const text = textFileOf(part.media);
      const source = text === undefined ? sourceOf(part.media) : { type: "text", media_type: "text/plain", data: text };
      return {
        type: "document",
        source,
        ...(part.name === undefined ? {} : { title: part.name }),
        ...cacheControl(part),
      };
    }
  }
};

export const writeResult = (result: ToolResultPart): JsonObject => ({
  type: "tool_result",
  tool_use_id: toolId(result.callId),
  content: result.parts.map(writeBlock).filter((block) => block !== undefined),
  ...(result.isError ? { is_error: true } : {}),
  ...cacheControl(result),
});
