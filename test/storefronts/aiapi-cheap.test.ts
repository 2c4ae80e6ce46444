/** Seed 002 on its preset: every documented request, field, price, limit and error. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, expect } from "vitest";

import { formatNano, parseNano } from "../../src/money.ts";
import type { TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { ROWS } from "./aiapi-cheap.rows.ts";
import { booksAgree, checklist, post, send, startStorefront } from "./storefront.ts";

const { shows, complete } = checklist(ROWS);

let gateway: TestGateway;
/** The same preset in front of a provider whose usage the test decides. */
let priced: TestGateway;
let provider: ScriptedUpstream;
let base: string;
let pro: string;
let pricedPro: string;

beforeAll(async () => {
  gateway = await startStorefront("aiapi-cheap");
  base = `${gateway.url}/api/proxy`;
  pro = (await provision(gateway.server, { credit: "10", planId: "pro" })).key;
  provider = await startScriptedUpstream();
  priced = await startStorefront("aiapi-cheap", {
    changes: { upstreams: [{ id: "claude", provider: "anthropic", baseUrl: provider.baseUrl, apiKey: "k" }] },
  });
  pricedPro = (await provision(priced.server, { credit: "10", planId: "pro" })).key;
});
afterAll(async () => {
  await gateway.close();
  await priced.close();
  await provider.close();
});

const HELLO = [{ role: "user" as const, content: "Hello!" }];
const anthropic = (): Anthropic => new Anthropic({ baseURL: base, apiKey: gateway.key, maxRetries: 0 });
const openai = (): OpenAI => new OpenAI({ baseURL: `${base}/v1`, apiKey: gateway.key, maxRetries: 0 });

interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens?: number;
  readonly cache_read_input_tokens?: number;
}

/** What a request with this usage costs on a plan, in nano-units. */
const chargeOf = async (model: string, usage: Usage, key: string): Promise<bigint> => {
  provider.next(
    json({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model,
      content: [{ type: "text", text: "yes" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage,
    }),
  );
  const answer = await post(`${priced.url}/api/proxy/v1/messages`, key, { model, max_tokens: 2_000, messages: HELLO });
  expect(answer.status).toBe(200);
  return parseNano(answer.headers.get("x-farthing-cost") ?? "");
};

shows("keys start with sk-cc-", () => {
  expect(gateway.key).toMatch(/^sk-cc-[0-9A-Za-z]{36}$/);
});

shows("the Anthropic SDK's example", async () => {
  const message = await anthropic().messages.create({
    model: "claude-sonnet-4-6",
    max_tokens: 1024,
    messages: [{ role: "user", content: "Explain quantum computing" }],
  });
  expect(message).toMatchObject({
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-6",
    stop_reason: "end_turn",
  });
  expect(message.content[0]).toMatchObject({ type: "text" });
  expect(message.usage.input_tokens).toBeGreaterThan(0);
  expect(message.usage.output_tokens).toBeGreaterThan(0);
});

shows("Claude Code's environment", async () => {
  const client = new Anthropic({ baseURL: base, apiKey: null, authToken: gateway.key, maxRetries: 0 });
  const reply = await client.messages.create({ model: "claude-haiku-4-5", max_tokens: 64, messages: HELLO });
  expect(reply.type).toBe("message");
});

shows("the cURL example, Anthropic format", async () => {
  const body = { model: "claude-sonnet-4-6", max_tokens: 1024, messages: HELLO };
  expect((await post(`${base}/v1/messages`, gateway.key, body)).status).toBe(200);
});

shows("the cURL example, OpenAI format", async () => {
  const answer = await post(`${base}/v1/chat/completions`, gateway.key, { model: "claude-haiku-4-5", messages: HELLO });
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ object: "chat.completion", model: "claude-haiku-4-5" });
});

shows("the OpenAI SDK's example", async () => {
  const reply = await openai().chat.completions.create({
    model: "claude-sonnet-4-6",
    messages: [{ role: "user", content: "Explain quantum computing" }],
  });
  expect(reply.choices[0]?.message.content).not.toBe("");
  expect(reply.usage?.total_tokens).toBeGreaterThan(0);
});

shows("404 without /v1", async () => {
  const answer = await post(`${base}/chat/completions`, gateway.key, { model: "claude-haiku-4-5", messages: HELLO });
  expect(answer.status).toBe(404);
});

