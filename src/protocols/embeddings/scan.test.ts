/** The scan finds the same, wherever a reply was cut on its way; and tells what is no JSON object. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { VectorScan } from "./scan.ts";

const scanOf = (body: Buffer, cuts: readonly number[], texts?: string[]): VectorScan => {
  const scan = new VectorScan(texts === undefined ? undefined : (text) => texts.push(text.toString()));
  let from = 0;
  for (const cut of [...cuts, body.length]) {
    scan.push(body.subarray(from, cut));
    from = cut;
  }
  return scan;
};

const textAt = (body: Buffer, { start, end }: { start: number; end: number }): string =>
  body.toString("utf8", start, end);

const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0));
const vector = fc.oneof(fc.array(number, { maxLength: 6 }), fc.string({ unit: "grapheme-ascii", maxLength: 12 }));
const extra = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const reply = fc.record({
  object: fc.constant("list"),
  data: fc.array(fc.record({ embedding: vector, index: fc.nat(), note: fc.constantFrom("embedding", 'a"]}\\', "é") }), {
    maxLength: 5,
  }),
  model: fc.string(),
  usage: fc.record({ prompt_tokens: fc.nat(), details: fc.constant({ deep: [[1], { values: "no" }] }) }),
  other: extra,
});
const spaces = fc.constantFrom(0, 1, 2);

describe("VectorScan", () => {
  it("finds members and vectors however the body is cut", () => {
    fc.assert(
      fc.property(reply, spaces, fc.array(fc.nat(), { maxLength: 12 }), (value, indent, places) => {
        // A member called "values" or "embedding" anywhere below the top is taken for a vector where it is a list or a text.
        const { other: _other, ...kept } = value;
        const body = Buffer.from(JSON.stringify(kept, null, indent));
        const cuts = places.map((place) => place % (body.length + 1)).sort((a, b) => a - b);
        const texts: string[] = [];
        const scan = scanOf(body, cuts, texts);
        expect(scan.complete).toBe(true);
        for (const [name, range] of scan.members)
          expect(JSON.parse(textAt(body, range))).toEqual(JSON.parse(JSON.stringify(kept[name as keyof typeof kept])));
        const own = scan.vectors.slice(0, value.data.length).map((range) => JSON.parse(textAt(body, range)) as unknown);
        expect(own).toEqual(JSON.parse(JSON.stringify(value.data.map(({ embedding }) => embedding))));
        expect(texts).toEqual(scan.vectors.map((range) => textAt(body, range)));
      }),
      { numRuns: 300 },
    );
  });

  it("is told by any other JSON value too, and never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, place) => {
        const body = Buffer.from(JSON.stringify(value));
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        expect(scanOf(body, [place % (body.length + 1)]).complete).toBe(isObject);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["nothing", ""],
    ["half an object", '{"data":[{"embedding":[1,'],
    ["half a string", '{"model":"x'],
    ["more than an object", '{"a":1}{'],
    ["what closes wrongly", '{"a":[1}'],
    ["a vector that holds more than numbers", '{"data":[{"embedding":[1,{"a":2}]}]}'],
    ["a list", "[1]"],
    ["depth without end", `{"a":${"[".repeat(100)}`],
  ])("refuses %s", (_name, text) => {
    expect(scanOf(Buffer.from(text), []).complete).toBe(false);
  });

  it("takes Gemini's shapes", () => {
    const one = Buffer.from('{"embedding":{"values":[1,2]},"usageMetadata":{"promptTokenCount":1}}');
    expect(scanOf(one, [20]).vectors.map((range) => textAt(one, range))).toEqual(["[1,2]"]);
    const two = Buffer.from('{"embeddings":[{"values":[1]},{"values":[]}]}');
    expect(scanOf(two, [3, 30]).vectors.map((range) => textAt(two, range))).toEqual(["[1]", "[]"]);
  });
});
