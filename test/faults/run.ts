/**
 * The fault matrix, played: `npm run faults`.
 *
 *   npm run faults                          every ★ row: first the tests that cover it, then the long rows, one line each
 *   npm run faults -- --only A2,A7          the long rows of these faults only
 *   npm run faults -- --long                the long rows only
 *   npm run faults -- --tests               the tests only
 *   npm run faults -- --kills 10 --streams 50
 *
 * A row that this machine cannot play says so. The last line is `N passed, N failed`; the books are audited after every row.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { Skipped, type LongRow } from "./long/row.ts";
import { LONG_ROWS } from "./long/rows.ts";
import { MATRIX, type MatrixRow } from "./matrix.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    long: { type: "boolean", default: false },
    tests: { type: "boolean", default: false },
    kills: { type: "string", default: "50" },
    streams: { type: "string", default: "200" },
  },
});
const only = values.only?.split(",") ?? null;
const order = { kills: Number(values.kills), streams: Number(values.streams) };

const ROOT = path.resolve(import.meta.dirname, "..", "..");
const counts = { passed: 0, failed: 0, skipped: 0 };

const say = (id: string, how: keyof typeof counts, seconds: number, words: string): void => {
  counts[how]++;
  const mark = { passed: "ok", failed: "FAILED", skipped: "SKIPPED" }[how];
  console.log(`${id.padEnd(4)} ${mark} ${seconds.toFixed(1)} s  ${words}`);
};

const playLong = async (row: LongRow): Promise<void> => {
  const { id, name } = row;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1_000;
  try {
    const figures = await row.run(order);
    say(id, "passed", seconds(), `${name}: ${figures}`);
  } catch (error) {
    const words = `${name}: ${error instanceof Error ? error.message : String(error)}`;
    say(id, error instanceof Skipped ? "skipped" : "failed", seconds(), words);
  }
};

interface Assertion {
  readonly fullName: string;
  readonly status: string;
  readonly duration?: number | null;
}

interface Report {
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly Assertion[] }[];
}

/** All tests of the files that the matrix names, run once. */
const runTests = (): Report => {
  const files = [...new Set(MATRIX.flatMap(({ by }) => by.map(({ file }) => file)))];
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-faults-"));
  const report = path.join(folder, "report.json");
  try {
    const vitest = path.join(ROOT, "node_modules", ".bin", "vitest");
    const args = ["run", "--maxWorkers=1", "--reporter=json", `--outputFile.json=${report}`, ...files];
    spawnSync(vitest, args, { cwd: ROOT, stdio: "ignore" });
    return JSON.parse(readFileSync(report, "utf8")) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const sayTested = ({ id, fault, by }: MatrixRow, { testResults }: Report): void => {
  const found = by.map(({ file, title }) =>
    testResults
      .filter(({ name }) => name === path.join(ROOT, file))
      .flatMap(({ assertionResults }) => assertionResults.filter(({ fullName }) => fullName.includes(title))),
  );
  const all = found.flat();
  const seconds = all.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1_000;
  const isOk = found.every((each) => each.length > 0) && all.every(({ status }) => status === "passed");
  say(id, isOk ? "passed" : "failed", seconds, `${fault} (${all.length} tests)`);
};

if (only === null && !values.long) {
  const report = runTests();
  for (const row of MATRIX) if (row.by.length > 0) sayTested(row, report);
}
for (const row of LONG_ROWS) if (!values.tests && (only === null || only.includes(row.id))) await playLong(row);
if (counts.skipped > 0) console.log(`!! ${counts.skipped} rows could not be played on this machine`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
