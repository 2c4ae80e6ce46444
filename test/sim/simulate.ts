/** Runs of the simulation, each made from a seed that brings it back. */
import fc from "fast-check";

import type { Database } from "../../src/db/connect.ts";
import { chanceOf } from "./channel.ts";
import { SimClock } from "./clock.ts";
import { SimRig } from "./rig.ts";
import { plan, type Plan } from "./steps.ts";
import { World } from "./world.ts";

/** More than a chunk of runs takes. */
const CHUNK_MS = 240_000;
/** How long a run that failed is made smaller; 0: not at all. */
const SHRINK_MS = Number(process.env["FARTHING_SIM_SHRINK_MS"] ?? 60_000);

export interface Simulated {
  readonly runs: number;
  readonly steps: number;
  /** What failed, with the words that bring it back; null when nothing did. */
  readonly failure: string | null;
}

const runOne = async (kind: Database["kind"], { steps, nodes, chance }: Plan): Promise<void> => {
  const clock = new SimClock(kind);
  clock.install();
  try {
    const rig = await SimRig.open(kind, clock);
    try {
      const world = new World(rig);
      await world.begin(nodes[kind], chanceOf(chance));
      for (const [index, step] of steps.entries()) await world.run(step, index);
      await world.end();
    } finally {
      await rig.remove();
    }
  } finally {
    clock.remove();
  }
};

export interface SimOrder {
  readonly kind: Database["kind"];
  readonly runs: number;
  /** Stops after so long, whatever is left. */
  readonly milliseconds?: number;
  /** Of the first chunk; the next ones count on from it. Absent: another every time. */
  readonly seed?: number;
}

/** Runs between two looks at the clock: one that has begun is never left alone. */
const CHUNKS = { sqlite: 50, postgres: 3 } as const satisfies Record<Database["kind"], number>;

type Property = Parameters<typeof fc.check<[Plan]>>[0];

/** @returns what failed; null when nothing did */
const check = async (
  kind: Database["kind"],
  property: Property,
  runs: number,
  seed?: number,
): Promise<string | null> => {
  const { FARTHING_SIM_SEED: replayed = seed, FARTHING_SIM_PATH: path } = process.env;
  const details = await fc.check(property, {
    numRuns: runs,
    ...(replayed === undefined ? {} : { seed: Number(replayed) }),
    ...(path === undefined ? {} : { path }),
    // What fails is shrunk for a while only: each try is a whole run.
    ...(SHRINK_MS === 0 ? { endOnFailure: true } : { skipAllAfterTimeLimit: CHUNK_MS + SHRINK_MS }),
  });
  if (!details.failed) return null;
  const replay = `FARTHING_SIM_ON=${kind} FARTHING_SIM_SEED=${details.seed} FARTHING_SIM_PATH=${details.counterexamplePath}`;
  const { errorInstance: error } = details;
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${reason}\n${JSON.stringify(details.counterexample)}\nrepeat it with: ${replay}`;
};

/** FARTHING_SIM_SEED and FARTHING_SIM_PATH repeat a run that failed, on the database that FARTHING_SIM_ON names. */
export const simulate = async ({ kind, runs, milliseconds = Infinity, seed }: SimOrder): Promise<Simulated> => {
  const isReplay = process.env["FARTHING_SIM_SEED"] !== undefined;
  if (isReplay && (process.env["FARTHING_SIM_ON"] ?? kind) !== kind) return { runs: 0, steps: 0, failure: null };
  const counts = { runs: 0, steps: 0 };
  const property = fc.asyncProperty(plan, async (each) => {
    await runOne(kind, each);
    counts.runs++;
    counts.steps += each.steps.length;
  });
  const end = performance.now() + milliseconds;
  for (let chunk = 0; counts.runs < runs && performance.now() < end; chunk++) {
    const first = seed === undefined ? undefined : seed + chunk;
    const failure = await check(kind, property, Math.min(CHUNKS[kind], runs - counts.runs), first);
    if (failure !== null || isReplay) return { ...counts, failure };
  }
  return { ...counts, failure: null };
};
