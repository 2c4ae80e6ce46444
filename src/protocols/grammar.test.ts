/** Streams that break the order or the form of their dialect: they fail, for clients of every protocol, where they go wrong. */
import { describe, expect, it } from "vitest";

import { aTarget } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import { PROTOCOL_IDS, type ProtocolId, type ReplyStream } from "./protocol.ts";
import { relay } from "./relay.ts";
import { sseEvent } from "./sse.ts";

const joined = (client: ProtocolId, upstream: ProtocolId): ReplyStream =>
  relay({
    from: PROTOCOLS[client],
    to: PROTOCOLS[upstream],
    call: aCall({ model: "m" }),
    ask: anAsk(),
    target: aTarget(),
    context: aContext(),
  }).stream();

const data = (...bodies: readonly object[]): string => bodies.map((body) => sseEvent(JSON.stringify(body))).join("");
const named = (...bodies: readonly { readonly type: string }[]): string =>
  bodies.map((body) => sseEvent(JSON.stringify(body), body.type)).join("");

const start = { type: "message_start", message: { id: "msg_1", usage: { input_tokens: 1, output_tokens: 1 } } };
const open = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const say = (text: string) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const close = { type: "content_block_stop", index: 0 };
const ending = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } };
const chunk = (content: string) => ({
  id: "c",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content } }],
});
const created = { type: "response.created", sequence_number: 0, response: { id: "r", status: "in_progress" } };
const numbered = (number: number) => ({ type: "response.some_news", sequence_number: number });
const candidate = { candidates: [{ content: { parts: [{ text: "a" }], role: "model" } }] };

const WRONG: readonly [string, ProtocolId, string][] = [
  ["an event without a type", "anthropic", named(start, open) + data(chunk("a"))],
  ["a message that begins twice", "anthropic", named(start, start)],
  ["a block before the message", "anthropic", named(open)],
  ["a block that begins twice", "anthropic", named(start, open, open)],
  ["a delta of no block", "anthropic", named(start, say("a"))],
  [
    "a delta of a block that ended, like all before it",
    "anthropic",
    named(start, open, say("a"), say("b"), close, say("c")),
  ],
  ["a block that ends twice", "anthropic", named(start, open, close, close)],
  ["an event of another dialect", "openai-chat", data(chunk("a")) + named(ending)],
  ["nothing at all", "openai-chat", data({})],
  ["an event twice", "openai-responses", named(created, numbered(1), numbered(1))],
  ["a response that begins twice", "openai-responses", named(created, created)],
  ["an event without a type", "openai-responses", named(created) + data(candidate)],
  ["an event of another dialect", "gemini", data(candidate, chunk("b"))],
];

describe.each(PROTOCOL_IDS)("for a client of %s", (client) => {
  it.each(WRONG)("%s (%s) fails", (_name, upstream, sse) => {
    const stream = joined(client, upstream);
    stream.push(Buffer.from(sse));
    expect(stream.state).toBe("failed");
  });

  it("B42: a message without its stop is none, whatever its last delta says", () => {
    const stream = joined(client, "anthropic");
    stream.push(Buffer.from(named(start, open, say("a"), close, ending)));
    stream.end();
    expect(stream.state).toBe("failed");
  });

  it("servers that give every event the same number give none", () => {
    const stream = joined(client, "openai-responses");
    stream.push(Buffer.from(named(created, numbered(0), numbered(0))));
    expect(stream.state).toBe("open");
  });
});

describe("a stream that breaks off", () => {
  it.each([
    ["in a comment", ": com"],
    ["after an event's name", "event: content_block_delta"],
    ["before an event's blank line", `event: ping\ndata: ${JSON.stringify({ type: "ping" })}\r\n`],
    ["right after its data", `data: ${JSON.stringify(say("b"))}`],
  ])("%s leaves room for the error event", (_where, rest) => {
    const stream = joined("anthropic", "anthropic");
    const before = stream.push(Buffer.from(named(start, open, say("a")) + rest))?.toString() ?? "";
    const text = before + (stream.end()?.toString() ?? "");
    expect(stream.state).toBe("failed");
    expect(text).toMatch(/\n\n$/);
  });

  it("while its writer keeps a call until it is whole, leaves the reply free for another candidate (I-38)", () => {
    const call = { index: 0, id: "c1", type: "function", function: { name: "f", arguments: "{" } };
    const stream = joined("gemini", "openai-chat");
    const sse = data(
      { ...chunk(""), choices: [{ index: 0, delta: { tool_calls: [call] } }] },
      { error: { message: "x" } },
    );
    expect(stream.push(Buffer.from(sse))).toBeUndefined();
    expect([stream.state, stream.started]).toEqual(["failed", false]);
  });
});

it("a second [DONE] is nobody's", () => {
  const stream = joined("openai-chat", "openai-chat");
  const end = { ...chunk(""), choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  stream.push(Buffer.from(data(chunk("a"), end) + sseEvent("[DONE]").repeat(3)));
  const last = stream.finish({ usage: { input: 1, output: 1 }, source: "reported" }).toString();
  expect(last.split("[DONE]")).toHaveLength(2);
});
