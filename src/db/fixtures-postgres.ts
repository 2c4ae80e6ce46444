/**
 * A real PostgreSQL for tests, in a folder of its own, reached through a Unix socket in it, so that nothing else of the machine is
 * met. One per run of the tests (test/setup.ts makes its folder and takes it away), started by the first test that needs it; tests of
 * faults start their own with `startPostgres`.
 */
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { parsePostgresUrl, type PostgresAddress } from "../postgres-address.ts";
import { findProgram, postgresFolders } from "./fixtures-program.ts";
import { migrate } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

export interface TestPostgres {
  /** The address of a database of it, and the same as a `DATABASE_URL`. */
  address(database: string): PostgresAddress;
  url(database: string): string;
  /** Ends it: `immediate` as a power cut of the server would, without a checkpoint. Idempotent. */
  stop(mode?: "fast" | "immediate"): void;
  /** Starts it again; waits until it takes connections. */
  start(): void;
  /** Stops all of its processes from running without closing a connection, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it and takes its folder away. */
  remove(): void;
}

export interface TestPostgresOptions {
  /** An empty folder; one is made when absent. */
  readonly folder?: string;
  /** True: what is committed survives a crash, as in production. False: fast. */
  readonly durable?: boolean;
  /** Where it listens beside its socket: `127.0.0.1:PORT`; nowhere when absent. */
  readonly port?: number;
}

/** Where the run's server lives; set by test/setup.ts for every test process. */
export const POSTGRES_FOLDER_VARIABLE = "FARTHING_TEST_POSTGRES";
const USER = "farthing";
const TEMPLATE = "farthing_template";
const START_WAIT_MS = 60_000;
const POLL_MS = 50;

const SETTINGS: readonly string[] = ["max_connections=300", "shared_buffers=32MB", "log_min_messages=panic", "jit=off"];
const FAST: readonly string[] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"];

const program = (name: string): string => findProgram({ name, debian: "postgresql", folders: postgresFolders });

/** PostgreSQL refuses to run as root: its own user if there is one, else nobody's. Null when we are not root. */
const unprivileged = (): { readonly uid: number; readonly gid: number } | null => {
  if (process.getuid?.() !== 0) return null;
  const [, , uid, gid] =
    readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((line) => line.startsWith("postgres:"))
      ?.split(":") ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
};

const run = (name: string, args: readonly string[], cwd: string): void => {
  // The server keeps the streams that it inherits: none must be a pipe that somebody waits for.
  const { status, error, stderr } = spawnSync(program(name), [...args], {
    cwd,
    stdio: ["ignore", "ignore", name === "initdb" ? "pipe" : "ignore"],
    ...unprivileged(),
  });
  if (status !== 0) throw new Error(`${name} failed: ${error?.message ?? String(stderr)}`, { cause: error });
};

const isRunning = (data: string): boolean => existsSync(path.join(data, "postmaster.pid"));

/** Ends the server of a folder, if there is one, and takes the folder away. */
export const removePostgres = (folder: string): void => {
  const data = path.join(folder, "data");
  if (isRunning(data)) spawnSync(program("pg_ctl"), ["stop", "-D", data, "-m", "immediate"], { ...unprivileged() });
  rmSync(folder, { recursive: true, force: true });
};

/** The pids of the server and of its children. */
const processes = (data: string): number[] => {
  const [first] = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n");
  const children = readFileSync(`/proc/${first}/task/${first}/children`, "utf8").split(" ").map(Number);
  return [Number(first), ...children.filter((pid) => pid > 0)];
};

const signal = (data: string, name: "SIGSTOP" | "SIGCONT"): void => {
  for (const pid of processes(data)) process.kill(pid, name);
};

