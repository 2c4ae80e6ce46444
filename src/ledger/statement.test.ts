import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { dayOf, dayStart, statementPage, type StatementPart, type StatementPosition } from "./statement.ts";

const DAY_MS = 86_400_000;
const TODAY = 1_000;

interface Move {
  readonly day: number;
  readonly amount: bigint;
}

const moves = fc.array(
  fc.record({ day: fc.integer({ min: TODAY - 900, max: TODAY }), amount: fc.bigInt({ min: -1_000n, max: 1_000n }) }),
  { maxLength: 40 },
);

/** What the store would read for a page, of everything that there is. */
const partOf = (all: readonly Move[], usage: ReadonlyMap<number, bigint>, start: StatementPosition, limit: number) => {
  const top = start.isDayShown ? start.day - 1 : start.day;
  const from = top - 399;
  const transfers = all
    .map(({ day, amount }, id) => ({ id, amount, at: dayStart(day) + 5, kind: "credit", isPromo: false, reason: null }))
    .filter(({ id }) => id < start.transfer)
    .reverse()
    .slice(0, limit + 1);
  const days = [...usage]
    .filter(([day, charged]) => day <= top && day >= from && charged > 0n)
    .map(([day, charged]) => ({ day, charged, requests: 1 }))
    .sort((a, b) => b.day - a.day);
  return { transfers, days, from, isAll: from < TODAY - 1_000 } satisfies StatementPart;
};

describe("a statement", () => {
  it("begins with the balance, ends with nothing, and every line's balance is the next one's and its amount", () => {
    fc.assert(
      fc.property(moves, moves, fc.integer({ min: 1, max: 7 }), (unsorted, spent, limit) => {
        // Ids grow with time, but for clocks that differ a little.
        const all = unsorted.toSorted((a, b) => a.day - b.day);
        const usage = new Map(spent.map(({ day, amount }) => [day, amount < 0n ? -amount : amount]));
        const balance =
          all.reduce((sum, { amount }) => sum + amount, 0n) - [...usage.values()].reduce((sum, each) => sum + each, 0n);
        let position: StatementPosition | null = { transfer: 1_000, day: TODAY, isDayShown: false, balance };
        let [shown, left] = [0, balance];
        let day = TODAY;
        while (position !== null) {
          const page = statementPage(position, partOf(all, usage, position, limit), limit);
          expect(page.lines.length).toBeLessThanOrEqual(limit);
          for (const line of page.lines) {
            expect(line.balance).toBe(left);
            left -= line.type === "usage" ? -line.charged : line.amount;
            const its = line.type === "usage" ? line.day : dayOf(line.at);
            expect(its).toBeLessThanOrEqual(day);
            day = its;
          }
          shown += page.lines.length;
          position = page.next;
        }
        expect(left).toBe(0n);
        expect(shown).toBe(all.length + [...usage.values()].filter((each) => each > 0n).length);
      }),
    );
  });

  it("keeps the ledger's order where the clocks of two servers disagree", () => {
    const [early, late] = [
      { id: 1, at: 20 * DAY_MS, amount: 5n, kind: "credit", isPromo: false, reason: null },
      { id: 2, at: 19 * DAY_MS, amount: 7n, kind: "credit", isPromo: false, reason: null },
    ];
    const start = { transfer: 9, day: 21, isDayShown: false, balance: 12n };
    const page = statementPage(start, { transfers: [late, early], days: [], from: 0, isAll: true }, 10);
    expect(page.lines.map((line) => [line.type === "transfer" ? line.id : 0, line.balance])).toEqual([
      [2, 12n],
      [1, 5n],
    ]);
    expect(page.next).toBeNull();
  });
});
