/**
 * API keys: how one is made, recognised and remembered. Pure.
 *
 * A key is `prefix + random + check`: the check is a CRC-32 of all that stands before it, so that a mistyped or invented key is
 * refused without asking the database (D91). Only the SHA-256 of a key is ever kept.
 */
import { hash, randomFillSync } from "node:crypto";
import { crc32 } from "node:zlib";

import type { Nano } from "../money.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = ALPHABET.length;
const CHECK_LENGTH = 6;
/** 30 characters of base 62 are 178 bits. */
export const MIN_RANDOM = 30;
export const MAX_RANDOM = 128;
const MAX_PREFIX = 24;
/** Bytes at or above are drawn again, so that every character is equally likely. */
const FAIR = 256 - (256 % BASE);

export const KEY_STATUSES = ["active", "frozen", "revoked"] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/** What the hot path needs to know of a key and of the account behind it. */
export interface KeyRecord {
  readonly id: number;
  /** `key_…`, shown outside. */
  readonly publicId: string;
  readonly name: string;
  readonly status: KeyStatus;
  /** Milliseconds since the Unix epoch, or null. */
  readonly expiresAt: number | null;
  /** Requests per minute; null: the plan's. */
  readonly rpm: number | null;
  /** Tokens per minute; null: the plan's. */
  readonly tpm: number | null;
  /** Requests in flight; null: the plan's. */
  readonly concurrency: number | null;
  /** Model ids that the key may use; null: all. */
  readonly models: readonly string[] | null;
  /** The most that may ever be charged through the key, in nano-units; null: no limit. */
  readonly budget: Nano | null;
  readonly accountId: number;
  readonly accountFrozen: boolean;
  /** Null: the storefront's default plan. */
  readonly planId: string | null;
}

/** How a storefront's keys look: its prefix and the number of random characters. */
export interface KeyFormat {
  readonly prefix: string;
  /** At least 30. */
  readonly length?: number;
}

const base62 = (value: number, length: number): string => {
  let text = "";
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / BASE))
    text = ALPHABET.charAt(rest % BASE) + text;
  return text;
};

const isKeyText = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetterOrDigit = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    if (!isLetterOrDigit && code !== 45 && code !== 95) return false;
  }
  return true;
};

const checkOf = (body: string): string => base62(crc32(body), CHECK_LENGTH);

/** Makes a key. @throws RangeError when the format's prefix or length is out of bounds. */
export const mintKey = ({ prefix, length = MIN_RANDOM }: KeyFormat): string => {
  if (prefix.length > MAX_PREFIX || !isKeyText(prefix))
    throw new RangeError("a key prefix has at most 24 of A-Za-z0-9_-");
  if (!Number.isInteger(length) || length < MIN_RANDOM || length > MAX_RANDOM)
    throw new RangeError(`a key has ${MIN_RANDOM} to ${MAX_RANDOM} random characters`);
  let body = prefix;
  const bytes = new Uint8Array(length);
  while (body.length < prefix.length + length) {
    randomFillSync(bytes);
    for (const byte of bytes)
      if (byte < FAIR && body.length < prefix.length + length) body += ALPHABET.charAt(byte % BASE);
  }
  return body + checkOf(body);
};

/** Whether a text can be a key at all: length, characters, check. Costs about a microsecond and no query. */
export const isWellFormedKey = (text: string): boolean => {
  if (text.length < MIN_RANDOM + CHECK_LENGTH || text.length > MAX_PREFIX + MAX_RANDOM + CHECK_LENGTH) return false;
  if (!isKeyText(text)) return false;
  const split = text.length - CHECK_LENGTH;
  return text.slice(split) === checkOf(text.slice(0, split));
};

/** The SHA-256 of a key, as 32 bytes. */
export const hashKey = (key: string): Uint8Array => hash("sha256", key, "buffer");

/** What a list may show of a key: its prefix and its last four characters. */
export const maskKey = ({ prefix, last4 }: { readonly prefix: string; readonly last4: string }): string =>
  `${prefix}…${last4}`;
