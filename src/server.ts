/** Builds a running gateway out of a configuration: the composition that main.ts starts and that tests start in their own process. */
import { readFileSync } from "node:fs";

import { loadCatalog } from "./catalog/load.ts";
import { ConfigError, databaseFile, type Config } from "./config.ts";
import { openDatabase, type Database } from "./db/connect.ts";
import { migrate } from "./db/migrate.ts";
import { errors } from "./errors.ts";
import { dialectOf, gatewayHandler } from "./gateway/routes.ts";
import { WAITS, type Services, type Waits } from "./gateway/services.ts";
import type { Limits } from "./http/limits.ts";
import { createLog, type Log } from "./http/log.ts";
import { Metrics, startMetrics, type MetricsListener } from "./http/metrics.ts";
import { createGatewayServer, type GatewayServer } from "./http/server.ts";
import { newRequestId } from "./id.ts";
import { KeyCache } from "./keys/cache.ts";
import { findKeyByHash, findProfile } from "./keys/store.ts";
import { openBooks, type Books } from "./ledger/books.ts";
import { Limiter } from "./limits/limiter.ts";
import { ProviderClient } from "./providers/send.ts";
import { startSandbox } from "./sandbox/server.ts";
import { loadSecret } from "./secret.ts";
import { applyFile } from "./settings/apply.ts";
import type { Installation } from "./settings/installation.ts";
import { loadInstallation } from "./settings/load.ts";
import { readObjects } from "./settings/store.ts";

/** How often changes made by other processes (the command line) are looked for; well below the promised second. */
const POLL_MS = 200;

export interface ServerOptions {
  /** The ledger met a fault after which the process must not go on (a failed fsync). */
  readonly onFatal?: (error: unknown) => void;
  /** Other limits and waits than the usual ones. */
  readonly limits?: Partial<Limits>;
  readonly waits?: Partial<Waits>;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly metricsPort: number | null;
  readonly database: Database;
  readonly http: GatewayServer;
  readonly books: Books;
  readonly log: Log;
  installation(): Installation;
  /** Takes over what other connections have changed, now instead of at the next poll. */
  refresh(): Promise<void>;
  /** Closes everything, asking nobody: streams break, holds are returned. For after a drain, and for tests. */
  stop(): Promise<void>;
}

/** Makes what was opened so far close in reverse order, once. */
class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add(closer: () => void | Promise<void>): void {
    this.#closers.push(closer);
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await closer();
  }
}

/**
 * Starts a gateway.
 * @throws ConfigError, DatabaseInUse, DatabaseTooNew, DatabaseUnusable, CatalogError, or the system's error for a port in use;
 *   whatever was opened by then is closed again.
 */
