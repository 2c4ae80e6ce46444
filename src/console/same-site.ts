/** Whether a request that changes something comes from our own pages (F120). Pure. */

export interface Sender {
  /** `sec-fetch-site`, `origin` and `host` as sent; null when absent. */
  readonly fetchSite: string | null;
  readonly origin: string | null;
  readonly host: string | null;
}

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** True for methods that may change something. */
export const isUnsafe = (method: string): boolean => !SAFE.has(method);

/**
 * A browser always names the origin of an unsafe request, and the newer ones say how it relates to us: both must agree that it is our
 * own. The origin is ours when it is the public address, or the host that the request itself was sent to: a foreign page cannot make a
 * browser send another.
 */
export const isFromOurPages = ({ fetchSite, origin, host }: Sender, publicUrl: string): boolean => {
  if (fetchSite !== null && fetchSite !== "same-origin") return false;
  const from = origin === null ? null : URL.parse(origin);
  if (from === null) return false;
  return from.origin === URL.parse(publicUrl)?.origin || (host !== null && from.host === host.toLowerCase());
};
