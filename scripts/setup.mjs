/**
 * Makes a clone ready to run, and is fast when it is: installs the locked dependencies and checks that Node 24 came with them.
 *
 *   node scripts/setup.mjs              what the server needs (the command line)
 *   node scripts/setup.mjs --console    the web console as well, built (`npm start`)
 *   node scripts/setup.mjs --dev        what the tests need as well (`npm test` has both)
 *
 * Plain JavaScript for any Node ≥ 20 with nothing installed. It writes to stderr only, since commands with `--json` output run after
 * it. A stamp inside node_modules (so that it dies with it) says what is installed: the hash of package-lock.json and the mode.
 * Install scripts of dependencies are never run; the one that is needed, Node's own, is run here by name.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { buildConsole, isConsoleStale } from "./build-console.mjs";

const OLDEST_NODE = 20;
const RUNTIME_NODE = 24;
/** How long another set-up of the same folder is waited for. */
const LOCK_WAIT_MS = 600_000;
const LOCK_POLL_MS = 250;

const root = path.join(import.meta.dirname, "..");
const modules = path.join(root, "node_modules");
const binFolder = path.join(modules, ".bin");
const runtime = path.join(binFolder, process.platform === "win32" ? "node.cmd" : "node");
const stampFile = path.join(modules, ".farthing-setup.json");
const lockText = readFileSync(path.join(root, "package-lock.json"), "utf8");
const lockHash = createHash("sha256").update(lockText).digest("hex");

const say = (line) => process.stderr.write(`farthing: ${line}\n`);

/** The one way to fail: a line that says what to do, and no stack. */
const fail = (line) => {
  say(line);
  process.exit(1);
};

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
};

/** What is installed: "full", "server", or null when it is not what the lock file says. */
const installed = () => {
  const stamp = readJson(stampFile);
  return stamp?.lock === lockHash && existsSync(runtime) ? stamp.mode : null;
};

const suffices = (mode, wanted) => mode === "full" || mode === wanted;

/** The same question for a folder that somebody filled with npm by hand: npm's own record is compared with the lock file. */
const adopted = () => {
  const present = readJson(path.join(modules, ".package-lock.json"))?.packages;
  if (present === undefined || !existsSync(runtime)) return null;
  const same = ([name, entry]) => present[name]?.version === entry.version;
  const needed = Object.entries(JSON.parse(lockText).packages).filter(
    ([name, entry]) => name !== "" && entry.optional !== true && entry.devOptional !== true,
  );
  if (needed.every(same)) return "full";
  return needed.filter(([, entry]) => entry.dev !== true).every(same) ? "server" : null;
};

/** What an outer `npm start`, or the machine, may have set for npm and that must not reach this installation. */
const DROPPED = [
  "omit",
  "include",
  "production",
  "only",
  "also",
  "prefix",
  "local_prefix",
  "global_prefix",
  "workspace",
  "workspaces",
];
/** The same for npm run by Node's own installer, which takes no options. */
const FORCED = { global: "false", dry_run: "false", engine_strict: "false", bin_links: "true", package_lock: "false" };

/** npm's environment: without odd options, and without node_modules/.bin, whose `node` is about to be replaced. */
const npmEnvironment = () => {
  const isOption = (name, options) => options.some((option) => name.toLowerCase() === `npm_config_${option}`);
  const kept = Object.entries(process.env).filter(([name]) => !isOption(name, [...DROPPED, ...Object.keys(FORCED)]));
  const forced = Object.entries(FORCED).map(([option, value]) => [`npm_config_${option}`, value]);
  const own = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.resolve(folder) !== binFolder);
  return { ...Object.fromEntries([...kept, ...forced]), NODE_ENV: "", PATH: own.join(path.delimiter) };
};

/** Options that a machine's npm configuration may hold and that would break this installation, each set to what is needed. */
const FIXED_OPTIONS = [
  "--ignore-scripts",
  "--include=optional", // the linter and the formatter are optional binaries per platform
  "--engine-strict=false", // some dependencies ask for Node 22 or 24, which is being installed
  "--install-strategy=hoisted",
  "--bin-links=true",
  "--package-lock=true",
  "--global=false",
  "--dry-run=false",
  "--audit=false",
  "--fund=false",
  "--loglevel=error",
];

