/** The cookies of signed-in people: their names, how they are written, and what they hold. Pure but for randomness. */
import { createHmac, randomBytes } from "node:crypto";

import { LONGEST_SESSION_MS } from "./session.ts";

const TOKEN_BYTES = 32;
const SECOND_MS = 1_000;
/** A browser that was signed in with is known for this long: browsers keep no cookie longer. */
const DEVICE_SECONDS = 400 * 24 * 3_600;

/** 256 random bits, as a token that is only ever held by one browser or one mail. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString("base64url");

/**
 * What the names begin with. `__Host-` makes a browser refuse the cookie unless it came over TLS, from this host and for all of it, so
 * that no neighbour can plant one; without TLS, outside production, browsers refuse the prefix itself.
 */
export const cookiePrefix = (isSecure: boolean): string => (isSecure ? "__Host-farthing" : "farthing");

const sessionName = (isSecure: boolean): string => `${cookiePrefix(isSecure)}.session_token`;
const deviceName = (isSecure: boolean): string => `${cookiePrefix(isSecure)}.device`;

/** The value of a cookie, or null. */
const readCookie = (header: string | null, name: string): string | null => {
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
};

/** What was signed, without its signature: `value.signature`, percent-encoded, as the sign-in library writes it. */
const unsigned = (text: string | null): string | null => {
  let plain: string;
  try {
    plain = decodeURIComponent(text ?? "");
  } catch {
    return null;
  }
  const at = plain.lastIndexOf(".");
  return at > 0 ? plain.slice(0, at) : null;
};

/** The session's token. Its signature is not looked at: who has the 256 bits is who was given them. */
export const readSessionToken = (header: string | null, isSecure: boolean): string | null =>
  unsigned(readCookie(header, sessionName(isSecure)));

/** The token of a sign-in whose second step is missing. */
export const readStepToken = (header: string | null, isSecure: boolean): string | null =>
  unsigned(readCookie(header, `${cookiePrefix(isSecure)}.two_factor`));

export const readDeviceToken = (header: string | null, isSecure: boolean): string | null =>
  readCookie(header, deviceName(isSecure));

/** A `set-cookie` line. */
const written = (name: string, value: string, seconds: number, isSecure: boolean): string =>
  `${name}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;

/** The session's cookie as the sign-in library would write and read it. @param secret the library's */
export const writeSessionCookie = (token: string, secret: string, isSecure: boolean): string => {
  const signature = createHmac("sha256", secret).update(token).digest("base64");
  const value = encodeURIComponent(`${token}.${signature}`);
  return written(sessionName(isSecure), value, LONGEST_SESSION_MS / SECOND_MS, isSecure);
};

export const clearSessionCookie = (isSecure: boolean): string => written(sessionName(isSecure), "", 0, isSecure);

export const writeDeviceCookie = (token: string, isSecure: boolean): string =>
  written(deviceName(isSecure), token, DEVICE_SECONDS, isSecure);

/** The session's token in `set-cookie` lines; null when none of them begins a session. */
export const sessionTokenOf = (lines: readonly string[], isSecure: boolean): string | null => {
  for (const line of lines) {
    const [pair = ""] = line.split(";", 1);
    const token = unsigned(readCookie(pair, sessionName(isSecure)));
    if (token !== null) return token;
  }
  return null;
};

/** A `cookie` header without the session in it. */
export const withoutSession = (header: string | null, isSecure: boolean): string =>
  (header ?? "")
    .split(";")
    .filter((part) => part.slice(0, part.indexOf("=")).trim() !== sessionName(isSecure))
    .join(";");
