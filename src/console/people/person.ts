/** A person: what they are called, where their mail goes, and which spellings are one mailbox. Pure. */
import type { InstallationRole } from "../viewer.ts";

export interface Person {
  /** `usr_…`: unguessable, and shown outside. */
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly isVerified: boolean;
  readonly name: string;
  readonly username: string;
  readonly role: InstallationRole | null;
  /** Time-based codes are asked for at sign-in. */
  readonly hasCodes: boolean;
  readonly isDisabled: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

export const PERSON_PREFIX = "usr_";

/** The longest address that SMTP carries (RFC 5321, 4.5.3.1.3). */
export const MAX_EMAIL = 254;
const MAX_LOCAL = 64;
export const MAX_PERSON_NAME = 100;

export const MIN_USERNAME = 3;
export const MAX_USERNAME = 32;
const USERNAME_FORM = /^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/;

/** Names that would be taken for the installation's own. */
const RESERVED: readonly string[] = [
  "account",
  "admin",
  "administrator",
  "api",
  "billing",
  "farthing",
  "help",
  "operator",
  "root",
  "security",
  "staff",
  "status",
  "support",
  "system",
];

/** Parts of an address, or null when it cannot be one. A domain holds a dot. */
const partsOf = (text: string): { readonly local: string; readonly domain: string } | null => {
  if (text.length > MAX_EMAIL) return null;
  for (const character of text) if (character <= " " || character === "\u007F") return null;
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (local === "" || local.length > MAX_LOCAL || local.includes("@")) return null;
  const labels = domain.split(".");
  return labels.length >= 2 && labels.every((label) => label !== "") ? { local, domain } : null;
};

/** Characters that mail programs give another meaning to. */
const TROUBLE: readonly string[] = ['"', "(", ")", "<", ">", ",", ";", ":", "\\", "[", "]"];

/** An address in the form that is stored, or null when it is none. */
export const cleanEmail = (text: string): string | null => {
  const email = text.trim().toLowerCase();
  return partsOf(email) === null || TROUBLE.some((character) => email.includes(character)) ? null : email;
};

/** Providers that ignore dots before the @. */
const DOTLESS: readonly string[] = ["gmail.com", "googlemail.com"];

/**
 * The mailbox behind an address: what follows a plus is a label of the same person, and some providers ignore dots. Start credit is
 * given to a mailbox, not to its spellings.
 */
export const mailboxOf = (email: string): string => {
  const at = email.lastIndexOf("@");
  const [label] = email.slice(0, at).split("+");
  const local = label ?? "";
  const domain = email.slice(at + 1);
  const isDotless = DOTLESS.includes(domain);
  return `${isDotless ? local.replaceAll(".", "") : local}@${isDotless ? "gmail.com" : domain}`;
};

/** A person's name without surrounding blanks, or null when it is empty, too long, or holds control characters. */
export const cleanPersonName = (text: string): string | null => {
  const name = text.trim();
  if (name.length === 0 || name.length > MAX_PERSON_NAME) return null;
  for (const character of name) if (character < " " || character === "\u007F") return null;
  return name;
};

/** Whether a username may be chosen: 3 to 32 of a-z, 0-9 and inner dashes, and none of the installation's own. */
export const isUsername = (text: string): boolean => USERNAME_FORM.test(text) && !RESERVED.includes(text);

/** A username out of an address, to begin with. */
export const usernameFrom = (email: string): string => {
  const [label] = email.split("@", 1);
  let name = "";
  for (const character of (label ?? "").toLowerCase()) {
    const isPlain = (character >= "a" && character <= "z") || (character >= "0" && character <= "9");
    if (isPlain) name += character;
    else if (name !== "" && !name.endsWith("-")) name += "-";
  }
  name = name.slice(0, MAX_USERNAME - 9);
  while (name.endsWith("-")) name = name.slice(0, -1);
  return isUsername(name) ? name : `user-${name}`.replace(/-$/, "");
};
