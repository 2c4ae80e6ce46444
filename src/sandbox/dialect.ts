/** What a dialect must say; chat.ts, responses.ts, messages.ts and gemini.ts are the four. Pure. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import type { Ask } from "./ask.ts";
import type { Counts } from "./count.ts";
import type { Refusal } from "./refusal.ts";
import type { Answer } from "./speech.ts";

/** Usage as it will be told, which a spoilt reply may falsify; null leaves it out. */
export type Told = Counts | null;

/** A reply ready to be written. */
export interface Written {
  readonly ask: Ask;
  readonly answer: Answer;
  readonly usage: Told;
  /** 24 letters and digits that are a function of the request: every id of the reply is made of them. */
  readonly seed: string;
  /** Seconds since the epoch. */
  readonly created: number;
}

/** One event of a stream. */
export interface Frame {
  readonly text: string;
  /** Tokens that it carries; 0 for what only frames the reply. */
  readonly tokens: number;
}

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Dialect {
  readonly requestIdHeader: "x-request-id" | "request-id";
  /** @throws Refusal for what the provider would refuse. */
  read(body: JsonObject, headers: RequestHeaders): Ask;
  whole(reply: Written): JsonObject;
  events(reply: Written): Generator<Frame>;
  error(refusal: Refusal, requestId: string): JsonObject;
  /** A failure after the stream began. */
  errorEvent(refusal: Refusal, requestId: string): string;
}

/** Longest piece of text in one event, in UTF-16 units. */
const LONGEST_PIECE = 256;
const FRAGMENT = 12;

const isBlank = (text: string, at: number): boolean => text.charCodeAt(at) <= 0x20;

/** A cut at `at` moved out of the middle of a letter. */
const betweenLetters = (text: string, at: number): number =>
  at < text.length && (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at + 1 : at;

/** A text word by word, each with the blanks that follow it. The pieces joined are the text. */
export function* words(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const most = Math.min(text.length, start + LONGEST_PIECE);
    let end = start;
    while (end < most && !isBlank(text, end)) end += 1;
    while (end < most && isBlank(text, end)) end += 1;
    end = betweenLetters(text, end);
    yield text.slice(start, end);
    start = end;
  }
}

/** JSON text in short fragments, as models write arguments. */
export function* fragments(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = betweenLetters(text, Math.min(text.length, start + FRAGMENT));
    yield text.slice(start, end);
    start = end;
  }
}

/** A server-sent event. */
export const sseOf = (event: string | null, data: Json): string =>
  `${event === null ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
