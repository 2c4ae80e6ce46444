/** An account's webhook: its secret, its signature, its address, and when it is tried again. Pure but for the draw of a secret. */
import { createHmac, randomBytes } from "node:crypto";

import { isPublicUrl } from "../../protocols/address.ts";

const SECRET_PREFIX = "whsec_";
const SECRET_BYTES = 32;

export const MAX_URL = 2_000;
/** How long the other side may take, in milliseconds. */
export const POST_MS = 5_000;
/** Pauses before each further try, in milliseconds; then it is given up. */
export const RETRIES_MS = [10_000, 60_000, 600_000] as const;
/** So many deliveries in a row given up, and the webhook is switched off. */
export const MAX_FAILURES = 5;

/** The header with the time and the signature, and the one with the event's id. */
export const SIGNATURE_HEADER = "x-farthing-signature";
export const EVENT_HEADER = "x-farthing-event-id";

/** A fresh secret: 256 random bits. */
export const newWebhookSecret = (): string => SECRET_PREFIX + randomBytes(SECRET_BYTES).toString("base64url");

/** `t=<Unix seconds>,v1=<HMAC-SHA-256 of "<t>.<body>" in hexadecimal>`: what is old or changed does not verify. */
export const signatureOf = (secret: string, body: string, now: number): string => {
  const at = Math.floor(now / 1_000);
  return `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
};

/** Why an address cannot be posted to; null when it can. What its name resolves to is judged when it is connected to (D97). */
export const urlProblem = (text: string, isProduction: boolean): string | null => {
  const url = text.length > MAX_URL ? null : URL.parse(text);
  if (url === null) return `must be an address of at most ${MAX_URL} characters, such as https://example.com/hook`;
  if (url.protocol !== "https:" && (isProduction || url.protocol !== "http:")) return "must begin with https://";
  return isPublicUrl(url) ? null : "must be on the public internet, on its usual port, and without a password";
};
