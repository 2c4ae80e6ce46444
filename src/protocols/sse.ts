/**
 * The only reader and writer of server-sent events.
 *
 * The reader serves two users: translation wants events, pass-through wants each event's own bytes as well, so that it can
 * forward them unchanged. Both get frames: everything up to and including a blank line, events or not.
 */

/** One dispatched event: `event` is empty when the stream gave no name. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

/** A block of lines and its blank line. `data` is undefined when it dispatches nothing (comments, blank lines). */
export interface SseFrame {
  readonly event: string;
  readonly data: string | undefined;
  /** The frame's own bytes. All frames of a stream joined are the stream. */
  readonly raw: Buffer;
  /** Where in `raw` the data stands when it is one line; `undefined` when it is spread over several. */
  readonly dataSpan: { readonly start: number; readonly end: number } | undefined;
}

/** Thrown for a stream that is no event stream, or exceeds its bounds. */
export class SseBroken extends Error {
  override readonly name = "SseBroken";
}

/** Longest line, and longest frame, that is read (B45). */
export const MAX_LINE_BYTES = 1024 * 1024;
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** Longest line, and longest frame, of a stream whose events hold whole images. */
export const MAX_DRAWN_BYTES = 32 * 1024 * 1024;
/** From this length on a line that is not complete grows in a store with room, so that its bytes are not copied with every chunk. */
const LONG_LINE_BYTES = 256 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NOTHING = Buffer.alloc(0);
const BOM = Buffer.from("\ufeff");

/** The lines of a frame read so far, by their positions from the frame's start. */
interface Lines {
  event: string;
  /** Start and end of each data line's value. */
  data: number[];
}

/**
 * Reads frames out of bytes cut anywhere: feed `push`, then call `next` until it is undefined. CR, LF and CRLF end lines.
 * Field names other than those of the specification are refused, although it would have them ignored: bytes that no event
 * stream has reason to send, such as a bare JSON error, must not reach a client.
 */
export class SseReader {
  /** What is in hand; everything before `#at` was dispatched. */
  #bytes: Buffer = NOTHING;
  #at = 0;
  /** Where the next line starts, and up to where it was searched for its end. */
  #line = 0;
  #searched = 0;
  /** Position of the first carriage return from the line on, or -1 when there is none. */
  #nextCr = -1;
  /** The last line ended in a carriage return that was the last byte in hand: a line feed next belongs to it. */
  #mayContinueCrLf = false;
  /** Lines of this stream end in both: then a carriage return that is the last byte in hand waits for its line feed. */
  #usesCrLf = false;
  #lines: Lines = { event: "", data: [] };
  #first = true;
  readonly #lineBytes: number;
  /** Where a long line grows; what is in hand is its beginning then. */
  #store: Buffer = NOTHING;

  /** @param lineBytes longest line that is read */
  constructor(lineBytes: number = MAX_LINE_BYTES) {
    this.#lineBytes = lineBytes;
  }

