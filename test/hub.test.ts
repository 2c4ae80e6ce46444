/**
 * The hub over everything that was ever recorded: each request is read and written in the other protocol, each reply is read and
 * written for a client of the other protocol, held to that protocol's grammar, and compared with a plain reading of the source.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PROTOCOLS } from "../src/protocols/index.ts";
import type { Json, JsonObject, ReplyEvent } from "../src/protocols/canonical.ts";
import { collect } from "../src/protocols/collect.ts";
import { scanJson } from "../src/protocols/json.ts";
import { type Call, type ProtocolId, type ReplyContext, type Settled, type Target } from "../src/protocols/protocol.ts";
import { SseReader } from "../src/protocols/sse.ts";
import { mustHave } from "../src/protocols/fixtures/wire.ts";
import { isSuccess, loadCorpus, parse, type Exchange } from "./conformance/corpus.ts";
import { saidBy } from "./conformance/expected.ts";
import { hearChat, hearChatWhole, hearMessages, hearMessageWhole, type Heard, type Loose } from "./grammar.ts";
import { hearResponses, hearResponseWhole } from "./responses-grammar.ts";

/** The protocols whose recordings are read here. */
const SPOKEN = ["openai-chat", "openai-responses", "anthropic"] as const satisfies readonly ProtocolId[];
type Spoken = (typeof SPOKEN)[number];
const corpus = mustHave(
  "conversation",
  loadCorpus().filter(({ protocol }) => SPOKEN.some((one) => one === protocol)),
);
const spokenOf = ({ protocol }: Exchange): Spoken => SPOKEN.find((one) => one === protocol) ?? "openai-chat";
const OTHERS: Readonly<Record<Spoken, readonly Spoken[]>> = {
  "openai-chat": ["anthropic", "openai-responses"],
  "openai-responses": ["openai-chat", "anthropic"],
  anthropic: ["openai-chat", "openai-responses"],
};
const SETTLED: Settled = { usage: { input: 11, cache_read: 5, output: 7, reasoning: 3 }, source: "reported" };
const CONTEXT: ReplyContext = { requestId: "req_1", model: "m", created: 1_700_000_000, wantsUsage: true };
const target = (changes: Partial<Target> = {}): Target => ({
  model: "provider-model",
  replyModel: "m",
  defaultMaxTokens: 4_096,
  context: 2_000_000,
  maxOutput: 200_000,
  quirks: {},
  ...changes,
});

const aCall = (body: object): Call => {
  const bytes = Buffer.from(JSON.stringify(body));
  return { body: bytes, scan: scanJson(bytes), headers: {}, json: () => body as JsonObject };
};

/** Feeds a recorded stream to its reader, as the relay does. */
const eventsOf = (exchange: Exchange): ReplyEvent[] => {
  const reader = PROTOCOLS[exchange.protocol].upstream.reader(target());
  const frames = new SseReader();
  frames.push(Buffer.from(exchange.response.sse ?? ""));
  const events: ReplyEvent[] = [];
  const take = (frame: { event: string; data: string | undefined } | undefined): boolean => {
    if (frame === undefined) return false;
    const { event, data } = frame;
    if (data !== undefined && data.trim() !== "")
      events.push(...reader.read({ event, data }, (parse(data) ?? null) as Json));
    return true;
  };
  while (take(frames.next()));
  take(frames.end());
  expect(reader.ended).toBe(true);
  return events;
};

const HEAR: Readonly<Record<Spoken, { stream(sse: string): Heard; whole(body: Loose): Heard }>> = {
  "openai-chat": { stream: (sse) => hearChat(sse, true), whole: hearChatWhole },
  "openai-responses": { stream: hearResponses, whole: hearResponseWhole },
  anthropic: { stream: hearMessages, whole: hearMessageWhole },
};

const hear = (exchange: Exchange, to: Spoken): Heard => {
  const { client } = PROTOCOLS[to];
  if (exchange.response.sse === undefined) {
    const body = (exchange.response.body ?? parse(exchange.response.body_raw ?? "")) as Json;
    const reply = PROTOCOLS[exchange.protocol].upstream.readReply(body, target());
    return HEAR[to].whole(client.writeReply(reply, SETTLED, CONTEXT) as Loose);
  }
  const writer = client.writer(CONTEXT);
  let sse = "";
  for (const event of eventsOf(exchange)) sse += writer.write(event);
  return HEAR[to].stream(sse + writer.end(SETTLED));
};

