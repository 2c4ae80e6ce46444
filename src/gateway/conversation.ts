/**
 * By what a conversation is known again in its next turn, when it is worth sending to where its prompt is cached. Pure.
 *
 * A client that names its conversation (`prompt_cache_key`, Cursor's header) is believed. Otherwise the first thing its user said
 * stands for it: unlike system prompts, which change from turn to turn with some clients and are shared by all conversations with
 * others.
 */
import { hash } from "node:crypto";

import type { Json } from "../protocols/canonical.ts";
import { arrayItems } from "../protocols/json-items.ts";
import { REPLY_LIMITS, scanJson } from "../protocols/json.ts";
import type { Call } from "../protocols/protocol.ts";
import { isArrayAt, isObjectAt, rawAt, stringAt } from "../protocols/span.ts";
import { isObject } from "../protocols/value.ts";

/** Providers cache nothing shorter than 1,024 tokens; a token has about four bytes. */
export const LEAST_CACHED_BYTES = 4_096;
/** Turns that are looked at for the first of the user. */
const MOST_TURNS = 8;
/** What of it is hashed, in characters; longer content is not even parsed. */
const MOST_TEXT = 4_096;
const MOST_PARSED = 65_536;

/** Where the four protocols keep their turns. */
const TURNS = ["messages", "input", "contents"] as const;

/** A short text that is the same for all turns of a conversation, or undefined when nothing of it can be cached or known again. */
export const conversationKey = (call: Call, accountId: number, model: string): string | undefined => {
  if (call.body.length < LEAST_CACHED_BYTES) return undefined;
  const mark = named(call) ?? firstOfUser(call);
  return mark === undefined ? undefined : `${accountId}:${model}:${hash("sha256", mark, "base64url")}`;
};

const named = ({ body, scan, headers }: Call): string | undefined => {
  const cursor = headers["x-cursor-conversation-id"];
  if (cursor !== undefined) return cursor;
  const span = scan.members.get("prompt_cache_key");
  return span === undefined ? undefined : stringAt(body, span)?.slice(0, MOST_TEXT);
};

const firstOfUser = ({ body, scan }: Call): string | undefined => {
  const turns = TURNS.map((name) => scan.members.get(name)).find((span) => span !== undefined);
  if (turns === undefined) return undefined;
  // The Responses protocol lets a plain text stand for the first turn.
  if (!isArrayAt(body, turns)) return stringAt(body, turns)?.slice(0, MOST_TEXT);
  for (const { start, end } of arrayItems(body, turns, MOST_TURNS)) {
    const turn = body.subarray(start, end);
    const text = turn[0] === 0x7b ? textOfUser(turn) : undefined;
    if (text !== undefined && text !== "") return text;
  }
  return undefined;
};

/** What a turn says, when it is one of the user; Gemini's turns may leave that unsaid. */
const textOfUser = (turn: Buffer): string | undefined => {
  const { members } = scanJson(turn, REPLY_LIMITS);
  const role = members.get("role");
  if (role !== undefined && stringAt(turn, role) !== "user") return undefined;
  const content = members.get("content") ?? members.get("parts");
  if (content === undefined || isObjectAt(turn, content)) return undefined;
  if (content.end - content.start > MOST_PARSED) return rawAt(turn, { ...content, end: content.start + MOST_TEXT });
  // Only the text: marks of caching and the like move from turn to turn.
  return textOf(JSON.parse(rawAt(turn, content)) as Json).slice(0, MOST_TEXT);
};

const textOf = (content: Json): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : "")).join("\n");
};
