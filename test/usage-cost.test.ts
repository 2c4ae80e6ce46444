/** `x-farthing-usage: cost`: every dialect shows in its usage object what was charged, streamed or not, in the storefront's unit. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formatAt, parseRational } from "../src/money.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

const RATE = "0.37";
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { storefront: { unit: { name: "credits", per: "usd", rate: RATE } } } });
});
afterAll(() => gateway.close());

const SAID = [{ role: "user", content: "hello" }];
const CONTENTS = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };

/** The body of a call, and where its usage object stands in the last event that has one. */
const CALLS: Readonly<Record<string, (model: string, stream: boolean) => readonly [string, object]>> = {
  chat: (model, stream) => ["/v1/chat/completions", { model, messages: SAID, stream }],
  completions: (model, stream) => ["/v1/completions", { model, prompt: "hello", stream }],
  messages: (model, stream) => ["/v1/messages", { model, messages: SAID, max_tokens: 64, stream }],
  responses: (model, stream) => ["/v1/responses", { model, input: "hello", stream }],
  gemini: (model, stream) => [
    `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    CONTENTS,
  ],
};

interface Usage {
  readonly cost?: string;
}
interface Reply {
  readonly usage?: Usage | null;
  readonly usageMetadata?: Usage;
  readonly response?: { readonly usage?: Usage | null };
}
const costOf = ({ usage, usageMetadata, response }: Reply): string | undefined =>
  (usage ?? usageMetadata ?? response?.usage)?.cost;

/** The sandbox's own model passes through; the others are spoken to in the protocol of their maker. */
const MODELS = ["sandbox/echo", "claude-haiku-4.5", "gpt-5-mini", "gemini-2.5-flash"];

const rows = Object.keys(CALLS).flatMap((call) =>
  MODELS.flatMap((model) => [true, false].map((stream) => [call, model, stream] as const)),
);

describe("the cost in the usage object", () => {
  it.each(rows)("%s, %s, streamed: %s", async (call, model, stream) => {
    const [path, body] = CALLS[call]?.(model, stream) ?? ["", {}];
    const response = await fetch(gateway.url + path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.key}`,
        "content-type": "application/json",
        "x-farthing-usage": "cost",
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const lines = stream
      ? text.split("\n").flatMap((line) => (line.startsWith("data: {") ? [line.slice("data: ".length)] : []))
      : [text];
    const costs = lines.flatMap((line) => costOf(JSON.parse(line) as Reply) ?? []);
    const { posted } = await gateway.row(response.headers.get("x-request-id") ?? "");
    expect(costs.at(-1)).toBe(formatAt(posted as bigint, parseRational(RATE)));
    if (!stream) expect(response.headers.get("x-farthing-cost")).toBe(costs.at(-1));
  });
});
