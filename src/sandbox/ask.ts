/** A request as the sandbox understands it, whatever its dialect. Pure. */
import { createHash } from "node:crypto";

import type { Json } from "../protocols/canonical.ts";

export type Ttl = "5m" | "1h";

/** Content that is not text, as received. */
export interface Item {
  readonly kind: "image" | "document" | "audio";
  /** One line that says what arrived: media type, bytes and digest, or the address it was named by. */
  readonly line: string;
}

/** `cache` marks the end of a prefix that the caller wants cached. */
export type Part = { readonly cache?: Ttl } & (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "call"; readonly id: string; readonly name: string; readonly args: string }
  | { readonly kind: "result"; readonly id: string; readonly text: string; readonly items: readonly Item[] }
  | { readonly kind: "thinking"; readonly text: string; readonly signature: string | null }
  | { readonly kind: "redacted"; readonly data: string }
  /** Content the sandbox only counts. */
  | { readonly kind: "other"; readonly text: string }
);

export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly parts: readonly Part[];
}

export interface Tool {
  readonly name: string;
  readonly schema: Json;
  /** The whole definition as compact JSON: what is counted. */
  readonly definition: string;
  readonly cache?: Ttl;
}

export type ToolChoice = { readonly kind: "auto" | "none" | "any" } | { readonly kind: "named"; readonly name: string };

export interface Ask {
  readonly model: string;
  readonly stream: boolean;
  /** Whether the stream shall tell usage; always true where the dialect always does. */
  readonly includeUsage: boolean;
  /** Cap on output tokens; null without one. */
  readonly maxTokens: number | null;
  readonly stops: readonly string[];
  /** Replies wanted, at least 1. */
  readonly choices: number;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** False when at most one tool may be called at a time. */
  readonly parallel: boolean;
  /** A JSON schema that the reply must fit, or null. */
  readonly schema: Json | null;
  /** `unset` leaves it to the model; `omitted` thinks without showing it. */
  readonly thinking: "unset" | "off" | "shown" | "omitted";
  readonly turns: readonly Turn[];
}

const LONGEST_ADDRESS = 200;

/** An item whose bytes are in the request, as base64. */
export const inlineItem = (kind: Item["kind"], mediaType: string, base64: string): Item => {
  const bytes = Buffer.from(base64, "base64");
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return { kind, line: `[${kind} ${mediaType}, ${bytes.length} bytes, sha256 ${digest}]` };
};

/** An item that the request only names, by address or file id. The sandbox fetches nothing. */
export const namedItem = (kind: Item["kind"], address: string): Item => ({
  kind,
  line: `[${kind} at ${address.slice(0, LONGEST_ADDRESS)}, not fetched]`,
});

/** Texts of the last user turn that holds any, one below the other, followed by a line for each item in it. */
export const lastUserText = (ask: Ask): string => {
  const turn = ask.turns.findLast(
    (turn) => turn.role === "user" && turn.parts.some((part) => part.kind === "text" || part.kind === "item"),
  );
  const lines = (turn?.parts ?? []).flatMap((part) => {
    if (part.kind === "text") return [part.text];
    return part.kind === "item" ? [part.item.line] : [];
  });
  return lines.join("\n");
};

/** Tool results that arrived since the assistant last spoke. */
export const freshResults = (ask: Ask): readonly (Part & { kind: "result" })[] => {
  const spoke = ask.turns.findLastIndex((turn) => turn.role === "assistant");
  return ask.turns
    .slice(spoke + 1)
    .flatMap((turn) => turn.parts)
    .filter((part) => part.kind === "result");
};

/** What a tool result says: its text, then a line for each item in it. */
export const resultText = (result: Part & { kind: "result" }): string =>
  [...(result.text === "" ? [] : [result.text]), ...result.items.map((item) => item.line)].join("\n");
