/** Builds a running gateway out of a configuration: the composition that main.ts starts and that tests start in their own process. */
import { ConfigError, databaseFile, type Config } from "./config.ts";
import type { Database } from "./db/connect.ts";
import { migrate } from "./db/migrate.ts";
import { openDatabase } from "./db/open.ts";
import type { HashCost } from "./console/people/password-hash.ts";
import { orUnavailable, serve } from "./front.ts";
import { Routing } from "./gateway/routing.ts";
import { RunningStreams } from "./gateway/running.ts";
import { WAITS, type Services, type Waits } from "./gateway/services.ts";
import type { Limits } from "./http/limits.ts";
import { createLog, type Log } from "./http/log.ts";
import { Metrics, startMetrics, type MetricsListener, type MetricsSource } from "./http/metrics.ts";
import type { GatewayServer } from "./http/server.ts";
import { KeyCache } from "./keys/cache.ts";
import { findKeyByHash, keysStopped } from "./keys/store.ts";
import { Allowances } from "./ledger/allowance.ts";
import { flagAbsorbed, readAbsorbed } from "./ledger/allowance-store.ts";
import { Books } from "./ledger/books.ts";
import { IdempotencyKeys } from "./ledger/idempotency-keys.ts";
import { IdempotencyStore } from "./ledger/idempotency-store.ts";
import { openStore } from "./ledger/open-store.ts";
import type { LedgerStore } from "./ledger/store.ts";
import type { Limiter } from "./limits/limit.ts";
import { LocalLimiter } from "./limits/local.ts";
import { RedisConnection } from "./limits/redis.ts";
import { SharedLimiter } from "./limits/shared.ts";
import { PublicFetcher, type FetchOptions } from "./providers/fetch-public.ts";
import { ProviderClient } from "./providers/send.ts";
import type { SandboxAddress } from "./settings/assemble.ts";
import type { Installation } from "./settings/installation.ts";
import { Traffic } from "./upstreams/traffic.ts";
import { startTasks } from "./video-tasks.ts";
import { startConsole } from "./web-console.ts";
import { Closers, openWorld } from "./world.ts";

/** How long a start waits for Redis before it goes on without. */
const REDIS_START_MS = 2_000;

/** What one of several processes is given by the one that started it (docs/decisions/0031). */
export interface Given {
  readonly sandbox: SandboxAddress | null;
  /** Null: it borrows from the database itself. */
  readonly ledger: LedgerStore | null;
  /** Null: it counts by itself, or with Redis. */
  readonly limiter: Limiter | null;
  /** How it learns of changes; null: it asks the database. */
  readonly changes: Pick<Database, "dataVersion" | "watch"> | null;
}

