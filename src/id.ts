/** Names of things: request ids that sort by time, and public ids that cannot be guessed. */
import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const PREFIX = "req_";
const TEXT_LENGTH = 26;
const BYTES = 16;
const TIME_BYTES = 6;
/** A week: what requests are stored and dropped by. */
export const PERIOD_MS = 604_800_000;
const POOL_IDS = 256;
const RANDOM_BYTES = 10;

/** Randomness is drawn for many ids at once; a draw of its own would cost more than all the rest of an id. */
const pool = Buffer.allocUnsafeSlow(POOL_IDS * RANDOM_BYTES);
let next = pool.length;
const scratch = Buffer.allocUnsafeSlow(BYTES);

const CODES = Buffer.from(ALPHABET, "latin1");
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < CODES.length; value++) VALUES[CODES[value] ?? 0] = value;

/** Writes a UUIDv7: 48 bits of time in milliseconds, then 74 random bits around the version and the variant. */
const fillUuid7 = (target: Buffer, now: number): void => {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  target.writeUIntBE(now, 0, 6);
  pool.copy(target, 6, next, next + RANDOM_BYTES);
  next += RANDOM_BYTES;
  target[6] = 0x70 | ((target[6] ?? 0) & 0x0f);
  target[8] = 0x80 | ((target[8] ?? 0) & 0x3f);
};

/** 16 bytes as 26 characters of Crockford's base 32, most significant first: text sorts as the bytes do. */
const encode = (bytes: Uint8Array): string => {
  let text = "";
  // 128 bits are 26 × 5 − 2: the first character carries only three.
  let held = 0;
  let bits = 2;
  for (let i = 0; i < BYTES; i++) {
    held = (held << 8) | (bytes[i] ?? 0);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31] ?? "";
    }
    held &= (1 << bits) - 1;
  }
  return text;
};

/** A new request id: `req_` and 26 characters. Ids of one process made in different milliseconds sort by time. */
export const newRequestId = (): string => {
  fillUuid7(scratch, Date.now());
  return PREFIX + encode(scratch);
};

/** The 16 bytes of a request id, or null when the text is not one. */
export const requestIdBytes = (id: string): Uint8Array | null => {
  if (id.length !== PREFIX.length + TEXT_LENGTH || !id.startsWith(PREFIX)) return null;
  const bytes = new Uint8Array(BYTES);
  let held = 0;
  let bits = -2;
  let at = 0;
  for (let i = PREFIX.length; i < id.length; i++) {
    const code = id.charCodeAt(i);
    const value = code < 128 ? (VALUES[code] ?? -1) : -1;
    // The first character has three bits only; a larger one would be a second spelling of another id.
    if (value < 0 || (i === PREFIX.length && value > 7)) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >>> bits) & 255;
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
};

/** The text of a stored request id. */
export const requestIdText = (bytes: Uint8Array): string => PREFIX + encode(bytes);

/** When a request id was made: milliseconds since the Unix epoch. */
export const requestTime = (id: Uint8Array): number => {
  let time = 0;
  for (let i = 0; i < TIME_BYTES; i++) time = time * 256 + (id[i] ?? 0);
  return time;
};

/** The period by which requests are stored and dropped: the week, counted from the Unix epoch, in which the id was made (§9.9). */
export const requestPeriod = (id: Uint8Array): number => Math.floor(requestTime(id) / PERIOD_MS);

/** The least request id of a moment, in milliseconds since the Unix epoch: ids begin with their time. */
export const firstRequestId = (milliseconds: number): Uint8Array => {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUIntBE(Math.max(0, Math.floor(milliseconds)), 0, TIME_BYTES);
  return bytes;
};

/** An unguessable public id such as `acc_…`: 128 random bits. */
export const newPublicId = (prefix: string): string => {
  const bytes = new Uint8Array(BYTES);
  randomFillSync(bytes);
  return prefix + encode(bytes);
};
