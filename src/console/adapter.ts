/**
 * Between the rim's exchanges and the requests and responses of the web: the rim's limits, its log, its drain and its answer to a
 * client that leaves hold for the console too, and nothing of the data plane passes here.
 */
import type { IncomingHttpHeaders } from "node:http";

import { GatewayError } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { PeerOf } from "../http/peer.ts";
import type { Bindings } from "./app.ts";
import { BODY_BYTES } from "./read.ts";
import { isUnsafe } from "./same-site.ts";

/** Keeps proxies and browsers from giving up on a silent stream of events; a comment, which readers skip. */
const HEARTBEAT = Buffer.from(": \n\n");

/** The header of a request that says who is at the other end; what a client sends under this name never arrives. */
export const PEER_HEADER = "x-farthing-peer";

const headersOf = (headers: IncomingHttpHeaders, peer: string): Headers => {
  const web = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string") web.set(name, value);
    else for (const one of value ?? []) web.append(name, one);
  }
  web.set(PEER_HEADER, peer);
  return web;
};

/**
 * An exchange as a web request. HEAD is asked as GET: the rim leaves the body out.
 * Its origin is the public address's, never the Host header's (F123).
 */
const requestOf = (exchange: Exchange, body: Buffer, { origin, peerOf }: Web): Request => {
  const { headers, req } = exchange;
  const forwarded = headers["x-forwarded-for"];
  const peer = peerOf(req.socket.remoteAddress, Array.isArray(forwarded) ? forwarded.join(",") : forwarded);
  const target = `${origin}${exchange.path}${exchange.query === "" ? "" : `?${exchange.query}`}`;
  const method = exchange.method === "HEAD" ? "GET" : exchange.method;
  const request = new Request(target, {
    method,
    headers: headersOf(headers, peer),
    body: isUnsafe(method) && body.length > 0 ? new Uint8Array(body) : null,
  });
  return request;
};

/** The flat form of a response's headers; several cookies stay several lines. */
const flatten = (headers: Headers): string[] => {
  const flat: string[] = [];
  // The rim's own: the framing, and what it says of every reply.
  const ours: ReadonlySet<string> = new Set([
    "content-length",
    "transfer-encoding",
    "connection",
    "x-content-type-options",
  ]);
  for (const [name, value] of headers) if (!ours.has(name)) flat.push(name, value);
  return flat;
};

const isStream = (response: Response): boolean => {
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith("text/event-stream") || type.startsWith("text/csv");
};

/** Sends a stream piece by piece, as fast as the client takes it; ends it when the client leaves or the server must stop. */
const pump = async (
  web: Web,
  exchange: Exchange,
  { response, headers }: { readonly response: Response; readonly headers: readonly string[] },
): Promise<void> => {
  const isEvents = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const sink = exchange.sink({ keepAlive: isEvents ? HEARTBEAT : null });
  let resume = (): void => undefined;
  const goOn = (): void => {
    resume();
  };
  sink.onDrain(goOn);
  exchange.res.once("close", goOn);
  sink.open(response.status, headers);
  sink.flush();
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || sink.closed) break;
      if (sink.write(Buffer.from(value.buffer, value.byteOffset, value.byteLength))) continue;
      if (sink.closed) break;
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    }
    sink.end();
  } catch (error) {
    // The rows after here are missing, and the client must see that: a body that ends well is whole.
    if (!sink.closed) web.failed(error, exchange.requestId);
    sink.cut();
  } finally {
    await reader.cancel().catch(() => undefined);
  }
};

export interface Web {
  readonly serve: (request: Request, bindings: Bindings) => Response | Promise<Response>;
  readonly origin: string;
  readonly peerOf: PeerOf;
  /** Told of what broke a stream off in the middle. */
  readonly failed: (error: unknown, requestId: string) => void;
  /** Added to every answer. */
  readonly headers: readonly string[];
}

const answer = async (web: Web, exchange: Exchange, signal: AbortSignal): Promise<Response> => {
  const body = isUnsafe(exchange.method)
    ? await exchange.body({ media: "any", limitBytes: BODY_BYTES })
    : Buffer.alloc(0);
  return await web.serve(requestOf(exchange, body, web), {
    body,
    requestId: exchange.requestId,
    signal,
    routed: (label) => {
      exchange.route = label;
    },
  });
};

/** The answer; null when the rim has refused the body and said so. */
const answered = async (web: Web, exchange: Exchange, signal: AbortSignal): Promise<Response | null> => {
  try {
    return await answer(web, exchange, signal);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    exchange.fail(error, web.headers);
    return null;
  }
};

const send = async (web: Web, exchange: Exchange, signal: AbortSignal): Promise<void> => {
  const response = await answered(web, exchange, signal);
  if (response === null) return;
  const headers = [...web.headers, ...flatten(response.headers)];
  if (!isStream(response)) exchange.reply(response.status, Buffer.from(await response.arrayBuffer()), headers);
  else if (exchange.method !== "HEAD") await pump(web, exchange, { response, headers });
  else {
    await response.body?.cancel();
    exchange.reply(response.status, "", headers);
  }
};

/** Serves an exchange from the web application. @throws ClientGone */
export const serveWeb = async (web: Web, exchange: Exchange): Promise<void> => {
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  exchange.onGone(end);
  exchange.onStop(end);
  try {
    await send(web, exchange, ending.signal);
  } finally {
    // What a handler left open, such as a stream that nobody read, ends with its exchange.
    end();
  }
};
