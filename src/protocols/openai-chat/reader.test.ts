import { describe, expect, it } from "vitest";

import type { AssistantPart, Json } from "../canonical.ts";
import { collect } from "../collect.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { UpstreamBroken } from "../protocol.ts";
import { ChatStreamReader } from "./reader.ts";

const TARGET = aTarget({ replyModel: "M" });

/** A chunk of one choice. */
const chunk = (delta: Json, finish: string | null = null): Json => ({
  id: "c1",
  choices: [{ index: 0, ...(delta === null ? {} : { delta }), finish_reason: finish }],
});

const read = (...bodies: readonly Json[]) => {
  const reader = new ChatStreamReader(TARGET);
  const events = bodies.flatMap((body) => [...reader.read({ event: "", data: body === "[DONE]" ? body : "{}" }, body)]);
  return { events, ended: reader.ended, reply: collect(events) };
};

const partsOf = (...bodies: readonly Json[]): readonly AssistantPart[] =>
  read(...bodies, chunk({}, "stop")).reply.parts;
const home = (value: string) => ({ protocol: "openai-chat", model: "M", value });
const call = (of: object) => ({ tool_calls: [of as Json] }) as Json;

describe("tool calls, in every way they are streamed", () => {
  const whole = { type: "tool_call", id: "a", name: "f", input: '{"x":1}' };

  it.each([
    [
      "in fragments",
      [
        call({ index: 0, id: "a", function: { name: "f", arguments: "" } }),
        call({ index: 0, function: { arguments: '{"x"' } }),
        call({ index: 0, function: { arguments: ":1}" } }),
      ],
    ],
    ["in one chunk", [call({ index: 0, id: "a", function: { name: "f", arguments: '{"x":1}' } })]],
    ["without an index", [call({ id: "a", function: { name: "f", arguments: '{"x":1}' } })]],
    [
      "without an index, in fragments",
      [call({ id: "a", function: { name: "f" } }), call({ function: { arguments: '{"x":1}' } })],
    ],
    [
      "with an empty id on continuations",
      [
        call({ index: 0, id: "a", function: { name: "f" } }),
        call({ index: 0, id: "", function: { name: "", arguments: '{"x":1}' } }),
      ],
    ],
    [
      "with the id repeated",
      [
        call({ index: 0, id: "a", function: { name: "f" } }),
        call({ index: 0, id: "a", function: { arguments: '{"x":1}' } }),
      ],
    ],
    [
      "with nulls",
      [
        call({ index: 0, id: "a", function: { name: "f", arguments: null } }),
        call({ index: 0, id: null, function: { name: null, arguments: '{"x":1}' } }),
      ],
    ],
    [
      "with arguments before the name",
      [
        call({ index: 0, id: "a", function: { arguments: '{"x"' } }),
        call({ index: 0, function: { name: "f", arguments: ":1}" } }),
      ],
    ],
    ["with arguments as an object", [call({ index: 0, id: "a", function: { name: "f", arguments: { x: 1 } } })]],
  ] as const)("%s", (_name, deltas) => {
    expect(partsOf(...deltas.map((delta) => chunk(delta)))).toEqual([whole]);
  });

  it("tells apart two calls in one chunk without indexes, and two that share an index", () => {
    const [a, b] = [
      { id: "a", function: { name: "f", arguments: "1" } },
      { id: "b", function: { name: "g", arguments: "2" } },
    ];
    const both = [
      { type: "tool_call", id: "a", name: "f", input: "1" },
      { type: "tool_call", id: "b", name: "g", input: "2" },
    ];
    expect(partsOf(chunk({ tool_calls: [a, b] }))).toEqual(both);
    expect(partsOf(chunk(call({ index: 0, ...a })), chunk(call({ index: 0, ...b })))).toEqual(both);
  });

  it("keeps interleaved calls apart", () => {
    const parts = partsOf(
      chunk(call({ index: 0, id: "a", function: { name: "f", arguments: "1" } })),
      chunk(call({ index: 1, id: "b", function: { name: "g", arguments: "2" } })),
      chunk(call({ index: 0, function: { arguments: "3" } })),
    );
    expect(parts).toMatchObject([{ input: "13" }, { input: "2" }]);
  });

  it("makes up an id that is missing: the same for the same reply, another for another", () => {
    const idOf = (id: string) => {
      const [part] = partsOf({ id, choices: [{ index: 0, delta: call({ function: { name: "f", arguments: "" } }) }] });
      return part?.type === "tool_call" ? part.id : "";
    };
    expect(idOf("r1")).toMatch(/^call_[0-9a-f]{24}$/);
    expect(idOf("r1")).toBe(idOf("r1"));
    expect(idOf("r1")).not.toBe(idOf("r2"));
  });

  it.each([["stop"], ["eos"], ["tool_calls"], ["function_call"]])(
    "finish %s with calls waits for their results",
    (finish) => {
      expect(read(chunk({ function_call: { name: "f", arguments: "{}" } }, finish)).reply).toMatchObject({
        finish: "tool_calls",
        parts: [{ type: "tool_call", name: "f", input: "{}" }],
      });
    },
  );

  it("keeps length as the end of a call that was cut", () => {
    const { reply } = read(chunk(call({ index: 0, id: "a", function: { name: "f", arguments: '{"x' } }), "length"));
    expect(reply).toMatchObject({ finish: "length", parts: [{ input: '{"x' }] });
  });
});

