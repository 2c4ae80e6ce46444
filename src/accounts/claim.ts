/** The one-time code with which the first operator claims an installation: 128 random bits, one hour, stored as a hash. Pure. */
import { createHash, randomBytes } from "node:crypto";

/** How long a code is valid. */
export const CLAIM_MS = 3_600_000;

const BYTES = 16;
const GROUP = 4;
/** Crockford's base 32: no letter can be mistaken for another. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A fresh code for people to copy, such as `7QF2-…`. */
export const newClaimCode = (): string => {
  let value = BigInt(`0x${randomBytes(BYTES).toString("hex")}`);
  let digits = "";
  for (let i = 0; i < 26; i++) {
    digits = ALPHABET.charAt(Number(value & 31n)) + digits;
    value >>= 5n;
  }
  const groups: string[] = [];
  for (let i = 0; i < digits.length; i += GROUP) groups.push(digits.slice(i, i + GROUP));
  return groups.join("-");
};

/** SHA-256 of a code; spelling variants of people (lower case, blanks, missing dashes) hash alike. */
export const hashClaimCode = (code: string): Buffer => {
  const canonical = code.toUpperCase().replaceAll("-", "").replaceAll(" ", "");
  return createHash("sha256").update(canonical).digest();
};
