/** Reads a Chat Completions request, refusing what the provider would refuse. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { table } from "../table.ts";
import {
  inlineItem,
  namedItem,
  type Ask,
  type Item,
  type Part,
  type Tool,
  type ToolChoice,
  type Ttl,
  type Turn,
} from "./ask.ts";
import { invalid } from "./refusal.ts";
import { countOf, objectOf, objectsOf, textOf } from "./value.ts";

const MAX_CHOICES = 16;
const MAX_STOPS = 4;
const ROLES = table<Turn["role"]>({
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "user",
});
const NO_THINKING = new Set(["none", "minimal"]);
const ANY_OBJECT = { type: "object", required: ["text"], properties: { text: { type: "string" } } };

const ttlOf = (mark: JsonObject | null): Ttl | undefined => {
  if (mark === null || mark["type"] !== "ephemeral") return undefined;
  return mark["ttl"] === "1h" ? "1h" : "5m";
};

const cached = (holder: JsonObject): { cache?: Ttl } => {
  const cache = ttlOf(objectOf(holder["cache_control"]));
  return cache === undefined ? {} : { cache };
};

/** A `data:` URL's media type and base64, or null for any other address. */
const dataUrl = (url: string): { mediaType: string; base64: string } | null => {
  if (!url.startsWith("data:")) return null;
  const comma = url.indexOf(",");
  const [mediaType, ...marks] = url.slice("data:".length, Math.max(comma, 0)).split(";");
  if (comma < 0 || !marks.includes("base64")) return null;
  return { mediaType: mediaType || "text/plain", base64: url.slice(comma + 1) };
};

const addressed = (kind: Item["kind"], url: string): Item => {
  const inline = dataUrl(url);
  return inline === null ? namedItem(kind, url) : inlineItem(kind, inline.mediaType, inline.base64);
};

const itemOf = (part: JsonObject): Item | null => {
  const image = objectOf(part["image_url"]);
  const audio = objectOf(part["input_audio"]);
  const file = objectOf(part["file"]);
  if (image !== null) return addressed("image", textOf(image["url"]) ?? "");
  if (audio !== null)
    return inlineItem("audio", `audio/${textOf(audio["format"]) ?? "unknown"}`, textOf(audio["data"]) ?? "");
  if (file === null) return null;
  return addressed("document", textOf(file["file_data"]) ?? textOf(file["file_id"]) ?? "");
};

const partOf = (part: JsonObject): Part => {
  const text = textOf(part["text"]) ?? textOf(part["refusal"]);
  if (text !== null) return { kind: "text", text, ...cached(part) };
  const item = itemOf(part);
  return item === null
    ? { kind: "other", text: JSON.stringify(part), ...cached(part) }
    : { kind: "item", item, ...cached(part) };
};

const contentOf = (content: Json | undefined): readonly Part[] => {
  const text = textOf(content);
  if (text !== null) return text === "" ? [] : [{ kind: "text", text }];
  return objectsOf(content).map(partOf);
};

const callsOf = (message: JsonObject): readonly (Part & { kind: "call" })[] =>
  objectsOf(message["tool_calls"]).map((call) => {
    const asked = objectOf(call["function"]) ?? {};
    return {
      kind: "call",
      id: textOf(call["id"]) ?? "",
      name: textOf(asked["name"]) ?? "",
      args: textOf(asked["arguments"]) ?? "",
    };
  });

const thoughtOf = (message: JsonObject): readonly Part[] => {
  const text = textOf(message["reasoning_content"]);
  return text === null || text === "" ? [] : [{ kind: "thinking", text, signature: null }];
};

const resultOf = (message: JsonObject): Part => {
  const parts = contentOf(message["content"]);
  return {
    kind: "result",
    id: textOf(message["tool_call_id"]) ?? "",
    text: parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n"),
    items: parts.flatMap((part) => (part.kind === "item" ? [part.item] : [])),
    ...cached(message),
  };
};

