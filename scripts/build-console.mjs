/**
 * Builds the web console into console/dist, and is fast when that is done: a stamp in the build says what it was made of, the hash of
 * every file of console/ and of the lock file.
 *
 *   node scripts/build-console.mjs
 *
 * Also called by setup.mjs. Plain JavaScript for any Node ≥ 20; the build itself runs on Node 24.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const RUNTIME_NODE = 24;
/** A build that takes longer hangs. */
const BUILD_MS = 300_000;

const root = path.join(import.meta.dirname, "..");
const sources = path.join(root, "console");
const dist = path.join(sources, "dist");
const stampFile = path.join(dist, ".farthing-build.json");

/** Every file that the build is made of, but the build itself. */
const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (file === dist || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return filesIn(file);
    return entry.isFile() ? [file] : [];
  });

/** The hash of all sources: names and bytes, each with its length. */
const hashOfSources = () => {
  const hash = createHash("sha256");
  const files = [
    ...filesIn(sources).sort(),
    path.join(root, "docs", "openapi.json"),
    path.join(root, "package-lock.json"),
  ];
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${path.relative(root, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
};

const stamped = () => {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8")).sources;
  } catch {
    return null;
  }
};

/** Whether there is a console to build, and its build is not of now. */
export const isConsoleStale = () => existsSync(path.join(sources, "vite.config.ts")) && stamped() !== hashOfSources();

/** Node 24: this one, or the one that is installed with the dependencies. */
const runtime = () => {
  if (Number(process.versions.node.split(".")[0]) >= RUNTIME_NODE) return process.execPath;
  const name = process.platform === "win32" ? "node.cmd" : "node";
  return path.join(root, "node_modules", ".bin", name);
};

/** Builds. @returns what went wrong, in the builder's words; null when it is built */
export const buildConsole = () => {
  // Before the build: what is changed while it runs is built the next time.
  const hash = hashOfSources();
  const vite = path.join(root, "node_modules", "vite", "bin", "vite.js");
  const result = spawnSync(runtime(), [vite, "build", "--config", path.join(sources, "vite.config.ts")], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production" },
    encoding: "utf8",
    timeout: BUILD_MS,
    shell: process.platform === "win32",
  });
  if (result.status !== 0) return `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`.trim();
  writeFileSync(stampFile, `${JSON.stringify({ sources: hash })}\n`);
  return null;
};

if (process.argv[1] === fileURLToPath(import.meta.url) && isConsoleStale()) {
  const problem = buildConsole();
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
}
