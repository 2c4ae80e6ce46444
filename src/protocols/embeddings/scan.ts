/**
 * Finds the vectors of a reply while it arrives. A reply of 2,048 vectors has tens of megabytes: read in one go at its end it would
 * stop every other request for a second, so each piece is looked at when it comes, and only where things lie is kept.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;

/** Objects and arrays within each other. */
const MAX_DEPTH = 64;
/** Longest name of a member that is compared with anything. */
const MAX_NAME = 32;
/** Members that hold a vector: a list of numbers, or base64. */
const VECTOR_NAMES: ReadonlySet<string> = new Set(["embedding", "values"]);

/** Byte range of a value in the whole body, `end` exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Bytes that a list of numbers may be made of. */
const OF_NUMBERS = new Uint8Array(256);
for (const char of "0123456789+-.eE, \n\r\t") OF_NUMBERS[char.charCodeAt(0)] = 1;

type Frame = "object" | "array" | "vector";

export class VectorScan {
  /** Top-level members by name. */
  readonly members = new Map<string, Range>();
  readonly vectors: Range[] = [];
  readonly #onVector: ((text: Buffer) => void) | undefined;
  readonly #stack: Frame[] = [];
  /** Position in the body of the next piece's first byte. */
  #offset = 0;
  #inString = false;
  #escaped = false;
  /** The string is, or the next one will be, the name of a member. */
  #isName = false;
  #name = "";
  /** Where the value of a top-level member began; -1 for none. */
  #memberAt = -1;
  #memberName = "";
  /** Where the vector began; -1 for none. */
  #vectorAt = -1;
  #pieces: Buffer[] = [];
  #failed = false;
  #closed = false;

  /** @param onVector given the text of each vector as it is complete, for what has to be converted */
  constructor(onVector?: (text: Buffer) => void) {
    this.#onVector = onVector;
  }

  /** True for a body that was one object, whole. */
  get complete(): boolean {
    return this.#closed && !this.#failed;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#failed) {
      if (this.#inString) at = this.#string(chunk, at);
      else if (this.#stack.at(-1) === "vector") at = this.#numbers(chunk, at);
      else at = this.#structure(chunk, at);
    }
    if (this.#vectorAt >= 0) this.#keep(chunk, Math.max(0, this.#vectorAt - this.#offset), chunk.length);
    this.#offset += chunk.length;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    if (this.#onVector !== undefined) this.#pieces.push(chunk.subarray(start, end));
  }

  /** Goes on in a string. @returns the position after it, or the end of the piece */
  #string(chunk: Buffer, from: number): number {
    let at = from;
    if (!this.#isName && !this.#escaped) {
      // Base64 and text are skipped at the speed of the machine unless they hold escapes.
      const quote = chunk.indexOf(QUOTE, at);
      const end = quote < 0 ? chunk.length : quote;
      if (!chunk.subarray(at, end).includes(BACKSLASH)) {
        if (quote < 0) return chunk.length;
        return this.#stringEnds(chunk, quote);
      }
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) return this.#stringEnds(chunk, at);
      if (this.#isName && this.#name.length < MAX_NAME) this.#name += String.fromCharCode(byte);
    }
    return at;
  }

  #stringEnds(chunk: Buffer, at: number): number {
    this.#inString = false;
    if (this.#isName) this.#isName = false;
    else this.#valueEnds(chunk, at + 1);
    return at + 1;
  }

  #numbers(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && OF_NUMBERS[chunk[at] ?? 0] === 1) at++;
    if (at === chunk.length) return at;
    if (chunk[at] !== CLOSE_BRACKET) return this.#fail(at);
    this.#stack.pop();
    this.#valueEnds(chunk, at + 1);
    return at + 1;
  }

  #structure(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (byte <= 0x20 || byte === 0x3a) return at + 1;
    if (this.#closed) return this.#fail(at);
    if (byte === COMMA) {
      // The end of a number or a word, which nothing else marks.
      this.#memberEnds(at);
      this.#isName = this.#stack.at(-1) === "object";
      this.#name = "";
      return at + 1;
    }
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return this.#close(chunk, at, byte);
    if (byte === QUOTE) {
      if (!this.#isName) this.#valueBegins(at, false);
      this.#inString = true;
      return at + 1;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return this.#open(at, byte);
    if (this.#stack.length === 0) return this.#fail(at);
    if (this.#memberAt < 0) this.#valueBegins(at, true);
    return at + 1;
  }

  #open(at: number, byte: number): number {
    if (this.#stack.length === 0 ? byte !== OPEN_BRACE : this.#stack.length >= MAX_DEPTH) return this.#fail(at);
    const isArray = byte === OPEN_BRACKET;
    if (this.#stack.length > 0) this.#valueBegins(at, !isArray);
    this.#stack.push(isArray ? (this.#vectorAt >= 0 ? "vector" : "array") : "object");
    this.#isName = !isArray;
    this.#name = "";
    return at + 1;
  }

  #close(chunk: Buffer, at: number, byte: number): number {
    const frame = this.#stack.pop();
    if (frame !== (byte === CLOSE_BRACE ? "object" : "array")) return this.#fail(at);
    if (this.#stack.length === 0) {
      this.#memberEnds(at);
      this.#closed = true;
    } else this.#valueEnds(chunk, at + 1);
    return at + 1;
  }

  /** @param plain a value that is no vector, whatever its name */
  #valueBegins(at: number, plain: boolean): void {
    const depth = this.#stack.length;
    const start = this.#offset + at;
    const isMember = this.#stack.at(-1) === "object";
    if (depth === 1 && isMember && this.#memberAt < 0) {
      this.#memberAt = start;
      this.#memberName = this.#name;
    }
    if (depth > 1 && isMember && !plain && VECTOR_NAMES.has(this.#name)) this.#vectorAt = start;
  }

  /** @param end in the piece */
  #valueEnds(chunk: Buffer, end: number): void {
    if (this.#vectorAt >= 0) {
      const range = { start: this.#vectorAt, end: this.#offset + end };
      this.vectors.push(range);
      if (this.#onVector !== undefined) {
        this.#keep(chunk, Math.max(0, range.start - this.#offset), end);
        this.#onVector(this.#pieces.length === 1 ? (this.#pieces[0] ?? chunk) : Buffer.concat(this.#pieces));
        this.#pieces = [];
      }
      this.#vectorAt = -1;
    }
    if (this.#stack.length === 1) this.#memberEnds(end);
  }

  #memberEnds(end: number): void {
    if (this.#memberAt < 0 || this.#stack.length > 1) return;
    this.members.set(this.#memberName, { start: this.#memberAt, end: this.#offset + end });
    this.#memberAt = -1;
  }

  #fail(at: number): number {
    this.#failed = true;
    return at + 1;
  }
}
