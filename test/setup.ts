/** Before the first and after the last test of a run: a folder for the PostgreSQL that the tests may start, and its end. */
import { chmodSync, mkdtempSync, readdirSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { POSTGRES_FOLDER_VARIABLE, removePostgres } from "../src/db/fixtures-postgres.ts";
import { findProgram } from "../src/db/fixtures-program.ts";

const PREFIX = "farthing-run-";
/** Copying a database is five times as fast in memory as on a disk. */
const MEMORY = "/dev/shm";
const MEMORY_BYTES = 2 ** 31;

/** Where the folder is made: in memory when there is enough of it. */
const base = (): string => {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= MEMORY_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** What runs that were killed have left behind: their folders carry their process ids. */
const removeLeftovers = (): void => {
  for (const name of readdirSync(base())) {
    if (!name.startsWith(PREFIX)) continue;
    const pid = Number(name.slice(PREFIX.length).split("-")[0]);
    const folder = path.join(base(), name);
    const isOurs = statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.();
    if (pid > 0 && isOurs && !isAlive(pid)) remove(folder);
  }
};

const remove = (folder: string): void => {
  removePostgres(path.join(folder, "server"));
  removePostgres(folder);
};

let folder: string | null = null;

/** An installation takes longer than a test may; where it fails, the tests that need the browser say what to do. */
const findBrowser = (): void => {
  try {
    findProgram({ name: "chromium", debian: "chromium" });
  } catch {
    // Said by whoever needs it.
  }
};

export const setup = (): void => {
  findBrowser();
  removeLeftovers();
  folder = mkdtempSync(path.join(base(), `${PREFIX}${process.pid}-`));
  // The server does not run as root, and its folder is inside.
  chmodSync(folder, 0o711);
  process.env[POSTGRES_FOLDER_VARIABLE] = folder;
  process.once("exit", teardown);
};

export const teardown = (): void => {
  if (folder !== null) remove(folder);
  folder = null;
};
