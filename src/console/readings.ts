/** Files that are written out of many rows: a few at once, so that nobody's export delays anybody's request (as decision 0038 has it). */
import { problems } from "./errors.ts";

/** Of one account, as of several tabs. */
export const MOST_OF_ONE = 2;
/** Of all together, in one process. */
const MOST_AT_ONCE = 8;
const RETRY_S = 5;

const running = new Map<string, number>();

const all = (): number => running.values().reduce((sum, count) => sum + count, 0);

/**
 * Takes a place among the readings until the call ends.
 * @param whose an account's id, or another constant @param signal the call's: it ends with the call, whatever became of it
 * @throws ConsoleError rate_limited
 */
export const takeReading = (whose: string, signal: AbortSignal): void => {
  const own = running.get(whose) ?? 0;
  if (own >= MOST_OF_ONE || all() >= MOST_AT_ONCE)
    throw problems.limited(
      "Other files are being written at the moment. Wait until they are there, then try again.",
      RETRY_S,
    );
  if (signal.aborted) return;
  running.set(whose, own + 1);
  signal.addEventListener(
    "abort",
    () => {
      const left = (running.get(whose) ?? 1) - 1;
      if (left > 0) running.set(whose, left);
      else running.delete(whose);
    },
    { once: true },
  );
};
