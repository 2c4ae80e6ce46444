/** Price rows in the database: immutable, versioned, each in force from a moment on (I-40). */
import { sql, type Selectable } from "kysely";

import type { Queries } from "../db/connect.ts";
import type { PriceTable } from "../db/schema.ts";
import { formatNano, parseNano, type Nano, type Price, type Rounding } from "../money.ts";
import type { PriceRow, PublishedRow, Tier } from "../price.ts";
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

/** A price list as JSON holds it: amounts as decimal strings. */
export interface ListTexts {
  readonly base: Texts;
  readonly tiers: readonly { readonly above: number; readonly price: Texts }[];
  readonly rounding: Rounding;
}

/** A price list as JSON holds it. */
export const listTexts = ({ base, tiers, rounding }: PriceList): ListTexts => ({
  base: toTexts(base),
  tiers: tiers.map(({ above, price }) => ({ above, price: toTexts(price) })),
  rounding: { scale: rounding.scale, mode: rounding.mode },
});

/** The inverse of `listTexts`. @throws MoneyError for what is no amount */
export const listOfTexts = ({ base, tiers, rounding }: ListTexts): PriceList => ({
  base: fromTexts(base),
  tiers: tiers.map(({ above, price }): Tier => ({ above, price: fromTexts(price) })),
  rounding,
});

/** Where a price comes from: the catalogue or the configuration file, or the operator by hand. */
export const PRICE_ORIGINS = ["setting", "operator"] as const;
type Origin = (typeof PRICE_ORIGINS)[number];

const originOf = (text: string): Origin => (text === "operator" ? "operator" : "setting");

/** A version of a price list with everything that is known of it. */
export interface PriceVersion extends PublishedRow {
  readonly origin: Origin;
  /** It was taken back before its moment, and is never in force. */
  readonly withdrawn: boolean;
}

/** What the catalogue and the configuration file said last of every model, in one query. */
export const newestPrices = async (queries: Queries): Promise<Map<string, PriceRow>> => {
  const rows = await queries
    .selectFrom("price")
    .selectAll()
    .where("id", "in", (inner) =>
      inner
        .selectFrom("price")
        .select((row) => row.fn.max("id").as("id"))
        .where("origin", "=", "setting")
        .groupBy("model"),
    )
    .execute();
  return new Map(rows.map((row) => [row.model, toPriceRow(row)]));
};

/**
 * The row of every model that is in force: the one with the latest `valid_from` that has come. A setting's row is in force from its
 * publication on, whatever the clock of the node that reads it says.
 * @param now milliseconds since the Unix epoch
 */
export const pricesInForce = async (queries: Queries, now: number): Promise<Map<string, PriceRow>> => {
  const rows = await queries
    .selectFrom((from) =>
      from
        .selectFrom("price")
        .selectAll()
        .select(sql<bigint>`row_number() over (partition by model order by valid_from desc, id desc)`.as("place"))
        .where((row) => row.or([row("valid_from", "<=", BigInt(now)), row("origin", "=", "setting")]))
        .where("id", "not in", (inner) => inner.selectFrom("price_withdrawn").select("price_id"))
        .as("ranked"),
    )
    .selectAll()
    .where("place", "=", 1n)
    .execute();
  return new Map(rows.map((row) => [row.model, toPriceRow(row)]));
};

/** When the next price comes into force that was published for later, in milliseconds since the Unix epoch; null: none. */
export const nextPriceAt = async (queries: Queries, now: number): Promise<number | null> => {
  const row = await queries
    .selectFrom("price")
    .select(({ fn }) => fn.min<bigint | null>("valid_from").as("at"))
    .where("valid_from", ">", BigInt(now))
    .where("id", "not in", (inner) => inner.selectFrom("price_withdrawn").select("price_id"))
    .executeTakeFirstOrThrow();
  return row.at === null ? null : Number(row.at);
};

