/**
 * The seed of every property test: one and the same in each run, so that a run says something of the change that is tested and not of
 * luck (decision 0039). FARTHING_SEED takes another one: a number, as a failure prints it, or `random`.
 */
import { configureGlobal } from "fast-check";

/** Any number would do; it must only stay. */
const USUAL = 240_229;

const seedOf = (said: string | undefined): number | undefined => {
  if (said === undefined || said === "") return USUAL;
  if (said === "random") return undefined;
  const seed = Number(said);
  if (!Number.isInteger(seed)) throw new Error("FARTHING_SEED must be a whole number, or 'random'");
  return seed;
};

const seed = seedOf(process.env["FARTHING_SEED"]);
// Parameters that a test states itself are laid over these.
if (seed !== undefined) configureGlobal({ seed });
