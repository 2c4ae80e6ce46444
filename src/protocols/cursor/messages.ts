/**
 * The messages of a request, put into the order and shape that every provider accepts (reference: protocols.md §5, normaliser,
 * steps 1 to 4). Each step gives back the very same value where it has nothing to change.
 */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { unwrapInput } from "../free-text.ts";
import { ERROR_MARK } from "../openai-chat/parts.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { readOutput, readPart, readParts } from "./parts.ts";
import { withoutThought } from "./thought.ts";

/** What reading messages needs to know, and tells. */
export interface MessageContext {
  /** The names of the request's tools for free text. */
  readonly custom: ReadonlySet<string>;
  readonly dropped: Dropped;
}

const without = (object: JsonObject, name: string): JsonObject => {
  const { [name]: _left, ...rest } = object;
  return rest;
};

const blockTypes = (content: Json | undefined): readonly string[] =>
  listOf(content).map((part) => (isObject(part) ? textOf(part["type"]) : ""));

/** A past call: its place in the stream is left out, and a call of a tool for free text is one again. */
const readCall = (call: Json, custom: ReadonlySet<string>): Json => {
  if (!isObject(call)) return call;
  const bare = call["index"] === undefined ? call : without(call, "index");
  const of = objectAt(bare, "function");
  if (of === undefined) return bare;
  const { name = null, arguments: args } = of;
  if (custom.has(textOf(name)))
    return { id: bare["id"] ?? null, type: "custom", custom: { name, input: unwrapInput(textOf(args)) } };
  if (typeof args === "string" && args !== "" && bare["type"] === "function") return bare;
  const text = isObject(args) ? JSON.stringify(args) : textOf(args) || "{}";
  return { ...bare, type: "function", function: { ...of, arguments: text } };
};

const sameList = (read: readonly Json[], before: readonly Json[]): boolean =>
  read.length === before.length && read.every((value, i) => value === before[i]);

/** A block `tool_use` of Messages as a call. */
const callOfBlock = (block: JsonObject): JsonObject => ({
  id: textOf(block["id"]),
  type: "function",
  function: { name: textOf(block["name"]), arguments: JSON.stringify(block["input"] ?? {}) },
});

const THOUGHT_BLOCKS: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** The content of an assistant's message without blocks of Messages, and the calls that were among them. */
const readSaid = (content: readonly Json[], path: string, dropped: Dropped): { said: Json[]; calls: JsonObject[] } => {
  const said: Json[] = [];
  const calls: JsonObject[] = [];
  for (const [j, part] of content.entries()) {
    const at = `${path}[${j}]`;
    const type = isObject(part) ? textOf(part["type"]) : "";
    if (isObject(part) && type === "tool_use") calls.push(callOfBlock(part));
    // Cursor keeps no signatures, and without one thinking is refused by who made it.
    else if (THOUGHT_BLOCKS.has(type)) dropped.add(at, type);
    else {
      const read = readPart(part, at, dropped);
      if (read !== undefined) said.push(read);
    }
  }
  return { said, calls };
};

/** What an assistant said without the thinking that we wrote before it. */
const plainSaid = (content: Json): Json => {
  if (typeof content === "string") return withoutThought(content);
  const parts = listOf(content);
  for (const [j, part] of parts.entries()) {
    const text = isObject(part) && part["type"] === "text" ? textOf(part["text"]) : "";
    const plain = withoutThought(text);
    if (!isObject(part) || (plain === text && j === 0)) return content;
    if (plain !== "" || text === "")
      return [{ ...part, ...(plain === text ? {} : { text: plain }) }, ...parts.slice(j + 1)];
  }
  return parts.length === 0 ? content : [];
};

