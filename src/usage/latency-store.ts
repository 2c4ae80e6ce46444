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
import { boundsOf, bucketsOf, type Adding } from "./sums-store.ts";

const P50 = 0.5;
const P95 = 0.95;

const KINDS = ["first", "took"] as const;
const PLACES = Array.from({ length: LATENCY_BUCKETS }, (_, place) => place);
const HISTOGRAMS = sql.raw(
  KINDS.flatMap((kind) => PLACES.map((place) => `sum(${kind}_${place}) as ${kind}_${place}`)).join(", "),
);

/** Replies in each bucket of latency. */
type Counts = Readonly<Record<(typeof KINDS)[number], number[]>>;

const noCounts = (): Counts => ({ first: PLACES.map(() => 0), took: PLACES.map(() => 0) });

const COUNTING: Adding<Counts> = {
  begin: noCounts,
  add: (to, row, sign) => {
    for (const kind of KINDS)
      for (const place of PLACES)
        to[kind][place] = (to[kind][place] ?? 0) + sign * Number(row[`${kind}_${place}`] ?? 0n);
    return to;
  },
};

const percentiles = (counts: readonly number[]): Percentiles => ({
  p50: latencyAt(counts, P50),
  p95: latencyAt(counts, P95),
});

/** Buckets in which nobody was answered are left out. */
export const latencies = async (queries: Queries, order: LatencyOrder): Promise<readonly Latency[]> => {
  const hours = hoursOf(order);
  const slots = order.bucket === null ? null : slotsOf(hours, order.bucket, order.offsetMinutes);
  const bounds = slots === null ? [hours.first, hours.end] : boundsOf(hours, slots);
  const buckets = await bucketsOf(queries, order, { bounds, by: order.split, columns: HISTOGRAMS }, COUNTING);
  return buckets.flatMap((bucket, place) =>
    [...bucket]
      .toSorted(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1))
      .map(([name, { first, took }]): Latency => ({
        at: slots?.starts[place] ?? rangeOf(hours).from,
        name,
        requests: BigInt(took.reduce((sum, each) => sum + each, 0)),
        firstByte: percentiles(first),
        duration: percentiles(took),
      }))
      .filter(({ requests }) => requests > 0n),
  );
};

const NO_BAR: Bar = { attempts: 0n, failures: 0n };
const BARS = sql.raw("sum(attempts) as attempts, sum(failed_attempts) as failures");
const EVERYBODY = { accountId: null, model: null, keyId: null, upstream: null };

const plus = (a: Bar, b: Bar): Bar => ({ attempts: a.attempts + b.attempts, failures: a.failures + b.failures });

const BARRING: Adding<Bar> = {
  begin: () => NO_BAR,
  add: (to, row, sign) => {
    const of = (name: string): bigint => BigInt(row[name] ?? 0n) * BigInt(sign);
    return plus(to, { attempts: of("attempts"), failures: of("failures") });
  },
};

/** Of all accounts together. */
export const availabilityOf = async (queries: Queries, order: AvailabilityOrder): Promise<Availability> => {
  const hours = hoursOf(order);
  const slots = slotsOf(hours, order.bucket, order.offsetMinutes);
  const where = sql`attempts is not null and ${sql.ref(order.by)} <> ''`;
  const summing = { bounds: boundsOf(hours, slots), by: order.by, columns: BARS, where };
  const buckets = await bucketsOf(queries, EVERYBODY, summing, BARRING);
  const names = new Set(buckets.flatMap((bucket) => [...bucket.keys()]));
  const found = [...names].flatMap((name) => {
    const bars = buckets.map((bucket) => bucket.get(name) ?? NO_BAR);
    const total = bars.reduce(plus, NO_BAR);
    // A name may be there for hours of other buckets, beyond the range.
    return name === null || total.attempts === 0n ? [] : [{ name, total, bars }];
  });
  found.sort((a, b) => Number(b.total.attempts - a.total.attempts) || (a.name < b.name ? -1 : 1));
  return { ...rangeOf(hours), slots: slots.starts, lines: found.slice(0, MOST_LINES) };
};
