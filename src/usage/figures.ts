/**
 * The figures that the console shows: what it may ask and what it is answered. Types and bounds; filled by figures-store.ts.
 *
 * Everywhere: amounts are nano-units (1e-9 USD) as bigint, and exact; counts are bigint; times are milliseconds since the Unix epoch;
 * durations are milliseconds. `shown` turns an answer into what JSON can say: bigint becomes a decimal string.
 *
 * Sums come from roll-ups by the hour, so a range is widened to whole hours (UTC) and every answer says which it is. A request belongs
 * to the hour in which it began, and so does what was given back of it later.
 *
 * `accountId: null` asks for the whole installation. Routes of customers always pass the customer's own account; what only an operator
 * may see (cost, margin, upstreams, absorbed) is marked, and `customerSums` takes it out.
 */
import type { Nano } from "../money.ts";

/** The end is not in it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Counts of tokens; they never overlap. */
export interface Tokens {
  /** What the model had to read anew, written to a cache or not. */
  readonly input: bigint;
  /** What a cache knew already. */
  readonly cacheRead: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
}

/** What requests add up to. */
export interface CustomerSums {
  readonly requests: bigint;
  /** Of these, those that came to nothing: refused, or a failure of a provider or of the gateway. */
  readonly failures: bigint;
  /** What was charged. */
  readonly spend: Nano;
  /** What was given back of it since. */
  readonly refunded: Nano;
  readonly tokens: Tokens;
}

/** The same with what only an operator may see. */
export interface Sums extends CustomerSums {
  /** What the usage would have cost the customers beyond what they paid. */
  readonly absorbed: Nano;
  /** What providers take for it: by the prices of the upstream, else the list price of the usage. */
  readonly cost: Nano;
  /** Calls to providers, of which a request may have several, and those of them that the provider failed. */
  readonly attempts: bigint;
  readonly failedAttempts: bigint;
}

export const NO_SUMS: Sums = {
  requests: 0n,
  failures: 0n,
  spend: 0n,
  refunded: 0n,
  absorbed: 0n,
  cost: 0n,
  attempts: 0n,
  failedAttempts: 0n,
  tokens: { input: 0n, cacheRead: 0n, output: 0n, reasoning: 0n },
};

/** By what sums may be told apart. `upstream` is for operators; `key` needs an account. */
export type Split = "model" | "key" | "upstream";

export type BucketSize = "hour" | "day";

/** Whose requests, and which of them; null: all. */
export interface Selection extends Range {
  readonly accountId: number | null;
  /** As it was asked for. */
  readonly model: string | null;
  /** With an account only. */
  readonly keyId: number | null;
  /** For operators. */
  readonly upstream: string | null;
}

export interface SeriesOrder extends Selection {
  readonly bucket: BucketSize;
  /**
   * Minutes that local time is ahead of UTC, as at the end of the range: days begin at local midnight. Taken to the full hour that is
   * nearest, since roll-ups know no halves; `slots` says where each bucket begins.
   */
  readonly offsetMinutes: number;
  /** Null: only `all`. */
  readonly split: Split | null;
}

/** The longest series: 31 days of hours, or 400 days of days. */
export const MOST_SLOTS = { hour: 744, day: 400 } as const satisfies Record<BucketSize, number>;
/** So many parts have a name; what is left of them is one more. */
export const NAMED_PARTS = 5;

export interface SeriesPart {
  /** The model, the key's public id, or the upstream. Empty for requests that were refused before they had any. Null: all others. */
  readonly name: string | null;
  /** What to show for it: a key's name; otherwise as `name`. */
  readonly label: string | null;
  readonly totals: Sums;
  /** One for each slot. */
  readonly points: readonly Sums[];
}

/** Buckets without a gap, oldest first; the first and the last may be cut by the range. */
export interface Series extends Range {
  /** Where each bucket begins. */
  readonly slots: readonly number[];
  readonly all: { readonly totals: Sums; readonly points: readonly Sums[] };
  /** By spend, the largest first, then all others. Empty without a split. */
  readonly parts: readonly SeriesPart[];
}

export interface Totals extends Range {
  readonly now: Sums;
  /** The same of the range before, which is as long. */
  readonly before: Sums;
}

/** One line of a table of sums. */
export interface Line {
  readonly name: string;
  /** A key's name; otherwise as `name`. */
  readonly label: string;
  readonly sums: Sums;
}

/** The first so many lines of a table. */
export const MOST_LINES = 200;

/** Milliseconds, interpolated within the bucket of a histogram: right to a third, mostly better. Null: nobody was answered. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface LatencyOrder extends Selection {
  /** Null: the whole range at once. */
  readonly bucket: BucketSize | null;
  readonly offsetMinutes: number;
  readonly split: "model" | "upstream" | null;
}

export interface Latency {
  /** Where the bucket begins; the range's begin without buckets. */
  readonly at: number;
  /** Null without a split. */
  readonly name: string | null;
  /** Requests that came to something. */
  readonly requests: bigint;
  /** From a request's arrival to the first byte of content. */
  readonly firstByte: Percentiles;
  /** To the end of the reply. */
  readonly duration: Percentiles;
}

/** Which requests of a list; null: all. Statuses are HTTP's. */
export interface RequestFilter {
  readonly accountId: number | null;
  /** A request's whole id: it alone, or nothing. */
  readonly requestId: string | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly model: string | null;
  readonly keyId: number | null;
  readonly outcome: string | null;
  /** A class of statuses, 2 to 5 for 200 to 599; 0: nothing was sent. */
  readonly statusClass: number | null;
  /** Only what was charged at least so much. */
  readonly minSpend: Nano | null;
  /** For operators: that served it, or was the last to fail. */
  readonly upstream: string | null;
}

