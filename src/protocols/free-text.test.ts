import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Dropped } from "./dropped.ts";
import {
  asFunction,
  freeTextTool,
  RawArguments,
  unwrapInput,
  WRAP_BEGIN,
  WRAP_END,
  wrapInput,
  wrapPiece,
} from "./free-text.ts";

/** A text cut into pieces of these lengths; the rest is the last piece. */
const cut = (text: string, lengths: readonly number[]): string[] => {
  const pieces: string[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return [...pieces, text.slice(at)];
};

const through = (pieces: readonly string[]): string => {
  const raw = new RawArguments();
  return pieces.map((piece) => raw.push(piece)).join("") + raw.end();
};

const anyText = fc.string({ unit: "grapheme" });
const lengths = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 30 });

describe("free text", () => {
  it("is the same after it was wrapped, whole or in pieces, and taken out again, however it is cut", () => {
    fc.assert(
      fc.property(anyText, lengths, lengths, (text, sent, received) => {
        const streamed = WRAP_BEGIN + cut(text, sent).map(wrapPiece).join("") + WRAP_END;
        expect(unwrapInput(streamed)).toBe(text);
        expect(through(cut(streamed, received))).toBe(text);
        expect(through(cut(wrapInput(text), received))).toBe(text);
        expect(through(cut(JSON.stringify({ input: text }, null, 2), received))).toBe(text);
      }),
    );
  });

  it("is passed on as it is where nothing was put around it", () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => !text.trimStart().startsWith("{")),
        lengths,
        (text, received) => {
          expect(through(cut(text, received))).toBe(text);
        },
      ),
    );
  });

  it("goes on at once, not at the end", () => {
    const raw = new RawArguments();
    expect(raw.push('{"input": "*** Begin')).toBe("*** Begin");
    expect(raw.push(" Patch\\")).toBe(" Patch");
    expect(raw.push('nx\\u00e9"')).toBe("\nxé");
    expect(raw.push("}")).toBe("");
    expect(raw.end()).toBe("");
  });

  it.each(['{"patch":"x"}', '{"input":{"a":1}}', '{"input":', "{", '{"inputs":"x"}', "  "])(
    "is all of arguments that are something else: %s",
    (args) => {
      expect(through(cut(args, [1, 2, 1]))).toBe(args);
    },
  );
});

describe("a tool for free text", () => {
  const grammar = { syntax: "lark", definition: "start: patch" };

  it.each([
    ["as Responses has it", { name: "patch", description: "Edits.", format: { type: "grammar", ...grammar } }],
    ["as Chat Completions has it", { name: "patch", description: "Edits.", format: { type: "grammar", grammar } }],
  ])("keeps its grammar, %s", (_, of) => {
    expect(freeTextTool(of)).toMatchObject({ name: "patch", description: "Edits.", freeText: { grammar } });
  });

  it("is a function elsewhere, whose grammar is told and named as lost", () => {
    const dropped = new Dropped();
    const tool = asFunction(freeTextTool({ name: "patch", format: { type: "grammar", grammar } }), "tools[2]", dropped);
    expect(tool.freeText).toBeUndefined();
    expect(tool.description).toContain("start: patch");
    expect(tool.parameters).toMatchObject({ required: ["input"] });
    expect(dropped.names).toEqual(["tools[2].format"]);
  });

  it("without a grammar loses nothing", () => {
    const dropped = new Dropped();
    asFunction(freeTextTool({ name: "note", format: { type: "text" } }), "tools[0]", dropped);
    expect(dropped.names).toEqual([]);
  });
});
