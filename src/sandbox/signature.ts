/**
 * Seals on thinking, so that altered thinking is recognised when it comes back, as the real provider does. Pure.
 *
 * The key is no secret: nothing is protected by it, and a fixed one keeps the sandbox deterministic across restarts.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const KEY = "farthing sandbox thinking";
const VERSION = "sandbox-1";

const tag = (...parts: readonly string[]): string =>
  createHmac("sha256", KEY).update(JSON.stringify(parts)).digest("base64url");

const equal = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** The three parts of a seal; none when a single character was added, left out or changed. */
const open = (sealed: string): readonly string[] => {
  const bytes = Buffer.from(sealed, "base64");
  return bytes.toString("base64") === sealed ? bytes.toString("utf8").split(".") : [];
};

/** The signature of a thinking block. @param shown what the block shows: the whole thinking, or nothing where it is omitted. */
export const sign = (thinking: string, shown: string): string => {
  const origin = tag("thinking", thinking);
  return Buffer.from([VERSION, origin, tag("shown", origin, shown)].join(".")).toString("base64");
};

/** True for a signature that `sign` made for a block that showed exactly this. */
export const isSigned = (signature: string, shown: string): boolean => {
  const [version, origin, seal, ...rest] = open(signature);
  if (version !== VERSION || origin === undefined || seal === undefined || rest.length > 0) return false;
  return equal(seal, tag("shown", origin, shown));
};

/** Thinking as an opaque block. */
export const redact = (thinking: string): string => {
  const text = Buffer.from(thinking).toString("base64url");
  return Buffer.from([VERSION, text, tag("redacted", text)].join(".")).toString("base64");
};

/** True for data that `redact` made. */
export const isRedacted = (data: string): boolean => {
  const [version, text, seal, ...rest] = open(data);
  if (version !== VERSION || text === undefined || seal === undefined || rest.length > 0) return false;
  return equal(seal, tag("redacted", text));
};