const turnOf = (message: JsonObject, index: number): Turn => {
  const role = textOf(message["role"]) ?? "";
  const speaker = ROLES[role];
  if (speaker === undefined)
    throw invalid(
      `Invalid value: '${role}'. Supported values are: 'system', 'developer', 'assistant', 'user' and 'tool'.`,
      `messages[${index}].role`,
    );
  if (role === "tool") return { role: "user", parts: [resultOf(message)] };
  const content = contentOf(message["content"]);
  if (role !== "assistant") return { role: speaker, parts: content };
  return { role, parts: [...thoughtOf(message), ...content, ...callsOf(message)] };
};

/** Every call must be answered right after the message that made it, and every answer must belong to a call. */
const checkCalls = (messages: readonly JsonObject[]): void => {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message["role"] === "tool") {
      if (!open.delete(textOf(message["tool_call_id"]) ?? ""))
        throw invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
          `messages[${index}].role`,
        );
      continue;
    }
    if (open.size > 0) break;
    open = new Set(callsOf(message).map((call) => call.id));
  }
  if (open.size > 0)
    throw invalid(
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
        `These tool_call_ids did not have response messages: ${[...open].join(", ")}`,
      "messages",
    );
};

const toolOf = (tool: JsonObject): readonly Tool[] => {
  const offered = objectOf(tool["function"]);
  const name = textOf(offered?.["name"]);
  if (offered === null || name === null) return [];
  return [{ name, schema: offered["parameters"] ?? {}, definition: JSON.stringify(offered), ...cached(tool) }];
};

const choiceOf = (choice: Json | undefined): ToolChoice => {
  if (choice === "none") return { kind: "none" };
  if (choice === "required") return { kind: "any" };
  const name = textOf(objectOf(objectOf(choice)?.["function"])?.["name"]);
  return name === null ? { kind: "auto" } : { kind: "named", name };
};

const shapeOf = (format: JsonObject | null): Json | null => {
  if (format?.["type"] === "json_object") return ANY_OBJECT;
  if (format?.["type"] !== "json_schema") return null;
  return objectOf(format["json_schema"])?.["schema"] ?? {};
};

const stopsOf = (stop: Json | undefined): readonly string[] => {
  const list = typeof stop === "string" ? [stop] : Array.isArray(stop) ? (stop as readonly Json[]) : [];
  if (list.length > MAX_STOPS)
    throw invalid(`Invalid 'stop': array too long. Expected an array with maximum length ${MAX_STOPS}.`, "stop");
  return list.flatMap((element) => textOf(element) ?? []);
};

const capOf = (body: JsonObject): number | null => {
  for (const name of ["max_completion_tokens", "max_tokens"]) {
    const given = body[name];
    if (given === undefined || given === null) continue;
    const cap = countOf(given);
    if (cap === null || cap < 1) throw invalid(`Invalid '${name}': expected a positive integer.`, name);
    return cap;
  }
  return null;
};

/** @throws Refusal */
export const readChat = (body: JsonObject): Ask => {
  const model = textOf(body["model"]);
  if (model === null) throw invalid("you must provide a model parameter");
  const messages = objectsOf(body["messages"]);
  if (messages.length === 0)
    throw invalid("Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages");
  const choices = countOf(body["n"] ?? 1) ?? 0;
  if (choices < 1 || choices > MAX_CHOICES)
    throw invalid(`Invalid 'n': expected an integer between 1 and ${MAX_CHOICES}.`, "n");
  const turns = messages.map(turnOf);
  checkCalls(messages);
  const effort = textOf(body["reasoning_effort"]);
  return {
    model,
    stream: body["stream"] === true,
    includeUsage: objectOf(body["stream_options"])?.["include_usage"] === true,
    maxTokens: capOf(body),
    stops: stopsOf(body["stop"]),
    choices,
    tools: objectsOf(body["tools"]).flatMap(toolOf),
    toolChoice: choiceOf(body["tool_choice"]),
    parallel: body["parallel_tool_calls"] !== false,
    schema: shapeOf(objectOf(body["response_format"])),
    thinking: effort === null ? "unset" : NO_THINKING.has(effort) ? "off" : "shown",
    turns,
  };
};
