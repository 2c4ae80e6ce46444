/** Whole gateways that share a Redis, and the official clients against a limit. */
import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterEach, beforeAll, afterAll, beforeEach, describe, expect, it, vi } from "vitest";

import { ConfigError } from "../../src/config.ts";
import { probeRedis } from "../../src/limits/redis.ts";
import { startGateway, StartFailed } from "../client.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { startRedis, type TestRedis } from "../redis.ts";
import { admin } from "./rig.ts";

const PATIENCE = { timeout: 8_000, interval: 50 };
const messages = [{ role: "user" as const, content: "hi" }];

let redis: TestRedis;
const gateways: TestGateway[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => redis.start());
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});
afterAll(() => redis.stop());

const serve = async (count: number, limits: object): Promise<void> => {
  for (let i = 0; i < count; i++)
    gateways.push(
      await startTestGateway({
        config: { plans: [{ id: "tiny", default: true, ...limits }] },
        env: { REDIS_URL: redis.url },
        // A busy machine is no slow Redis.
        server: { waits: { limitsMs: 2_000 } },
      }),
    );
};

const post = ({ url, key }: TestGateway, body: object = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "sandbox/echo", max_tokens: 10, messages, ...body }),
    ...init,
  });

/** Statuses of so many requests to all gateways in turn, at once. */
const rush = async (count: number): Promise<{ ok: number; refused: number; modes: Set<string | null> }> => {
  const replies = await Promise.all(Array.from({ length: count }, (_, i) => post(gateways[i % gateways.length]!)));
  return {
    ok: replies.filter(({ status }) => status === 200).length,
    refused: replies.filter(({ status }) => status === 429).length,
    modes: new Set(replies.map(({ headers }) => headers.get("x-farthing-limit-mode"))),
  };
};

describe("three gateways with one Redis (I-80, E117)", () => {
  it("admit the limit in sum, go on by shares while it is away, and come back by themselves", async () => {
    await serve(3, { rpm: 12 });
    expect(await rush(30)).toEqual({ ok: 12, refused: 18, modes: new Set(["shared"]) });
    await redis.kill();
    const alone = await rush(9);
    expect(alone).toEqual({ ok: 0, refused: 9, modes: new Set(["degraded"]) });
    await redis.start();
    await vi.waitFor(async () => {
      expect((await rush(3)).modes).toEqual(new Set(["shared"]));
    }, PATIENCE);
    // What was admitted before still counts, though the Redis that counted it is gone.
    expect(await rush(9)).toMatchObject({ ok: 0, refused: 9 });
  });

  it("a stream on one keeps its place on all until its client leaves, and its gateway's stop gives it up", async () => {
    await serve(2, { concurrency: 1 });
    const [one, two] = [gateways[0]!, gateways[1]!];
    const slow = { model: "sandbox/slow", stream: true, max_tokens: 50 };
    const isFree = (): Promise<void> =>
      vi.waitFor(async () => {
        expect((await post(two)).status).toBe(200);
      }, PATIENCE);
    const leaving = new AbortController();
    expect((await post(one, slow, { signal: leaving.signal })).status).toBe(200);
    expect((await post(two)).status).toBe(429);
    leaving.abort();
    await isFree();
    const cut = await post(one, slow);
    expect((await post(two)).status).toBe(429);
    const drained = one.server.http.drain.begin("none");
    void one.server.http.drain.begin("none"); // A second signal hurries (A5).
    await cut.text().catch(() => "");
    await drained;
    await isFree();
  });
});

describe("starting with REDIS_URL", () => {
  it("goes on without a Redis that is not there, and says so in replies", async () => {
    await redis.kill();
    await serve(1, { rpm: 5 });
    expect((await rush(6)).ok).toBe(5);
    expect((await rush(1)).modes).toEqual(new Set(["degraded"]));
  });

  it("fails with one line that holds no password where Redis refuses it", async () => {
    const client = await admin(redis);
    await client.sendCommand(["CONFIG", "SET", "requirepass", "right-password"]);
    client.destroy();
    const url = redis.url.replace("redis://", "redis://:wrong-password@");
    const failed = await startGateway({ env: { REDIS_URL: url, METRICS_PORT: "0" } }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StartFailed);
    const { code, output } = failed as StartFailed;
    expect(code).toBe(1);
    expect(output).toContain("REDIS_URL: the server refuses us (WRONGPASS)");
    expect(output).not.toContain("wrong-password");
  });

  it("the doctor says whether limits can be shared", async () => {
    await probeRedis(redis.url, 2_000);
    await redis.kill();
    await expect(probeRedis(redis.url, 200)).rejects.toThrow(/^no answer$/);
  });

  it.each(["redis:", "http://127.0.0.1", "secret-host:6379", "redis://"])(
    "refuses %s without repeating it",
    async (url) => {
      const failed = await startTestGateway({ env: { REDIS_URL: url } }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(ConfigError);
      expect((failed as Error).message).toMatch(/^REDIS_URL must look like /);
      expect((failed as Error).message).not.toContain("secret-host");
    },
  );
});

describe("the official clients", () => {
  /** Occupies the only place, and gives it up a moment later. */
  const occupy = async (gateway: TestGateway): Promise<void> => {
    const leaving = new AbortController();
    const reply = await post(
      gateway,
      { model: "sandbox/slow", stream: true, max_tokens: 50 },
      { signal: leaving.signal },
    );
    expect(reply.status).toBe(200);
    setTimeout(() => leaving.abort(), 300).unref();
  };

  it("wait as long as they are told, and are admitted then (I-81)", async () => {
    gateways.push(await startTestGateway({ config: { plans: [{ id: "tiny", concurrency: 1, default: true }] } }));
    const gateway = gateways[0]!;
    const { url, key } = gateway;
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 2 });
    await occupy(gateway);
    const chat = await openai.chat.completions.create({ model: "sandbox/echo", messages });
    expect(chat.choices[0]?.message.content).toContain("hi");
    const anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 2 });
    await occupy(gateway);
    const message = await anthropic.messages.create({ model: "sandbox/echo", max_tokens: 50, messages });
    expect(message.content[0]).toMatchObject({ type: "text" });
    await occupy(gateway);
    await expect(
      new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }).responses.create({
        model: "sandbox/echo",
        input: "hi",
      }),
    ).rejects.toMatchObject({ status: 429, code: "concurrency_limit_exceeded" });
    const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
    const refused = google.models.generateContent({ model: "sandbox/echo", contents: "hi" });
    await expect(refused).rejects.toBeInstanceOf(ApiError);
    await expect(refused).rejects.toMatchObject({ status: 429 });
  });
});
