/** What a provider reports of itself and the client does not see as it came: shrinking counts (B49) and prices (decision 0023). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { COMPLETION_UNITS, total } from "../unit.ts";
import { aTarget } from "./fixtures/corpus.ts";
import { aContext, anAsk, EDITS } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import type { ProtocolId, Quirks, Reading, ReplyStream, Settled } from "./protocol.ts";
import { relay } from "./relay.ts";
import { aCall } from "./fixtures/sides.ts";

type Streaming = Exclude<ProtocolId, "openai-responses">;

const data = (body: object, event?: string): string =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(body)}\n\n`;

/** A stream that reports these counts of output in order, the last with its end. Its prompt shrinks from 9 to 4 (Google, recorded). */
const STREAMS: Readonly<Record<Streaming, (counts: readonly number[]) => string>> = {
  "openai-chat": (counts) =>
    counts
      .map((count, i) => {
        const isLast = i === counts.length - 1;
        const choice = { index: 0, delta: { content: "a" }, finish_reason: isLast ? "stop" : null };
        const usage = { prompt_tokens: isLast ? 4 : 9, completion_tokens: count };
        return data({ id: "c", model: "m", choices: [choice], usage });
      })
      .join("") + "data: [DONE]\n\n",
  gemini: (counts) =>
    counts
      .map((count, i) => {
        const isLast = i === counts.length - 1;
        const candidate = { content: { parts: [{ text: "a" }] }, ...(isLast ? { finishReason: "STOP" } : {}) };
        const usageMetadata = { promptTokenCount: isLast ? 4 : 9, candidatesTokenCount: count };
        return data({ candidates: [candidate], usageMetadata });
      })
      .join(""),
  anthropic: (counts) =>
    [
      data(
        { type: "message_start", message: { model: "m", usage: { input_tokens: 9, output_tokens: 70 } } },
        "message_start",
      ),
      data({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }, "content_block_start"),
      data({ type: "content_block_stop", index: 0 }, "content_block_stop"),
      ...counts.map((count, i) => {
        const stop = i === counts.length - 1 ? "end_turn" : null;
        const usage = { input_tokens: i === counts.length - 1 ? 4 : 9, output_tokens: count };
        return data({ type: "message_delta", delta: { stop_reason: stop }, usage }, "message_delta");
      }),
      data({ type: "message_stop" }, "message_stop"),
    ].join(""),
};

const settled = ({ usage = {} }: Reading): Settled => ({ usage, source: "reported" });

const drain = (stream: ReplyStream, text: string): { out: string; reading: Reading } => {
  const parts = [stream.push(Buffer.from(text)), stream.end()];
  expect(stream.state).toBe("ended");
  const reading = stream.reading();
  const bytes = [...parts, stream.finish(settled(reading))].filter((part) => part !== undefined);
  return { out: Buffer.concat(bytes).toString(), reading };
};

const pass = (protocol: ProtocolId, text: string, quirks: Quirks = {}): { out: string; reading: Reading } =>
  drain(EDITS[protocol].stream(anAsk({ wantsUsage: true }), aTarget({ quirks }), aContext({ wantsUsage: true })), text);

/** The count of output in the last report that a client of the dialect reads. */
const LAST: Readonly<Record<Streaming, RegExp>> = {
  "openai-chat": /.*"completion_tokens":(\d+)/s,
  gemini: /.*"candidatesTokenCount":(\d+)/s,
  anthropic: /.*"output_tokens":(\d+)/s,
};

/** Which of several counts of output holds. Gemini's are not of one whole: its last word is the sum (recorded). */
const HOLDS: Readonly<Record<Streaming, (counts: readonly number[]) => number>> = {
  "openai-chat": (counts) => Math.max(...counts),
  gemini: (counts) => counts.at(-1) ?? 0,
  anthropic: (counts) => Math.max(...counts),
};

const said = (protocol: Streaming, out: string): number => Number(LAST[protocol].exec(out)?.[1]);

