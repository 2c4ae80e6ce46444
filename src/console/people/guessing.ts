/** Slows guessing down: counts a try before it is made, gives it back when it was none, writes bursts into the audit log (F119). */
import { problems } from "../errors.ts";
import type { Ground } from "./ground.ts";
import { PACES } from "./pace.ts";
import { forgetTries, returnTry, takeTry, type Counted } from "./pace-store.ts";
import { noteAbout } from "./person-store.ts";

/** Every so many failures beyond the free ones are one line of the audit log. */
const BURST = 10;

const SECOND_MS = 1_000;

const limited = (waitMs: number) =>
  problems.limited("This was tried too often. Wait a moment, then try again.", Math.ceil(waitMs / SECOND_MS));

const noteBurst = async ({ database, digest }: Ground, { pace, about }: Counted, failures: number): Promise<void> => {
  const beyond = failures - PACES[pace].free;
  if (beyond <= 0 || (beyond - 1) % BURST !== 0) return;
  // Whom it is about is kept as a digest: an address that somebody typed is not always somebody's.
  const object = digest("attempts", about).slice(0, 16);
  await noteAbout(database, { actor: "system", action: "attempts.failed", object, detail: { pace, failures } });
};

/** Counts one try of each. @throws ConsoleError rate_limited: nothing more is counted then */
export const takeTries = async (ground: Ground, counted: readonly Counted[]): Promise<void> => {
  const taken: Counted[] = [];
  for (const one of counted) {
    const { waitMs, failures } = await takeTry(ground.database, one, ground.now());
    if (waitMs > 0) {
      for (const before of taken) await returnTry(ground.database, before);
      throw limited(waitMs);
    }
    taken.push(one);
    await noteBurst(ground, one, failures);
  }
};

/** It was no failure: peers get their try back; what is about one person begins anew. */
export const giveBack = async ({ database }: Ground, counted: readonly Counted[]): Promise<void> => {
  for (const one of counted) await (one.pace.endsWith(":peer") ? returnTry(database, one) : forgetTries(database, one));
};
