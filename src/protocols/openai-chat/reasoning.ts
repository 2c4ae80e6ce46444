/**
 * Reasoning in Chat Completions, which has four homes: `reasoning_content`, `reasoning`, `reasoning_details` (OpenRouter's, the
 * only one that can hold signatures) and content parts of type `thinking` (Mistral); and a fifth where a quirk says so, tagged text at
 * the head of the content.
 *
 * A provider that wants its reasoning back wants it in the home it came from, so a seal of this dialect remembers that home: its
 * value is the member's name, or the JSON of a detail without its text.
 */
import { blank } from "../../table.ts";
import type { Json, JsonObject, Seal, ThinkingPart } from "../canonical.ts";
import { packSeal, unpackSeal } from "../seal.ts";
import { listOf, isObject, textOf } from "../value.ts";
import { CLOSING, OPENING } from "./think-tags.ts";

/** Members that hold reasoning as plain text, in order of preference where a provider sends two. */
export const REASONING_MEMBERS = ["reasoning_content", "reasoning"] as const;
type ReasoningMember = (typeof REASONING_MEMBERS)[number];

/** The home of Mistral's reasoning: a part of the content. */
const CONTENT_HOME = "content";

/** The home of reasoning that comes as tagged text at the head of the content. */
export const TAGS_HOME = "think";

const TEXT = "reasoning.text";
const SUMMARY = "reasoning.summary";
const ENCRYPTED = "reasoning.encrypted";
/** How OpenRouter marks the thinking of Claude: `signature` and `data` are Anthropic's own. */
const CLAUDE_FORMAT = "anthropic-claude-v1";
/** Our mark in a detail's `id`: the customer's name of the model that was thinking. */
export const MAKER = "farthing:";

/** A piece of reasoning as a delta or message holds it. `home` is the seal's value without a signature. */
export interface ReasoningPiece {
  readonly text: string;
  readonly home: string;
  /** The whole detail, opaque: a piece of its own that shows nothing. */
  readonly redacted?: true;
}

const memberText = (message: JsonObject): { name: ReasoningMember; text: string } | undefined => {
  for (const name of REASONING_MEMBERS) {
    const text = message[name];
    if (typeof text === "string" && text !== "") return { name, text };
  }
  return undefined;
};

const detailText = (detail: JsonObject): string => textOf(detail["text"]) || textOf(detail["summary"]);

const withoutText = ({ text: _text, summary: _summary, ...rest }: JsonObject): JsonObject => rest;

/**
 * The reasoning of a provider's delta or message, never twice: details where they hold text, else the plain member, whose text
 * then goes with the details' opaque rest.
 */
export const readPieces = (message: JsonObject): ReasoningPiece[] => {
  const details = listOf(message["reasoning_details"]).filter(isObject);
  const plain = memberText(message);
  const pieces: ReasoningPiece[] = [];
  const shown = details.some((detail) => detailText(detail) !== "");
  if (!shown && plain !== undefined) pieces.push({ text: plain.text, home: plain.name });
  for (const detail of details) {
    if (detail["type"] === ENCRYPTED) pieces.push({ text: "", home: JSON.stringify(detail), redacted: true });
    else pieces.push({ text: detailText(detail), home: JSON.stringify(withoutText(detail)) });
  }
  return pieces;
};

/** Reasoning in a content part of type `thinking`: a text or a list of texts. */
export const readThinkingPart = (part: JsonObject): ReasoningPiece => {
  const { thinking } = part;
  const text =
    textOf(thinking) ||
    listOf(thinking)
      .map((inner) => (isObject(inner) ? textOf(inner["text"]) : ""))
      .join("");
  return { text, home: CONTENT_HOME };
};

const detailOf = (home: string): JsonObject | undefined => {
  if (!home.startsWith("{")) return undefined;
  try {
    const detail = JSON.parse(home) as Json;
    return isObject(detail) ? detail : undefined;
  } catch {
    // A client forged the seal.
    return undefined;
  }
};

/** Two pieces that follow each other are one part when they share home, kind and index; a signature arrives in the last of them. */
export const joinHomes = (before: string, after: string): string | undefined => {
  if (before === after) return before;
  const [first, second] = [detailOf(before), detailOf(after)];
  if (first === undefined || second === undefined) return undefined;
  if (first["type"] !== second["type"] || first["index"] !== second["index"]) return undefined;
  return JSON.stringify({ ...first, ...second });
};

