/**
 * What limits a request, and what a limiter says of it. Pure.
 *
 * A request is checked against a few scopes (its key, its account, its account's use of a model), each with its own limits of
 * requests and tokens per sliding minute and of requests in flight. It is admitted by all of them or counted by none.
 */

/** The limits of one scope; null: none of that kind. Requests and tokens per minute, requests in flight. */
export interface Limits {
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
}

export interface ScopeLimits extends Limits {
  /** Whose limits: `k:12` (a key), `a:3` (an account), `m:3:name` (an account's use of a model). */
  readonly scope: string;
}

export interface LimitOrder {
  /** Only scopes that limit something. */
  readonly scopes: readonly ScopeLimits[];
  /** Tokens to reserve; at most the smallest `tpm` among the scopes. */
  readonly tokens: number;
}

/** Who decided: this process alone, all processes together, or this process on its share because the others were out of reach. */
export type LimitMode = "local" | "shared" | "degraded";

export type LimitKind = "requests" | "tokens" | "concurrency";

/** What is counted in a scope after a decision. */
export interface Counted {
  readonly requests: number;
  readonly tokens: number;
  /** Seconds until nothing is counted any more. */
  readonly requestsReset: number;
  readonly tokensReset: number;
}

/** One limit as a header shows it. */
export interface Gauge {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until all of it is there again. */
  readonly resetSeconds: number;
}

/** The tightest limits of a request after its decision. */
export interface LimitReport {
  readonly mode: LimitMode;
  readonly requests: Gauge | null;
  readonly tokens: Gauge | null;
}

/** Why a request is not admitted. Nothing was counted. */
export interface Refusal {
  readonly admitted: false;
  readonly kind: LimitKind;
  readonly limit: number;
  /** Whole seconds after which the request fits, if nobody else comes. */
  readonly retryAfterSeconds: number;
  readonly report: LimitReport;
}

/** A request that was admitted. Both methods never throw and count once, however often they are called. */
export interface Admission {
  readonly admitted: true;
  /** Null when nothing limits the request. */
  readonly report: LimitReport | null;
  /** The request has used so many tokens: the reservation is corrected. */
  settle(tokens: number): void;
  /** The request is over. Tokens that were never settled are given back. */
  end(): void;
}

/** Counts requests against their limits. */
export interface Limiter {
  /** Who decides now. */
  readonly mode: LimitMode;
  /** Decides at once where it can. Never rejects: a limiter that is in trouble decides for itself. */
  admit(order: LimitOrder): Admission | Refusal | Promise<Admission | Refusal>;
  close(): Promise<void>;
}

/** True when there is any limit. */
export const isLimited = ({ rpm, tpm, concurrency }: Limits): boolean =>
  rpm !== null || tpm !== null || concurrency !== null;

export const scopeOf = (scope: string, { rpm, tpm, concurrency }: Limits): ScopeLimits => ({
  scope,
  rpm,
  tpm,
  concurrency,
});

/** The smallest limit of tokens per minute; null when there is none. */
export const smallestTpm = (scopes: readonly ScopeLimits[]): number | null => {
  let smallest: number | null = null;
  for (const { tpm } of scopes) if (tpm !== null && (smallest === null || tpm < smallest)) smallest = tpm;
  return smallest;
};

/** The part of a limit that this process may admit alone. */
export interface Share {
  /** Processes that serve, at least 1. */
  readonly nodes: number;
  /** This one's place among them, from 0. */
  readonly rank: number;
}

export const WHOLE: Share = { nodes: 1, rank: 0 };

/** ⌊limit/nodes⌋, and one more for the first `limit mod nodes` of them: the shares add up to the limit, never to more (I-80). */
export const shareOf = (limit: number, { nodes, rank }: Share): number =>
  Math.floor(limit / nodes) + (rank < limit % nodes ? 1 : 0);

const tighter = (one: Gauge | null, other: Gauge): Gauge =>
  one === null || other.remaining < one.remaining ? other : one;

/** The tightest of each kind. @param counted one for each scope, in their order. @param share of limits that is admitted here. */
export const reportOf = (
  scopes: readonly ScopeLimits[],
  counted: readonly Counted[],
  mode: LimitMode,
  share: Share = WHOLE,
): LimitReport => {
  let requests: Gauge | null = null;
  let tokens: Gauge | null = null;
  const gauge = (limit: number, used: number, resetSeconds: number): Gauge => ({
    limit,
    remaining: Math.max(0, shareOf(limit, share) - used),
    resetSeconds,
  });
  scopes.forEach(({ rpm, tpm }, index) => {
    const now = counted[index];
    if (now === undefined) return;
    if (rpm !== null) requests = tighter(requests, gauge(rpm, now.requests, now.requestsReset));
    if (tpm !== null) tokens = tighter(tokens, gauge(tpm, now.tokens, now.tokensReset));
  });
  return { mode, requests, tokens };
};
