/**
 * A18: packets to PostgreSQL and to Redis are dropped. The row plays in a network namespace of its own, where nothing else is met: the
 * runner starts itself again inside of it.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { findProgram } from "../../../src/db/fixtures-program.ts";
import { startPostgres } from "../../../src/db/fixtures-postgres.ts";
import { startRedis } from "../../redis.ts";
import { FaultRig, refusals, told } from "./rig.ts";
import { Skipped, type LongRow, type RowOptions } from "./row.ts";

const NAME = "packets dropped";
const INSIDE_VARIABLE = "FARTHING_FAULTS_NAMESPACE";
const CALM_MS = 2_000;
const DROPPED_MS = 6_000;
const REFUSALS = ["503 ledger_unavailable"];
const CONFIG = "plans:\n  - { id: counted, default: true, rpm: 1000000, tpm: 1000000000 }\n";

const nft = (...words: string[]): void => {
  const { status, stderr } = spawnSync(findProgram({ name: "nft", debian: "nftables" }), words);
  if (status !== 0) throw new Skipped(`nft ${words.join(" ")}: ${String(stderr).trim()}`);
};

/** Drops whatever goes to or comes from a port of this namespace, until the returned function is called. */
const drop = (port: number): (() => void) => {
  nft("add", "table", "inet", "farthing");
  nft("add", "chain", "inet", "farthing", "out", "{ type filter hook output priority 0 ; }");
  for (const side of ["dport", "sport"])
    nft("add", "rule", "inet", "farthing", "out", "tcp", side, String(port), "drop");
  return () => {
    nft("delete", "table", "inet", "farthing");
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

const inside = async ({ streams }: RowOptions): Promise<string> => {
  const port = await freePort();
  const server = startPostgres({ durable: true, port });
  const redis = await startRedis();
  try {
    const url = `postgres://farthing@127.0.0.1:${port}/postgres`;
    const rig = await FaultRig.start({ url, env: { REDIS_URL: redis.url }, configYaml: CONFIG });
    try {
      const load = rig.load(streams);
      for (const dropped of [redis.port, port]) {
        await sleep(CALM_MS);
        const heal = drop(dropped);
        await sleep(DROPPED_MS);
        heal();
      }
      await sleep(CALM_MS);
      const seen = await load.stop();
      const verdict = await rig.judge(seen);
      await rig.gateway.stop();
      return `all packets to Redis, then to PostgreSQL, dropped for ${DROPPED_MS / 1000} s: ${told(verdict)}; ${refusals(seen, REFUSALS)}`;
    } finally {
      await rig.remove();
    }
  } finally {
    await redis.stop();
    server.remove();
  }
};

/** Runs the row again, inside a new namespace with a loopback of its own. */
const outside = async ({ streams }: RowOptions): Promise<string> => {
  if (process.getuid?.() !== 0) throw new Skipped("a network namespace is made by root only");
  const runner = path.resolve(import.meta.dirname, "..", "run.ts");
  const command = `ip link set lo up && exec "${process.execPath}" "${runner}" --only A18 --streams ${streams}`;
  const child = spawn("unshare", ["--net", "sh", "-c", command], {
    env: { ...process.env, [INSIDE_VARIABLE]: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`inside the namespace: ${output.trim()}`);
  const [, figures = ""] = (output.split("\n")[0] ?? "").split(`${NAME}: `);
  return figures;
};

export const networkRows: readonly LongRow[] = [
  {
    id: "A18",
    name: NAME,
    run: (options) => (process.env[INSIDE_VARIABLE] === undefined ? outside(options) : inside(options)),
  },
];
