import { describe, expect, it } from "vitest";

import type { JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import { cleanSchema, schemaOf } from "./schema.ts";

const clean = (schema: object): { schema: JsonObject; dropped: readonly string[] } => {
  const dropped = new Dropped();
  return { schema: cleanSchema(schema as JsonObject, "t", dropped), dropped: dropped.names };
};

describe("JSON Schema in Google's subset", () => {
  it.each<[string, object, object, string[]]>([
    [
      "habits are left out in silence",
      {
        $schema: "s",
        type: "object",
        properties: { a: { type: "string" } },
        required: ["a", "b"],
        additionalProperties: false,
      },
      { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
      [],
    ],
    ["null among the types", { type: ["string", "null"] }, { type: "string", nullable: true }, []],
    [
      "null among the choices",
      { anyOf: [{ type: "integer" }, { type: "null" }] },
      { type: "integer", nullable: true },
      [],
    ],
    [
      "choices",
      { oneOf: [{ type: "integer" }, { type: "string" }] },
      { anyOf: [{ type: "integer" }, { type: "string" }] },
      [],
    ],
    ["a constant", { const: "x" }, { type: "string", enum: ["x"] }, []],
    ["numbers that are listed", { type: "integer", enum: [1, 2] }, { type: "integer" }, ["t:enum"]],
    [
      "whole bounds",
      { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 9 },
      { type: "integer", minimum: 1, maximum: 8 },
      [],
    ],
    ["other bounds", { type: "number", exclusiveMinimum: 0 }, { type: "number", minimum: 0 }, ["t:exclusiveMinimum"]],
    ["formats it knows", { type: "string", format: "date-time" }, { type: "string", format: "date-time" }, []],
    ["formats it does not", { type: "string", format: "uuid" }, { type: "string" }, []],
    [
      "references",
      { $defs: { p: { type: "string" } }, type: "object", properties: { a: { $ref: "#/$defs/p" } } },
      { type: "object", properties: { a: { type: "string" } } },
      [],
    ],
    [
      "all of",
      { allOf: [{ type: "object", properties: { a: { type: "string" } } }], properties: { b: { type: "number" } } },
      { type: "object", properties: { a: { type: "string" }, b: { type: "number" } } },
      [],
    ],
    ["lists", { type: "array" }, { type: "array", items: {} }, []],
    [
      "what it cannot say is named",
      { type: "object", properties: { a: { type: "string", not: {} } }, patternProperties: {} },
      { type: "object", properties: { a: { type: "string" } } },
      ["t:patternProperties", "t:not"],
    ],
  ])("%s", (_name, schema, expected, dropped) => {
    expect(clean(schema)).toEqual({ schema: expected, dropped });
  });

  it("ends where a schema refers to itself", () => {
    const tree = { $defs: { n: { type: "object", properties: { next: { $ref: "#/$defs/n" } } } }, $ref: "#/$defs/n" };
    expect(JSON.stringify(clean(tree).schema).length).toBeLessThan(1_000);
  });
});

describe("Google's subset as JSON Schema", () => {
  it("has small types, and null as a type", () => {
    expect(
      schemaOf({
        type: "OBJECT",
        properties: { type: { type: "STRING", nullable: true }, list: { type: "ARRAY", items: { type: "NUMBER" } } },
        anyOf: [{ type: "TYPE_UNSPECIFIED" }],
      }),
    ).toEqual({
      type: "object",
      properties: { type: { type: ["string", "null"] }, list: { type: "array", items: { type: "number" } } },
      anyOf: [{}],
    });
  });
});
