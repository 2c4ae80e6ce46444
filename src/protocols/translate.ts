/**
 * Different protocols on the two sides: a relay made of the provider's reader, the canonical form and the client's writer, which
 * to the pipeline behaves like pass-through: the end is held, errors never pass, and the provider's own meter counts.
 */
import { brokenFault, brokenReply } from "./broken.ts";
import type { Finish, Json, ReplyEvent } from "./canonical.ts";
import { parseEventJson } from "./event-json.ts";
import { readBody } from "./pass-through.ts";
import {
  UpstreamBroken,
  type Meter,
  type Reading,
  type Relay,
  type ReplyContext,
  type ReplyStream,
  type Settled,
  type StreamReader,
  type StreamState,
  type StreamWriter,
  type Target,
  type UpstreamFault,
  type WholeReply,
} from "./protocol.ts";
import type { RelayOrder } from "./relay.ts";
import { SseBroken, SseReader, type SseFrame } from "./sse.ts";

/** The target with the client's own cap made explicit: the canonical form has none. */
const withCap = ({ ask, target }: RelayOrder): Target => {
  const maxTokens = target.maxTokens ?? ask.maxTokens;
  return maxTokens === undefined ? target : { ...target, maxTokens };
};

/** @throws GatewayError from `request` where the client's request has no form in the provider's protocol */
export const translate = (order: RelayOrder): Relay => {
  const { from, to, call, ask } = order;
  return {
    request: () => {
      const capped = withCap(order);
      const { chat, dropped } = from.client.read(call);
      const written = to.upstream.write(chat, capped);
      return {
        ...to.upstream.address(call, capped, ask),
        body: [Buffer.from(JSON.stringify(written.body))],
        dropped: [...dropped, ...written.dropped],
      };
    },
    reply: (body) => translatedReply(order, body),
    stream: () => new TranslatedStream(order),
    events: (body) => to.upstream.events?.(body),
    fault: (status, headers, body) => to.upstream.fault(status, headers, body),
  };
};

/** What the client's writer may know: also the request, which a translation has parsed anyway. */
const contextOf = ({ context, call }: RelayOrder): ReplyContext => ({ ...context, call });

const translatedReply = (order: RelayOrder, body: Buffer): WholeReply => {
  const { from, to, target } = order;
  const json = readBody(body, to.upstream);
  const meter = to.meter(target);
  meter.whole(json);
  const reply = to.upstream.readReply(json, target);
  return {
    reading: meter.read(),
    render: (settled) => Buffer.from(JSON.stringify(from.client.writeReply(reply, settled, contextOf(order)))),
  };
};

/** Events that are a part's content: from the first of them on nothing may be retried. */
const isContent = (event: ReplyEvent): boolean => event.type !== "ping" && event.type !== "start";

class TranslatedStream implements ReplyStream {
  readonly #order: RelayOrder;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #meter: Meter;
  readonly #frames = new SseReader();
  #state: StreamState = "open";
  #fault: UpstreamFault | undefined;
  /** The writer was told that the reply begins; it sends nothing before content. */
  #begun = false;
  #started = false;
  #finish: (ReplyEvent & { type: "finish" }) | undefined;
  /** Parts begun and not ended, which an early end must close. */
  readonly #open = new Set<number>();
  #out = "";

  constructor(order: RelayOrder) {
    this.#order = order;
    this.#reader = order.to.upstream.reader(order.target);
    this.#writer = order.from.client.writer(contextOf(order));
    this.#meter = order.to.meter(order.target);
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
    if (this.#state !== "open") return undefined;
    this.#frames.push(chunk);
    this.#guarded(() => {
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.#take(frame);
        if (this.#state !== "open") return;
      }
    });
    return this.#flush();
  }

  end(): Buffer | undefined {
    if (this.#state !== "open") return undefined;
    this.#guarded(() => {
      const frame = this.#frames.end();
      if (frame !== undefined) this.#take(frame);
    });
    if (this.#state === "open") {
      if (this.#reader.ended) this.#state = "ended";
      else this.#fail(brokenFault("the stream ended before its reply did"));
    }
    return this.#flush();
  }

  finish(settled: Settled): Buffer {
    return this.#close(this.#finish ?? { type: "finish", finish: "stop" }, settled);
  }

  cut(settled: Settled): Buffer {
    const finish: Finish = "length";
    return this.#close({ type: "finish", finish }, settled);
  }

  #close(finish: ReplyEvent, settled: Settled): Buffer {
    if (!this.#begun) this.#emit({ type: "start" });
    for (const index of this.#open) this.#emit({ type: "part_end", index });
    this.#emit(finish);
    const text = this.#out + this.#writer.end(settled);
    this.#out = "";
    return Buffer.from(text);
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof UpstreamBroken) this.#fail(error.fault);
      else if (error instanceof SseBroken) this.#fail(brokenFault(error.message));
      else throw error;
    }
  }

  #fail(fault: UpstreamFault): void {
    this.#state = "failed";
    this.#fault = fault;
  }

  #take(frame: SseFrame): void {
    const { event: name, data } = frame;
    if (data === undefined || data.trim() === "") return;
    const event = { event: name, data };
    const body = data.trim() === "[DONE]" ? null : parse(data);
    const fault = body === null ? undefined : this.#order.to.upstream.eventFault(event, body);
    if (fault !== undefined) {
      this.#fail(fault);
      return;
    }
    this.#meter.event(event, body);
    for (const read of this.#reader.read(event, body)) this.#translate(read);
    if (this.#order.to.edits.isEnd(event, body)) this.#state = "ended";
  }

  /** Writes an event; the reason of the end waits, for it is part of the end. */
  #translate(event: ReplyEvent): void {
    if (event.type === "finish") this.#finish = event;
    else this.#emit(event);
  }

  #emit(event: ReplyEvent): void {
    if (event.type === "start") this.#begun = true;
    else if (isContent(event)) this.#started = true;
    if (event.type === "part_end") this.#open.delete(event.index);
    else if ("index" in event) this.#open.add(event.index);
    this.#out += this.#writer.write(event);
  }

  #flush(): Buffer | undefined {
    if (this.#out === "") return undefined;
    const bytes = Buffer.from(this.#out);
    this.#out = "";
    return bytes;
  }
}

const parse = (data: string): Json => {
  try {
    return parseEventJson(data);
  } catch {
    throw brokenReply("an event holds no JSON");
  }
};
