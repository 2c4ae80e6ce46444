/** I-8: every charge is computed again from what is stored of it, for any usage, price, rounding and plan, on both databases. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { complement, parseRational } from "../money.ts";
import { ACCOUNT, anOrder, aSettlement, hold, openRig, type Rig } from "./fixtures.ts";
import { OUTCOMES } from "./outcome.ts";
import { publishPrice } from "./price-store.ts";
import { reprice } from "./reprice-store.ts";

const rate = fc.bigInt({ min: 0n, max: 75_000_000_000n });
const count = fc.nat({ max: 2_000_000 });
const used = fc.record({
  price: fc.record({ input: rate, cache_read: rate, output: rate, reasoning: rate }),
  tier: fc.record({ input: rate, cache_read: rate, output: rate, reasoning: rate }),
  scale: fc.constantFrom(9, 9, 6, 2),
  discount: fc.constantFrom("0%", "70%", "80%", "33.3%"),
  usage: fc.record({ input: count, cache_read: count, output: count, reasoning: count }),
  held: fc.bigInt({ min: 0n, max: 1_000_000_000_000n }),
  outcome: fc.constantFrom(...OUTCOMES),
});

describe.each(DATABASES)("reprice on %s", (kind) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(1_000_000_000_000_000n, kind);
  });
  afterAll(() => rig.remove());

  it("finds what was posted, to the nano", async () => {
    const cases = fc.sample(used, 40);
    for (const { price, tier, scale, discount, usage, held, outcome } of cases) {
      const list = {
        base: price,
        tiers: [{ above: 500_000, price: tier }],
        rounding: { scale, mode: "half_up" as const },
      };
      const row = await rig.database.transaction((queries) => publishPrice(queries, "p", list));
      const multiplier = complement(parseRational(discount));
      const order = anOrder(rig, held, { snapshot: { row, multiplier, planId: "p" } });
      await rig.books.settle(await hold(rig, order), aSettlement(0, { usage, outcome }));
    }
    expect(await reprice(rig.database)).toMatchObject({ requests: cases.length, differences: [] });
  });

  it("states its horizon, and looks no further back than it is asked to", async () => {
    const all = await reprice(rig.database);
    expect(all.from).toBeLessThanOrEqual(all.to ?? 0);
    expect(await reprice(rig.database, Date.now() + 60_000)).toEqual({
      requests: 0,
      from: null,
      to: null,
      differences: [],
    });
    expect((await reprice(rig.database, all.from ?? 0)).requests).toBe(all.requests);
  });

  it("names the request that differs, and its account", async () => {
    const order = anOrder(rig, 1_000n);
    await rig.books.settle(await hold(rig, order), aSettlement(400));
    const table = kind === "sqlite" ? "drop trigger request_never_changes" : "set session_replication_role = replica";
    await rig.exec(`${table}; update request set input = 401 where posted = 400 and input = 400`);
    expect((await reprice(rig.database)).differences).toMatchObject([
      { requestId: order.requestId, accountId: ACCOUNT, posted: 400n, recomputed: 401n },
    ]);
  });
});
