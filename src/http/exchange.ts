/**
 * One request and its reply, as everything behind the HTTP rim sees it: the seam between `http/` and the features.
 *
 * The rim has already refused what is not HTTP or not for us; what arrives here has a sane head, an id and a clock. A handler
 * answers exactly once: by `reply`, by `fail`, or through the stream of `sink`. What it throws is answered as `fail` would.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

import type { ErrorCode, GatewayError } from "../errors.ts";

/** Header names and values in turn: `["x-a", "1", "x-b", "2"]`. The cheapest form Node takes; names in lower case. */
export type FlatHeaders = readonly string[];

/** How errors look on a route. The client side of every protocol is one (structurally). */
export interface ErrorDialect {
  /** The JSON body of an error. */
  error(error: GatewayError, requestId: string): string;
  /** Its HTTP status, where the dialect differs from the table. */
  status(code: ErrorCode): number;
}

/** What a request's body may be. Content encodings are refused always. */
export interface BodyRule {
  /** `json`: only `application/json` in UTF-8, else E-MEDIA. `any`: the feature looks for itself. */
  readonly media: "json" | "any";
  /** Largest body in bytes; the server's `bodyBytes` when absent. */
  readonly limitBytes?: number;
}

export interface SinkOptions {
  /** Written when the stream was silent for a while; null writes nothing. Give the same object for every stream. */
  readonly keepAlive: Buffer | null;
}

/**
 * A streamed reply. Writes are bytes of whole events, sent as they are; nothing is copied that is larger than a page.
 * After `closed` every method is a no-op, so a caller may be late.
 */
export interface StreamSink {
  /** Fixes status and headers; they travel with the first write. Standard headers are added. At most once. */
  open(status: number, headers: FlatHeaders): void;
  readonly opened: boolean;
  /** Sends status and headers now, before there is a body. */
  flush(): void;
  /** Writes one chunk; opens with 200 and no headers if need be. False: pause the source until `onDrain` calls. */
  write(chunk: Buffer): boolean;
  /** The regular end of the body, with its last bytes. */
  end(last?: Buffer): void;
  /** Breaks the connection off: the client sees a truncated body. */
  cut(): void;
  /** True when the client has gone, was too slow, or the reply has ended. */
  readonly closed: boolean;
  /** One listener: the client takes bytes again. */
  onDrain(listener: () => void): void;
  /** Bytes of body written so far, framing excluded. */
  readonly bytes: number;
}

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Upper case. One of GET HEAD POST PUT PATCH DELETE OPTIONS. */
  readonly method: string;
  /** As sent, before `?`; starts with `/`. Normalise with path.ts. */
  readonly path: string;
  /** As sent, after `?`; empty when there is none. May hold a credential: never log it. */
  readonly query: string;
  /** Node's record: lower-case names; credentials and routing headers are single and visible ASCII. */
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  /** `performance.now()` when the head was complete. */
  readonly receivedAt: number;
  /** `performance.now()` when the head of the reply was written; 0 before. */
  readonly answeredAt: number;
  /** Status of the reply; 0 before it. */
  readonly status: number;
  /** How errors of this request look: by route, fixed at arrival; the handler may set a better one. */
  dialect: ErrorDialect;
  /** Label for metrics and logs, from the router's closed list, never from the request. `unmatched` until set. */
  route: string;
  /** The error that was answered, for the log. */
  readonly failure: GatewayError | undefined;
  /** True when the client has gone or the reply is complete. */
  readonly closed: boolean;
  /**
   * The whole body. Nothing is read (nor `100 Continue` sent) before this is called. At most once.
   * @throws GatewayError unsupported_encoding, unsupported_media, request_too_large, slow_body, overloaded
   * @throws ClientGone when the upload was broken off; there is nobody to answer then
   */
  body(rule?: BodyRule): Promise<Buffer>;
  /** A complete reply in one write. The body is JSON unless `headers` says another `content-type`. */
  reply(status: number, body: string | Buffer, headers?: FlatHeaders): void;
  /** An error in the route's dialect; `headers` are added to the error's own. After the head was sent it breaks the connection off. */
  fail(error: GatewayError, headers?: FlatHeaders): void;
  /** A streamed reply. At most once. */
  sink(options: SinkOptions): StreamSink;
  /** One listener: the client left before the reply was complete. Called at once if it already has. */
  onGone(listener: () => void): void;
  /** One listener: the server must stop now (drain is over); end the reply within two seconds or be cut. Called at once if it already must. */
  onStop(listener: () => void): void;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;
