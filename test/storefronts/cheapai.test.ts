/** Seed 001 on its preset: every documented request, field, limit and error. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, expect } from "vitest";

import { formatNano, parseNano } from "../../src/money.ts";
import type { TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { ROWS } from "./cheapai.rows.ts";
import { booksAgree, checklist, post, send, startStorefront } from "./storefront.ts";

const { shows, complete } = checklist(ROWS);

let gateway: TestGateway;
/** The same preset in front of providers whose replies the test decides, one for each maker of models. */
let priced: TestGateway;
let openai: ScriptedUpstream;
let anthropic: ScriptedUpstream;
let google: ScriptedUpstream;
let base: string;

beforeAll(async () => {
  gateway = await startStorefront("cheapai");
  base = `${gateway.url}/v1`;
  [openai, anthropic, google] = await Promise.all([
    startScriptedUpstream(),
    startScriptedUpstream(),
    startScriptedUpstream(),
  ]);
  priced = await startStorefront("cheapai", {
    changes: {
      upstreams: [
        { id: "openai", provider: "openai", baseUrl: openai.baseUrl, apiKey: "k" },
        { id: "anthropic", provider: "anthropic", baseUrl: anthropic.baseUrl, apiKey: "k" },
        { id: "google", provider: "google", baseUrl: google.baseUrl, apiKey: "k" },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await priced.close();
  await Promise.all([openai, anthropic, google].map((provider) => provider.close()));
});

const QUESTION = {
  model: "gpt-4o",
  messages: [
    { role: "system", content: "Answer briefly." },
    { role: "user", content: "What is a token in an LLM?" },
  ],
};
const USED = { prompt_tokens: 21, completion_tokens: 14, total_tokens: 35 };
const completion = () =>
  json({
    id: "chatcmpl-abc123",
    object: "chat.completion",
    created: 1_730_000_000,
    model: "gpt-4o",
    choices: [
      { index: 0, message: { role: "assistant", content: "The minimal unit of text..." }, finish_reason: "stop" },
    ],
    usage: USED,
  });
const client = (): OpenAI => new OpenAI({ baseURL: base, apiKey: gateway.key, maxRetries: 0 });
const get = (url: string, key: string) => send(url, { headers: { authorization: `Bearer ${key}` } });

shows("the key format", () => {
  expect(gateway.key).toMatch(/^cai-[0-9A-Za-z]{36}$/);
});

shows("curl: chat completions", async () => {
  const answer = await post(`${base}/chat/completions`, gateway.key, QUESTION);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  expect(answer.json()).toMatchObject({
    object: "chat.completion",
    created: expect.any(Number) as number,
    model: "gpt-4o",
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

shows("python: openai", async () => {
  const reply = await client().chat.completions.create({
    model: "claude-3-5-sonnet",
    messages: [{ role: "user", content: "Hello!" }],
  });
  expect(reply.model).toBe("claude-3-5-sonnet");
  expect(reply.choices[0]?.message.content).toContain("Hello!");
});

shows("node (openai sdk)", async () => {
  const reply = await client().chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "Hello!" }],
  });
  expect(reply.choices[0]?.message.content).toContain("Hello!");
});

shows("event stream", async () => {
  const answer = await post(`${base}/chat/completions`, gateway.key, { ...QUESTION, stream: true });
  const events = answer.text.split("\n\n").filter((event) => event !== "");
  expect(events.at(-1)).toBe("data: [DONE]");
  const chunks = events.slice(0, -1).map(
    (event) =>
      JSON.parse(event.slice("data: ".length)) as {
        object: string;
        choices: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
      },
  );
  expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["chat.completion.chunk"]));
  expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).not.toBe("");
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
});

shows("python · streaming", async () => {
  const stream = await client().chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "Count to five." }],
    stream: true,
  });
  let text = "";
  // As in the example: every chunk has a first choice.
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toContain("Count to five.");
});

shows("the documented names are on sale", async () => {
  const { data } = (await get(`${base}/models`, gateway.key)).json() as { data: { id: string }[] };
  const ids = data.map(({ id }) => id);
  expect(ids).toContain("gpt-4o");
  for (const name of ["gpt-4o", "claude-3-5-sonnet", "gemini-1-5-pro", "text-embedding-3"]) {
    const one = await get(`${base}/models/${name}`, gateway.key);
    expect([name, one.status, ids.includes((one.json() as { id: string }).id)]).toEqual([name, 200, true]);
  }
});

