/**
 * What a request's head must be before anything else looks at it. Node's parser refuses broken framing; these are the checks that it
 * does not make (C70–C72), each of which has let two programs disagree about one request.
 */
import type { IncomingMessage } from "node:http";

import { errors, type GatewayError } from "../errors.ts";

/** Methods that are answered at all; what a route allows is the router's business. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** What happens to a header that decides who is asking, or what. */
interface Guard {
  /** The error of a second line with the same name. */
  readonly doubled: () => GatewayError;
}

const framing: Guard = { doubled: errors.malformedHttp };
const credential: Guard = { doubled: errors.invalidKey };

const GUARDED: ReadonlyMap<string, Guard> = new Map([
  ["host", framing],
  ["content-type", framing],
  ["content-encoding", framing],
  ["content-length", framing],
  ["transfer-encoding", framing],
  ["idempotency-key", framing],
  ["anthropic-version", framing],
  ["authorization", credential],
  ["x-api-key", credential],
  ["x-goog-api-key", credential],
]);

/** Guarded as well, but often sent in several lines: only their bytes are checked. */
const REPEATABLE: ReadonlySet<string> = new Set(["anthropic-beta"]);

/** Lengths of all guarded names: most headers are passed over without lower-casing them. */
const GUARDED_LENGTHS: ReadonlySet<number> = new Set([...GUARDED.keys(), ...REPEATABLE].map((name) => name.length));

const isPrintable = (value: string): boolean => {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code > 0x7e) return false;
  }
  return true;
};

/** Walks the header lines as they came, since Node's record has already merged or dropped doubled ones. */
const refuseHeaders = (raw: readonly string[]): GatewayError | undefined => {
  let seen: string[] | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const sent = raw[index] ?? "";
    if (!GUARDED_LENGTHS.has(sent.length)) continue;
    const name = sent.toLowerCase();
    const guard = GUARDED.get(name);
    if (guard === undefined && !REPEATABLE.has(name)) continue;
    if (!isPrintable(raw[index + 1] ?? "")) return errors.malformedHttp();
    if (guard === undefined) continue;
    if (seen === undefined) seen = [name];
    else if (seen.includes(name)) return guard.doubled();
    else seen.push(name);
  }
  return undefined;
};

const wantsWebSocket = (req: IncomingMessage): boolean => {
  const { upgrade } = req.headers;
  return upgrade !== undefined && upgrade.toLowerCase().includes("websocket");
};

/** The error that a request's head deserves, or undefined when it may pass. @param headerLines the most lines allowed */
export const refuseHead = (req: IncomingMessage, headerLines: number): GatewayError | undefined => {
  const { rawHeaders, headers, method = "", url = "" } = req;
  if (req.httpVersionMajor !== 1) return errors.malformedHttp();
  if (rawHeaders.length > headerLines * 2) return errors.headersTooLarge();
  if (!METHODS.has(method)) return errors.methodNotAllowed(ALLOW);
  if (!url.startsWith("/") && !(url === "*" && method === "OPTIONS")) return errors.malformedHttp();
  if (req.httpVersionMinor > 0 && (headers.host === undefined || headers.host === "")) return errors.malformedHttp();
  const refused = refuseHeaders(rawHeaders);
  if (refused !== undefined) return refused;
  return headers.upgrade !== undefined && wantsWebSocket(req) ? errors.upgradeRefused() : undefined;
};
