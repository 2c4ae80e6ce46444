/**
 * The bounded, validating scanner that reads a JSON object's top level without materialising it.
 *
 * It is a security boundary: what is priced must be what is served, so a body means one thing only. It is also the hot path: one
 * pass over the bytes, strings skipped four bytes at a time, nothing allocated but the spans of the top-level members.
 */
import { isUtf8 } from "node:buffer";

import { errors, type GatewayError } from "../errors.ts";

/** Byte span of a top-level member's value in the body, `end` exclusive. `memberStart` is the opening quote of its key. */
export interface Span {
  readonly memberStart: number;
  readonly start: number;
  readonly end: number;
  /** Direct children: elements of an array, members of an object, else 0. */
  readonly items: number;
  /**
   * Every string that a nested `type` or `ttl` has within this value: which kinds of thing it holds. At most 64 distinct ones
   * are kept, so a reader asks "are they all known to me?", never "is this one absent?".
   */
  readonly tags: ReadonlySet<string>;
}

/** The top level of a JSON object. */
export interface JsonScan {
  readonly members: ReadonlyMap<string, Span>;
}

/** What a scan accepts. */
export interface ScanLimits {
  /** Objects and arrays within each other. */
  readonly depth: number;
  /** Structural characters outside strings: `{ } [ ] , :`. */
  readonly tokens: number;
  /** A second top-level member of the same name: an error, or the last one counts as it does in JSON.parse. */
  readonly duplicates: "refuse" | "last";
  /** Numbers with leading zeros: never from clients; some servers print them (event-json.ts). */
  readonly leadingZeros: boolean;
}

/** Requests come from anybody (D75, D76, D82). */
export const REQUEST_LIMITS: ScanLimits = { depth: 64, tokens: 200_000, duplicates: "refuse", leadingZeros: false };
/** Replies are bounded in bytes by their reader; log probabilities alone can hold millions of tokens. */
export const REPLY_LIMITS: ScanLimits = { depth: 512, tokens: 50_000_000, duplicates: "last", leadingZeros: true };

const MAX_TAGS = 64;
const NO_TAGS: ReadonlySet<string> = new Set();

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
export const MINUS = 0x2d;
const DOT = 0x2e;
const LETTER_E = 0x65;
const LETTER_U = 0x75;

/** `type` and `ttl"` as little-endian words: the keys whose values are kept as tags. */
const WORD_TYPE = 0x65707974;
const WORD_TTL = 0x226c7474;
/** Raw length of a key, quotes included, that could spell `type` in escapes. */
const LONGEST_ESCAPED_TAG_KEY = 4 * 6 + 2;

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
/** `" \ / b f n r t`; `u` is apart. */
const SIMPLE_ESCAPES: ReadonlySet<number> = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL = Buffer.from("null");

/**
 * The length of the escape sequence whose backslash is at `at`, or 0 when it is not one.
 */
export const escapeLength = (body: Buffer, at: number): number => {
  const kind = body[at + 1];
  if (kind === undefined) return 0;
  if (SIMPLE_ESCAPES.has(kind)) return 2;
  if (kind !== LETTER_U) return 0;
  for (let i = at + 2; i < at + 6; i++) if (!isHex(body[i])) return 0;
  return 6;
};

/** Thrown inside a scan, turned into a catalogue row by `scanJson` and into a broken reply by whoever scans replies. */
class ScanFault extends Error {
  readonly toGatewayError: () => GatewayError;
  constructor(toGatewayError: () => GatewayError) {
    super("not an acceptable JSON object");
    this.toGatewayError = toGatewayError;
  }
}

class Scanner {
  readonly #body: Buffer;
  readonly #view: DataView;
  readonly #end: number;
  readonly #limits: ScanLimits;
  readonly #members = new Map<string, Span>();
  #at = 0;
  #tokens = 0;
  /** The string read last held an escape. */
  #escaped = false;
  #tagStarts: number[] = [];
  #tagEnds: number[] = [];
  #tags: string[] = [];

