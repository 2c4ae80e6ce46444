/** Starts the gateway: reads the environment, builds the server, says what there is to say, and ends it well. */
import cluster from "node:cluster";
import { mkdirSync } from "node:fs";
import { isIP } from "node:net";

import { WorkerFailed } from "./cluster/crew.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { CatalogError } from "./catalog/load.ts";
import { DatabaseInUse, DatabaseUnusable } from "./db/connect.ts";
import { DatabaseTooNew, MigrationChanged } from "./db/migrate.ts";
import { firstStart } from "./first-start.ts";
import type { Log } from "./http/log.ts";
import { startPrimary } from "./primary.ts";
import { startServer, type RunningServer } from "./server.ts";
import { startWorker, tellFailure } from "./worker.ts";

/** Errors whose message is one clear line that says what to do. */
const SPEAKING = [
  ConfigError,
  CatalogError,
  DatabaseInUse,
  DatabaseUnusable,
  DatabaseTooNew,
  MigrationChanged,
  WorkerFailed,
] as const;

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** Why a start failed, as a line for people. */
const explain = (error: unknown, config: Config | undefined): string => {
  if (SPEAKING.some((kind) => error instanceof kind)) return (error as Error).message;
  const code = codeOf(error);
  if (code === "EADDRINUSE")
    return `Port ${config?.port} on ${config?.host} is in use. Stop the other program, or set PORT to another number.`;
  if (code === "EACCES" && config !== undefined && config.port < 1024)
    return `Port ${config.port} needs more rights. Set PORT to a number above 1023.`;
  if (code === "ENOENT" && config?.configFile) return `The configuration file ${config.configFile} does not exist.`;
  return `Farthing could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
};

const prepareData = ({ dataDir }: Config): void => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigError(
      `The data folder ${dataDir} cannot be made (${codeOf(error) ?? "unknown error"}). Set FARTHING_DATA to a folder that this user may write.`,
    );
  }
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Who is told of an end before it begins. */
type Grace = "balancers" | "none";

/** What is ended by a signal. */
interface Running {
  readonly log: Log;
  /** Begins to drain; a second call hurries. */
  readonly drain: (grace: Grace) => Promise<object>;
  readonly stop: () => Promise<void>;
}

/**
 * Ends well: no new work, running work ends, holds are returned. A second call hurries. A person at a terminal has no balancer in front,
 * so SIGINT refuses new work at once, and with nothing running the process ends at once.
 */
const endOf = ({ log, drain, stop }: Running): ((grace: Grace) => void) => {
  let ending = false;
  return (grace) => {
    const drained = drain(grace);
    if (ending) return;
    ending = true;
    log.event("info", "drain", { grace });
    void drained.then(async (report) => {
      log.event("info", "drained", { ...report });
      await stop();
      process.exit(0);
    });
  };
};

const onSignals = (end: (grace: Grace) => void): void => {
  process.on("SIGTERM", () => {
    end("balancers");
  });
  process.on("SIGINT", () => {
    end("none");
  });
};

/** How long what runs may still go on after a fault that nobody caught. */
const AFTER_FAULT_MS = 1_000;

/** A fault after which nothing may go on: say so, take no work any more, and leave the rest to the restart. */
const endOnFaults = (log: (error: unknown) => void, refuse: () => Promise<unknown>): void => {
  let ending = false;
  const die = (error: unknown): void => {
    log(error);
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), AFTER_FAULT_MS);
    refuse().catch(log);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
};

const die = (): void => {
  process.stderr.write("The database cannot be written safely any more. Restart after checking its disk.\n");
  process.exit(1);
};

const logFaults = ({ log, drain }: Pick<Running, "log" | "drain">): void => {
  const tell = (error: unknown): void => {
    log.fault(error, { requestId: "", route: "process" });
  };
  endOnFaults(tell, () => drain("none"));
};

/** Says what there is to say, once, when it serves. */
const welcome = async (config: Config, server: Parameters<typeof firstStart>[0] & ServingAt): Promise<void> => {
  const url = config.port === 0 || process.env["PUBLIC_URL"] === undefined ? server.url : config.publicUrl;
  const text = config.production ? null : await firstStart(server, url);
  if (text !== null) say(text);
  say(`ready on http://${isIP(config.host) === 6 ? `[${config.host}]` : config.host}:${server.port}`);
};

type ServingAt = Pick<RunningServer, "url" | "port">;

const serveAlone = async (config: Config): Promise<void> => {
  const server = await startServer(config, { onFatal: die });
  const { log, http } = server;
  const running: Running = { log, drain: (grace) => http.drain.begin(grace), stop: () => server.stop() };
  logFaults(running);
  onSignals(endOf(running));
  await welcome(config, server);
};

/** Starts workers, and serves nothing itself. */
const serveTogether = async (config: Config): Promise<void> => {
  const primary = await startPrimary(config, { onFatal: die });
  const { log } = primary;
  const running: Running = {
    log,
    drain: async (grace) => {
      await primary.drain(grace);
      return {};
    },
    stop: () => primary.stop(),
  };
  logFaults(running);
  onSignals(endOf(running));
  process.on("SIGHUP", () => {
    primary.roll().catch((error: unknown) => {
      log.fault(error, { requestId: "", route: "process" });
    });
  });
  await welcome(config, primary);
};

/** One of them: what it cannot do is said by the primary, and signals are its business. */
const serveAsWorker = async (config: Config): Promise<void> => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  const { server, onDrain } = await startWorker(config, die);
  const { log, http } = server;
  const running: Running = { log, drain: (grace) => http.drain.begin(grace), stop: () => server.stop() };
  logFaults(running);
  const end = endOf(running);
  onDrain((how) => {
    if (how === "handover") http.stopListening();
    end(how === "none" ? "none" : "balancers");
  });
};

const main = async (): Promise<void> => {
  let config: Config | undefined;
  try {
    config = readConfig(process.env, process.cwd());
    prepareData(config);
    if (cluster.isWorker) await serveAsWorker(config);
    else await (config.workers > 1 ? serveTogether(config) : serveAlone(config));
  } catch (error) {
    const line = explain(error, config);
    if (cluster.isWorker) await tellFailure(line);
    else process.stderr.write(`${line}\n`);
    process.exit(1);
  }
};

await main();