/** The summary of each reasoning item, or the text of makers that show it. */
const responsesReasoning = (body: Loose, streamed: boolean): string => {
  const items: Loose[] = streamed
    ? body["type"] === "response.output_item.done"
      ? [body["item"]]
      : []
    : (body["output"] ?? []);
  return items
    .filter(({ type }) => type === "reasoning")
    .map(({ summary, content }) => (summary?.length ? summary : (content ?? [])) as Loose[])
    .map((parts) => parts.map((part) => part["text"]).join("\n\n"))
    .join("");
};

/** Reasoning as a plain reading finds it. Providers that send it twice mean it once. */
const reasoningOf = (exchange: Exchange): string => {
  const { sse, body } = exchange.response;
  const bodies =
    sse === undefined
      ? [body as Loose]
      : sse.split(/\r?\n/).flatMap((line) => {
          const json = line.startsWith("data:") ? parse(line.slice(5)) : undefined;
          return typeof json === "object" && json !== null ? [json as Loose] : [];
        });
  let text = "";
  for (const each of bodies) {
    if (exchange.protocol === "anthropic") {
      text += each["delta"]?.thinking ?? each["content_block"]?.thinking ?? "";
      for (const block of each["content"] ?? []) text += block.thinking ?? "";
      continue;
    }
    if (exchange.protocol === "openai-responses") {
      text += responsesReasoning(each, sse !== undefined);
      continue;
    }
    const choice = (each["choices"] ?? []).find((one: Loose) => (one["index"] ?? 0) === 0);
    const said: Loose = (sse === undefined ? choice?.message : choice?.delta) ?? {};
    const parts = (Array.isArray(said["content"]) ? said["content"] : []).filter(
      (part: Loose) => part["type"] === "thinking",
    );
    for (const part of parts) for (const inner of part.thinking) text += inner.text;
    const details = (said["reasoning_details"] ?? []).map((one: Loose) => one["text"] ?? one["summary"] ?? "").join("");
    text += details || said["reasoning_content"] || said["reasoning"] || "";
  }
  return text;
};

/** The plain word for an end whatever the provider's protocol called it. */
const COMMON: Readonly<Record<string, string>> = {
  end_turn: "stop",
  completed: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  "incomplete/max_output_tokens": "length",
  refusal: "filtered",
  content_filter: "filtered",
  "incomplete/content_filter": "filtered",
  tool_use: "stop",
  tool_calls: "stop",
  function_call: "stop",
  length: "length",
};
/** The same for a client of each protocol, where no tools are called. */
const WORDS: Readonly<Record<Spoken, Readonly<Record<string, string>>>> = {
  "openai-chat": { stop: "stop", length: "length", filtered: "content_filter" },
  "openai-responses": {
    stop: "completed",
    length: "incomplete/max_output_tokens",
    filtered: "incomplete/content_filter",
  },
  anthropic: { stop: "end_turn", length: "max_tokens", filtered: "refusal" },
};
/** How a client hears that its tools are called. */
const CALLED: Readonly<Record<Spoken, string>> = {
  "openai-chat": "tool_calls",
  "openai-responses": "completed",
  anthropic: "tool_use",
};

const values = (calls: readonly { name: string; input: string }[]): unknown[] =>
  calls.map(({ name, input }) => ({ name, input: input.trim() === "" ? {} : (parse(input) ?? input) }));

/** Recordings in which several replies of a session stand in one: their first `message_stop` ends the reply that was asked for. */
const GLUED = ["overlapping-blocks", "-b185.json", "-e1e7.json"];
const isGlued = ({ file }: Exchange): boolean => GLUED.some((name) => file.includes(name));

const replies = corpus.filter((exchange) => isSuccess(exchange) && !isGlued(exchange));
const byPair = (exchanges: readonly Exchange[]): (readonly [string, Exchange, Spoken])[] =>
  exchanges.flatMap((exchange) =>
    OTHERS[spokenOf(exchange)].map((to) => [`${exchange.file} for ${to}`, exchange, to] as const),
  );

