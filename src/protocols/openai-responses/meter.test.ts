import { describe, expect, it } from "vitest";

import { aTarget } from "../fixtures/corpus.ts";
import { writeUsage } from "./usage.ts";
import { readUsage, ResponsesMeter } from "./meter.ts";

describe("usage", () => {
  it.each<[string, object, object]>([
    ["the plain counts", { input_tokens: 9, output_tokens: 4 }, { input: 9, output: 4 }],
    [
      "parts are inside their wholes",
      {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
        output_tokens: 50,
        output_tokens_details: { reasoning_tokens: 20 },
      },
      { input: 10, cache_read: 60, cache_write_5m: 30, output: 30, reasoning: 20 },
    ],
    [
      "half a day of cache has the price of the longest",
      {
        input_tokens: 100,
        input_tokens_details: { cache_write_tokens: 30, cache_write_tokens_details: { ttl_12h_tokens: 20 } },
        output_tokens: 1,
      },
      { input: 70, cache_write_5m: 10, cache_write_1h: 20, output: 1 },
    ],
    [
      "a part beyond its whole",
      { input_tokens: 5, input_tokens_details: { cached_tokens: 8 }, output_tokens: 0 },
      { input: 0, cache_read: 8, output: 0 },
    ],
    [
      "searches",
      { input_tokens: 1, output_tokens: 1, num_server_side_tools_used: 2 },
      { input: 1, output: 1, web_search: 2 },
    ],
  ])("%s (I-17)", (_, said, usage) => {
    expect(readUsage(said as never).usage).toEqual(usage);
  });

  it("a count that is missing is no report; one that is none is incredible (I-24, I-31)", () => {
    expect(readUsage({ input_tokens: 5 })).toEqual({ usage: undefined, invalid: false });
    expect(readUsage(null)).toEqual({ usage: undefined, invalid: false });
    for (const input of [-1, 1.5, "5"]) expect(readUsage({ input_tokens: input, output_tokens: 1 }).invalid).toBe(true);
  });

  it("what is written is read as the same", () => {
    const usage = { input: 10, cache_read: 60, cache_write_5m: 30, output: 30, reasoning: 20 };
    expect(readUsage(writeUsage(usage)).usage).toEqual(usage);
  });
});

describe("size", () => {
  const event = { event: "", data: "" };
  const metered = (...bodies: readonly object[]) => {
    const meter = new ResponsesMeter(aTarget());
    for (const body of bodies) meter.event(event, body as never);
    return meter.read();
  };
  const delta = (text: string) => ({ type: "response.output_text.delta", output_index: 0, delta: text });
  const done = { output_index: 0, item: { type: "message", content: [{ type: "output_text", text: "héllo" }] } };

  it("an item is counted once, in deltas, whole, or both", () => {
    expect(metered(delta("hé"), delta("llo")).outputBytes).toBe(6);
    expect(metered({ type: "response.output_item.done", ...done }).outputBytes).toBe(6);
    expect(metered(delta("hé"), delta("llo"), { type: "response.output_item.done", ...done }).outputBytes).toBe(6);
  });

  it("a later telling that says less takes nothing away", () => {
    const less = { type: "response.output_item.done", output_index: 0, item: { type: "message", content: [] } };
    expect(metered(delta("hé"), delta("llo"), less).outputBytes).toBe(6);
  });

  it("opaque content is none", () => {
    const item = { type: "reasoning", summary: [{ text: "ab" }], encrypted_content: "x".repeat(999) };
    expect(metered({ type: "response.output_item.done", output_index: 0, item }).outputBytes).toBe(2);
  });

  it("the end says why", () => {
    const ended = (type: string, response: object) => metered({ type, response }).finish;
    const call = { type: "function_call", name: "f", arguments: "{}" };
    expect(ended("response.completed", { status: "completed", output: [] })).toBe("stop");
    expect(ended("response.completed", { status: "completed", output: [call] })).toBe("tool_calls");
    const cut = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    expect(ended("response.incomplete", cut)).toBe("length");
  });
});
