/**
 * Reasoning items. OpenAI's show a summary and carry the rest encrypted; other makers show the text itself as content.
 *
 * A provider wants its item back as it was, so a seal of this dialect remembers the item's id, its encrypted content and the home
 * of its text. What other protocols sealed travels as encrypted content of ours.
 */
import type { Json, JsonObject, Seal, ThinkingPart } from "../canonical.ts";
import { packSeal, unpackSeal } from "../seal.ts";
import { isObject, listOf, textOf } from "../value.ts";

/** Where an item's text stands. */
export type Home = "summary" | "content";

const HOMES: readonly Json[] = ["summary", "content"] satisfies readonly Home[];
const isHome = (value: Json | undefined): value is Home => HOMES.includes(value ?? null);

/** Stands between the texts of several summary parts. */
export const BETWEEN = "\n\n";

/** The seal's value of an item; undefined where nothing of it could be used again. @param text whether it showed any */
export const sealValue = (item: JsonObject, home: Home, hasText: boolean): string | undefined => {
  const sealed = textOf(item["encrypted_content"]);
  // Without it only makers that show the text itself can go on from it.
  if (sealed === "" && !(home === "content" && hasText)) return undefined;
  return JSON.stringify([textOf(item["id"]), sealed, home]);
};

/** What a seal's value says; nothing where a client forged it. */
const readValue = (value: string): readonly Json[] => {
  try {
    return listOf(JSON.parse(value) as Json);
  } catch {
    return [];
  }
};

/** An item from a part that this dialect sealed. */
export const restoreItem = (part: ThinkingPart, value: string): JsonObject | undefined => {
  const [id, sealed, home] = readValue(value);
  if (typeof id !== "string" || typeof sealed !== "string" || !isHome(home)) return undefined;
  return {
    type: "reasoning",
    ...(id === "" ? {} : { id }),
    summary: home === "summary" && part.text !== "" ? [{ type: "summary_text", text: part.text }] : [],
    ...(home === "content" ? { content: [{ type: "reasoning_text", text: part.text }] } : {}),
    ...(sealed === "" ? {} : { encrypted_content: sealed }),
  };
};

/** Marks a sealed part that shows nothing because its maker hid it, not because there was nothing. */
const REDACTED = ".redacted";

/** The encrypted content of an item for the client: a provider's own, or one that wraps another protocol's seal. */
export const writeSeal = (seal: Seal, redacted: boolean): string => packSeal(seal) + (redacted ? REDACTED : "");

/** True for encrypted content that is ours: no provider of this dialect made it. */
export const isForeign = (sealed: string): boolean => readForeign(sealed) !== undefined;

/** Begins the id of a call that carries a seal. Clients send the ids of items back, and giving them to a provider is of no use. */
const SEALED_CALL = "fc_";

/** The id of a call whose maker wants a seal back with it. */
export const sealedId = (seal: Seal): string => SEALED_CALL + packSeal(seal);

/** The seal in a call's id; undefined in ids of any other making. */
export const sealIn = (id: string): Seal | undefined =>
  id.startsWith(SEALED_CALL) ? unpackSeal(id.slice(SEALED_CALL.length)) : undefined;

const readForeign = (sealed: string): { seal: Seal; redacted: boolean } | undefined => {
  const redacted = sealed.endsWith(REDACTED);
  const seal = unpackSeal(redacted ? sealed.slice(0, -REDACTED.length) : sealed);
  return seal === undefined ? undefined : { seal, redacted };
};

const textsIn = (parts: Json | undefined): string =>
  listOf(parts)
    .map((part) => (isObject(part) ? textOf(part["text"]) : ""))
    .filter((text) => text !== "")
    .join(BETWEEN);

/** An item that a client sent back, as thinking. @param model the request's, for items that say nothing of their maker */
export const readItem = (item: JsonObject, model: string): ThinkingPart | undefined => {
  const summary = textsIn(item["summary"]);
  const text = summary || textsIn(item["content"]);
  const sealed = textOf(item["encrypted_content"]);
  const foreign = readForeign(sealed);
  if (foreign !== undefined) {
    const { seal, redacted } = foreign;
    return { type: "thinking", text, seal, ...(redacted ? { redacted: true as const } : {}) };
  }
  const value = sealValue(item, summary === "" && text !== "" ? "content" : "summary", text !== "");
  if (text === "" && value === undefined) return undefined;
  return {
    type: "thinking",
    text,
    ...(value === undefined ? {} : { seal: { protocol: "openai-responses", model, value } }),
  };
};
