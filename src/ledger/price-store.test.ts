import { afterEach, beforeEach, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { scratchDatabase, type Scratch } from "../db/fixtures.ts";
import { findPrice, newestPrices, publishPrice, type PriceList } from "./price-store.ts";

let scratch: Scratch;
let database: Database;
beforeEach(async () => {
  ({ scratch, database } = await scratchDatabase());
});
afterEach(() => {
  scratch.remove();
});

const list = (input: bigint): PriceList => ({
  base: { output: 5n, input },
  tiers: [{ above: 200_000, price: { input: input * 2n, output: 9_223_372_036_854_775_807n } }],
  rounding: { scale: 2, mode: "half_up" },
});
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
  expect(await findPrice(database.kysely, first.id)).toEqual({ model: "m", row: first });
  expect(await findPrice(database.kysely, 999)).toBeUndefined();
});
