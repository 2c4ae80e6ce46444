/** A21: when requests are shed for want of memory. */
import { describe, expect, it, vi } from "vitest";

import { watchHeap } from "./pressure.ts";

describe("watchHeap", () => {
  it.each([
    [84, false],
    [85, true],
    [100, true],
  ])("%i %% of the heap: %s", (usedBytes, expected) => {
    const pressure = watchHeap(() => ({ usedBytes, limitBytes: 100 }));
    expect(pressure.overloaded()).toBe(expected);
    pressure.stop();
  });

  it("recovers", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let usedBytes = 90;
    const pressure = watchHeap(() => ({ usedBytes, limitBytes: 100 }));
    usedBytes = 10;
    vi.advanceTimersByTime(1_000);
    expect(pressure.overloaded()).toBe(false);
    pressure.stop();
    vi.useRealTimers();
  });

  it("reads the real heap", () => {
    const pressure = watchHeap();
    expect(pressure.overloaded()).toBe(false);
    pressure.stop();
  });
});
