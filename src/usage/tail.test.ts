import { describe, expect, it, vi } from "vitest";

import { firstRequestId, requestIdText } from "../id.ts";
import type { RequestLine } from "./figures.ts";
import { MOST_LISTENERS, RequestTail, TailFull, WINDOW_MS, type TailSource } from "./tail.ts";

const NOW = 1_000_000_000_000;
const idAt = (milliseconds: number): string => requestIdText(firstRequestId(milliseconds));
const [FIRST, SECOND, THIRD] = [idAt(NOW - 3_000), idAt(NOW - 2_000), idAt(NOW - 1_000)];

/** Requests of one account that a test commits by and by. */
const world = () => {
  const stored: string[] = [];
  const seen = { looks: 0, errors: 0, isAway: false };
  const source: TailSource = {
    ids: async (accountId, from, limit) => {
      seen.looks++;
      if (seen.isAway) throw new Error("away");
      const oldest = requestIdText(from);
      return accountId === 2
        ? []
        : stored
            .filter((id) => id >= oldest)
            .toSorted()
            .toReversed()
            .slice(0, limit);
    },
    lines: async (ids) => ids.map((id) => ({ id }) as RequestLine),
  };
  const failed = (): void => {
    seen.errors++;
  };
  return { stored, seen, tail: new RequestTail({ source, now: () => NOW, failed, lookMs: 2 }) };
};

const listening = (tail: RequestTail, accountId: number | null = 1, since: string | null = null) => {
  const told: string[] = [];
  const stop = tail.listen(accountId, since, (requests) => told.push(...requests.map(({ id }) => id)));
  return { told, stop };
};

describe("the live tail", () => {
  it("tells of each request once, also of one that began before others and ended after them", async () => {
    const { stored, seen, tail } = world();
    stored.push(FIRST);
    const { told, stop } = listening(tail);
    const other = listening(tail, 2);
    await vi.waitFor(() => expect(seen.looks).toBeGreaterThan(2));
    stored.push(THIRD);
    await vi.waitFor(() => expect(told).toEqual([THIRD]));
    stored.push(SECOND);
    await vi.waitFor(() => expect(told).toEqual([THIRD, SECOND]));
    expect(other.told).toEqual([]);
    stop();
    other.stop();
  });

  it("asks nothing while nobody listens", async () => {
    const { seen, tail } = world();
    expect(seen.looks).toBe(0);
    const { stop } = listening(tail);
    await vi.waitFor(() => expect(seen.looks).toBeGreaterThan(1));
    stop();
    stop();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { looks } = seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.looks).toBe(looks);
  });

  it("tells who comes back what was missed, oldest first, and no more than the window has", async () => {
    const { stored, tail } = world();
    stored.push(idAt(NOW - WINDOW_MS - 1_000), FIRST, SECOND, THIRD);
    const { told, stop } = listening(tail, null, FIRST);
    const late = listening(tail, null, idAt(0));
    await vi.waitFor(() =>
      expect([told, late.told]).toEqual([
        [SECOND, THIRD],
        [FIRST, SECOND, THIRD],
      ]),
    );
    stop();
    late.stop();
  });

  it("goes on when the database is there again, and takes nothing old for new", async () => {
    const { stored, seen, tail } = world();
    stored.push(FIRST);
    seen.isAway = true;
    const { told, stop } = listening(tail);
    await vi.waitFor(() => expect(seen.errors).toBeGreaterThan(1));
    seen.isAway = false;
    const { looks } = seen;
    await vi.waitFor(() => expect(seen.looks).toBeGreaterThan(looks + 1));
    stored.push(SECOND);
    await vi.waitFor(() => expect(told).toEqual([SECOND]));
    stop();
  });

  it("has a bound of listeners", () => {
    const { tail } = world();
    const stops = Array.from({ length: MOST_LISTENERS }, () => listening(tail).stop);
    expect(() => listening(tail)).toThrow(TailFull);
    stops[0]?.();
    stops[0]?.();
    const { stop } = listening(tail);
    for (const each of [...stops, stop]) each();
  });
});