describe("reasoning, in each of its homes", () => {
  const text = { type: "text", text: "A" };

  it.each([
    [
      "reasoning_content",
      [{ reasoning_content: "R1" }, { reasoning_content: "R2", content: null }],
      "reasoning_content",
    ],
    ["reasoning", [{ reasoning: "R1", content: "" }, { reasoning: "R2" }], "reasoning"],
    [
      "both at once",
      [
        { reasoning: "R1", reasoning_content: "R1" },
        { reasoning: "R2", reasoning_content: "R2" },
      ],
      "reasoning_content",
    ],
    [
      "thinking parts",
      [
        { content: [{ type: "thinking", thinking: [{ type: "text", text: "R1" }] }] },
        { content: [{ type: "thinking", thinking: [{ type: "text", text: "R2" }] }] },
      ],
      "content",
    ],
  ] as const)("%s", (_name, deltas, value) => {
    expect(partsOf(...deltas.map((delta) => chunk(delta as Json)), chunk({ content: "A" }))).toEqual([
      { type: "thinking", text: "R1R2", seal: home(value) },
      text,
    ]);
  });

  it("details beside the plain text, once, with the signature that comes last", () => {
    const detail = (more: object) => ({ type: "reasoning.text", index: 0, format: "f", ...more });
    const parts = partsOf(
      chunk({ reasoning: "R1", reasoning_details: [detail({ text: "R1" })] }),
      chunk({ reasoning: "R2", reasoning_details: [detail({ text: "R2" })] }),
      chunk({ reasoning_details: [detail({ signature: "s" })] }),
      chunk({ content: "A" }),
    );
    expect(parts).toEqual([
      { type: "thinking", text: "R1R2", seal: home(JSON.stringify(detail({ signature: "s" }))) },
      text,
    ]);
  });

  it("encrypted details as redacted parts", () => {
    const detail = { type: "reasoning.encrypted", data: "xyz", id: "rs_1" };
    expect(partsOf(chunk({ reasoning_details: [detail] }), chunk({ content: "A" }))).toEqual([
      { type: "thinking", text: "", seal: home(JSON.stringify(detail)), redacted: true },
      text,
    ]);
  });

  it("think tags stay text", () => {
    expect(partsOf(chunk({ content: "<think>R</think>A" }))).toEqual([{ type: "text", text: "<think>R</think>A" }]);
  });
});

describe("chunks that say little or say it twice", () => {
  it.each([
    ["no choices", { id: "", choices: [] }],
    ["choices absent", { id: "c1", moderation: {} }],
    ["no delta", chunk(null)],
    ["nulls", chunk({ role: null, content: null, tool_calls: null, reasoning_content: null, refusal: null })],
    ["empty lists", chunk({ content: "", tool_calls: [], reasoning_details: [] })],
    ["another choice", { choices: [{ index: 1, delta: { content: "B" }, finish_reason: "stop" }] }],
  ] as const)("%s", (_name, body) => {
    const { reply, ended } = read(body, chunk({ content: "A" }), body);
    expect(reply.parts).toEqual([{ type: "text", text: "A" }]);
    expect(ended).toBe(false);
  });

  it("ends once, with the content of its finish chunk, whatever is repeated after it", () => {
    const { events, reply } = read(
      chunk({ content: "A" }, "length"),
      chunk({ role: "assistant", content: "" }, "length"),
      chunk({ content: "" }),
      // What a reply says after its end belongs to no part of it.
      chunk({ content: "B" }),
      "[DONE]",
    );
    expect(reply).toMatchObject({ finish: "length", parts: [{ text: "A" }] });
    expect(events.filter(({ type }) => type === "finish" || type === "part_end")).toHaveLength(2);
  });

  it("takes [DONE] for the end of a reply without a finish reason", () => {
    expect(read(chunk({ content: "A" })).ended).toBe(false);
    expect(read(chunk({ content: "A" }), "[DONE]")).toMatchObject({ ended: true, reply: { finish: "stop" } });
  });

  it("reads refusals and filtered replies", () => {
    expect(read(chunk({ refusal: "No" }, "stop")).reply.parts).toEqual([{ type: "refusal", text: "No" }]);
    expect(read(chunk({}, "content_filter")).reply).toMatchObject({ finish: "filtered", parts: [] });
  });

  it("refuses what is no chunk, and a whole reply without a message", () => {
    expect(() => read([1])).toThrow(UpstreamBroken);
    expect(() => new ChatStreamReader(TARGET).whole({ choices: [] })).toThrow(UpstreamBroken);
  });
});
