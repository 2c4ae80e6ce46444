import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { DATABASES, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import {
  findPrice,
  newestPrices,
  nextPriceAt,
  priceHistory,
  pricesInForce,
  publishPrice,
  schedulePrice,
  type PriceList,
} from "./price-store.ts";

const list = (input: bigint): PriceList => ({
  base: { output: 5n, input },
  tiers: [{ above: 200_000, price: { input: input * 2n, output: 9_223_372_036_854_775_807n } }],
  rounding: { scale: 2, mode: "half_up" },
});
describe.each(DATABASES)("prices on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    database = test.database;
  });
  afterEach(() => test.remove());
  const publish = (model: string, prices: PriceList) =>
    database.transaction((queries) => publishPrice(queries, model, prices));

  it("a list is published once, a changed one anew, and what was published stays (I-40)", async () => {
    const first = await publish("m", list(10n));
    expect(first).toMatchObject(list(10n));
    const sameInOtherOrder = { ...list(10n), base: { input: 10n, output: 5n } };
    expect((await publish("m", sameInOtherOrder)).id).toBe(first.id);
    const second = await publish("m", list(11n));
    expect(second.id).not.toBe(first.id);
    const back = await publish("m", list(10n));
    expect(back.id).not.toBe(first.id);
    expect((await publish("n", list(10n))).id).not.toBe(back.id);
    expect((await newestPrices(database.kysely)).get("m")).toEqual(back);
    expect(await findPrice(database.kysely, first.id)).toMatchObject({ model: "m", row: first });
    expect(await findPrice(database.kysely, 999)).toBeUndefined();
  });

  it("a price for later comes into force at its moment, and stays until somebody says otherwise (I-40)", async () => {
    const { kysely } = database;
    const now = Date.now();
    const inForce = async (at: number): Promise<number | undefined> => (await pricesInForce(kysely, at)).get("m")?.id;
    const first = await publish("m", list(10n));
    const later = await database.transaction((queries) => schedulePrice(queries, "m", list(12n), now + 60_000));
    expect([await inForce(now + 1_000), await inForce(now + 59_999), await inForce(now + 60_000)]).toEqual([
      first.id,
      first.id,
      later.id,
    ]);
    expect(await nextPriceAt(kysely, now + 1_000)).toBe(now + 60_000);
    expect(await nextPriceAt(kysely, now + 60_000)).toBeNull();
    // The setting says nothing new, so that what the operator published is not undone.
    expect((await publish("m", list(10n))).id).toBe(first.id);
    expect(await inForce(now + 90_000)).toBe(later.id);
    const again = await publish("m", list(11n));
    expect(await inForce(now + 1_000)).toBe(again.id);
    expect(await priceHistory(kysely, "m")).toMatchObject([
      { row: first, origin: "setting" },
      { row: again, origin: "setting" },
      { row: later, origin: "operator" },
    ]);
  });

  it("a setting's price is in force for a node whose clock is late", async () => {
    const row = await publish("m", list(10n));
    expect((await pricesInForce(database.kysely, Date.now() - 5_000)).get("m")).toEqual(row);
  });
});
