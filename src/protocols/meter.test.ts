import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../unit.ts";
import type { Json } from "./canonical.ts";
import { MessagesMeter, readUsage as readMessages } from "./anthropic/meter.ts";
import { aTarget } from "./fixtures/corpus.ts";
import { ChatMeter, readUsage as readChat } from "./openai-chat/meter.ts";
import type { Target } from "./protocol.ts";

const chat = (usage: Json, changes: Partial<Target> = {}) => {
  const meter = new ChatMeter(aTarget(changes));
  meter.whole({ choices: [], usage });
  return meter.read();
};

const events = (...bodies: readonly Json[]) => {
  const meter = new MessagesMeter(aTarget());
  for (const body of bodies) meter.event({ event: "", data: "" }, body);
  return meter.read();
};

const chunks = (...bodies: readonly Json[]) => {
  const meter = new ChatMeter(aTarget());
  for (const body of bodies) meter.event({ event: "", data: "" }, body);
  return meter.read();
};

const nested = (usage: Json): Json => ({ type: "message_start", message: { usage } });

describe("Chat Completions usage (I-17)", () => {
  it.each<[string, Json, Usage]>([
    ["plain", { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { input: 10, output: 5 }],
    ["an explicit zero is a report (I-31)", { prompt_tokens: 0, completion_tokens: 0 }, { input: 0, output: 0 }],
    [
      "cached",
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
      { input: 6, cache_read: 4, output: 5 },
    ],
    [
      "cached, DeepSeek",
      { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 },
      { input: 6, cache_read: 4, output: 5 },
    ],
    [
      "cached, Together",
      { prompt_tokens: 10, completion_tokens: 5, cached_tokens: 4 },
      { input: 6, cache_read: 4, output: 5 },
    ],
    [
      "cached, Mistral",
      { prompt_tokens: 10, completion_tokens: 5, num_cached_tokens: 4 },
      { input: 6, cache_read: 4, output: 5 },
    ],
    [
      "cached twice is cached once",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        cache_read_input_tokens: 4,
        prompt_tokens_details: { cached_tokens: 4 },
      },
      { input: 6, cache_read: 4, output: 5 },
    ],
    [
      "cached beyond the prompt: the uncached rest is none",
      { prompt_tokens: 298, completion_tokens: 14, prompt_tokens_details: { cached_tokens: 387 } },
      { input: 0, cache_read: 387, output: 14 },
    ],
    [
      "written",
      { prompt_tokens: 20, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 6 } },
      { input: 10, cache_read: 4, cache_write_5m: 6, output: 5 },
    ],
    [
      "written, split by lifetime",
      {
        prompt_tokens: 20,
        completion_tokens: 5,
        cache_creation_input_tokens: 9,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3, ephemeral_24h_input_tokens: 4 },
      },
      { input: 11, cache_write_5m: 2, cache_write_1h: 7, output: 5 },
    ],
    [
      "spoken prompt",
      {
        prompt_tokens: 49,
        completion_tokens: 10,
        total_tokens: 59,
        prompt_tokens_details: { audio_tokens: 25, text_tokens: 24 },
      },
      { input: 24, audio_input: 25, output: 10 },
    ],
    [
      "spoken prompt beside the prompt count, Mistral",
      { prompt_tokens: 9, completion_tokens: 248, total_tokens: 632, prompt_tokens_details: { audio_tokens: 375 } },
      { input: 9, audio_input: 375, output: 248 },
    ],
    [
      "spoken reply",
      { prompt_tokens: 22, completion_tokens: 18, completion_tokens_details: { audio_tokens: 12 } },
      { input: 22, output: 6, audio_output: 12 },
    ],
    [
      "reasoning inside",
      {
        prompt_tokens: 10,
        completion_tokens: 50,
        total_tokens: 60,
        completion_tokens_details: { reasoning_tokens: 40 },
      },
      { input: 10, output: 10, reasoning: 40 },
    ],
    [
      "reasoning beside, by the total (xAI)",
      {
        prompt_tokens: 10,
        completion_tokens: 50,
        total_tokens: 100,
        completion_tokens_details: { reasoning_tokens: 40 },
      },
      { input: 10, output: 50, reasoning: 40 },
    ],
    [
      "reasoning beyond completion",
      {
        prompt_tokens: 10,
        completion_tokens: 25,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 40 },
      },
      { input: 10, output: 0, reasoning: 40 },
    ],
    [
      "reasoning on top, Copilot",
      { prompt_tokens: 10, completion_tokens: 50, reasoning_tokens: 40 },
      { input: 10, output: 10, reasoning: 40 },
    ],
    [
      "image tokens stay input",
      { prompt_tokens: 270, completion_tokens: 2, prompt_tokens_details: { image_tokens: 256, text_tokens: 14 } },
      { input: 270, output: 2 },
    ],
    [
      "searches",
      { prompt_tokens: 1, completion_tokens: 1, server_tool_use_details: { web_search_requests: 2 } },
      { input: 1, output: 1, web_search: 2 },
    ],
    ["a missing half, from the total", { prompt_tokens: 10, total_tokens: 15 }, { input: 10, output: 5 }],
    [
      "details that are null",
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: null, completion_tokens_details: null },
      { input: 10, output: 5 },
    ],
    [
      "floats where no count is read",
      { prompt_tokens: 10, completion_tokens: 5, queue_time: 0.5, cost: 0.01 },
      { input: 10, output: 5 },
    ],
  ])("%s", (_, usage, expected) => {
    expect(chat(usage)).toMatchObject({ usage: expected, invalid: false });
  });

  it.each<[Json]>([
    [null],
    [{}],
    [{ prompt_tokens: 10 }],
    [{ completion_tokens: 10 }],
    [{ prompt_tokens: null, completion_tokens: 5 }],
  ])("I-31: %j is no report", (usage) => {
    expect(chat(usage)).toMatchObject({ usage: undefined, invalid: false });
  });

  it("B48, I-24: the quirk puts reasoning beside completion where no total says otherwise", () => {
    const usage = { prompt_tokens: 10, completion_tokens: 50, completion_tokens_details: { reasoning_tokens: 40 } };
    const quirks = { reasoning_beside_completion: true } as const;
    expect(chat(usage, { quirks }).usage).toEqual({ input: 10, output: 50, reasoning: 40 });
    expect(chat({ ...usage, total_tokens: 60 }, { quirks }).usage).toEqual({ input: 10, output: 10, reasoning: 40 });
  });

  it.each<[string, Json]>([
    ["on top", { usage: { prompt_tokens: 3, completion_tokens: 2 } }],
    ["in the choice", { choices: [{ index: 0, delta: {}, usage: { prompt_tokens: 3, completion_tokens: 2 } }] }],
    ["apart", { usage: null, x_groq: { usage: { prompt_tokens: 3, completion_tokens: 2 } } }],
  ])("finds usage %s", (_, body) => {
    expect(chunks(body).usage).toEqual({ input: 3, output: 2 });
  });

  it("B49: takes the last of many reports, also when it is smaller, and never a null", () => {
    const said = (prompt: number, completion: number): Json => ({
      usage: { prompt_tokens: prompt, completion_tokens: completion },
    });
    expect(chunks(said(4, 1), said(4, 7), said(3, 9), { choices: [], usage: null }).usage).toEqual({
      input: 3,
      output: 9,
    });
  });
});

