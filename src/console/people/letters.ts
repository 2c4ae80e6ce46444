/** The letters to people, as data: what each says, as text and as HTML, in the storefront's name. Pure. */
import type { Letter } from "../services.ts";

/** Who writes: the storefront. */
export interface House {
  readonly name: string;
  /** Without a trailing slash: the only origin that links have, never one of a request (F123). */
  readonly publicUrl: string;
}

interface Words {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** The one thing to do; its address is a path of the house. */
  readonly action?: { readonly label: string; readonly path: string };
  /** What stands small under it. */
  readonly note?: string;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A line of a header: nothing that could begin another one. */
const oneLine = (text: string): string => {
  let line = "";
  for (const character of text) line += character < " " || character === "\u007F" ? " " : character;
  return line;
};

const textOf = (house: House, { paragraphs, action, note }: Words): string =>
  [
    ...paragraphs,
    ...(action === undefined ? [] : [`${action.label}:\n${house.publicUrl}${action.path}`]),
    ...(note === undefined ? [] : [note]),
    house.name,
  ].join("\n\n");

const BODY =
  "margin:0;padding:32px 16px;background:#f6f3ef;color:#2b2622;font:15px/1.55 -apple-system,Segoe UI,Roboto,sans-serif";
const CARD = "max-width:520px;margin:0 auto;padding:32px;background:#fffdfa;border:1px solid #e4ddd3;border-radius:8px";
const BUTTON =
  "display:inline-block;padding:10px 18px;background:#9a4f1f;color:#fff;text-decoration:none;border-radius:6px";
const SMALL = "color:#7a7068;font-size:13px";

const htmlOf = (house: House, { paragraphs, action, note }: Words): string => {
  const link = action === undefined ? "" : `${house.publicUrl}${action.path}`;
  const parts = [
    `<p style="font-weight:600">${escaped(house.name)}</p>`,
    ...paragraphs.map((paragraph) => `<p>${escaped(paragraph)}</p>`),
    ...(action === undefined
      ? []
      : [
          `<p><a href="${escaped(link)}" style="${BUTTON}">${escaped(action.label)}</a></p>`,
          `<p style="${SMALL};word-break:break-all">${escaped(link)}</p>`,
        ]),
    ...(note === undefined ? [] : [`<p style="${SMALL}">${escaped(note)}</p>`]),
  ];
  return `<!doctype html><html lang="en"><body style="${BODY}"><div style="${CARD}">${parts.join("")}</div></body></html>`;
};

const write = (house: House, to: string, words: Words): Letter => ({
  to,
  subject: oneLine(words.subject),
  text: textOf(house, words),
  html: htmlOf(house, words),
});

const NOT_YOU = "If this was not you, change your password and end the other sessions on your profile page.";

const WORDS = {
  verify: (house: House, token: string): Words => ({
    subject: `Confirm your address at ${house.name}`,
    paragraphs: ["Somebody registered with this address. If it was you, confirm it and sign in."],
    action: { label: "Confirm the address", path: `/verify?token=${encodeURIComponent(token)}` },
    note: "The link is valid for one hour. If it was not you, ignore this mail: nothing happens.",
  }),
  reset: (house: House, token: string): Words => ({
    subject: `Choose a new password at ${house.name}`,
    paragraphs: ["Somebody asked to choose a new password for the account of this address."],
    action: { label: "Choose a new password", path: `/reset?token=${encodeURIComponent(token)}` },
    note: "The link is valid for one hour and works once. If it was not you, ignore this mail: your password stays as it is.",
  }),
  known: (house: House): Words => ({
    subject: `You are registered at ${house.name} already`,
    paragraphs: [
      "Somebody tried to register with this address, which has an account already. If it was you, sign in; if you forgot the password, choose a new one there.",
    ],
    action: { label: "Sign in", path: "/sign-in" },
    note: "If it was not you, there is nothing to do.",
  }),
  invitation: (house: House, token: string, { by, to }: { readonly by: string; readonly to: string }): Words => ({
    subject: `${by} invites you to ${to}`,
    paragraphs: [`${by} invites you to ${to} at ${house.name}.`],
    action: { label: "Accept the invitation", path: `/invite/${encodeURIComponent(token)}` },
    note: "The link is valid for seven days, works once, and only for this address.",
  }),
  "email-confirm": (house: House, token: string): Words => ({
    subject: `Confirm your new address at ${house.name}`,
    paragraphs: ["Somebody who is signed in wants this to be the address of their account. If it was you, confirm it."],
    action: { label: "Confirm the new address", path: `/change-email?token=${encodeURIComponent(token)}` },
    note: "The link is valid for one hour and works once, where you are signed in. If it was not you, ignore this mail: nothing happens.",
  }),
  "email-taken": (house: House): Words => ({
    subject: `Your address at ${house.name}`,
    paragraphs: [
      "Somebody who is signed in wanted this to be the address of their account. It is the address of yours, so nothing was changed.",
    ],
    action: { label: "Sign in", path: "/sign-in" },
    note: "If it was you: an address belongs to one account. If it was not you, there is nothing to do.",
  }),
  "email-wished": (house: House, email: string): Words => ({
    subject: `Another address for your account at ${house.name}`,
    paragraphs: [
      `Somebody who is signed in with your account asked to change its address to ${email}. It changes when the link that went there is followed.`,
    ],
    action: { label: "Look at your account", path: "/me" },
    note: NOT_YOU,
  }),
  "email-changed": (house: House, email: string): Words => ({
    subject: `Your address at ${house.name} was changed`,
    paragraphs: [
      `The address of your account is now ${email}. All other sessions have ended, and mail no longer comes here.`,
    ],
    note: "If this was not you, tell the operator at once: the audit log has what happened.",
  }),
  "new-device": (house: House, from: string): Words => ({
    subject: `A new sign-in at ${house.name}`,
    paragraphs: [`Somebody signed in with your account from a browser that was not used before: ${from}.`],
    action: { label: "Look at your sessions", path: "/me" },
    note: NOT_YOU,
  }),
  "password-changed": (house: House): Words => ({
    subject: `Your password at ${house.name} was changed`,
    paragraphs: ["The password of your account was changed. All other sessions have ended."],
    action: { label: "Look at your account", path: "/me" },
    note: "If this was not you, choose a new password at once by 'Forgot password' on the sign-in page.",
  }),
  linked: (house: House, service: string): Words => ({
    subject: `Another way to sign in at ${house.name}`,
    paragraphs: [
      `Somebody came with your address from ${service}, which now opens your account as your password does.`,
    ],
    action: { label: "Look at your sessions", path: "/me" },
    note: NOT_YOU,
  }),
  "factors-changed": (house: House, what: string): Words => ({
    subject: `How you sign in at ${house.name} was changed`,
    paragraphs: [`${what} All other sessions have ended.`],
    action: { label: "Look at your account", path: "/me" },
    note: NOT_YOU,
  }),
} as const;

export type LetterKind = keyof typeof WORDS;
type Rest<K extends LetterKind> = (typeof WORDS)[K] extends (house: House, ...rest: infer R) => Words ? R : never;

/** A letter of one kind. */
export const letter = <K extends LetterKind>(
  house: House,
  to: string,
  [kind, ...rest]: readonly [K, ...Rest<K>],
): Letter => {
  // The kind decides what the rest is; a table of functions cannot say that.
  const words = WORDS[kind] as unknown as (house: House, ...rest: Rest<K>) => Words;
  return write(house, to, words(house, ...rest));
};
