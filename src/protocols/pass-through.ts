/**
 * Same protocol on both sides: the client's own bytes go to the provider and the provider's own bytes to the client, but for the
 * edits that the dialect names (DESIGN §9.4, `edits.ts` of each protocol). What is common to all dialects is here.
 */
import { brokenFault, brokenReply } from "./broken.ts";
import type { Json } from "./canonical.ts";
import { editFrame, type FrameEdit, type Parsed } from "./frame-edits.ts";
import { MAX_LESSONS, mouldOf, type Mould, type MouldRules } from "./mould.ts";
import {
  UpstreamBroken,
  type Meter,
  type Reading,
  type ReplyStream,
  type Settled,
  type StreamGrammar,
  type StreamState,
  type UpstreamFault,
  type UpstreamSide,
} from "./protocol.ts";
import { MAX_DRAWN_BYTES, MAX_LINE_BYTES, SseBroken, SseReader, type SseFrame } from "./sse.ts";
import { parseReply } from "./whole-body.ts";

/**
 * What becomes of a frame:
 * `idle` carries no content (a ping); `pass` goes on at once; `turn` does too, and frames that look like earlier ones no longer mean
 * the same after it; `release` goes on at once and so does what was held, for it was not the end after all; `hold` waits for the
 * settlement; `end` does too and is the last one that matters.
 */
export type Verdict = "idle" | "pass" | "turn" | "release" | "hold" | "end";

/** What a dialect decides about the frames of one stream. It may keep state; every parsed frame passes `judge` once, in order. */
export interface FrameRules {
  /** How to know frames that need no attention; undefined where no two are alike. */
  readonly moulds: MouldRules | undefined;
  judge(parsed: Parsed): Verdict;
  /** The edits that a frame needs before it goes anywhere. */
  edits(body: Json): readonly FrameEdit[];
  /** From here on everything waits for the settlement. */
  readonly holding: boolean;
  /** The dialect gave a reason for its end: a body that ends now is complete (its terminal event is not certain). */
  readonly mayEnd: boolean;
  /** False for a held frame that the client does not get at all. */
  shows(held: Held): boolean;
  /** The last bytes: what was held, as the settlement wants it. */
  finish(held: readonly Held[], settled: Settled): Buffer[];
  /** The last bytes of a reply that is ended early. */
  cut(settled: Settled): Buffer[];
}

/** A frame that waits, with its edits already made. */
export interface Held {
  readonly raw: Buffer;
  readonly parsed: Parsed | undefined;
}

/** Moulds that are tried on each frame. */
const MOULDS = 2;
/** Most bytes that may follow the end of a reply while it waits for its settlement. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
const DONE = "[DONE]";
const BLANK_LINE = Buffer.from("\n\n");

/** True where an event ends with these bytes. */
export const endsBlank = (bytes: Buffer): boolean => {
  const end = bytes.toString("latin1", Math.max(0, bytes.length - 4));
  return end.endsWith("\n\n") || end.endsWith("\r\n\r\n") || end.endsWith("\r\r");
};

export interface PassThroughOrder {
  readonly rules: FrameRules;
  readonly meter: Meter;
  readonly upstream: UpstreamSide;
  /** Its events hold images, which are longer than any text. */
  readonly draws?: boolean;
}

/** Bytes to let through: some of our own, or a run of the reader's, of which no view is made: that costs more than a copy. */
type Part = Buffer | { readonly start: number; readonly end: number };

const lengthOf = (part: Part): number => (Buffer.isBuffer(part) ? part.length : part.end - part.start);

const joined = (parts: readonly Part[], bytes: Buffer): Buffer => {
  const [only] = parts;
  if (only !== undefined && parts.length === 1)
    return Buffer.isBuffer(only) ? only : bytes.subarray(only.start, only.end);
  const whole = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + lengthOf(part), 0));
  let at = 0;
  for (const part of parts)
    at += Buffer.isBuffer(part) ? part.copy(whole, at) : bytes.copy(whole, at, part.start, part.end);
  return whole;
};

