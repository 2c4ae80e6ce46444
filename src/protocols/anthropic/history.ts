/**
 * What another protocol left in a conversation that goes on with a Messages provider by pass-through: thinking that only its own
 * maker can read, wrapped by us (seal.ts). It is taken out, by name: the provider would refuse the signature as none of its own.
 */
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { SEAL_PREFIX } from "../seal.ts";
import { isObject, textOf } from "../value.ts";

/** True where the bytes of the messages may hold a seal of ours. */
export const holdsForeign = (messages: Buffer): boolean => messages.includes(SEAL_PREFIX);

const isForeign = (block: Json): boolean => {
  if (!isObject(block)) return false;
  const { type } = block;
  if (type !== "thinking" && type !== "redacted_thinking") return false;
  return textOf(block[type === "thinking" ? "signature" : "data"]).startsWith(SEAL_PREFIX);
};

/** The messages without foreign thinking, and without those that say nothing then. */
export const withoutForeign = (messages: readonly Json[], dropped: Dropped): readonly Json[] =>
  messages.flatMap((message, i): Json[] => {
    const content = isObject(message) ? message["content"] : undefined;
    if (!isObject(message) || !Array.isArray(content)) return [message];
    const blocks = content as readonly Json[];
    const kept = blocks.filter((block, j) => {
      if (isForeign(block)) dropped.add(`messages[${i}].content[${j}]`, "thinking");
      return !isForeign(block);
    });
    const clean: JsonObject = { ...message, content: kept };
    return kept.length === 0 && blocks.length > 0 ? [] : [clean];
  });
