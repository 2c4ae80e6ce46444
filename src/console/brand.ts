/**
 * The storefront's looks as the console's pages take them: two colours as CSS variables, and a logo. Pure.
 *
 * Colours were checked as six hexadecimal digits when they were configured and again when they were read, so that nothing but a colour
 * can get into the style sheet.
 */
import type { Brand } from "../settings/installation.ts";

/** The logo of a storefront that has none: a coin, quartered, as the farthing was. */
const DEFAULT_LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#9a4a1b" stroke-width="2.5"><circle cx="16" cy="16" r="13"/><path d="M16 3v26M3 16h26"/></svg>`;

export interface Logo {
  readonly type: "image/svg+xml" | "image/png";
  readonly bytes: Buffer;
}

const line = (name: string, value: string | null): string => (value === null ? "" : `  ${name}: ${value};\n`);

/** A colour for light ground is too dark on a dark one. */
const lightened = (colour: string | null): string | null =>
  colour === null ? null : `color-mix(in oklab, ${colour} 60%, white)`;

/** The colours as CSS; what the storefront leaves out is the style sheet's own. */
export const brandCss = ({ accent, accentDark }: Brand): string => {
  const dark = line("--brand-accent-dark", accentDark ?? lightened(accent));
  const variables = `${line("--brand-accent", accent)}${dark}`;
  return variables === "" ? "/* The storefront has no colours of its own. */\n" : `:root {\n${variables}}\n`;
};

/** The storefront's logo, or ours. The text was checked to be a data URL of one of two kinds. */
export const logoOf = ({ logo }: Brand): Logo => {
  if (logo === null) return { type: "image/svg+xml", bytes: Buffer.from(DEFAULT_LOGO) };
  const [head = "", data = ""] = logo.split(",");
  return { type: head.includes("image/png") ? "image/png" : "image/svg+xml", bytes: Buffer.from(data, "base64") };
};
