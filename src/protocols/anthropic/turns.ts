/** The conversation of a Messages request as canonical turns. */
import { errors } from "../../errors.ts";
import type { AssistantPart, Json, JsonObject, Seal, TextPart, ThinkingPart, Turn, UserPart } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { unpackSeal } from "../seal.ts";
import { isObject, textOf } from "../value.ts";
import { blocksOf, cacheOf, readBlock, readResult, wellFormed, type ContentPart } from "./blocks.ts";

const KNOWN: ReadonlySet<string> = new Set(["role", "content"]);

/** Reads the turns of one request. @param model the one asked for: what made the signatures that are not ours */
class TurnReader {
  readonly #model: string;
  readonly #dropped: Dropped;

  constructor(model: string, dropped: Dropped) {
    this.#model = model;
    this.#dropped = dropped;
  }

  system(content: Json | undefined, path: string): Turn[] {
    const blocks = blocksOf(content, path);
    const parts = blocks.flatMap((block, j) => this.#textOnly(block, `${path}[${j}]`));
    return parts.length === 0 ? [] : [{ role: "system", parts }];
  }

  message(message: Json, path: string): Turn[] {
    if (!isObject(message)) throw errors.invalidValue(path, "must be an object");
    this.#dropped.unknown(message, KNOWN, path);
    const inner = `${path}.content`;
    const { role, content } = message;
    switch (role) {
      case "system":
        return this.system(content, inner);
      case "user":
        return [
          { role, parts: blocksOf(content, inner).flatMap((block, j) => this.#userParts(block, `${inner}[${j}]`)) },
        ];
      case "assistant":
        return [
          {
            role,
            parts: blocksOf(content, inner).flatMap((block, j) => this.#assistantParts(block, `${inner}[${j}]`)),
          },
        ];
      default:
        throw errors.invalidValue(`${path}.role`, "must be one of: user, assistant, system");
    }
  }

  #userParts(block: JsonObject, path: string): UserPart[] {
    if (block["type"] === "tool_result") return [readResult(block, path, this.#dropped)];
    return readBlock(block, path, this.#dropped);
  }

  #assistantParts(block: JsonObject, path: string): AssistantPart[] {
    switch (block["type"]) {
      case "thinking":
        return [this.#thinking(wellFormed(textOf(block["thinking"])), textOf(block["signature"]))];
      case "redacted_thinking":
        return [{ ...this.#thinking("", textOf(block["data"])), redacted: true }];
      case "tool_use":
        return [toolCall(block, path)];
      // What a model drew before, in the form that we gave it.
      case "image":
        return readBlock(block, path, this.#dropped).flatMap((part) =>
          part.type === "image" ? [{ type: "image", media: part.media }] : [],
        );
      default:
        return this.#textOnly(block, path);
    }
  }

  #textOnly(block: JsonObject, path: string): TextPart[] {
    const parts = readBlock(block, path, this.#dropped);
    const isText = (part: ContentPart): part is TextPart => part.type === "text";
    if (!parts.every(isText)) this.#dropped.add(path, textOf(block["type"]));
    return parts.filter(isText);
  }

  #thinking(text: string, opaque: string): ThinkingPart {
    if (opaque === "") return { type: "thinking", text };
    const seal: Seal = unpackSeal(opaque) ?? { protocol: "anthropic", model: this.#model, value: opaque };
    return { type: "thinking", text, seal };
  }
}

const toolCall = (block: JsonObject, path: string): AssistantPart => {
  const [id, name] = [textOf(block["id"]), textOf(block["name"])];
  if (id === "") throw errors.invalidValue(`${path}.id`, "must be the id of a tool use");
  if (name === "") throw errors.invalidValue(`${path}.name`, "must be a tool's name");
  const cache = cacheOf(block);
  return {
    type: "tool_call",
    id,
    name,
    input: JSON.stringify(block["input"] ?? {}),
    ...(cache === undefined ? {} : { cache }),
  };
};

/** @throws GatewayError invalid_value for a message that has no meaning, by its path */
export const readTurns = (body: JsonObject, dropped: Dropped): readonly Turn[] => {
  const { messages } = body;
  if (!Array.isArray(messages)) throw errors.invalidValue("messages", "must be an array");
  const reader = new TurnReader(textOf(body["model"]), dropped);
  return [
    ...reader.system(body["system"], "system"),
    ...(messages as readonly Json[]).flatMap((message, i) => reader.message(message, `messages[${i}]`)),
  ];
};
