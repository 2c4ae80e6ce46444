/** The items of a Responses body as Chat Completions messages (reference: protocols.md §5.2, shape B). */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { wrapInput } from "../free-text.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { readOutput } from "./parts.ts";

/** A message that grows while items are folded into it. */
interface Growing {
  readonly message: Record<string, Json>;
  readonly calls: JsonObject[];
}

/** Kinds of part that are text, in both dialects. */
const TEXTS: ReadonlySet<string> = new Set(["text", "input_text", "output_text"]);

/** Content that is text alone, as one; any other as it is: its parts are read with those of every message. */
const joined = (content: Json): Json => {
  if (!Array.isArray(content)) return content;
  const parts = listOf(content);
  const isText = (part: Json): part is JsonObject =>
    isObject(part) && TEXTS.has(textOf(part["type"])) && part["cache_control"] === undefined;
  return parts.every(isText) ? parts.map((part) => textOf(part["text"])).join("") : content;
};

class ItemReader {
  readonly #custom: ReadonlySet<string>;
  readonly #dropped: Dropped;
  readonly messages: JsonObject[] = [];
  /** The assistant's message that the next call belongs to. */
  #assistant: Growing | undefined;
  /** What results held beside text: it follows the last of them. */
  #media: Json[] = [];

  constructor(custom: ReadonlySet<string>, dropped: Dropped) {
    this.#custom = custom;
    this.#dropped = dropped;
  }

  /** @throws GatewayError invalid_value */
  read(item: Json, path: string): void {
    if (typeof item === "string") return this.#message({ role: "user", content: item });
    if (!isObject(item)) throw errors.invalidValue(path, "must be an object");
    const type = textOf(item["type"]) || (item["role"] === undefined ? "" : "message");
    switch (type) {
      case "message":
        return this.#message(item);
      case "function_call":
      case "custom_tool_call":
        return this.#call(item, path);
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#result(item, path);
      default:
        // Reasoning of other protocols, references, and what hosted tools leave behind.
        this.#dropped.add(path, type);
    }
  }

  /** What still waits goes into a last message. */
  end(): readonly JsonObject[] {
    this.#flush();
    return this.messages;
  }

  #flush(): void {
    if (this.#media.length > 0) this.messages.push({ role: "user", content: this.#media });
    this.#media = [];
  }

  #message(item: JsonObject): void {
    this.#flush();
    const { role = null, content = null } = item;
    const message: Record<string, Json> = { role, content: joined(content) };
    this.messages.push(message);
    this.#assistant = role === "assistant" ? { message, calls: [] } : undefined;
  }

  #call(item: JsonObject, path: string): void {
    const id = textOf(item["call_id"]) || textOf(item["id"]);
    const name = textOf(item["name"]);
    if (name === "") throw errors.invalidValue(`${path}.name`, "must be a function's name");
    const assistant = this.#folding();
    assistant.calls.push(this.#callOf(item, id, name));
    assistant.message["tool_calls"] = assistant.calls;
  }

  #callOf(item: JsonObject, id: string, name: string): JsonObject {
    if (item["type"] === "custom_tool_call") {
      const input = textOf(item["input"]);
      return this.#custom.has(name)
        ? { id, type: "custom", custom: { name, input } }
        : { id, type: "function", function: { name, arguments: wrapInput(input) } };
    }
    const { arguments: args } = item;
    return {
      id,
      type: "function",
      function: { name, arguments: isObject(args) ? JSON.stringify(args) : textOf(args) },
    };
  }

  /** The message that calls are folded into: the assistant's last, if nothing stands between, else a new one. */
  #folding(): Growing {
    this.#flush();
    if (this.#assistant !== undefined) return this.#assistant;
    const message: Record<string, Json> = { role: "assistant", content: null };
    this.messages.push(message);
    this.#assistant = { message, calls: [] };
    return this.#assistant;
  }

  #result(item: JsonObject, path: string): void {
    const { text, media } = readOutput(item["output"], `${path}.output`, this.#dropped);
    this.messages.push({ role: "tool", tool_call_id: textOf(item["call_id"]), content: text });
    this.#media.push(...media);
    this.#assistant = undefined;
  }
}

/**
 * The `input` of a body as messages.
 * @param custom the names of the request's tools for free text
 * @throws GatewayError invalid_value for an item that has no meaning, by its path
 */
export const readItems = (input: Json, custom: ReadonlySet<string>, dropped: Dropped): readonly JsonObject[] => {
  if (typeof input === "string") return input === "" ? [] : [{ role: "user", content: input }];
  const reader = new ItemReader(custom, dropped);
  for (const [i, item] of listOf(input).entries()) reader.read(item, `input[${i}]`);
  return reader.end();
};
