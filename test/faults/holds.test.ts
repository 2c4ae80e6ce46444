/** Holds through HTTP, in both dialects: lowered caps, extensions, the cut at a hold's end, the caller's own headers, and prices that change meanwhile. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { openSqlite } from "../../src/db/sqlite.ts";
import { formatNano } from "../../src/money.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { loadSecret } from "../../src/secret.ts";
import { databaseFile, readConfig } from "../../src/config.ts";
import { loadCatalog } from "../../src/catalog/load.ts";
import { applyFile } from "../../src/settings/apply.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import {
  CHARGE,
  completion,
  events,
  goodStream,
  piece,
  PRICES,
  STOP,
  TEXT,
  textPiece,
  THEIR_MODEL,
  USAGE,
} from "../upstream/chat.ts";
import { dataEvents, json, stream, wait, type Script } from "../upstream/script.ts";
import { ending, message, START, textBlock } from "../upstream/messages.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => {
  upstream.clear();
});
afterAll(() => upstream.close());

/** @param prices of both models; @param discount of the default plan */
const configOf = (prices: object, discount = "0%") => ({
  upstreams: [
    { id: "chat", provider: "openai-compatible", apiKey: "x", baseUrl: `${upstream.baseUrl}/v1` },
    { id: "claude", provider: "anthropic-compatible", apiKey: "x", baseUrl: upstream.baseUrl },
  ],
  models: ["chat", "claude"].map((id) => ({
    id,
    kind: "chat",
    context: 100_000,
    maxOutput: 30_000,
    prices,
    routes: [{ upstream: id, model: THEIR_MODEL, priority: 1, weight: 1 }],
  })),
  plans: [{ id: "everybody", discount, default: true }],
});

const withGateway = async (credit: string, test: (gateway: TestGateway) => Promise<void>): Promise<void> => {
  const gateway = await startTestGateway({ credit, config: configOf(PRICES) });
  try {
    await test(gateway);
    expect(gateway.server.books.open()).toEqual({ count: 0, sum: 0n });
    expect(gateway.balance()).toBeGreaterThanOrEqual(0n);
    expect((await audit(gateway.server.database)).disagreements).toEqual([]);
  } finally {
    await gateway.close();
  }
};

const PATHS = { chat: "/v1/chat/completions", claude: "/v1/messages" } as const;
type Model = keyof typeof PATHS;

const post = (
  gateway: TestGateway,
  model: Model,
  fields: object,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(gateway.url + PATHS[model], {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }], ...fields }),
  });

const rowOf = (gateway: TestGateway, reply: Response): Promise<Record<string, unknown>> =>
  gateway.row(reply.headers.get("x-request-id") ?? "");

/** A stream of that many texts of a thousand tokens (4,000 bytes), with an end or without one. */
const long: Readonly<Record<Model, (thousands: number, ends: boolean) => Script>> = {
  chat: (thousands, ends) => {
    const texts = Array.from({ length: thousands }, () => textPiece("word".repeat(1_000)));
    const usage = { ...USAGE, completion_tokens: thousands * 1_000 };
    return ends
      ? events([...texts, STOP, piece([], { usage }), "[DONE]"])
      : events(texts, { gapMs: 5, after: [wait(20_000)] });
  },
  claude: (thousands, ends) => {
    const texts = textBlock(Array.from({ length: thousands }, () => "word".repeat(1_000)));
    return ends
      ? stream([START, ...texts, ...ending(thousands * 1_000)])
      : stream([START, ...texts], { gapMs: 5, after: [wait(20_000)] });
  },
};

const short: Readonly<Record<Model, (streams: boolean) => Script>> = {
  chat: (streams) => (streams ? goodStream() : json(completion())),
  claude: (streams) =>
    streams
      ? stream([START, ...textBlock(["hello"]), ...ending(20)])
      : json(message([{ type: "text", text: "hello" }], { input_tokens: 10, output_tokens: 20 })),
};

