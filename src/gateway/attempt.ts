/**
 * One call to one candidate: sends the request, feeds the relay, and says how it went. Nothing is charged, retried or shown here.
 */
import { ERROR_CODES, errors, type ErrorCode, type GatewayError } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import {
  UpstreamBroken,
  type Outgoing,
  type Relay,
  type ReplyStream,
  type UpstreamFault,
  type WholeReply,
} from "../protocols/protocol.ts";
import { authHeaders } from "../providers/auth.ts";
import type { AnswerHeaders, ProviderClient, SendFailure, SendHandler, SendOrder, Sending } from "../providers/send.ts";
import type { Leg } from "./plan.ts";

/** Most bytes of a JSON reply, and of an error body of which only a code is read. */
const REPLY_BYTES = 64 * 1024 * 1024;
const FAULT_BYTES = 64 * 1024;
/** The sandbox says with this header which error the customer shall see; believed from the sandbox only. */
const SANDBOX_FAULT = "x-sandbox-fault";

/** How one attempt went. `status` is the provider's HTTP status, or null when it gave none. */
export type AttemptResult =
  /** A complete JSON reply. */
  | { readonly kind: "whole"; readonly status: number; readonly reply: WholeReply }
  /** A stream that reached its terminal event, or that the hold no longer covers. */
  | { readonly kind: "ended" | "cut"; readonly status: number; readonly stream: ReplyStream }
  /** `started`: content had already been sent on, so nothing may be retried (I-38). */
  | {
      readonly kind: "fault";
      readonly status: number | null;
      readonly fault: UpstreamFault;
      readonly started: boolean;
      readonly stream?: ReplyStream;
      /** The sandbox asks for the customer's connection to be broken, not for an error event. */
      readonly cut?: true;
    }
  /** The client left. `stream` is set when the provider had begun to answer. */
  | { readonly kind: "cancelled"; readonly status: number | null; readonly stream?: ReplyStream }
  /** We are shutting down and may not wait for the rest. */
  | { readonly kind: "stopped"; readonly status: number | null; readonly stream?: ReplyStream };

/** What is under way for an attempt: one call, or the several that a request is shared out to. */
export interface Flight {
  /** Resolves once, whatever happens. */
  readonly result: Promise<AttemptResult>;
  /** The client has left: the provider is told at once. */
  cancel(): void;
  /** The drain is over: the reply ends here. */
  stop(): void;
  /** The client can take bytes again. */
  resume(): void;
}

/** The client's end of a stream, as an attempt sees it. */
export interface Downstream {
  /** Sends bytes on. False asks to pause until `resume` is called. */
  write(bytes: Buffer): boolean;
  /** Whether the hold still covers what has been shown, after any extension was tried. */
  covers(stream: ReplyStream): boolean;
}

export interface AttemptOrder {
  readonly client: ProviderClient;
  readonly hold: HoldToken;
  readonly leg: Leg;
  readonly relay: Relay;
  /** What the relay made of the request. */
  readonly outgoing: Outgoing;
  /** Where a stream goes; undefined for a JSON reply. */
  readonly downstream: Downstream | undefined;
}

const wireOf = (order: AttemptOrder): SendOrder => {
  const { outgoing } = order;
  const { upstream, surface } = order.leg;
  return {
    baseUrl: upstream.baseUrl + surface.prefix,
    path: outgoing.path,
    headers: { ...outgoing.headers, ...authHeaders(surface.auth, upstream.apiKey) },
    body: outgoing.body,
    stream: order.downstream !== undefined,
    timeouts: upstream.timeouts,
  };
};

/** A transport failure as a fault. */
export const faultOf = (failure: SendFailure): UpstreamFault => {
  const cause = new Error(failure.code);
  if (failure.kind === "timeout") return { error: errors.upstreamTimeout(cause), retry: "uncertain" };
  return { error: errors.upstreamFailed(cause), retry: failure.sent ? "uncertain" : "safe" };
};

