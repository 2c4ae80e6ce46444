/**
 * Failed tries in the database, so that they hold for all processes (F119). Written through the ledger's own connection (steps.ts):
 * a guess must not make every server read its settings anew.
 */
import { createHash } from "node:crypto";

import type { Database } from "../../db/connect.ts";
import { runStatement } from "../../db/steps.ts";
import { countTry, PACES, type PaceName, type PaceState } from "./pace.ts";

/** One thing that is counted: a pace and whom it is about (an address, a peer). */
export interface Counted {
  readonly pace: PaceName;
  readonly about: string;
}

/** Tries of several at once to count the same thing; who loses all of them is told to wait. */
const MAX_ROUNDS = 5;
const LOST_MS = 1_000;
/** Rows are removed this long after their last failure, in milliseconds: longer than any pace remembers. */
const KEPT_MS = 24 * 3_600_000;

const keyOf = ({ pace, about }: Counted): string => createHash("sha256").update(`${pace}\n${about}`).digest("hex");

const readState = async (database: Database, key: string): Promise<PaceState | null> => {
  const [row] = await runStatement(
    database,
    "select failures, blocked_until, updated_at from attempt_pace where key = $1",
    key,
  );
  return row === undefined
    ? null
    : {
        failures: Number(row["failures"]),
        blockedUntil: Number(row["blocked_until"]),
        updatedAt: Number(row["updated_at"]),
      };
};

/** Writes the next state if nobody else has counted since. */
const write = async (database: Database, key: string, before: PaceState | null, next: PaceState): Promise<boolean> => {
  const { failures, blockedUntil, updatedAt } = next;
  const rows =
    before === null
      ? await runStatement(
          database,
          "insert into attempt_pace (key, failures, blocked_until, updated_at) values ($1, $2, $3, $4) on conflict (key) do nothing returning key",
          key,
          failures,
          blockedUntil,
          updatedAt,
        )
      : await runStatement(
          database,
          "update attempt_pace set failures = $2, blocked_until = $3, updated_at = $4 where key = $1 and failures = $5 and updated_at = $6 returning key",
          key,
          failures,
          blockedUntil,
          updatedAt,
          before.failures,
          before.updatedAt,
        );
  return rows.length > 0;
};

/** What came of counting a try. */
export interface Counting {
  /** How long to wait before the next try, in milliseconds; 0: go on. */
  readonly waitMs: number;
  /** Tries that failed so far, this one counted as if it did. */
  readonly failures: number;
}

/** Counts a try before it is made: a hundred at once must not all slip through. */
export const takeTry = async (database: Database, counted: Counted, now: number): Promise<Counting> => {
  const key = keyOf(counted);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await readState(database, key);
    const result = countTry(PACES[counted.pace], before, now);
    if ("waitMs" in result) return { waitMs: result.waitMs, failures: before?.failures ?? 0 };
    if (await write(database, key, before, result.next)) return { waitMs: 0, failures: result.next.failures };
  }
  return { waitMs: LOST_MS, failures: 0 };
};

/** How long to wait before the next try, in milliseconds, without counting one; for what only counts when it has failed. */
export const waitOf = async (database: Database, counted: Counted, now: number): Promise<number> => {
  const result = countTry(PACES[counted.pace], await readState(database, keyOf(counted)), now);
  return "waitMs" in result ? result.waitMs : 0;
};

/** A try was no failure: takes it back. */
export const returnTry = async (database: Database, counted: Counted): Promise<void> => {
  await runStatement(
    database,
    "update attempt_pace set failures = failures - 1, blocked_until = 0 where key = $1 and failures > 0",
    keyOf(counted),
  );
};

/** Forgets all failures. */
export const forgetTries = async (database: Database, counted: Counted): Promise<void> => {
  await runStatement(database, "delete from attempt_pace where key = $1", keyOf(counted));
};

/** Removes what no pace remembers any more. */
export const sweepTries = async (database: Database, now: number): Promise<void> => {
  await runStatement(database, "delete from attempt_pace where updated_at < $1", now - KEPT_MS);
};
