/** Seed 004 on its preset: every documented request, field, price, limit and error. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, expect } from "vitest";

import { setKeyStatus } from "../../src/keys/store.ts";
import { parseNano } from "../../src/money.ts";
import type { TestGateway } from "../gateway.ts";
import { provision } from "../provision.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { ROWS } from "./cheaplm.rows.ts";
import { booksAgree, checklist, post, send, startStorefront } from "./storefront.ts";

const { shows, complete } = checklist(ROWS);

let gateway: TestGateway;
/** The same preset in front of a provider whose usage the test decides. */
let priced: TestGateway;
let provider: ScriptedUpstream;

beforeAll(async () => {
  gateway = await startStorefront("cheaplm", { credit: "1000.5" });
  provider = await startScriptedUpstream();
  priced = await startStorefront("cheaplm", {
    changes: { upstreams: [{ id: "claude", provider: "anthropic", baseUrl: provider.baseUrl, apiKey: "k" }] },
  });
});
afterAll(async () => {
  await gateway.close();
  await priced.close();
  await provider.close();
});

const HELLO = [{ role: "user" as const, content: "Hello!" }];
const api = (): string => `${gateway.url}/api/v1`;

const reply = (usage: object, content: readonly object[] = [{ type: "text", text: "yes" }]) =>
  json({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content,
    stop_reason: "end_turn",
    stop_sequence: null,
    usage,
  });

/** What a request costs of which the provider counts so many tokens, in credits. */
const creditsOf = async (model: string, usage: { input_tokens: number; output_tokens: number }): Promise<string> => {
  provider.next(reply(usage));
  const body = { model, max_tokens: 8_000, messages: [{ role: "user", content: "x".repeat(usage.input_tokens) }] };
  const answer = await post(`${priced.url}/api/v1/messages`, priced.key, body);
  expect(answer.status).toBe(200);
  return answer.headers.get("x-farthing-cost") ?? "";
};

shows("the key format", () => {
  expect(gateway.key).toMatch(/^sk-[0-9A-Za-z]{64}$/);
});

shows("python openai", async () => {
  const client = new OpenAI({ apiKey: gateway.key, baseURL: api(), maxRetries: 0 });
  const response = await client.chat.completions.create({ model: "claude-sonnet-4", messages: HELLO });
  expect(response.choices[0]?.message.content).toContain("Hello!");
});

shows("python anthropic", async () => {
  // The example's address already ends in /v1, to which the SDK adds /v1/messages.
  const client = new Anthropic({ apiKey: gateway.key, baseURL: api(), maxRetries: 0 });
  const message = await client.messages.create({
    model: "claude-sonnet-4-20250514",
    max_tokens: 1024,
    messages: HELLO,
  });
  expect(message.content[0]).toMatchObject({ type: "text" });
});

