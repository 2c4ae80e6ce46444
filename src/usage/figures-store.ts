/** The figures of the console on either database: everything that figures.ts promises, out of roll-ups and of bounded looks at rows. */
import type { Database, Queries } from "../db/connect.ts";
import {
  MOST_LINES,
  NAMED_PARTS,
  NO_SUMS,
  type Figures,
  type Series,
  type SeriesOrder,
  type SeriesPart,
  type Split,
  type Sums,
} from "./figures.ts";
import { availabilityOf, latencies } from "./latency-store.ts";
import { accountsBy, healthAt } from "./operator-store.ts";
import { requestPage } from "./requests-store.ts";
import { hoursOf, rangeOf, slotsOf } from "./slots.ts";
import { added, bySpend, sumsAround, sumsByName, sumsBySlot, type Grouped } from "./sums-store.ts";

interface Named {
  readonly name: string;
  readonly label: string;
  readonly sums: Sums;
}

/** Sums by name as they are shown: keys by their public ids and names. */
const labelled = async (
  queries: Queries,
  found: readonly { readonly name: string; readonly sums: Sums }[],
  split: Split,
): Promise<readonly Named[]> => {
  if (split !== "key" || found.length === 0) return found.map((each) => ({ ...each, label: each.name }));
  const ids = found.map(({ name }) => BigInt(name));
  const keys = await queries.selectFrom("api_key").select(["id", "public_id", "name"]).where("id", "in", ids).execute();
  return found.map(({ name, sums }) => {
    const key = keys.find(({ id }) => String(id) === name);
    return { name: key?.public_id ?? "", label: key?.name ?? "", sums };
  });
};

/** A point for each bucket, of the groups that are wanted. */
const pointsOf = (groups: readonly Grouped[], count: number): readonly Sums[] => {
  const points: Sums[] = Array.from({ length: count }, () => NO_SUMS);
  for (const { slot, sums } of groups) points[slot] = added(points[slot] ?? NO_SUMS, sums);
  return points;
};

const totalOf = (groups: readonly Grouped[]): Sums => groups.reduce((sum, each) => added(sum, each.sums), NO_SUMS);

/** The first parts by spend, each with its points, and all others as one more. */
const partsOf = async (
  queries: Queries,
  groups: readonly Grouped[],
  split: Split,
  count: number,
): Promise<readonly SeriesPart[]> => {
  const byName = Map.groupBy(groups, ({ name }) => name ?? "");
  const found = [...byName].map(([name, own]) => ({ name, own, sums: totalOf(own) })).toSorted(bySpend);
  const first = found.slice(0, NAMED_PARTS);
  const named = await labelled(queries, first, split);
  const parts = first.map(({ name, own, sums }, place): SeriesPart => {
    const { name: shownName = name, label = name } = named[place] ?? {};
    return { name: shownName, label, totals: sums, points: pointsOf(own, count) };
  });
  const rest = found.slice(NAMED_PARTS).flatMap(({ own }) => own);
  return rest.length === 0
    ? parts
    : [...parts, { name: null, label: null, totals: totalOf(rest), points: pointsOf(rest, count) }];
};

const seriesOf = async (queries: Queries, order: SeriesOrder): Promise<Series> => {
  const hours = hoursOf(order);
  const slots = slotsOf(hours, order.bucket, order.offsetMinutes);
  // Without an account there are no keys to tell apart.
  const split = order.split === "key" && order.accountId === null ? null : order.split;
  const groups = await sumsBySlot(queries, order, { slots, split });
  return {
    ...rangeOf(hours),
    slots: slots.starts,
    all: { totals: totalOf(groups), points: pointsOf(groups, slots.count) },
    parts: split === null ? [] : await partsOf(queries, groups, split, slots.count),
  };
};

/** The figures of a database. */
export const openFigures = (database: Database): Figures => {
  const { kysely } = database;
  return {
    series: (order) => seriesOf(kysely, order),
    totals: async (selection) => {
      const hours = hoursOf(selection);
      return { ...rangeOf(hours), ...(await sumsAround(kysely, selection, hours)) };
    },
    table: async (selection, split) =>
      await labelled(kysely, (await sumsByName(kysely, selection, split)).slice(0, MOST_LINES), split),
    latency: (order) => latencies(kysely, order),
    requests: (filter, page) => requestPage(database, filter, page),
    accounts: (range, by, limit) => accountsBy(kysely, range, by, limit),
    health: (now, minutes) => healthAt(kysely, now, minutes),
    availability: (order) => availabilityOf(kysely, order),
  };
};
