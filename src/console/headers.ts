/** The headers that keep a browser from doing more with the console than the console means (reference: ASVS 3.4, 3.5). */
import type { FlatHeaders } from "../http/exchange.ts";

/** What a page of ours may load and run: its own files, nothing inline, nobody else's. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** What a file may do that an operator brought and that a browser may open by itself, such as a logo: nothing. */
export const SANDBOX_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const YEAR_SECONDS = 31_536_000;

const COMMON: FlatHeaders = [
  "content-security-policy",
  POLICY,
  "referrer-policy",
  "no-referrer",
  "cross-origin-opener-policy",
  "same-origin",
  "cross-origin-resource-policy",
  "same-origin",
  "permissions-policy",
  "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "x-frame-options",
  "DENY",
];

/**
 * The headers of every answer of the console beside those of every reply (`nosniff`, `no-store`, the request's id).
 * @param isSecure the outside reaches us by https: browsers are told never to try anything else
 */
export const securityHeaders = (isSecure: boolean): FlatHeaders =>
  isSecure ? [...COMMON, "strict-transport-security", `max-age=${YEAR_SECONDS}; includeSubDomains`] : COMMON;

/** The same with another policy. */
export const withPolicy = (headers: FlatHeaders, policy: string): FlatHeaders => {
  const at = headers.indexOf("content-security-policy");
  return headers.map((value, index) => (index === at + 1 ? policy : value));
};
