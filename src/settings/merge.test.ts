/** The three-way merge as a table, and its laws for any values. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mergeFields, mergeObject, type Held } from "./merge.ts";
import type { Fields } from "./variables.ts";

describe("mergeFields", () => {
  it.each<[string, Fields, Fields, Fields, Fields]>([
    ["a first apply takes the file", {}, { rpm: 1 }, {}, { rpm: 1 }],
    ["an unchanged file keeps the console's edit", { rpm: 1 }, { rpm: 1 }, { rpm: 9 }, { rpm: 9 }],
    ["an unchanged file does not bring back what the console removed", { rpm: 1 }, { rpm: 1 }, {}, {}],
    ["a changed file wins over the console's edit", { rpm: 1 }, { rpm: 2 }, { rpm: 9 }, { rpm: 2 }],
    ["only the changed field changes", { rpm: 1, tpm: 1 }, { rpm: 1, tpm: 2 }, { rpm: 9, tpm: 9 }, { rpm: 9, tpm: 2 }],
    ["a field that left the file is removed", { rpm: 1 }, {}, { rpm: 9 }, {}],
    ["a field of the console alone stays", { rpm: 1 }, { rpm: 2 }, { rpm: 1, tpm: 5 }, { rpm: 2, tpm: 5 }],
    [
      "maps merge by key",
      { m: { a: "1", b: "1" } },
      { m: { a: "2", b: "1" } },
      { m: { a: "1", b: "9", c: "9" } },
      { m: { a: "2", b: "9", c: "9" } },
    ],
    ["a map that left takes only its own keys", { m: { a: "1" } }, {}, { m: { a: "1", c: "9" } }, { m: { c: "9" } }],
    ["a map that left and was all the file's is gone", { m: { a: "1" } }, {}, { m: { a: "9" } }, {}],
    ["lists are taken whole", { l: [1, 2] }, { l: [1, 3] }, { l: [1, 2, 9] }, { l: [1, 3] }],
    ["a scalar that becomes a map", { u: "usd" }, { u: { name: "c" } }, { u: "usd" }, { u: { name: "c" } }],
  ])("%s", (_name, applied, file, current, expected) => {
    expect(mergeFields(applied, file, current)).toEqual(expected);
  });

  const scalar = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }), fc.boolean());
  const name = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
  const map = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> =>
    fc.array(fc.tuple(name, value)).map((members) => Object.fromEntries(members) as Fields);
  const fields = map(
    fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 2 }),
      map(scalar).filter((value) => Object.keys(value).length > 0),
    ),
  );

  it("changes nothing when the file did not change", () => {
    fc.assert(
      fc.property(fields, fields, (file, current) => {
        expect(mergeFields(file, file, current)).toEqual(current);
      }),
    );
  });

  it("gives the file where nobody else edited", () => {
    fc.assert(
      fc.property(fields, fields, (applied, file) => {
        expect(mergeFields(applied, file, applied)).toEqual(file);
      }),
    );
  });

  it("is stable: merging its own result again changes nothing", () => {
    fc.assert(
      fc.property(fields, fields, fields, (applied, file, current) => {
        const once = mergeFields(applied, file, current);
        expect(mergeFields(file, file, once)).toEqual(once);
      }),
    );
  });
});

describe("mergeObject", () => {
  const held = (changes: Partial<Held> = {}): Held => ({
    data: { rpm: 1 },
    applied: { present: true, fields: { rpm: 1 } },
    enabled: true,
    ...changes,
  });
  const gone = held({ enabled: false, applied: { present: false, fields: { rpm: 1 } } });

  it.each<[string, Held | null, Fields | null, string | null, boolean, Fields]>([
    ["is created", null, { rpm: 1 }, "created", true, { rpm: 1 }],
    ["stays as it is", held(), { rpm: 1 }, null, true, { rpm: 1 }],
    ["is updated", held(), { rpm: 2 }, "updated", true, { rpm: 2 }],
    ["is disabled, not deleted, when it leaves", held(), null, "disabled", false, { rpm: 1 }],
    ["stays away", gone, null, null, false, { rpm: 1 }],
    ["is enabled when it comes back", gone, { rpm: 1 }, "enabled", true, { rpm: 1 }],
    [
      "keeps the console's edits when it comes back unchanged",
      { ...gone, data: { rpm: 9 } },
      { rpm: 1 },
      "enabled",
      true,
      { rpm: 9 },
    ],
    ["stays disabled when the console disabled it", held({ enabled: false }), { rpm: 1 }, null, false, { rpm: 1 }],
    ["stays disabled but is updated", held({ enabled: false }), { rpm: 2 }, "updated", false, { rpm: 2 }],
    ["leaves quietly when the console had disabled it", held({ enabled: false }), null, null, false, { rpm: 1 }],
    [
      "of the console alone is none of the file's business",
      held({ applied: { present: false, fields: {} } }),
      null,
      null,
      true,
      { rpm: 1 },
    ],
  ])("an object %s", (_name, before, file, change, enabled, data) => {
    const merged = mergeObject(before, file);
    expect(merged?.change).toBe(change);
    expect(merged?.held).toMatchObject({ enabled, data });
    expect(merged?.held.applied.present).toBe(file !== null);
  });

  it("names the fields that changed, and nothing else", () => {
    expect(mergeObject(held({ data: { rpm: 1, tpm: 1 } }), { rpm: 2 })?.fields).toEqual(["rpm"]);
  });

  it("knows nothing of an object that neither side has", () => {
    expect(mergeObject(null, null)).toBeNull();
  });
});