const readAssistant = (message: JsonObject, path: string, { custom, dropped }: MessageContext): JsonObject => {
  const { content = null } = message;
  let said: Json = content;
  const calls: Json[] = [...listOf(message["tool_calls"])];
  if (Array.isArray(content)) {
    const read = readSaid(listOf(content), `${path}.content`, dropped);
    calls.push(...read.calls);
    if (!sameList(read.said, listOf(content))) said = read.said;
  }
  said = plainSaid(said);
  if (Array.isArray(said) && said.length === 0) said = null;
  const read = calls.map((call) => readCall(call, custom));
  if (said === null && read.length === 0) said = "";
  const isSame = said === message["content"] && sameList(read, listOf(message["tool_calls"]));
  const hasNone = read.length === 0 && message["tool_calls"] !== undefined;
  if (isSame && !hasNone) return message;
  return { ...without(message, "tool_calls"), content: said, ...(read.length === 0 ? {} : { tool_calls: read }) };
};

/** A block `tool_result` of Messages as a tool's message; what it held beside text goes to `media`. */
const resultOf = (block: JsonObject, path: string, dropped: Dropped, media: Json[]): JsonObject => {
  const output = readOutput(block["content"], `${path}.content`, dropped);
  media.push(...output.media);
  const text = block["is_error"] === true ? ERROR_MARK + output.text : output.text;
  return { role: "tool", tool_call_id: textOf(block["tool_use_id"]), content: text };
};

/** A user's message: results among its blocks become messages of their own, before what else it says. */
const readUser = (message: JsonObject, path: string, dropped: Dropped): readonly JsonObject[] => {
  const { content } = message;
  if (content === null) return [{ ...message, content: "" }];
  if (!Array.isArray(content)) return [message];
  const parts = listOf(content);
  const inner = `${path}.content`;
  if (!blockTypes(content).includes("tool_result")) {
    const read = readParts(parts, inner, dropped);
    return [read === parts ? message : { ...message, content: read.length === 0 ? "" : read }];
  }
  const results: JsonObject[] = [];
  const rest: Json[] = [];
  for (const [j, part] of parts.entries()) {
    const at = `${inner}[${j}]`;
    if (isObject(part) && part["type"] === "tool_result") results.push(resultOf(part, at, dropped, rest));
    else {
      const read = readPart(part, at, dropped);
      if (read !== undefined) rest.push(read);
    }
  }
  return rest.length === 0 ? results : [...results, { ...message, content: rest }];
};

/** A tool's message holds text alone, and no name. */
const readResult = (message: JsonObject, path: string, dropped: Dropped): readonly JsonObject[] => {
  const bare = message["name"] === undefined ? message : without(message, "name");
  if (typeof bare["content"] === "string") return [bare];
  const { text, media } = readOutput(bare["content"], `${path}.content`, dropped);
  const result = { ...bare, content: text };
  return media.length === 0 ? [result] : [result, { role: "user", content: media }];
};

const readSystem = (message: JsonObject, path: string, dropped: Dropped): JsonObject => {
  const { role, content = null } = message;
  // Every provider knows `system`; `developer` is a word of OpenAI's alone, which reads both alike.
  const named = role === "system" ? message : { ...message, role: "system" };
  if (content === null) return { ...named, content: "" };
  if (!Array.isArray(content)) return named;
  const parts = listOf(content);
  const read = readParts(parts, `${path}.content`, dropped);
  return read === parts ? named : { ...named, content: read };
};

/** @throws GatewayError invalid_value for a message that is none */
const readMessage = (message: Json, path: string, context: MessageContext): readonly JsonObject[] => {
  if (!isObject(message)) throw errors.invalidValue(path, "must be an object");
  const { dropped } = context;
  switch (message["role"]) {
    case "system":
    case "developer":
      return [readSystem(message, path, dropped)];
    case "user":
      return readUser(message, path, dropped);
    case "assistant":
      return [readAssistant(message, path, context)];
    case "tool":
      return readResult(message, path, dropped);
    default:
      // Whoever reads the normalised request refuses what it does not know.
      return [message];
  }
};

/** Every message in the words of Chat Completions. The same list where nothing had to be changed. */
export const readMessages = (messages: readonly Json[], context: MessageContext): readonly Json[] => {
  const read = messages.flatMap((message, i) => readMessage(message, `messages[${i}]`, context));
  return sameList(read, messages) ? messages : read;
};
