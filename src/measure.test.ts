import { describe, expect, it } from "vitest";

import { ERROR_CODES, errorRow } from "./errors.ts";
import { isFault, latencyAt, latencyBucket, LATENCY_BOUNDS_MS, LATENCY_BUCKETS } from "./measure.ts";

describe("buckets of latency", () => {
  it("begin where they say", () => {
    expect(LATENCY_BOUNDS_MS.map((bound) => [latencyBucket(bound - 1), latencyBucket(bound)])).toEqual(
      LATENCY_BOUNDS_MS.map((_, place) => [place, place + 1]),
    );
    expect(latencyBucket(0)).toBe(0);
    expect(latencyBucket(2 ** 31)).toBe(LATENCY_BUCKETS - 1);
  });

  it.each([
    ["none", [], 0.5, null],
    ["one of 50 to 100 ms", [0, 1], 0.5, 75],
    ["the end of a bucket", [4], 1, 50],
    ["a hundred, of which five are slow", [95, 0, 0, 0, 5], 0.95, 50],
    ["a hundred, of which six are slow", [94, 0, 0, 0, 6], 0.95, 333],
    ["the last bucket", Array.from({ length: LATENCY_BUCKETS }, (_, place) => (place === 15 ? 2 : 0)), 0.5, 90_000],
  ])("%s", (_, counts, share, found) => {
    expect(latencyAt(counts, share)).toBe(found);
  });

  it("an attempt that the provider failed is told from one that its customer or we did", () => {
    const faults = ERROR_CODES.filter(isFault);
    expect(faults.every((code) => errorRow(code).status >= 500 || errorRow(code).status === 429)).toBe(true);
    expect(["ok", "cancelled", "stopped", "content_policy", "invalid_value", "context_exceeded"].some(isFault)).toBe(
      false,
    );
  });
});
