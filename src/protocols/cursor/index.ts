/**
 * Cursor, the editor: Chat Completions in a dress of its own, spoken by clients alone. To the provider's side it is Chat Completions,
 * whose requests pass through once they are in order.
 */
import type { Json } from "../canonical.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { Call, Protocol } from "../protocol.ts";
import { listOf } from "../value.ts";
import { client } from "./client.ts";
import { cursorEdits } from "./edits.ts";
import { isFlat } from "./tools.ts";

export const cursor: Protocol = { ...openaiChat, client, edits: cursorEdits };

/** Kinds of block that Messages has in a conversation and Chat Completions has not. */
const BLOCKS = ["tool_use", "tool_result"] as const;
/** What stands in every tool of Chat Completions, beside its type. */
const NESTED = ['"function"', '"custom"'] as const;

/** Whether no tool has its kind as a key, as every tool of Chat Completions has: a look at the bytes, which settles nearly all. */
const lacksNested = (tools: Buffer): boolean =>
  NESTED.every((word) => {
    for (let at = tools.indexOf(word); at >= 0; at = tools.indexOf(word, at + word.length)) {
      let after = at + word.length;
      while (tools[after] === 0x20) after++;
      if (tools[after] === 0x3a) return false;
    }
    return true;
  });

/**
 * Whether a body that came as Chat Completions is of Cursor's kind: none of it is a legal request there, so that nobody who
 * means Chat Completions is ever answered otherwise. A look at the scan; only tools that look flat are parsed.
 */
export const isCursors = ({ body, scan: { members } }: Call): boolean => {
  const messages = members.get("messages");
  if (messages === undefined || messages.items === 0) return members.has("input");
  if (BLOCKS.some((kind) => messages.tags.has(kind))) return true;
  const tools = members.get("tools");
  if (tools === undefined || tools.items === 0) return false;
  const bytes = body.subarray(tools.start, tools.end);
  return lacksNested(bytes) && listOf(JSON.parse(bytes.toString()) as Json).some(isFlat);
};
