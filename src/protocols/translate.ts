/**
 * Different protocols on the two sides: a relay made of the provider's reader, the canonical form and the client's writer, which
 * to the pipeline behaves like pass-through: the end is held, errors never pass, and the provider's own meter counts.
 */
import { brokenFault } from "./broken.ts";
import type { AssistantPart, Chat, Finish, Json, ReplyEvent } from "./canonical.ts";
import { Dropped } from "./dropped.ts";
import { addressesIn, withFetched } from "./fetched.ts";
import { MAX_LESSONS, mouldOf, type Mould } from "./mould.ts";
import { nameLosses } from "./losses.ts";
import { parseReply, readBody } from "./whole-body.ts";
import {
  UpstreamBroken,
  type Call,
  type ClientSide,
  type Meter,
  type Reading,
  type Relay,
  type ReplyContext,
  type ReplyStream,
  type Settled,
  type StreamGrammar,
  type StreamReader,
  type StreamState,
  type StreamWriter,
  type Target,
  type UpstreamFault,
  type WholeReply,
} from "./protocol.ts";
import type { RelayOrder } from "./relay.ts";
import { MAX_DRAWN_BYTES, MAX_LINE_BYTES, SseBroken, SseReader, type SseFrame } from "./sse.ts";
import { withoutVolatile } from "./volatile.ts";

/** The target with the client's own cap made explicit: the canonical form has none. */
const withCap = ({ ask, target }: RelayOrder): Target => {
  const maxTokens = target.maxTokens ?? ask.maxTokens;
  return maxTokens === undefined ? target : { ...target, maxTokens };
};

const unversioned = ({ headers }: Call): Call["headers"] => {
  const { "anthropic-version": _, ...rest } = headers;
  return rest;
};

/** The conversation without what changes with every prompt, but for Anthropic itself, which leaves that out of its cache. */
const stable = (chat: Chat, { to, target }: RelayOrder, aside: Dropped): Chat =>
  to.id === "anthropic" && target.quirks.caches_by_prefix !== true ? chat : withoutVolatile(chat, aside);

