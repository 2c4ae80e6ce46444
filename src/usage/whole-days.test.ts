import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { partsOf, statementsOf, type Part } from "./whole-days.ts";

/** The hours that are added to each bucket, less those that are taken out again; every hour counts 1. */
const hoursIn = (parts: readonly Part[], count: number): readonly ReadonlyMap<number, number>[] => {
  const buckets = Array.from({ length: count }, () => new Map<number, number>());
  for (const { unit, first, end, to, out } of parts) {
    const width = unit === "hour" ? 1 : 24;
    for (let hour = first * width; hour < end * width; hour++)
      for (const [place, sign] of [
        [to, 1],
        [out, -1],
      ] as const) {
        const bucket = place === null ? undefined : buckets[place];
        bucket?.set(hour, (bucket.get(hour) ?? 0) + sign);
      }
  }
  return buckets.map((bucket) => new Map([...bucket].filter(([, times]) => times !== 0)));
};

const units = (parts: readonly Part[]): number => parts.reduce((sum, { first, end }) => sum + end - first, 0);

const someBounds = fc
  .tuple(fc.nat(1_000), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }))
  .map(([first, widths]) => widths.reduce((bounds, width) => [...bounds, (bounds.at(-1) ?? 0) + width], [first]));

describe("whole days", () => {
  it("buckets are exactly their own hours, wherever they begin", () => {
    fc.assert(
      fc.property(someBounds, (bounds) => {
        const count = bounds.length - 1;
        const expected = Array.from({ length: count }, (_, place) => {
          const [first, end] = [bounds[place] ?? 0, bounds[place + 1] ?? 0];
          return new Map(Array.from({ length: end - first }, (__, hour) => [first + hour, 1]));
        });
        expect(hoursIn(partsOf(bounds), count)).toEqual(expected);
        expect(hoursIn(statementsOf(partsOf(bounds)).flat(), count)).toEqual(expected);
      }),
    );
  });

  it.each([
    ["ninety days of UTC", Array.from({ length: 91 }, (_, day) => 2_400 + day * 24), 90],
    ["ninety days of a zone that is two hours ahead", Array.from({ length: 91 }, (_, day) => 2_398 + day * 24), 272],
    ["ninety days of one that is five behind", Array.from({ length: 91 }, (_, day) => 2_405 + day * 24), 545],
    ["sixty days at once", [2_401, 2_401 + 60 * 24], 62],
    ["a day of hours", Array.from({ length: 25 }, (_, hour) => 2_400 + hour), 24],
    ["three hours", [2_410, 2_413], 3],
  ])("%s reads so many roll-ups of a key", (_, bounds, expected) => {
    expect(units(partsOf(bounds))).toBe(expected);
  });

  it("no statement reads more than ten days of hours, and the newest parts are in one", () => {
    const parts = partsOf(Array.from({ length: 401 }, (_, day) => 2_400 + 11 + day * 24));
    const statements = statementsOf(parts);
    for (const each of statements) expect(units(each)).toBeLessThanOrEqual(240);
    expect(units(statements[0] ?? [])).toBeGreaterThan(240 - 12);
    expect(statements[0]?.at(0)).toEqual(parts.at(-1));
    expect(statementsOf(partsOf([0, 600 * 24])).map(units)).toEqual([240, 240, 120]);
  });
});
