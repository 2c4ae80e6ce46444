import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseEventJson } from "./event-json.ts";

describe("parseEventJson", () => {
  it.each([
    ['{"ts":0000004777327782}', { ts: 4_777_327_782 }],
    ['{"a":[00,-007,0.5,10],"b":"00\\"00"}', { a: [0, -7, 0.5, 10], b: '00"00' }],
    ['{"a": 01e2}', { a: 100 }],
  ])("reads %s", (text, value) => {
    expect(parseEventJson(text)).toEqual(value);
  });

  it("reads everything that is JSON as JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseEventJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['{"a":', "", "<html>", '{"a":01x}', "{'a':1}"])("refuses %s (B44)", (text) => {
    expect(() => parseEventJson(text)).toThrow(SyntaxError);
  });
});