export interface ServerOptions {
  /** Without it the process is alone and has all of it itself. */
  readonly given?: Given;
  /** The ledger met a fault after which the process must not go on (a failed fsync). */
  readonly onFatal?: (error: unknown) => void;
  /** Other limits and waits than the usual ones. */
  readonly limits?: Partial<Limits>;
  readonly waits?: Partial<Waits>;
  /** False: upstreams that fail are called again all the same. */
  readonly ejects?: boolean;
  /** What a hash of a password costs, for tests. */
  readonly hashCost?: HashCost;
  /** How content is fetched that a customer names by its address. */
  readonly fetch?: FetchOptions;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly metricsPort: number | null;
  readonly database: Database;
  readonly http: GatewayServer;
  readonly books: Books;
  readonly metrics: Metrics;
  readonly log: Log;
  installation(): Installation;
  /** Takes over what other connections have changed, now instead of at the next poll. */
  refresh(): Promise<void>;
  /** Closes everything, asking nobody: streams break, holds are returned. For after a drain, and for tests. */
  stop(): Promise<void>;
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
  const { given } = options;
  const log = createLog({ level: config.logLevel });
  closers.add(() => log.close());
  const database = await openMigrated(config, given === undefined, closers);
  const changes = given?.changes ?? database;
  const since = await changes.dataVersion();
  const world = await openWorld({ config, database, log, closers }, given?.sandbox);
  const metrics = new Metrics();
  const store = given?.ledger ?? (await openStore(database));
  const books = await startBooks(store, { log, metrics, onFatal: options.onFatal });
  closers.add(() => books.close());
  const idempotency = openIdempotency({ database, books, log, closers });
  const keys = new KeyCache((hash) => orUnavailable(log, "keys", () => findKeyByHash(database.kysely, hash)));
  const running = streamsOf(database, log);
  const refresh = async (): Promise<void> => {
    await world.reload();
    keys.clear();
    await books.refresh();
    await running.look();
  };
  const watch = await changes.watch({ since, changed: refresh, failed: refreshFailed(log) });
  closers.add(() => watch.stop());
  const { client, fetcher } = openClients(options, closers);
  const now = (): number => performance.now();
  const traffic = trafficOf(now, { ejects: options.ejects, log, metrics });
  const services: Services = {
    installation: () => world.installation,
    keys,
    ledger: books,
    idempotency,
    client,
    fetcher,
    limiter: given?.limiter ?? (await openLimiter(config, log, closers, options.waits?.limitsMs)),
    counters: metrics,
    waits: { ...WAITS, ...options.waits },
    epochMs: () => Date.now(),
    monotonicMs: now,
    routing: new Routing(traffic, now, Math.random),
    running,
    allowances: allowancesOf(database, log),
  };
  const unready = (): string | null => (watch.isAnswered() ? null : "database");
  const videos = await startTasks({
    config,
    database,
    books,
    services,
    log,
    closers,
    fetch: options.fetch,
    isAlone: given === undefined,
  });
  const installation = (): Installation => world.installation;
  const engine = { box: world.box, catalog: world.catalog, client, traffic, cancelTask: videos.cancel };
  const web = startConsole({
    engine,
    config,
    database,
    log,
    books,
    closers,
    fetch: options.fetch,
    installation,
    refresh,
    isServing: () => http.drain.accepting,
    hashCost: options.hashCost,
  });
  const http = serve(services, database, {
    log,
    metrics,
    limits: options.limits ?? {},
    unready,
    beside: videos.routes,
    web,
  });
  closers.add(() => http.close());
  return {
    ...(await listenAt(config, http, { log, metrics, closers })),
    database,
    http,
    books,
    metrics,
    log,
    installation: () => world.installation,
    refresh,
    stop: () => closers.close(),
  };
};

/** The database; whoever is alone brings it up to date first. */
const openMigrated = async (config: Config, isAlone: boolean, closers: Closers): Promise<Database> => {
  const database = await openDatabase({ postgres: config.postgres, file: databaseFile(config), server: isAlone });
  closers.add(() => database.close());
  if (isAlone) await migrate(database);
  return database;
};

/** Serves, and shows its metrics. */
const listenAt = async (
  config: Config,
  http: GatewayServer,
  { log, metrics, closers }: Reports & { readonly closers: Closers },
): Promise<Pick<RunningServer, "url" | "port" | "metricsPort">> => {
  const { port } = await http.listen(config.port, config.host);
  const listener = await listenForMetrics(config, metrics, log);
  if (listener !== null) closers.add(() => listener.close());
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  return { url, port, metricsPort: listener?.port ?? null };
};

const refreshFailed =
  (log: Log) =>
  (error: unknown): void => {
    log.fault(error, { requestId: "", route: "refresh" });
  };

/** What runs on keys that may be frozen while it does (E116). */
const streamsOf = (database: Database, log: Log): RunningStreams =>
  new RunningStreams({
    findStopped: (ids) => keysStopped(database.kysely, ids),
    now: () => performance.now(),
    failed: refreshFailed(log),
  });

