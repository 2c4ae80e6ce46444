import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Json } from "../protocols/canonical.ts";
import { minimal, minimalObject } from "./minimal.ts";

describe("a minimal instance", () => {
  it.each<[string, Json, Json]>([
    [
      "only what is required",
      { type: "object", required: ["a"], properties: { a: { type: "integer" }, b: {} } },
      { a: 1 },
    ],
    ["the first of an enumeration", { enum: ["red", "green"] }, "red"],
    ["a constant", { const: 7 }, 7],
    ["the first alternative", { anyOf: [{ type: "boolean" }, { type: "null" }] }, false],
    ["the first of several types", { type: ["null", "string"] }, null],
    ["an empty list", { type: "array", items: { type: "string" } }, []],
    ["as many elements as must be", { type: "array", items: { type: "integer" }, minItems: 2 }, [1, 1]],
    ["a number in its range", { type: "number", minimum: 3.5 }, 3.5],
    ["a whole number above a bound", { type: "integer", exclusiveMinimum: 4 }, 5],
    ["a whole number below a bound", { type: "integer", exclusiveMaximum: 0 }, -1],
    ["a multiple", { type: "integer", minimum: 5, multipleOf: 4 }, 8],
    ["a date", { type: "string", format: "date" }, "2026-01-01"],
    ["a text long enough", { type: "string", minLength: 10 }, "sandboxsan"],
    ["a text short enough", { type: "string", maxLength: 3 }, "san"],
    ["what a reference names", { $ref: "#/$defs/a~1b", $defs: { "a/b": { const: 1 } } }, 1],
    [
      "all of several schemas",
      {
        allOf: [{ $ref: "#/$defs/x" }, { required: ["y"], properties: { y: { const: 2 } } }],
        $defs: { x: { required: ["x"], properties: { x: { const: 1 } } } },
      },
      { x: 1, y: 2 },
    ],
  ])("is %s", (_name, schema, expected) => {
    expect(minimal(schema)).toEqual(expected);
  });

  it("ends where a schema holds itself", () => {
    const schema = { type: "object", required: ["next"], properties: { next: { $ref: "#" } } };
    expect(JSON.stringify(minimal(schema)).length).toBeLessThan(1000);
  });

  it("never throws and always is JSON, whatever the schema", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (schema) => {
        const made = minimalObject(schema as Json);
        expect(JSON.parse(JSON.stringify(made))).toEqual(made);
      }),
    );
  });
});
