/** Thinking at the head of the content, however it is cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { aTarget } from "../fixtures/corpus.ts";
import type { JsonObject } from "../canonical.ts";
import { ChatStreamReader } from "./reader.ts";
import { ThinkTags } from "./think-tags.ts";

const read = (pieces: readonly string[]): { thinking: string; text: string } => {
  const tags = new ThinkTags();
  const said = [...pieces.flatMap((piece) => tags.push(piece)), ...tags.flush()];
  const of = (kind: string): string => said.map((one) => (one.kind === kind ? one.text : "")).join("");
  expect(said.every((one) => one.text !== "")).toBe(true);
  return { thinking: of("thinking"), text: of("text") };
};

describe("ThinkTags", () => {
  const CASES: readonly (readonly [content: string, thinking: string, text: string])[] = [
    ["<think>a</think>b", "a", "b"],
    ["<think>\na\n</think>\n\nb\n", "\na\n", "b\n"],
    ["\n <think>a</think>", "a", ""],
    ["<think>cut by a lim", "cut by a lim", ""],
    ["<think>cut </thi", "cut </thi", ""],
    ["<think></think>b", "", "b"],
    ["<think>a</think>b<think>c</think>", "a", "b<think>c</think>"],
    ["<think>a <think> b</think>c", "a <think> b", "c"],
    ["b <think>a</think>", "", "b <think>a</think>"],
    ["<thin", "", "<thin"],
    ["<thinking>a", "", "<thinking>a"],
    [" \n", "", " \n"],
    ["", "", ""],
  ];

  it.each(CASES)("%j is %j and %j, cut at every place", (content, thinking, text) => {
    expect(read([content])).toEqual({ thinking, text });
    expect(read(content.split(""))).toEqual({ thinking, text });
    for (let at = 0; at <= content.length; at++)
      expect(read([content.slice(0, at), content.slice(at)])).toEqual({ thinking, text });
  });

  it("loses nothing of content without tags", () => {
    const word = fc.constantFrom("<", "think", ">", "</", " ", "\n", "a", "é");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const content = words.join("");
        fc.pre(!content.trimStart().startsWith("<think>"));
        expect(read(words)).toEqual({ thinking: "", text: content });
      }),
    );
  });
});

describe("a stream of a provider that tags its thinking", () => {
  const CALL = { index: 0, id: "c", function: { name: "f", arguments: "{}" } };
  const read = (...deltas: readonly JsonObject[]): string[] => {
    const reader = new ChatStreamReader(aTarget({ quirks: { think_tags: true } }));
    const chunks = [...deltas.map((delta) => ({ delta, finish_reason: null })), { delta: {}, finish_reason: "stop" }];
    const events = chunks.flatMap((choice) => {
      const body = { id: "r", choices: [{ index: 0, ...choice }] };
      return reader.read({ event: "", data: JSON.stringify(body) }, body);
    });
    return events.map((event) => ("text" in event ? `${event.type} ${event.text}` : event.type));
  };

  it.each<[string, readonly JsonObject[], string[]]>([
    [
      "thinks, then speaks",
      [{ content: "<think>a" }, { content: "</thi" }, { content: "nk>\n\nb" }],
      ["start", "thinking a", "seal", "part_end", "text b", "part_end", "finish"],
    ],
    ["ends within a tag", [{ content: "<thi" }], ["start", "text <thi", "part_end", "finish"]],
    [
      "is cut while it thinks",
      [{ content: "<think>a</th" }],
      ["start", "thinking a", "thinking </th", "seal", "part_end", "finish"],
    ],
    [
      "calls before it says anything whole",
      [{ content: "<thi" }, { tool_calls: [CALL] }],
      ["start", "text <thi", "part_end", "tool_call", "tool_input {}", "part_end", "finish"],
    ],
    [
      "calls after it thought",
      [{ content: "<think>a</think>\n" }, { tool_calls: [CALL] }],
      ["start", "thinking a", "seal", "part_end", "tool_call", "tool_input {}", "part_end", "finish"],
    ],
  ])("%s", (_, deltas, expected) => {
    expect(read(...deltas)).toEqual(expected);
  });
});