const isErrorCode = (code: string): code is ErrorCode => (ERROR_CODES as readonly string[]).includes(code);

const SANDBOX_MESSAGES: Readonly<Partial<Record<ErrorCode, () => GatewayError>>> = {
  requests_limited: () => errors.requestsLimited(60, 7),
  insufficient_balance: () =>
    errors.insufficientBalance({ required: "$1.000000", available: "$0.000000" }, { required: "1", balance: "0" }),
  internal: () => errors.internal(),
  upstream_failed: () => errors.upstreamFailed(),
  upstream_timeout: () => errors.upstreamTimeout(),
  overloaded: () => errors.overloaded(7),
};

const sandboxFault = (order: AttemptOrder, headers: AnswerHeaders): UpstreamFault | undefined => {
  const code = headers[SANDBOX_FAULT];
  if (!order.leg.upstream.sandbox || code === undefined || !isErrorCode(code)) return undefined;
  const make = SANDBOX_MESSAGES[code];
  return make === undefined ? undefined : { error: make(), retry: "never" };
};

/** What the sandbox's fault header says when the customer shall see a broken connection. */
const CUT_STREAM = "cut_stream";
const isCutStream = (order: AttemptOrder, headers: AnswerHeaders): boolean =>
  order.leg.upstream.sandbox && headers[SANDBOX_FAULT] === CUT_STREAM;

const broken = (why: string): UpstreamFault => ({ error: errors.upstreamFailed(new Error(why)), retry: "uncertain" });

const isEventStream = (headers: AnswerHeaders): boolean =>
  (headers["content-type"] ?? "").trimStart().toLowerCase().startsWith("text/event-stream");
