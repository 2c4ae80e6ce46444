/** Publishes the prices of models: a new row only where the newest differs, read in one query and written in one transaction. */
import { isDeepStrictEqual } from "node:util";

import type { Model } from "../catalog/model.ts";
import type { Database, Queries } from "../db/connect.ts";
import { newestPrices, publishPrice } from "../ledger/price-store.ts";
import type { PriceRow } from "../price.ts";

const priceOf = (model: Model): Omit<PriceRow, "id"> => ({
  base: model.prices,
  tiers: model.tiers,
  rounding: model.rounding,
});

const isPublished = (row: PriceRow | undefined, model: Model): boolean => {
  if (row === undefined) return false;
  const { id: _id, ...published } = row;
  return isDeepStrictEqual(published, priceOf(model));
};

/** Publishes what differs, inside the caller's transaction. @returns the rows that were written, by model. */
export const publishInto = async (
  queries: Queries,
  newest: ReadonlyMap<string, PriceRow>,
  models: readonly Model[],
): Promise<ReadonlyMap<string, PriceRow>> => {
  const written = new Map<string, PriceRow>();
  for (const model of models)
    if (!isPublished(newest.get(model.id), model))
      written.set(model.id, await publishPrice(queries, model.id, priceOf(model)));
  return written;
};

/** The newest price row of each model, published now where it was missing or out of date. */
export const publishModels = async (db: Database, models: readonly Model[]): Promise<ReadonlyMap<string, PriceRow>> => {
  const newest = await newestPrices(db.kysely);
  if (models.every((model) => isPublished(newest.get(model.id), model))) return newest;
  const written = await db.transaction(
    async (queries) => await publishInto(queries, await newestPrices(queries), models),
  );
  return new Map([...newest, ...written]);
};
