/** Content parts of Responses items, to and from canonical parts. */
import { errors } from "../../errors.ts";
import type { FilePart, ImagePart, Json, JsonObject, RefusalPart, TextPart, ToolResultPart } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { mediaOf, textFileOf, urlOf } from "../media.ts";
import { isObject, textOf } from "../value.ts";

/** A part that a user's message or a tool's result may hold. */
export type ContentPart = TextPart | ImagePart | FilePart;

/** A text as JSON can carry it everywhere: broken surrogates become U+FFFD (D80). */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

const DETAILS = ["low", "high", "auto"] as const;

const imageOf = (part: JsonObject): ImagePart | undefined => {
  const image = part["image_url"];
  // Some clients keep the object that Chat Completions has here.
  const url = isObject(image) ? textOf(image["url"]) : textOf(image);
  if (url === "") return undefined;
  const detail = DETAILS.find((known) => known === part["detail"]);
  return { type: "image", media: mediaOf(url), ...(detail === undefined ? {} : { detail }) };
};

const fileOf = (part: JsonObject): FilePart | undefined => {
  const address = textOf(part["file_data"]) || textOf(part["file_url"]);
  if (address === "") return undefined;
  const name = textOf(part["filename"]);
  return { type: "file", media: mediaOf(address), ...(name === "" ? {} : { name }) };
};

const readPart = (part: JsonObject): ContentPart | RefusalPart | undefined => {
  switch (part["type"]) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: wellFormed(textOf(part["text"])) };
    case "refusal":
      return { type: "refusal", text: wellFormed(textOf(part["refusal"])) };
    case "input_image":
      return imageOf(part);
    case "input_file":
      return fileOf(part);
    default:
      return undefined;
  }
};

/**
 * The content of an item: a text, or a list of parts. Parts without a canonical form are named.
 * @throws GatewayError invalid_value when it is neither
 */
export const readContent = (
  content: Json | undefined,
  path: string,
  dropped: Dropped,
): (ContentPart | RefusalPart)[] => {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ type: "text", text: wellFormed(content) }];
  if (!Array.isArray(content)) throw errors.invalidValue(path, "must be a string or an array of parts");
  return (content as readonly Json[]).flatMap((part, j) => {
    if (typeof part === "string") return [{ type: "text", text: wellFormed(part) }];
    if (!isObject(part)) throw errors.invalidValue(`${path}[${j}]`, "must be an object");
    const read = readPart(part);
    if (read !== undefined) return [read];
    dropped.add(`${path}[${j}]`, textOf(part["type"]));
    return [];
  });
};

/** A canonical part for a user's message or a tool's result. A file of text is sent as text. */
export const writePart = (part: ContentPart): JsonObject => {
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text };
    case "image":
      return { type: "input_image", image_url: urlOf(part.media), detail: part.detail ?? "auto" };
    case "file": {
      const text = textFileOf(part.media);
      if (text !== undefined) return { type: "input_text", text };
      if (part.media.kind === "url") return { type: "input_file", file_url: part.media.url };
      return { type: "input_file", filename: part.name ?? "document.pdf", file_data: urlOf(part.media) };
    }
  }
};

/** Marks the result of a tool that failed, for which the dialect has no member. */
const ERROR_MARK = "[tool error]\n";

/** @param output of a call: a text or parts */
export const readResult = (callId: string, parts: readonly ContentPart[]): ToolResultPart => {
  const [first, ...rest] = parts;
  if (first?.type !== "text" || !first.text.startsWith(ERROR_MARK)) return { type: "tool_result", callId, parts };
  const shown = [{ ...first, text: first.text.slice(ERROR_MARK.length) }, ...rest];
  return { type: "tool_result", callId, parts: shown, isError: true };
};

/** A tool's result as an item: one text where it holds nothing else. */
export const writeResult = ({ callId, parts, isError }: ToolResultPart): JsonObject => {
  const mark = isError ? ERROR_MARK : "";
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const output =
    texts.length === parts.length
      ? mark + texts.join("\n")
      : [...(isError ? [{ type: "input_text", text: ERROR_MARK }] : []), ...parts.map(writePart)];
  return { type: "function_call_output", call_id: callId, output };
};
