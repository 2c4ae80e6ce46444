/** Values beyond a protocol's range are moved into it and named; pass-through touches none. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Chat, JsonObject } from "./canonical.ts";
import { Dropped } from "./dropped.ts";
import { aTarget } from "./fixtures/corpus.ts";
import { aCall, anAsk, EDITS } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import { PROTOCOL_IDS, type ProtocolId } from "./protocol.ts";
import { MOST_STOPS, SAMPLING_RANGES, withinRanges } from "./sampling.ts";
import { splice } from "./splice.ts";

const FIELDS = ["temperature", "topP", "topK", "presencePenalty", "frequencyPenalty", "logprobs"] as const;
const QUIET: Chat = { turns: [], stream: false };

const anyValue = fc.option(fc.double({ min: -1_000, max: 2_000, noNaN: true }), { nil: undefined });
const aChat = fc
  .record({
    temperature: anyValue,
    topP: anyValue,
    topK: anyValue,
    presencePenalty: anyValue,
    frequencyPenalty: anyValue,
    logprobs: anyValue,
    stop: fc.option(fc.array(fc.string(), { maxLength: 12 }), { nil: undefined }),
  })
  .map((said): Chat => {
    const given = Object.entries(said).filter(([, one]) => one !== undefined);
    return { ...QUIET, ...Object.fromEntries(given) };
  });

describe.each(PROTOCOL_IDS)("%s", (protocol) => {
  const within = (chat: Chat) => {
    const dropped = new Dropped();
    return { chat: withinRanges(chat, protocol, dropped), names: dropped.names };
  };

  it("every value ends within its range, and only what was moved is named", () => {
    fc.assert(
      fc.property(aChat, (asked) => {
        const { chat, names } = within(asked);
        let moved = 0;
        for (const field of FIELDS) {
          const [before, after, range] = [asked[field], chat[field], SAMPLING_RANGES[protocol][field]];
          if (before !== after) moved++;
          if (after === undefined || range === null) continue;
          expect(after).toBeGreaterThanOrEqual(range[0]);
          expect(after).toBeLessThanOrEqual(range[1]);
        }
        const most = MOST_STOPS[protocol] ?? Infinity;
        const left = Math.max(0, (asked.stop?.length ?? 0) - most);
        expect(chat.stop?.length).toBe(asked.stop === undefined ? undefined : asked.stop.length - left);
        expect(names).toHaveLength(moved + left);
        // Once is enough.
        expect(within(chat)).toEqual({ chat, names: [] });
      }),
    );
  });
});

describe("a chat request at a provider of another protocol", () => {
  const asked = {
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    temperature: 2.5,
    top_p: 1.5,
    presence_penalty: 2,
    stop: ["a", "b", "c", "d", "e", "f"],
  };
  const write = (to: ProtocolId, model = "m"): { body: JsonObject; dropped: readonly string[] } => {
    const { chat } = PROTOCOLS["openai-chat"].client.read(aCall(asked));
    return PROTOCOLS[to].upstream.write(chat, aTarget({ model }));
  };

  it.each<[ProtocolId, object, string[]]>([
    ["anthropic", { temperature: 1, top_p: 1 }, ["temperature", "top_p", "presence_penalty"]],
    [
      "gemini",
      {
        generationConfig: { temperature: 2, topP: 1, presencePenalty: 1.99, stopSequences: ["a", "b", "c", "d", "e"] },
      },
      ["temperature", "top_p", "presence_penalty", "stop[5]"],
    ],
    ["openai-responses", { temperature: 2, top_p: 1 }, ["temperature", "top_p", "stop", "presence_penalty"]],
    [
      "openai-chat",
      { temperature: 2, top_p: 1, presence_penalty: 2, stop: ["a", "b", "c", "d"] },
      ["temperature", "top_p", "stop[4]", "stop[5]"],
    ],
  ])("%s", (to, expected, names) => {
    const { body, dropped } = write(to);
    expect(body).toMatchObject(expected);
    expect(dropped).toEqual(names);
  });

  it.each(["gpt-5-mini", "openai/o3", "gpt-5.4"])("%s takes no sampling, and it is named", (model) => {
    const { body, dropped } = write("openai-chat", model);
    for (const name of ["temperature", "top_p", "presence_penalty"]) expect(body).not.toHaveProperty(name);
    expect(dropped).toEqual(["temperature", "top_p", "stop[4]", "stop[5]", "presence_penalty"]);
  });

  it("Responses take no sampling for such a model either", () => {
    const { body, dropped } = write("openai-responses", "gpt-5.4-pro");
    for (const name of ["temperature", "top_p"]) expect(body).not.toHaveProperty(name);
    expect(dropped).toEqual(["temperature", "top_p", "stop", "presence_penalty"]);
  });

  it.each(["gpt-5-chat-latest", "gpt-4o", "o1ive", "gpt-50"])("%s takes it", (model) => {
    expect(write("openai-chat", model).body).toMatchObject({ temperature: 2, top_p: 1 });
  });
});

describe("pass-through never clamps", () => {
  const odd = {
    temperature: 9,
    top_p: 7,
    top_k: -3,
    presence_penalty: 44,
    stop: ["a", "b", "c", "d", "e", "f"],
    max_tokens: 5,
  };

  it.each<[ProtocolId, object]>([
    ["openai-chat", odd],
    ["openai-responses", { temperature: 9, top_p: 7, store: false }],
    ["anthropic", odd],
    ["gemini", { contents: [], generationConfig: { temperature: 9, topP: 7, topK: -3 } }],
  ])("%s", (protocol, body) => {
    const call = aCall(protocol === "gemini" ? body : { model: "m", ...body });
    const { dropped = [], ...edits } = EDITS[protocol].request(call, anAsk({ stream: false }), aTarget());
    expect(Buffer.concat(splice(call.body, call.scan, edits)).equals(call.body)).toBe(true);
    expect(dropped).toEqual([]);
  });
});
