/** Price rows in the database: immutable, versioned; the newest row of a model is its price now (I-40). */
import type { Selectable } from "kysely";

import type { Queries } from "../db/connect.ts";
import type { PriceTable } from "../db/schema.ts";
import { formatNano, parseNano, type Nano, type Price, type Rounding } from "../money.ts";
import type { PriceRow, Tier } from "../price.ts";
import { isUnit, UNITS, type Unit } from "../unit.ts";

/** A price list before it has a row. */
export type PriceList = Omit<PriceRow, "id">;

type Texts = Readonly<Record<string, string>>;

/** Units in their fixed order, so that equal prices are equal texts. */
const toTexts = (price: Price): Texts =>
  Object.fromEntries(
    UNITS.flatMap((unit) => {
      const rate = price[unit];
      return rate === undefined ? [] : [[unit, formatNano(rate)]];
    }),
  );

const fromTexts = (texts: Texts): Price => {
  const price: Partial<Record<Unit, Nano>> = {};
  for (const [unit, text] of Object.entries(texts)) {
    if (!isUnit(unit)) throw new Error(`a price row holds the unknown unit '${unit}'`);
    price[unit] = parseNano(text);
  }
  return price;
};

const toColumns = ({
  base,
  tiers,
  rounding,
}: PriceList): Pick<Selectable<PriceTable>, "base" | "tiers" | "rounding"> => ({
  base: JSON.stringify(toTexts(base)),
  tiers: JSON.stringify(tiers.map(({ above, price }) => ({ above, price: toTexts(price) }))),
  rounding: JSON.stringify({ scale: rounding.scale, mode: rounding.mode }),
});

/** A stored row as the value that holds and settlements carry. */
export const toPriceRow = (row: Selectable<PriceTable>): PriceRow => ({
  id: Number(row.id),
  base: fromTexts(JSON.parse(row.base) as Texts),
  tiers: (JSON.parse(row.tiers) as { above: number; price: Texts }[]).map(({ above, price }): Tier => ({
    above,
    price: fromTexts(price),
  })),
  rounding: JSON.parse(row.rounding) as Rounding,
});

/** The newest row of every model, in one query. */
export const newestPrices = async (queries: Queries): Promise<Map<string, PriceRow>> => {
  const rows = await queries
    .selectFrom("price")
    .selectAll()
    .where("id", "in", (inner) =>
      inner
        .selectFrom("price")
        .select((row) => row.fn.max("id").as("id"))
        .groupBy("model"),
    )
    .execute();
  return new Map(rows.map((row) => [row.model, toPriceRow(row)]));
};

/** One row by its id, with the model it was published for; undefined when there is none. */
export const findPrice = async (
  queries: Queries,
  id: number,
): Promise<{ readonly model: string; readonly row: PriceRow } | undefined> => {
  const found = await queries.selectFrom("price").selectAll().where("id", "=", BigInt(id)).executeTakeFirst();
  return found && { model: found.model, row: toPriceRow(found) };
};

/** Publishes a price list: a new row unless the model's newest one says the same. Call it inside a transaction. */
export const publishPrice = async (queries: Queries, model: string, list: PriceList): Promise<PriceRow> => {
  const columns = toColumns(list);
  const newest = await queries
    .selectFrom("price")
    .selectAll()
    .where("model", "=", model)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (
    newest !== undefined &&
    newest.base === columns.base &&
    newest.tiers === columns.tiers &&
    newest.rounding === columns.rounding
  )
    return toPriceRow(newest);
  const row = await queries
    .insertInto("price")
    .values({ model, ...columns, valid_from: Date.now() })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toPriceRow(row);
};
