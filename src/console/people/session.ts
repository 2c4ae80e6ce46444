/** How long a session lives. Pure. */
import type { InstallationRole } from "../viewer.ts";

export interface SessionTimes {
  /** When it began; milliseconds since the Unix epoch, as all of these. */
  readonly createdAt: number;
  /** When it was last used, at most SEEN_MS late. */
  readonly seenAt: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest that any session lasts: what the cookie and the row say. */
export const LONGEST_SESSION_MS = 12 * HOUR_MS;

/** Without use, and altogether, in milliseconds (ASVS 7.3.1, 7.3.2). */
const LIFETIMES = {
  customer: { idleMs: 30 * MINUTE_MS, wholeMs: LONGEST_SESSION_MS },
  staff: { idleMs: 15 * MINUTE_MS, wholeMs: 8 * HOUR_MS },
} as const;

/** Use is written down at most this often. */
export const SEEN_MS = MINUTE_MS;

/** Whether a session has not ended. A clock that was set back does not end it. */
export const isLive = ({ createdAt, seenAt }: SessionTimes, role: InstallationRole | null, now: number): boolean => {
  const { idleMs, wholeMs } = role === null ? LIFETIMES.customer : LIFETIMES.staff;
  return now - createdAt < wholeMs && now - seenAt < idleMs;
};
