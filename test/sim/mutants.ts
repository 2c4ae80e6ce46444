/**
 * Shows that the simulation proves something: `npm run sim:mutants`. For each guard of mutations.ts the tree is copied, the guard is taken
 * away, and the simulation or the named tests must fail. A mutant that lives fails the run; so does one that cannot be made any more.
 *
 *   npm run sim:mutants [-- --only "part of a guard's name"] [--runs 400] [--seconds 60]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { MUTATIONS, type Mutation, type Suite } from "./mutations.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    runs: { type: "string", default: "400" },
    seconds: { type: "string", default: "60" },
  },
});

const ROOT = path.resolve(import.meta.dirname, "..", "..");
const COPIED = ["src", "test", "migrations", "catalog", "package.json", "vitest.config.ts", "tsconfig.json"];

/** Longer than the time that a simulation is given: one that never ends has found something too. */
const PATIENCE_MS = 60_000;

const simulation = (on: string): readonly string[] => [
  path.join("test", "sim", "night.ts"),
  "--on",
  on,
  "--runs",
  values.runs,
  "--minutes",
  String(Number(values.seconds) / 60),
];
const tests = (file: string): readonly string[] => [path.join("node_modules", "vitest", "vitest.mjs"), "run", file];

const COMMANDS = {
  sqlite: simulation("sqlite"),
  postgres: simulation("postgres"),
  schema: tests("src/ledger/schema.test.ts"),
  credit: tests("src/ledger/credit-store.test.ts"),
  refund: tests("src/ledger/refund-store.test.ts"),
  tasks: tests("src/tasks/store.test.ts"),
  pending: tests("src/ledger/pending-store.test.ts"),
  faults: tests("src/ledger/faults.test.ts"),
  allowance: tests("src/ledger/allowance.test.ts"),
} as const satisfies Record<Suite, readonly string[]>;

/** A copy of the tree without a guard. @throws Error when the guard is not where it was */
const mutate = ({ edits }: Mutation): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-mutant-"));
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  for (const { file, find, replace } of edits) {
    const at = path.join(folder, file);
    const text = readFileSync(at, "utf8");
    if (!text.includes(find)) throw new Error(`${file} does not hold: ${find}`);
    writeFileSync(
      at,
      text.replaceAll(find, () => replace),
    );
  }
  return folder;
};

/** Why a suite fails, in its own words. */
const reasonOf = (output: string): string =>
  output
    .split("\n")
    .find((line) => line.includes("Error:"))
    ?.trim()
    .slice(0, 110) ?? "it fails";

/** @returns which suite found the mutant, and by what; null when none did */
const hunt = ({ suites }: Mutation, folder: string): string | null => {
  for (const suite of suites) {
    const { status, stdout, stderr } = spawnSync(process.execPath, COMMANDS[suite], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, FARTHING_SIM_SHRINK_MS: "0", NO_COLOR: "1" },
      timeout: Number(values.seconds) * 1_000 + PATIENCE_MS,
    });
    if (status === null) return `${suite}: it does not end`;
    if (status !== 0) return `${suite}: ${reasonOf(`${stdout}\n${stderr}`)}`;
  }
  return null;
};

let [killed, failed] = [0, 0];
for (const mutation of MUTATIONS) {
  if (!mutation.guard.includes(values.only)) continue;
  let found: string | null = null;
  let folder: string | null = null;
  try {
    folder = mutate(mutation);
    found = hunt(mutation, folder);
  } catch (error) {
    console.log(`STALE    ${mutation.guard}: ${error instanceof Error ? error.message : String(error)}`);
    failed++;
    continue;
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${found === null ? "SURVIVED" : "caught  "} ${mutation.guard} | ${found ?? "nothing failed"}`);
  if (found === null) failed++;
  else killed++;
}
console.log(`${killed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
