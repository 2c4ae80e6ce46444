/** The conversation of a Chat Completions request as canonical turns. */
import { errors } from "../../errors.ts";
import type {
  AssistantPart,
  DrawnPart,
  Json,
  JsonObject,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  Turn,
  UserPart,
} from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { wrapInput } from "../free-text.ts";
import { isObject, listOf, objectAt, textOf } from "../value.ts";
import { cacheOf, readContent, readImage, readResult, wellFormed, type ContentPart } from "./parts.ts";
import { readThinking, readThinkingPart } from "./reasoning.ts";

const KNOWN = {
  said: new Set(["role", "content", "cache_control"]),
  assistant: new Set(
    "role content refusal tool_calls function_call reasoning_content reasoning reasoning_details annotations parsed images cache_control".split(
      " ",
    ),
  ),
  tool: new Set(["role", "content", "tool_call_id", "name", "is_error", "cache_control"]),
} as const;

const isText = (part: ContentPart): part is TextPart => part.type === "text";

class TurnReader {
  readonly #model: string;
  readonly #dropped: Dropped;
  readonly turns: Turn[] = [];
  /** Ids of the last message's calls that no result was seen for, in order: results without an id answer them. */
  #unanswered: string[] = [];
  /** The results of one assistant turn, which are one user turn. */
  #results: UserPart[] | undefined;

  constructor(model: string, dropped: Dropped) {
    this.#model = model;
    this.#dropped = dropped;
  }

  /** @throws GatewayError invalid_value */
  read(message: Json, path: string): void {
    if (!isObject(message)) throw errors.invalidValue(path, "must be an object");
    const role = message["role"];
    if (role === "tool" || role === "function") {
      this.#dropped.unknown(message, KNOWN.tool, path);
      this.#result(message, path);
      return;
    }
    this.#results = undefined;
    switch (role) {
      case "system":
      case "developer":
        this.#dropped.unknown(message, KNOWN.said, path);
        this.turns.push({ role: "system", parts: this.#systemParts(message, path) });
        return;
      case "user":
        this.#dropped.unknown(message, KNOWN.said, path);
        this.turns.push({ role: "user", parts: this.#content(message, path) });
        return;
      case "assistant":
        this.#dropped.unknown(message, KNOWN.assistant, path);
        this.turns.push({ role: "assistant", parts: this.#assistantParts(message, path) });
        return;
      default:
        throw errors.invalidValue(`${path}.role`, "must be one of: system, developer, user, assistant, tool");
    }
  }

  /** A message's parts; a cache breakpoint on the message stands on its last part. */
  #content(message: JsonObject, path: string): ContentPart[] {
    const parts = readContent(message["content"], `${path}.content`, this.#dropped);
    const cache = cacheOf(message);
    const last = parts.at(-1);
    if (cache === undefined || last === undefined || last.type === "audio") return parts;
    return [...parts.slice(0, -1), { ...last, cache }];
  }

  #systemParts(message: JsonObject, path: string): TextPart[] {
    const parts = this.#content(message, path);
    for (const [j, part] of parts.entries()) if (!isText(part)) this.#dropped.add(`${path}.content[${j}]`, part.type);
    return parts.filter(isText);
  }

  #assistantParts(message: JsonObject, path: string): AssistantPart[] {
    const { content, refusal } = message;
    const thinking: ThinkingPart[] = readThinking(message, this.#model);
    const said: AssistantPart[] = [];
    const others: Json[] = [];
    for (const part of Array.isArray(content) ? (content as readonly Json[]) : []) {
      if (!isObject(part)) others.push(part);
      else if (part["type"] === "thinking") thinking.push({ type: "thinking", text: readThinkingPart(part).text });
      else if (part["type"] === "refusal") said.push({ type: "refusal", text: wellFormed(textOf(part["refusal"])) });
      else others.push(part);
    }
    const plain = { ...message, content: Array.isArray(content) ? others : (content ?? null) };
    said.unshift(...this.#systemParts(plain, path));
    if (typeof refusal === "string" && refusal !== "") said.push({ type: "refusal", text: wellFormed(refusal) });
    return [...thinking, ...said, ...drawn(message), ...this.#calls(message, path)];
  }

  #calls(message: JsonObject, path: string): ToolCallPart[] {
    const calls = listOf(message["tool_calls"]);
    const legacy = objectAt(message, "function_call");
    const parts = [...calls, ...(legacy === undefined ? [] : [{ function: legacy }])].flatMap((call, j) =>
      this.#call(call, `${path}.tool_calls[${j}]`),
    );
    this.#unanswered = parts.map(({ id }) => id);
    return parts;
  }

  #call(call: Json, path: string): ToolCallPart[] {
    const free = isObject(call) ? objectAt(call, "custom") : undefined;
    const of = isObject(call) ? (objectAt(call, "function") ?? free) : undefined;
    if (!isObject(call) || of === undefined) {
      this.#dropped.add(path, isObject(call) ? textOf(call["type"]) : "");
      return [];
    }
    const { arguments: args } = of;
    const name = textOf(of["name"]);
    if (name === "") throw errors.invalidValue(`${path}.function.name`, "must be a function's name");
    // An old client's call has no id; its place in the conversation is one.
    const id = textOf(call["id"]) || `call_${this.turns.length}_${name}`;
    if (of === free) return [{ type: "tool_call", id, name, input: wrapInput(wellFormed(textOf(of["input"]))) }];
    return [{ type: "tool_call", id, name, input: isObject(args) ? JSON.stringify(args) : wellFormed(textOf(args)) }];
  }

  #result(message: JsonObject, path: string): void {
    const said = textOf(message["tool_call_id"]);
    const id = said || this.#unanswered[0];
    if (id === undefined) throw errors.invalidValue(`${path}.tool_call_id`, "must be the id of a tool call");
    this.#unanswered = this.#unanswered.filter((other) => other !== id);
    const parts = readContent(message["content"], `${path}.content`, this.#dropped);
    for (const [j, part] of parts.entries())
      if (part.type === "audio") this.#dropped.add(`${path}.content[${j}]`, "input_audio");
    const result = readResult(id, parts, message);
    if (this.#results === undefined) {
      this.#results = [result];
      this.turns.push({ role: "user", parts: this.#results });
    } else this.#results.push(result);
  }
}

/** What a model drew before, in the form that we gave it. */
const drawn = (message: JsonObject): DrawnPart[] =>
  listOf(message["images"]).flatMap((part) => {
    const image = isObject(part) ? readImage(part) : undefined;
    return image === undefined ? [] : [{ type: "image" as const, media: image.media }];
  });

/** @throws GatewayError invalid_value for a message that has no meaning, by its path */
export const readTurns = (body: JsonObject, dropped: Dropped): readonly Turn[] => {
  const { messages } = body;
  if (!Array.isArray(messages)) throw errors.invalidValue("messages", "must be an array");
  const reader = new TurnReader(textOf(body["model"]), dropped);
  for (const [i, message] of (messages as readonly Json[]).entries()) reader.read(message, `messages[${i}]`);
  return reader.turns;
};
