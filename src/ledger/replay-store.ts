/**
 * The requests of the last weeks, newest first, in pages that neither database notices: a page is bounded by the rows that it looks at,
 * whatever it finds, and other work comes between two of them.
 */
import { setImmediate as turn } from "node:timers/promises";

import { sql } from "kysely";

import type { Database, Queries } from "../db/connect.ts";
import { firstRequestId, requestPeriod, requestTime } from "../id.ts";
import { ONE } from "../money.ts";
import { UNITS, type Unit, type Usage } from "../unit.ts";
import { OUTCOMES, isCharged } from "./outcome.ts";
import type { ReplayRow } from "./replay.ts";

/** Rows that one page looks at. SQLite reads on the thread that serves: some milliseconds. */
const PAGE_ROWS = { sqlite: 500, postgres: 2_000 } as const satisfies Record<Database["kind"], number>;

/** Models of one replay; a draft has fewer. */
const MOST_LISTS = 5_000;

/** Versions of these lists; older ones are not found, and their requests are in no sum. */
const MOST_ROWS = 20_000;

const CHARGED = OUTCOMES.filter(isCharged);

const COLUMNS = [
  "account_id",
  "price_id",
  "multiplier_num",
  "multiplier_den",
  "exact",
  "posted",
  "absorbed",
  "attempts",
  ...UNITS,
] as const;

/** The lists to be looked for: each with the model that it is of. */
export type ListNames = ReadonlyMap<string, string>;

export interface ReplayOrder {
  readonly lists: ListNames;
  /** Milliseconds since the Unix epoch; the end is not in it. */
  readonly from: number;
  readonly to: number;
}

export interface ReplayPage {
  readonly rows: readonly ReplayRow[];
  /** How many requests were looked at for it. */
  readonly seen: number;
  /** Everything from here on to the end was looked at, in milliseconds since the Unix epoch. */
  readonly since: number;
}

/** Where a page begins: before this request. */
interface Place {
  readonly period: number;
  readonly id: Uint8Array;
}

const placeAt = (milliseconds: number): Place => {
  const id = firstRequestId(milliseconds);
  return { period: requestPeriod(id), id };
};

const isBefore = ({ period, id }: Place) => sql<boolean>`period <= ${period} and (period, id) < (${period}, ${id})`;
const isFrom = ({ period, id }: Place) => sql<boolean>`period >= ${period} and (period, id) >= (${period}, ${id})`;

/** Which list each price row is of, of those that are looked for. */
const rowsOf = async (queries: Queries, lists: ListNames): Promise<ReadonlyMap<bigint, string>> => {
  const names = [...lists.keys()].slice(0, MOST_LISTS);
  if (names.length === 0) return new Map();
  const rows = await queries
    .selectFrom("price")
    .select(["id", "model"])
    .where("model", "in", names)
    .orderBy("id", "desc")
    .limit(MOST_ROWS)
    .execute();
  return new Map(rows.map(({ id, model }) => [id, model]));
};

/** The first request of the page that ends before a place, and how many it has. */
const startOf = async (
  queries: Queries,
  { to, from, most }: { readonly to: Place; readonly from: Place; readonly most: number },
): Promise<{ readonly start: Place | null; readonly seen: number }> => {
  const rows = await queries
    .selectFrom("request")
    .select(["period", "id"])
    .where(isBefore(to))
    .where(isFrom(from))
    .orderBy("period", "desc")
    .orderBy("id", "desc")
    .limit(most)
    .execute();
  const last = rows.at(-1);
  return { start: last === undefined ? null : { period: Number(last.period), id: last.id }, seen: rows.length };
};

const usageOf = (row: Readonly<Partial<Record<Unit, bigint | null>>>): Usage => {
  const usage: Partial<Record<Unit, number>> = {};
  for (const unit of UNITS) {
    const count = row[unit];
    if (typeof count === "bigint") usage[unit] = Number(count);
  }
  return usage;
};

/**
 * Charged requests that have one of the lists, page by page. Ends early when the caller stops asking.
 * @throws what the database throws
 */
export async function* replayPages(database: Database, order: ReplayOrder): AsyncGenerator<ReplayPage> {
  const queries = database.kysely;
  const lists = await rowsOf(queries, order.lists);
  const ids = [...lists.keys()];
  const from = placeAt(order.from);
  let to = placeAt(order.to);
  for (;;) {
    const { start, seen } = await startOf(queries, { to, from, most: PAGE_ROWS[database.kind] });
    if (start === null) return;
    const found =
      ids.length === 0
        ? []
        : await queries
            .selectFrom("request")
            .select([...COLUMNS])
            .where(isBefore(to))
            .where(isFrom(start))
            .where("price_id", "in", ids)
            .where("outcome", "in", CHARGED)
            .execute();
    const rows = found.map((row): ReplayRow => {
      const list = lists.get(row.price_id ?? -1n) ?? "";
      return {
        list,
        model: order.lists.get(list) ?? list,
        accountId: Number(row.account_id),
        usage: usageOf(row),
        multiplier:
          row.multiplier_num === null || row.multiplier_den === null
            ? ONE
            : { num: row.multiplier_num, den: row.multiplier_den },
        posted: row.posted,
        exact: row.exact ?? row.posted + row.absorbed,
        attempts: row.attempts,
      };
    });
    yield { rows, seen, since: requestTime(start.id) };
    to = start;
    await turn();
  }
}
