/** Limits of several processes over a real Redis, and what becomes of them when it is killed, flushed, frozen or refuses. */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import type { SharedLimiter } from "../../src/limits/shared.ts";
import { startRedis, type TestRedis } from "../redis.ts";
import { admin, admitted, ask, scope, sharedLimiter } from "./rig.ts";

const PATIENCE = { timeout: 8_000, interval: 20 };

let redis: TestRedis;
let nodes: SharedLimiter[];
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  nodes = [];
  await redis.start();
});
afterEach(async () => {
  for (const node of nodes) await node.close();
});
afterAll(() => redis.stop());

const now = (): number => performance.now();

const join = async (count: number, slowMs?: number): Promise<void> => {
  const timing = slowMs === undefined ? {} : { slowMs };
  for (let i = 0; i < count; i++) nodes.push(await sharedLimiter(redis, now, timing));
  // Each knows how many they are.
  await everybodyKnows(count);
};

const everybodyKnows = (count: number): Promise<void> =>
  vi.waitFor(() => {
    for (const node of nodes) expect(node.share.nodes).toBe(count);
  }, PATIENCE);

const allAre = (mode: "shared" | "degraded"): Promise<void> =>
  vi.waitFor(() => {
    for (const node of nodes) expect(node.mode).toBe(mode);
  }, PATIENCE);

/** How many of so many requests are admitted, sent to all nodes in turn and at once. */
const rush = async (count: number, limits: Parameters<typeof scope>[1], tokens = 0): Promise<number> => {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) => ask(nodes[i % nodes.length]!, { scopes: [scope("a:1", limits)], tokens })),
  );
  return answers.filter((answer) => answer.admitted).length;
};

describe("three processes and one Redis", () => {
  it("never admit more than the limit in sum, of requests, tokens and places (I-80, E117)", async () => {
    await join(3);
    expect(await rush(90, { rpm: 31 })).toBe(31);
    expect(await rush(90, { tpm: 1_000 }, 100)).toBe(10);
    expect(await rush(90, { concurrency: 7 })).toBe(7);
  });

  it("a place that one gives up is another's at once; those of a process that died are free after its lease", async () => {
    await join(2);
    const scopes = [scope("a:1", { concurrency: 1 })];
    const held = await admitted(nodes[0]!, { scopes });
    expect(await ask(nodes[1]!, { scopes })).toMatchObject({ kind: "concurrency" });
    held.end();
    await vi.waitFor(async () => {
      (await admitted(nodes[1]!, { scopes })).end();
    }, PATIENCE);
    const kept = await admitted(nodes[1]!, { scopes });
    const client = await admin(redis);
    const [key = ""] = await client.keys("*:a:1:c");
    await client.hSet(key, { "dead.1": "1" });
    kept.end();
    // It never joined, or its lease has ended: it holds nothing, and what it left is removed.
    await vi.waitFor(async () => {
      (await admitted(nodes[1]!, { scopes })).end();
    }, PATIENCE);
    expect(await client.hExists(key, "dead.1")).toBe(0);
    client.destroy();
  });

  it("every key that they leave in Redis expires", async () => {
    await join(2);
    await rush(10, { rpm: 100, tpm: 1_000, concurrency: 20 }, 10);
    const client = await admin(redis);
    const keys = await client.keys("*");
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) expect(await client.ttl(key), key).toBeGreaterThan(0);
    client.destroy();
  });
});