const versions = (queries: Queries) =>
  queries
    .selectFrom("price")
    .leftJoin("price_withdrawn", "price_withdrawn.price_id", "price.id")
    .selectAll("price")
    .select("price_withdrawn.at as withdrawn_at");

const toVersion = (row: Selectable<PriceTable> & { readonly withdrawn_at: bigint | null }): PriceVersion => ({
  model: row.model,
  row: toPriceRow(row),
  validFrom: Number(row.valid_from),
  origin: originOf(row.origin),
  withdrawn: row.withdrawn_at !== null,
});

/** Every version of a price list, oldest first, at most 1,000. */
export const priceHistory = async (queries: Queries, model: string): Promise<readonly PriceVersion[]> => {
  const rows = await versions(queries)
    .where("model", "=", model)
    .orderBy("valid_from", "desc")
    .orderBy("price.id", "desc")
    .limit(1_000)
    .execute();
  return rows.reverse().map(toVersion);
};

/** Versions that were published for later and not taken back, the next first, at most 1,000. */
export const scheduledPrices = async (queries: Queries, now: number): Promise<readonly PriceVersion[]> => {
  const rows = await versions(queries)
    .where("valid_from", ">", BigInt(now))
    .where("origin", "=", "operator")
    .where("price_withdrawn.at", "is", null)
    .orderBy("valid_from")
    .orderBy("price.id")
    .limit(1_000)
    .execute();
  return rows.map(toVersion);
};

/** How long before its moment a price can be taken back at the latest: clocks of nodes differ, and news takes its time. */
export const WITHDRAW_BEFORE_MS = 10_000;

/**
 * Takes a price back that was published by hand for later. Call it inside a transaction.
 * @returns its name and moment; null when there is none that can still be taken back
 */
export const withdrawPrice = async (
  queries: Queries,
  { id, actor, now }: { readonly id: number; readonly actor: string; readonly now: number },
): Promise<PriceVersion | null> => {
  const row = await versions(queries).where("price.id", "=", BigInt(id)).executeTakeFirst();
  if (row === undefined) return null;
  const version = toVersion(row);
  const isOpen = version.origin === "operator" && !version.withdrawn && version.validFrom > now + WITHDRAW_BEFORE_MS;
  if (!isOpen) return null;
  await queries.insertInto("price_withdrawn").values({ price_id: id, actor, at: now }).execute();
  return version;
};

/** One row by its id, with the name it was published under and since when; undefined when there is none. */
export const findPrice = async (queries: Queries, id: number): Promise<PublishedRow | undefined> => {
  const found = await queries.selectFrom("price").selectAll().where("id", "=", BigInt(id)).executeTakeFirst();
  return found && { model: found.model, row: toPriceRow(found), validFrom: Number(found.valid_from) };
};

/** Publishes what a setting says: a new row unless its last one says the same. Call it inside a transaction. */
export const publishPrice = async (queries: Queries, model: string, list: PriceList): Promise<PriceRow> => {
  const columns = toColumns(list);
  const newest = await queries
    .selectFrom("price")
    .selectAll()
    .where("model", "=", model)
    .where("origin", "=", "setting")
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
  return await insertPrice(queries, model, { ...columns, valid_from: Date.now(), origin: "setting" });
};

/**
 * Publishes a price by hand. It stays in force until a later one comes: another by hand, or another word of the setting.
 * @param validFrom milliseconds since the Unix epoch; from then on it is in force, on every node and without a restart
 */
export const schedulePrice = (queries: Queries, model: string, list: PriceList, validFrom: number): Promise<PriceRow> =>
  insertPrice(queries, model, { ...toColumns(list), valid_from: validFrom, origin: "operator" });

const insertPrice = async (
  queries: Queries,
  model: string,
  columns: ReturnType<typeof toColumns> & { readonly valid_from: number; readonly origin: Origin },
): Promise<PriceRow> =>
  toPriceRow(
    await queries
      .insertInto("price")
      .values({ model, ...columns })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