const controls = (folder: string, options: string): TestPostgres => {
  const data = path.join(folder, "data");
  const url = (database: string): string => `postgres://${USER}@localhost/${database}?host=${folder}`;
  const stop = (mode: "fast" | "immediate" = "immediate"): void => {
    if (isRunning(data)) run("pg_ctl", ["stop", "-w", "-D", data, "-m", mode], folder);
  };
  return {
    url,
    address: (database) => parsePostgresUrl(url(database)),
    stop,
    start: () => {
      run("pg_ctl", ["start", "-w", "-D", data, "-l", path.join(folder, "log"), "-o", options], folder);
    },
    freeze: () => {
      signal(data, "SIGSTOP");
    },
    thaw: () => {
      signal(data, "SIGCONT");
    },
    remove: () => {
      removePostgres(folder);
    },
  };
};

/** Starts a server with nothing in it. @throws Error naming what to install when there is no PostgreSQL */
export const startPostgres = ({ folder, durable = false, port }: TestPostgresOptions = {}): TestPostgres => {
  const home = folder ?? mkdtempSync(path.join(tmpdir(), "farthing-postgres-"));
  const owner = unprivileged();
  if (owner !== null) chownSync(home, owner.uid, owner.gid);
  const data = path.join(home, "data");
  const make = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--no-instructions"];
  run("initdb", ["-D", data, `--username=${USER}`, ...make], home);
  const settings = [...SETTINGS, ...(durable ? [] : FAST)].map((setting) => `-c ${setting}`);
  const listening = port === undefined ? "-c listen_addresses=" : `-c listen_addresses=127.0.0.1 -p ${port}`;
  const server = controls(home, `-k ${home} ${listening} ${settings.join(" ")}`);
  server.start();
  return server;
};

/** Runs statements on a server's own database. */
const administer = async (server: TestPostgres, text: string): Promise<void> => {
  const client = new pg.Client({ ...connection(server.address("postgres")) });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
};

const connection = ({ host, port, database, user }: PostgresAddress): pg.ClientConfig => ({
  host,
  port,
  database,
  user,
});

/** Makes the migrated database that others are copied from. */
const makeTemplate = async (server: TestPostgres): Promise<void> => {
  await administer(server, `create database ${TEMPLATE}`);
  const database = await openPostgres(server.address(TEMPLATE));
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
};

let shared: Promise<TestPostgres> | null = null;

/** The run's server, started by whichever test process comes first; the others wait for it. */
const findShared = async (): Promise<TestPostgres> => {
  const folder = process.env[POSTGRES_FOLDER_VARIABLE];
  if (folder === undefined) throw new Error("the tests were started without test/setup.ts");
  const [home, ready, failed] = ["server", "ready", "failed"].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    mkdirSync(home);
  } catch {
    for (const end = Date.now() + START_WAIT_MS; !existsSync(ready) && Date.now() < end;) {
      if (existsSync(failed)) throw new Error(readFileSync(failed, "utf8"));
      await sleep(POLL_MS);
    }
    return controls(home, "");
  }
  try {
    const server = startPostgres({ folder: home });
    await makeTemplate(server);
    writeFileSync(ready, "");
    return server;
  } catch (error) {
    writeFileSync(failed, error instanceof Error ? error.message : String(error));
    throw error;
  }
};

let made = 0;

export interface TestPostgresDatabase {
  readonly server: TestPostgres;
  readonly address: PostgresAddress;
  readonly url: string;
  /** Takes it away, whoever is connected to it. */
  drop(): Promise<void>;
}

/** A database of its own on the run's server. @param isEmpty true: without migrations. */
export const createPostgres = async ({ isEmpty = false } = {}): Promise<TestPostgresDatabase> => {
  const server = await (shared ??= findShared());
  const name = `t_${process.pid}_${++made}`;
  await administer(server, `create database ${name} template ${isEmpty ? "template0" : TEMPLATE}`);
  return {
    server,
    address: server.address(name),
    url: server.url(name),
    drop: () => administer(server, `drop database if exists ${name} with (force)`),
  };
};
