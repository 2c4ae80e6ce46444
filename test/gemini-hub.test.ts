/**
 * The hub between Gemini and the other protocols, over everything that was ever recorded: replies are written for clients of the
 * other side, held to its grammar and compared with a plain reading of the source; requests are written for its providers.
 */
import { describe, expect, it } from "vitest";

import { PROTOCOLS } from "../src/protocols/index.ts";
import type { Json, JsonObject, ReplyEvent } from "../src/protocols/canonical.ts";
import { scanJson } from "../src/protocols/json.ts";
import {
  PROTOCOL_IDS,
  type Call,
  type ProtocolId,
  type ReplyContext,
  type Settled,
  type Target,
} from "../src/protocols/protocol.ts";
import { SseReader } from "../src/protocols/sse.ts";
import { mustHave } from "../src/protocols/fixtures/wire.ts";
import { isSuccess, loadCorpus, parse, type Exchange } from "./conformance/corpus.ts";
import { saidBy } from "./conformance/expected.ts";
import { explained } from "./conformance/explained.ts";
import { checkGeminiRequest, hearGemini, hearGeminiWhole } from "./gemini-grammar.ts";
import { hearChat, hearChatWhole, hearMessages, hearMessageWhole, type Heard, type Loose } from "./grammar.ts";
import { hearResponses, hearResponseWhole } from "./responses-grammar.ts";

const SETTLED: Settled = { usage: { input: 11, cache_read: 5, output: 7, reasoning: 3 }, source: "reported" };
const CONTEXT: ReplyContext = { requestId: "req_1", model: "m", created: 1_700_000_000, wantsUsage: true };
const TARGET: Target = {
  model: "gemini-3.5-flash",
  replyModel: "m",
  maxTokens: 50_000,
  defaultMaxTokens: 4_096,
  context: 2_000_000,
  maxOutput: 200_000,
  quirks: {},
};

const HEAR: Readonly<Record<ProtocolId, { stream(sse: string): Heard; whole(body: Loose): Heard }>> = {
  "openai-chat": { stream: (sse) => hearChat(sse, true), whole: hearChatWhole },
  "openai-responses": { stream: hearResponses, whole: hearResponseWhole },
  anthropic: { stream: hearMessages, whole: hearMessageWhole },
  gemini: { stream: hearGemini, whole: hearGeminiWhole },
};

const eventsOf = (exchange: Exchange): ReplyEvent[] => {
  const reader = PROTOCOLS[exchange.protocol].upstream.reader(TARGET);
  const frames = new SseReader();
  frames.push(Buffer.from(exchange.response.sse ?? ""));
  const events: ReplyEvent[] = [];
  for (let frame = frames.next() ?? frames.end(); frame !== undefined; frame = frames.next() ?? frames.end()) {
    const { event, data } = frame;
    if (data !== undefined && data.trim() !== "")
      events.push(...reader.read({ event, data }, (parse(data) ?? null) as Json));
  }
  return events;
};

const hear = (exchange: Exchange, to: ProtocolId): Heard => {
  const { client } = PROTOCOLS[to];
  if (exchange.response.sse === undefined) {
    const body = (exchange.response.body ?? parse(exchange.response.body_raw ?? "")) as Json;
    const reply = PROTOCOLS[exchange.protocol].upstream.readReply(body, TARGET);
    return HEAR[to].whole(client.writeReply(reply, SETTLED, CONTEXT) as Loose);
  }
  const writer = client.writer(CONTEXT);
  let sse = "";
  for (const event of eventsOf(exchange)) sse += writer.write(event);
  return HEAR[to].stream(sse + writer.end(SETTLED));
};

const corpus = mustHave("exchange", loadCorpus());
const replies = corpus.filter(
  (exchange) =>
    isSuccess(exchange) &&
    !Array.isArray(exchange.response.body) &&
    explained(exchange.file, "translated") === undefined,
);
const pairs = replies.flatMap((exchange) =>
  (exchange.protocol === "gemini" ? PROTOCOL_IDS.filter((id) => id !== "gemini") : (["gemini"] as const)).map(
    (to) => [exchange.file, to, exchange] as const,
  ),
);

describe.skipIf(corpus.length === 0)("replies", () => {
  it.each(pairs)("%s to %s", (_file, to, exchange) => {
    const said = saidBy(exchange);
    const heard = hear(exchange, to);
    expect(heard.text + heard.refusal).toBe(said.text);
    expect(heard.toolCalls.map(({ name }) => name)).toEqual(said.toolCalls.map(({ name }) => name));
  });
});

const aCall = (body: object): Call => {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    body: bytes,
    scan: scanJson(bytes),
    headers: {},
    json: () => body as JsonObject,
    route: { model: "m", stream: false, sse: true },
  };
};

const listOf = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : []);
const said = (texts: readonly unknown[]): string[] =>
  texts.flatMap((text) => (typeof text === "string" && text.trim() !== "" ? [text.trim()] : []));

/** Every text of a Gemini conversation but thoughts, which are set aside where another model goes on. */
const textsOfContents = (body: Loose): string[] =>
  said(
    listOf(body["contents"])
      .flatMap(({ parts }) => listOf(parts))
      .filter((part) => part["thought"] !== true)
      .map((part) => part["text"]),
  );

/** Every text of a conversation in messages; what a tool says may become an object. */
const textsOfMessages = (body: Loose): string[] =>
  said(
    listOf(body["messages"]).flatMap(({ role, content }) => {
      if (role === "tool") return [];
      if (typeof content === "string") return [content];
      return listOf(content).flatMap((part) => (part["type"] === "text" ? [part["text"]] : []));
    }),
  );

const requests = corpus.filter(({ request }) => request?.body);

describe.skipIf(corpus.length === 0)("requests", () => {
  const asked = requests.filter(({ protocol }) => protocol === "gemini");
  it.each(asked.map((exchange) => [exchange.file, exchange] as const))("%s", (_file, exchange) => {
    const body = exchange.request?.body as Loose;
    const { chat } = PROTOCOLS.gemini.client.read(aCall(body));
    for (const to of PROTOCOL_IDS) {
      const { body: written, dropped } = PROTOCOLS[to].upstream.write(chat, { ...TARGET, model: "other" });
      const all = JSON.stringify(written);
      for (const text of textsOfContents(body)) expect(all).toContain(JSON.stringify(text).slice(1, -1));
      for (const name of dropped) expect(name).not.toContain("undefined");
    }
  });

  const others = requests.filter(({ protocol }) => protocol === "openai-chat" || protocol === "anthropic");
  it.each(others.map((exchange) => [exchange.file, exchange] as const))("%s", (_file, exchange) => {
    const body = exchange.request?.body as Loose;
    const { chat } = PROTOCOLS[exchange.protocol].client.read(aCall(body));
    const { body: written } = PROTOCOLS.gemini.upstream.write(chat, TARGET);
    checkGeminiRequest(written);
    const all = JSON.stringify(written);
    for (const text of textsOfMessages(body)) expect(all).toContain(JSON.stringify(text).slice(1, -1));
  });
});