describe("Messages usage (I-17)", () => {
  it.each<[string, Json, Usage]>([
    ["plain", { input_tokens: 10, output_tokens: 5 }, { input: 10, output: 5 }],
    [
      "disjoint cache counts",
      { input_tokens: 10, cache_read_input_tokens: 4, cache_creation_input_tokens: 6, output_tokens: 5 },
      { input: 10, cache_read: 4, cache_write_5m: 6, output: 5 },
    ],
    [
      "lifetimes",
      {
        input_tokens: 1,
        cache_creation_input_tokens: 9,
        cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 },
        output_tokens: 5,
      },
      { input: 1, cache_write_5m: 4, cache_write_1h: 5, output: 5 },
    ],
    [
      "a sum beyond an hourly split is hourly",
      {
        input_tokens: 1,
        cache_creation_input_tokens: 9,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 5 },
        output_tokens: 5,
      },
      { input: 1, cache_write_1h: 9, output: 5 },
    ],
    [
      "a split alone",
      { input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 4 }, output_tokens: 5 },
      { input: 1, cache_write_5m: 4, output: 5 },
    ],
    [
      "thinking inside output",
      { input_tokens: 1, output_tokens: 50, output_tokens_details: { thinking_tokens: 20 } },
      { input: 1, output: 30, reasoning: 20 },
    ],
    [
      "searches",
      { input_tokens: 1, output_tokens: 2, server_tool_use: { web_search_requests: 3, web_fetch_requests: 9 } },
      { input: 1, output: 2, web_search: 3 },
    ],
    [
      "passes billed apart",
      {
        input_tokens: 682,
        output_tokens: 1320,
        iterations: [
          { type: "compaction", input_tokens: 60385, output_tokens: 592, cache_read_input_tokens: 7 },
          { type: "message", input_tokens: 682, output_tokens: 1320 },
        ],
      },
      { input: 61067, cache_read: 7, output: 1912 },
    ],
  ])("%s", (_, usage, expected) => {
    const meter = new MessagesMeter(aTarget());
    meter.whole({ content: [], usage });
    expect(meter.read()).toMatchObject({ usage: expected, invalid: false });
  });

  it("merges start and end field by field, the last that is not null", () => {
    const start = nested({
      input_tokens: 2479,
      cache_read_input_tokens: 5,
      cache_creation: { ephemeral_1h_input_tokens: 8 },
      cache_creation_input_tokens: 8,
      output_tokens: 70,
    });
    expect(events(start).usage).toEqual({ input: 2479, cache_read: 5, cache_write_1h: 8, output: 70 });
    const end = {
      type: "message_delta",
      delta: { stop_reason: "end_turn" },
      usage: { input_tokens: 4045, cache_read_input_tokens: null, output_tokens: 215 },
    };
    expect(events(start, end)).toMatchObject({
      usage: { input: 4045, cache_read: 5, cache_write_1h: 8, output: 215 },
      finish: "stop",
    });
    const old = { type: "message_delta", delta: {}, usage: { output_tokens: 9 } };
    expect(events(start, old).usage).toMatchObject({ input: 2479, output: 9 });
    expect(events(nested({ input_tokens: null, output_tokens: 0 })).usage).toBeUndefined();
  });
});

