/**
 * How fast somebody may guess: after a few failures each further one makes the next try wait twice as long, up to a quarter of an
 * hour, and a while without failures forgets them. Never a lock for good: who it is about must not be shut out by who guesses. Pure.
 */

export interface PaceRule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The first wait, and the longest, in milliseconds. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** Failures are forgotten after this long without one. */
  readonly forgetMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What is counted, and how. */
export const PACES = {
  /** Passwords tried for one person, from anywhere but browsers that they have used before. */
  "sign-in:person": { free: 5, firstMs: SECOND_MS, mostMs: 15 * MINUTE_MS, forgetMs: 2 * HOUR_MS },
  /** Passwords tried for one person from one browser that they have used before. */
  "sign-in:device": { free: 5, firstMs: SECOND_MS, mostMs: 15 * MINUTE_MS, forgetMs: 2 * HOUR_MS },
  /** Passwords, codes and links tried from one peer. */
  "sign-in:peer": { free: 20, firstMs: SECOND_MS, mostMs: 15 * MINUTE_MS, forgetMs: HOUR_MS },
  /** Proofs tried within a session. */
  "prove:person": { free: 5, firstMs: SECOND_MS, mostMs: 15 * MINUTE_MS, forgetMs: HOUR_MS },
  "claim:peer": { free: 5, firstMs: 2 * SECOND_MS, mostMs: 15 * MINUTE_MS, forgetMs: HOUR_MS },
  /** Mails that somebody had sent: each counts. */
  "mail:address": { free: 3, firstMs: MINUTE_MS, mostMs: HOUR_MS, forgetMs: 6 * HOUR_MS },
  "mail:person": { free: 5, firstMs: MINUTE_MS, mostMs: HOUR_MS, forgetMs: 6 * HOUR_MS },
  "mail:peer": { free: 10, firstMs: 10 * SECOND_MS, mostMs: HOUR_MS, forgetMs: 6 * HOUR_MS },
  /** Registrations from one peer: each counts. */
  "sign-up:peer": { free: 20, firstMs: 10 * SECOND_MS, mostMs: HOUR_MS, forgetMs: 6 * HOUR_MS },
  /** Codes that somebody tried in vain (I-65). */
  "redeem:person": { free: 10, firstMs: 2 * SECOND_MS, mostMs: 15 * MINUTE_MS, forgetMs: HOUR_MS },
} as const satisfies Record<string, PaceRule>;
export type PaceName = keyof typeof PACES;

/** Failures beyond which a doubling would leave the range of integers; the longest wait came far earlier. */
const MOST_DOUBLINGS = 30;

/** How long the next try waits after this many failures, in milliseconds. */
export const waitAfter = ({ free, firstMs, mostMs }: PaceRule, failures: number): number =>
  failures <= free ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(failures - free - 1, MOST_DOUBLINGS));

export interface PaceState {
  readonly failures: number;
  /** Milliseconds since the Unix epoch, both. */
  readonly blockedUntil: number;
  readonly updatedAt: number;
}

/** The state after one more try, which counts as a failure until it is known to be none; or how long to wait, in milliseconds. */
export const countTry = (
  rule: PaceRule,
  before: PaceState | null,
  now: number,
): { readonly waitMs: number } | { readonly next: PaceState } => {
  const isForgotten = before === null || now - before.updatedAt >= rule.forgetMs;
  if (!isForgotten && before.blockedUntil > now) {
    // A clock that was set back must not make anybody wait longer than the rule says.
    return { waitMs: Math.min(before.blockedUntil - now, rule.mostMs) };
  }
  const failures = (isForgotten ? 0 : before.failures) + 1;
  const waitMs = waitAfter(rule, failures);
  // Without a wait there is no moment to wait for: another process's clock, or an earlier look at it, may be behind.
  return { next: { failures, blockedUntil: waitMs === 0 ? 0 : now + waitMs, updatedAt: now } };
};