describe.skipIf(corpus.length === 0)("replies", () => {
  it.each(byPair(replies))("%s", (_name, exchange, to) => {
    const said = saidBy(exchange);
    const heard = hear(exchange, to);
    expect(heard.text + heard.refusal).toBe(said.text);
    expect(heard.reasoning).toBe(reasoningOf(exchange));
    const calls = heard.toolCalls.map((call) => ({
      ...call,
      // Messages holds arguments as an object; text that is none is kept under `raw`.
      input: (parse(call.input) as Loose | undefined)?.["raw"] ?? call.input,
    }));
    expect(values(calls)).toEqual(values(said.toolCalls));
    const common = COMMON[said.finish ?? ""] ?? "stop";
    expect(heard.finish).toBe(common === "stop" && said.toolCalls.length > 0 ? CALLED[to] : WORDS[to][common]);
  });

  it("keeps signatures and redacted thinking byte for byte for a chat client", () => {
    let seals = 0;
    for (const exchange of replies.filter(({ protocol }) => protocol === "anthropic")) {
      const text = exchange.response.sse ?? JSON.stringify(exchange.response.body);
      for (const seal of hear(exchange, "openai-chat").seals) {
        seals++;
        expect(text).toContain(JSON.stringify(seal).slice(1, -1));
      }
    }
    expect(seals).toBeGreaterThan(10);
  });

  it("reads a recorded stream as the same reply when it is written and read again (stream = whole)", () => {
    for (const [, exchange, to] of byPair(replies.filter(({ response }) => response.sse !== undefined))) {
      const reply = collect(eventsOf(exchange));
      const whole = HEAR[to].whole(PROTOCOLS[to].client.writeReply(reply, SETTLED, CONTEXT) as Loose);
      const streamed = hear(exchange, to);
      expect({ ...streamed, toolCalls: values(streamed.toolCalls).length }, exchange.file).toEqual({
        ...whole,
        toolCalls: values(whole.toolCalls).length,
      });
    }
  });

  it("obeys the grammar also for glued recordings", () => {
    const glued = corpus.filter(isGlued);
    expect(glued.length).toBe(GLUED.length);
    for (const exchange of glued) expect(hear(exchange, "openai-chat").finish).toBe("tool_calls");
  });
});

/** The items of a Responses request; none of any other. */
const itemsIn = (body: Loose): Loose[] => {
  const { input } = body;
  return typeof input === "string" ? [{ role: "user", content: input }] : (input ?? []);
};

/** Every text a request says, wherever it stands: what no translation may lose. */
const textsIn = (body: Loose): string[] => {
  const texts: string[] = [];
  const content = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (Array.isArray(value)) for (const part of value as Loose[]) block(part);
  };
  const block = (part: Loose): void => {
    if (["text", "input_text", "output_text"].includes(part["type"])) texts.push(part["text"]);
    if (part["type"] === "tool_result") content(part["content"]);
  };
  content(body["system"]);
  content(body["instructions"]);
  for (const message of body["messages"] ?? []) content(message.content);
  for (const item of itemsIn(body)) if (item["type"] !== "reasoning") content(item["content"] ?? item["output"]);
  return texts.map((text) => text.trim()).filter((text) => text !== "");
};

const stringsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
};

const toolNamesIn = (body: Loose): string[] =>
  [...(body["tools"] ?? []), ...(body["functions"] ?? [])].flatMap((tool: Loose) => {
    if (tool["function"]) return [tool["function"].name];
    return [undefined, "custom", "function"].includes(tool["type"]) ? [tool["name"]] : [];
  });

const callsIn = (body: Loose): { name: string; input: unknown }[] => {
  const items = itemsIn(body).filter(({ type }) => type === "function_call");
  const messages: Loose[] = body["messages"] ?? [];
  return [
    ...items.map((call) => ({ name: call["name"], input: parse(call["arguments"] || "{}") ?? {} })),
    ...messages.flatMap((message) => [
      ...(message["tool_calls"] ?? []).map((call: Loose) => ({
        name: call["function"].name,
        input: parse(call["function"].arguments || "{}") ?? {},
      })),
      ...(Array.isArray(message["content"]) ? message["content"] : [])
        .filter((part: Loose) => part["type"] === "tool_use")
        .map((part: Loose) => ({ name: part["name"], input: part["input"] })),
    ]),
  ];
};

/** Data that stays data: a file of text becomes text on the way. */
const isData = (url: string): boolean => url.startsWith("data:") && !url.startsWith("data:text/");

/** How many images and files stand in a body as data. Parts that only one provider knows (video_url) are not counted. */
const dataIn = (body: Loose): number => {
  let count = 0;
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type, image_url: image, file, file_data: data, source } = value as Loose;
    const url = image?.url ?? image ?? file?.file_data ?? data;
    if (["image_url", "file", "input_image", "input_file"].includes(type) && typeof url === "string" && isData(url))
      count++;
    if ((type === "image" || type === "document") && source?.type === "base64") count++;
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(body["messages"]);
  walk(body["input"]);
  return count;
};

