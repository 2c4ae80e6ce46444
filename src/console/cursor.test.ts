import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pageOf, readCursor, writeCursor } from "./cursor.ts";
import { ConsoleError } from "./errors.ts";

describe("cursors", () => {
  it("come back as they went", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), fc.string()), { minLength: 1, maxLength: 4 }), (position) => {
        expect(readCursor(writeCursor(position), position.length)).toEqual(position);
      }),
    );
  });

  it("of another list, or of nobody, are refused and never misread", () => {
    for (const cursor of [
      "",
      "x",
      "%%%",
      writeCursor([1, 2]),
      writeCursor([]),
      Buffer.from("[null]").toString("base64url"),
    ])
      expect(() => readCursor(cursor, 1), cursor).toThrow(ConsoleError);
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(readCursor(text, 1)).toHaveLength(1);
        } catch (error) {
          expect(error).toBeInstanceOf(ConsoleError);
        }
      }),
    );
  });

  it("walk a list without losing or repeating a row", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 10 }), (size, limit) => {
        const all = Array.from({ length: size }, (_, index) => index);
        const seen: number[] = [];
        let cursor: string | null = writeCursor([-1]);
        while (cursor !== null) {
          const after = Number(readCursor(cursor, 1)?.[0]);
          const found: readonly number[] = all.filter((row) => row > after).slice(0, limit + 1);
          const page: ReturnType<typeof pageOf<number>> = pageOf(found, limit, (row) => [row]);
          seen.push(...page.rows);
          cursor = page.next;
        }
        expect(seen).toEqual(all);
      }),
    );
  });
});
