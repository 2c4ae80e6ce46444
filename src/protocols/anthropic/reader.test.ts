import { describe, expect, it } from "vitest";

import type { Json, ReplyEvent } from "../canonical.ts";
import { collect } from "../collect.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { UpstreamBroken } from "../protocol.ts";
import { MessagesStreamReader } from "./reader.ts";

const TARGET = aTarget({ replyModel: "M" });
const START: Json = { type: "message_start", message: { id: "msg_1" } };
const STOP: Json = { type: "message_stop" };
const seal = (value: string) => ({ protocol: "anthropic", model: "M", value });

const start = (index: number, block: Json): Json => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, type: string, member: string, text: string): Json => ({
  type: "content_block_delta",
  index,
  delta: { type, [member]: text },
});
const stop = (index: number): Json => ({ type: "content_block_stop", index });
const ending = (reason: string | null): Json => ({ type: "message_delta", delta: { stop_reason: reason } });

const read = (...bodies: readonly Json[]) => {
  const reader = new MessagesStreamReader(TARGET);
  const events: ReplyEvent[] = [];
  for (const body of bodies) events.push(...reader.read({ event: "", data: body === "[DONE]" ? body : "{}" }, body));
  return { events, ended: reader.ended, reply: collect(events) };
};

describe("blocks", () => {
  it("reads overlapping blocks by their index", () => {
    const { reply } = read(
      START,
      start(0, { type: "tool_use", id: "a", name: "f", input: {} }),
      delta(0, "input_json_delta", "partial_json", "{"),
      start(1, { type: "tool_use", id: "b", name: "g", input: {} }),
      delta(1, "input_json_delta", "partial_json", "[]"),
      delta(0, "input_json_delta", "partial_json", "}"),
      stop(1),
      stop(0),
      ending("tool_use"),
      STOP,
    );
    expect(reply).toEqual({
      id: "msg_1",
      finish: "tool_calls",
      parts: [
        { type: "tool_call", id: "a", name: "f", input: "{}" },
        { type: "tool_call", id: "b", name: "g", input: "[]" },
      ],
    });
  });

  it.each([
    ["empty deltas only", {}, ["", ""], ""],
    ["input whole in the start", { x: 1 }, [""], '{"x":1}'],
    ["deltas, although the start has input", { x: 1 }, ['{"y"', ":2}"], '{"y":2}'],
  ] as const)("tool input: %s", (_name, input, texts, expected) => {
    const { reply } = read(
      START,
      start(0, { type: "tool_use", id: "a", name: "f", input }),
      ...texts.map((text) => delta(0, "input_json_delta", "partial_json", text)),
      stop(0),
      STOP,
    );
    expect(reply).toMatchObject({ finish: "tool_calls", parts: [{ type: "tool_call", input: expected }] });
  });

  it("keeps signatures, also of empty thinking, and redacted thinking whole in its start", () => {
    const { reply } = read(
      START,
      start(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, "thinking_delta", "thinking", "R"),
      delta(0, "signature_delta", "signature", "s1"),
      stop(0),
      start(1, { type: "thinking", thinking: "", signature: "s2" }),
      stop(1),
      start(2, { type: "redacted_thinking", data: "d" }),
      stop(2),
      STOP,
    );
    expect(reply.parts).toEqual([
      { type: "thinking", text: "R", seal: seal("s1") },
      { type: "thinking", text: "", seal: seal("s2") },
      { type: "thinking", text: "", seal: seal("d"), redacted: true },
    ]);
  });

  it("passes over server tools, citations and what it does not know", () => {
    const { reply } = read(
      START,
      start(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      delta(0, "input_json_delta", "partial_json", "{}"),
      stop(0),
      start(1, { type: "web_search_tool_result", tool_use_id: "s", content: [] }),
      stop(1),
      { type: "something_new", index: 9 },
      start(2, { type: "text", text: "A", citations: [] }),
      { type: "content_block_delta", index: 2, delta: { type: "citations_delta", citation: {} } },
      delta(2, "text_delta", "text", "B"),
      stop(2),
      ending("end_turn"),
      STOP,
    );
    expect(reply).toMatchObject({ finish: "stop", parts: [{ type: "text", text: "AB" }] });
  });

  it.each([
    ["a delta of no block", delta(3, "text_delta", "text", "A")],
    ["a block without an index", { type: "content_block_start", content_block: { type: "text" } }],
    ["a tool use without a name", start(0, { type: "tool_use", id: "a", input: {} })],
    ["no object", [1]],
  ] as const)("refuses %s", (_name, body) => {
    expect(() => read(START, body)).toThrow(UpstreamBroken);
  });
});

describe("the end", () => {
  it.each([
    ["end_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["stop_sequence", "stop_sequence"],
    ["pause_turn", "paused"],
    ["compaction", "paused"],
    ["refusal", "refusal"],
    ["something_new", "stop"],
    [null, "stop"],
  ])("%s is %s", (reason, finish) => {
    expect(read(START, ending(reason), STOP).reply.finish).toBe(finish);
  });

  it("is message_stop, with the last reason of several, whatever comes after it", () => {
    const open = read(START, ending("end_turn"));
    expect(open.ended).toBe(false);
    const { reply, ended, events } = read(
      START,
      ending("max_tokens"),
      ending("end_turn"),
      ending(null),
      STOP,
      STOP,
      "[DONE]",
    );
    expect(ended).toBe(true);
    expect(reply.finish).toBe("stop");
    expect(events.filter(({ type }) => type === "finish")).toHaveLength(1);
  });

  it("takes the type from the event's name where the body has none, and keeps the stop sequence", () => {
    const reader = new MessagesStreamReader(TARGET);
    reader.read(
      { event: "message_delta", data: "{}" },
      { delta: { stop_reason: "stop_sequence", stop_sequence: "END" } },
    );
    expect(reader.read({ event: "message_stop", data: "{}" }, {})).toEqual([
      { type: "finish", finish: "stop_sequence", stopSequence: "END" },
    ]);
  });
});