shows("the model list", async () => {
  const answer = await send(`${base}/v1/models`, { headers: { authorization: `Bearer ${gateway.key}` } });
  const { data } = answer.json() as { data: { id: string }[] };
  const sold = data.map(({ id }) => id).filter((id) => !id.startsWith("sandbox/"));
  expect(sold.toSorted()).toEqual(["claude-haiku-4-5", "claude-opus-4-7", "claude-sonnet-4-6"]);
});

for (const [model, basic, reduced] of [
  ["claude-opus-4-7", ["1.5", "7.5"], ["1", "5"]],
  ["claude-sonnet-4-6", ["0.9", "4.5"], ["0.6", "3"]],
  ["claude-haiku-4-5", ["0.3", "1.5"], ["0.2", "1"]],
] as const)
  shows(`prices of ${model}`, async () => {
    const read = { input_tokens: 1_000, output_tokens: 0 };
    const written = { input_tokens: 0, output_tokens: 1_000 };
    for (const [key, [input, output]] of [
      [priced.key, basic],
      [pricedPro, reduced],
    ] as const) {
      expect(formatNano((await chargeOf(model, read, key)) * 1_000n)).toBe(input);
      expect(formatNano((await chargeOf(model, written, key)) * 1_000n)).toBe(output);
    }
    expect(priced.server.installation().resolve(model)).toMatchObject({ callable: { model: { context: 200_000 } } });
  });

shows("cache writes and reads at their prices (I-4)", async () => {
  // The vector of the ledger's documents.
  const usage = {
    input_tokens: 12,
    cache_creation_input_tokens: 2_000,
    cache_read_input_tokens: 10_000,
    output_tokens: 150,
  };
  expect(await chargeOf("claude-sonnet-4-6", usage, priced.key)).toBe(3_835_800n);
  expect(await chargeOf("claude-sonnet-4-6", usage, pricedPro)).toBe(2_557_200n);
  const one = { input_tokens: 0, output_tokens: 0 };
  expect(await chargeOf("claude-haiku-4-5", { ...one, cache_read_input_tokens: 1 }, pricedPro)).toBe(20n);
  expect(await chargeOf("claude-haiku-4-5", { ...one, cache_creation_input_tokens: 1 }, pricedPro)).toBe(250n);
});