/** A short text for which 20,000 tokens are counted, nearly all of them unseen. */
const silent: Readonly<Record<Model, () => Script>> = {
  chat: () => goodStream({ usage: { ...USAGE, completion_tokens: 20_000, total_tokens: 20_010 } }),
  claude: () => stream([START, ...textBlock(["hello"]), ...ending(20_000)]),
};

const END: Readonly<Record<Model, string>> = { chat: "[DONE]", claude: "message_stop" };
const LENGTH: Readonly<Record<Model, string>> = {
  chat: '"finish_reason":"length"',
  claude: '"stop_reason":"max_tokens"',
};

describe.each(["chat", "claude"] as const)("%s", (model) => {
  it.each([[true], [false]])("lowers the cap to what the balance buys, and says so (stream: %s)", async (streams) => {
    await withGateway("0.005", async (gateway) => {
      upstream.next(short[model](streams));
      const reply = await post(gateway, model, { max_tokens: 4_000, stream: streams });
      expect(reply.status).toBe(200);
      await reply.text();
      const lowered = Number(reply.headers.get("x-farthing-max-tokens"));
      expect(lowered).toBeGreaterThanOrEqual(256);
      expect(lowered).toBeLessThan(1_000);
      expect(upstream.requests[0]?.json()).toMatchObject({ max_tokens: lowered });
      const row = await rowOf(gateway, reply);
      expect(row["hold"]).toBeLessThanOrEqual(5_000_000n);
      expect(row).toMatchObject({ outcome: "completed", posted: CHARGE });
    });
  });

  it("refuses what the balance cannot cover usefully, and tells what it could", async () => {
    await withGateway("0.0015", async (gateway) => {
      const reply = await post(gateway, model, { max_tokens: 4_000 });
      expect(reply.status).toBe(402);
      expect(await reply.json()).toMatchObject({
        error: { balance: "0.0015", affordable_max_tokens: expect.any(Number) as number },
      });
      expect(upstream.requests).toHaveLength(0);
      expect(await rowOf(gateway, reply)).toMatchObject({ outcome: "rejected", posted: 0n, hold: 0n });
    });
  });

  it("extends the hold of a long stream in steps, and charges all of it", async () => {
    await withGateway("5", async (gateway) => {
      upstream.next(long[model](20, true));
      const reply = await post(gateway, model, { max_tokens: 30_000, stream: true });
      expect(await reply.text()).toContain(END[model]);
      const row = await rowOf(gateway, reply);
      expect(row).toMatchObject({ outcome: "completed", posted: 100_010_000n, absorbed: 0n });
      // More than two steps of 8,192 tokens at $5 per million.
      expect(row["hold"]).toBeGreaterThan(2n * 40_960_000n);
    });
  });

  it.each([
    ["5", 100_010_000n, 0n],
    ["0.0425", null, null],
  ])("charges output that no byte has shown, as far as $%s goes", async (credit, posted, absorbed) => {
    await withGateway(credit, async (gateway) => {
      upstream.next(silent[model]());
      const reply = await post(gateway, model, { max_tokens: 30_000, stream: true });
      expect(await reply.text()).toContain(END[model]);
      const row = await rowOf(gateway, reply);
      expect(row).toMatchObject({ outcome: "completed", exact: null });
      expect(row["posted"]).toBe(posted ?? row["hold"]);
      expect(row["absorbed"]).toBe(absorbed ?? 100_010_000n - (row["hold"] as bigint));
    });
  });

  it("cuts a stream that the balance no longer covers: a regular end by length, charged up to the hold", async () => {
    await withGateway("0.0425", async (gateway) => {
      upstream.next(long[model](29, false));
      const reply = await post(gateway, model, { max_tokens: 30_000, stream: true });
      const text = await reply.text();
      expect(text).toContain(LENGTH[model]);
      expect(text).toContain(END[model]);
      expect(await upstream.requests[0]?.over).toBe("left");
      const row = await rowOf(gateway, reply);
      expect(row).toMatchObject({ outcome: "cut_by_hold", source: "estimated" });
      expect(row["posted"]).toBe(row["hold"]);
      expect(row["posted"]).toBeLessThanOrEqual(42_500_000n);
    });
  });

  it("cuts a provider that ignores the cap it was sent", async () => {
    await withGateway("5", async (gateway) => {
      upstream.next(long[model](29, false));
      const reply = await post(gateway, model, { max_tokens: 1_000, stream: true });
      expect(await reply.text()).toContain(LENGTH[model]);
      const row = await rowOf(gateway, reply);
      expect(row["outcome"]).toBe("cut_by_hold");
      expect(row["posted"]).toBe(row["hold"]);
    });
  });

  it.each([[true], [false]])("puts the cost into the usage when asked (stream: %s)", async (streams) => {
    await withGateway("1", async (gateway) => {
      upstream.next(short[model](streams), short[model](streams));
      const fields = {
        max_tokens: 100,
        stream: streams,
        ...(streams && model === "chat" ? { stream_options: { include_usage: true } } : {}),
      };
      const asked = await post(gateway, model, fields, { "x-farthing-usage": "cost" });
      expect(await asked.text()).toContain(`"cost":"${formatNano(CHARGE)}"`);
      expect(await rowOf(gateway, asked)).toMatchObject({ posted: CHARGE });
      expect(await (await post(gateway, model, fields)).text()).not.toContain('"cost"');
    });
  });

  it("refuses values of its own headers that are not in their lists", async () => {
    await withGateway("1", async (gateway) => {
      for (const headers of [{ "x-farthing-strict": "yes" }, { "x-farthing-usage": "all" }])
        expect((await post(gateway, model, { max_tokens: 10 }, headers)).status).toBe(400);
      expect(upstream.requests).toHaveLength(0);
    });
  });
});

