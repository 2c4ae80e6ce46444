/**
 * Which passwords are taken: long enough, not one that is tried first, not made of what is known of the person. No rules of
 * composition, which only make passwords worse (ASVS 6.2.1–6.2.12). Pure.
 */
import { table } from "../../table.ts";
import { COMMON_WORDS, RUNS } from "./common-passwords.ts";

/** Least length in characters: of customers, and of people of the installation. */
export const MIN_PASSWORD = 12;
export const MIN_STAFF_PASSWORD = 15;
/** Most bytes: far above what anybody types, and bounded work for the hash. */
export const MAX_PASSWORD_BYTES = 512;

export const PASSWORD_PROBLEMS = {
  short: `needs at least ${MIN_PASSWORD} characters; a few words in a row are easy to remember`,
  "short-staff": `needs at least ${MIN_STAFF_PASSWORD} characters for somebody who runs the installation`,
  long: `must be at most ${MAX_PASSWORD_BYTES} bytes`,
  common: "is one of the passwords that are tried first; choose something less usual",
  personal: "is made of your name, your address or the service's name; choose something that nobody can look up",
} as const;
export type PasswordProblem = keyof typeof PASSWORD_PROBLEMS;

export interface PasswordRule {
  readonly isStaff: boolean;
  /** What must not be most of it: address, name, username, the storefront's name. */
  readonly known: readonly string[];
}

const LOOKALIKES = table<string>({
  "@": "a",
  "4": "a",
  "3": "e",
  "1": "i",
  "!": "i",
  "0": "o",
  $: "s",
  "5": "s",
  "7": "t",
});

const isLetter = (character: string): boolean => character.toLowerCase() !== character.toUpperCase();
const lettersOf = (text: string): string => Array.from(text).filter(isLetter).join("");
/** With look-alikes read as the letters that they stand for. */
const unmasked = (text: string): string =>
  Array.from(text)
    .map((character) => LOOKALIKES[character] ?? character)
    .join("");

const LONGEST_WORD = Math.max(...COMMON_WORDS.map((word) => word.length));
const WORDS: ReadonlySet<string> = new Set(COMMON_WORDS);
/** More words than this in a row are a passphrase. */
const FEW_WORDS = 3;

/** The least number of common words that a text is made of; null when it holds anything else. */
const wordsIn = (text: string): number | null => {
  const least: (number | null)[] = [0];
  for (let end = 1; end <= text.length; end++) {
    let best: number | null = null;
    for (let start = Math.max(0, end - LONGEST_WORD); start < end; start++) {
      const before = least[start];
      if (before === null || before === undefined || !WORDS.has(text.slice(start, end))) continue;
      if (best === null || before + 1 < best) best = before + 1;
    }
    least.push(best);
  }
  return least[text.length] ?? null;
};

const isFewWords = (text: string): boolean => {
  const words = text === "" ? null : wordsIn(text);
  return words !== null && words <= FEW_WORDS;
};

/** The piece that a text repeats from its beginning to its end; the text itself when it repeats none. */
const unitOf = (text: string): string => {
  for (let length = 1; length <= text.length / 2; length++) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).slice(0, text.length) === text) return unit;
  }
  return text;
};

const isRun = (text: string): boolean => RUNS.some((run) => run.includes(text));

const isPlain = (character: string): boolean => isLetter(character) || (character >= "0" && character <= "9");

/** Without what stands around the first and the last letter or digit. */
const trimmed = (text: string): string => {
  const characters = Array.from(text);
  const first = characters.findIndex(isPlain);
  return first < 0 ? text : characters.slice(first, characters.findLastIndex(isPlain) + 1).join("");
};

/** A piece that is said again and again is as good as said once; shorter than this it is nothing at all. */
const SHORTEST_UNIT = 8;

const isCommon = (lower: string): boolean => {
  const unit = trimmed(unitOf(lower));
  const digits = Array.from(unit)
    .filter((character) => isPlain(character) && !isLetter(character))
    .join("");
  return (
    unit.length < SHORTEST_UNIT ||
    isRun(unit) ||
    isFewWords(lettersOf(unit)) ||
    isFewWords(lettersOf(unmasked(unit))) ||
    // A run with a little around it.
    (lettersOf(unit).length < 4 && isRun(digits))
  );
};

/** Shorter pieces are in passwords by chance. */
const SHORTEST_KNOWN = 4;

const isPersonal = (lower: string, known: readonly string[]): boolean => {
  const pieces = known
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
    .map((text) => text.toLowerCase())
    .filter((text) => text.length >= SHORTEST_KNOWN)
    .sort((a, b) => b.length - a.length);
  let rest = lower;
  for (const piece of pieces) rest = rest.replaceAll(piece, "");
  return rest.length < lower.length && lettersOf(rest).length < SHORTEST_KNOWN;
};

/** Why a password is not taken; null when it is. */
export const passwordProblem = (password: string, { isStaff, known }: PasswordRule): PasswordProblem | null => {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return "long";
  const { length } = Array.from(password);
  if (length < MIN_PASSWORD) return "short";
  if (isStaff && length < MIN_STAFF_PASSWORD) return "short-staff";
  const lower = password.normalize("NFKC").toLowerCase();
  if (isCommon(lower)) return "common";
  return isPersonal(lower, known) ? "personal" : null;
};
