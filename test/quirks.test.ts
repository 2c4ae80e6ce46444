/** Quirks of named providers through the whole gateway: what reaches the provider, what the client sees, and what is charged (I-39). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";
import { CHARGE, completion, events, piece, PRICES, STOP, TEXT, THEIR_MODEL, USAGE, WORDS } from "./upstream/chat.ts";
import { BLOCK_STOP, delta, MESSAGE_STOP, START, textBlock } from "./upstream/messages.ts";
import { json, stream } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

let gateway: TestGateway;
let upstream: ScriptedUpstream;

const PROVIDERS = ["deepseek", "minimax", "moonshot", "openrouter"] as const;
const HAIKU = "claude-haiku-4-5-20251001";

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const model = (id: string, upstreamId: string, theirs: string) => ({
    id,
    kind: "chat",
    context: 100_000,
    maxOutput: 16_384,
    prices: PRICES,
    routes: [{ upstream: upstreamId, model: theirs }],
  });
  gateway = await startTestGateway({
    credit: "100",
    config: {
      upstreams: [
        ...PROVIDERS.map((id) => ({ id, provider: id, apiKey: "k", baseUrl: upstream.baseUrl })),
        { id: "claude", provider: "anthropic-compatible", apiKey: "k", baseUrl: upstream.baseUrl },
      ],
      models: [...PROVIDERS.map((id) => model(`at-${id}`, id, THEIR_MODEL)), model("haiku", "claude", HAIKU)],
    },
  });
});
afterEach(() => {
  upstream.clear();
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

type Loose = Record<string, ReturnType<typeof JSON.parse>>;

interface Answer {
  readonly status: number;
  readonly dropped: string;
  readonly text: string;
  readonly sent: Loose | undefined;
  readonly row: Loose;
}

const ask = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> => {
  const response = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify({ max_tokens: 12_000, messages: [{ role: "user", content: "hello" }], ...body }),
  });
  return {
    status: response.status,
    dropped: response.headers.get("x-farthing-dropped") ?? "",
    text: await response.text(),
    sent: upstream.requests[0]?.json() as Loose | undefined,
    row: await gateway.row(response.headers.get("x-request-id") ?? ""),
  };
};
const chat = (body: object, headers?: Record<string, string>) => ask("/v1/chat/completions", body, headers);
const messages = (body: object, headers?: Record<string, string>) => ask("/v1/messages", body, headers);

const BILLING = { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.329.abc; cc_entrypoint=cli" };
const STABLE = { type: "text", text: "You are an agent.", cache_control: { type: "ephemeral" } };

describe("Claude Code at another maker's model", () => {
  it("is heard without what changes with every prompt, and told so (§9.14)", async () => {
    upstream.next(json(completion()));
    const { status, sent, dropped } = await messages({ model: "at-openrouter", system: [BILLING, STABLE] });
    expect(status).toBe(200);
    expect(sent?.["messages"][0]).toEqual({ role: "system", content: STABLE.text });
    expect(dropped).toBe("system:x-anthropic-billing-header");
  });

  it("the same where Messages pass through", async () => {
    upstream.next(
      json({ type: "message", role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } }),
    );
    const { status, sent, dropped } = await messages({ model: "at-moonshot", system: [BILLING, STABLE] });
    expect([status, sent?.["system"]]).toEqual([200, [STABLE]]);
    expect(dropped).toBe("system:x-anthropic-billing-header");
  });

  it("is refused if nothing may be lost", async () => {
    const strict = { "x-farthing-strict": "true" };
    const { status, row } = await messages({ model: "at-moonshot", system: [BILLING, STABLE] }, strict);
    expect([status, row["posted"], upstream.requests.length]).toEqual([400, 0n, 0]);
  });
});

describe("thinking", () => {
  it("adaptive at a Claude that only knows budgets, passed through", async () => {
    upstream.next(
      json({ type: "message", role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } }),
    );
    const body = { model: "haiku", thinking: { type: "adaptive" }, output_config: { effort: "low" } };
    const { status, sent, dropped } = await messages(body);
    expect([status, sent?.["thinking"], dropped]).toEqual([200, { type: "enabled", budget_tokens: 4_096 }, ""]);
    expect(sent).not.toHaveProperty("output_config");
  });

  it("adaptive at a Claude that only knows budgets, translated", async () => {
    upstream.next(
      json({ type: "message", role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } }),
    );
    const { sent } = await chat({ model: "haiku", thinking: { type: "adaptive" } });
    expect(sent?.["thinking"]).toEqual({ type: "enabled", budget_tokens: 10_240 });
  });

  it("is switched off where the provider has a switch", async () => {
    upstream.next(json(completion()));
    const gemini = { contents: [{ role: "user", parts: [{ text: "Hi" }] }] };
    const generationConfig = { temperature: 3, thinkingConfig: { thinkingBudget: 0 } };
    const { status, sent, dropped } = await ask("/v1beta/models/at-deepseek:generateContent", {
      ...gemini,
      generationConfig,
    });
    expect([status, sent?.["thinking"], sent?.["temperature"]]).toEqual([200, { type: "disabled" }, 2]);
    expect(dropped).toContain("temperature");
  });

  it("tagged in the content comes as thinking", async () => {
    const said = { role: "assistant", content: "<think>Hm.</think>\n\nYes." };
    upstream.next(json(completion({ choices: [{ index: 0, message: said, finish_reason: "stop" }], usage: USAGE })));
    const gemini = { contents: [{ role: "user", parts: [{ text: "Hi" }] }] };
    const { text } = await ask("/v1beta/models/at-minimax:generateContent", gemini);
    const [thought, answer] = (JSON.parse(text) as Loose)["candidates"][0].content.parts;
    expect(thought).toMatchObject({ text: "Hm.", thought: true });
    expect(answer.text).toBe("Yes.");
  });
});

describe("what a provider reports", () => {
  it("its price is not shown, ours is if asked for", async () => {
    const usage = { ...USAGE, cost: 0.000_05, cost_details: { upstream_inference_cost: 0.000_05 }, is_byok: false };
    for (const asked of [{}, { "x-farthing-usage": "cost" }]) {
      upstream.next(json(completion({ usage })));
      const { text, row } = await chat({ model: "at-openrouter" }, asked);
      const { cost, ...shown } = (JSON.parse(text) as Loose)["usage"];
      expect([shown, cost]).toEqual([USAGE, "x-farthing-usage" in asked ? "0.00011" : undefined]);
      expect(row["posted"]).toBe(CHARGE);
    }
  });

  it("B49, I-39: a count of output that shrinks is charged, and shown, at its most", async () => {
    const shrunk = { usage: { ...USAGE, completion_tokens: 4, total_tokens: 14 } };
    upstream.next(events([{ ...TEXT, usage: USAGE }, STOP, piece([], shrunk), "[DONE]"]));
    const { text, row } = await chat({ model: "at-openrouter", stream: true, stream_options: { include_usage: true } });
    expect(text).toContain(WORDS.trim());
    expect(text.slice(text.lastIndexOf('"usage"'))).toContain('"completion_tokens":20');
    expect(row).toMatchObject({ outcome: "completed", posted: CHARGE, output: 20n });
  });

  it("B49, I-39: Messages, the same", async () => {
    const shrinking = [delta({ output_tokens: 20 }), delta({ output_tokens: 4 }, "end_turn")];
    upstream.next(stream([START, ...textBlock([WORDS]), BLOCK_STOP, ...shrinking, MESSAGE_STOP]));
    const { text, row } = await messages({ model: "haiku", stream: true });
    expect(text.slice(text.lastIndexOf("message_delta"))).toContain('"output_tokens":20');
    expect(row).toMatchObject({ outcome: "completed", output: 20n });
  });
});