/** What a message to a provider of this dialect gets of its own reasoning. */
interface ReplayedReasoning {
  readonly members: JsonObject;
  /** Parts that stand before the text in its content. */
  readonly content: readonly JsonObject[];
  /** What the text of its content begins with. */
  readonly head: string;
}

const restored = (part: ThinkingPart, detail: JsonObject): JsonObject => {
  if (part.redacted) return detail;
  return detail["type"] === SUMMARY ? { ...detail, summary: part.text } : { ...detail, text: part.text };
};

/** Puts reasoning back into the home that its seal names. All parts carry a seal of this dialect. */
export const replayReasoning = (parts: readonly ThinkingPart[]): ReplayedReasoning => {
  const members = blank<Json>();
  const details: JsonObject[] = [];
  const content: JsonObject[] = [];
  let head = "";
  for (const part of parts) {
    const home = part.seal?.value ?? "";
    const detail = detailOf(home);
    if (detail !== undefined) details.push(restored(part, detail));
    else if (home === TAGS_HOME) head += `${OPENING}${part.text}${CLOSING}\n\n`;
    else if (home === CONTENT_HOME) content.push({ type: "thinking", thinking: [{ type: "text", text: part.text }] });
    else {
      const name = REASONING_MEMBERS.find((member) => member === home);
      if (name !== undefined) members[name] = textOf(members[name]) + part.text;
    }
  }
  if (details.length > 0) members["reasoning_details"] = details;
  return { members, content, head };
};

/** A seal as members of a detail for the client: Claude's as clients know it, any other wrapped so that we know it again. */
const sealMembers = (seal: Seal, as: "signature" | "data"): JsonObject => ({
  [as]: seal.protocol === "anthropic" ? seal.value : packSeal(seal),
  id: MAKER + seal.model,
  format: seal.protocol === "anthropic" ? CLAUDE_FORMAT : "unknown",
});

/** A piece of thinking as a detail for the client. @param index of the thinking part among those of its reply */
export const textDetail = (text: string, index: number): JsonObject => ({
  type: TEXT,
  text,
  format: CLAUDE_FORMAT,
  index,
});

export const signatureDetail = (seal: Seal, index: number): JsonObject => ({
  type: TEXT,
  ...sealMembers(seal, "signature"),
  index,
});

export const redactedDetail = (seal: Seal, index: number): JsonObject => ({
  type: ENCRYPTED,
  ...sealMembers(seal, "data"),
  index,
});

/** A whole thinking part as a detail for the client. */
export const writeDetail = (part: ThinkingPart, index: number): JsonObject => {
  const { seal } = part;
  if (part.redacted && seal !== undefined) return redactedDetail(seal, index);
  return seal === undefined ? textDetail(part.text, index) : { ...signatureDetail(seal, index), text: part.text };
};

/**
 * The seal of a detail that a client sent back: one that we wrapped, or Claude's, made by the model its id names, or else by the one
 * now asked for.
 */
const clientSeal = (detail: JsonObject, model: string): Seal | undefined => {
  const value = textOf(detail["signature"]) || textOf(detail["data"]);
  const wrapped = unpackSeal(value);
  if (wrapped !== undefined) return wrapped;
  if (value === "" || detail["format"] !== CLAUDE_FORMAT) return undefined;
  const id = textOf(detail["id"]);
  // A client that lost the id still holds a signature, and without it a turn with tools could not go on.
  return { protocol: "anthropic", model: id.startsWith(MAKER) ? id.slice(MAKER.length) : model, value };
};

/** The thinking of an assistant message of a client, with its seals where it kept them. @param model the request's */
export const readThinking = (message: JsonObject, model: string): ThinkingPart[] => {
  const parts: { part: ThinkingPart; index: Json }[] = [];
  for (const detail of listOf(message["reasoning_details"])) {
    if (!isObject(detail)) continue;
    const seal = clientSeal(detail, model);
    const sealed = seal === undefined ? {} : { seal };
    const { index = null } = detail;
    const last = parts.at(-1);
    if (detail["type"] === ENCRYPTED) {
      parts.push({ part: { type: "thinking", text: "", ...sealed, redacted: true }, index });
    } else if (last !== undefined && last.part.seal === undefined && last.index === index && !last.part.redacted) {
      // A client that kept the fragments of a stream apart.
      last.part = { type: "thinking", text: last.part.text + detailText(detail), ...sealed };
    } else {
      parts.push({ part: { type: "thinking", text: detailText(detail), ...sealed }, index });
    }
  }
  if (parts.length > 0) return parts.map(({ part }) => part);
  const plain = memberText(message);
  return plain === undefined ? [] : [{ type: "thinking", text: plain.text }];
};
