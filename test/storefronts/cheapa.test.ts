/** Seed 000 on its preset: every documented request, field and error. */
import OpenAI from "openai";
import { afterAll, beforeAll, expect } from "vitest";

import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { parseNano } from "../../src/money.ts";
import type { TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { ROWS } from "./cheapa.rows.ts";
import { booksAgree, checklist, post, send, startStorefront } from "./storefront.ts";

const { shows, complete } = checklist(ROWS);

let gateway: TestGateway;
/** The same preset in front of providers whose replies the test decides. */
let priced: TestGateway;
let provider: ScriptedUpstream;
let base: string;

beforeAll(async () => {
  gateway = await startStorefront("cheapa");
  base = `${gateway.url}/v1`;
  provider = await startScriptedUpstream();
  const { baseUrl } = provider;
  priced = await startStorefront("cheapa", {
    changes: {
      upstreams: [
        { id: "kimi", provider: "moonshot", baseUrl, apiKey: "k" },
        { id: "claude", provider: "anthropic", baseUrl, apiKey: "k" },
        { id: "gemini", provider: "google", baseUrl, apiKey: "k" },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await priced.close();
  await provider.close();
});

const ASKED = [
  { role: "system", content: "You are a precise technical writer." },
  { role: "user", content: "Describe API rate limits in two sentences." },
] as const;
const KIMI = { model: "kimi-k2.6", messages: ASKED };

const completion = (usage: object) =>
  json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" }],
    usage,
  });
const USED = { prompt_tokens: 30, completion_tokens: 18, total_tokens: 48 };

shows("the OpenAI SDK", async () => {
  const client = new OpenAI({ baseURL: base, apiKey: gateway.key, maxRetries: 0 });
  const reply = await client.chat.completions.create({
    model: "gpt-5",
    messages: [{ role: "user", content: "Hello!" }],
  });
  expect(reply.choices[0]?.message.content).toContain("Hello!");
});

shows("the key format", () => {
  expect(gateway.key).toMatch(/^sk-llmaai-[0-9A-Za-z]{36}$/);
});

const FAMILIES = [
  ["GPT", "gpt-5"],
  ["Claude", "claude-sonnet-4-6"],
  ["Gemini", "gemini-2.5-pro"],
  ["Kimi", "kimi-k2.6"],
  ["DeepSeek", "deepseek-v4-flash"],
  ["MiniMax", "MiniMax-M3"],
  ["Qwen", "qwen3.7-plus"],
  ["GLM", "glm-5"],
  ["Gemma", "gemma-4-31b-it"],
  ["MiMo", "mimo-v2.5"],
] as const;

shows("every family answers at one endpoint", async () => {
  for (const [family, model] of FAMILIES) {
    const answer = await post(`${base}/chat/completions`, gateway.key, { ...KIMI, model });
    expect([answer.status, family, (answer.json() as { model: string }).model]).toEqual([200, family, model]);
  }
});

shows("the model list", async () => {
  const answer = await send(`${base}/models`, { headers: { authorization: `Bearer ${gateway.key}` } });
  const { object, data } = answer.json() as { object: string; data: { id: string; object: string }[] };
  expect(object).toBe("list");
  const ids = new Set(data.map(({ id }) => id));
  for (const [, model] of FAMILIES) expect([model, ids.has(model)]).toEqual([model, true]);
  for (const slug of ["nano-banana-2", "nano-banana-pro"]) {
    const one = await send(`${base}/models/${slug}`, { headers: { authorization: `Bearer ${gateway.key}` } });
    expect([one.status, ids.has((one.json() as { id: string }).id)]).toEqual([200, true]);
  }
});

shows("the request with its required fields", async () => {
  const answer = await post(`${base}/chat/completions`, gateway.key, KIMI);
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({
    id: expect.any(String) as string,
    object: "chat.completion",
    created: expect.any(Number) as number,
    model: "kimi-k2.6",
    choices: [
      { index: 0, message: { role: "assistant", content: expect.any(String) as string }, finish_reason: "stop" },
    ],
    usage: {
      prompt_tokens: expect.any(Number) as number,
      completion_tokens: expect.any(Number) as number,
      total_tokens: expect.any(Number) as number,
    },
  });
});

shows("the optional fields reach the provider", async () => {
  provider.clear();
  const fields = { temperature: 2, top_p: 0.5, stream: false };
  provider.next(completion(USED));
  const answer = await post(`${priced.url}/v1/chat/completions`, priced.key, { ...KIMI, ...fields });
  expect(answer.status).toBe(200);
  expect(provider.requests[0]?.json()).toMatchObject(fields);
});

shows("max_tokens caps the reply and is the model's when absent", async () => {
  const capped = await post(`${base}/chat/completions`, gateway.key, { ...KIMI, max_tokens: 1 });
  expect(capped.json()).toMatchObject({ choices: [{ finish_reason: "length" }], usage: { completion_tokens: 1 } });
  // OpenAI's protocol leaves it to the provider; Anthropic's needs a number, and gets the model's own.
  provider.clear();
  provider.next(completion(USED));
  await post(`${priced.url}/v1/chat/completions`, priced.key, KIMI);
  expect(provider.requests[0]?.json()).not.toHaveProperty("max_tokens");
  provider.next(
    json({
      id: "m",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: "yes" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  const claude = await post(`${priced.url}/v1/chat/completions`, priced.key, { ...KIMI, model: "claude-sonnet-4-6" });
  expect(claude.status).toBe(200);
  expect(provider.requests[1]?.json()).toMatchObject({ max_tokens: 128_000 });
});

shows("usage is what is billed", async () => {
  provider.clear();
  provider.next(completion(USED));
  const answer = await post(`${priced.url}/v1/chat/completions`, priced.key, KIMI);
  expect(answer.json()).toMatchObject({ usage: USED });
  // 30 at $0.95 and 18 at $4 per million.
  expect(parseNano(answer.headers.get("x-farthing-cost") ?? "")).toBe(30n * 950n + 18n * 4_000n);
  const history = await send(`${priced.url}/v1/usage?limit=1`, { headers: { authorization: `Bearer ${priced.key}` } });
  expect(history.json()).toMatchObject({
    data: [{ prompt_tokens: 30, completion_tokens: 18, amount: answer.headers.get("x-farthing-cost") }],
  });
});

shows("the streaming example", async () => {
  const answer = await post(`${base}/chat/completions`, gateway.key, {
    model: "deepseek-v4-flash",
    messages: [{ role: "user", content: "List five programming languages." }],
    stream: true,
  });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const lines = answer.text.split("\n").filter((line) => line !== "");
  expect(lines.every((line) => line.startsWith("data: ") || line.startsWith(":"))).toBe(true);
  expect(lines.at(-1)).toBe("data: [DONE]");
});

interface Drawn {
  readonly data: readonly { readonly b64_json?: string; readonly url?: string }[];
}

const PNG = "89504e470d0a1a0a";

for (const model of ["nano-banana-2", "nano-banana-pro"])
  shows(`an image by ${model}`, async () => {
    const body = { model, prompt: "a banana on Mars", response_format: "b64_json" };
    const answer = await post(`${base}/images/generations`, gateway.key, body);
    expect([answer.status, answer.status === 200 ? "" : answer.text]).toEqual([200, ""]);
    const [first] = (answer.json() as Drawn).data;
    expect(Buffer.from(first?.b64_json ?? "", "base64").toString("hex", 0, 8)).toBe(PNG);
  });

shows("what an image costs", async () => {
  provider.clear();
  provider.next(
    json({
      candidates: [
        {
          content: { role: "model", parts: [{ inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }] },
          finishReason: "STOP",
          index: 0,
        },
      ],
      usageMetadata: {
        promptTokenCount: 12,
        candidatesTokenCount: 1_120,
        totalTokenCount: 1_132,
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_120 }],
      },
    }),
  );
  const body = { model: "nano-banana-pro", prompt: "a banana on Mars" };
  const answer = await post(`${priced.url}/v1/images/generations`, priced.key, body);
  expect([answer.status, answer.status === 200 ? "" : answer.text]).toEqual([200, ""]);
  // An image of 1,120 tokens at $120 per million, and its prompt of 12 at $2.
  expect(answer.headers.get("x-farthing-cost")).toBe("0.134424");
});

shows("a video by veo-3.1", async () => {
  const made = await post(`${base}/videos/generations`, gateway.key, { model: "veo-3.1", prompt: "a banana on Mars" });
  expect([made.status, made.status === 200 ? "" : made.text]).toEqual([200, ""]);
  const { id } = made.json() as { id: string };
  const look = async (): Promise<unknown> =>
    (await send(`${base}/videos/generations/${id}`, { headers: { authorization: `Bearer ${gateway.key}` } })).json();
  await expect.poll(look, { timeout: 20_000, interval: 200 }).toMatchObject({ status: "succeeded" });
});

const codeOf = (text: string): string => (JSON.parse(text) as { error: { code: string } }).error.code;

shows("400 for a malformed body", async () => {
  for (const body of ["{", "[]", { messages: ASKED }, { model: "kimi-k2.6" }])
    expect((await post(`${base}/chat/completions`, gateway.key, body)).status).toBe(400);
});

shows("401 for a missing, wrong or expired key", async () => {
  const { keyPrefix: prefix, keyLength: length } = gateway.server.installation().storefront;
  const expired = await createKey(gateway.server.database, {
    accountId: gateway.accountId,
    name: "expired",
    format: { prefix, length },
    limits: { ...NO_LIMITS, expiresAt: Date.now() - 1 },
    actor: "test",
  });
  for (const headers of [
    {},
    { authorization: "Bearer YOUR_API_KEY" },
    { authorization: `Bearer ${expired.key}` },
  ] as Record<string, string>[]) {
    const answer = await send(`${base}/chat/completions`, { method: "POST", headers, body: "{}" });
    expect(answer.status).toBe(401);
  }
});

shows("402 for an empty balance", async () => {
  const { key } = await provision(gateway.server, { credit: "0.000000001" });
  const answer = await post(`${base}/chat/completions`, key, KIMI);
  expect([answer.status, codeOf(answer.text)]).toEqual([402, "insufficient_balance"]);
  const profile = await send(`${base}/profile`, { headers: { authorization: `Bearer ${key}` } });
  expect(profile.json()).toMatchObject({ billing_url: "https://cheapaapi.com/billing" });
});

shows("404 for an unknown slug", async () => {
  for (const model of ["kimi-9", "Kimi-k2.6"]) {
    const answer = await post(`${base}/chat/completions`, gateway.key, { ...KIMI, model });
    expect([answer.status, codeOf(answer.text)]).toEqual([404, "model_not_found"]);
  }
});

shows("429 past the plan's rate", async () => {
  const { key } = await provision(gateway.server, { credit: "10" });
  const body = { model: "kimi-k2.6", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
  let served = 0;
  for (let sent = 0; sent < 310; sent += 62) {
    const answers = await Promise.all(Array.from({ length: 62 }, () => post(`${base}/chat/completions`, key, body)));
    served += answers.filter(({ status }) => status === 200).length;
    for (const { status, headers } of answers)
      if (status !== 200) expect([status, Number(headers.get("retry-after")) > 0]).toEqual([429, true]);
  }
  expect(served).toBe(300);
});

shows("502 when the provider fails", async () => {
  provider.clear();
  provider.next(json({ error: { message: "secret words" } }, { status: 500 }));
  const before = priced.balance();
  const answer = await post(`${priced.url}/v1/chat/completions`, priced.key, KIMI);
  expect([answer.status, codeOf(answer.text), answer.headers.get("x-should-retry")]).toEqual([
    502,
    "upstream_error",
    "true",
  ]);
  expect(answer.text).not.toContain("secret");
  expect(priced.balance()).toBe(before);
});

complete();
booksAgree(() => [gateway, priced]);
