/** A15, A16, A17: Redis is killed, flushed, stands still. It holds no money: nothing may become wrong, and nobody waits for it. */
import { createClient } from "@redis/client";
import { setTimeout as sleep } from "node:timers/promises";

import { startRedis, type TestRedis } from "../../redis.ts";
import { FaultRig, refusals, told } from "./rig.ts";
import type { LongRow, RowOptions } from "./row.ts";

const CALM_MS = 2_000;
const AWAY_MS = 5_000;
/** Limits that nobody reaches: every request is counted, none is refused. */
const CONFIG = "plans:\n  - { id: counted, default: true, rpm: 1000000, tpm: 1000000000 }\n";

const play = async ({ streams }: RowOptions, fail: (redis: TestRedis) => Promise<string>): Promise<string> => {
  const redis = await startRedis();
  try {
    const rig = await FaultRig.start({ env: { REDIS_URL: redis.url }, configYaml: CONFIG });
    try {
      const load = rig.load(streams);
      await sleep(CALM_MS);
      const what = await fail(redis);
      await sleep(CALM_MS);
      const seen = await load.stop();
      const verdict = await rig.judge(seen);
      await rig.gateway.stop();
      return `${what}: ${told(verdict)}; ${refusals(seen, [])}`;
    } finally {
      await rig.remove();
    }
  } finally {
    await redis.stop();
  }
};

const kill = async (redis: TestRedis): Promise<string> => {
  await redis.kill();
  await sleep(AWAY_MS);
  await redis.start();
  return `killed, ${AWAY_MS / 1000} s away`;
};

const FLUSHES = 20;

const flush = async (redis: TestRedis): Promise<string> => {
  const client = await createClient({ url: redis.url }).connect();
  for (let times = 0; times < FLUSHES; times++) {
    await client.flushAll();
    await sleep(AWAY_MS / FLUSHES);
  }
  await client.close();
  return `flushed ${FLUSHES} times`;
};

const freeze = async (redis: TestRedis): Promise<string> => {
  redis.freeze();
  await sleep(AWAY_MS);
  redis.thaw();
  return `frozen ${AWAY_MS / 1000} s`;
};

export const redisRows: readonly LongRow[] = [
  { id: "A15", name: "Redis killed", run: (options) => play(options, kill) },
  { id: "A16", name: "Redis flushed", run: (options) => play(options, flush) },
  { id: "A17", name: "Redis frozen", run: (options) => play(options, freeze) },
];
