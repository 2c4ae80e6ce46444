/** An operator's connection to a provider: address, credential, and which models it serves under which names. Pure. */
import { isMetadata } from "../protocols/address.ts";
import type { Provider } from "../providers/provider.ts";

/** Deadlines of an upstream that is slower than most, or must be quicker, in milliseconds; absent ones are those of send.ts. */
export interface Timeouts {
  /** From request sent to response headers, for a stream. */
  readonly firstByteMs?: number | undefined;
  /** The same for a JSON reply, whose headers come when it is complete. */
  readonly wholeMs?: number | undefined;
  /** Longest silence inside a body. */
  readonly idleMs?: number | undefined;
}

/** What a deadline may be: less is a mistake, more would keep money held for a provider that is gone. */
export const LEAST_TIMEOUT_MS = 100;
export const MOST_TIMEOUT_MS = 1_800_000;

/** Calls that one upstream may have in flight when nothing else is said: what its connections can carry (send.ts). */
export const MAX_CONCURRENT = 1_024;

/** An upstream as the gateway uses it: resolved, decrypted, checked. */
export interface Upstream {
  readonly id: string;
  readonly provider: Provider;
  /** Origin and path, without a trailing slash. */
  readonly baseUrl: string;
  /** Never logged, never returned by any API. Empty when the provider wants none. */
  readonly apiKey: string;
  /** Catalogue model id → the provider's name for it here. */
  readonly models: Readonly<Record<string, string>>;
  readonly timeouts?: Timeouts | undefined;
  /** Most calls in flight; absent: `MAX_CONCURRENT`. */
  readonly maxConcurrent?: number | undefined;
  readonly enabled: boolean;
  /** True: takes no new requests; videos that are being made there are looked after to their end. */
  readonly draining?: boolean | undefined;
  /** True for the built-in sandbox. */
  readonly sandbox: boolean;
}

/** Longest base URL and credential; what is longer is a mistake. */
export const MAX_BASE_URL = 512;
export const MAX_API_KEY = 4_096;

/**
 * Why an address cannot be a base URL, or null when it can. Loopback and private addresses are allowed, for the
 * operator sets them; those where a cloud keeps a machine's own credentials are not (D97).
 * The text continues "baseUrl: …" and repeats nothing of the address, which may hold a credential.
 */
export const baseUrlProblem = (text: string): string | null => {
  if (text.length > MAX_BASE_URL) return `must have at most ${MAX_BASE_URL} characters`;
  if (!URL.canParse(text)) return "must be a URL, such as https://api.example.com/v1";
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "must begin with http:// or https://";
  if (url.username !== "" || url.password !== "") return "must not hold a user or password; use apiKey";
  if (url.search !== "" || url.hash !== "" || text.includes("?") || text.includes("#"))
    return "must not hold a query or fragment";
  if (isMetadata(url)) return "must not be the metadata address of a cloud machine";
  return null;
};

/**
 * A valid address as `Upstream.baseUrl`: no trailing slash, and without the prefix that the provider's first surface appends anyway,
 * since `https://api.anthropic.com` and `https://api.anthropic.com/v1` mean the same to the one who writes it.
 */
export const normalBaseUrl = (provider: Provider, text: string): string => {
  const url = new URL(text);
  const trimmed = trimSlashes(url.origin + url.pathname);
  const prefix = provider.surfaces[0].prefix;
  return prefix !== "" && trimmed.endsWith(prefix) && url.pathname !== "/" ? trimmed.slice(0, -prefix.length) : trimmed;
};

const trimSlashes = (text: string): string => {
  let end = text.length;
  while (end > 0 && text[end - 1] === "/") end--;
  return text.slice(0, end);
};

/** True for a credential that can travel in a header: visible ASCII, no blanks (a pasted line break is the usual mistake). */
export const isSendableKey = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return text.length > 0 && text.length <= MAX_API_KEY;
};
