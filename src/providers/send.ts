/**
 * The only HTTP client that calls a provider. Raw `undici` dispatch: no fetch, no streams, no copies (docs/decisions/0009-*.md).
 *
 * A call needs the token of a hold (I-12). Only what the relay needs comes back: status, a few headers,
 * bytes. Redirects are not followed, encodings are not accepted, and every deadline is explicit.
 */
import { Agent, buildConnector, errors as undiciErrors, type Dispatcher } from "undici";

import type { HoldToken } from "../hold.ts";
import { blank } from "../table.ts";

export const DEADLINES = {
  /** TCP and TLS together. */
  connectMs: 5_000,
  /** From request sent to response headers, for a stream. */
  firstByteMs: 60_000,
  /** The same for a JSON reply, whose headers come when it is complete. */
  wholeMs: 600_000,
  /** Longest silence inside a body. */
  idleMs: 60_000,
  /** A whole stream, from its first byte: a provider that drips for ever keeps money held (B33). */
  streamMs: 1_800_000,
} as const;

/** Connections per provider origin. */
const CONNECTIONS = 1024;

export interface SendOrder {
  /** POST when absent; only a POST has a body. */
  readonly method?: "GET" | "POST" | "DELETE";
  /** Base URL of the upstream with its surface's prefix; no trailing slash. */
  readonly baseUrl: string;
  /** Path below it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Buffer[];
  readonly stream: boolean;
  /** Deadlines other than the default ones. */
  readonly timeouts?: Partial<Readonly<Record<keyof typeof DEADLINES, number | undefined>>> | undefined;
}

/** Why no complete answer came. `sent` tells whether the provider may have acted on the request. */
export interface SendFailure {
  readonly kind: "connect" | "tls" | "timeout" | "reset" | "protocol" | "aborted";
  readonly sent: boolean;
  /** The connection was reused and closed before a byte of this answer: worth one more try on a new one (B55). */
  readonly stale: boolean;
  /** For the log only: an error code, never a message that names a host. */
  readonly code: string;
}

export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

export interface SendHandler {
  head(status: number, headers: AnswerHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  /** Called instead of `end`, at most once. */
  fail(failure: SendFailure): void;
}

/** A call under way. */
export interface Sending {
  pause(): void;
  resume(): void;
  /** Ends the call; no handler method is called afterwards. Idempotent. */
  abort(): void;
}

const CONNECT_CODES = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const TIMEOUT_CODES = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
const RESET_CODES = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

const codeOf = (error: unknown): string => {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "UNKNOWN";
};

const isTls = (code: string): boolean =>
  code.startsWith("ERR_TLS") || code.startsWith("CERT_") || code.includes("CERT") || code.startsWith("ERR_SSL");

/** Failures of sockets that had answered earlier requests; undici hands a reset on as the system's bare error (B55). */
const resetsAfterUse = new WeakSet<Error>();

/** Connects as undici does, and remembers of each socket's failure whether the socket had been of use before. */
const connector = (): buildConnector.connector => {
  const connect = buildConnector({ timeout: DEADLINES.connectMs, allowH2: false });
  return (options, callback) => {
    connect(options, (...result) => {
      const [, socket] = result;
      socket?.prependListener("error", (error) => {
        if (socket.bytesRead > 0) resetsAfterUse.add(error);
      });
      callback(...result);
    });
  };
};

/** True when the socket had answered earlier requests, so that this failure may be an idle connection's race to close. */
const wasReused = (error: unknown): boolean => {
  if (error instanceof undiciErrors.SocketError) return (error.socket?.bytesRead ?? 0) > 0;
  return error instanceof Error && resetsAfterUse.has(error);
};

const failureOf = (error: unknown, answered: boolean, connected: boolean): SendFailure => {
  const code = codeOf(error);
  if (isTls(code)) return { kind: "tls", sent: false, stale: false, code };
  if (CONNECT_CODES.has(code) && !connected) return { kind: "connect", sent: false, stale: false, code };
  if (code === "UND_ERR_CONNECT_TIMEOUT") return { kind: "connect", sent: false, stale: false, code };
  if (TIMEOUT_CODES.has(code)) return { kind: "timeout", sent: true, stale: false, code };
  if (RESET_CODES.has(code)) return { kind: "reset", sent: true, stale: !answered && wasReused(error), code };
  return { kind: "protocol", sent: true, stale: false, code };
};

const isOne = (value: string | string[] | undefined): boolean => typeof value === "string";

/** Node's and undici's header arrays or records as a lower-cased record; repeated headers keep the first value. */
const plainHeaders = (headers: Record<string, string | string[] | undefined>): AnswerHeaders => {
  if (Object.values(headers).every(isOne)) return headers as AnswerHeaders;
  const plain = blank<string | undefined>();
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    plain[name] = typeof value === "string" ? value : value?.[0];
  }
  return plain;
};