const isEncoded = (headers: AnswerHeaders): boolean => {
  const encoding = headers["content-encoding"];
  return encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity";
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Collects a body up to a bound. */
class Collector {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;
  overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when the bound is passed. */
  add(chunk: Buffer): boolean {
    this.#size += chunk.length;
    this.overflowed = this.#size > this.#limit;
    if (this.overflowed) return false;
    this.#parts.push(chunk);
    return true;
  }

  body(): Buffer {
    const [only] = this.#parts;
    return this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
  }
}

/** One call under way. */
export class Attempt implements SendHandler, Flight {
  readonly #order: AttemptOrder;
  readonly #wire: SendOrder;
  readonly #finish: (result: AttemptResult) => void;
  readonly result: Promise<AttemptResult>;
  #sending: Sending | undefined;
  #status: number | null = null;
  #headers: AnswerHeaders = {};
  #collector: Collector;
  #stream: ReplyStream | undefined;
  #over = false;
  #resent = false;

  constructor(order: AttemptOrder) {
    this.#order = order;
    this.#wire = wireOf(order);
    this.#collector = new Collector(order.relay.replyBytes ?? REPLY_BYTES);
    const { promise, resolve } = Promise.withResolvers<AttemptResult>();
    this.result = promise;
    this.#finish = resolve;
    this.#sending = order.client.send(order.hold, this.#wire, this);
  }

  cancel(): void {
    this.#close({ kind: "cancelled", status: this.#status, ...this.#seen() });
  }

  stop(): void {
    this.#close({ kind: "stopped", status: this.#status, ...this.#seen() });
  }

  resume(): void {
    this.#sending?.resume();
  }

  head(status: number, headers: AnswerHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (isEncoded(headers)) this.#fault(broken("content-encoding"));
    else if (status >= 300 && status < 400) this.#fault(broken("redirect"));
    else if (!isSuccess(status)) this.#collector = new Collector(FAULT_BYTES);
    else if (this.#order.downstream !== undefined && this.#streams(headers)) this.#stream = this.#order.relay.stream();
  }

  #streams(headers: AnswerHeaders): boolean {
    const type = (headers["content-type"] ?? "").trimStart().toLowerCase();
    return isEventStream(headers) || this.#order.relay.streams?.(type) === true;
  }

  data(chunk: Buffer): void {
    // Nothing belongs after the end of a reply: a provider that goes on would keep the connection for ever.
    if (this.#over) return this.#sending?.abort();
    const stream = this.#stream;
    if (stream !== undefined) this.#forward(stream, () => stream.push(chunk));
    else if (!this.#collector.add(chunk)) this.#collected();
    else if (isSuccess(this.#status ?? 0)) this.#order.relay.watch?.(chunk);
  }

  end(): void {
    if (this.#over) return;
    const stream = this.#stream;
    if (stream === undefined) this.#collected();
    else this.#forward(stream, () => stream.end());
  }

  fail(failure: SendFailure): void {
    if (this.#over) return;
    if (failure.stale && !this.#resent) {
      this.#resent = true;
      this.#sending = this.#order.client.send(this.#order.hold, this.#wire, this);
      return;
    }
    this.#fault(faultOf(failure));
  }

  /** Sends on what the relay let through, then looks at where the stream stands. */
  #forward(stream: ReplyStream, step: () => Buffer | undefined): void {
    const { downstream } = this.#order;
    if (downstream === undefined) return;
    let bytes: Buffer | undefined;
    try {
      bytes = step();
    } catch (error) {
      this.#fault(error instanceof UpstreamBroken ? error.fault : broken(String(error)));
      return;
    }
    if (bytes !== undefined && !downstream.write(bytes)) this.#sending?.pause();
    if (this.#over) return;
    if (stream.state === "failed") this.#fault(stream.fault ?? broken("stream"));
    else if (stream.state === "ended") this.#close({ kind: "ended", status: this.#status ?? 200, stream });
    else if (!downstream.covers(stream)) this.#close({ kind: "cut", status: this.#status ?? 200, stream });
  }

  /** A body that is not a stream is complete, or longer than its bound. */
  #collected(): void {
    const status = this.#status ?? 502;
    const body = this.#collector.body();
    const { relay, downstream } = this.#order;
    if (!isSuccess(status)) {
      this.#fault(sandboxFault(this.#order, this.#headers) ?? relay.fault(status, this.#headers, body));
      return;
    }
    if (this.#collector.overflowed) return this.#fault(broken("reply too large"));
    try {
      if (downstream === undefined) this.#close({ kind: "whole", status, reply: relay.reply(body) });
      else this.#streamed(relay.events(body), body);
    } catch (error) {
      this.#fault(error instanceof UpstreamBroken ? error.fault : broken(String(error)));
    }
  }

  /** A stream that came as one JSON body. @param events undefined where the body is none, but perhaps an error in a 200 */
  #streamed(events: Buffer | undefined, body: Buffer): void {
    const { relay } = this.#order;
    if (events === undefined) {
      relay.reply(body);
      this.#fault(broken("JSON in answer to a stream request"));
      return;
    }
    const stream = relay.stream();
    this.#stream = stream;
    this.#forward(stream, () => stream.push(events));
    if (!this.#over) this.#forward(stream, () => stream.end());
  }

  #fault(fault: UpstreamFault): void {
    const started = this.#stream?.started ?? false;
    const cut = isCutStream(this.#order, this.#headers) ? { cut: true as const } : {};
    this.#close({ kind: "fault", status: this.#status, fault, started, ...this.#seen(), ...cut });
  }

  #seen(): { stream: ReplyStream } | Record<string, never> {
    return this.#stream === undefined ? {} : { stream: this.#stream };
  }

  #close(result: AttemptResult): void {
    if (this.#over) return;
    this.#over = true;
    // After a natural end the provider's connection is left to finish its body, so that it can be used again.
    if (result.kind !== "ended" && result.kind !== "whole") this.#sending?.abort();
    this.#finish(result);
  }
}
