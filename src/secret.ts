/**
 * Secrets at rest. One master secret; a key per purpose by HKDF-SHA256, so that what one purpose seals no other can open; AES-256-GCM
 * with a random 96-bit nonce, and the place a value belongs to (table, row, field) as associated data, so that a sealed value
 * cannot be moved to another row. The master secret is never in the database.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { ConfigError, type Config } from "./config.ts";

/** What a derived key may be used for: a closed list, each with its own key. */
export type SecretPurpose = "upstream-credential" | "fingerprint" | "admin-claim" | "webhook";

/** Where a sealed value lives, such as `["upstream", "openai-main", "apiKey"]`. */
export type SealedPlace = readonly string[];

/** Thrown when a sealed value cannot be opened: another master secret, another place, or a changed value. Names no content. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

export interface SecretBox {
  /** First 16 hex digits of a hash of the master secret; tells which secret sealed a value. */
  readonly keyId: string;
  /** Encrypts for one purpose and place. The text form is `v1.<key id>.<nonce>.<ciphertext and tag>`. */
  seal(purpose: SecretPurpose, place: SealedPlace, plaintext: string): string;
  /** @throws SecretError */
  open(purpose: SecretPurpose, place: SealedPlace, sealed: string): string;
  /** A keyed digest (base64url of HMAC-SHA256): tells whether two secrets are equal without keeping either. */
  fingerprint(place: SealedPlace, text: string): string;
}

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const MIN_LENGTH = 32;
/** A secret with few different pieces of this length is a sample or a placeholder, such as 32 zeros. */
const PIECE_LENGTH = 4;
/** How many it has at least; of 32 random hexadecimal digits nearly all 29 pieces differ. */
const MIN_PIECES = 16;
/** One salt for the whole product: it separates our derivations from others of the same master secret. */
const SALT = "farthing/secret/v1";

const derive = (master: string, label: string): Buffer =>
  Buffer.from(hkdfSync("sha256", master, SALT, label, KEY_BYTES));

/** JSON keeps the parts of a place apart: `["a","bc"]` and `["ab","c"]` differ. */
const associated = (purpose: SecretPurpose, place: SealedPlace): Buffer =>
  Buffer.from(JSON.stringify([purpose, ...place]));

const decrypt = (key: Buffer, aad: Buffer, nonce: Buffer, sealed: Buffer): string => {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]).toString(
    "utf8",
  );
};

/** A box that seals with keys derived from the master secret. */
export const makeSecretBox = (master: string): SecretBox => {
  const keyId = derive(master, "key-id").toString("hex").slice(0, 16);
  const keys = new Map<SecretPurpose, Buffer>();
  const keyFor = (purpose: SecretPurpose): Buffer => {
    const known = keys.get(purpose);
    if (known !== undefined) return known;
    const key = derive(master, `purpose:${purpose}`);
    keys.set(purpose, key);
    return key;
  };
  return {
    keyId,
    seal: (purpose, place, plaintext) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyFor(purpose), nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associated(purpose, place));
      const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, keyId, nonce.toString("base64url"), body.toString("base64url")].join(".");
    },
    open: (purpose, place, sealed) => {
      const [version, sealedBy, nonceText, bodyText, ...rest] = sealed.split(".");
      if (version !== VERSION || nonceText === undefined || bodyText === undefined || rest.length > 0)
        throw new SecretError("not a sealed value");
      if (sealedBy !== keyId) throw new SecretError("sealed with another FARTHING_SECRET");
      const nonce = Buffer.from(nonceText, "base64url");
      const body = Buffer.from(bodyText, "base64url");
      if (nonce.length !== NONCE_BYTES || body.length < TAG_BYTES) throw new SecretError("not a sealed value");
      try {
        return decrypt(keyFor(purpose), associated(purpose, place), nonce, body);
      } catch {
        throw new SecretError("the sealed value was changed or belongs elsewhere");
      }
    },
    fingerprint: (place, text) =>
      createHmac("sha256", keyFor("fingerprint"))
        .update(JSON.stringify([...place, text]))
        .digest("base64url"),
  };
};

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

const readIfThere = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw new ConfigError(`The secret file ${file} cannot be read (${codeOf(error)}).`);
  }
};

/** Writes a new secret for the owner's eyes only; the first of several processes wins, and no one reads half a file. */
const createFile = (file: string): void => {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(draft, `${randomBytes(KEY_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST")
      throw new ConfigError(
        `The secret file ${file} cannot be written (${codeOf(error)}); set FARTHING_SECRET or FARTHING_DATA.`,
      );
  } finally {
    rmSync(draft, { force: true });
  }
};

/** True for what somebody typed to have something there: one character, or a few words, again and again. */
const isPlaceholder = (secret: string): boolean => {
  const pieces = new Set<string>();
  for (let at = 0; at + PIECE_LENGTH <= secret.length; at++) pieces.add(secret.slice(at, at + PIECE_LENGTH));
  return pieces.size < MIN_PIECES;
};

const checkedMaster = (secret: string, from: string): string => {
  if (secret.length < MIN_LENGTH || isPlaceholder(secret))
    throw new ConfigError(`${from} is too short or a placeholder; make one with: openssl rand -hex 32`);
  return secret;
};

/**
 * The box of this installation: from FARTHING_SECRET or, outside production, from `secret` in the data folder, made on first use.
 * @throws ConfigError when there is none, or it is short, or the file cannot be used.
 */
export const loadSecret = (config: Pick<Config, "secret" | "dataDir" | "production">): SecretBox => {
  if (config.secret !== null) return makeSecretBox(checkedMaster(config.secret, "FARTHING_SECRET"));
  if (config.production)
    throw new ConfigError("FARTHING_SECRET is required when NODE_ENV=production; make one with: openssl rand -hex 32");
  const file = path.join(config.dataDir, "secret");
  if (readIfThere(file) === null) createFile(file);
  return makeSecretBox(checkedMaster(readIfThere(file) ?? "", file));
};
