/**
 * A gateway as its own process, and clients that show what is on the wire: for tests of starting, stopping, crashing and raw HTTP.
 * Tests that need no process of their own use `gateway.ts`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { framesOf } from "./conformance/corpus.ts";
import { databaseEnv, type TestStorage } from "./database.ts";
import { openReader, type Reader } from "./reader.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const NODE = path.join(ROOT, "node_modules", ".bin", "node");
const READY = "ready on ";
/** How many processes serve: set it to 2 to run any of these files on workers. */
const WORKERS_VARIABLE = "FARTHING_TEST_WORKERS";
const START_MS = 30_000;
const STOP_MS = 15_000;

export interface GatewayOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Text of the configuration file. */
  readonly configYaml?: string;
  /** A folder that is kept when the gateway stops; a fresh one, removed at `stop`, without it. */
  readonly dataDir?: string;
}

export interface GatewayProcess {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** Everything it wrote so far, both outputs. */
  logs(): string;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash; the data folder stays, so that a second gateway can be started on it. */
  kill9(): Promise<void>;
  /** Reads its database, also when it has ended. */
  reader(): Reader;
  /** Runs the command line with `--json` on the same data. @throws with its output when it fails or prints no JSON */
  cli(...args: readonly string[]): Promise<unknown>;
}

/** A gateway that ended before it was ready. */
export class StartFailed extends Error {
  override readonly name = "StartFailed";
  readonly code: number | null;
  readonly output: string;

  constructor(code: number | null, output: string) {
    super(`the gateway ended with ${code} before it was ready:\n${output}`);
    this.code = code;
    this.output = output;
  }
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of the outer environment but what a process needs, so that no provider's key leaks into a test. */
const cleanEnv = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  ...env,
});

const run = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(NODE, args, { cwd: ROOT, env: cleanEnv(env), stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", (code) => resolve(code)));

/** The address of the line `ready on …`, or null while it has not been printed whole. */
const addressIn = (output: string): string | null => {
  const at = output.indexOf(READY);
  const end = at < 0 ? -1 : output.indexOf("\n", at);
  return end < 0 ? null : output.slice(at + READY.length, end).trim();
};

const waitReady = (child: ChildProcess, logs: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`the gateway was not ready in ${START_MS} ms:\n${logs()}`));
    }, START_MS);
    const look = (): void => {
      const address = addressIn(logs());
      if (address === null) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on("data", look);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      reject(new StartFailed(code, logs()));
    });
  });

/** The databases of data folders that several gateways are started on, one after another; they go when the tests are over. */
const kept = new Map<string, Promise<TestStorage>>();

const storageOf = (dataDir: string | undefined): Promise<TestStorage> => {
  if (dataDir === undefined) return databaseEnv({ isEmpty: true });
  const known = kept.get(dataDir) ?? databaseEnv({ isEmpty: true });
  kept.set(dataDir, known);
  return known;
};

/** Starts `src/main.ts` on a free port and waits until it is ready. @throws StartFailed */
export const startGateway = async (options: GatewayOptions = {}): Promise<GatewayProcess> => {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), "farthing-"));
  const storage = await storageOf(options.dataDir);
  const remove = async (): Promise<void> => {
    if (options.dataDir !== undefined) return;
    rmSync(dataDir, { recursive: true, force: true });
    await storage.remove();
  };
  const env: Record<string, string> = {
    PORT: "0",
    HOST: "127.0.0.1",
    FARTHING_DATA: dataDir,
    WORKERS: process.env[WORKERS_VARIABLE] ?? "1",
    ...storage.env,
    ...options.env,
  };
  if (options.configYaml !== undefined) {
    env["FARTHING_CONFIG"] = path.join(dataDir, "test-config.yaml");
    writeFileSync(env["FARTHING_CONFIG"], options.configYaml);
  }
  const child = spawn(NODE, ["src/main.ts"], { cwd: ROOT, env: cleanEnv(env), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const logs = (): string => output;
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
  let url: string;
  try {
    url = await waitReady(child, logs);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url,
    port: Number(new URL(url).port),
    process: child,
    dataDir,
    logs,
    stop: async () => {
      child.kill("SIGTERM");
      const hurry = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      const code = await exited(child);
      clearTimeout(hurry);
      await remove();
      return code;
    },
    kill9: async () => {
      child.kill("SIGKILL");
      await exited(child);
    },
    reader: () => openReader(env),
    cli: async (...args) => {
      const { code, stdout, stderr } = await run(["src/cli/main.ts", ...args, "--json"], env);
      if (code !== 0) throw new Error(`farthing ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
      return JSON.parse(stdout) as unknown;
    },
  };
};

export interface RawAnswer {
  /** Status of the first reply; 0 when there was none. */
  readonly status: number;
  /** Every byte received, as Latin-1, so that lengths and positions are those of the wire. */
  readonly text: string;
  /** How the connection ended: by the server's FIN, by a failure, or because the wait was over. */
  readonly end: "fin" | "error" | "timeout";
}

/** Sends bytes as they are and collects what comes until the connection ends, or `waitMs` have passed. */
export const rawRequest = (port: number, bytes: string | Buffer, waitMs = 5_000): Promise<RawAnswer> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(port, "127.0.0.1");
    const finish = (end: RawAnswer["end"]): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(parts).toString("latin1");
      const [, status] = text.startsWith("HTTP/1.") ? text.slice(0, 12).split(" ") : [];
      resolve({ status: Number(status ?? 0), text, end });
    };
    const timer = setTimeout(() => finish("timeout"), waitMs);
    socket.on("data", (part) => parts.push(part));
    socket.once("end", () => finish("fin"));
    socket.once("error", () => finish("error"));
    socket.write(bytes);
  });

export interface SseFrame {
  /** Empty when the event has no name. */
  readonly event: string;
  readonly data: string;
}

/** The events of a response, read to its end. @throws when the connection breaks */
export const sse = async (response: Response): Promise<readonly SseFrame[]> =>
  framesOf(await response.text())
    .map(({ event, data }) => ({ event, data }))
    .filter(({ event, data }) => event !== "" || data !== "");
