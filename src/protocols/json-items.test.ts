import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { arrayItems } from "./json-items.ts";
import { scanJson } from "./json.ts";

const itemsOf = (body: string, most = 100): string[] => {
  const bytes = Buffer.from(body);
  const span = scanJson(bytes).members.get("a");
  if (span === undefined) throw new Error("no member a");
  return arrayItems(bytes, span, most).map(({ start, end }) => bytes.toString("utf8", start, end));
};

describe("arrayItems", () => {
  it.each([
    ['{"a":[]}', []],
    ['{"a":[ ]}', []],
    ['{"a":"no array"}', []],
    ['{"a":[1]}', ["1"]],
    ['{"a": [ 1 , "x,]" , {"b":[1,{"c":"}\\""}]} , null ] }', ["1", '"x,]"', '{"b":[1,{"c":"}\\""}]}', "null"]],
  ])("%s", (body, items) => {
    expect(itemsOf(body)).toEqual(items);
  });

  it("stops at the most that were asked for", () => {
    expect(itemsOf('{"a":[1,2,3]}', 2)).toEqual(["1", "2"]);
  });

  it("agrees with JSON.parse, however it is spaced", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 12 }),
        fc.constantFrom(0, 1, 4),
        (values, indent) => {
          const items = itemsOf(JSON.stringify({ a: values }, null, indent));
          expect(items.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
    );
  });
});