  /** Adds bytes of the stream. They are kept by reference and must not change. */
  push(chunk: Buffer): void {
    const rest = this.#bytes.length - this.#at;
    if (rest === 0) this.#bytes = chunk;
    else if (rest < LONG_LINE_BYTES)
      this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk], rest + chunk.length);
    else this.#grow(chunk, rest);
    this.#line -= this.#at;
    this.#searched -= this.#at;
    this.#at = 0;
    this.#nextCr = this.#bytes.indexOf(CR, this.#searched);
  }

  /** Adds to a long line. What was dispatched keeps its bytes: a store is only ever written behind them. */
  #grow(chunk: Buffer, rest: number): void {
    const length = rest + chunk.length;
    const isStored = this.#at === 0 && this.#bytes.buffer === this.#store.buffer;
    if (!isStored || this.#store.length < length) {
      const store = Buffer.allocUnsafeSlow(length * 2);
      this.#bytes.copy(store, 0, this.#at);
      this.#store = store;
    }
    chunk.copy(this.#store, rest);
    this.#bytes = this.#store.subarray(0, length);
  }

  /** The bytes in hand, and the position from which they are undispatched: for whoever can recognise a frame by itself. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get at(): number {
    return this.#at;
  }

  /** True when `next` would start at a frame's first byte. */
  get atFrameStart(): boolean {
    return this.#line === this.#at && !this.#mayContinueCrLf && !this.#first;
  }

  /** Skips to `position` in the pending bytes, where a frame recognised by the caller ends. Only at a frame's start. */
  skipTo(position: number): void {
    this.#at = position;
    this.#line = position;
    this.#searched = position;
    if (this.#nextCr !== -1 && this.#nextCr < position) this.#nextCr = this.#bytes.indexOf(CR, position);
  }

  /** The next complete frame. @throws SseBroken */
  next(): SseFrame | undefined {
    for (;;) {
      const end = this.#lineEnd();
      if (end < 0) {
        if (this.#bytes.length - this.#line > this.#lineBytes) throw new SseBroken("line too long");
        if (this.#bytes.length - this.#at > Math.max(MAX_FRAME_BYTES, this.#lineBytes))
          throw new SseBroken("event too long");
        return undefined;
      }
      const start = Math.min(this.#lineStart(), end);
      const after = this.#afterLine(end);
      this.#line = after;
      this.#searched = after;
      if (start === end) return this.#dispatch(after);
      if (end - start > this.#lineBytes) throw new SseBroken("line too long");
      this.#field(start, end);
    }
  }

  /** The stream has ended: what is left counts as a whole frame, for recorders and servers drop the last blank line. */
  end(): SseFrame | undefined {
    const { length } = this.#bytes;
    if (this.#at === length) return undefined;
    const end = this.#bytes[length - 1] === CR && this.#line < length ? length - 1 : length;
    const start = Math.min(this.#lineStart(), end);
    if (start < end) this.#field(start, end);
    this.#line = length;
    this.#searched = length;
    return this.#dispatch(length);
  }

  /** Position of the first line ending in the current line, or -1. */
  #lineEnd(): number {
    // A line feed that completes a CRLF whose halves came apart is no line of its own.
    if (this.#mayContinueCrLf && this.#line < this.#bytes.length) {
      this.#mayContinueCrLf = false;
      if (this.#bytes[this.#line] === LF) {
        this.#usesCrLf = true;
        this.#line++;
        this.#searched = this.#line;
      }
    }
    const lf = this.#bytes.indexOf(LF, this.#searched);
    if (this.#nextCr !== -1 && this.#nextCr < this.#searched) this.#nextCr = this.#bytes.indexOf(CR, this.#searched);
    const cr = this.#nextCr;
    if (lf === -1 && cr === -1) {
      this.#searched = this.#bytes.length;
      return -1;
    }
    if (cr === -1 || (lf !== -1 && lf < cr)) return lf;
    if (this.#usesCrLf && cr + 1 === this.#bytes.length) {
      this.#searched = cr;
      return -1;
    }
    return cr;
  }

  #lineStart(): number {
    const line = this.#line;
    if (!this.#first) return line;
    this.#first = false;
    let start = this.#bytes.subarray(line, line + BOM.length).equals(BOM) ? line + BOM.length : line;
    // Blanks that a provider sends ahead of the stream.
    while (this.#bytes[start] === SPACE) start++;
    return start;
  }

  #afterLine(end: number): number {
    if (this.#bytes[end] === LF) return end + 1;
    if (end + 1 === this.#bytes.length) this.#mayContinueCrLf = true;
    if (this.#bytes[end + 1] !== LF) return end + 1;
    this.#usesCrLf = true;
    return end + 2;
  }

  #field(start: number, end: number): void {
    const bytes = this.#bytes;
    if (bytes[start] === COLON) return;
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    const name = bytes.toString("latin1", start, Math.min(colon, start + 8));
    const value = colon === end ? end : bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
    const at = Math.min(value, end);
    switch (name) {
      case "data":
        this.#lines.data.push(at - this.#at, end - this.#at);
        return;
      case "event":
        this.#lines.event = bytes.toString("utf8", at, end);
        return;
      case "id":
      case "retry":
        return;
      default:
        throw new SseBroken("not a field of an event stream");
    }
  }

  #dispatch(end: number): SseFrame {
    const raw = this.#bytes.subarray(this.#at, end);
    const { event, data } = this.#lines;
    this.#at = end;
    if (event !== "" || data.length > 0) this.#lines = { event: "", data: [] };
    const [from, to] = data;
    if (from === undefined || to === undefined) return { event, data: undefined, raw, dataSpan: undefined };
    if (data.length === 2)
      return { event, data: raw.toString("utf8", from, to), raw, dataSpan: { start: from, end: to } };
    const lines: string[] = [];
    for (let i = 0; i + 1 < data.length; i += 2) lines.push(raw.toString("utf8", data[i] ?? 0, data[i + 1] ?? 0));
    return { event, data: lines.join("\n"), raw, dataSpan: undefined };
  }
}

/** One event as text. `data` must not hold line endings (JSON text never does, D96). @param event omitted when empty */
export const sseEvent = (data: string, event = ""): string =>
  event === "" ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