shows("routed to the right provider by name", async () => {
  openai.next(completion());
  anthropic.next(
    json({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: "yes" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  // Google has an address in OpenAI's form, which needs no translation.
  google.next(completion());
  for (const [model, provider] of [
    ["gpt-4o", openai],
    ["claude-3-5-sonnet", anthropic],
    ["gemini-1-5-pro", google],
  ] as const) {
    const answer = await post(`${priced.url}/v1/chat/completions`, priced.key, { ...QUESTION, model });
    expect([model, answer.status, (answer.json() as { model: string }).model]).toEqual([model, 200, model]);
    expect([model, provider.requests.length]).toEqual([model, 1]);
  }
});

shows("the optional fields reach the provider as they are", async () => {
  openai.clear();
  openai.next(completion());
  const fields = { temperature: 1.5, top_p: 0.25, stop: ["x"], presence_penalty: 0.5, frequency_penalty: -0.5 };
  await post(`${priced.url}/v1/chat/completions`, priced.key, { ...QUESTION, ...fields });
  expect(openai.requests[0]?.json()).toMatchObject(fields);
  openai.next(completion());
  await post(`${priced.url}/v1/chat/completions`, priced.key, QUESTION);
  for (const name of Object.keys(fields)) expect(openai.requests[1]?.json()).not.toHaveProperty(name);
});

shows("max_tokens caps the reply", async () => {
  const answer = await post(`${base}/chat/completions`, gateway.key, { ...QUESTION, max_tokens: 2 });
  expect(answer.json()).toMatchObject({ choices: [{ finish_reason: "length" }], usage: { completion_tokens: 2 } });
});

shows("400 for a request without its required fields", async () => {
  for (const body of ["{", { model: "gpt-4o" }, { messages: QUESTION.messages }])
    expect((await post(`${base}/chat/completions`, gateway.key, body)).status).toBe(400);
});

interface Embedded {
  readonly data: readonly { readonly embedding: readonly number[]; readonly index: number }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

shows("curl: embeddings", async () => {
  const body = { model: "text-embedding-3", input: "sample text" };
  const answer = await post(`${base}/embeddings`, gateway.key, body);
  expect(answer.status).toBe(200);
  const { data, usage } = answer.json() as Embedded;
  expect(data).toHaveLength(1);
  expect(data[0]?.embedding.every((part) => typeof part === "number")).toBe(true);
  expect(usage.prompt_tokens).toBeGreaterThan(0);
  expect(usage.total_tokens).toBe(usage.prompt_tokens);
});

shows("embeddings of a batch", async () => {
  const input = ["sample text", "another text", "sample text"];
  const { data } = (
    await post(`${base}/embeddings`, gateway.key, { model: "text-embedding-3", input })
  ).json() as Embedded;
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(data[0]?.embedding).toEqual(data[2]?.embedding);
  expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
});

shows("what embeddings cost", async () => {
  openai.clear();
  openai.next(
    json({
      object: "list",
      model: "text-embedding-3-small",
      data: [{ object: "embedding", index: 0, embedding: [1, 0] }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    }),
  );
  const body = { model: "text-embedding-3", input: "sample text" };
  const answer = await post(`${priced.url}/v1/embeddings`, priced.key, body);
  expect(openai.requests[0]?.json()).toMatchObject({ model: "text-embedding-3-small", input: "sample text" });
  // Two tokens at $0.02 per million.
  expect(parseNano(answer.headers.get("x-farthing-cost") ?? "")).toBe(40n);
});

shows("Claude Code's environment", async () => {
  const claude = new Anthropic({ baseURL: gateway.url, apiKey: null, authToken: gateway.key, maxRetries: 0 });
  const stream = claude.messages.stream({
    model: "claude-3-5-sonnet",
    max_tokens: 100,
    messages: [{ role: "user", content: "Hello!" }],
  });
  const message = await stream.finalMessage();
  expect([message.model, message.stop_reason]).toEqual(["claude-3-5-sonnet", "end_turn"]);
});

shows("usage and the model's tariff are the cost", async () => {
  openai.clear();
  openai.next(completion());
  const answer = await post(`${priced.url}/v1/chat/completions`, priced.key, QUESTION);
  expect(answer.json()).toMatchObject({ usage: USED });
  // 21 at $2.50 and 14 at $10 per million.
  expect(parseNano(answer.headers.get("x-farthing-cost") ?? "")).toBe(21n * 2_500n + 14n * 10_000n);
  const info = await get(`${priced.url}/v1/models/info/gpt-4o`, priced.key);
  expect(info.json()).toMatchObject({ prices: { unit: "USD", rates: { input: "2.5", output: "10" } } });
});

shows("the amount per request in the history", async () => {
  const { key } = await provision(priced.server, { credit: "1" });
  openai.clear();
  openai.next(completion());
  const answer = await post(`${priced.url}/v1/chat/completions`, key, QUESTION);
  const history = (await get(`${priced.url}/v1/usage?totals=true`, key)).json();
  // What the reply says, times the tariff, to the last nano (I-6, I-8).
  const { prompt_tokens: prompt, completion_tokens: output } = (answer.json() as { usage: typeof USED }).usage;
  const amount = formatNano(BigInt(prompt) * parseNano("0.0000025") + BigInt(output) * parseNano("0.00001"));
  expect(history).toMatchObject({
    data: [
      {
        id: answer.headers.get("x-request-id"),
        model: "gpt-4o",
        prompt_tokens: 21,
        completion_tokens: 14,
        amount,
      },
    ],
    totals: { requests: 1, amount },
  });
});

const LIMITED = [
  ["gpt-4o", 500],
  ["gpt-4o-mini", 1_000],
  ["claude-sonnet-4-6", 200],
  ["claude-3-5-sonnet", 200],
  ["gemini-1-5-pro", 300],
  ["text-embedding-3", 3_000],
] as const;

shows("the models' own limits are shown", async () => {
  for (const [model, rpm] of LIMITED) {
    const info = (await get(`${base}/models/info/${model}`, gateway.key)).json();
    expect(info).toMatchObject({ limits: { model: { rpm }, account: { rpm: null } } });
  }
});

shows("429 past a model's own rate", async () => {
  const { key } = await provision(gateway.server, { credit: "10" });
  const body = { model: "claude-3-5-sonnet", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
  const tell = (model: string) => post(`${base}/chat/completions`, key, { ...body, model });
  let served = 0;
  for (let sent = 0; sent < 210; sent += 70) {
    const answers = await Promise.all(Array.from({ length: 70 }, () => tell("claude-3-5-sonnet")));
    served += answers.filter(({ status }) => status === 200).length;
    for (const { status, headers, text } of answers)
      if (status !== 200) {
        expect([status, headers.get("x-should-retry")]).toEqual([429, "true"]);
        expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
        expect(text).toContain("rate_limit_exceeded");
      }
  }
  expect(served).toBe(200);
  // The limit is the model's: others are not touched by it.
  expect((await tell("gpt-4o")).status).toBe(200);
});

shows("errors have OpenAI's codes", async () => {
  const codeOf = (text: string): string => (JSON.parse(text) as { error: { code: string } }).error.code;
  const none = await send(`${base}/chat/completions`, { method: "POST", body: "{}" });
  expect([none.status, codeOf(none.text)]).toEqual([401, "missing_api_key"]);
  const wrong = await post(`${base}/chat/completions`, "cai-wrong", QUESTION);
  expect([wrong.status, codeOf(wrong.text)]).toEqual([401, "invalid_api_key"]);
  const unknown = await post(`${base}/chat/completions`, gateway.key, { ...QUESTION, model: "gpt-none" });
  expect([unknown.status, codeOf(unknown.text)]).toEqual([404, "model_not_found"]);
  const { key } = await provision(gateway.server, { credit: "0.000000001" });
  const poor = await post(`${base}/chat/completions`, key, QUESTION);
  expect([poor.status, codeOf(poor.text)]).toEqual([402, "insufficient_balance"]);
  openai.clear();
  openai.next(json({ error: { message: "x" } }, { status: 500 }));
  const failed = await post(`${priced.url}/v1/chat/completions`, priced.key, QUESTION);
  expect([failed.status, codeOf(failed.text)]).toEqual([502, "upstream_error"]);
});

complete();
booksAgree(() => [gateway, priced]);
