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
  /** The server that takes our mail; null: none is sent. Holds a password: never shown. */
  readonly smtpUrl: string | null;
  /** Whom our mail is from. */
  readonly mailFrom: string | null;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
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

const isSmtpUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && ["smtp:", "smtps:"].includes(url.protocol) && url.hostname !== "";
};

const isNetwork = (text: string): boolean => {
  const [address = "", bits = "0", ...rest] = text.split("/");
  const most = isIP(address) === 4 ? 32 : 128;
  return (
    isIP(address) !== 0 && rest.length === 0 && bits !== "" && Number.isInteger(Number(bits)) && Number(bits) <= most
  );
};

/** Mail and proxies: what the console needs of the outside. Problems are added to the list. */
const readOutside = (
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Pick<Config, "smtpUrl" | "mailFrom" | "trustedProxies"> => {
  const smtpUrl = env["SMTP_URL"] || null;
  if (smtpUrl !== null && !isSmtpUrl(smtpUrl))
    problems.push("SMTP_URL must look like smtp://user:password@host:587, or smtps:// for TLS from the start.");
  const mailFrom = env["MAIL_FROM"] || null;
  if (smtpUrl !== null && mailFrom === null)
    problems.push("MAIL_FROM is needed with SMTP_URL: whom mail is from, such as accounts@example.com.");
  const trustedProxies = (env["TRUSTED_PROXIES"] ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  if (!trustedProxies.every(isNetwork))
    problems.push("TRUSTED_PROXIES must be addresses and networks separated by commas, such as 10.0.0.0/8,::1.");
  return { smtpUrl, mailFrom, trustedProxies };
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
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0")
    problems.push(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 would let anybody pass for a provider; unset it. An authority of your own is named by NODE_EXTRA_CA_CERTS.",
    );
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
  const outside = readOutside(env, problems);
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
    ...outside,
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