  constructor(body: Buffer, limits: ScanLimits) {
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.length);
    this.#end = body.length;
    this.#limits = limits;
  }

  run(): ReadonlyMap<string, Span> {
    this.#space();
    if (this.#body[this.#at] !== OPEN_BRACE) this.#fail(this.#at);
    this.#object(1);
    this.#space();
    if (this.#at !== this.#end) this.#fail(this.#at);
    return this.#members;
  }

  #fail(position: number): never {
    throw new ScanFault(() => errors.invalidJson(position));
  }

  #count(): void {
    if (++this.#tokens > this.#limits.tokens) throw new ScanFault(() => errors.jsonTooComplex());
  }

  #space(): void {
    const body = this.#body;
    let at = this.#at;
    for (;;) {
      const byte = body[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
      at++;
    }
    this.#at = at;
  }

  /** @returns direct children, for containers. */
  #value(depth: number): number {
    const byte = this.#body[this.#at] ?? 0;
    switch (byte) {
      case QUOTE:
        this.#string();
        return 0;
      case OPEN_BRACE:
        return this.#object(depth + 1);
      case OPEN_BRACKET:
        return this.#array(depth + 1);
      case 0x74:
        this.#literal(TRUE);
        return 0;
      case 0x66:
        this.#literal(FALSE);
        return 0;
      case 0x6e:
        this.#literal(NULL);
        return 0;
      default:
        this.#number();
        return 0;
    }
  }

  #enter(depth: number): void {
    if (depth > this.#limits.depth) throw new ScanFault(() => errors.jsonTooComplex());
    this.#count();
    this.#at++;
    this.#space();
  }

  #object(depth: number): number {
    this.#enter(depth);
    if (this.#body[this.#at] === CLOSE_BRACE) {
      this.#leave();
      return 0;
    }
    for (let items = 1; ; items++) {
      if (depth === 1) this.#topMember();
      else this.#member(depth);
      this.#space();
      if (this.#body[this.#at] === CLOSE_BRACE) {
        this.#leave();
        return items;
      }
      this.#separator(COMMA);
    }
  }

  #array(depth: number): number {
    this.#enter(depth);
    if (this.#body[this.#at] === CLOSE_BRACKET) {
      this.#leave();
      return 0;
    }
    for (let items = 1; ; items++) {
      this.#value(depth);
      this.#space();
      if (this.#body[this.#at] === CLOSE_BRACKET) {
        this.#leave();
        return items;
      }
      this.#separator(COMMA);
    }
  }

  #leave(): void {
    this.#count();
    this.#at++;
  }

  #separator(byte: number): void {
    if (this.#body[this.#at] !== byte) this.#fail(this.#at);
    this.#count();
    this.#at++;
    this.#space();
  }

  /** From the opening quote of a key to the first byte of its value. */
  #key(): void {
    if (this.#body[this.#at] !== QUOTE) this.#fail(this.#at);
    this.#string();
  }

  #member(depth: number): void {
    const keyStart = this.#at;
    this.#key();
    const tagged = this.#isTagKey(keyStart, this.#at);
    this.#space();
    this.#separator(COLON);
    if (tagged && this.#body[this.#at] === QUOTE) {
      const start = this.#at;
      this.#string();
      this.#tag(start, this.#at);
      return;
    }
    this.#value(depth);
  }

  #topMember(): void {
    const memberStart = this.#at;
    this.#key();
    const key = this.#text(memberStart, this.#at, this.#escaped);
    if (this.#limits.duplicates === "refuse" && this.#members.has(key))
      throw new ScanFault(() => errors.duplicateKey(key.toWellFormed().slice(0, 64)));
    this.#space();
    this.#separator(COLON);
    const start = this.#at;
    const items = this.#value(1);
    this.#members.set(key, { memberStart, start, end: this.#at, items, tags: this.#takeTags() });
  }

  #text(start: number, end: number, escaped: boolean): string {
    return escaped
      ? (JSON.parse(this.#body.toString("utf8", start, end)) as string)
      : this.#body.toString("utf8", start + 1, end - 1);
  }

  #isTagKey(start: number, end: number): boolean {
    const length = end - start;
    if (this.#escaped) {
      if (length > LONGEST_ESCAPED_TAG_KEY) return false;
      const key = this.#text(start, end, true);
      return key === "type" || key === "ttl";
    }
    // A key of four letters is followed by its quote, one of three ends in it: both words lie within the key.
    if (length === 6) return this.#view.getInt32(start + 1, true) === WORD_TYPE;
    return length === 5 && this.#view.getInt32(start + 1, true) === WORD_TTL;
  }

  #tag(start: number, end: number): void {
    const length = end - start;
    const body = this.#body;
    const starts = this.#tagStarts;
    for (let i = 0; i < starts.length; i++) {
      const known = starts[i] ?? 0;
      if ((this.#tagEnds[i] ?? 0) - known !== length) continue;
      let same = 1;
      while (same < length && body[known + same] === body[start + same]) same++;
      if (same === length) return;
    }
    if (starts.length >= MAX_TAGS) return;
    starts.push(start);
    this.#tagEnds.push(end);
    this.#tags.push(this.#text(start, end, this.#escaped));
  }

  #takeTags(): ReadonlySet<string> {
    if (this.#tags.length === 0) return NO_TAGS;
    const tags = new Set(this.#tags);
    this.#tags = [];
    this.#tagStarts = [];
    this.#tagEnds = [];
    return tags;
  }

  /** From the opening quote to after the closing one. */
  #string(): void {
    const body = this.#body;
    let at = this.#at + 1;
    this.#escaped = false;
    for (;;) {
      at = this.#plain(at);
      const byte = body[at];
      if (byte === QUOTE) {
        this.#at = at + 1;
        return;
      }
      if (byte !== BACKSLASH) this.#fail(at);
      this.#escaped = true;
      const length = escapeLength(body, at);
      if (length === 0) this.#fail(at);
      at += length;
    }
  }

  /** The first position from `at` whose byte is a quote, a backslash, a control character, or the end of the body. */
  #plain(at: number): number {
    const view = this.#view;
    const last = this.#end - 4;
    let i = at;
    while (i <= last) {
      const word = view.getInt32(i, true);
      const quote = word ^ 0x22222222;
      const slash = word ^ 0x5c5c5c5c;
      // The high bit of a byte is set where the byte is below 0x20, or zero after the exclusive or (perhaps also right above such a
      // byte, never elsewhere): a miss is certain, a hit is looked at byte by byte.
      const hit = ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash);
      if ((hit & 0x80808080) !== 0) break;
      i += 4;
    }
    const body = this.#body;
    for (;;) {
      const byte = body[i];
      if (byte === undefined || byte === QUOTE || byte === BACKSLASH || byte < 0x20) return i;
      i++;
    }
  }

  #literal(text: Buffer): void {
    const start = this.#at;
    for (let i = 1; i < text.length; i++) if (this.#body[start + i] !== text[i]) this.#fail(start + i);
    this.#at = start + text.length;
  }

  #number(): void {
    const body = this.#body;
    let at = this.#at;
    if (body[at] === MINUS) at++;
    if (body[at] === 0x30 && !this.#limits.leadingZeros) at++;
    else at = this.#digits(at);
    if (body[at] === DOT) at = this.#digits(at + 1);
    const exponent = body[at];
    if (exponent !== undefined && (exponent | 0x20) === LETTER_E) {
      const sign = body[at + 1];
      at = this.#digits(sign === MINUS || sign === 0x2b ? at + 2 : at + 1);
    }
    this.#at = at;
  }

  #digits(from: number): number {
    const body = this.#body;
    if (!isDigit(body[from])) this.#fail(Math.min(from, this.#end));
    let at = from + 1;
    while (isDigit(body[at])) at++;
    return at;
  }
}

/**
 * Validates a request body and finds its top-level members, in one pass.
 * @throws GatewayError invalid_utf8, json_too_complex, duplicate_key or invalid_json (with the byte of the first fault)
 */
export const scanJson = (body: Buffer, limits: ScanLimits = REQUEST_LIMITS): JsonScan => {
  if (!isUtf8(body)) throw errors.invalidUtf8();
  try {
    return { members: new Scanner(body, limits).run() };
  } catch (error) {
    throw error instanceof ScanFault ? error.toGatewayError() : error;
  }
};