export class PassThroughStream implements ReplyStream {
  readonly #rules: FrameRules;
  readonly #meter: Meter;
  readonly #upstream: UpstreamSide;
  readonly #grammar: StreamGrammar | undefined;
  readonly #draws: boolean;
  readonly #reader: SseReader;
  #state: StreamState = "open";
  #fault: UpstreamFault | undefined;
  #started = false;
  /** `[DONE]` was seen: a second one is nobody's. */
  #done = false;
  #moulds: Mould[] = [];
  #lessons = 0;
  /** Comments and the like before the first event: they must not commit us to a 200. */
  #prelude: Buffer[] = [];
  #held: Held[] = [];
  #heldBytes = 0;
  /** What this push lets through: whole parts, and a run of untouched bytes of the reader (`#runStart` -1: none). */
  #parts: Part[] = [];
  #runStart = -1;
  #runEnd = -1;

  constructor(order: PassThroughOrder) {
    this.#rules = order.rules;
    this.#meter = order.meter;
    this.#upstream = order.upstream;
    this.#grammar = order.upstream.grammar?.();
    this.#draws = order.draws === true;
    this.#reader = new SseReader(this.#draws ? MAX_DRAWN_BYTES : MAX_LINE_BYTES);
  }

  get state(): StreamState {
    return this.#state;
  }

  get fault(): UpstreamFault | undefined {
    return this.#fault;
  }

  get started(): boolean {
    return this.#started;
  }

