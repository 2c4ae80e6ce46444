/**
 * Prices before the call: `POST /v1/quote`, and `x-farthing-max-cost`, which nothing may exceed. I-13, I-15: cost ≤ max, also where
 * the provider ignores the cap that it was sent.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { unpackAttempts } from "../src/attempt.ts";
import { parseNano } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { json, stream } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

let gateway: TestGateway;
let provider: ScriptedUpstream;
beforeAll(async () => {
  provider = await startScriptedUpstream();
  gateway = await startTestGateway({
    credit: "1000",
    config: {
      storefront: { unit: { name: "credits", per: "usd", rate: "0.3" } },
      plans: [{ id: "basic", discount: "70%", default: true, rpm: 4 }],
      upstreams: [{ id: "lab", provider: "openai-compatible", baseUrl: `${provider.baseUrl}/v1`, apiKey: "x" }],
      models: [
        {
          id: "lab-tts",
          kind: "speech",
          prices: { input: "0.6", audio_output: "12" },
          routes: [{ upstream: "lab", model: "tts" }],
        },
        {
          id: "lab-1",
          context: 128_000,
          maxOutput: 64_000,
          prices: { input: "3", output: "15", cache_read: "0.3" },
          routes: [{ upstream: "lab", model: "lab-1", cost: { input: "1", output: "2" } }],
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

interface Quoted {
  readonly min: string;
  readonly expected: string;
  readonly max: string;
  readonly hold: string;
  readonly protocol: string;
  readonly route: { readonly model: string; readonly translated: boolean };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const SAID = [{ role: "user", content: "hello" }];
const MODEL = "sandbox/echo";

const BODIES: readonly (readonly [string, string, string, object])[] = [
  ["chat", "", "openai-chat", { model: MODEL, messages: SAID }],
  ["chat, streamed", "", "openai-chat", { model: MODEL, messages: SAID, stream: true, max_tokens: 50_000 }],
  ["messages, by its system", "", "anthropic", { model: MODEL, system: "s", messages: SAID, max_tokens: 64 }],
  ["messages, by name", "?protocol=messages", "anthropic", { model: MODEL, messages: SAID, max_tokens: 64 }],
  ["responses", "", "openai-responses", { model: MODEL, input: "hello" }],
  ["completions", "?protocol=completions", "openai-chat", { model: MODEL, prompt: "hello" }],
  ["gemini", "?model=models/sandbox/echo", "gemini", { contents: [{ parts: [{ text: "hello" }] }] }],
  ["images", "", "images", { model: "gpt-image-2", prompt: "a cat", size: "1024x1024", quality: "high" }],
  ["speech", "?protocol=speech", "speech", { model: "lab-tts", input: "hello", voice: "alloy" }],
  ["embeddings", "", "embeddings", { model: "text-embedding-3-small", input: ["a", "b"] }],
];

describe("POST /v1/quote", () => {
  it.each(BODIES)("tells the price of %s, and moves nothing", async (_name, query, protocol, body) => {
    const before = gateway.query("select count(*) as n from request");
    const response = await post(`/v1/quote${query}`, body);
    const quoted = (await response.json()) as Quoted;
    expect(response.status, JSON.stringify(quoted)).toBe(200);
    expect(quoted).toMatchObject({ object: "quote", protocol, currency: "credits", plan: "basic", multiplier: "0.3" });
    const [least, likely, most] = [quoted.min, quoted.expected, quoted.max].map((text) => Number(text));
    expect(least).toBeLessThanOrEqual(likely ?? 0);
    expect(likely).toBeLessThanOrEqual(most ?? 0);
    expect(Number(quoted.hold)).toBeLessThanOrEqual(most ?? 0);
    expect(most).toBeGreaterThan(0);
    expect(JSON.stringify(quoted)).not.toContain("127.0.0.1");
    expect(gateway.query("select count(*) as n from request")).toEqual(before);
  });

  it.each([
    ["a body of no protocol", "", { model: MODEL }, 400, "?protocol="],
    ["a protocol that is none", "?protocol=soap", { model: MODEL, messages: SAID }, 400, "must be one of"],
    ["a model that is none", "", { model: "none", messages: SAID }, 404, "does not exist"],
    ["what could not be called", "", { model: MODEL, messages: SAID, max_tokens: -1 }, 400, "max_tokens"],
  ])("refuses %s", async (_name, query, body, status, text) => {
    const response = await post(`/v1/quote${query}`, body);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
  });

  it("answers in the caller's dialect, and only to who has a key", async () => {
    const wrong = await post("/v1/quote?protocol=messages", { model: "none", messages: SAID, max_tokens: 1 });
    expect(await wrong.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
    expect((await fetch(`${gateway.url}/v1/quote`, { method: "POST", body: "{}" })).status).toBe(401);
  });
});

/** A stream of as many words as it likes, whatever cap it was sent; the report at its end is as false as the rest. */
const flood = (words: number): string[] => {
  const chunk = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "lab-1", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const usage = { prompt_tokens: 5, completion_tokens: words, total_tokens: words + 5 };
  const last = { id: "c", object: "chat.completion.chunk", created: 1, model: "lab-1", choices: [], usage };
  const pieces = Array.from({ length: words / 1_000 }, () => chunk({ content: "word ".repeat(1_000) }, null));
  return [...pieces, `${chunk({}, "stop")}data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`];
};

