/** Limits as clients meet them: truthful headers in each dialect, refused before any money is held, places held until the end. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { createKey, NO_LIMITS, type KeyLimits } from "../../src/keys/store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

const WINDOW = 61;
const PATIENCE = { timeout: 8_000, interval: 20 };

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";
const MESSAGES = "/v1/messages";
const GEMINI = "/v1beta/models/sandbox%2Fecho:generateContent";

const messages = [{ role: "user", content: "hi" }];
const BODIES: Record<string, object> = {
  [CHAT]: { model: "sandbox/echo", max_tokens: 10, messages },
  [RESPONSES]: { model: "sandbox/echo", max_output_tokens: 16, input: "hi" },
  [MESSAGES]: { model: "sandbox/echo", max_tokens: 10, messages },
  [GEMINI]: { contents: [{ role: "user", parts: [{ text: "hi" }] }], generationConfig: { maxOutputTokens: 10 } },
};

const post = ({ url, key }: TestGateway, path: string, body: object = BODIES[path] ?? {}, init: RequestInit = {}) =>
  fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
    ...init,
  });

const model = (id: string, limits: object): object => ({
  id,
  context: 128_000,
  maxOutput: 4_096,
  prices: { input: "1", output: "5" },
  routes: [{ upstream: "sandbox", model: "sandbox/echo" }],
  ...limits,
});

const start = (limits: object, models: object[] = []): Promise<TestGateway> =>
  startTestGateway({ config: { models, plans: [{ id: "tiny", discount: "0%", default: true, ...limits }] } });

let gateway: TestGateway;
const gateways: TestGateway[] = [];
afterEach(async () => {
  for (const one of gateways.splice(0)) await one.close();
});
const serve = async (limits: object, models?: object[]): Promise<void> => {
  gateways.push((gateway = await start(limits, models)));
};

describe("a plan's requests per minute (I-80, I-81)", () => {
  it("admits the limit and refuses the next in every dialect, holding and charging nothing", async () => {
    await serve({ rpm: 3 });
    for (const left of [2, 1, 0]) {
      const reply = await post(gateway, CHAT);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("x-ratelimit-remaining-requests")).toBe(String(left));
    }
    const paid = gateway.balance();
    for (const [path, body] of [
      [CHAT, { error: { type: "requests", code: "rate_limit_exceeded", param: null } }],
      [RESPONSES, { error: { type: "requests", code: "rate_limit_exceeded" } }],
      [MESSAGES, { type: "error", error: { type: "rate_limit_error" } }],
      [GEMINI, { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }],
    ] as const) {
      const refused = await post(gateway, path);
      expect(refused.status, path).toBe(429);
      const wait = Number(refused.headers.get("retry-after"));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(WINDOW);
      expect(Number(refused.headers.get("retry-after-ms"))).toBe(wait * 1_000);
      expect(refused.headers.get("x-should-retry")).toBe("true");
      expect(refused.headers.get("x-farthing-limit-mode")).toBe("local");
      const left = path === MESSAGES ? "anthropic-ratelimit-requests-remaining" : "x-ratelimit-remaining-requests";
      expect(refused.headers.get(left)).toBe(path === GEMINI ? null : "0");
      const error = (await refused.json()) as { error: { message: string; details?: object[] } };
      expect(error).toMatchObject(body);
      expect(error.error.message).toBe(`Rate limit reached: 3 requests per minute. Retry in ${wait} s.`);
      if (path === GEMINI)
        expect(error.error.details).toContainEqual({
          "@type": "type.googleapis.com/google.rpc.RetryInfo",
          retryDelay: `${wait}s`,
        });
    }
    expect(gateway.balance()).toBe(paid);
    expect(gateway.server.books.open().count).toBe(0);
    // A refusal leaves its row, so that the customer can see it (I-30).
    // Nobody waits for its commit.
    await vi.waitFor(() => {
      const [row] = gateway.query("select count(*) as n from request where outcome = 'rejected' and status = 429");
      expect(row?.["n"]).toBe(4n);
    });
  });

  it("does not count the counting of tokens (§9.14), nor what is refused before it could run", async () => {
    await serve({ rpm: 1, tpm: 1_000 });
    for (let i = 0; i < 5; i++) {
      expect((await post(gateway, `${MESSAGES}/count_tokens`, { model: "sandbox/echo", messages })).status).toBe(200);
      expect((await post(gateway, CHAT, { model: "nowhere", messages })).status).toBe(404);
    }
    expect((await post(gateway, CHAT)).status).toBe(200);
  });
});

describe("headers of a reply", () => {
  it("tell the tightest limits in the words of the dialect, on whole replies and on streams", async () => {
    await serve({ rpm: 100, tpm: 50_000 }, [model("narrow", { rpm: 10 })]);
    for (const path of [CHAT, RESPONSES])
      for (const stream of [false, true]) {
        const { headers } = await post(gateway, path, { ...BODIES[path], model: "narrow", stream });
        expect(headers.get("x-ratelimit-limit-requests"), path).toBe("10");
        expect(headers.get("x-ratelimit-limit-tokens")).toBe("50000");
        expect(headers.get("x-ratelimit-reset-requests")).toBe("1m1s");
        expect(Number(headers.get("x-ratelimit-remaining-tokens"))).toBeLessThan(50_000);
        expect(headers.get("x-farthing-limit-mode")).toBe("local");
      }
    for (const stream of [false, true]) {
      const { headers } = await post(gateway, MESSAGES, { ...BODIES[MESSAGES], stream });
      expect(headers.get("anthropic-ratelimit-requests-limit")).toBe("100");
      expect(headers.get("anthropic-ratelimit-tokens-limit")).toBe("50000");
      const reset = headers.get("anthropic-ratelimit-requests-reset") ?? "";
      expect(reset).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const ahead = Date.parse(reset) - Date.now();
      expect(ahead).toBeGreaterThan((WINDOW - 10) * 1_000);
      expect(ahead).toBeLessThanOrEqual((WINDOW + 1) * 1_000);
      expect([...headers.keys()].filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
    }
    const { headers } = await post(gateway, GEMINI);
    expect([...headers.keys()].filter((name) => name.includes("ratelimit"))).toEqual([]);
    expect(headers.get("x-farthing-limit-mode")).toBe("local");
  });

  it("are absent where nothing limits", async () => {
    await serve({});
    const { headers } = await post(gateway, CHAT);
    expect([...headers.keys()].filter((name) => name.includes("limit"))).toEqual([]);
  });

  it("the profile names the limits", async () => {
    await serve({ rpm: 7, concurrency: 3 });
    const reply = await fetch(`${gateway.url}/v1/profile`, { headers: { authorization: `Bearer ${gateway.key}` } });
    expect(await reply.json()).toMatchObject({
      limits: {
        key: { rpm: null, tpm: null, concurrency: null },
        account: { rpm: 7, tpm: null, concurrency: 3 },
      },
    });
  });
});

describe("limits of a key", () => {
  const withLimits = async (limits: Partial<KeyLimits>): Promise<TestGateway> => {
    const { server, accountId } = gateway;
    const order = { accountId, name: "k", format: { prefix: "sk-far-" }, actor: "test" };
    const { key } = await createKey(server.database, { ...order, limits: { ...NO_LIMITS, ...limits } });
    await server.refresh();
    return { ...gateway, key };
  };
  const statuses = async (holder: TestGateway, count: number): Promise<number[]> => {
    const replies = await Promise.all(Array.from({ length: count }, () => post(holder, CHAT)));
    return replies.map(({ status }) => status).sort((a, b) => a - b);
  };

  it("are the key's alone, below those that all keys of its account share (I-82)", async () => {
    await serve({ rpm: 6 });
    const narrow = await withLimits({ rpm: 2 });
    const other = await withLimits({ rpm: 100 });
    expect(await statuses(narrow, 4)).toEqual([200, 200, 429, 429]);
    // The two that were refused by the key count nowhere.
    expect(await statuses(other, 6)).toEqual([200, 200, 200, 200, 429, 429]);
    // Headers that pretend to be somebody else change nothing.
    const spoofed = await post(other, CHAT, BODIES[CHAT], {
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${other.key}`,
        "x-forwarded-for": "203.0.113.9",
        "x-ratelimit-remaining-requests": "1000",
        "x-real-ip": "203.0.113.9",
      },
    });
    expect(spoofed.status).toBe(429);
  });

  it("hold its requests in flight", async () => {
    await serve({});
    const narrow = await withLimits({ concurrency: 1 });
    const leaving = new AbortController();
    const slow = { model: "sandbox/slow", stream: true, max_tokens: 50, messages };
    expect((await post(narrow, CHAT, slow, { signal: leaving.signal })).status).toBe(200);
    expect(await statuses(narrow, 1)).toEqual([429]);
    expect(await statuses(gateway, 1)).toEqual([200]);
    leaving.abort();
    await vi.waitFor(async () => {
      expect(await statuses(narrow, 1)).toEqual([200]);
    }, PATIENCE);
  });
});

describe("tokens per minute (I-81, I-83)", () => {
  it("are reserved by an estimate and corrected by the provider's count", async () => {
    await serve({ tpm: 5_000 });
    const first = await post(gateway, CHAT, { ...BODIES[CHAT], max_tokens: 4_000 });
    expect(Number(first.headers.get("x-ratelimit-remaining-tokens"))).toBeLessThanOrEqual(1_000);
    const usage = ((await first.json()) as { usage: { total_tokens: number } }).usage.total_tokens;
    const second = await post(gateway, CHAT, { ...BODIES[CHAT], max_tokens: 1 });
    const left = Number(second.headers.get("x-ratelimit-remaining-tokens"));
    expect(left).toBeGreaterThanOrEqual(5_000 - usage - 20);
    expect(left).toBeLessThan(5_000 - usage);
  });

  it("refuse what does not fit now as 429, and what never fits as 400", async () => {
    await serve({ tpm: 2_000 });
    const long = { ...BODIES[CHAT], max_tokens: 1, messages: [{ role: "user", content: "word ".repeat(1_000) }] };
    expect((await post(gateway, CHAT, long)).status).toBe(200);
    const refused = await post(gateway, CHAT, long);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { type: "tokens", code: "rate_limit_exceeded" } });
    const huge = { ...long, messages: [{ role: "user", content: "word ".repeat(3_000) }] };
    for (const [path, type] of [
      [CHAT, "invalid_request_error"],
      [MESSAGES, "invalid_request_error"],
    ] as const) {
      const never = await post(gateway, path, huge);
      expect(never.status).toBe(400);
      expect(never.headers.get("x-should-retry")).toBe("false");
      expect(await never.json()).toMatchObject({
        error: {
          type,
          message: expect.stringMatching(/^This request needs \d+ tokens and the limit is 2000 per minute\.$/),
        },
      });
    }
    // A client that names no cap is not refused for what it never asked for.
    await serve({ tpm: 100 });
    expect((await post(gateway, CHAT, { model: "sandbox/echo", messages })).status).toBe(200);
  });
});

describe("requests in flight", () => {
  const slow = { model: "sandbox/slow", stream: true, max_tokens: 50, messages };
  const refusal = { error: { type: "requests", code: "concurrency_limit_exceeded" } };

  const isFree = (): Promise<void> =>
    vi.waitFor(async () => {
      expect((await post(gateway, CHAT)).status).toBe(200);
    }, PATIENCE);

  it("a stream keeps its place until its end, or until its client leaves", async () => {
    await serve({ concurrency: 1 });
    const leaving = new AbortController();
    const stream = await post(gateway, CHAT, slow, { signal: leaving.signal });
    expect(stream.status).toBe(200);
    const refused = await post(gateway, CHAT);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject(refusal);
    leaving.abort();
    await isFree();
    const whole = await post(gateway, CHAT, { ...slow, messages: [{ role: "user", content: "a" }] });
    await whole.text();
    await isFree();
    expect(gateway.server.books.open().count).toBe(0);
  });

  it.each(["sandbox/fault-cut-stream", "sandbox/fault-500", "sandbox/upstream-cut", "sandbox/fault-429"])(
    "%s gives its place up",
    async (name) => {
      await serve({ concurrency: 1 });
      for (const stream of [true, false])
        for (let i = 0; i < 2; i++) {
          const reply = await post(gateway, CHAT, { ...slow, stream, model: name });
          expect(reply.status === 429 && (await reply.clone().text()).includes("concurrency_limit")).toBe(false);
          await reply.text().catch(() => "");
        }
      await isFree();
    },
  );

  it("a request that the balance does not cover gives its place and its tokens back", async () => {
    gateways.push(
      (gateway = await startTestGateway({
        credit: "0.000001",
        config: { plans: [{ id: "tiny", tpm: 50_000, concurrency: 1, default: true }] },
      })),
    );
    for (let i = 0; i < 30; i++) expect((await post(gateway, CHAT, { ...slow, max_tokens: 4_000 })).status).toBe(402);
  });
});

describe("several gateways without Redis", () => {
  let one: TestGateway;
  beforeAll(async () => {
    one = await startTestGateway({ config: { plans: [{ id: "tiny", rpm: 5, default: true }] } });
  });
  afterAll(() => one.close());

  it("a crowd at once gets exactly the limit (E117)", async () => {
    const replies = await Promise.all(Array.from({ length: 60 }, () => post(one, CHAT)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(55);
  });
});