export const startServer = async (config: Config, options: ServerOptions = {}): Promise<RunningServer> => {
  const closers = new Closers();
  try {
    return await build(config, options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
};

const build = async (config: Config, options: ServerOptions, closers: Closers): Promise<RunningServer> => {
  const log = createLog({ level: config.logLevel });
  closers.add(() => log.close());
  const database = openDatabase({ file: databaseFile(config), server: true });
  closers.add(() => {
    database.close();
  });
  await migrate(database);
  const world = await openWorld(config, database, log, closers);
  const metrics = new Metrics();
  const books = await openBooks(database, {
    onBatch: (size) => {
      metrics.batch(size);
    },
    onProblem: ({ kind, requestId, error }) => {
      log.event("error", "ledger", { problem: kind, requestId: requestId ?? "" });
      log.fault(error, { requestId: requestId ?? "", route: "ledger" });
    },
    onFatal: options.onFatal ?? (() => undefined),
  });
  closers.add(() => books.close());
  const keys = new KeyCache(async (hash) => {
    try {
      return await findKeyByHash(database.kysely, hash);
    } catch (error) {
      // A disk that fails is no fault of the request and none of ours to retry at once (A11, A12: never a 500).
      log.fault(error, { requestId: "", route: "keys" });
      throw errors.ledgerUnavailable(error);
    }
  });
  const refresh = async (): Promise<void> => {
    await world.reload();
    keys.clear();
    books.refresh();
  };
  const client = new ProviderClient();
  closers.add(() => client.close());
  const services: Services = {
    installation: () => world.installation,
    keys,
    ledger: books,
    client,
    limiter: new Limiter(() => performance.now()),
    counters: metrics,
    waits: { ...WAITS, ...options.waits },
    epochMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    random: Math.random,
  };
  const http = serve(services, database, { log, metrics, limits: options.limits ?? {} });
  closers.add(() => http.close());
  const { port } = await http.listen(config.port, config.host);
  const metricsListener = await listenForMetrics(config, metrics, log);
  if (metricsListener !== null) closers.add(() => metricsListener.close());
  closers.add(pollChanges(database, refresh, log));
  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    port,
    metricsPort: metricsListener?.port ?? null,
    database,
    http,
    books,
    log,
    installation: () => world.installation,
    refresh,
    stop: () => closers.close(),
  };
};

/** @throws ConfigError when the port was asked for and is in use */
const listenForMetrics = async (config: Config, metrics: Metrics, log: Log): Promise<MetricsListener | null> => {
  if (config.metricsPort === null) return null;
  try {
    return await startMetrics(metrics, config.metricsPort);
  } catch (error) {
    if (config.metricsRequired)
      throw new ConfigError(`METRICS_PORT ${config.metricsPort} cannot be used. Set it to another number, or to off.`, {
        cause: error,
      });
    log.event("warn", "metrics_off", { port: config.metricsPort });
    return null;
  }
};

interface World {
  readonly installation: Installation;
  reload(): Promise<void>;
}

/** The installation: sandbox, catalogue, configuration file, database. */
const openWorld = async (config: Config, database: Database, log: Log, closers: Closers): Promise<World> => {
  const box = loadSecret(config);
  const catalog = loadCatalog();
  const { env, production } = config;
  if (config.configFile !== null) {
    const text = readFileSync(config.configFile, "utf8");
    const { warnings } = await applyFile(database, box, { text, env, actor: "start", catalog });
    for (const warning of warnings) log.event("warn", "configuration", { warning });
  }
  const sandbox = !production || (await isSandboxOn(database)) ? await startSandbox() : null;
  if (sandbox !== null) closers.add(() => sandbox.close());
  const order = { box, catalog, env, production, sandbox };
  const load = async (): Promise<Installation> => {
    const installation = await loadInstallation(database, order);
    for (const warning of installation.warnings) log.event("warn", "configuration", { warning });
    return installation;
  };
  let installation = await load();
  return {
    get installation() {
      return installation;
    },
    reload: async () => {
      installation = await load();
    },
  };
};

/** In production the sandbox runs only where the configuration says so (`sandbox: { enabled: true }`), as of the start. */
const isSandboxOn = async (database: Database): Promise<boolean> =>
  (await readObjects(database.kysely)).some(
    ({ kind, enabled, data }) => kind === "sandbox" && enabled && data["enabled"] === true,
  );

interface Rim {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Partial<Limits>;
}

const serve = (services: Services, database: Database, { log, metrics, limits }: Rim): GatewayServer => {
  const handler = gatewayHandler({ services, profile: (keyId) => findProfile(database.kysely, keyId) });
  const http = createGatewayServer({
    handler,
    dialectOf,
    newRequestId,
    limits,
    onFinish: (exchange) => {
      metrics.request(exchange.route, exchange.status, performance.now() - exchange.receivedAt);
      if (exchange.failure !== undefined) metrics.failed(exchange.failure.code);
      log.request(exchange);
    },
    onFault: (thrown, { requestId, route }) => {
      log.fault(thrown, { requestId, route });
    },
    onRefused: (why) => {
      metrics.refused(why);
    },
  });
  metrics.watch({
    requests: () => http.load().requests,
    streams: () => http.load().streams,
    bodyBytes: () => http.load().bodyBytes,
    holds: () => services.ledger.open().count,
    logDropped: () => log.dropped,
  });
  return http;
};

/** Looks for changes of other connections. @returns what ends it. */
const pollChanges = (database: Database, refresh: () => Promise<void>, log: Log): (() => Promise<void>) => {
  let seen = database.dataVersion();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    try {
      const now = database.dataVersion();
      if (now === seen) return;
      seen = now;
    } catch {
      return; // The disk is failing: the ledger says so; here the next tick looks again.
    }
    running = running.then(refresh).catch((error: unknown) => {
      seen = -1; // Try again at the next tick; until then the last good state serves.
      log.fault(error, { requestId: "", route: "refresh" });
    });
  }, POLL_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
};
