/**
 * Cursor over everything that was ever recorded: requests of three dialects are put in order as Cursor's own would be, and every reply
 * of every provider is heard as Cursor hears it, cut anywhere, held to the grammar of chat completions and compared with a plain
 * reading of the recording.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GatewayError } from "../src/errors.ts";
import { cursor, isCursors } from "../src/protocols/cursor/index.ts";
import { prepare } from "../src/protocols/cursor/prepare.ts";
import { PROTOCOLS } from "../src/protocols/index.ts";
import { scanJson } from "../src/protocols/json.ts";
import type { Json, JsonObject } from "../src/protocols/canonical.ts";
import type { Call, Relay, Settled, Target } from "../src/protocols/protocol.ts";
import { relay } from "../src/protocols/relay.ts";
import { mustHave } from "../src/protocols/fixtures/wire.ts";
import { bodyText, isSuccess, loadCorpus, type Exchange } from "./conformance/corpus.ts";
import { saidBy } from "./conformance/expected.ts";
import { hearChat, hearChatWhole, type Heard, type Loose } from "./grammar.ts";

const corpus = mustHave("exchange", loadCorpus());
const SETTLED: Settled = { usage: { input: 11, output: 7 }, source: "reported" };
const TARGET: Target = {
  model: "theirs",
  replyModel: "m",
  defaultMaxTokens: 4_096,
  context: 2_000_000,
  maxOutput: 200_000,
  quirks: {},
};

const aCall = (body: object): Call => {
  const bytes = Buffer.from(JSON.stringify(body));
  return { body: bytes, scan: scanJson(bytes), headers: {}, json: () => body as JsonObject };
};
const isModel = (): boolean => true;

/** A request of Cursor's, in order; undefined where its body is no request at all. */
const prepared = (body: object): Call | undefined => {
  try {
    return prepare(aCall(body), isModel);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
};

/** Whether a request asks for nothing that has no price. */
const isAllowed = (call: Call): boolean => {
  try {
    return cursor.client.ask(call).wantsUsage;
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
};

const stringsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
};

/** What a body says in words of its own: texts of messages, whatever their dialect. */
const textsIn = (body: Loose): string[] => {
  const texts: string[] = [];
  const content = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (Array.isArray(value))
      for (const part of value as Loose[])
        if (["text", "input_text", "output_text"].includes(part["type"])) texts.push(part["text"]);
        else if (part["type"] === "tool_result") content(part["content"]);
  };
  for (const name of ["system", "instructions"]) content(body[name]);
  for (const message of body["messages"] ?? []) content(message.content);
  for (const item of Array.isArray(body["input"]) ? (body["input"] as Loose[]) : [])
    if (item["role"] !== undefined) content(item["content"]);
  return texts.filter((text) => text.trim() !== "" && !text.includes("<think>"));
};

const requests = corpus.flatMap(({ file, protocol, request }): [string, Loose][] =>
  protocol === "gemini" || request?.body === null || request?.body === undefined ? [] : [[file, request.body]],
);

it.skipIf(corpus.length === 0)("puts every recorded request in order, once, and loses no word of it", () => {
  let ordered = 0;
  for (const [file, body] of requests) {
    const once = prepared(body);
    if (once === undefined) continue;
    ordered++;
    expect(isCursors(once), file).toBe(false);
    expect(prepare(once, isModel).body, file).toBe(once.body);
    const said = stringsIn(once.json()).join("\n");
    for (const text of textsIn(body)) expect(said, file).toContain(text);
    if (isAllowed(once)) cursor.client.read(once);
  }
  expect(ordered).toBeGreaterThan(requests.length * 0.9);
});

/** Cursor in front of a recorded reply, with the tools of its request. */
const inFrontOf = (exchange: Exchange): Relay => {
  const body = exchange.request?.body ?? {};
  const tools = exchange.protocol === "gemini" ? {} : { tools: (body["tools"] ?? []) as Json };
  const call = prepared({ model: "m", messages: [{ role: "user", content: "hi" }], ...tools }) ?? aCall({});
  return relay({
    from: cursor,
    to: PROTOCOLS[exchange.protocol],
    call,
    ask: { ...cursor.client.ask(call), stream: exchange.response.sse !== undefined },
    target: TARGET,
    context: { requestId: "req_1", model: "m", created: 1_700_000_000, wantsUsage: true },
  });
};

const heardIn = (exchange: Exchange, cuts: readonly number[]): Heard => {
  const joined = inFrontOf(exchange);
  const bytes = Buffer.from(bodyText(exchange));
  if (exchange.response.sse === undefined) {
    const body = joined.reply(bytes).render(SETTLED).toString();
    return hearChatWhole(JSON.parse(body) as Loose);
  }
  const stream = joined.stream();
  const out: Buffer[] = [];
  const places = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
  for (const [i, end] of places.slice(1).entries()) {
    const shown = stream.push(bytes.subarray(places[i], end));
    if (shown !== undefined) out.push(shown);
  }
  const rest = stream.end();
  if (rest !== undefined) out.push(rest);
  expect(stream.state).toBe("ended");
  out.push(stream.finish(SETTLED));
  return hearChat(Buffer.concat(out).toString(), true);
};

/** Recordings in which several replies of a session stand in one. */
const GLUED = ["overlapping-blocks", "-b185.json", "-e1e7.json"];
const replies = corpus.filter(
  (exchange) =>
    isSuccess(exchange) &&
    !GLUED.some((name) => exchange.file.includes(name)) &&
    !Array.isArray(exchange.response.body),
);

describe.skipIf(corpus.length === 0)("replies", () => {
  it.each(replies.map((exchange) => [exchange.file, exchange] as const))("%s", (_file, exchange) => {
    const heard = heardIn(exchange, []);
    const said = saidBy(exchange);
    const text = heard.text.replace(/\(no output\)$/, "");
    // One server left its model's own marks in the text.
    const wasMeant = said.text.includes("<tool_call>");
    if (text.startsWith("<think>\n") && !said.text.startsWith("<think>"))
      expect(text.slice(text.indexOf("</think>"))).toContain(wasMeant ? "" : said.text);
    else if (said.text.trim() !== "" && !wasMeant) expect(text).toBe(said.text);
    expect(heard.reasoning).toBe("");
    const meant = heard.toolCalls.length - said.toolCalls.length;
    expect(meant).toBe(wasMeant ? 1 : 0);
    expect(heard.toolCalls.slice(meant).map(({ name }) => name)).toEqual(said.toolCalls.map(({ name }) => name));
    expect(new Set(heard.toolCalls.map(({ id }) => id)).size).toBe(heard.toolCalls.length);
    if (heard.toolCalls.length > 0 && said.finish !== "length" && said.finish !== "filtered")
      expect(heard.finish).toBe("tool_calls");
  });

  it("are the same wherever their bytes are cut", () => {
    const streams = replies.filter(({ response }) => response.sse !== undefined);
    for (const exchange of streams.filter((_, i) => i % 10 === 0)) {
      const whole = heardIn(exchange, []);
      fc.assert(
        fc.property(fc.array(fc.nat(100_000), { maxLength: 8 }), (cuts) => {
          expect(heardIn(exchange, cuts), exchange.file).toEqual(whole);
        }),
        { numRuns: 5 },
      );
    }
  });
});