describe("x-farthing-max-cost", () => {
  const quote = async (body: object): Promise<Quoted> => (await (await post("/v1/quote", body)).json()) as Quoted;

  it("lowers the cap that is sent, names it, and holds no more", async () => {
    const body = { model: "lab-1", messages: SAID, max_tokens: 60_000 };
    const { max } = await quote(body);
    const most = "0.01";
    expect(Number(max)).toBeGreaterThan(Number(most));
    provider.next(
      json({
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "lab-1",
        choices: [{ index: 0, message: { role: "assistant", content: "ok" }, finish_reason: "stop" }],
        // As if the cap had not been sent at all.
        usage: { prompt_tokens: 10, completion_tokens: 60_000, total_tokens: 60_010 },
      }),
    );
    const response = await post("/v1/chat/completions", body, { "x-farthing-max-cost": most });
    expect(response.status).toBe(200);
    const cap = Number(response.headers.get("x-farthing-max-tokens"));
    const sent = provider.requests.at(-1)?.json() as { max_tokens: number };
    expect(sent.max_tokens).toBe(cap);
    expect(cap).toBeGreaterThan(256);
    expect(Number(response.headers.get("x-farthing-cost"))).toBeLessThanOrEqual(Number(most));
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    // 0.01 credits at 0.3 credits for a dollar.
    expect(row["hold"]).toBeLessThanOrEqual((parseNano(most) * 10n) / 3n);
    // A count beyond the cap that was sent is not believed (I-24).
    expect(row).toMatchObject({ usage_invalid: 1n, source: "estimated" });
  });

  it("cuts a stream of a provider that ignores its cap, with the dialect's own reason", async () => {
    provider.next(stream(flood(40_000)));
    const body = { model: "lab-1", messages: SAID, max_tokens: 60_000, stream: true };
    const response = await post("/v1/chat/completions", body, {
      "x-farthing-max-cost": "0.005",
      "x-farthing-usage": "cost",
    });
    const text = await response.text();
    expect(text).toContain('"finish_reason":"length"');
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(row["posted"]).toBeLessThanOrEqual((parseNano("0.005") * 10n) / 3n);
    expect(row["outcome"]).toBe("cut_by_hold");
    // What it cost us is what the route says, whatever was charged.
    const { input, output } = row as Record<string, bigint>;
    const [attempt] = unpackAttempts(String(row["attempts"]), "");
    expect(attempt?.cost).toBe((input ?? 0n) * 1_000n + (output ?? 0n) * 2_000n);
  });

  it.each([
    ["a limit below the least", "0.0000001", "may cost"],
    ["nothing", "0", "may cost"],
    ["no amount", "cheap", "must be a decimal"],
    ["a negative amount", "-1", "must be a decimal"],
    ["an amount with an exponent", "1e3", "must be a decimal"],
  ])("refuses %s before anything is called", async (_name, most, text) => {
    const calls = provider.requests.length;
    const response = await post(
      "/v1/chat/completions",
      { model: "lab-1", messages: SAID },
      { "x-farthing-max-cost": most },
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(text);
    expect(provider.requests).toHaveLength(calls);
  });

  it("changes nothing where it is enough", async () => {
    const response = await post(
      "/v1/chat/completions",
      { model: MODEL, messages: SAID, max_tokens: 64 },
      { "x-farthing-max-cost": "1" },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("x-farthing-max-tokens")).toBeNull();
  });
});