  reading(): Reading {
    return this.#meter.read();
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#state === "failed") return undefined;
    this.#reader.push(chunk);
    this.#guarded(() => {
      while (this.#state !== "failed") {
        if (this.#matched()) continue;
        const frame = this.#reader.next();
        if (frame === undefined) return;
        this.#take(frame);
      }
    });
    return this.#flush();
  }

  end(): Buffer | undefined {
    if (this.#state !== "open") return undefined;
    this.#guarded(() => {
      const frame = this.#reader.end();
      if (frame !== undefined) this.#take(frame);
    });
    if (this.#state === "open") {
      if (this.#rules.mayEnd) this.#state = "ended";
      else this.#fail(brokenFault("the stream ended before its reply did"));
    }
    const last = this.#flush();
    // A frame that was cut off must not take the error event for its next line.
    return last === undefined || this.#state === "ended" || endsBlank(last) ? last : Buffer.concat([last, BLANK_LINE]);
  }

  finish(settled: Settled): Buffer {
    return Buffer.concat([...this.#takePrelude(), ...this.#rules.finish(this.#held, settled)]);
  }

  cut(settled: Settled): Buffer {
    return Buffer.concat([...this.#takePrelude(), ...this.#rules.cut(settled)]);
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      // What follows the terminal event cannot spoil a reply that is complete.
      if (this.#state === "ended") return;
      if (error instanceof SseBroken) this.#fail(brokenFault(error.message));
      else if (error instanceof UpstreamBroken) this.#fail(error.fault);
      else this.#fail(brokenFault(error instanceof Error ? error.message : "unreadable event"));
    }
  }

  #fail(fault: UpstreamFault): void {
    this.#state = "failed";
    this.#fault = fault;
    this.#held = [];
    this.#moulds = [];
  }

  /** Forwards the next frame if it fits a mould. */
  #matched(): boolean {
    if (this.#moulds.length === 0 || !this.#reader.atFrameStart) return false;
    if (this.#state !== "open" || this.#rules.holding) return false;
    const { bytes, at } = this.#reader;
    for (const mould of this.#moulds) {
      const end = mould.match(bytes, at);
      if (end < 0) continue;
      this.#reader.skipTo(end);
      this.#meter.add(mould.counted);
      if (mould.newHead === undefined) this.#run(at);
      else {
        this.#closeRun();
        this.#parts.push(mould.newHead);
        this.#run(mould.textAt);
      }
      return true;
    }
    return false;
  }

  #take(frame: SseFrame): void {
    if (this.#state === "ended") {
      this.#after(frame);
      return;
    }
    const { data } = frame;
    if (data === undefined || data.trim() === "") {
      this.#idle(frame.raw);
      return;
    }
    if (data.trim() === DONE) {
      this.#done = true;
      this.#obey(this.#rules.judge({ frame, body: undefined }), { raw: frame.raw, parsed: { frame, body: undefined } });
      return;
    }
    const body = parseReply(data);
    const event = { event: frame.event, data };
    const fault = this.#upstream.eventFault(event, body);
    if (fault !== undefined) {
      this.#fail(fault);
      return;
    }
    this.#grammar?.check(body);
    this.#meter.event(event, body);
    const parsed = { frame, body };
    const verdict = this.#rules.judge(parsed);
    const edits = this.#rules.edits(body);
    const raw = edits.reduce((bytes, edit) => editFrame(bytes, parsed, edit), frame.raw);
    this.#obey(verdict, { raw, parsed });
    if (verdict === "pass" || verdict === "release") this.#learn(parsed, edits);
  }

  /** After the terminal event: what holds no JSON (a blank line, a `[DONE]`) belongs to it, anything else is nobody's. */
  #after(frame: SseFrame): void {
    const { data, raw } = frame;
    const isDone = data?.trim() === DONE;
    if (data === undefined || (isDone && !this.#done)) this.#hold({ raw, parsed: undefined });
    if (isDone) this.#done = true;
  }

  #obey(verdict: Verdict, item: Held): void {
    switch (verdict) {
      case "idle":
        this.#idle(item.raw);
        return;
      case "release":
        for (const held of this.#held) if (this.#rules.shows(held)) this.#emit(held.raw);
        this.#held = [];
        this.#heldBytes = 0;
        this.#start(item);
        return;
      case "turn":
        this.#moulds = [];
        this.#start(item);
        return;
      case "pass":
        this.#start(item);
        return;
      case "end":
        this.#state = "ended";
        this.#hold(item);
        return;
      case "hold":
        this.#hold(item);
    }
  }

  #idle(raw: Buffer): void {
    if (this.#rules.holding || this.#state === "ended") this.#hold({ raw, parsed: undefined });
    else if (this.#started) this.#emit(raw);
    else this.#prelude.push(raw);
  }

  #start({ raw }: Held): void {
    for (const early of this.#takePrelude()) this.#emit(early);
    this.#started = true;
    this.#emit(raw);
  }

  #takePrelude(): Buffer[] {
    const prelude = this.#prelude;
    this.#prelude = [];
    return prelude;
  }

  #hold(item: Held): void {
    this.#heldBytes += item.raw.length;
    if (this.#heldBytes > (this.#draws ? MAX_DRAWN_BYTES : MAX_HELD_BYTES))
      throw brokenReply("too much after the end of the reply");
    this.#held.push(item);
  }

  /** Lets bytes through: as part of the untouched run where they stand in the reader's bytes right after it. */
  #emit(raw: Buffer): void {
    const { bytes, at } = this.#reader;
    const start = at - raw.length;
    if (raw.buffer === bytes.buffer && raw.byteOffset === bytes.byteOffset + start) {
      this.#run(start);
      return;
    }
    this.#closeRun();
    this.#parts.push(raw);
  }

  /** Continues the untouched run, or begins one at `start`. */
  #run(start: number): void {
    if (this.#runStart >= 0 && this.#runEnd !== start) this.#closeRun();
    if (this.#runStart < 0) this.#runStart = start;
    this.#runEnd = this.#reader.at;
  }

  #closeRun(): void {
    if (this.#runStart < 0) return;
    this.#parts.push({ start: this.#runStart, end: this.#runEnd });
    this.#runStart = -1;
  }

  #flush(): Buffer | undefined {
    const { bytes } = this.#reader;
    if (this.#parts.length === 0 && this.#runStart === 0 && this.#runEnd === bytes.length) {
      this.#runStart = -1;
      return bytes;
    }
    this.#closeRun();
    const parts = this.#parts;
    if (parts.length === 0) return undefined;
    this.#parts = [];
    return joined(parts, bytes);
  }

  /** Makes a mould of a frame that needed nothing but edits that all its like will need. */
  #learn(parsed: Parsed, edits: readonly FrameEdit[]): void {
    const { moulds, holding } = this.#rules;
    if (moulds === undefined || this.#lessons >= MAX_LESSONS || parsed.body === undefined || holding) return;
    const rename =
      edits.length === 0
        ? undefined
        : (raw: Buffer) => edits.reduce((bytes, edit) => editFrame(bytes, parsed, edit), raw);
    const mould = mouldOf(parsed.frame, parsed.body, moulds, rename);
    if (mould === undefined) return;
    this.#lessons++;
    this.#moulds = [mould, ...this.#moulds].slice(0, MOULDS);
  }
}
