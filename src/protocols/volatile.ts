/**
 * Text that an agent puts in front of its prompt although it changes from prompt to prompt, and that is meant for one provider's
 * books and for no model. Anthropic leaves it out of its cache; any other provider caches by prefix, and would find nothing of the
 * conversation again. Behind the stable part there is no place for it: the conversation is stable too, and what stands in a turn is
 * read as said. So it is set aside, by name (docs/decisions/0024).
 */
import type { Chat, Json, Turn } from "./canonical.ts";
import type { Dropped } from "./dropped.ts";
import { isObject, textOf } from "./value.ts";

/** What such a text begins with. Claude Code: `x-anthropic-billing-header: cc_version=2.1.329.<3 hex per prompt>; …` */
const MARKS = ["x-anthropic-billing-header:"] as const;

const markOf = (text: string): string | undefined => MARKS.find((mark) => text.startsWith(mark));

/** Names a mark in what is dropped. */
const addMark = (mark: string, dropped: Dropped): void => {
  dropped.add("system", mark.slice(0, -1));
};

/** A conversation without such texts in its system turns. */
export const withoutVolatile = (chat: Chat, dropped: Dropped): Chat => {
  let isFound = false;
  const turns = chat.turns.flatMap((turn): Turn[] => {
    if (turn.role !== "system") return [turn];
    const parts = turn.parts.filter(({ text }) => {
      const mark = markOf(text);
      if (mark !== undefined) addMark(mark, dropped);
      return mark === undefined;
    });
    if (parts.length === turn.parts.length) return [turn];
    isFound = true;
    return parts.length === 0 ? [] : [{ ...turn, parts }];
  });
  return isFound ? { ...chat, turns } : chat;
};

/** True where bytes may hold such a text, so that it is worth parsing them. */
export const mayBeVolatile = (bytes: Buffer): boolean => MARKS.some((mark) => bytes.includes(mark));

/** The blocks of a Messages `system` array without such texts. */
export const stableBlocks = (blocks: readonly Json[], dropped: Dropped): readonly Json[] =>
  blocks.filter((block) => {
    const mark = isObject(block) ? markOf(textOf(block["text"])) : undefined;
    if (mark !== undefined) addMark(mark, dropped);
    return mark === undefined;
  });
