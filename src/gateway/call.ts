/** A request's body and forwardable headers as a `Call`: scanned once, parsed only if somebody asks. */
import type { IncomingHttpHeaders } from "node:http";

import { errors } from "../errors.ts";
import type { JsonObject } from "../protocols/canonical.ts";
import { REQUEST_LIMITS, scanJson, type ScanLimits } from "../protocols/json.ts";
import { FORWARDED_HEADERS, type Call, type CallRoute, type ForwardedHeader } from "../protocols/protocol.ts";

/** Longest header value that is forwarded. */
const HEADER_LENGTH = 2_048;

/** True for the characters a provider's header may hold; a control character would be refused by Node as a fault of ours (D88). */
const isVisibleAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code > 126) return false;
  }
  return true;
};

const forwarded = (headers: IncomingHttpHeaders): Partial<Record<ForwardedHeader, string>> => {
  const found: Partial<Record<ForwardedHeader, string>> = {};
  for (const name of FORWARDED_HEADERS) {
    const value = headers[name];
    if (value === undefined) continue;
    const text = Array.isArray(value) ? value.join(",") : value;
    if (text.length > HEADER_LENGTH || !isVisibleAscii(text))
      throw errors.invalidValue(name, `must be at most ${HEADER_LENGTH} visible ASCII characters`);
    found[name] = text;
  }
  return found;
};

/** @throws GatewayError invalid_json and kin (from the scan), or invalid_value for a header. */
export const readCall = (
  body: Buffer,
  headers: IncomingHttpHeaders,
  route?: CallRoute,
  limits: ScanLimits = REQUEST_LIMITS,
): Call => {
  const scan = scanJson(body, limits);
  let parsed: JsonObject | undefined;
  return {
    body,
    scan,
    headers: forwarded(headers),
    ...(route === undefined ? {} : { route }),
    json: () => (parsed ??= JSON.parse(body.toString("utf8")) as JsonObject),
  };
};
