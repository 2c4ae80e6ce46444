/** Waits until nothing of an account is borrowed, and then does what needs it (§9.2 f). */
import type { Database, Queries } from "../db/connect.ts";
import { taking } from "./transfer-store.ts";

/** How long servers are asked for what they have borrowed and do not use, in milliseconds. */
const RETURN_WAIT_MS = 3_000;

/**
 * Asks running servers for their slack and tries again until the act succeeds.
 * @param act one transaction's work; false while too much is borrowed @throws TransferRefused when running requests hold on to it
 */
export const onceReturned = async (
  database: Database,
  accountId: number,
  act: (queries: Queries) => Promise<boolean>,
): Promise<void> => {
  const attempt = async (queries: Queries): Promise<true | null> => ((await act(queries)) ? true : null);
  await taking(database, { accountId, attempt, waitMs: RETURN_WAIT_MS });
};
