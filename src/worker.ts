/** One of several processes that serve together: what it has, and what it asks the primary for (docs/decisions/0031). */
import process from "node:process";

import { Link } from "./cluster/link.ts";
import type { News } from "./cluster/message.ts";
import { RemoteLedger } from "./cluster/remote-ledger.ts";
import { RemoteLimiter } from "./cluster/remote-limiter.ts";
import type { Config } from "./config.ts";
import { watchVersion } from "./db/watch.ts";
import { startServer, type Given, type RunningServer } from "./server.ts";

/** Changes are told; this is only how often it is looked whether one was. */
const LOOK_MS = 1_000;

/** The end of the channel to the primary. @throws Error in a process that has none */
const linkToPrimary = (answers: ConstructorParameters<typeof Link>[1]): Link => {
  if (process.send === undefined) throw new Error("this process has no primary");
  const send = process.send.bind(process);
  return new Link(
    {
      // A channel that is closed ends the process.
      send: (message) => send(message, undefined, undefined, () => undefined),
      onMessage: (heard) => process.on("message", heard),
    },
    answers,
  );
};

/** Changes of the database as the primary tells of them: the file's own version changes with every commit of the ledger. */
const toldChanges = (link: Link): NonNullable<Given["changes"]> => {
  let version = 0n;
  let look = (): void => undefined;
  link.on("changed", () => {
    version++;
    look();
  });
  const dataVersion = async (): Promise<bigint> => version;
  return {
    dataVersion,
    watch: async (watcher) => {
      const watch = await watchVersion(dataVersion, watcher, LOOK_MS);
      ({ look } = watch);
      return watch;
    },
  };
};

/** Tells the primary in one line why this worker cannot serve. Resolves when it was sent, or cannot be. */
export const tellFailure = (line: string): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else
      process.send({ tell: "failed", body: line }, undefined, undefined, () => {
        resolve();
      });
  });

export interface Worker {
  readonly server: RunningServer;
  /** Calls back when the primary wants its end; again when it is in a hurry. */
  readonly onDrain: (drain: (grace: News["drain"]) => void) => void;
}

/**
 * Serves on the port that all workers share.
 * @throws what startServer throws
 */
export const startWorker = async (config: Config, onFatal: (error: unknown) => void): Promise<Worker> => {
  const running: RunningServer[] = [];
  const link = linkToPrimary({
    metrics: async () => (await running[0]?.metrics.registry.getMetricsAsJSON()) ?? [],
  });
  const { sandbox, owner, limits } = await link.ask("enter", null);
  const given: Given = {
    sandbox,
    ledger: owner === null ? null : new RemoteLedger(link, owner),
    limiter: limits ? new RemoteLimiter(link, () => performance.now()) : null,
    changes: config.postgres === null ? toldChanges(link) : null,
  };
  const server = await startServer({ ...config, metricsPort: null }, { given, onFatal });
  running.push(server);
  link.tell("serving", server.port);
  return {
    server,
    onDrain: (drain) => {
      link.on("drain", drain);
    },
  };
};