/** What calls providers, and what fetches what customers name. */
const openClients = (
  { fetch }: Pick<ServerOptions, "fetch">,
  closers: Closers,
): { readonly client: ProviderClient; readonly fetcher: PublicFetcher } => {
  const client = new ProviderClient();
  closers.add(() => client.close());
  const fetcher = new PublicFetcher(fetch);
  closers.add(() => fetcher.close());
  return { client, fetcher };
};

/** The Idempotency-Keys of what this process serves. */
const openIdempotency = ({
  database,
  books,
  log,
  closers,
}: {
  readonly database: Database;
  readonly books: Books;
  readonly log: Log;
  readonly closers: Closers;
}): IdempotencyKeys => {
  const keys = new IdempotencyKeys({
    rows: new IdempotencyStore(database),
    owner: () => books.owner,
    now: () => Date.now(),
    failed: (error) => {
      log.fault(error, { requestId: "", route: "idempotency" });
    },
  }).start();
  closers.add(() => {
    keys.stop();
  });
  return keys;
};

/** What both of the following tell. */
interface Reports {
  readonly log: Log;
  readonly metrics: Metrics;
}

const startBooks = async (
  store: LedgerStore,
  { log, metrics, onFatal }: Reports & { readonly onFatal: ServerOptions["onFatal"] | undefined },
): Promise<Books> => {
  // What the doctor and the audit log call this process.
  log.event("info", "node_started", { node: store.owner });
  return await new Books(store, {
    onBatch: (size) => {
      metrics.batch(size);
    },
    onProblem: ({ kind, requestId, error }) => {
      log.event("error", "ledger", { problem: kind, requestId: requestId ?? "" });
      log.fault(error, { requestId: requestId ?? "", route: "ledger" });
    },
    onFatal: onFatal ?? (() => undefined),
  }).start();
};

const trafficOf = (
  now: () => number,
  { log, metrics, ejects = true }: Reports & { readonly ejects: boolean | undefined },
): Traffic =>
  new Traffic(now, {
    ejects,
    onCircuit: (upstream, model, open) => {
      log.event(open ? "warn" : "info", "upstream", {
        upstream,
        model: model ?? "",
        circuit: open ? "open" : "closed",
      });
      if (open) metrics.circuitOpened(upstream);
    },
  });

/** What is absorbed of each account; one that goes beyond its allowance is named to the operator (I-36). */
const allowancesOf = (database: Database, log: Log): Allowances =>
  new Allowances({
    read: (accountId, dayStart) => readAbsorbed(database.kysely, accountId, dayStart),
    exceeded: async (accountId, absorbed, allowance) => {
      const account = await flagAbsorbed(database, accountId, { absorbed, allowance });
      log.event("warn", "absorbed", { account: account ?? "" });
    },
    failed: (error) => {
      log.fault(error, { requestId: "", route: "absorbed" });
    },
    now: () => Date.now(),
  });

/** Limits of this process alone, or of all that share a Redis. @throws ConfigError when Redis refuses us */
const openLimiter = async (
  config: Config,
  log: Log,
  closers: Closers,
  waitMs: number = WAITS.limitsMs,
): Promise<Limiter> => {
  const now = (): number => performance.now();
  if (config.redisUrl === null) return new LocalLimiter(now);
  const redis = new RedisConnection(config.redisUrl, waitMs);
  const limiter = new SharedLimiter({
    redis,
    now,
    onMode: (mode) => {
      log.event(mode === "shared" ? "info" : "warn", "limits", { mode });
    },
  });
  closers.add(() => limiter.close());
  await limiter.open(REDIS_START_MS);
  if (redis.refusal !== undefined)
    throw new ConfigError(
      `REDIS_URL: the server refuses us (${redis.refusal}). Check user, password and rights; Redis 7 or later is needed.`,
    );
  return limiter;
};

/** @throws ConfigError when the port was asked for and is in use */
export const listenForMetrics = async (
  config: Config,
  metrics: MetricsSource,
  log: Log,
): Promise<MetricsListener | null> => {
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
