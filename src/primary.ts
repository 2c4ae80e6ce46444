/**
 * The process that starts the others and serves nothing itself (docs/decisions/0031). On SQLite it is the one writer of the books; without
 * Redis it counts the limits of all. It applies the configuration, runs the sandbox, and shows the metrics of everybody as one.
 */
import cluster from "node:cluster";

import { AggregatorRegistry, Registry } from "prom-client";

import { Crew, type Host } from "./cluster/crew.ts";
import { openHost, type Hosting } from "./cluster/host.ts";
import { LedgerDesk } from "./cluster/ledger-desk.ts";
import { LimitsDesk } from "./cluster/limits-desk.ts";
import { databaseFile, type Config } from "./config.ts";
import type { Database } from "./db/connect.ts";
import { migrate } from "./db/migrate.ts";
import { openDatabase } from "./db/open.ts";
import { createLog, type Log } from "./http/log.ts";
import type { MetricsSource } from "./http/metrics.ts";
import { openSqliteLender } from "./ledger/sqlite-lender-store.ts";
import { LocalLimiter } from "./limits/local.ts";
import { listenForMetrics, type RunningServer, type ServerOptions } from "./server.ts";
import { TaskStore } from "./tasks/store.ts";
import { recoverTasks } from "./tasks/worker.ts";
import { Closers, openWorld, type World } from "./world.ts";

export interface RunningPrimary extends Pick<
  RunningServer,
  "url" | "port" | "metricsPort" | "database" | "log" | "installation" | "refresh" | "stop"
> {
  /** Drains all workers; a second call hurries them. */
  drain(grace: "balancers" | "none"): Promise<void>;
  /** Replaces the workers one after another, without a moment in which nobody serves. */
  roll(): Promise<void>;
}

/**
 * Starts a gateway of several processes.
 * @throws what startServer throws, and WorkerFailed
 */
export const startPrimary = async (
  config: Config,
  options: Pick<ServerOptions, "onFatal"> = {},
): Promise<RunningPrimary> => {
  const closers = new Closers();
  try {
    return await build(config, options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
};

const build = async (
  config: Config,
  options: Pick<ServerOptions, "onFatal">,
  closers: Closers,
): Promise<RunningPrimary> => {
  const log = createLog({ level: config.logLevel });
  closers.add(() => log.close());
  const database = await openDatabase({ postgres: config.postgres, file: databaseFile(config), server: true });
  closers.add(() => database.close());
  await migrate(database);
  const since = await database.dataVersion();
  const world = await openWorld({ config, database, log, closers });
  await recoverTasks(new TaskStore(database), Date.now());
  // Structured clones: amounts are bigint.
  cluster.setupPrimary({ serialization: "advanced" });
  const host = await hostOf({ config, database, world, log }, options.onFatal ?? (() => undefined));
  const crew = new Crew({
    count: config.workers,
    fork: () => cluster.fork(),
    host,
    event: (name, fields) => {
      log.event(name === "worker_died" || name === "worker_failed" ? "error" : "info", name, fields);
    },
  });
  closers.add(() => crew.kill());
  const refresh = async (): Promise<void> => {
    await world.reload();
    crew.tell("changed", null);
  };
  if (database.kind === "sqlite") {
    const failed = (error: unknown): void => {
      log.fault(error, { requestId: "", route: "refresh" });
    };
    const watch = await database.watch({ since, changed: refresh, failed });
    closers.add(() => watch.stop());
  }
  const port = await crew.start();
  const metrics = await listenForMetrics(config, sumOf(crew), log);
  if (metrics !== null) closers.add(() => metrics.close());
  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    port,
    metricsPort: metrics?.port ?? null,
    database,
    log,
    installation: () => world.installation,
    refresh,
    drain: (grace) => crew.drain(grace),
    roll: () => crew.roll(),
    stop: () => closers.close(),
  };
};

interface Given {
  readonly config: Config;
  readonly database: Database;
  readonly world: World;
  readonly log: Log;
}

/** What the primary is to each worker, by what there is. @throws the database's error when it is locked for two seconds */
const hostOf = async (
  { config, database, world, log }: Given,
  onFatal: (error: unknown) => void,
): Promise<() => Host> => {
  const { sandbox } = world;
  const hosting: Hosting = {
    ledger: database.kind === "sqlite" ? new LedgerDesk(await openSqliteLender(database), { onFatal }) : null,
    limits: config.redisUrl === null ? new LimitsDesk(new LocalLimiter(() => performance.now())) : null,
    sandbox: sandbox === null ? null : { baseUrl: sandbox.baseUrl, apiKey: sandbox.apiKey },
    failed: (error) => {
      log.fault(error, { requestId: "", route: "ledger" });
    },
  };
  return () => openHost(hosting);
};

/** The metrics of all workers that answer, as one. Counters of a worker that ended are gone, as after a restart. */
const sumOf = (crew: Crew): MetricsSource => ({
  registry: {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    metrics: async () => {
      const answers = await Promise.allSettled(crew.links().map((link) => link.ask("metrics", null)));
      const known = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      return AggregatorRegistry.aggregate(known).metrics();
    },
  },
});
