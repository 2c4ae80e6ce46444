import { describe, expect, it } from "vitest";

import { collect } from "../collect.ts";
import type { Json, ReplyEvent } from "../canonical.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { UpstreamBroken } from "../protocol.ts";
import { ResponsesStreamReader } from "./reader.ts";

type Event = { readonly type: string } & Readonly<Record<string, Json>>;

const read = (...events: readonly Event[]): ReplyEvent[] => {
  const reader = new ResponsesStreamReader(aTarget());
  const all = events.flatMap((event) => reader.read({ event: "", data: JSON.stringify(event) }, event));
  expect(reader.ended).toBe(true);
  return all;
};

const END: Event = { type: "response.completed", response: { id: "resp_1", status: "completed", output: [] } };
const item = (type: string, fields: Readonly<Record<string, Json>>, index = 0): Event => ({
  type: `response.output_item.${type}`,
  output_index: index,
  item: fields,
});
const text = (delta: string, index = 0): Event => ({
  type: "response.output_text.delta",
  output_index: index,
  content_index: 0,
  delta,
});
const MESSAGE = { type: "message", role: "assistant", content: [{ type: "output_text", text: "one two" }] };

describe("text, however much of its telling a provider leaves out", () => {
  it.each<[string, readonly Event[]]>([
    ["in deltas", [item("added", { type: "message", content: [] }), text("one "), text("two"), END]],
    ["in deltas of no announced item", [text("one "), text("two"), END]],
    ["in deltas, and whole at its end", [text("one "), text("two"), item("done", MESSAGE), END]],
    ["in some deltas, the rest at its end", [text("one "), item("done", MESSAGE), END]],
    ["whole at its end", [item("done", MESSAGE), END]],
    ["whole in the last event", [{ ...END, response: { status: "completed", output: [MESSAGE] } }]],
    [
      "by its end alone",
      [{ type: "response.output_text.done", output_index: 0, content_index: 0, text: "one two" }, END],
    ],
    [
      "by the item's id, where there is no place",
      [{ type: "response.output_text.delta", item_id: "m", delta: "one two" }, END],
    ],
  ])("%s", (_, events) => {
    const reply = collect(read(...events));
    expect(reply.parts).toEqual([{ type: "text", text: "one two" }]);
    expect(reply.finish).toBe("stop");
  });
});

describe("calls", () => {
  const CALL = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: '{"a":1}' };
  const args = (delta: string): Event => ({ type: "response.function_call_arguments.delta", output_index: 0, delta });

  it.each<[string, readonly Event[]]>([
    [
      "announced, then in deltas",
      [item("added", { ...CALL, arguments: "" }), args('{"a"'), args(":1}"), item("done", CALL), END],
    ],
    ["announced, then whole", [item("added", { ...CALL, arguments: "" }), item("done", CALL), END]],
    ["whole", [item("done", CALL), END]],
    ["in the last event", [{ ...END, response: { status: "completed", output: [CALL] } }]],
    [
      "arguments before the name",
      [item("added", { type: "function_call" }), args('{"a"'), args(":1}"), item("done", CALL), END],
    ],
  ])("%s", (_, events) => {
    const reply = collect(read(...events));
    expect(reply.parts).toEqual([{ type: "tool_call", id: "call_1", name: "f", input: '{"a":1}' }]);
    expect(reply.finish).toBe("tool_calls");
  });

  it("free text is a call's one argument", () => {
    const custom = { type: "custom_tool_call", call_id: "c", name: "run", input: "ls -l" };
    expect(collect(read(item("done", custom), END)).parts).toEqual([
      { type: "tool_call", id: "c", name: "run", input: '{"input":"ls -l"}' },
    ]);
  });

  it("a call without a name breaks the reply", () => {
    expect(() => read(item("done", { type: "function_call", call_id: "c" }), END)).toThrow(UpstreamBroken);
  });

  it("calls may be told in turns", () => {
    const second = { ...CALL, call_id: "call_2" };
    const events = read(
      item("added", { ...CALL, arguments: "" }, 0),
      item("added", { ...second, arguments: "" }, 1),
      item("done", second, 1),
      item("done", CALL, 0),
      END,
    );
    expect(collect(events).parts).toMatchObject([
      { id: "call_1", input: '{"a":1}' },
      { id: "call_2", input: '{"a":1}' },
    ]);
  });
});

describe("reasoning", () => {
  const summary = (delta: string, index: number): Event => ({
    type: "response.reasoning_summary_text.delta",
    output_index: 0,
    summary_index: index,
    delta,
  });
  const THOUGHT = {
    type: "reasoning",
    id: "rs_1",
    summary: [
      { type: "summary_text", text: "First." },
      { type: "summary_text", text: "Second." },
    ],
    encrypted_content: "opaque",
  };

  it.each<[string, readonly Event[]]>([
    ["in deltas", [summary("First.", 0), summary("Sec", 1), summary("ond.", 1), item("done", THOUGHT), END]],
    ["whole", [item("done", THOUGHT), END]],
  ])("a summary %s, sealed with id and encrypted content", (_, events) => {
    expect(collect(read(...events)).parts).toEqual([
      {
        type: "thinking",
        text: "First.\n\nSecond.",
        seal: { protocol: "openai-responses", model: "m", value: '["rs_1","opaque","summary"]' },
      },
    ]);
  });

  it("the text itself, from makers that show it, is not told twice", () => {
    const content = [{ type: "reasoning_text", text: "Hm." }];
    const events = [
      { type: "response.reasoning_text.delta", output_index: 0, delta: "Hm." },
      summary("Hm.", 0),
      item("done", { type: "reasoning", id: "rs_1", summary: [], content }),
      END,
    ];
    expect(collect(read(...events)).parts).toMatchObject([{ type: "thinking", text: "Hm.", seal: {} }]);
  });

  it("an item that shows nothing and holds nothing is no part", () => {
    expect(collect(read(item("done", { type: "reasoning", id: "rs_1", summary: [] }), END)).parts).toEqual([]);
  });
});

describe("ends", () => {
  it.each<[string, string, string]>([
    ["max_output_tokens", "incomplete", "length"],
    ["content_filter", "incomplete", "filtered"],
    ["steered", "incomplete", "stop"],
  ])("%s", (reason, status, finish) => {
    const response = { status, incomplete_details: { reason }, output: [] };
    expect(collect(read({ type: `response.${status}`, response })).finish).toBe(finish);
  });

  it("what follows the end, a [DONE] among it, says nothing", () => {
    const reader = new ResponsesStreamReader(aTarget());
    reader.read({ event: "", data: "" }, END);
    expect(reader.read({ event: "", data: "[DONE]" }, null)).toEqual([]);
    expect(reader.read({ event: "", data: "" }, text("more"))).toEqual([]);
  });

  it.each([["queued"], ["in_progress"], ["cancelled"]])("a whole reply that is %s is none", (status) => {
    expect(() => new ResponsesStreamReader(aTarget()).whole({ status, output: [] })).toThrow(UpstreamBroken);
  });
});
