/**
 * The conversation as Messages takes it: system prompts apart, turns of user and assistant in alternation, the results of tools
 * first in their turn, and nothing empty.
 */
import type { AssistantPart, Json, JsonObject, ThinkingPart, Turn, UserPart } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import type { Target } from "../protocol.ts";
import { fits } from "../seal.ts";
import { cacheControl, toolId, writeBlock, writeResult } from "./blocks.ts";
import { inputOf } from "./writer.ts";

/** A turn as it is sent. */
export interface Message {
  readonly [key: string]: Json;
  readonly role: "user" | "assistant";
  readonly content: readonly JsonObject[];
}

const userBlocks = (parts: readonly UserPart[], dropped: Dropped): JsonObject[] =>
  parts.flatMap((part): JsonObject[] => {
    if (part.type === "tool_result") return [writeResult(part)];
    if (part.type !== "audio") return [writeBlock(part)].filter((block) => block !== undefined);
    dropped.add("input_audio");
    return [];
  });

/** Thinking goes back to the model that made it, whole; without its signature, or to another, it is refused there. */
const thinkingBlock = (part: ThinkingPart, target: Target, dropped: Dropped): JsonObject[] => {
  const { seal } = part;
  if (seal === undefined || !fits(seal, "anthropic", target)) {
    dropped.add(seal === undefined ? "reasoning_content" : "thinking.signature");
    return [];
  }
  return part.redacted
    ? [{ type: "redacted_thinking", data: seal.value }]
    : [{ type: "thinking", thinking: part.text, signature: seal.value }];
};

const assistantBlocks = (parts: readonly AssistantPart[], target: Target, dropped: Dropped): JsonObject[] =>
  parts.flatMap((part): JsonObject[] => {
    switch (part.type) {
      case "thinking":
        return thinkingBlock(part, target, dropped);
      case "text":
      case "refusal": {
        const block = writeBlock({ ...part, type: "text" });
        return block === undefined ? [] : [block];
      }
      case "tool_call": {
        const input = inputOf(part.input);
        return [{ type: "tool_use", id: toolId(part.id), name: part.name, input, ...cacheControl(part) }];
      }
      // An assistant that draws is none of this protocol's.
      case "image":
        dropped.add("image");
        return [];
    }
  });

const isResult = (block: JsonObject): boolean => block["type"] === "tool_result";

/** Results answer the turn before, so they stand before whatever else the user said. */
const resultsFirst = (blocks: readonly JsonObject[]): JsonObject[] => [
  ...blocks.filter(isResult),
  ...blocks.filter((block) => !isResult(block)),
];

/** The last text of an unfinished assistant turn may not end in white space. */
const trimmedEnd = (content: readonly JsonObject[]): JsonObject[] =>
  content.map((block, i) =>
    i === content.length - 1 && block["type"] === "text" && typeof block["text"] === "string"
      ? { ...block, text: block["text"].trimEnd() }
      : block,
  );

/** System prompts in their order, wherever they stood, and the turns; neighbours of one role are one turn. */
export const writeConversation = (
  turns: readonly Turn[],
  target: Target,
  dropped: Dropped,
): { readonly system: readonly JsonObject[]; readonly messages: readonly Message[] } => {
  const system: JsonObject[] = [];
  const joined: { role: Message["role"]; content: JsonObject[] }[] = [];
  for (const turn of turns) {
    if (turn.role === "system") {
      system.push(...turn.parts.map(writeBlock).filter((block) => block !== undefined));
      continue;
    }
    const blocks =
      turn.role === "user" ? userBlocks(turn.parts, dropped) : assistantBlocks(turn.parts, target, dropped);
    if (blocks.length === 0) continue;
    const last = joined.at(-1);
    if (last?.role === turn.role) last.content.push(...blocks);
    else joined.push({ role: turn.role, content: blocks });
  }
  const messages = joined.map(({ role, content }, i): Message => {
    if (role === "user") return { role, content: resultsFirst(content) };
    return { role, content: i === joined.length - 1 ? trimmedEnd(content) : content };
  });
  return { system, messages };
};
