/**
 * All limiters with a clock that a test sets: memory by the clock that it is given, a worker's by its primary's, Redis by the one that it
 * keeps.
 */
import { createClient } from "@redis/client";

import { wire } from "../../src/cluster/fixtures.ts";
import { LimitsDesk } from "../../src/cluster/limits-desk.ts";
import { Link } from "../../src/cluster/link.ts";
import { RemoteLimiter } from "../../src/cluster/remote-limiter.ts";
import type { Admission, Limiter, LimitOrder, Refusal, ScopeLimits } from "../../src/limits/limit.ts";
import { LocalLimiter } from "../../src/limits/local.ts";
import { RedisConnection } from "../../src/limits/redis.ts";
import { SharedLimiter } from "../../src/limits/shared.ts";
import { startRedis, type TestRedis } from "../redis.ts";

export const LIMITERS = ["memory", "worker", "redis"] as const;

export interface LimiterRig {
  /** A limiter whose counters are empty, at second 0 of its time. */
  fresh(): Promise<Limiter>;
  /** Goes to the beginning of a second of the fresh limiter's time; never back. */
  goTo(second: number): Promise<void>;
  close(): Promise<void>;
}

/** Where the time of a rig begins, in seconds. */
const START = 10_000_000;
const START_MS = 2_000;

export const admin = async (redis: TestRedis) => {
  const client = createClient({ url: redis.url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
};

/** @param timing how often it says that it lives, and how long it waits for Redis (long: a busy machine is no slow Redis) */
export const sharedLimiter = async (
  redis: TestRedis,
  now: () => number,
  { beatMs = 100, slowMs = 2_000 }: { readonly beatMs?: number; readonly slowMs?: number } = {},
): Promise<SharedLimiter> => {
  const limiter = new SharedLimiter({
    redis: new RedisConnection(redis.url, slowMs),
    now,
    onMode: () => undefined,
    beatMs,
  });
  await limiter.open(START_MS);
  return limiter;
};

const memoryRig = (): LimiterRig => {
  let now = 0;
  return {
    fresh: () => {
      now = START * 1_000;
      return Promise.resolve(new LocalLimiter(() => now));
    },
    goTo: (second) => {
      now = (START + second) * 1_000;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
};

/** Redis' time is a field of its own (limits.lua), which ends its leases too. */
const redisRig = async (): Promise<LimiterRig> => {
  const redis = await startRedis();
  const client = await admin(redis);
  let now = START * 1_000;
  let limiter: SharedLimiter | undefined;
  const goTo = async (second: number): Promise<void> => {
    now = (START + second) * 1_000;
    const [meta = ""] = (await client.keys("{farthing}:limits:1:*")).filter((key) => key.split(":").length === 4);
    const nodes = (await client.hKeys(meta)).filter((field) => field.startsWith("n:"));
    const leases = nodes.map((field) => [field, String(now + 60_000)] as const);
    await client.hSet(meta, Object.fromEntries([["clock", String(now)], ...leases]));
  };
  return {
    fresh: async () => {
      await limiter?.close();
      await client.flushAll();
      now = START * 1_000;
      limiter = await sharedLimiter(redis, () => now);
      await goTo(0);
      return limiter;
    },
    goTo,
    close: async () => {
      await limiter?.close();
      client.destroy();
      await redis.stop();
    },
  };
};

/** A worker's limiter on the desk of its primary. */
const workerRig = (): LimiterRig => {
  let now = 0;
  let limiter: Limiter | undefined;
  return {
    fresh: async () => {
      await limiter?.close();
      now = START * 1_000;
      const { worker, primary } = wire();
      const link = new Link(primary);
      const seat = new LimitsDesk(new LocalLimiter(() => now)).seat((decisions) => {
        link.tell("decided", decisions);
      });
      link.on("limits", (news) => {
        seat.hear(news);
      });
      limiter = new RemoteLimiter(new Link(worker), () => performance.now());
      return limiter;
    },
    goTo: async (second) => {
      // What was said before must have been heard before.
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      now = (START + second) * 1_000;
    },
    close: async () => {
      await limiter?.close();
    },
  };
};

const RIGS = {
  memory: () => Promise.resolve(memoryRig()),
  worker: () => Promise.resolve(workerRig()),
  redis: redisRig,
} as const satisfies Record<(typeof LIMITERS)[number], () => Promise<LimiterRig>>;

export const limiterRig = (kind: (typeof LIMITERS)[number]): Promise<LimiterRig> => RIGS[kind]();

export const scope = (name: string, limits: Partial<Omit<ScopeLimits, "scope">>): ScopeLimits => ({
  scope: name,
  rpm: null,
  tpm: null,
  concurrency: null,
  ...limits,
});

/** Asks in the next turn of the event loop, as a request does that comes after another has ended. */
export const ask = async (limiter: Limiter, order: Partial<LimitOrder>): Promise<Admission | Refusal> => {
  await new Promise((resolve) => setImmediate(resolve));
  return await limiter.admit({ scopes: [], tokens: 0, ...order });
};

/** @throws when it is refused */
export const admitted = async (limiter: Limiter, order: Partial<LimitOrder>): Promise<Admission> => {
  const answer = await ask(limiter, order);
  if (!answer.admitted) throw new Error(`refused: ${answer.kind}`);
  return answer;
};
