/** Latencies out of the histograms of roll-ups, and how often providers answered at all. */
import { sql } from "kysely";

import type { Queries } from "../db/connect.ts";
import { latencyAt, LATENCY_BUCKETS } from "../measure.ts";
import {
  MOST_LINES,
  type Availability,
  type AvailabilityOrder,
  type Bar,
  type Latency,
  type LatencyOrder,
  type Percentiles,
} from "./figures.ts";
import { hoursOf, rangeOf, slotsOf } from "./slots.ts";
import { rowsOf, slotColumn, tableOf, type Row } from "./sums-store.ts";

const P50 = 0.5;
const P95 = 0.95;

const PLACES = Array.from({ length: LATENCY_BUCKETS }, (_, place) => place);
const HISTOGRAMS = sql.raw(
  ["first", "took"].flatMap((kind) => PLACES.map((place) => `sum(${kind}_${place}) as ${kind}_${place}`)).join(", "),
);

const countsIn = (row: Row, kind: "first" | "took"): readonly number[] =>
  PLACES.map((place) => Number(row[`${kind}_${place}`] ?? 0n));

const percentiles = (counts: readonly number[]): Percentiles => ({
  p50: latencyAt(counts, P50),
  p95: latencyAt(counts, P95),
});

/** Buckets in which nobody was answered are left out. */
export const latencies = async (queries: Queries, order: LatencyOrder): Promise<readonly Latency[]> => {
  const hours = hoursOf(order);
  const slots = order.bucket === null ? null : slotsOf(hours, order.bucket, order.offsetMinutes);
  const { rows } = await sql<Row>`
    select ${slots === null ? sql`null` : slotColumn(slots)} as slot,
      ${order.split === null ? sql`null` : sql.ref(order.split)} as name, ${HISTOGRAMS}
    from ${tableOf(order)} where ${rowsOf(order, hours)}
    group by 1, 2 order by 1, 2`.execute(queries);
  return rows
    .map((row): Latency => {
      const took = countsIn(row, "took");
      const place = slots === null ? 0 : Number(row["slot"]) - slots.first;
      return {
        at: slots?.starts[place] ?? rangeOf(hours).from,
        name: order.split === null ? null : String(row["name"]),
        requests: BigInt(took.reduce((sum, count) => sum + count, 0)),
        firstByte: percentiles(countsIn(row, "first")),
        duration: percentiles(took),
      };
    })
    .filter(({ requests }) => requests > 0n);
};

const NO_BAR: Bar = { attempts: 0n, failures: 0n };

/** Of all accounts together. */
export const availabilityOf = async (queries: Queries, order: AvailabilityOrder): Promise<Availability> => {
  const hours = hoursOf(order);
  const slots = slotsOf(hours, order.bucket, order.offsetMinutes);
  const name = sql.ref(order.by);
  const { rows } = await sql<Row>`
    select ${slotColumn(slots)} as slot, ${name} as name, sum(attempts) as attempts, sum(failed_attempts) as failures
    from rollup_all
    where hour >= ${BigInt(hours.first)} and hour < ${BigInt(hours.end)} and attempts is not null and ${name} <> ''
    group by 1, 2`.execute(queries);
  const lines = new Map<string, Bar[]>();
  for (const row of rows) {
    const key = String(row["name"]);
    let bars = lines.get(key);
    if (bars === undefined) lines.set(key, (bars = slots.starts.map(() => NO_BAR)));
    const [attempts, failures] = [row["attempts"], row["failures"]];
    bars[Number(row["slot"]) - slots.first] = {
      attempts: typeof attempts === "bigint" ? attempts : 0n,
      failures: typeof failures === "bigint" ? failures : 0n,
    };
  }
  const found = [...lines].map(([key, bars]) => ({
    name: key,
    total: bars.reduce(
      (sum, bar) => ({ attempts: sum.attempts + bar.attempts, failures: sum.failures + bar.failures }),
      NO_BAR,
    ),
    bars,
  }));
  found.sort((a, b) => Number(b.total.attempts - a.total.attempts) || (a.name < b.name ? -1 : 1));
  return { ...rangeOf(hours), slots: slots.starts, lines: found.slice(0, MOST_LINES) };
};
