/**
 * Everything that must hold before a change is merged: types, lint, format, dead code, then every test. `npm test`.
 *
 *   npm test                       all of it
 *   npm test -- -t "a name"        only the tests that match; whatever vitest understands, the other checks are left out
 *
 * The last line is always `N passed, N failed`: tests, with every failed check, broken test file and error outside a test counted as
 * one failure. The exit code says the same.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Test files run in this many processes at once: the machines that run this have two cores. */
const WORKERS = 2;

const root = path.join(import.meta.dirname, "..");
const bin = path.join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}` };
const filters = process.argv.slice(2);
const isCi = ["1", "true"].includes(process.env["CI"] ?? "");

/** TypeScript 5, which only the generator of the client's types needs, has a command of the same name. */
const TSC = path.join("..", "typescript", "bin", "tsc");

const CHECKS = [
  { name: "types", command: TSC, args: [] },
  { name: "types of the console", command: TSC, args: ["-p", "console"] },
  { name: "types of the browser tests", command: TSC, args: ["-p", "test/e2e"] },
  { name: "lint", command: "oxlint", args: ["--deny-warnings"] },
  { name: "format", command: "oxfmt", args: ["--check"] },
  { name: "dead code", command: "knip", args: [] },
];

const run = (command, args, options) => spawnSync(path.join(bin, command), args, { cwd: root, env, ...options });

/** Runs the checks one after the other; prints only what failed. Returns how many did. */
const runChecks = () => {
  let failed = 0;
  for (const { name, command, args } of CHECKS) {
    const started = performance.now();
    const result = run(command, args, { encoding: "utf8" });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const ok = result.status === 0;
    console.log(`${ok ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
    if (ok) continue;
    failed += 1;
    console.log(`${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`.trimEnd());
  }
  return failed;
};

/** What vitest's report counts, with what it does not count as a test. */
const count = (report) => {
  const files = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + files.length;
  // A run in which nothing passed proves nothing: a misspelt filter, or an error outside any file.
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (!report.success || report.numPassedTests === 0) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    files: files.map((file) => path.relative(root, file.name)),
  };
};

const runTests = () => {
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-test-"));
  const report = path.join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const { status } = run("vitest", ["run", `--maxWorkers=${WORKERS}`, ...reporters, ...filters], {
      stdio: "inherit",
    });
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, files: [] };
    const counted = count(JSON.parse(readFileSync(report, "utf8")));
    return status !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The recorded provider traffic is not part of the repository; without it much is not tested, which must not go unnoticed. */
const corpus = path.resolve(root, process.env["FARTHING_WIRE"] ?? "../shared/wire");
const hasCorpus = existsSync(path.join(corpus, "INDEX.md"));
const warnOfCorpus = () => {
  if (hasCorpus) return;
  console.log(
    `\n!! NO RECORDED TRAFFIC at ${path.relative(root, corpus)}: the replays of real exchanges are left out.\n` +
      "!! Set FARTHING_WIRE to the folder that holds the corpus' INDEX.md.\n",
  );
};

warnOfCorpus();
const failedChecks = filters.length > 0 ? 0 : runChecks();
if (filters.length > 0) console.log("filtered: types, lint, format and dead code are left out");
const tests = runTests();
for (const file of tests.files) console.log(`FAILED  ${file} did not load or failed outside its tests`);
if (tests.skipped > 0) console.log(`${tests.skipped} skipped`);
warnOfCorpus();
const corpusFailure = isCi && !hasCorpus ? 1 : 0;
const failed = failedChecks + tests.failed + corpusFailure;
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${tests.passed} passed, ${failed} failed`);
