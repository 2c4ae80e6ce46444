/** Fetches the content that a request names by its address, for a provider that must be given it (D97). */
import { errors } from "../errors.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import type { FetchedMedia } from "../protocols/protocol.ts";
import { FetchFailed, type Fetched, type FetchFault, type PublicFetcher } from "../providers/fetch-public.ts";

/** Most addresses that are fetched for one request. */
export const MAX_ADDRESSES = 16;
/** How long a client waits before it asks for room again, in seconds. */
const BUSY_SECONDS = 2;

export interface MediaOrder {
  readonly urls: readonly string[];
  /** The request's body, in which an error finds the field at fault. */
  readonly body: JsonObject;
  readonly signal: AbortSignal;
}

/** Where a text stands in a request, in the caller's spelling: `messages[0].content[1].image_url.url`. */
export const pathOf = (value: Json, text: string, path = ""): string | undefined => {
  if (value === text) return path;
  if (typeof value !== "object" || value === null) return undefined;
  const isList = Array.isArray(value);
  for (const [name, member] of Object.entries(value as JsonObject)) {
    const inner = isList ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    const found = pathOf(member, text, inner);
    if (found !== undefined) return found;
  }
  return undefined;
};

const ERRORS = {
  refused: (param: string) => errors.urlNotAllowed(param),
  unusable: (param: string) => errors.invalidValue(param, "holds no image or PDF of a known kind and size"),
  busy: () => errors.overloaded(BUSY_SECONDS),
} as const satisfies Record<FetchFault, (param: string) => Error>;

/** What a request was given to hold. `release` when it is over. */
export interface HeldMedia {
  readonly media: FetchedMedia;
  readonly release: () => void;
}

/** For requests without any. */
export const NO_MEDIA: HeldMedia = { media: new Map(), release: () => undefined };

/** Fetches all addresses at once. @throws GatewayError url_not_allowed, invalid_value, overloaded; or the signal's reason */
export const fetchMedia = async (fetcher: PublicFetcher, order: MediaOrder): Promise<HeldMedia> => {
  const { urls, body, signal } = order;
  if (urls.length === 0) return NO_MEDIA;
  const param = (url: string): string => pathOf(body, url) ?? "url";
  const extra = urls[MAX_ADDRESSES];
  if (extra !== undefined)
    throw errors.invalidValue(
      param(extra),
      `is more than the ${MAX_ADDRESSES} addresses that are fetched for this model`,
    );
  const tried = await Promise.allSettled(urls.map((url) => fetcher.load(url, signal)));
  const all: Fetched[] = tried.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const release = (): void => {
    for (const one of all.splice(0)) fetcher.release(one);
  };
  const failed = tried.findIndex(({ status }) => status === "rejected");
  const failure = tried[failed];
  if (failure?.status === "rejected") {
    release();
    const reason: unknown = failure.reason;
    throw reason instanceof FetchFailed ? ERRORS[reason.fault](param(urls[failed] ?? "")) : reason;
  }
  const media = new Map(
    urls.flatMap((url, i) => {
      const one = all[i];
      if (one === undefined) return [];
      return [[url, { kind: "base64", mediaType: one.mediaType, data: one.bytes.toString("base64") }] as const];
    }),
  );
  return { media, release };
};
