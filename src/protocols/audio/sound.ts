/**
 * Sound on its way to a client that wants the sound itself: as bytes, or unpacked from the events in which a provider that was asked
 * for its count sends it. The last of it is held back until the charge is made.
 */
import type { Json } from "../canonical.ts";
import { brokenFault } from "../broken.ts";
import { PROTOCOLS } from "../index.ts";
import type { Reading, ReplyStream, StreamState, UpstreamFault } from "../protocol.ts";
import { MAX_DRAWN_BYTES, SseBroken, SseReader } from "../sse.ts";
import { typeOf } from "../typed-stream.ts";
import { isObject, textOf } from "../value.ts";

/** How a stream of events begins; no form of sound does. */
const EVENT_STARTS = ["event:", "data:", ": ", "id:"];
const LONGEST_START = 6;
const DELTA = "speech.audio.delta";
const DONE = "speech.audio.done";
const NOTHING = Buffer.alloc(0);

export interface SoundOrder {
  /** What is known of the usage, given what the last event says and how many bytes of sound there were. */
  readonly read: (usage: Json | undefined, bytes: number, ended: boolean) => Reading;
}

export class SoundStream implements ReplyStream {
  readonly #order: SoundOrder;
  readonly #reader = new SseReader(MAX_DRAWN_BYTES);
  #form: "events" | "bytes" | undefined;
  #state: StreamState = "open";
  #fault: UpstreamFault | undefined;
  #started = false;
  #early: Buffer = NOTHING;
  #held: Buffer = NOTHING;
  #bytes = 0;
  #usage: Json | undefined;

  constructor(order: SoundOrder) {
    this.#order = order;
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
    return this.#order.read(this.#usage, this.#bytes, this.#state === "ended");
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#state !== "open") return undefined;
    if (this.#form === undefined) {
      this.#early = Buffer.concat([this.#early, chunk]);
      if (this.#early.length < LONGEST_START) return undefined;
      return this.#begin();
    }
    return this.#form === "bytes" ? this.#pass(chunk) : this.#unpack(() => this.#reader.push(chunk));
  }

  end(): Buffer | undefined {
    if (this.#state !== "open") return undefined;
    const early = this.#form === undefined && this.#early.length > 0 ? this.#begin() : undefined;
    if (this.#state === "open" && this.#form === "bytes") this.#state = "ended";
    if (this.#state === "open") this.#fail("the sound ended before its reply did");
    return early;
  }

  finish(): Buffer {
    return this.#held;
  }

  cut(): Buffer {
    return NOTHING;
  }

  /** The first bytes tell what they are. */
  #begin(): Buffer | undefined {
    const early = this.#early;
    this.#early = NOTHING;
    const head = early.toString("latin1", 0, LONGEST_START);
    this.#form = EVENT_STARTS.some((start) => head.startsWith(start)) ? "events" : "bytes";
    return this.#form === "bytes" ? this.#pass(early) : this.#unpack(() => this.#reader.push(early));
  }

  /** Lets through what was held, and holds the new. */
  #pass(sound: Buffer): Buffer | undefined {
    if (sound.length === 0) return undefined;
    const before = this.#held;
    this.#held = sound;
    this.#bytes += sound.length;
    if (before.length === 0) return undefined;
    this.#started = true;
    return before;
  }

  #unpack(push: () => void): Buffer | undefined {
    const sounds: Buffer[] = [];
    try {
      push();
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        const sound =
          frame.data === undefined || frame.data.trim() === "" ? undefined : this.#event(frame.data, frame.event);
        if (sound !== undefined) sounds.push(sound);
      }
    } catch (error) {
      this.#fail(error instanceof SseBroken ? error.message : "an unreadable event");
    }
    return this.#pass(Buffer.concat(sounds));
  }

  #event(data: string, event: string): Buffer | undefined {
    if (this.#state !== "open" || data.trim() === "[DONE]") return undefined;
    const body = JSON.parse(data) as Json;
    const fault = PROTOCOLS["openai-chat"].upstream.eventFault({ event, data }, body);
    if (fault !== undefined) {
      this.#state = "failed";
      this.#fault = fault;
      return undefined;
    }
    const type = typeOf(body);
    if (type === DONE) {
      this.#usage = isObject(body) ? body["usage"] : undefined;
      this.#state = "ended";
    }
    return type === DELTA && isObject(body) ? Buffer.from(textOf(body["audio"]), "base64") : undefined;
  }

  #fail(why: string): void {
    this.#state = "failed";
    this.#fault = brokenFault(why);
  }
}
