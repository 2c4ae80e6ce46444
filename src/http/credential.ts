/** Finds the one credential of a request, wherever a client puts it. Pure; what the key is worth is decided in keys/. */
import type { IncomingHttpHeaders } from "node:http";

import { errors } from "../errors.ts";

/** Longest credential that is looked at. Our keys have fewer than 80 characters; a storefront's prefix may add some. */
export const MAX_CREDENTIAL_LENGTH = 512;

const BEARER = "bearer";

const isVisibleAscii = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
};

/** The token of an `authorization` value; empty for a scheme without one. @throws GatewayError invalid_key for other schemes */
const bearerToken = (value: string): string => {
  const trimmed = value.trim();
  if (trimmed === "") return "";
  const scheme = trimmed.slice(0, BEARER.length);
  if (scheme !== "Bearer" && scheme.toLowerCase() !== BEARER) throw errors.invalidKey();
  const rest = trimmed.slice(BEARER.length);
  if (rest !== "" && rest.charCodeAt(0) !== 0x20) throw errors.invalidKey();
  return rest.trim();
};

/** Decodes one `key=` value. A `+` stays a plus: keys are not forms. @throws GatewayError invalid_key */
const decoded = (value: string): string => {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    throw errors.invalidKey();
  }
};

/** The `key` parameter of a raw query, or empty. @throws GatewayError invalid_key when two differ */
const queryKey = (query: string): string => {
  let found = "";
  for (const pair of query.split("&")) {
    if (!pair.startsWith("key=")) continue;
    const key = decoded(pair.slice("key=".length));
    if (key === "") continue;
    if (found !== "" && found !== key) throw errors.invalidKey();
    found = key;
  }
  return found;
};

const single = (value: string | string[] | undefined): string => {
  if (value === undefined) return "";
  if (typeof value === "string") return value.trim();
  throw errors.invalidKey();
};

/** Two places that both hold a key must hold the same one. */
const agreed = (one: string, other: string): string => {
  if (one === "") return other;
  if (other === "" || other === one) return one;
  throw errors.invalidKey();
};

/**
 * The raw credential: `authorization: Bearer`, `x-api-key`, `x-goog-api-key`, else `?key=` (D90). An empty place counts as absent.
 * @param query the raw query, without its question mark.
 * @throws GatewayError missing_key; invalid_key for another scheme, two different credentials in headers, anything but visible
 *   ASCII, or more than MAX_CREDENTIAL_LENGTH characters
 */
export const readCredential = (headers: IncomingHttpHeaders, query: string): string => {
  const { authorization } = headers;
  let key = authorization === undefined ? "" : bearerToken(authorization);
  key = agreed(key, single(headers["x-api-key"]));
  key = agreed(key, single(headers["x-goog-api-key"]));
  if (key === "" && query !== "") key = queryKey(query);
  if (key === "") throw errors.missingKey();
  if (key.length > MAX_CREDENTIAL_LENGTH || !isVisibleAscii(key)) throw errors.invalidKey();
  return key;
};
