import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { scanJson } from "./json.ts";
import { splice } from "./splice.ts";

/** Objects with unique keys by construction, as JSON with any legal spacing. */
const anObject = fc.dictionary(fc.string({ unit: "grapheme", maxLength: 8 }), fc.jsonValue({ maxDepth: 5 }), {
  maxKeys: 8,
  noNullPrototype: true,
});
const spacing = fc.constantFrom("", " ", "\n", "\t", "\r\n");

describe("splice", () => {
  it("equals the same edit made on the parsed object, and keeps all other bytes", () => {
    const edit = fc.record({
      value: anObject,
      set: anObject,
      pick: fc.array(fc.nat(), { maxLength: 4 }),
      space: spacing,
    });
    fc.assert(
      fc.property(edit, ({ value, set, pick, space }) => {
        const keys = Object.keys(value);
        const remove = keys.length === 0 ? [] : pick.map((i) => keys[i % keys.length] ?? "");
        const changes = { ...set, ...(keys[0] === undefined ? {} : { [keys[0]]: "replaced" }) };
        const body = Buffer.from(`${space}${JSON.stringify(value, null, space === "" ? undefined : 1)}${space}`);
        const texts = Object.fromEntries(Object.entries(changes).map(([key, item]) => [key, JSON.stringify(item)]));
        const parts = splice(body, scanJson(body), { set: texts, remove });
        const expected = { ...value };
        for (const key of remove) if (!Object.hasOwn(changes, key)) delete expected[key];
        Object.assign(expected, changes);
        const result = Buffer.concat(parts);
        expect(JSON.parse(result.toString())).toEqual(JSON.parse(JSON.stringify(expected)));
        expect(scanJson(result).members.size).toBe(Object.keys(expected).length);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['{"a":1,"b":2,"c":3}', {}, ["b"], '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', {}, ["a"], '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', {}, ["b", "c"], '{"a":1}'],
    ['{"a":1, "b":2}', { c: "3" }, ["a", "b"], '{"c":3}'],
    ['{ "a" : 1 , "b" : 2 }', { b: "x" }, [], '{ "a" : 1 , "b" : x }'],
    ["{ }", { a: "1", b: "2" }, [], '{"a":1,"b":2 }'],
    [' {"a":1}\n', { b: "2" }, ["zzz"], ' {"a":1,"b":2}\n'],
    ['{"a":1,"b":2}', { c: "3" }, ["b"], '{"a":1,"c":3}'],
  ])("%s set %j remove %j", (text, set, remove, expected) => {
    const body = Buffer.from(text);
    expect(Buffer.concat(splice(body, scanJson(body), { set, remove })).toString()).toBe(expected);
  });

  it("shares the original's memory", () => {
    const body = Buffer.from('{"model":"a","messages":[]}');
    const [first] = splice(body, scanJson(body), { set: { model: '"b"' } });
    expect(first?.buffer).toBe(body.buffer);
  });
});