/** Requests of one page. */
export const MOST_REQUESTS = 200;

/** Beyond a cursor, an id that a page gave; null: from the newest on. `newer` pages end with the newest that there is. */
export interface PageOrder {
  readonly cursor: string | null;
  readonly direction: "older" | "newer";
  readonly limit: number;
}

/** A request as lists show it. */
export interface RequestLine {
  readonly id: string;
  readonly at: number;
  readonly accountId: number;
  readonly keyPublicId: string;
  readonly keyName: string;
  readonly model: string;
  readonly protocol: string;
  readonly stream: boolean;
  readonly status: number;
  readonly outcome: string;
  /** Where the usage came from: `reported`, `estimated`, `recovered` or `none`. */
  readonly source: string;
  readonly spend: Nano;
  readonly refunded: Nano;
  readonly tokens: Tokens;
  readonly durationMs: number;
  readonly firstByteMs: number | null;
  /** For operators, as are all below. Null: no provider was asked. */
  readonly upstream: string | null;
  readonly accountPublicId: string;
  readonly accountName: string;
  readonly absorbed: Nano;
  readonly cost: Nano;
  readonly attempts: number;
}

/** Newest first, whichever way was paged. A cursor may stand beside a short or empty page: so far was looked, and there may be more. */
export interface RequestPage {
  readonly requests: readonly RequestLine[];
  /** Cursor of the older page; null: there is none. */
  readonly older: string | null;
  /** Cursor of the newer page; null only for an empty installation, as there may always be newer ones. */
  readonly newer: string | null;
}

export interface TopAccount {
  readonly accountId: number;
  readonly publicId: string;
  readonly name: string;
  readonly requests: bigint;
  readonly failures: bigint;
  readonly spend: Nano;
  readonly refunded: Nano;
  readonly absorbed: Nano;
  readonly cost: Nano;
}

/** Whole days (UTC) that the range touches. */
export interface Accounts extends Range {
  /** How many had requests. */
  readonly active: bigint;
  readonly top: readonly TopAccount[];
}

/** How an upstream did in the newest attempts of the last minutes. */
export interface UpstreamHealth {
  readonly upstream: string;
  readonly attempts: number;
  /** Of these, those that the provider failed. */
  readonly failures: number;
  /** Of the calls that it answered. */
  readonly duration: Percentiles;
  /** From the requests' arrival to the first byte of content. */
  readonly firstByte: Percentiles;
  /** The newest failure: its code of the catalogue, never a provider's words. Null: none. */
  readonly lastFailure: { readonly code: string; readonly status: number | null; readonly at: number } | null;
}

export interface Health {
  /** Since when attempts were looked at: later than asked for where there were more than `MOST_HEALTH_ROWS` requests. */
  readonly since: number;
  readonly upstreams: readonly UpstreamHealth[];
}

/** Requests that a look at the health of upstreams reads. */
export const MOST_HEALTH_ROWS = 5_000;

/** Calls to providers in one bucket. Nothing was asked where there are none: that is no failure. */
export interface Bar {
  readonly attempts: bigint;
  readonly failures: bigint;
}

export interface AvailabilityOrder extends Range {
  readonly by: "model" | "upstream";
  readonly bucket: BucketSize;
  readonly offsetMinutes: number;
}

export interface Availability extends Range {
  readonly slots: readonly number[];
  /** The busiest first, at most `MOST_LINES`. */
  readonly lines: readonly { readonly name: string; readonly total: Bar; readonly bars: readonly Bar[] }[];
}

/** What the console's routes ask; on either database. */
export interface Figures {
  series(order: SeriesOrder): Promise<Series>;
  totals(selection: Selection): Promise<Totals>;
  /** A table by model, key or upstream: by spend, the largest first, at most `MOST_LINES`. */
  table(selection: Selection, split: Split): Promise<readonly Line[]>;
  latency(order: LatencyOrder): Promise<readonly Latency[]>;
  /** Looks at a bounded number of rows: see `RequestPage`. */
  requests(filter: RequestFilter, page: PageOrder): Promise<RequestPage>;
  /** For operators, as are all below. */
  accounts(range: Range, by: "spend" | "margin", limit: number): Promise<Accounts>;
  /** @param minutes how far back, at most 60 */
  health(now: number, minutes: number): Promise<Health>;
  /** Its sums are for everybody where `by` is the model. */
  availability(order: AvailabilityOrder): Promise<Availability>;
}

/** What is left for us: charged, less what was given back and what providers take. */
export const marginOf = ({ spend, refunded, cost }: Pick<Sums, "spend" | "refunded" | "cost">): Nano =>
  spend - refunded - cost;

/** The part of all prompt tokens that a cache knew, 0 to 1; null without a prompt. For display. */
export const cachedShare = ({ input, cacheRead }: Tokens): number | null =>
  input + cacheRead === 0n ? null : Number((cacheRead * 1_000_000n) / (input + cacheRead)) / 1_000_000;

/** What a customer may see of sums. */
export const customerSums = ({ requests, failures, spend, refunded, tokens }: CustomerSums): CustomerSums => ({
  requests,
  failures,
  spend,
  refunded,
  tokens,
});

/** A value as JSON says it: bigint as a decimal string. */
export type Shown<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Shown<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]: Shown<T[Name]> }
      : T;

/** An answer with its bigints as decimal strings. */
export const shown = <T>(value: T): Shown<T> => {
  const plain = (each: unknown): unknown => {
    if (typeof each === "bigint") return each.toString();
    if (Array.isArray(each)) return each.map(plain);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, plain(inner)]));
  };
  return plain(value) as Shown<T>;
};
