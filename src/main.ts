/** Starts the gateway: reads the environment, builds the server, says what there is to say, and ends it well. */
import { mkdirSync } from "node:fs";
import { isIP } from "node:net";

import { ConfigError, readConfig, type Config } from "./config.ts";
import { CatalogError } from "./catalog/load.ts";
import { DatabaseInUse, DatabaseUnusable } from "./db/connect.ts";
import { DatabaseTooNew, MigrationChanged } from "./db/migrate.ts";
import { firstStart } from "./first-start.ts";
import { startServer, type RunningServer } from "./server.ts";

/** Errors whose message is one clear line that says what to do. */
const SPEAKING = [
  ConfigError,
  CatalogError,
  DatabaseInUse,
  DatabaseUnusable,
  DatabaseTooNew,
  MigrationChanged,
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

/**
 * Ends well on SIGTERM and SIGINT: no new work, running work ends, holds are returned. A second signal hurries. Ctrl-C comes from a
 * person without a balancer in front, so SIGINT refuses new work at once, and with nothing running the process ends at once.
 */
const endOnSignals = (server: RunningServer): void => {
  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    const drained = server.http.drain.begin(signal === "SIGINT" ? "none" : "balancers");
    if (ending) return;
    ending = true;
    server.log.event("info", "drain", { signal });
    void drained.then(async (report) => {
      server.log.event("info", "drained", { ...report });
      await server.stop();
      process.exit(0);
    });
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
};

/** A fault after which nothing may go on: say so, stop taking work, and leave the rest to the restart. */
const endOnFaults = (log: (error: unknown) => void): void => {
  const die = (error: unknown): void => {
    log(error);
    setTimeout(() => process.exit(1), 1_000);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
};

const main = async (): Promise<void> => {
  let config: Config | undefined;
  try {
    config = readConfig(process.env, process.cwd());
    prepareData(config);
    const server = await startServer(config, {
      onFatal: () => {
        process.stderr.write("The database cannot be written safely any more. Restart after checking its disk.\n");
        process.exit(1);
      },
    });
    endOnFaults((error) => {
      server.log.fault(error, { requestId: "", route: "process" });
    });
    endOnSignals(server);
    const url = config.port === 0 || process.env["PUBLIC_URL"] === undefined ? server.url : config.publicUrl;
    const welcome = config.production ? null : await firstStart(server, url);
    if (welcome !== null) say(welcome);
    say(`ready on http://${isIP(config.host) === 6 ? `[${config.host}]` : config.host}:${server.port}`);
  } catch (error) {
    process.stderr.write(`${explain(error, config)}\n`);
    process.exit(1);
  }
};

await main();
