/**
 * Recognises the frames that make up nearly all of a stream without parsing them.
 *
 * The frames of one stream differ in one string: the next piece of text. A mould is a frame that was parsed and found to need
 * nothing, with its free string cut out; a later frame that fits is that same frame with another text, so it needs nothing
 * either, and its output is measured on the way. Anything that does not fit is parsed as ever.
 */
import type { Json } from "./canonical.ts";
import { parseEventJson } from "./event-json.ts";
import { escapeLength } from "./json.ts";
import type { SseFrame } from "./sse.ts";

/** Where the text of a frame stands: the member that holds it, to be looked for in the frame's bytes, and its value. */
export interface FreeText {
  readonly key: string;
  readonly value: string;
}

/** How a dialect tells a mould what it needs to know. Pure: frames that are alike get the same answer. */
export interface MouldRules {
  /** The one string that counts as output in a frame that needs no attention; undefined when there is none, or another too. */
  free(body: Json): FreeText | undefined;
  /** Top-level members that hold random text of no meaning. */
  readonly padding: readonly string[];
}

/** How many moulds are made for one stream before it is taken to have no pattern. */
export const MAX_LESSONS = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LF = 0x0a;
const LETTER_U = 0x75;
/** Stands for the free text while a mould is made. No provider writes it, and a false find would only spoil a mould. */
const MARK = "\u2603farthing";
const MARK_BYTES = Buffer.from(MARK);

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Digits of a number that is no index and no count of a reply's parts. */
const LONG_NUMBER = 6;

/** True when the byte at `at` belongs to a run of at least LONG_NUMBER digits. */
const isLongNumber = (bytes: Buffer, at: number): boolean => {
  let from = at;
  let to = at;
  while (isDigit(bytes[from - 1])) from--;
  while (isDigit(bytes[to])) to++;
  return to - from >= LONG_NUMBER;
};

/** How many bytes of UTF-8 a `\uXXXX` stands for; each half of a surrogate pair is two of its four. */
const unicodeBytes = (bytes: Buffer, at: number): number => {
  const high = (hexValue(bytes[at + 2] ?? 0) << 4) | hexValue(bytes[at + 3] ?? 0);
  if (high === 0) return hexValue(bytes[at + 4] ?? 0) < 8 ? 1 : 2;
  if (high < 0x08) return 2;
  return high >= 0xd8 && high <= 0xdf ? 2 : 3;
};

const hexValue = (byte: number): number => (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57);

export class Mould {
  /** Everything before the free text, and what is sent in its place (the same bytes unless the model is renamed). */
  readonly #head: Buffer;
  readonly newHead: Buffer | undefined;
  /** Everything after it without spaces, in two halves when a padding string stands between them. */
  readonly #tail: Buffer;
  readonly #padAt: number;
  /** Of the last frame that fitted: UTF-8 bytes of its text, and where its text starts and ends. */
  counted = 0;
  textAt = 0;
  #textEnd = 0;

  /** @param padAt index in `tail` after which a string of padding stands, or -1 */
  constructor(head: Buffer, newHead: Buffer | undefined, tail: Buffer, padAt: number) {
    this.#head = head;
    this.newHead = newHead;
    this.#tail = tail;
    this.#padAt = padAt;
  }

