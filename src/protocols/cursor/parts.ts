/**
 * Content in the words of Responses and Messages, put into those of Chat Completions, part by part: Cursor mixes the three dialects
 * within one body.
 */
import { table } from "../../table.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";

const withCache = (part: JsonObject): JsonObject =>
  isObject(part["cache_control"]) ? { cache_control: part["cache_control"] } : {};

/** The URL that a source of Messages stands for; empty for one that holds none. */
const urlOfSource = (source: JsonObject | undefined): string => {
  if (source?.["type"] === "url") return textOf(source["url"]);
  const data = textOf(source?.["data"]);
  return data === "" ? "" : `data:${textOf(source?.["media_type"])};base64,${data}`;
};

const textPart = (part: JsonObject): JsonObject => ({ type: "text", text: textOf(part["text"]), ...withCache(part) });

const imagePart = (url: string, part: JsonObject): JsonObject | undefined => {
  if (url === "") return undefined;
  const { detail } = part;
  const known = typeof detail === "string" ? { detail } : {};
  return { type: "image_url", image_url: { url, ...known }, ...withCache(part) };
};

const filePart = (data: string, name: string, part: JsonObject): JsonObject | undefined => {
  if (data === "") return undefined;
  return { type: "file", file: { ...(name === "" ? {} : { filename: name }), file_data: data }, ...withCache(part) };
};

const documentPart = (part: JsonObject): JsonObject | undefined => {
  const source = objectAt(part, "source");
  if (source?.["type"] === "text") return { type: "text", text: textOf(source["data"]), ...withCache(part) };
  return source?.["type"] === "base64" ? filePart(urlOfSource(source), textOf(part["title"]), part) : undefined;
};

/** A part of the other dialects as one of Chat Completions; undefined for what has no form there. */
const READERS = table<(part: JsonObject) => JsonObject | undefined>({
  input_text: textPart,
  output_text: textPart,
  input_image: (part) => {
    const { image_url: image } = part;
    return imagePart(isObject(image) ? textOf(image["url"]) : textOf(image), part);
  },
  image: (part) => imagePart(urlOfSource(objectAt(part, "source")), part),
  input_file: (part) => filePart(textOf(part["file_data"]), textOf(part["filename"]), part),
  document: documentPart,
  // Calls and results have messages of their own; where one stands in another's, nobody can tell whose it was.
  tool_use: () => undefined,
  tool_result: () => undefined,
});

/** A part as Chat Completions has it: the same one where it is one already, or of a kind that nobody knows. */
export const readPart = (part: Json, path: string, dropped: Dropped): Json | undefined => {
  if (!isObject(part)) return part;
  const type = textOf(part["type"]);
  const reader = READERS[type];
  if (reader === undefined) return part;
  const read = reader(part);
  if (read === undefined) dropped.add(path, type);
  return read;
};

/** A list of parts; the same one where nothing had to be changed. */
export const readParts = (parts: readonly Json[], path: string, dropped: Dropped): readonly Json[] => {
  const read: Json[] = [];
  for (const [j, part] of parts.entries()) {
    const one = readPart(part, `${path}[${j}]`, dropped);
    if (one !== undefined) read.push(one);
  }
  return read.length === parts.length && read.every((part, j) => part === parts[j]) ? parts : read;
};

/** The text of a part, or undefined for one that is no text. */
const textIn = (part: Json): string | undefined => {
  if (typeof part === "string") return part;
  return isObject(part) && part["type"] === "text" ? textOf(part["text"]) : undefined;
};

/** The content of a tool's result: its text, and what of it is no text and must follow in a user's message. */
export interface ReadOutput {
  readonly text: string;
  readonly media: readonly Json[];
}

/** Where the media of a result went: messages of tools hold text alone. */
const ELSEWHERE = "(see the attached content)";

/** What a tool gave back, in any of the forms: a text, parts, or an object, which is told as JSON. */
export const readOutput = (output: Json | undefined, path: string, dropped: Dropped): ReadOutput => {
  if (typeof output === "string") return { text: output, media: [] };
  if (output === undefined || output === null) return { text: "", media: [] };
  if (!Array.isArray(output)) return { text: JSON.stringify(output), media: [] };
  const texts: string[] = [];
  const media: Json[] = [];
  for (const part of readParts(listOf(output), path, dropped)) {
    const text = textIn(part);
    if (text === undefined) media.push(part);
    else texts.push(text);
  }
  return { text: texts.join("\n") || (media.length > 0 ? ELSEWHERE : ""), media };
};
