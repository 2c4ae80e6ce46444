/** What a table answers: its rows, and nothing that any object inherits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { blank, own, table } from "./table.ts";

/** What a literal answers although nobody wrote it there. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

describe("a table", () => {
  const sizes = table<number>({ low: 1, high: 2 });

  it.each(INHERITED)("does not know %s", (word) => {
    expect(sizes[word]).toBeUndefined();
    expect(word in sizes).toBe(false);
    expect(own({ low: 1 }, word)).toBeUndefined();
  });

  it("answers its rows, and any other word with nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("low", "high", ...INHERITED)), (word) => {
        const row = word === "low" ? 1 : word === "high" ? 2 : undefined;
        expect(sizes[word]).toBe(row);
        expect(own(sizes, word)).toBe(row);
      }),
    );
    expect(Object.entries(sizes)).toEqual([
      ["low", 1],
      ["high", 2],
    ]);
  });

  it("is not written to", () => {
    expect(Object.isFrozen(sizes)).toBe(true);
  });
});

describe("what is filled under names from outside", () => {
  it("has every name once, with its last value, and writes them all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.string(), fc.constantFrom("__proto__", ...INHERITED)), fc.jsonValue())),
        (given) => {
          const made = blank<unknown>();
          for (const [name, value] of given) made[name] = value;
          expect(new Map(Object.entries(made))).toEqual(new Map(given));
          expect(JSON.stringify({ ...made })).toBe(JSON.stringify(Object.fromEntries(given)));
          expect(JSON.stringify(made)).toBe(JSON.stringify(Object.fromEntries(given)));
          for (const name of INHERITED) expect(own(made, name)).toBe(new Map(given).get(name));
        },
      ),
    );
  });
});
