import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import { REPLY_LIMITS, scanJson, type ScanLimits } from "./json.ts";
import { booleanAt, numberAt, rawAt, stringAt } from "./span.ts";

const scan = (text: string, limits?: ScanLimits) => scanJson(Buffer.from(text), limits);

const codeOf = (body: Buffer | string): string => {
  try {
    scanJson(typeof body === "string" ? Buffer.from(body) : body);
    return "ok";
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
};

const parses = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const member = (text: string, name: string) => {
  const body = Buffer.from(text);
  const span = scanJson(body).members.get(name);
  if (span === undefined) throw new Error(`no member ${name}`);
  return { body, span };
};

/** Objects whose top-level keys are unique by construction, as JSON with any legal spacing. */
const anObject = fc.dictionary(fc.string({ unit: "grapheme", maxLength: 8 }), fc.jsonValue({ maxDepth: 5 }), {
  maxKeys: 8,
  noNullPrototype: true,
});
const spacing = fc.constantFrom("", " ", "\n", "\t", "\r\n");

describe("scanJson", () => {
  it.each([
    ["{}", "ok"],
    [' \r\n\t{ "a" : [ 1 , -0.5e+3 , true , false , null , "x\\u00e9\\n" ] , "b" : { } } \n', "ok"],
    ["", "invalid_json"],
    ["null", "invalid_json"],
    ["[]", "invalid_json"],
    ['"x"', "invalid_json"],
    ["{", "invalid_json"],
    ['{"a"', "invalid_json"],
    ['{"a":', "invalid_json"],
    ['{"a":1', "invalid_json"],
    ['{"a":1,', "invalid_json"],
    ['{"a":1,}', "invalid_json"],
    ['{"a":[1,]}', "invalid_json"],
    ['{"a":[1}', "invalid_json"],
    ['{"a":01}', "invalid_json"],
    ['{"a":+1}', "invalid_json"],
    ['{"a":1.}', "invalid_json"],
    ['{"a":.5}', "invalid_json"],
    ['{"a":1e}', "invalid_json"],
    ['{"a":-}', "invalid_json"],
    ['{"a":NaN}', "invalid_json"],
    ['{"a":truE}', "invalid_json"],
    ['{"a":nul', "invalid_json"],
    ["{'a':1}", "invalid_json"],
    ["{a:1}", "invalid_json"],
    ['{"a":1}//x', "invalid_json"],
    ['{"a":1}{"b":2}', "invalid_json"],
    ['{"a":"\t"}', "invalid_json"],
    ['{"a":"\u0000"}', "invalid_json"],
    ['{"a":"\\x"}', "invalid_json"],
    ['{"a":"\\u12g4"}', "invalid_json"],
    ['{"a":"\\u12"}', "invalid_json"],
    ['{"a":"abc\\', "invalid_json"],
    ['{"a":"abc\\"}', "invalid_json"],
    ['\ufeff{"a":1}', "invalid_json"],
  ])("D86: %j is %s", (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it("agrees with JSON.parse on what is JSON", () => {
    fc.assert(
      fc.property(anObject, spacing, (value, space) => {
        const text = `${space}${JSON.stringify(value, null, space === "" ? undefined : 2)}${space}`;
        expect(codeOf(text)).toBe("ok");
      }),
    );
  });

  it("agrees with JSON.parse on damaged JSON, byte by byte", () => {
    const damage = fc.record({
      value: anObject,
      at: fc.nat(),
      byte: fc.constantFrom(...'{}[],:"\\ \n\t01-+.eEtfnu/a\u0001\u001f\u007f'.split("")),
      mode: fc.constantFrom("replace", "insert", "delete", "cut"),
    });
    fc.assert(
      fc.property(damage, ({ value, at, byte, mode }) => {
        const text = JSON.stringify(value);
        const i = at % (text.length + 1);
        const damaged = {
          replace: text.slice(0, i) + byte + text.slice(i + 1),
          insert: text.slice(0, i) + byte + text.slice(i),
          delete: text.slice(0, i) + text.slice(i + 1),
          cut: text.slice(0, i),
        }[mode].toWellFormed();
        const code = codeOf(damaged);
        fc.pre(code !== "duplicate_key" && code !== "json_too_complex");
        expect(code === "ok").toBe(parses(damaged));
      }),
      { numRuns: 3_000 },
    );
  });

  it("finds strings of every length and alignment, with each special character at each place", () => {
    for (let length = 0; length < 12; length++)
      for (let at = 0; at <= length; at++)
        for (const [special, legal] of [
          ['"', false],
          ["\\n", true],
          ["\\", at < length],
          ["\u001f", false],
          ["\u0080", true],
          ["é", true],
          ["!", true],
          ["#", true],
          ["]", true],
          ["[", true],
        ] as const) {
          const inner = `${"x".repeat(at)}${special}${"n".repeat(length - at)}`;
          const text = `{"k":"${inner}"}`;
          expect([inner, codeOf(text)]).toEqual([inner, legal && parses(text) ? "ok" : "invalid_json"]);
        }
  });

  it.each([
    ["[ × 1,000,000", Buffer.alloc(1_000_000, "[")],
    ['{"a":[ × 1,000,000', Buffer.from(`{"a":${"[".repeat(1_000_000)}`)],
    ['{"a": × 100,000', Buffer.from('{"a":'.repeat(100_000))],
    ["24 MB of {},", Buffer.from(`{"a":[${"{},".repeat(8_000_000)}{}]}`)],
    ["ten million small integers", Buffer.from(`{"a":[${"1,".repeat(10_000_000)}1]}`)],
  ])("D75, D76: refuses %s", (name, body) => {
    const expected = name.startsWith("[") ? "invalid_json" : "json_too_complex";
    expect(codeOf(body)).toBe(expected);
  });

  it("allows depth 64 and refuses 65", () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(codeOf(nested(64))).toBe("ok");
    expect(codeOf(nested(65))).toBe("json_too_complex");
    expect(scan(nested(65), REPLY_LIMITS).members.size).toBe(1);
  });

  it.each([
    ["ff fe", [0xff, 0xfe]],
    ["overlong", [0xc0, 0xaf]],
    ["truncated", [0xe2, 0x82]],
    ["CESU surrogate", [0xed, 0xa0, 0x80]],
  ])("D79: refuses invalid UTF-8 (%s)", (_, bytes) => {
    expect(codeOf(Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]))).toBe("invalid_utf8");
  });

  it.each([
    '{"model":"cheap","model":"dear"}',
    '{"model":"cheap","mod\\u0065l":"dear"}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ])("D82: refuses a top-level key twice: %s", (text) => {
    expect(codeOf(text)).toBe("duplicate_key");
    expect(scan(text, REPLY_LIMITS).members.size).toBe(1);
  });

  it("names the byte of the first fault, never content", () => {
    expect(() => scan('{"a":1,"secret" "b"}')).toThrow("The request body is not valid JSON (at byte 16).");
  });

  it("counts children and collects the tags of each member", () => {
    const { members } = scan(
      '{"messages":[{"type":"text"},{"a":{"type":"image","typ\\u0065":"x\\ny"}},{"type":["no"],"ttl":"1h"}],"n":2,"o":{"a":1,"type":"q"}}',
    );
    expect(members.get("messages")).toMatchObject({ items: 3, tags: new Set(["text", "image", "x\ny", "1h"]) });
    expect(members.get("n")).toMatchObject({ items: 0, tags: new Set() });
    expect(members.get("o")).toMatchObject({ items: 2, tags: new Set(["q"]) });
  });

  it("keeps at most 64 tags, so that an unknown one among many is still not mistaken for known ones alone", () => {
    const many = Array.from({ length: 500 }, (_, i) => `{"type":"t${i}"}`).join(",");
    expect(scan(`{"m":[${many}]}`).members.get("m")?.tags.size).toBe(64);
  });
});

describe("spans", () => {
  it("reads typed values and refuses others", () => {
    const { body, span } = member('{"x": "a\\u0062\\n" }', "x");
    expect([stringAt(body, span), numberAt(body, span), booleanAt(body, span), rawAt(body, span)]).toEqual([
      "ab\n",
      undefined,
      undefined,
      '"a\\u0062\\n"',
    ]);
    const number = member('{"x":-1.5e3}', "x");
    expect([numberAt(number.body, number.span), stringAt(number.body, number.span)]).toEqual([-1500, undefined]);
    const huge = member('{"x":1e400}', "x");
    expect(numberAt(huge.body, huge.span)).toBe(Infinity);
    const flag = member('{"x":false}', "x");
    expect([booleanAt(flag.body, flag.span), numberAt(flag.body, flag.span)]).toEqual([false, undefined]);
  });
});