const npm = (args, cwd = root) => {
  const result = spawnSync("npm", args, {
    cwd,
    env: npmEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.error?.code === "ENOENT") fail("npm was not found; install Node.js ≥ 20 with npm and try again.");
  return { ok: result.status === 0, text: `${result.stdout ?? ""}${result.stderr ?? ""}`.trim() };
};

/** npm's own words about a failure: the first lines, which hold the code and the cause, without the path of its log. */
const reason = (text) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && line.trim() !== "npm error" && !line.includes("A complete log of this run"))
    .slice(0, 4)
    .join("\n");

const install = (mode, isGrowth) => {
  say(`installing dependencies (${mode === "full" ? "server and tools" : "server only"}) …`);
  const command = isGrowth ? ["install", "--no-save"] : ["ci"];
  const which = mode === "full" ? ["--include=dev", "--include=prod"] : ["--omit=dev"];
  const { ok, text } = npm([...command, ...which, ...FIXED_OPTIONS]);
  if (ok) return;
  if (isGrowth) {
    install(mode, false);
    return;
  }
  if (text !== "") process.stderr.write(`${reason(text)}\n`);
  fail(
    "installing failed (npm's words are above); check the network and the registry setting of npm, then run it again.",
  );
};

/** Major version of the installed runtime, or 0. */
const runtimeMajor = () => {
  if (!existsSync(runtime)) return 0;
  const result = spawnSync(runtime, ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  return Number((result.stdout ?? "").trim().replace("v", "").split(".")[0]) || 0;
};

/** The npm package `node` fetches its binary in an install script, which npm was told not to run. */
const installRuntime = () => {
  const folder = path.join(modules, "node");
  const script = ["installArchSpecificPackage.js", "installArchSpecificPackage.cjs", "installArchSpecificPackage"]
    .map((name) => path.join(folder, name))
    .find((file) => existsSync(file));
  if (script === undefined)
    fail("the npm package `node` is not what was expected; delete node_modules and run it again.");
  const result = spawnSync(process.execPath, [script], { cwd: folder, env: npmEnvironment(), encoding: "utf8" });
  const linked = path.join(binFolder, "node");
  if (result.status === 0 && !existsSync(linked)) {
    mkdirSync(binFolder, { recursive: true });
    rmSync(linked, { force: true });
    symlinkSync(path.join("..", "node", "bin", "node"), linked);
  }
  if (runtimeMajor() >= RUNTIME_NODE) return;
  process.stderr.write(`${reason(`${result.stdout ?? ""}${result.stderr ?? ""}`)}\n`);
  fail(
    `Node ${RUNTIME_NODE} could not be installed; run this and try again: (cd node_modules/node && node ${path.basename(script)})`,
  );
};

/** Two set-ups of one folder must not run npm at once: the second waits for the first. */
const locked = (work) => {
  const lock = path.join(tmpdir(), `farthing-setup-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`);
  const until = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST")
        fail(`cannot write to ${tmpdir()} (${error.code}); set TMPDIR to a writable folder.`);
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > LOCK_WAIT_MS) rmSync(lock, { recursive: true, force: true });
    if (Date.now() > until) fail(`another set-up seems to be running; if none is, delete ${lock}.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
  const unlock = () => rmSync(lock, { recursive: true, force: true });
  process.on("exit", unlock);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
  work();
  unlock();
  process.off("exit", unlock);
};

const setUp = (wanted) => {
  const before = installed();
  if (suffices(before, wanted)) return;
  let mode = before === null ? adopted() : before;
  if (!suffices(mode, wanted)) {
    // A full installation stays full when the lock file changes: what was there once is wanted again.
    const next = wanted === "full" || readJson(stampFile)?.mode === "full" ? "full" : "server";
    install(next, mode !== null);
    mode = next;
  }
  if (runtimeMajor() < RUNTIME_NODE) installRuntime();
  writeFileSync(stampFile, `${JSON.stringify({ lock: lockHash, mode })}\n`);
  say("ready to run.");
};

const wanted = process.argv.includes("--dev") ? "full" : "server";
if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE)
  fail(`Node.js ≥ ${OLDEST_NODE} is needed to install, and this is ${process.version}; the rest comes by itself.`);
if (!suffices(installed(), wanted)) locked(() => setUp(wanted));

/** The gateway serves without its console too, so a build that fails is said and nothing more. */
const buildPages = () => {
  if (!isConsoleStale()) return;
  say("building the console …");
  const problem = buildConsole();
  if (problem === null) return;
  process.stderr.write(`${reason(problem)}\n`);
  say(
    "the console could not be built (the builder's words are above), so there will be none; the gateway itself starts.",
  );
};
if (process.argv.includes("--console") && isConsoleStale()) locked(buildPages);