shows("curl anthropic", async () => {
  const answer = await send(`${api()}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": gateway.key, "anthropic-version": "2023-06-01" },
    body: JSON.stringify({ model: "claude-sonnet-4-20250514", max_tokens: 1024, messages: HELLO }),
  });
  expect(answer.status).toBe(200);
});

shows("curl openai", async () => {
  const body = { model: "claude-sonnet-4", messages: [{ role: "user", content: "Hello, Claude!" }] };
  expect((await post(`${api()}/chat/completions`, gateway.key, body)).status).toBe(200);
});

shows("a key in x-api-key or as a Bearer, on either format", async () => {
  const body = JSON.stringify({ model: "claude-sonnet-4", max_tokens: 64, messages: HELLO });
  for (const path of ["messages", "chat/completions"])
    for (const credential of [{ "x-api-key": gateway.key }, { authorization: `Bearer ${gateway.key}` }])
      expect(
        (
          await send(`${api()}/${path}`, {
            method: "POST",
            headers: { ...credential, "content-type": "application/json" },
            body,
          })
        ).status,
      ).toBe(200);
});

shows("both mounts answer alike", async () => {
  const body = { model: "claude-sonnet-4", max_tokens: 64, messages: HELLO };
  for (const mount of ["", "/api"])
    for (const path of ["/v1/messages", "/v1/chat/completions", "/v1/v1/messages"])
      expect((await post(gateway.url + mount + path, gateway.key, body)).status).toBe(200);
});

shows("the model list", async () => {
  const answer = await send(`${api()}/models`, { headers: { authorization: `Bearer ${gateway.key}` } });
  const { object, data } = answer.json() as { object: string; data: { id: string }[] };
  expect(object).toBe("list");
  const ids = data.map(({ id }) => id).filter((id) => !id.startsWith("sandbox/"));
  expect(ids.toSorted()).toEqual([
    "claude-haiku-3-5-20241022",
    "claude-opus-4-20250514",
    "claude-opus-4.5",
    "claude-opus-4.6",
    "claude-sonnet-4-20250514",
    "claude-sonnet-4-5-20250514",
  ]);
});

const info = async (id: string): Promise<Record<string, unknown>> =>
  (await send(`${api()}/models/info/${id}`, { headers: { authorization: `Bearer ${gateway.key}` } })).json() as Record<
    string,
    unknown
  >;

shows("/v1/models/info", async () => {
  const answer = await send(`${api()}/models/info`, { headers: { "x-api-key": gateway.key } });
  expect(answer.status).toBe(200);
  expect(await info("claude-opus-4.6")).toMatchObject({ id: "claude-opus-4.6" });
});

shows("/v1/profile", async () => {
  const { key } = await provision(gateway.server, { credit: "1000.5" });
  const answer = await send(`${api()}/profile`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.json()).toMatchObject({ username: "test", credits: 1000.5, key_name: "test" });
  expect(answer.text).toContain('"credits":1000.5');
});

const sold = (id: string) => {
  const found = priced.server.installation().resolve(id);
  if (found.kind !== "callable") throw new Error(`${id} is not sold`);
  return found.callable.model;
};

for (const [model, output, per1k, thinks] of [
  ["claude-opus-4.6", 32_000, "0.22", true],
  ["claude-opus-4.5", 32_000, "0.22", true],
  ["claude-opus-4-20250514", 32_000, "0.22", true],
  ["claude-sonnet-4-5-20250514", 8_192, "0.13", true],
  ["claude-sonnet-4-20250514", 16_384, "0.13", true],
  ["claude-haiku-3-5-20241022", 8_192, "0.04", false],
] as const)
  shows(model, async () => {
    expect(sold(model)).toMatchObject({ context: 200_000, maxOutput: output });
    const { capabilities } = sold(model);
    expect([capabilities.includes("vision"), capabilities.includes("reasoning")]).toEqual([true, thinks]);
    expect(await creditsOf(model, { input_tokens: 400, output_tokens: 600 })).toBe(per1k);
  });

shows("Cost Calculation", async () => {
  // The vectors of the ledger's documents (I-6): to the last nano-credit.
  expect(await creditsOf("claude-haiku-3-5", { input_tokens: 1, output_tokens: 0 })).toBe("0.00004");
  expect(await creditsOf("claude-sonnet-4", { input_tokens: 25, output_tokens: 10 })).toBe("0.00455");
  expect(await creditsOf("claude-sonnet-4", { input_tokens: 25, output_tokens: 150 })).toBe("0.02275");
});
for (const [task, model, tokens, credits] of [
  ["Short chat", "claude-haiku-3-5", 1_000, "0.04"],
  ["Code review", "claude-sonnet-4", 5_000, "0.65"],
  ["Complex analysis", "claude-opus-4.6", 10_000, "2.2"],
] as const)
  shows(task, async () => {
    const before = priced.balance();
    expect(await creditsOf(model, { input_tokens: tokens - 500, output_tokens: 500 })).toBe(credits);
    expect(before - priced.balance()).toBe(parseNano(credits));
  });

shows("aliases", async () => {
  for (const [asked, shown] of [
    ["claude-sonnet-4", "claude-sonnet-4-20250514"],
    ["claude-opus-4-6", "claude-opus-4-6"],
    ["claude-opus-4.6", "claude-opus-4.6"],
    ["claude-haiku-3.5", "claude-haiku-3-5-20241022"],
    ["claude-sonnet-4-5", "claude-sonnet-4-5-20250514"],
  ]) {
    const answer = await post(`${api()}/chat/completions`, gateway.key, { model: asked, messages: HELLO });
    expect(answer.json()).toMatchObject({ model: shown });
  }
});

shows("the Messages request and its reply", async () => {
  const answer = await post(`${api()}/messages`, gateway.key, {
    model: "claude-sonnet-4-20250514",
    max_tokens: 1024,
    system: "You are a helpful assistant.",
    messages: [{ role: "user", content: "Explain quantum computing." }],
    temperature: 0.7,
    stream: false,
  });
  expect(answer.json()).toMatchObject({
    type: "message",
    role: "assistant",
    content: [{ type: "text" }],
    model: "claude-sonnet-4-20250514",
    stop_reason: "end_turn",
    usage: { input_tokens: expect.any(Number) as number, output_tokens: expect.any(Number) as number },
  });
});

shows("an image as base64", async () => {
  const data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
  const content = [
    { type: "text", text: "Describe this image:" },
    { type: "image", source: { type: "base64", media_type: "image/png", data } },
  ];
  const body = { model: "claude-sonnet-4", max_tokens: 64, messages: [{ role: "user", content }] };
  const answer = await post(`${api()}/messages`, gateway.key, body);
  expect([answer.status, answer.text.includes("image/png")]).toEqual([200, true]);
});

shows("the chat request and its reply", async () => {
  const answer = await post(`${api()}/chat/completions`, gateway.key, {
    model: "claude-sonnet-4",
    messages: [{ role: "system", content: "You are a helpful assistant." }, ...HELLO],
    max_tokens: 1024,
    temperature: 0.7,
  });
  expect(answer.json()).toMatchObject({
    object: "chat.completion",
    model: "claude-sonnet-4-20250514",
    choices: [{ index: 0, message: { role: "assistant" }, finish_reason: "stop" }],
    usage: { total_tokens: expect.any(Number) as number },
  });
});

shows("the Cursor request", async () => {
  const answer = await post(`${gateway.url}/cursor/v1/chat/completions`, gateway.key, {
    model: "claude-sonnet-4",
    messages: [
      { role: "system", content: "You are a helpful coding assistant." },
      { role: "user", content: "Refactor this function to be more efficient" },
    ],
    max_tokens: 2048,
    temperature: 0.7,
  });
  expect(answer.json()).toMatchObject({ object: "chat.completion", choices: [{ finish_reason: "stop" }] });
});

shows("Cursor's tools and the end of its task", async () => {
  provider.clear();
  provider.next(
    reply({ input_tokens: 5, output_tokens: 5 }, [
      { type: "tool_use", id: "toolu_1", name: "edit", input: { file: "a" } },
    ]),
  );
  const body = {
    model: "claude-sonnet-4",
    messages: HELLO,
    tools: [{ type: "function", function: { name: "edit", parameters: { type: "object", properties: {} } } }],
  };
  const url = `${priced.url}/cursor/v1/chat/completions`;
  expect((await post(url, priced.key, body)).json()).toMatchObject({ choices: [{ finish_reason: "tool_calls" }] });
  provider.next(reply({ input_tokens: 5, output_tokens: 5 }));
  expect((await post(url, priced.key, body)).json()).toMatchObject({ choices: [{ finish_reason: "stop" }] });
});

shows("the streaming examples", async () => {
  const client = new OpenAI({ apiKey: gateway.key, baseURL: api(), maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: "claude-sonnet-4",
    messages: [{ role: "user", content: "Write a story." }],
    stream: true,
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toContain("Write a story.");
  const raw = await post(`${api()}/chat/completions`, gateway.key, {
    model: "claude-sonnet-4",
    stream: true,
    messages: HELLO,
  });
  expect(raw.text.trimEnd().endsWith("data: [DONE]")).toBe(true);
});

shows("max_tokens bounds the reply", async () => {
  const answer = await post(`${api()}/messages`, gateway.key, {
    model: "claude-sonnet-4",
    max_tokens: 1,
    messages: [{ role: "user", content: "one two three four five six" }],
  });
  expect(answer.json()).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 1 } });
});

const typeOf = (text: string): string => (JSON.parse(text) as { error: { type: string } }).error.type;

shows("401, word for word", async () => {
  const answer = await send(`${api()}/messages`, { method: "POST", body: "{}" });
  expect(answer.status).toBe(401);
  expect(answer.json()).toMatchObject({
    type: "error",
    error: {
      type: "authentication_error",
      message: "Missing API key. Provide via x-api-key header or Authorization: Bearer.",
    },
  });
});

shows("400 for a malformed request, 404 for an unknown model", async () => {
  const malformed = await post(`${api()}/messages`, gateway.key, "{");
  expect([malformed.status, typeOf(malformed.text)]).toEqual([400, "invalid_request_error"]);
  const unknown = await post(`${api()}/messages`, gateway.key, { model: "no-such", max_tokens: 1, messages: HELLO });
  expect(unknown.status).toBe(404);
});

shows("402 for missing credits, in credits", async () => {
  const { key } = await provision(gateway.server, { credit: "0.0001" });
  const answer = await post(`${api()}/messages`, key, { model: "claude-sonnet-4", max_tokens: 5, messages: HELLO });
  expect([answer.status, typeOf(answer.text)]).toEqual([402, "billing_error"]);
  expect(answer.text).toContain("credits");
});

shows("403 for a frozen key", async () => {
  const made = await provision(gateway.server, { credit: "1" });
  const [row] = gateway.query("select public_id from api_key where account_id = ?", made.accountId);
  await setKeyStatus(gateway.server.database, {
    publicId: String(row?.["public_id"]),
    status: "frozen",
    actor: "test",
  });
  await gateway.server.refresh();
  const answer = await post(`${api()}/messages`, made.key, {
    model: "claude-sonnet-4",
    max_tokens: 5,
    messages: HELLO,
  });
  expect([answer.status, typeOf(answer.text)]).toEqual([403, "permission_error"]);
});

shows("a revoked key", async () => {
  const made = await provision(gateway.server, { credit: "1" });
  const [row] = gateway.query("select public_id from api_key where account_id = ?", made.accountId);
  await setKeyStatus(gateway.server.database, {
    publicId: String(row?.["public_id"]),
    status: "revoked",
    actor: "test",
  });
  await gateway.server.refresh();
  expect((await send(`${api()}/profile`, { headers: { "x-api-key": made.key } })).status).toBe(401);
});

shows("429 past the limit", async () => {
  const { key } = await provision(gateway.server, { credit: "1" });
  const body = { model: "claude-haiku-3-5", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
  const answers = await Promise.all(Array.from({ length: 310 }, () => post(`${api()}/messages`, key, body)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(10);
  expect(
    refused.every(
      ({ headers, text }) => Number(headers.get("retry-after")) >= 1 && typeOf(text) === "rate_limit_error",
    ),
  ).toBe(true);
});

shows("502 when the provider fails", async () => {
  provider.clear();
  provider.next(json({ error: { message: "x" } }, { status: 500 }));
  const before = priced.balance();
  const answer = await post(`${priced.url}/api/v1/messages`, priced.key, {
    model: "claude-sonnet-4",
    max_tokens: 5,
    messages: HELLO,
  });
  expect([answer.status, typeOf(answer.text)]).toEqual([502, "api_error"]);
  // Nothing is paid for what failed (I-30).
  expect(await priced.row(answer.headers.get("x-request-id") ?? "")).toMatchObject({
    outcome: "upstream_failed_before_output",
    status: 502n,
    posted: 0n,
  });
  expect(priced.balance()).toBe(before);
});

complete();
booksAgree(() => [gateway, priced]);