const requests = corpus.filter(
  ({ request }) => Array.isArray(request?.body?.["messages"]) || request?.body?.["input"] !== undefined,
);

describe.skipIf(corpus.length === 0)("requests", () => {
  it.each(byPair(requests))("%s", (_name, exchange, to) => {
    const body = exchange.request!.body as Loose;
    const { chat, dropped } = PROTOCOLS[exchange.protocol].client.read(aCall(body));
    const written = PROTOCOLS[to].upstream.write(chat, target({ maxTokens: 50_000 }));
    const out = written.body;
    const all = stringsIn(out).join("\n");
    for (const text of textsIn(body)) expect(all).toContain(text);
    expect(toolNamesIn(out)).toEqual(toolNamesIn(body));
    expect(callsIn(out)).toEqual(callsIn(body));
    expect(dataIn(out)).toBe(dataIn(body));
    expect(out["model"]).toBe("provider-model");
    expect(out["stream"] ?? false).toBe(body["stream"] ?? false);
    for (const name of [...dropped, ...written.dropped]) expect(name).not.toContain("undefined");
  });
});

/** One part of a reply, as the events that tell it. */
const partEvents = (index: number): fc.Arbitrary<ReplyEvent[]> => {
  const texts = fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 });
  const end: ReplyEvent = { type: "part_end", index };
  const seal = { protocol: "openai-chat", model: "m", value: "v" } as const;
  return fc.oneof(
    texts.map((all): ReplyEvent[] => [...all.map((text): ReplyEvent => ({ type: "text", index, text })), end]),
    fc
      .tuple(texts, fc.boolean())
      .map(([all, sealed]): ReplyEvent[] => [
        ...all.map((text): ReplyEvent => ({ type: "thinking", index, text })),
        ...(sealed ? [{ type: "seal" as const, index, seal }] : []),
        end,
      ]),
    fc.constant<ReplyEvent[]>([{ type: "redacted", index, seal }, end]),
    fc
      .array(fc.string({ maxLength: 5 }), { maxLength: 3 })
      .map((all): ReplyEvent[] => [
        { type: "tool_call", index, id: `id${index}`, name: `f${index}` },
        ...all.map((text): ReplyEvent => ({ type: "tool_input", index, text })),
        end,
      ]),
  );
};

/** Parts whose events interleave in any way that keeps each part's own order; an end may be missing, as when a hold cuts it. */
const interleaved: fc.Arbitrary<ReplyEvent[]> = fc
  .tuple(
    fc
      .integer({ min: 0, max: 4 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => partEvents(i)))),
    fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
    fc.boolean(),
  )
  .map(([parts, picks, cut]) => {
    const queues = parts.map((events) => (cut ? events.slice(0, -1) : [...events]));
    const events: ReplyEvent[] = [];
    for (const pick of picks) {
      const open = queues.filter((queue) => queue.length > 0);
      const next = open[pick % Math.max(1, open.length)]?.shift();
      if (next !== undefined) events.push(next);
    }
    return events;
  });

describe("writers", () => {
  it.each(SPOKEN)("%s: any interleaving of parts is a legal stream that says it all", (id) => {
    fc.assert(
      fc.property(interleaved, (events) => {
        const writer = PROTOCOLS[id].client.writer(CONTEXT);
        const all: ReplyEvent[] = [{ type: "start" }, ...events, { type: "finish", finish: "stop" }];
        const heard = HEAR[id].stream(all.map((event) => writer.write(event)).join("") + writer.end(SETTLED));
        const { parts } = collect(events);
        // What is one part for us may be told before or after another; each part's own order is kept.
        const textsOf = (type: string): string =>
          parts.map((part) => (part.type === type && "text" in part ? part.text : "")).join("");
        const sorted = (text: string): string => Array.from(text).sort().join("");
        expect(sorted(heard.text)).toBe(sorted(textsOf("text")));
        expect(sorted(heard.reasoning)).toBe(sorted(textsOf("thinking")));
        const calls = parts.flatMap((part) => (part.type === "tool_call" ? [part] : []));
        expect(heard.toolCalls.length).toBe(calls.length);
        for (const call of calls) {
          const input = heard.toolCalls.find((each) => each.id === call.id)?.input;
          expect(input).toBe(call.input === "" && id !== "anthropic" ? "{}" : call.input);
        }
      }),
    );
  });
});
