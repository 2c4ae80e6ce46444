/** Waiting for SQLite's write lock without stopping the event loop: streams go on while the command line writes. */
import { setTimeout as sleep } from "node:timers/promises";

import { sqliteFault } from "./sqlite-error.ts";

/** Longest wait for the write lock, in milliseconds (A14). */
export const BUSY_LIMIT_MS = 2_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** The pause before try number `attempt` (from 0), in milliseconds. */
export const busyPause = (attempt: number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);

/**
 * Runs a synchronous step again while the database is locked, for at most `limitMs`.
 * @throws what the step throws: at once for anything but a lock, the lock's error when the time is over.
 */
export const whileBusy = async <T>(step: () => T, limitMs: number = BUSY_LIMIT_MS): Promise<T> => {
  const end = performance.now() + limitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return step();
    } catch (error) {
      if (sqliteFault(error) !== "busy" || performance.now() >= end) throw error;
    }
    await sleep(busyPause(attempt));
  }
};