describe("x-farthing-strict", () => {
  /** A chat request to a model that only speaks Messages, with something that cannot be carried over. */
  const lossy = (gateway: TestGateway, headers: Record<string, string>): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
      body: JSON.stringify({
        model: "claude",
        max_tokens: 50,
        logit_bias: { "1": 5 },
        messages: [{ role: "user", content: "hi" }],
      }),
    });

  it("makes a loss an error before anything is sent or charged; without it the loss is named", async () => {
    await withGateway("1", async (gateway) => {
      upstream.next(short.claude(false));
      const refused = await lossy(gateway, { "x-farthing-strict": "true" });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ error: { param: "logit_bias" } });
      expect(upstream.requests).toHaveLength(0);
      expect(await rowOf(gateway, refused)).toMatchObject({ outcome: "rejected", posted: 0n, absorbed: 0n });
      const named = await lossy(gateway, {});
      expect(named.status).toBe(200);
      expect(named.headers.get("x-farthing-dropped")).toBe("logit_bias");
    });
  });
});

describe("I-40: prices and plans that change while a stream runs", () => {
  it("the hold's snapshot is what is charged; the next request gets the new ones", async () => {
    await withGateway("1", async (gateway) => {
      const config = readConfig({ FARTHING_DATA: gateway.dataDir }, gateway.dataDir);
      const other = openSqlite({ file: databaseFile(config) });
      const apply = async (prices: object, discount: string): Promise<void> => {
        const text = JSON.stringify(configOf(prices, discount));
        await applyFile(other, loadSecret(config), { text, env: {}, actor: "test", catalog: loadCatalog() });
        await gateway.server.refresh();
      };
      upstream.next(
        stream([...dataEvents(TEXT), ...dataEvents(STOP, piece([], { usage: USAGE }), "[DONE]")], { gapMs: 300 }),
      );
      const running = await post(gateway, "chat", { max_tokens: 100, stream: true });
      await apply({ input: "10", output: "50" }, "0%");
      await apply({ input: "10", output: "50" }, "70%");
      await running.text();
      upstream.next(goodStream());
      const next = await post(gateway, "chat", { max_tokens: 100, stream: true });
      await next.text();
      await other.close();
      expect(await rowOf(gateway, running)).toMatchObject({ posted: CHARGE, multiplier_num: null });
      expect(await rowOf(gateway, next)).toMatchObject({ posted: CHARGE * 3n, plan_id: "everybody" });
    });
  });
});
