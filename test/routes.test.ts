/** Routes as clients really ask for them: mounts, doubled prefixes, probes, and errors in the dialect of the path (§9.7, §9.8). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    config: {
      storefront: { name: "Acme AI", mounts: ["", "/api", "/api/proxy"] },
      plans: [{ id: "basic", discount: "70%", rpm: 1000, default: true }],
    },
  });
});
afterAll(async () => {
  await gateway.close();
});

const CHAT = { model: "sandbox/echo", max_tokens: 20, messages: [{ role: "user", content: "hi" }] };

const ask = async (
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string; headers: Headers }> => {
  const reply = await fetch(gateway.url + path, {
    method,
    headers: { "content-type": "application/json", "x-api-key": gateway.key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, text: await reply.text(), headers: reply.headers };
};

describe("the same route under every name that clients make of it", () => {
  it.each([
    ["/v1/chat/completions"],
    ["/api/v1/chat/completions"],
    ["/api/proxy/v1/chat/completions"],
    ["/v1/v1/chat/completions"],
    ["/api/v1/v1/chat/completions"],
    ["/v1/chat/completions/chat/completions"],
    ["/chat/completions"],
    ["//v1//chat/completions/"],
    ["/v1/chat/completions?beta=true&x=%20"],
  ])("POST %s", async (path) => {
    const { status, text } = await ask("POST", path, CHAT);
    expect(status).toBe(200);
    expect(text).toContain('"object":"chat.completion"');
  });

  it.each([
    ["/v1/messages"],
    ["/api/v1/messages"],
    ["/api/proxy/v1/messages"],
    ["/v1/v1/messages"],
    ["/v1/messages/v1/messages"],
    ["/messages"],
    ["/v1/messages?beta=true"],
  ])("POST %s", async (path) => {
    const { status, text } = await ask("POST", path, CHAT);
    expect(status).toBe(200);
    expect(text).toContain('"type":"message"');
  });

  it("refuses /api/proxy without /v1, as seed 002 says", async () => {
    expect((await ask("POST", "/api/proxy/chat/completions", CHAT)).status).toBe(404);
  });
});

describe("probes that clients send before their first call", () => {
  it.each([
    ["HEAD", "/"],
    ["GET", "/"],
    ["HEAD", "/api"],
    ["GET", "/api/proxy"],
    ["HEAD", "/v1"],
    ["HEAD", "/api/hello"],
  ])("%s %s", async (method, path) => {
    expect((await fetch(gateway.url + path, { method })).status).toBe(200);
  });

  it("answers health without a key", async () => {
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });
});

describe("errors in the dialect of the path, before anything is parsed", () => {
  it.each([
    ["POST", "/v1/messages", "anthropic", 405],
    ["POST", "/v1/chat/completions", "openai", 405],
    ["GET", "/v1/messages/none", "anthropic", 404],
    ["GET", "/v1/none", "openai", 404],
    ["GET", "/v1/models/no-such-model", "openai", 404],
    ["GET", "/v1/models/claude-3-7-sonnet", "openai", 404],
    ["GET", "/v1/models/..%2f..%2fetc", "openai", 404],
    ["GET", "/v1/%00", "openai", 404],
  ])("%s %s → %s %i", async (method, path, dialect, status) => {
    const { text, ...reply } = await ask(status === 405 ? "DELETE" : method, path);
    expect(reply.status).toBe(status);
    const body = JSON.parse(text) as Record<string, unknown>;
    expect(body["type"]).toBe(dialect === "anthropic" ? "error" : undefined);
    expect(reply.headers.get("x-should-retry")).toBe("false");
    expect(reply.headers.get("x-request-id")).toMatch(/^req_[0-9a-z]{26}$/);
    expect(reply.headers.get("request-id")).toBe(reply.headers.get("x-request-id"));
    expect(reply.headers.get("cache-control")).toBe("no-store");
    expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
    if (status === 405) expect(reply.headers.get("allow")).toBe("POST");
    if (dialect === "anthropic") expect(body["request_id"]).toBe(reply.headers.get("request-id"));
  });

  it("names the replacement of a retired model", async () => {
    const { status, text } = await ask("POST", "/v1/chat/completions", { ...CHAT, model: "claude-3-7-sonnet" });
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "model_retired", param: "model", replacement: "claude-sonnet-4-6" },
    });
  });
});

describe("catalogue and profile", () => {
  it("shows a model whose id has a slash, however it is written", async () => {
    for (const path of ["/v1/models/sandbox/echo", "/v1/models/sandbox%2Fecho"])
      expect(JSON.parse((await ask("GET", path)).text)).toMatchObject({ id: "sandbox/echo", object: "model" });
  });

  it("resolves aliases and keeps the name that was asked for in the reply (§9.6)", async () => {
    const { text } = await ask("POST", "/v1/chat/completions", { ...CHAT, model: "claude-sonnet-4.6" });
    expect(JSON.parse(text)).toMatchObject({ model: "claude-sonnet-4.6" });
  });

  it("tells the key's holder the balance, exactly", async () => {
    const { text } = await ask("GET", "/v1/profile");
    const profile = JSON.parse(text) as Record<string, unknown>;
    const nano = gateway.balance();
    expect(profile["balance"]).toBe(
      `${nano / 1_000_000_000n}.${(nano % 1_000_000_000n).toString().padStart(9, "0")}`.replace(/0+$/, ""),
    );
    expect(text).toContain(`"credits":${String(profile["balance"])}`);
    expect(profile).toMatchObject({ username: "test", key_name: "test", unit: "USD" });
  });

  it("takes the plan's discount off the list price (I-3, I-4)", async () => {
    const { headers, text } = await ask("POST", "/v1/chat/completions", CHAT);
    const { usage } = JSON.parse(text) as { usage: { prompt_tokens: number; completion_tokens: number } };
    const row = await gateway.row(headers.get("x-request-id") ?? "");
    // $1 and $5 per million tokens are 1,000 and 5,000 nano a token; 30 % of that is paid.
    const list = BigInt(usage.prompt_tokens * 1_000 + usage.completion_tokens * 5_000);
    expect(row["posted"]).toBe((list * 3n) / 10n);
    expect(row["plan_id"]).toBe("basic");
  });
});