shows("nothing cached costs nothing more", async () => {
  const usage = { input_tokens: 500, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
  expect(await chargeOf("claude-sonnet-4-6", usage, priced.key)).toBe(450_000n);
});

shows("thinking is billed as output", async () => {
  expect(await chargeOf("claude-opus-4-7", { input_tokens: 1, output_tokens: 1 }, priced.key)).toBe(9_000n);
});

shows("max_tokens is 4096 when nobody says otherwise", async () => {
  provider.clear();
  provider.always(
    json({
      id: "m",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  const body = { model: "claude-sonnet-4-6", messages: HELLO };
  expect((await post(`${priced.url}/api/proxy/v1/messages`, priced.key, body)).status).toBe(200);
  expect(provider.requests[0]?.json()).toMatchObject({ max_tokens: 4_096 });
});

shows("the optional fields reach the provider", async () => {
  provider.clear();
  provider.always(
    json({
      id: "m",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  const fields = {
    temperature: 0.5,
    tools: [{ name: "get_weather", description: "w", input_schema: { type: "object", properties: {} } }],
    tool_choice: { type: "auto" },
  };
  const body = { model: "claude-sonnet-4-6", max_tokens: 100, messages: HELLO, ...fields };
  expect((await post(`${priced.url}/api/proxy/v1/messages`, priced.key, body)).status).toBe(200);
  expect(provider.requests[0]?.json()).toMatchObject(fields);
});

shows("system as a string and as an array", async () => {
  const text = "Your long system prompt here...";
  for (const system of [text, [{ type: "text" as const, text, cache_control: { type: "ephemeral" as const } }]]) {
    const reply = await anthropic().messages.create({
      model: "claude-sonnet-4-6",
      max_tokens: 1024,
      system,
      messages: HELLO,
    });
    expect(reply.stop_reason).toBe("end_turn");
  }
});

shows("the streaming example", async () => {
  const stream = anthropic().messages.stream({
    model: "claude-sonnet-4-6",
    max_tokens: 1024,
    messages: [{ role: "user", content: "Write a haiku about Vietnam" }],
  });
  let text = "";
  stream.on("text", (piece) => (text += piece));
  expect((await stream.finalMessage()).stop_reason).toBe("end_turn");
  expect(text).not.toBe("");
});

shows("the thinking example", async () => {
  const message = await anthropic().messages.create({
    model: "claude-sonnet-4-6",
    max_tokens: 8000,
    thinking: { type: "enabled", budget_tokens: 5000 },
    messages: [{ role: "user", content: "Solve this step by step..." }],
  });
  expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text"]);
});

shows("translation carries system, tools, thinking and cache counts", async () => {
  provider.clear();
  provider.always(
    json({
      id: "m",
      type: "message",
      role: "assistant",
      model: "m",
      content: [
        { type: "thinking", thinking: "hm", signature: "c2ln" },
        { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Hue" } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 30, cache_creation_input_tokens: 40 },
    }),
  );
  const answer = await post(`${priced.url}/api/proxy/v1/chat/completions`, priced.key, {
    model: "claude-sonnet-4-6",
    messages: [{ role: "system", content: "Be brief." }, ...HELLO],
    tools: [{ type: "function", function: { name: "get_weather", parameters: { type: "object", properties: {} } } }],
  });
  expect(provider.requests[0]?.json()).toMatchObject({ tools: [{ name: "get_weather" }] });
  expect(JSON.stringify(provider.requests[0]?.json())).toContain("Be brief.");
  expect(answer.json()).toMatchObject({
    choices: [
      {
        finish_reason: "tool_calls",
        message: { reasoning_content: "hm", tool_calls: [{ function: { name: "get_weather" } }] },
      },
    ],
    usage: { prompt_tokens: 80, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 30 } },
  });
});

const errorOf = (text: string): unknown => (JSON.parse(text) as { error: { type: string } }).error.type;

shows("401 for a missing and for a wrong key", async () => {
  for (const headers of [{}, { authorization: "Bearer sk-cc-wrong" }]) {
    const answer = await send(`${base}/v1/messages`, { method: "POST", headers, body: "{}" });
    expect([answer.status, errorOf(answer.text)]).toEqual([401, "authentication_error"]);
  }
});

shows("400 for a request without its required fields", async () => {
  for (const body of [{ messages: HELLO }, { model: "claude-haiku-4-5" }, "{"]) {
    const answer = await post(`${base}/v1/messages`, gateway.key, body);
    expect([answer.status, errorOf(answer.text)]).toEqual([400, "invalid_request_error"]);
  }
});

shows("404 for an unknown model", async () => {
  const answer = await post(`${base}/v1/messages`, gateway.key, { model: "gpt-4o", max_tokens: 5, messages: HELLO });
  expect([answer.status, errorOf(answer.text)]).toEqual([404, "not_found_error"]);
});

shows("402 for an empty balance", async () => {
  const { key } = await provision(gateway.server, { credit: "0.000000001" });
  const answer = await post(`${base}/v1/messages`, key, { model: "claude-haiku-4-5", max_tokens: 5, messages: HELLO });
  expect([answer.status, errorOf(answer.text)]).toEqual([402, "billing_error"]);
});

shows("500 and 502 are api_error", async () => {
  provider.clear();
  provider.always(json({ type: "error", error: { type: "api_error", message: "x" } }, { status: 500 }));
  const answer = await post(`${priced.url}/api/proxy/v1/messages`, priced.key, {
    model: "claude-haiku-4-5",
    max_tokens: 5,
    messages: HELLO,
  });
  expect([answer.status, errorOf(answer.text)]).toEqual([502, "api_error"]);
});

shows("429 past 200 requests a minute on Basic, 500 on Pro", async () => {
  const basic = (await provision(gateway.server, { credit: "10" })).key;
  const admitted = async (key: string, tries: number): Promise<number> => {
    const body = { model: "claude-haiku-4-5", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
    let count = 0;
    for (let sent = 0; sent < tries; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => post(`${base}/v1/messages`, key, body)));
      count += answers.filter(({ status }) => status === 200).length;
      for (const { status, text } of answers)
        if (status !== 200) expect([status, errorOf(text)]).toEqual([429, "rate_limit_error"]);
    }
    return count;
  };
  expect(await admitted(basic, 250)).toBe(200);
  expect(await admitted(pro, 550)).toBe(500);
});

shows("the plans", () => {
  const { plans, defaultPlan, storefront } = gateway.server.installation();
  expect(defaultPlan).toMatchObject({
    id: "basic",
    fee: 0n,
    rpm: 200,
    tpm: 1_000_000,
    multiplier: { num: 3n, den: 10n },
  });
  const fee = parseNano("19");
  expect(plans.get("pro")).toMatchObject({ fee, rpm: 500, tpm: 2_000_000, multiplier: { num: 1n, den: 5n } });
  expect(storefront.support).toBe("support@aiapi.cheap");
});

complete();
booksAgree(() => [gateway, priced]);