/** The headers of a request as undici takes them without another look: a flat list. A body is JSON unless they say otherwise. */
const flatHeaders = (headers: Readonly<Record<string, string>>): string[] => {
  const flat = ["accept-encoding", "identity"];
  if (headers["content-type"] === undefined) flat.push("content-type", "application/json");
  for (const name of Object.keys(headers)) flat.push(name, headers[name] ?? "");
  return flat;
};

class Dispatch implements Dispatcher.DispatchHandler, Sending {
  readonly #handler: SendHandler;
  readonly #bodyMs: number;
  #endsAt = Number.POSITIVE_INFINITY;
  #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #done = false;
  #answered = false;
  #connected = false;

  /** @param bodyMs how long a body may take in all; silences have their own deadline. */
  constructor(handler: SendHandler, bodyMs: number) {
    this.#handler = handler;
    this.#bodyMs = bodyMs;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#connected = true;
    this.#controller = controller;
    if (this.#done) controller.abort(new Error("aborted"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#done || status < 200) return;
    this.#answered = true;
    this.#endsAt = performance.now() + this.#bodyMs;
    this.#handler.head(status, plainHeaders(headers));
  }

  /** Chunks that came with one read of the socket are handed on as one: each would cost as much on its way as all of them. */
  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done) return;
    this.#chunks.push(chunk);
    if (this.#chunks.length === 1)
      process.nextTick(() => {
        this.#deliver();
      });
  }

  #deliver(): void {
    const chunks = this.#chunks;
    const [first] = chunks;
    if (this.#done || first === undefined) return;
    this.#chunks = [];
    if (performance.now() < this.#endsAt) this.#handler.data(chunks.length === 1 ? first : Buffer.concat(chunks));
    else {
      this.abort();
      this.#handler.fail({ kind: "timeout", sent: true, stale: false, code: "BODY_TOO_LONG" });
    }
  }

  onResponseEnd(): void {
    this.#deliver();
    if (this.#done) return;
    this.#done = true;
    this.#handler.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#deliver();
    if (this.#done) return;
    this.#done = true;
    this.#handler.fail(failureOf(error, this.#answered, this.#connected));
  }

  pause(): void {
    if (!this.#done) this.#controller?.pause();
  }

  resume(): void {
    if (!this.#done) this.#controller?.resume();
  }

  abort(): void {
    if (this.#done) return;
    this.#done = true;
    this.#controller?.abort(new Error("aborted"));
  }
}

/** The client: one pool of connections per provider origin. */
export class ProviderClient {
  readonly #agent: Agent;
  /** Base URLs already split; as many as there are upstream surfaces. */
  readonly #origins = new Map<string, { origin: string; pathname: string }>();

  constructor() {
    this.#agent = new Agent({
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      connect: connector(),
      keepAliveTimeout: 30_000,
      headersTimeout: DEADLINES.firstByteMs,
      bodyTimeout: DEADLINES.idleMs,
      maxHeaderSize: 16_384,
      maxRedirections: 0,
    } as Agent.Options);
  }

  /** Sends a request for which money is held. Answers come to the handler; nothing is thrown. */
  send(_hold: HoldToken, order: SendOrder, handler: SendHandler): Sending {
    const deadline = (name: keyof typeof DEADLINES): number => order.timeouts?.[name] ?? DEADLINES[name];
    const dispatch = new Dispatch(handler, order.stream ? deadline("streamMs") : deadline("wholeMs"));
    const { origin, pathname } = this.#split(order.baseUrl);
    const { method = "POST" } = order;
    const body = order.body.length === 1 ? (order.body[0] ?? Buffer.alloc(0)) : Buffer.concat(order.body);
    try {
      this.#agent.dispatch(
        {
          origin,
          path: pathname + order.path,
          method,
          headers: flatHeaders(order.headers),
          body: method === "POST" ? body : null,
          headersTimeout: order.stream ? deadline("firstByteMs") : deadline("wholeMs"),
          bodyTimeout: deadline("idleMs"),
        },
        dispatch,
      );
    } catch (error) {
      queueMicrotask(() => {
        handler.fail({ kind: "protocol", sent: false, stale: false, code: codeOf(error) });
      });
    }
    return dispatch;
  }

  #split(baseUrl: string): { origin: string; pathname: string } {
    const known = this.#origins.get(baseUrl);
    if (known !== undefined) return known;
    const url = new URL(baseUrl);
    const split = { origin: url.origin, pathname: url.pathname === "/" ? "" : url.pathname };
    this.#origins.set(baseUrl, split);
    return split;
  }

  /** Closes every connection, also those of providers that never end a body whose reply is complete. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