  /** The end of the frame at `at` in `bytes` if it fits, else -1. */
  match(bytes: Buffer, at: number): number {
    const head = this.#head;
    const textAt = at + head.length;
    if (textAt >= bytes.length || bytes.compare(head, 0, head.length, at, textAt) !== 0) return -1;
    let size = 0;
    let i = textAt;
    for (;;) {
      const byte = bytes[i];
      if (byte === undefined || byte < SPACE) return -1;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        const length = escapeLength(bytes, i);
        if (length === 0) return -1;
        size += bytes[i + 1] === LETTER_U ? unicodeBytes(bytes, i) : 1;
        i += length;
      } else {
        size++;
        i++;
      }
    }
    this.counted = size;
    this.textAt = textAt;
    this.#textEnd = i;
    return this.#matchTail(bytes, i);
  }

  /** The text of the last frame that fitted. @param bytes in which it was found */
  textIn(bytes: Buffer): string {
    // As many bytes as it counts: there is no escape in it.
    if (this.counted === this.#textEnd - this.textAt) return bytes.toString("utf8", this.textAt, this.#textEnd);
    return JSON.parse(bytes.toString("utf8", this.textAt - 1, this.#textEnd + 1)) as string;
  }

  /** The tail from the text's closing quote on. Spaces are of no account: a provider pads with them (Anthropic). */
  #matchTail(bytes: Buffer, from: number): number {
    const tail = this.#tail;
    const { length } = tail;
    let i = from;
    for (let j = 0; j < length; j++) {
      let byte = bytes[i];
      while (byte === SPACE) byte = bytes[++i];
      if (byte !== tail[j]) {
        // A timestamp may be another one; a short number may be an index, which means something.
        if (!isDigit(byte) || !isLongNumber(tail, j)) return -1;
        while (isDigit(bytes[i + 1])) i++;
        while (isDigit(tail[j + 1])) j++;
      }
      i++;
      if (j === this.#padAt) {
        i = skipString(bytes, i);
        if (i < 0) return -1;
      }
    }
    return i;
  }
}

/** The position of the closing quote of the string whose text starts at `from`, or -1 when it is no plain string. */
const skipString = (bytes: Buffer, from: number): number => {
  for (let i = from; ; i++) {
    const byte = bytes[i];
    if (byte === undefined || byte < SPACE || byte === BACKSLASH) return -1;
    if (byte === QUOTE) return i;
  }
};

/** Replaces the value of the last member called `key` in a frame by the mark. @returns undefined when there is no such string */
const markString = (raw: Buffer, key: string): Buffer | undefined => {
  const name = `"${key}":`;
  let at = raw.lastIndexOf(name);
  if (at < 0) return undefined;
  at += name.length;
  while (raw[at] === SPACE) at++;
  if (raw[at] !== QUOTE) return undefined;
  let end = at + 1;
  while (end < raw.length && raw[end] !== QUOTE) end += raw[end] === BACKSLASH ? 2 : 1;
  return Buffer.concat([raw.subarray(0, at + 1), MARK_BYTES, raw.subarray(end)]);
};

const withoutSpaces = (bytes: Buffer): Buffer => Buffer.from(bytes.filter((byte) => byte !== SPACE));

/** The JSON of a frame whose data is one line, after marking moved its end. */
const bodyOf = (frame: SseFrame, marked: Buffer): Json | undefined => {
  if (frame.dataSpan === undefined) return undefined;
  const end = frame.dataSpan.end + marked.length - frame.raw.length;
  try {
    return parseEventJson(marked.toString("utf8", frame.dataSpan.start, end));
  } catch {
    return undefined;
  }
};

const padValue = (body: Json | undefined, key: string): Json | undefined =>
  typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Record<string, Json>)[key] : undefined;

/** The tail with its padding string emptied, and where that stood. */
const paddedTail = (
  frame: SseFrame,
  marked: Buffer,
  textEnd: number,
  rules: MouldRules,
): { tail: Buffer; padAt: number } => {
  for (const key of rules.padding) {
    const twice = markString(marked, key);
    if (twice === undefined || padValue(bodyOf(frame, twice), key) !== MARK) continue;
    const at = twice.indexOf(MARK_BYTES, textEnd);
    if (at < 0) continue;
    const before = withoutSpaces(twice.subarray(textEnd, at));
    const after = withoutSpaces(twice.subarray(at + MARK_BYTES.length));
    return { tail: Buffer.concat([before, after]), padAt: before.length - 1 };
  }
  return { tail: withoutSpaces(marked.subarray(textEnd)), padAt: -1 };
};

/**
 * Makes a mould of a frame that was parsed and needs nothing but, perhaps, the edit `rename`.
 * @param rename edits the frame's bytes; must keep the free text where it is in relation to what follows it
 * @returns undefined when the frame has no single free text, or the edit reaches beyond it
 */
export const mouldOf = (
  frame: SseFrame,
  body: Json,
  rules: MouldRules,
  rename?: (raw: Buffer) => Buffer,
): Mould | undefined => {
  const free = rules.free(body);
  if (free === undefined || frame.dataSpan === undefined || frame.raw.at(-1) !== LF) return undefined;
  const marked = markString(frame.raw, free.key);
  if (marked === undefined) return undefined;
  const seen = bodyOf(frame, marked);
  if (seen === undefined || rules.free(seen)?.value !== MARK) return undefined;
  const at = marked.indexOf(MARK_BYTES);
  if (marked.lastIndexOf(MARK_BYTES) !== at) return undefined;
  const head = Buffer.from(marked.subarray(0, at));
  const textEnd = at + MARK_BYTES.length;
  const { tail, padAt } = paddedTail(frame, marked, textEnd, rules);
  if (rename === undefined) return new Mould(head, undefined, tail, padAt);
  const renamed = rename(marked);
  const newAt = renamed.indexOf(MARK_BYTES);
  if (newAt < 0 || !renamed.subarray(newAt).equals(marked.subarray(at))) return undefined;
  return new Mould(head, Buffer.from(renamed.subarray(0, newAt)), tail, padAt);
};
