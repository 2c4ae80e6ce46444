/** The fault matrix names what exists: every row is covered, by tests that are there and by long rows that are played. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { LONG_ROWS } from "./long/rows.ts";
import { MATRIX } from "./matrix.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..");

describe("the fault matrix", () => {
  it.each(MATRIX)("$id, $fault: what covers it is there", ({ id, by, isLong }) => {
    expect(by.length > 0 || isLong).toBe(true);
    expect(LONG_ROWS.some((row) => row.id === id)).toBe(isLong);
    for (const { file, title } of by) {
      const at = path.join(ROOT, file);
      expect(existsSync(at), file).toBe(true);
      expect(readFileSync(at, "utf8"), file).toContain(title);
    }
  });

  it("names no row twice, and no long row of a fault that it does not know", () => {
    const ids = MATRIX.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(LONG_ROWS.filter(({ id }) => !ids.includes(id))).toEqual([]);
    const names = LONG_ROWS.map(({ id, name }) => `${id} ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
