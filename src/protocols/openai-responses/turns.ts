/** The conversation of a Responses request as canonical turns. */
import { errors } from "../../errors.ts";
import type { AssistantPart, Json, JsonObject, RefusalPart, Turn, UserPart } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { isObject, textOf } from "../value.ts";
import { readContent, readResult, wellFormed, type ContentPart } from "./parts.ts";
import { readItem, sealIn } from "./reasoning.ts";
import { wrapInput } from "../free-text.ts";

const MESSAGE: ReadonlySet<string> = new Set("type role content id status phase".split(" "));

const isContent = (part: ContentPart | RefusalPart): part is ContentPart => part.type !== "refusal";

class TurnReader {
  readonly #model: string;
  readonly #dropped: Dropped;
  readonly turns: Turn[] = [];
  /** What the model said without a user between, which is one turn; and the results that answer it, which are another. */
  #assistant: AssistantPart[] | undefined;
  #results: UserPart[] | undefined;

  constructor(model: string, dropped: Dropped) {
    this.#model = model;
    this.#dropped = dropped;
  }

  system(text: string): void {
    if (text !== "") this.turns.push({ role: "system", parts: [{ type: "text", text: wellFormed(text) }] });
  }

  user(text: string): void {
    this.turns.push({ role: "user", parts: [{ type: "text", text: wellFormed(text) }] });
  }

  /** @throws GatewayError invalid_value */
  read(item: Json, path: string): void {
    if (typeof item === "string") return this.user(item);
    if (!isObject(item)) throw errors.invalidValue(path, "must be an object");
    const type = textOf(item["type"]) || (item["role"] === undefined ? "" : "message");
    switch (type) {
      case "message":
        return this.#message(item, path);
      case "function_call":
      case "custom_tool_call":
        return this.#call(item, path);
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#result(item, path);
      case "reasoning": {
        const part = readItem(item, this.#model);
        if (part === undefined) this.#dropped.add(path, type);
        else this.#said([part]);
        return;
      }
      // What a model drew before, in the form that we gave it.
      case "image_generation_call": {
        const data = textOf(item["result"]);
        if (data === "") this.#dropped.add(path, type);
        else this.#said([{ type: "image", media: { kind: "base64", mediaType: pictureType(data), data } }]);
        return;
      }
      default:
        // Items by reference, and what hosted tools leave in a conversation.
        this.#dropped.add(path, type);
    }
  }

  #message(item: JsonObject, path: string): void {
    const { role } = item;
    this.#dropped.unknown(item, MESSAGE, path);
    const parts = readContent(item["content"], `${path}.content`, this.#dropped);
    if (role === "assistant") {
      const said = parts.filter((part) => part.type === "text" || part.type === "refusal");
      return this.#said(said);
    }
    this.#assistant = this.#results = undefined;
    if (role === "user") {
      this.turns.push({ role, parts: parts.filter(isContent) });
      return;
    }
    if (role !== "system" && role !== "developer")
      throw errors.invalidValue(`${path}.role`, "must be one of: system, developer, user, assistant");
    for (const [j, part] of parts.entries())
      if (part.type !== "text") this.#dropped.add(`${path}.content[${j}]`, part.type);
    this.turns.push({ role: "system", parts: parts.filter((part) => part.type === "text") });
  }

  #said(parts: readonly AssistantPart[]): void {
    this.#results = undefined;
    if (this.#assistant !== undefined) {
      this.#assistant.push(...parts);
      return;
    }
    this.#assistant = [...parts];
    this.turns.push({ role: "assistant", parts: this.#assistant });
  }

  #call(item: JsonObject, path: string): void {
    const id = textOf(item["call_id"]) || textOf(item["id"]);
    const name = textOf(item["name"]);
    if (id === "") throw errors.invalidValue(`${path}.call_id`, "must be the id of a tool call");
    if (name === "") throw errors.invalidValue(`${path}.name`, "must be a function's name");
    const { arguments: args } = item;
    const said = isObject(args) ? JSON.stringify(args) : wellFormed(textOf(args));
    const input = item["type"] === "custom_tool_call" ? wrapInput(wellFormed(textOf(item["input"]))) : said;
    const seal = sealIn(textOf(item["id"]));
    this.#said([{ type: "tool_call", id, name, input, ...(seal === undefined ? {} : { seal }) }]);
  }

  #result(item: JsonObject, path: string): void {
    const id = textOf(item["call_id"]);
    if (id === "") throw errors.invalidValue(`${path}.call_id`, "must be the id of a tool call");
    const result = readResult(id, readContent(item["output"], `${path}.output`, this.#dropped).filter(isContent));
    this.#assistant = undefined;
    if (this.#results === undefined) {
      this.#results = [result];
      this.turns.push({ role: "user", parts: this.#results });
    } else this.#results.push(result);
  }
}

/** How base64 begins that holds an image of a kind; the dialect names none. */
const PICTURES = [
  { sign: "/9j/", mediaType: "image/jpeg" },
  { sign: "UklG", mediaType: "image/webp" },
] as const;

const pictureType = (data: string): string =>
  PICTURES.find(({ sign }) => data.startsWith(sign))?.mediaType ?? "image/png";

/** @throws GatewayError invalid_value for an item that has no meaning, by its path */
export const readTurns = (body: JsonObject, dropped: Dropped): readonly Turn[] => {
  const { input } = body;
  const reader = new TurnReader(textOf(body["model"]), dropped);
  reader.system(textOf(body["instructions"]));
  if (typeof input === "string") reader.user(input);
  else if (Array.isArray(input))
    for (const [i, item] of (input as readonly Json[]).entries()) reader.read(item, `input[${i}]`);
  else throw errors.invalidValue("input", "must be a string or an array of items");
  return reader.turns;
};
