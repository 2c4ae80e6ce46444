/** Publishes the prices of models: a new row only where the newest differs, read in one query and written in one transaction. */
import { isDeepStrictEqual } from "node:util";

import { priceName, priceLists } from "../catalog/prices.ts";
import type { Model } from "../catalog/model.ts";
import type { Database, Queries } from "../db/connect.ts";
import { newestPrices, pricesInForce, publishPrice } from "../ledger/price-store.ts";
import type { PriceRow } from "../price.ts";

const says = (row: PriceRow | undefined, list: Omit<PriceRow, "id">): boolean => {
  if (row === undefined) return false;
  const { id: _id, ...published } = row;
  return isDeepStrictEqual(published, list);
};

const isPublished = (newest: ReadonlyMap<string, PriceRow>, model: Model): boolean =>
  priceLists(model).every(({ when, list }) => says(newest.get(priceName(model, when)), list));

/** Publishes what differs, inside the caller's transaction. @returns the rows that were written, by the name of each list. */
export const publishInto = async (
  queries: Queries,
  newest: ReadonlyMap<string, PriceRow>,
  models: readonly Model[],
): Promise<ReadonlyMap<string, PriceRow>> => {
  const written = new Map<string, PriceRow>();
  for (const model of models)
    for (const { when, list } of priceLists(model)) {
      const name = priceName(model, when);
      if (!says(newest.get(name), list)) written.set(name, await publishPrice(queries, name, list));
    }
  return written;
};

/** The row in force of each price list by its name; what the settings say is published first where it is new. */
export const publishModels = async (db: Database, models: readonly Model[]): Promise<ReadonlyMap<string, PriceRow>> => {
  const newest = await newestPrices(db.kysely);
  if (!models.every((model) => isPublished(newest, model)))
    await db.transaction(async (queries) => await publishInto(queries, await newestPrices(queries), models));
  return await pricesInForce(db.kysely, Date.now());
};
