/**
 * Many runs of the simulation, and one line that says how they ended.
 *
 *   npm run sim:night -- [--runs 100000] [--minutes 60] [--on sqlite|postgres]
 *
 * Runs until the runs or the minutes are over, nine tenths of the runs on SQLite unless one database is named. Exit code 1 when anything fails.
 */
import { parseArgs } from "node:util";

import { DATABASES } from "../../src/db/fixtures.ts";
import { setup, teardown } from "../setup.ts";
import { leavePlaces } from "./places.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    minutes: { type: "string", default: "60" },
    on: { type: "string" },
  },
});

/** Shares of the runs and of the time. */
const SHARES = { sqlite: { runs: 0.9, time: 0.5 }, postgres: { runs: 0.1, time: 0.5 } } as const;

setup();
try {
  for (const kind of DATABASES) {
    if (values.on !== undefined && values.on !== kind) continue;
    const share = values.on === undefined ? SHARES[kind] : { runs: 1, time: 1 };
    const started = performance.now();
    const { runs, steps, failure } = await simulate({
      kind,
      runs: Math.ceil(Number(values.runs) * share.runs),
      milliseconds: Number(values.minutes) * 60_000 * share.time,
    });
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(`${kind}: ${runs} runs, ${steps} steps, ${seconds} s, ${failure === null ? "0 violations" : "FAILED"}`);
    if (failure === null) continue;
    console.log(failure);
    process.exitCode = 1;
  }
} finally {
  await leavePlaces();
  teardown();
}
