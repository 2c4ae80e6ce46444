/**
 * Programs of the machine that tests start: PostgreSQL, Redis and a browser. What is missing is installed from Debian's packages when we may;
 * otherwise the test fails with a line that says what to install. Nothing is ever skipped.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Program {
  readonly name: string;
  /** The package of Debian that brings it. */
  readonly debian: string;
  /** Where it may be beside PATH; asked again after an installation. */
  readonly folders?: () => readonly string[];
}

const INSTALL_WAIT_MS = 300_000;
const INSTALL_POLL_MS = 500;

/** Debian keeps PostgreSQL's programs apart by version: the newest first. */
const POSTGRES_ROOT = "/usr/lib/postgresql";

/** Folders of PostgreSQL's programs. */
export const postgresFolders = (): string[] =>
  existsSync(POSTGRES_ROOT)
    ? readdirSync(POSTGRES_ROOT)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => path.join(POSTGRES_ROOT, version, "bin"))
    : [];

const look = ({ name, folders }: Program): string | null => {
  const known = [...(folders?.() ?? []), ...(process.env["PATH"] ?? "").split(path.delimiter)];
  return known.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
};

const apt = (...args: string[]): boolean =>
  spawnSync("apt-get", args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status ===
  0;

/** Two test files must not install at once: the second waits for the first. */
const install = (debian: string, isThere: () => boolean): void => {
  const lock = path.join(tmpdir(), `farthing-install-${debian}`);
  const until = Date.now() + INSTALL_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (isThere() || Date.now() > until) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, INSTALL_POLL_MS);
    }
  }
  try {
    // Somebody else's installation is waited for.
    const patience = ["-o", `DPkg::Lock::Timeout=${INSTALL_WAIT_MS / 1_000}`];
    const packages = [...patience, "install", "-y", "--no-install-recommends", debian];
    if (!isThere() && !apt(...packages) && apt("update")) apt(...packages);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
};

/** The program's path. @throws Error naming what to install */
export const findProgram = (program: Program): string => {
  const present = look(program);
  if (present !== null) return present;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) install(program.debian, () => look(program) !== null);
  const installed = look(program);
  if (installed === null)
    throw new Error(`The tests need ${program.name}. Install it (on Debian: apt-get install ${program.debian}).`);
  return installed;
};
