/** Arguments of calls that a model wrote as text: under whatever names it wrote, each once. */
import { describe, expect, it } from "vitest";

import { CallFinder, type Piece } from "./markers.ts";

const found = (text: string): readonly Piece[] => {
  const finder = new CallFinder((name) => name === "read_file");
  return [...finder.push(text), ...finder.end()];
};

const pairs = (...all: readonly (readonly [name: string, value: string])[]): string =>
  `<tool_call>read_file\n${all.map(([name, value]) => `<arg_key>${name}</arg_key>\n<arg_value>${value}</arg_value>`).join("\n")}\n</tool_call>`;

describe("pairs of names and values", () => {
  it.each<[string, readonly (readonly [string, string])[], string]>([
    ["one name", [["path", "a"]], '{"path":"a"}'],
    [
      "a name that comes twice: the last counts, as in JSON",
      [
        ["path", "a"],
        ["path", "b"],
      ],
      '{"path":"b"}',
    ],
    [
      "a name that every object inherits",
      [
        ["valueOf", "1"],
        ["constructor", "x"],
      ],
      '{"valueOf":1,"constructor":"x"}',
    ],
    [
      "the name of the prototype",
      [
        ["__proto__", '{"a":1}'],
        ["path", "a"],
      ],
      '{"__proto__":{"a":1},"path":"a"}',
    ],
  ])("%s", (_name, given, input) => {
    expect(found(pairs(...given))).toEqual([{ name: "read_file", input }]);
  });
});