/** @throws GatewayError from `request` where the client's request has no form in the provider's protocol */
export const translate = (order: RelayOrder): Relay => {
  const { from, to, call, ask } = order;
  let known: ReturnType<ClientSide["read"]> | undefined;
  const read = (): ReturnType<ClientSide["read"]> => (known ??= from.client.read(call));
  return {
    addresses: () => addressesIn(read().chat, (part, url) => to.upstream.takesAddress?.(part.type, url) ?? true),
    request: (fetched) => {
      const capped = withCap(order);
      const { chat: asked, dropped } = read();
      const chat = fetched === undefined || fetched.size === 0 ? asked : withFetched(asked, fetched);
      const aside = new Dropped();
      const written = to.upstream.write(stable(chat, order, aside), capped);
      return {
        // A version says how the client's own words are meant; these are others.
        ...to.upstream.address({ ...call, headers: unversioned(call) }, capped, ask),
        body: [Buffer.from(JSON.stringify(written.body))],
        dropped: [...dropped, ...aside.names, ...written.dropped],
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

/** Names a part that the client's dialect has no place for. */
const nameHomeless = ({ homeless }: ClientSide, type: string, lost: Dropped): void => {
  const name = homeless?.[type as AssistantPart["type"]];
  if (name !== undefined) lost.add(name);
};

const NO_HEADERS = {};

const translatedReply = (order: RelayOrder, body: Buffer): WholeReply => {
  const { from, to, target } = order;
  const json = readBody(body, to.upstream);
  const meter = to.meter(target);
  meter.whole(json);
  const reply = to.upstream.readReply(json, target);
  const lost = new Dropped();
  nameLosses(to.id, json, lost);
  for (const { type } of reply.parts) nameHomeless(from.client, type, lost);
  const dropped = lost.names;
  return {
    reading: meter.read(),
    render: (settled) =>
      Buffer.from(JSON.stringify(from.client.writeReply(reply, { ...settled, dropped }, contextOf(order)))),
    dropped,
    headers: from.client.replyHeaders?.(reply, order.call) ?? NO_HEADERS,
  };
};

/** Events that are a part's content: from the first of them on nothing may be retried. */
const isContent = (event: ReplyEvent): boolean => event.type !== "ping" && event.type !== "start";

type TextEvent = Extract<ReplyEvent, { readonly text: string }>;

/** Events that carry a piece of a text that grows. */
const isText = (event: ReplyEvent): event is TextEvent => "text" in event;

class TranslatedStream implements ReplyStream {
  readonly #order: RelayOrder;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #meter: Meter;
  readonly #grammar: StreamGrammar | undefined;
  readonly #frames: SseReader;
  #state: StreamState = "open";
  #fault: UpstreamFault | undefined;
  /** The writer was told that the reply begins; it sends nothing before content. */
  #begun = false;
  #started = false;
  #finish: (ReplyEvent & { type: "finish" }) | undefined;
  /** Parts begun and not ended, which an early end must close. */
  readonly #open = new Set<number>();
  /** Names of what of the reply has no canonical form. */
  readonly #lost = new Dropped();
  #out = "";
  /** The last frame as a mould, the event that it meant, and how many moulds were made. */
  #mould: Mould | undefined;
  #like: TextEvent | undefined;
  #lessons = 0;

  constructor(order: RelayOrder) {
    this.#order = order;
    this.#frames = new SseReader(order.target.draws === true ? MAX_DRAWN_BYTES : MAX_LINE_BYTES);
    this.#reader = order.to.upstream.reader(order.target);
    this.#writer = order.from.client.writer(contextOf(order));
    this.#meter = order.to.meter(order.target);
    this.#grammar = order.to.upstream.grammar?.();
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

  get dropped(): readonly string[] {
    return this.#lost.names;
  }

  reading(): Reading {
    return this.#meter.read();
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#state !== "open") return undefined;
    this.#frames.push(chunk);
    this.#guarded(() => {
      while (this.#state === "open") {
        if (this.#matched()) continue;
        const frame = this.#frames.next();
        if (frame === undefined) return;
        this.#take(frame);
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
    const text = this.#out + this.#writer.end({ ...settled, dropped: this.#lost.names });
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
    const body = data.trim() === "[DONE]" ? null : parseReply(data);
    const fault = body === null ? undefined : this.#order.to.upstream.eventFault(event, body);
    if (fault !== undefined) {
      this.#fail(fault);
      return;
    }
    if (body !== null) this.#grammar?.check(body);
    this.#meter.event(event, body);
    nameLosses(this.#order.to.id, body, this.#lost);
    const events = this.#reader.read(event, body);
    for (const read of events) this.#translate(read);
    this.#learn(frame, body, events);
    if (this.#order.to.edits.isEnd(event, body)) this.#state = "ended";
  }

  /** Translates the next frame if it fits the mould: the event is known, but for its text. */
  #matched(): boolean {
    const [mould, like] = [this.#mould, this.#like];
    if (mould === undefined || like === undefined || !this.#frames.atFrameStart) return false;
    const { bytes, at } = this.#frames;
    const end = mould.match(bytes, at);
    // A text of nothing is no event.
    if (end < 0 || mould.counted === 0) return false;
    this.#frames.skipTo(end);
    this.#meter.add(mould.counted);
    this.#out += this.#writer.write({ ...like, text: mould.textIn(bytes) });
    return true;
  }

  /** Makes a mould of a frame that means one piece of text. It is good until a frame comes that does not fit. */
  #learn(frame: SseFrame, body: Json, events: readonly ReplyEvent[]): void {
    this.#mould = undefined;
    const rules = this.#order.to.edits.moulds;
    const [only] = events;
    if (rules === undefined || only === undefined || events.length > 1 || this.#lessons >= MAX_LESSONS) return;
    if (!isText(only) || !this.#started || rules.free(body)?.value !== only.text) return;
    this.#lessons++;
    this.#mould = mouldOf(frame, body, rules);
    this.#like = only;
  }

  /** Writes an event; the reason of the end waits, for it is part of the end. */
  #translate(event: ReplyEvent): void {
    if (event.type === "finish") this.#finish = event;
    else this.#emit(event);
  }

  #emit(event: ReplyEvent): void {
    if (event.type === "start") this.#begun = true;
    if (event.type === "part_end") this.#open.delete(event.index);
    else if ("index" in event) this.#open.add(event.index);
    nameHomeless(this.#order.from.client, event.type === "redacted" ? "thinking" : event.type, this.#lost);
    const text = this.#writer.write(event);
    if (text === "") return;
    // What a writer keeps until it is complete has not reached the client: another candidate may still be asked.
    if (isContent(event)) this.#started = true;
    this.#out += text;
  }

  #flush(): Buffer | undefined {
    if (this.#out === "") return undefined;
    const bytes = Buffer.from(this.#out);
    this.#out = "";
    return bytes;
  }
}
