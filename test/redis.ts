/** A real Redis for a test: a process of its own on a port of its own, with nothing on disk, that can be killed, frozen and restarted. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { findProgram } from "../src/db/fixtures-program.ts";

export interface TestRedis {
  /** `redis://127.0.0.1:PORT`, the same for its whole life. */
  readonly url: string;
  readonly port: number;
  /** Ends the process at once, as `kill -9` does; what it held is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  /** Stops it from answering without closing its connections, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

const START_TRIES = 5;
const READY = "Ready to accept connections";
const HOST = "127.0.0.1";

/** A port that was free a moment ago. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

/** @returns the process, or null when it ended before it was ready (somebody else took the port). */
const launch = async (port: number): Promise<ChildProcess | null> => {
  const program = findProgram({ name: "redis-server", debian: "redis-server" });
  const args = ["--bind", HOST, "--port", String(port), "--save", "", "--appendonly", "no", "--daemonize", "no"];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  // An orphan would stay for ever when the test process is ended from outside.
  process.once("exit", () => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes(READY)) resolve(child);
    });
    child.once("error", reject);
    child.once("exit", () => {
      resolve(null);
    });
  });
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
};

/** Starts one. Stop it when the test is over. @throws Error naming what to install when there is no redis-server */
export const startRedis = async (): Promise<TestRedis> => {
  let port = 0;
  let child: ChildProcess | null = null;
  for (let tries = 0; child === null && tries < START_TRIES; tries++) {
    port = await freePort();
    child = await launch(port);
  }
  if (child === null) throw new Error("redis-server did not start");
  let current = child;
  return {
    url: `redis://${HOST}:${port}`,
    port,
    kill: () => end(current),
    start: async () => {
      await end(current);
      for (let tries = 0; tries < START_TRIES; tries++) {
        const again = await launch(port);
        if (again !== null) {
          current = again;
          return;
        }
        await sleep(50);
      }
      throw new Error("redis-server did not start again");
    },
    freeze: () => {
      current.kill("SIGSTOP");
    },
    thaw: () => {
      current.kill("SIGCONT");
    },
    stop: () => end(current),
  };
};
