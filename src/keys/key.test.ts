import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { hashKey, isWellFormedKey, maskKey, MIN_RANDOM, mintKey } from "./key.ts";

describe("mintKey", () => {
  it.each([
    ["sk-far-", undefined, 43],
    ["sk-llmaai-", 40, 56],
    ["cai-", 48, 58],
    ["", 30, 36],
  ])("prefix %j, %s random characters", (prefix, length, total) => {
    const keys = new Set(
      Array.from({ length: 200 }, () => mintKey(length === undefined ? { prefix } : { prefix, length })),
    );
    expect(keys.size).toBe(200);
    for (const key of keys) {
      expect(key).toHaveLength(total);
      expect(key.startsWith(prefix)).toBe(true);
      expect(key.slice(prefix.length)).toMatch(/^[0-9A-Za-z]+$/);
      expect(isWellFormedKey(key)).toBe(true);
    }
  });

  it("uses every character of its alphabet about equally", () => {
    const text = Array.from({ length: 400 }, () => mintKey({ prefix: "", length: 100 }).slice(0, 100)).join("");
    const counts = new Map<string, number>();
    for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
    expect(counts.size).toBe(62);
    const mean = text.length / 62;
    // Seven standard deviations of a fair draw: a modulo bias would show as 1.25 times the mean for the first characters.
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(7 * Math.sqrt(mean));
  });

  it.each([
    { prefix: "x".repeat(25) },
    { prefix: "sk far" },
    { prefix: "sk-", length: MIN_RANDOM - 1 },
    { prefix: "sk-", length: 129 },
    { prefix: "sk-", length: 30.5 },
  ])("refuses %j", (format) => {
    expect(() => mintKey(format)).toThrow(RangeError);
  });
});

describe("D91: a key that cannot be one is told without a query", () => {
  const key = mintKey({ prefix: "sk-far-" });

  it("any changed character breaks the check", () => {
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.constantFrom("0", "9", "A", "Z", "a", "z"), (at, char) => {
        const changed = key.slice(0, at) + char + key.slice(at + 1);
        expect(isWellFormedKey(changed)).toBe(changed === key);
      }),
    );
  });

  it.each([
    "",
    "sk-far-",
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    "é".repeat(43),
    "x".repeat(100_000),
    `Bearer ${key}`,
  ])("%j", (text) => {
    expect(isWellFormedKey(text)).toBe(false);
  });
});

it("hashes with SHA-256, and shows only the ends", () => {
  expect(Buffer.from(hashKey("abc"))).toEqual(createHash("sha256").update("abc").digest());
  expect(maskKey({ prefix: "sk-far-", last4: "wxyz" })).toBe("sk-far-…wxyz");
});
