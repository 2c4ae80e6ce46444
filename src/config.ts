/** The environment as a typed configuration; anything wrong is reported, all at once, before anything starts. */
import { isIP } from "node:net";
import path from "node:path";

import { AddressError, parsePostgresUrl, type PostgresAddress } from "./postgres-address.ts";

export interface Config {
  readonly port: number;
  readonly host: string;
  /** What the outside calls us, without a trailing slash; for links in output only. */
  readonly publicUrl: string;
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  /** A configuration file to apply at start. */
  readonly configFile: string | null;
  /** PostgreSQL; SQLite in `dataDir` when null. */
  readonly postgres: PostgresAddress | null;
  /** Redis, for limits that several processes share; null: each counts alone. Holds a password: never shown. */
  readonly redisUrl: string | null;
  /** Master secret; null outside production means: read or make `secret` in `dataDir`. */
  readonly secret: string | null;
  /** Loopback port of `/metrics`; null when it is `off`. */
  readonly metricsPort: number | null;
  /** The metrics port was asked for: without it the gateway does not start. The default one may be taken by another server. */
  readonly metricsRequired: boolean;
  /** Processes that serve; with 1 there is no other than this one. */
  readonly workers: number;
  readonly production: boolean;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Variables that configuration files and providers may refer to. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Thrown with every problem found, one line each, saying what to do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const MIN_SECRET_LENGTH = 32;
const DEFAULT_PORT = 8080;
const DEFAULT_METRICS_PORT = 9464;
const MAX_WORKERS = 64;

const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535;

const withoutSlash = (url: string): string => (url.endsWith("/") ? withoutSlash(url.slice(0, -1)) : url);

const isRedisUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && ["redis:", "rediss:"].includes(url.protocol) && url.hostname !== "";
};

/** Reads the environment. Port 0 asks the system for a free one. @throws ConfigError */
export const readConfig = (env: Readonly<Record<string, string | undefined>>, cwd: string): Config => {
  const problems: string[] = [];
  const port = Number(env["PORT"] ?? DEFAULT_PORT);
  if (!isPort(port)) problems.push(`PORT must be a number between 0 and 65535, not '${env["PORT"]}'.`);
  const metricsPort = env["METRICS_PORT"] === "off" ? null : Number(env["METRICS_PORT"] ?? DEFAULT_METRICS_PORT);
  if (metricsPort !== null && !isPort(metricsPort))
    problems.push(`METRICS_PORT must be off or a number between 0 and 65535, not '${env["METRICS_PORT"]}'.`);
  const production = env["NODE_ENV"] === "production";
  const secret = env["FARTHING_SECRET"] ?? null;
  if (secret !== null && secret.length < MIN_SECRET_LENGTH)
    problems.push(
      `FARTHING_SECRET must have at least ${MIN_SECRET_LENGTH} characters; make one with: openssl rand -hex 32`,
    );
  if (secret === null && production)
    problems.push("FARTHING_SECRET is required when NODE_ENV=production; make one with: openssl rand -hex 32");
  const logLevel = LOG_LEVELS.find((level) => level === (env["LOG_LEVEL"] ?? "info"));
  if (logLevel === undefined) problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}.`);
  let postgres: PostgresAddress | null = null;
  try {
    postgres = env["DATABASE_URL"] ? parsePostgresUrl(env["DATABASE_URL"]) : null;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    problems.push(`DATABASE_URL is not the address of a PostgreSQL database. ${error.message}`);
  }
  const redisUrl = env["REDIS_URL"] || null;
  if (redisUrl !== null && !isRedisUrl(redisUrl))
    problems.push("REDIS_URL must look like redis://user:password@host:6379/0, or rediss:// for TLS.");
  const workers = Number(env["WORKERS"] || 1);
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS)
    problems.push(`WORKERS must be a whole number between 1 and ${MAX_WORKERS}, not '${env["WORKERS"]}'.`);
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  const host = env["HOST"] ?? "127.0.0.1";
  return {
    port,
    host,
    publicUrl: withoutSlash(env["PUBLIC_URL"] ?? `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`),
    dataDir: path.resolve(cwd, env["FARTHING_DATA"] ?? "data"),
    configFile: env["FARTHING_CONFIG"] ? path.resolve(cwd, env["FARTHING_CONFIG"]) : null,
    postgres,
    redisUrl,
    secret,
    metricsPort,
    metricsRequired: env["METRICS_PORT"] !== undefined,
    workers,
    production,
    logLevel: logLevel ?? "info",
    env,
  };
};

/** Absolute path of the SQLite database: the server's and the command line's. */
export const databaseFile = (config: Pick<Config, "dataDir">): string => path.join(config.dataDir, "farthing.db");