const INCREDIBLE: readonly Json[] = [-5, 1e21, "12", 1.5, true, 2 ** 63, 10_000_000, [], {}];

describe("B48, I-24: incredible counts", () => {
  it.each(
    INCREDIBLE.flatMap(
      (count) =>
        [
          ["chat", count],
          ["messages", count],
        ] as const,
    ),
  )("%s %j", (kind, count) => {
    const reading = (usage: Json) => (kind === "chat" ? chat(usage) : events(nested(usage)));
    const [prompt, output] =
      kind === "chat" ? ["prompt_tokens", "completion_tokens"] : ["input_tokens", "output_tokens"];
    expect(reading({ [prompt]: count, [output]: 1 })).toMatchObject({ usage: undefined, invalid: true });
    expect(reading({ [prompt]: 1, [output]: count })).toMatchObject({ usage: undefined, invalid: true });
    expect(reading({ [prompt]: 1, [output]: 1, cache_read_input_tokens: count })).toMatchObject({
      usage: undefined,
      invalid: true,
    });
    expect(reading({ [prompt]: 1, [output]: 1 })).toMatchObject({ usage: { input: 1, output: 1 }, invalid: false });
  });

  it.each<[Json]>([["text"], [7], [[]], [true]])("a usage of %j is no usage", (usage) => {
    expect(chat(usage)).toMatchObject({ usage: undefined, invalid: true });
    expect(events(nested(usage))).toMatchObject({ usage: undefined, invalid: true });
  });

  it("believes twice a model's limits and a little, for each choice, and no more", () => {
    const small = { context: 1_000, maxOutput: 100 };
    const said = (prompt: number, completion: number): Json => ({
      prompt_tokens: prompt,
      completion_tokens: completion,
    });
    expect(chat(said(6_096, 4_296), small).invalid).toBe(false);
    expect(chat(said(6_097, 1), small).invalid).toBe(true);
    expect(chat(said(1, 4_297), small).invalid).toBe(true);
    expect(chat(said(1, 4_295), { ...small, maxTokens: 10 }).invalid).toBe(true);
    const meter = new ChatMeter(aTarget(small));
    meter.whole({ choices: [{ index: 1, message: {} }], usage: said(1, 8_592) });
    expect(meter.read().invalid).toBe(false);
  });

  it("whatever is reported, counts are safe integers of which none is negative", () => {
    const count = fc.oneof(fc.nat(), fc.constantFrom<Json>(null, -1, 0.5, "3", 1e21, 0));
    const usage = fc.record(
      {
        prompt_tokens: count,
        completion_tokens: count,
        total_tokens: count,
        input_tokens: count,
        output_tokens: count,
        cached_tokens: count,
        cache_creation_input_tokens: count,
        prompt_tokens_details: fc.record({ cached_tokens: count, audio_tokens: count, cache_write_tokens: count }),
        completion_tokens_details: fc.record({ reasoning_tokens: count, audio_tokens: count, image_tokens: count }),
        output_tokens_details: fc.record({ thinking_tokens: count }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(usage, (json) => {
        for (const read of [readChat, readMessages]) {
          const { usage: found, invalid } = read(json);
          if (invalid) expect(found).toBeUndefined();
          for (const value of Object.values(found ?? {})) {
            expect(Number.isSafeInteger(value)).toBe(true);
            expect(value).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("I-17: parts sum to the provider's totals while they lie within them", () => {
    const parts = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99));
    fc.assert(
      fc.property(parts, ([rest, cached, written, audio, text, reasoning]) => {
        const prompt = rest + cached + written + audio;
        const { usage } = readChat({
          prompt_tokens: prompt,
          completion_tokens: text + reasoning,
          total_tokens: prompt + text + reasoning,
          prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written, audio_tokens: audio },
          completion_tokens_details: { reasoning_tokens: reasoning },
        });
        expect(total(usage ?? {}, PROMPT_UNITS)).toBe(prompt);
        expect(total(usage ?? {}, COMPLETION_UNITS)).toBe(text + reasoning);
        expect([usage?.input, usage?.cache_read ?? 0, usage?.output, usage?.reasoning ?? 0]).toEqual([
          rest,
          cached,
          text,
          reasoning,
        ]);
      }),
    );
  });
});

describe("I-35: output bytes", () => {
  it.each<[string, Json, number]>([
    ["text", { content: "aé😀" }, 7],
    [
      "parts and thinking",
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "abc" }] },
          { type: "text", text: "de" },
        ],
      },
      5,
    ],
    [
      "reasoning under two names is counted once",
      { reasoning: "abc", reasoning_details: [{ text: "abc" }], content: null },
      3,
    ],
    ["reasoning details alone", { reasoning_details: [{ type: "reasoning.text", text: "abcd" }] }, 4],
    ["refusal", { refusal: "no" }, 2],
    ["calls", { tool_calls: [{ id: "call_1", type: "function", function: { name: "fn", arguments: '{"a":1}' } }] }, 9],
    ["custom calls", { tool_calls: [{ type: "custom", custom: { name: "fn", input: "xyz" } }] }, 5],
    ["legacy call", { function_call: { name: "fn", arguments: "{}" } }, 4],
    ["base64 sound is no output, its transcript is", { audio: { data: "AAAAAAAA", transcript: "hey" } }, 3],
    ["nulls and roles", { role: "assistant", content: null, tool_calls: null, reasoning_content: null }, 0],
  ])("chat: %s", (_, delta, bytes) => {
    expect(chunks({ choices: [{ index: 0, delta }] }).outputBytes).toBe(bytes);
    const meter = new ChatMeter(aTarget());
    meter.whole({ choices: [{ index: 0, message: delta, finish_reason: "stop" }] });
    expect(meter.read()).toMatchObject({ outputBytes: bytes, finish: "stop" });
  });

  it("messages: text, thinking, calls and their arguments; no signatures", () => {
    const block = (content_block: Json): Json => ({ type: "content_block_start", index: 0, content_block });
    const delta = (body: Json): Json => ({ type: "content_block_delta", index: 0, delta: body });
    expect(
      events(
        block({ type: "text", text: "ab" }),
        delta({ type: "text_delta", text: "é" }),
        delta({ type: "thinking_delta", thinking: "abc" }),
        delta({ type: "signature_delta", signature: "AAAA" }),
        block({ type: "tool_use", id: "toolu_1", name: "fn", input: {} }),
        delta({ type: "input_json_delta", partial_json: '{"a"' }),
        block({ type: "tool_use", id: "toolu_2", name: "gn", input: { a: 1 } }),
        { type: "ping" },
      ).outputBytes,
    ).toBe(2 + 2 + 3 + 2 + 4 + 2 + 7);
  });
});
