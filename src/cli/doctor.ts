/**
 * `doctor`: is everything in order? Configuration, secret, database, books, nodes, Redis, upstreams, models. Changes nothing, prints no
 * credential.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { request } from "undici";

import { loadCatalog } from "../catalog/load.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { durabilityWarnings } from "../db/durability.ts";
import { migrate } from "../db/migrate.ts";
import { audit } from "../ledger/audit-store.ts";
import { listNodes } from "../ledger/nodes-store.ts";
import { probeRedis } from "../limits/redis.ts";
import { formatNano } from "../money.ts";
import { loadSecret } from "../secret.ts";
import type { Assembly } from "../settings/assemble.ts";
import { surveyInstallation } from "../settings/load.ts";
import { readSetting } from "../settings/setting.ts";
import type { Upstream } from "../upstreams/upstream.ts";
import type { Command } from "./command.ts";

/** Longest wait for an upstream to answer a probe. */
const PROBE_MS = 3_000;

export type Verdict = "ok" | "warning" | "failed";

/** One line of the report. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What was found and, where it is bad news, what is wrong. */
  readonly detail: string;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs one check: what it returns is good news, what it throws is bad. */
const check = async (name: string, look: () => Promise<string> | string): Promise<Finding> => {
  try {
    return { check: name, verdict: "ok", detail: await look() };
  } catch (error) {
    return { check: name, verdict: "failed", detail: reasonOf(error) };
  }
};

const codeOf = (error: unknown): string => {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${PROBE_MS / 1_000} s`;
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no answer";
};

/**
 * Asks an upstream's address for anything at all, without a credential: any HTTP status proves that it is there. Only the host is
 * named, which the operator set.
 */
export const probe = async (upstream: Pick<Upstream, "id" | "baseUrl">): Promise<Finding> => {
  const { host } = new URL(upstream.baseUrl);
  return await check(`upstream ${upstream.id}`, async () => {
    try {
      const answer = await request(upstream.baseUrl, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
      await answer.body.dump();
      return `${host} answers`;
    } catch (error) {
      throw new Error(`${host}: ${codeOf(error)}`, { cause: error });
    }
  });
};

const checkConfiguration = async (config: Config): Promise<Finding> =>
  await check("configuration", async () => {
    const where = `data in ${config.dataDir}, ${config.production ? "production" : "development"}`;
    if (config.configFile === null) return where;
    const { length } = readSetting(await readFile(config.configFile, "utf8"), config.env);
    return `${where}, ${length} objects in ${config.configFile}`;
  });

const checkDatabase = async (db: Database): Promise<Finding[]> => [
  await check("database", async () => {
    // An empty transaction still takes the write lock.
    await db.transaction(async () => await Promise.resolve());
    return `${db.name} can be written`;
  }),
  ...(await durabilityWarnings(db)).map((detail): Finding => ({ check: "database", verdict: "warning", detail })),
  await check("migrations", async () => {
    const applied = await migrate(db);
    return applied.length === 0 ? "current" : `applied ${applied.join(", ")}`;
  }),
  await check("books", async () => {
    const { accounts, requests, disagreements } = await audit(db);
    if (disagreements.length > 0) throw new Error(`${disagreements.length} disagreements; see: farthing audit`);
    return `${accounts} accounts and ${requests} requests agree`;
  }),
];

/** One line for each process that serves: how long nothing was heard of it, and what it has borrowed. */
const checkNodes = async (db: Database): Promise<Finding[]> => {
  try {
    return (await listNodes(db)).map(({ id, isFenced, silentMs, requests, borrowed }): Finding => {
      const heard = silentMs === null ? "" : `heard ${Math.round(silentMs / 1_000)} s ago, ${requests} in flight, `;
      const dead = isFenced ? "taken for dead: what it has is returned soon; " : "";
      const detail = `${dead}${heard}$${formatNano(borrowed)} borrowed`;
      return { check: `node ${id}`, verdict: isFenced ? "warning" : "ok", detail };
    });
  } catch (error) {
    return [{ check: "nodes", verdict: "failed", detail: reasonOf(error) }];
  }
};

/** Whether processes can share their limits; nothing to look at where each counts alone. */
const checkRedis = async ({ redisUrl }: Config): Promise<Finding[]> =>
  redisUrl === null
    ? []
    : [
        await check("redis", async () => {
          await probeRedis(redisUrl, PROBE_MS);
          return "limits are shared";
        }),
      ];

/** Upstreams and models as the installation sees them; the sandbox belongs to the server and is not probed. */
const checkInstallation = async (db: Database, config: Config): Promise<Finding[]> => {
  const { env, production } = config;
  let assembly: Assembly;
  let offers = 0;
  try {
    const order = { box: loadSecret(config), catalog: loadCatalog(), env, production, sandbox: null };
    const survey = await surveyInstallation(db, order);
    assembly = survey.assembly;
    offers = survey.offered.offers.length;
  } catch (error) {
    return [{ check: "installation", verdict: "failed", detail: reasonOf(error) }];
  }
  const upstreams = [...assembly.upstreams.values()];
  const none = production ? "no upstream: no model can be called" : "no upstream: the sandbox serves every model";
  return [
    {
      check: "secret",
      verdict: "ok",
      detail: config.secret === null ? "kept in the data folder" : "given by FARTHING_SECRET",
    },
    upstreams.length === 0
      ? { check: "models", verdict: production ? "warning" : "ok", detail: none }
      : { check: "models", verdict: "ok", detail: `${offers} served by ${upstreams.length} upstreams` },
    ...assembly.warnings.map((detail): Finding => ({ check: "settings", verdict: "warning", detail })),
    ...(await Promise.all(upstreams.map(probe))),
  ];
};

const MARKS = { ok: "ok     ", warning: "warning", failed: "FAILED " } as const satisfies Record<Verdict, string>;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Check configuration, database, books, upstreams and models.",
  usage: "doctor",
  run: async (args, { db, config }) => {
    parseArgs({ args, options: {} });
    const findings = [
      await checkConfiguration(config),
      ...(await checkDatabase(db)),
      ...(await checkNodes(db)),
      ...(await checkRedis(config)),
      ...(await checkInstallation(db, config)),
    ];
    const isWell = findings.every((finding) => finding.verdict !== "failed");
    return {
      json: { ok: isWell, findings: findings.map((finding) => ({ ...finding })) },
      text: findings.map(({ check: name, verdict, detail }) => `${MARKS[verdict]}  ${name}: ${detail}`).join("\n"),
      exitCode: isWell ? 0 : 1,
    };
  },
};