describe.each(Object.keys(STREAMS) as Streaming[])("B49, I-39: %s, counts in any order", (protocol) => {
  const counts = fc.array(fc.nat(60_000), { minLength: 1, maxLength: 8 });

  it("charges what holds of the output, of the prompt what was said last, and the reply says the same", () => {
    fc.assert(
      fc.property(counts, (reports) => {
        const { out, reading } = pass(protocol, STREAMS[protocol](reports));
        expect(reading.usage).toEqual({ input: 4, output: HOLDS[protocol](reports) });
        expect(said(protocol, out)).toBe(HOLDS[protocol](reports));
      }),
      { numRuns: 40 },
    );
  });

  it("leaves a stream that grows as it came", () => {
    const text = STREAMS[protocol]([1, 5, 5, 20]);
    expect(pass(protocol, text).out).toBe(text);
  });

  it("says the same in every other dialect", () => {
    for (const client of Object.values(PROTOCOLS).filter(({ id }) => id !== protocol)) {
      const request = {
        model: "m",
        max_tokens: 9,
        messages: [{ role: "user", content: "Hi" }],
        input: "Hi",
        contents: [],
      };
      const order = { from: client, to: PROTOCOLS[protocol], call: aCall(request), ask: anAsk({ wantsUsage: true }) };
      const context = aContext({ wantsUsage: true });
      const { out, reading } = drain(
        relay({ ...order, target: aTarget(), context }).stream(),
        STREAMS[protocol]([30, 12]),
      );
      expect(total(reading.usage ?? {}, COMPLETION_UNITS)).toBe(HOLDS[protocol]([30, 12]));
      const count = new RegExp(`"(completion_tokens|output_tokens|candidatesTokenCount)":${HOLDS[protocol]([30, 12])}`);
      expect(out).toMatch(count);
    }
  });

  it("is not misled by a report that nobody can believe", () => {
    expect(pass(protocol, STREAMS[protocol]([1_000_000_000, 12])).reading).toMatchObject({
      usage: { input: 4, output: 12 },
      invalid: false,
    });
  });
});

it("B49: searches that were made stay made", () => {
  const chunk = (searches: number, finish: string | null): string =>
    data({
      choices: [{ index: 0, delta: { content: "a" }, finish_reason: finish }],
      usage: { prompt_tokens: 1, completion_tokens: 2, server_tool_use: { web_search_requests: searches } },
    });
  const { reading } = pass("openai-chat", chunk(3, null) + chunk(1, "stop"));
  expect(reading.usage).toEqual({ input: 1, output: 2, web_search: 3 });
});

describe("tells_prices: what the operator pays is not shown", () => {
  const prices = {
    cost: 0.001,
    cost_details: { upstream_inference_cost: 0.001 },
    is_byok: false,
    cost_in_usd_ticks: 7,
  };
  const PRICE = /cost|byok/;
  const WHOLE: Readonly<Partial<Record<ProtocolId, object>>> = {
    "openai-chat": {
      choices: [{ index: 0, message: { content: "the cost" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 2, ...prices },
      cost: { usd: 1 },
    },
    "openai-responses": { status: "completed", output: [], usage: { input_tokens: 1, output_tokens: 2, ...prices } },
    anthropic: { content: [], stop_reason: "end_turn", usage: { input_tokens: 1, output_tokens: 2, ...prices } },
  };
  const STREAM: Readonly<Partial<Record<ProtocolId, string>>> = {
    "openai-chat":
      data({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: null }) +
      data({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, ...prices }, cost: 1 }) +
      "data: [DONE]\n\n",
    "openai-responses": data(
      { type: "response.completed", response: WHOLE["openai-responses"] ?? {} },
      "response.completed",
    ),
    anthropic:
      data({
        type: "message_start",
        message: { model: "m", usage: { input_tokens: 1, output_tokens: 0, ...prices } },
      }) +
      data({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2, ...prices } }) +
      data({ type: "message_stop" }),
  };

  it.each(Object.entries(WHOLE))("%s, a JSON reply", (protocol, body) => {
    const text = JSON.stringify(body);
    const read = (quirks: Quirks) => EDITS[protocol as ProtocolId].reply(Buffer.from(text), aTarget({ quirks }));
    const hidden = read({ tells_prices: true });
    const shown = hidden.render(settled(hidden.reading)).toString();
    expect(shown.replace("the cost", "")).not.toMatch(PRICE);
    expect(hidden.reading.usage).toEqual({ input: 1, output: 2 });
    // Who asked for our own cost gets it, and only it.
    const priced = hidden.render({ ...settled(hidden.reading), cost: "0.5" }).toString();
    expect(priced.match(/"cost"/g)).toHaveLength(1);
    expect(JSON.parse(priced).usage.cost).toBe("0.5");
    const plain = read({});
    expect(plain.render(settled(plain.reading)).toString()).toBe(text);
  });

  it.each(Object.entries(STREAM))("%s, a stream", (protocol, text) => {
    expect(pass(protocol as ProtocolId, text, { tells_prices: true }).out).not.toMatch(PRICE);
    expect(pass(protocol as ProtocolId, text).out).toBe(text);
  });
});
