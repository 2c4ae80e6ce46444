/** The looks of a storefront as they are configured: colours and a logo. Pure. */
import { isUtf8 } from "node:buffer";

import { z } from "zod";

/** Largest logo, in bytes. */
export const MAX_LOGO_BYTES = 64 * 1024;

const PNG = "data:image/png;base64,";
const SVG = "data:image/svg+xml;base64,";
const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** Base64 of the largest logo, and its address before it. */
const MAX_LOGO_TEXT = Math.ceil(MAX_LOGO_BYTES / 3) * 4 + SVG.length;

const COLOUR_FORM = /^#[0-9a-f]{6}$/;

/** Six hexadecimal digits: what goes into the style sheet can be nothing but a colour. */
const colour = z
  .string()
  .regex(COLOUR_FORM, 'must be a colour of six lower-case hexadecimal digits, such as "#9a4a1b"');

const isSvg = (bytes: Buffer): boolean => {
  if (!isUtf8(bytes)) return false;
  const start = bytes.toString("utf8", 0, 512).trimStart();
  return start.startsWith("<svg") || start.startsWith("<?xml");
};

/** Why a logo cannot be taken; null when it can. It is sent only as an image, and under a policy that lets it do nothing. */
const logoProblem = (text: string): string | null => {
  const kind = [PNG, SVG].find((prefix) => text.startsWith(prefix));
  if (kind === undefined) return `must begin with ${PNG} or ${SVG}`;
  const data = text.slice(kind.length);
  const bytes = Buffer.from(data, "base64");
  if (bytes.toString("base64") !== data) return "must be base64 without line breaks";
  if (bytes.length > MAX_LOGO_BYTES) return `must have at most ${MAX_LOGO_BYTES} bytes`;
  const isWhatItSays = kind === PNG ? bytes.subarray(0, 8).equals(PNG_SIGNATURE) : isSvg(bytes);
  return isWhatItSays ? null : "is not what its type says";
};

const logo = z
  .string()
  .max(MAX_LOGO_TEXT, `must have at most ${MAX_LOGO_BYTES} bytes`)
  .superRefine((text, context) => {
    const problem = logoProblem(text);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

export const brand = z.strictObject({
  accent: colour.optional(),
  accentDark: colour.optional(),
  logo: logo.optional(),
});
