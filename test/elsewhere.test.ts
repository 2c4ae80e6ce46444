/** Conversation routes and models of other kinds: a 400 in the caller's dialect that names the right route; nothing held, nothing charged. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const SAID = [{ role: "user", content: "hello" }];

const CALLS: Readonly<Record<string, (model: string) => readonly [string, object]>> = {
  chat: (model) => ["/v1/chat/completions", { model, messages: SAID }],
  completions: (model) => ["/v1/completions", { model, prompt: "hello" }],
  messages: (model) => ["/v1/messages", { model, messages: SAID, max_tokens: 16 }],
  responses: (model) => ["/v1/responses", { model, input: "hello" }],
  gemini: (model) => [`/v1beta/models/${model}:generateContent`, { contents: [{ parts: [{ text: "hello" }] }] }],
};

const ROUTES: Readonly<Record<string, string>> = {
  "gpt-image-2": "/v1/images/generations",
  "veo-3.1-generate-preview": "/v1/videos/generations",
  "text-embedding-3-small": "/v1/embeddings",
};

const rows = Object.keys(CALLS).flatMap((call) =>
  Object.entries(ROUTES).map(([model, route]) => [call, model, route] as const),
);

describe("a model of another kind", () => {
  it.each(rows)("%s: %s is served by %s", async (call, model, route) => {
    const before = gateway.balance();
    const [path, body] = CALLS[call]?.(model) ?? ["", {}];
    const response = await fetch(gateway.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { error } = (await response.json()) as { error: { message: string } };
    expect(response.status).toBe(400);
    expect(error.message).toContain(`use POST ${route}`);
    expect(error).toMatchObject(DIALECT[call] ?? {});
    expect(gateway.balance()).toBe(before);
    const row = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(row).toMatchObject({ status: 400n, posted: 0n });
  });
});

/** How each dialect says that the request is at fault. */
const DIALECT: Readonly<Record<string, object>> = {
  chat: { type: "invalid_request_error", param: "model" },
  completions: { type: "invalid_request_error", param: "model" },
  messages: { type: "invalid_request_error" },
  responses: { type: "invalid_request_error", param: "model" },
  gemini: { code: 400, status: "INVALID_ARGUMENT" },
};