describe("when Redis is killed", () => {
  it("each goes on with its share, the minute is not widened, and all come back by themselves (I-80)", async () => {
    await join(3);
    const limits = { rpm: 30 };
    expect(await rush(12, limits)).toBe(12);
    await redis.kill();
    const alone = await rush(300, limits);
    expect(alone).toBeGreaterThan(0);
    expect(12 + alone).toBeLessThanOrEqual(30);
    const answer = await ask(nodes[0]!, { scopes: [scope("a:2", { rpm: 30 })] });
    expect(answer.report).toMatchObject({ mode: "degraded", requests: { limit: 30, remaining: 9 } });
    await redis.start();
    await allAre("shared");
    // The new Redis knew nothing: it was told.
    expect(12 + alone + (await rush(300, limits))).toBeLessThanOrEqual(30);
    expect(await rush(90, { ...limits, tpm: 5 }, 1)).toBeLessThanOrEqual(5);
  });

  it("what one had used of a limit before is nobody's share", async () => {
    await join(3);
    const scopes = [scope("a:1", { rpm: 30, tpm: 30 })];
    for (let i = 0; i < 28; i++) await admitted(nodes[0]!, { scopes, tokens: 1 });
    for (const node of nodes.slice(1)) await admitted(node, { scopes, tokens: 1 });
    for (const node of nodes) expect(await ask(node, { scopes, tokens: 1 })).toMatchObject({ admitted: false });
    await redis.kill();
    for (const node of nodes) expect(await ask(node, { scopes, tokens: 1 })).toMatchObject({ admitted: false });
  });

  it("shares of a limit smaller than the number of processes go to the first, and add up to it", async () => {
    await join(3);
    await redis.kill();
    await rush(3, { rpm: 1_000 });
    const answers = await Promise.all(
      nodes.flatMap((node) => [1, 2, 3].map(() => ask(node, { scopes: [scope("a:9", { rpm: 2, concurrency: 2 })] }))),
    );
    expect(answers.filter((one) => one.admitted)).toHaveLength(2);
    expect(answers.every((one) => one.admitted || one.retryAfterSeconds >= 1)).toBe(true);
  });

  it("what runs meanwhile is counted again when it is back, and given up once", async () => {
    await join(2);
    const scopes = [scope("a:1", { concurrency: 2 })];
    const before = await admitted(nodes[0]!, { scopes });
    await redis.kill();
    await vi.waitFor(() => expect(nodes[1]!.mode).toBe("degraded"), PATIENCE);
    const during = await admitted(nodes[1]!, { scopes });
    await redis.start();
    await allAre("shared");
    expect(await ask(nodes[0]!, { scopes })).toMatchObject({ kind: "concurrency" });
    before.end();
    during.end();
    await vi.waitFor(async () => {
      const [one, two] = [await ask(nodes[0]!, { scopes }), await ask(nodes[1]!, { scopes })];
      if (one.admitted) one.end();
      if (two.admitted) two.end();
      expect([one.admitted, two.admitted]).toEqual([true, true]);
    }, PATIENCE);
  });
});

describe("when Redis is flushed", () => {
  it("nobody is admitted by counters that others have not yet told what they know", async () => {
    for (const beatMs of [100, 1_000, 1_000]) nodes.push(await sharedLimiter(redis, now, { beatMs }));
    await everybodyKnows(3);
    const limits = { rpm: 30 };
    let sum = await rush(30, limits);
    expect(sum).toBe(30);
    const client = await admin(redis);
    await client.flushAll();
    client.destroy();
    for (const until = now() + 500; now() < until;) {
      const answer = await ask(nodes[0]!, { scopes: [scope("a:1", limits)] });
      if (answer.admitted) sum++;
      await sleep(1);
    }
    expect(sum).toBe(30);
  });

  it("the minute is told again before anybody is admitted by it", async () => {
    await join(3);
    const limits = { rpm: 30 };
    expect(await rush(24, limits)).toBe(24);
    const client = await admin(redis);
    await client.flushAll();
    const during = await rush(60, limits);
    await allAre("shared");
    const after = await rush(60, limits);
    expect(24 + during + after).toBeLessThanOrEqual(30);
    await client.sendCommand(["FUNCTION", "FLUSH"]);
    await rush(3, { rpm: 1_000 });
    await allAre("shared");
    expect(24 + during + after + (await rush(60, limits))).toBeLessThanOrEqual(30);
    client.destroy();
  });
});

describe("when Redis does not answer", () => {
  it("no request waits for it, and it is used again when it does", async () => {
    await join(2, 50);
    const scopes = [scope("a:1", { rpm: 100 })];
    redis.freeze();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(nodes[0]!, { scopes })));
    expect(answers.every((answer) => answer.admitted && answer.report?.mode === "degraded")).toBe(true);
    // From then on, nothing is asked of it: decisions are made at once.
    expect(nodes[0]!.admit({ scopes, tokens: 0 })).not.toBeInstanceOf(Promise);
    redis.thaw();
    await allAre("shared");
    await everybodyKnows(2);
    const next = await ask(nodes[0]!, { scopes });
    expect(next.report?.mode).toBe("shared");
    // The 21 that it had not counted were told; those that it counted late may count twice, never less.
    expect(next.report?.requests?.remaining).toBeLessThanOrEqual(78);
  });
});

describe("when Redis' clock jumps (I-82)", () => {
  it("a limit is neither widened nor frozen, also for a process that knows nothing of its own", async () => {
    await join(2);
    const scopes = [scope("a:1", { rpm: 1 })];
    await admitted(nodes[0]!, { scopes });
    const client = await admin(redis);
    const [meta = ""] = (await client.keys("{farthing}:limits:1:*")).filter((key) => key.split(":").length === 4);
    for (const jump of [3_600_000, -3_600_000]) {
      const before = Number(await client.hGet(meta, "clock"));
      await client.hSet(meta, { wall: String(Date.now() - jump) });
      const refused = await ask(nodes[1]!, { scopes });
      expect(refused).toMatchObject({ admitted: false, report: { mode: "shared" } });
      expect(refused.admitted ? 0 : refused.retryAfterSeconds).toBeGreaterThan(40);
      const passed = Number(await client.hGet(meta, "clock")) - before;
      expect(passed).toBeGreaterThanOrEqual(0);
      expect(passed).toBeLessThan(10_000);
    }
    client.destroy();
  });
});
