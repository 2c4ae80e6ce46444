/**
 * A deterministic simulation of the money (I-10, I-15, I-19 to I-23 after every step; I-29, I-70, I-71 and every charge recomputed at the end):
 * holds, settlements, credits, debits, prices, discounts and freezes in any order, on one to three nodes, whose commits are refused, lost,
 * late, doubled or stuck, which crash, restart, stand still and have wrong clocks. FARTHING_SIM_RUNS sets the number of runs.
 */
import { afterAll, expect, it } from "vitest";

import type { Database } from "../src/db/connect.ts";
import { DATABASES } from "../src/db/fixtures.ts";
import { leavePlaces } from "./sim/places.ts";
import { simulate } from "./sim/simulate.ts";

const RUNS = Number(process.env["FARTHING_SIM_RUNS"] ?? 300);
/** The same runs every time, so that a change is to blame for what fails; the night has others each time. */
const SEED = Number(process.env["FARTHING_SIM_FIRST_SEED"] ?? 1);
/** Parts of thirty: a run on PostgreSQL, which has more nodes, takes ten times as long, most of it for the database of its own. */
const SHARES = { sqlite: 29, postgres: 1 } as const satisfies Record<Database["kind"], number>;

afterAll(leavePlaces);

it.each(DATABASES)(
  "no schedule of faults loses, doubles or overdraws money on %s",
  { timeout: 300_000 },
  async (kind) => {
    const { failure } = await simulate({ kind, runs: Math.ceil((RUNS * SHARES[kind]) / 30), seed: SEED });
    expect(failure).toBeNull();
  },
);
