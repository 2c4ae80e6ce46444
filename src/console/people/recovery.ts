/** Recovery codes: ten, each for one use, of which only hashes are stored. */
import { createHash, randomInt } from "node:crypto";

const CODES = 10;
const GROUPS = 4;
const GROUP_LENGTH = 4;
/** Crockford's base 32: no letter can be mistaken for another. 16 of them are 80 bits. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Tells a hash from a code that has not been hashed yet. */
const MARK = "sha256:";

const group = (): string =>
  Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");

export const newRecoveryCodes = (): string[] =>
  Array.from({ length: CODES }, () => Array.from({ length: GROUPS }, group).join("-"));

/** A code as it is stored; the spellings of people (lower case, blanks, missing dashes, O for 0, I for 1) hash alike. */
export const hashRecoveryCode = (code: string): string => {
  const canonical = code
    .toUpperCase()
    .replaceAll("-", "")
    .replaceAll(" ", "")
    .replaceAll("O", "0")
    .replaceAll("I", "1")
    .replaceAll("L", "1");
  return MARK + createHash("sha256").update(canonical).digest("hex");
};

/** A JSON list of codes, hashed where it is not yet. */
export const hashRecoveryList = (json: string): string =>
  JSON.stringify((JSON.parse(json) as string[]).map((code) => (code.startsWith(MARK) ? code : hashRecoveryCode(code))));
