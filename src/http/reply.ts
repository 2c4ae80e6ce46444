/** Writes complete replies: one head, one body, one write, with the headers that every reply has (d0). */
import type { IncomingMessage, ServerResponse } from "node:http";

import { errorRow, type GatewayError } from "../errors.ts";
import { announcedBytes, hasBody } from "./body.ts";
import type { ErrorDialect, FlatHeaders } from "./exchange.ts";
import type { Limits } from "./limits.ts";

export const JSON_CONTENT = "application/json; charset=utf-8";

/** Added to every reply when the installation serves browsers of other origins. Never with credentials, never a reflected origin. */
export const CORS_HEADERS: FlatHeaders = [
  "access-control-allow-origin",
  "*",
  "access-control-expose-headers",
  "x-request-id, request-id, retry-after, retry-after-ms, x-should-retry",
];

/** What a preflight learns beside CORS_HEADERS. `*` does not cover `authorization`, so it is named. */
export const PREFLIGHT_HEADERS: FlatHeaders = [
  "access-control-allow-methods",
  "GET, HEAD, POST, DELETE, OPTIONS",
  "access-control-allow-headers",
  "authorization, *",
  "access-control-max-age",
  "86400",
];

/** The headers of every reply. @param isKept the reply says itself how long it may be kept */
export const standardHeaders = (requestId: string, isKept = false): string[] => {
  const headers = ["x-request-id", requestId, "request-id", requestId, "x-content-type-options", "nosniff"];
  if (!isKept) headers.push("cache-control", "no-store");
  return headers;
};

/** The headers that an error brings with it: retry advice, its own headers, and `connection: close` where its row says so. */
export const errorHeaders = (error: GatewayError): string[] => {
  const row = errorRow(error.code);
  const headers = ["x-should-retry", row.retry ? "true" : "false"];
  const { retryAfter, headers: own } = error.detail;
  if (retryAfter !== undefined) {
    const seconds = Math.max(1, retryAfter);
    headers.push("retry-after", String(Math.ceil(seconds)), "retry-after-ms", String(Math.ceil(seconds * 1_000)));
  }
  if (own !== undefined) for (const [name, value] of Object.entries(own)) headers.push(name, value);
  return headers;
};

/** True when a flat list has the name, which must be in lower case. */
export const hasHeader = (headers: FlatHeaders, name: string): boolean => {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return true;
  return false;
};

export interface CompleteReply {
  readonly status: number;
  readonly body: string | Buffer;
  /** Everything but the content headers; see standardHeaders. */
  readonly headers: string[];
  readonly close: boolean;
  /** The client sent `Expect: 100-continue` and was not told to go on: its body will not come. */
  readonly bodyWithheld: boolean;
}

/** Bodies up to this size leave together with their head. */
const JOIN_BYTES = 8_192;

/** Statuses that have no body. */
const isBodiless = (status: number): boolean => status === 204 || status === 304;

/**
 * Writes a reply. The request's unread rest decides what becomes of the connection: a small rest is swallowed by Node; with a
 * large one the connection is closed, but not before the client had a chance to see the reply, since closing on unread bytes
 * makes the kernel throw the reply away (C68).
 */
export const writeReply = (req: IncomingMessage, res: ServerResponse, limits: Limits, reply: CompleteReply): void => {
  const { status, body, headers } = reply;
  const unread = !reply.bodyWithheld && isUnread(req, limits);
  if (!isBodiless(status)) {
    if (!hasHeader(headers, "content-type")) headers.push("content-type", JSON_CONTENT);
    headers.push("content-length", String(typeof body === "string" ? Buffer.byteLength(body) : body.length));
  }
  if (reply.close || unread || reply.bodyWithheld) headers.push("connection", "close");
  res.writeHead(status, headers);
  if (isBodiless(status)) {
    res.end();
    return;
  }
  const uploading = unread || (reply.close && !reply.bodyWithheld && !req.complete && hasBody(req.headers));
  if (!uploading) {
    // Node joins a head with a string into one write; a Buffer would be a second one, and its way costs more than this copy.
    if (typeof body !== "string" && body.length <= JOIN_BYTES) res.end(body.toString("latin1"), "latin1");
    else res.end(body);
    return;
  }
  res.write(body);
  linger(req, res, limits);
};

/** True when more of a body is still to come than is worth swallowing. */
const isUnread = (req: IncomingMessage, limits: Limits): boolean => {
  if (req.complete || !hasBody(req.headers)) return false;
  const announced = announcedBytes(req.headers);
  return announced === undefined || announced > limits.unreadBytes;
};

/** Swallows the rest of an upload for a while, then closes. */
const linger = (req: IncomingMessage, res: ServerResponse, limits: Limits): void => {
  let left = limits.lingerBytes;
  const finish = (): void => {
    clearTimeout(timer);
    res.end();
    res.socket?.destroySoon();
  };
  const timer = setTimeout(finish, limits.lingerMs);
  timer.unref();
  req.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) finish();
  });
  req.once("end", finish);
  res.once("close", () => {
    clearTimeout(timer);
  });
  req.resume();
};

/** A complete reply as bytes for a bare socket, for what fails before there is a request. Closes the connection. */
export const rawErrorReply = (error: GatewayError, dialect: ErrorDialect, requestId: string): string => {
  const body = dialect.error(error, requestId);
  const status = dialect.status(error.code);
  const headers = [
    ...standardHeaders(requestId),
    ...errorHeaders(error),
    "content-type",
    JSON_CONTENT,
    "content-length",
    String(Buffer.byteLength(body)),
    "date",
    new Date().toUTCString(),
    "connection",
    "close",
  ];
  let head = `HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n${body}`;
};

/** Reason phrases of the statuses that are answered without a request. */
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
};
