/** Sums out of roll-ups: for an account or the whole installation, told apart by time, model, key or upstream. */
import { setImmediate as turn } from "node:timers/promises";

import { sql, type RawBuilder } from "kysely";

import type { Queries } from "../db/connect.ts";
import { NO_SUMS, type Selection, type Split, type Sums } from "./figures.ts";
import { hoursOf, HOUR_MS, type Hours, type Slots } from "./slots.ts";
import { partsOf, statementsOf, type Part } from "./whole-days.ts";

type Cell = bigint | string | null;
export type Row = Readonly<Record<string, Cell>>;

/** Columns that make up each class of tokens. */
const TOKENS = {
  input: ["input", "cache_write_5m", "cache_write_1h", "image_input", "audio_input"],
  cache_read: ["cache_read", "audio_cache_read"],
  output: ["output", "image_output", "audio_output"],
  reasoning: ["reasoning"],
} as const;

const COLUMNS = [
  "requests",
  "errors",
  "posted",
  "refunded",
  "absorbed",
  "cost",
  "attempts",
  "failed_attempts",
] as const;

const SUMS = sql.raw(
  [
    ...COLUMNS.map((name) => `sum(${name}) as ${name}`),
    ...Object.entries(TOKENS).map(
      ([name, units]) => `${units.map((unit) => `coalesce(sum(${unit}), 0)`).join(" + ")} as ${name}_tokens`,
    ),
  ].join(", "),
);

const count = (row: Row, name: string): bigint => {
  const value = row[name];
  return typeof value === "bigint" ? value : 0n;
};

/** The sums of a row. */
const sumsIn = (row: Row): Sums => ({
  requests: count(row, "requests"),
  failures: count(row, "errors"),
  spend: count(row, "posted"),
  refunded: count(row, "refunded"),
  absorbed: count(row, "absorbed"),
  cost: count(row, "cost"),
  attempts: count(row, "attempts"),
  failedAttempts: count(row, "failed_attempts"),
  tokens: {
    input: count(row, "input_tokens"),
    cacheRead: count(row, "cache_read_tokens"),
    output: count(row, "output_tokens"),
    reasoning: count(row, "reasoning_tokens"),
  },
});

/** What is taken out again. */
const negated = (sums: Sums): Sums => ({
  requests: -sums.requests,
  failures: -sums.failures,
  spend: -sums.spend,
  refunded: -sums.refunded,
  absorbed: -sums.absorbed,
  cost: -sums.cost,
  attempts: -sums.attempts,
  failedAttempts: -sums.failedAttempts,
  tokens: {
    input: -sums.tokens.input,
    cacheRead: -sums.tokens.cacheRead,
    output: -sums.tokens.output,
    reasoning: -sums.tokens.reasoning,
  },
});

/** Both together. */
export const added = (left: Sums, right: Sums): Sums => ({
  requests: left.requests + right.requests,
  failures: left.failures + right.failures,
  spend: left.spend + right.spend,
  refunded: left.refunded + right.refunded,
  absorbed: left.absorbed + right.absorbed,
  cost: left.cost + right.cost,
  attempts: left.attempts + right.attempts,
  failedAttempts: left.failedAttempts + right.failedAttempts,
  tokens: {
    input: left.tokens.input + right.tokens.input,
    cacheRead: left.tokens.cacheRead + right.tokens.cacheRead,
    output: left.tokens.output + right.tokens.output,
    reasoning: left.tokens.reasoning + right.tokens.reasoning,
  },
});

type Chosen = Pick<Selection, "accountId" | "model" | "keyId" | "upstream">;

const chosen = ({ accountId, model, keyId, upstream }: Chosen): RawBuilder<unknown>[] => {
  const conditions = accountId === null ? [] : [sql`account_id = ${BigInt(accountId)}`];
  // Without an account there are no keys: nothing is found.
  if (keyId !== null) conditions.push(accountId === null ? sql`1 = 0` : sql`key_id = ${BigInt(keyId)}`);
  if (model !== null) conditions.push(sql`model = ${model}`);
  if (upstream !== null) conditions.push(sql`upstream = ${upstream}`);
  return conditions;
};

/** The rows of a selection in some hours. */
export const rowsOf = (selection: Chosen, { first, end }: Hours): RawBuilder<unknown> =>
  sql.join([...chosen(selection), sql`hour >= ${BigInt(first)}`, sql`hour < ${BigInt(end)}`], sql` and `);

/** What holds the sums of a selection: the roll-ups of accounts, or those of all of them together. */
const TABLES = {
  hour: { own: sql.raw("rollup"), all: sql.raw("rollup_all") },
  day: { own: sql.raw("rollup_daily"), all: sql.raw("rollup_all_daily") },
} as const satisfies Record<Part["unit"], unknown>;

export interface Summing {
  /** Hours since the Unix epoch: where each bucket begins, and where the last one ends. */
  readonly bounds: readonly number[];
  /** The column by whose values sums are told apart; null: they are not. */
  readonly by: "model" | "key_id" | "upstream" | null;
  /** Sums by their names, as SQL. */
  readonly columns: RawBuilder<unknown>;
  /** What else rows must fulfil, as SQL. */
  readonly where?: RawBuilder<unknown>;
}

const nameIn = (row: Row): string | null => {
  const name = row["name"] ?? null;
  return name === null ? null : String(name);
};

/** Every hour or day of a part. */
const timesOf = ({ first, end }: Part): readonly number[] =>
  Array.from({ length: end - first }, (_, place) => first + place);

/**
 * The sums of parts of one unit. Each hour is named, and named twice: PostgreSQL takes ranges that are not constant for a ninth of the
 * table, and does not look for what it is joined with where it could read all of it. SQLite begins with the times for the cross join.
 */
const unitSums = (
  selection: Chosen,
  { by, columns, where }: Summing,
  { unit, parts }: { readonly unit: Part["unit"]; readonly parts: readonly Part[] },
): readonly RawBuilder<unknown>[] => {
  const times = parts.flatMap((part, place) =>
    part.unit === unit ? timesOf(part).map((time) => ({ place, time })) : [],
  );
  if (times.length === 0) return [];
  const values = times.map(({ place, time }) => sql`(cast(${place} as integer), cast(${time} as integer))`);
  const listed = sql.join(times.map(({ time }) => sql`${time}`));
  const conditions = [...chosen(selection), sql`${sql.ref(unit)} = time`, sql`${sql.ref(unit)} in (${listed})`];
  if (where !== undefined) conditions.push(where);
  return [
    sql`
      select place, ${by === null ? sql`cast(null as text)` : sql`cast(${sql.ref(by)} as text)`} as name, ${columns}
      from (with part (place, time) as (values ${sql.join(values)}) select place, time from part) part
      cross join ${TABLES[unit][selection.accountId === null ? "all" : "own"]}
      where ${sql.join(conditions, sql` and `)}
      group by 1, 2`,
  ];
};

/** How the rows of a bucket become one value: what it begins as, and what adds a row to it or takes one out again. */
export interface Adding<Value> {
  readonly begin: () => Value;
  readonly add: (to: Value, row: Row, sign: 1 | -1) => Value;
}

/** What each bucket has of each name. A name of which nothing is left may be among them, with nothing. */
export const bucketsOf = async <Value>(
  queries: Queries,
  selection: Chosen,
  summing: Summing,
  { begin, add }: Adding<Value>,
): Promise<readonly ReadonlyMap<string | null, Value>[]> => {
  const buckets = summing.bounds.slice(1).map(() => new Map<string | null, Value>());
  const put = (place: number | null, row: Row, sign: 1 | -1): void => {
    const bucket = place === null ? undefined : buckets[place];
    const name = nameIn(row);
    bucket?.set(name, add(bucket.get(name) ?? begin(), row, sign));
  };
  for (const parts of statementsOf(partsOf(summing.bounds))) {
    const units = (["hour", "day"] as const).flatMap((unit) => unitSums(selection, summing, { unit, parts }));
    const { rows } = await sql<Row>`${sql.join(units, sql` union all `)}`.execute(queries);
    for (const row of rows) {
      const part = parts[Number(row["place"])];
      put(part?.to ?? null, row, 1);
      put(part?.out ?? null, row, -1);
    }
    await turn();
  }
  return buckets;
};

/** The bounds of a chart's buckets, in the hours that are asked for. */
export const boundsOf = ({ first, end }: Hours, { starts }: Slots): readonly number[] => [
  first,
  ...starts.slice(1).map((at) => at / HOUR_MS),
  end,
];

const COLUMN_OF = { model: "model", key: "key_id", upstream: "upstream" } as const satisfies Record<Split, string>;

export interface Grouped {
  /** Place of the bucket, from 0. */
  readonly slot: number;
  readonly name: string | null;
  readonly sums: Sums;
}

/** Nothing is left of a name whose hours all belong to another bucket. */
const isNothing = ({ tokens, ...sums }: Sums): boolean =>
  Object.values(sums).every((sum) => sum === 0n) && Object.values(tokens).every((sum) => sum === 0n);

const ADDING: Adding<Sums> = {
  begin: () => NO_SUMS,
  add: (to, row, sign) => added(to, sign === 1 ? sumsIn(row) : negated(sumsIn(row))),
};

const grouped = async (
  queries: Queries,
  selection: Chosen,
  { bounds, split }: { readonly bounds: readonly number[]; readonly split: Split | null },
): Promise<readonly Grouped[]> => {
  const by = split === null ? null : COLUMN_OF[split];
  const buckets = await bucketsOf(queries, selection, { bounds, by, columns: SUMS }, ADDING);
  return buckets.flatMap((bucket, slot) =>
    [...bucket].filter(([, sums]) => !isNothing(sums)).map(([name, sums]) => ({ slot, name, sums })),
  );
};

/** Sums by bucket, and by model, key or upstream where they are told apart. */
export const sumsBySlot = async (
  queries: Queries,
  selection: Selection,
  { slots, split }: { readonly slots: Slots; readonly split: Split | null },
): Promise<readonly Grouped[]> =>
  await grouped(queries, selection, { bounds: boundsOf(hoursOf(selection), slots), split });

/** By spend, then by requests, the largest first. */
export const bySpend = (
  left: { readonly name: string; readonly sums: Sums },
  right: { readonly name: string; readonly sums: Sums },
): number => {
  const [a, b] = [left.sums, right.sums];
  if (a.spend !== b.spend) return a.spend > b.spend ? -1 : 1;
  if (a.requests !== b.requests) return a.requests > b.requests ? -1 : 1;
  return left.name < right.name ? -1 : 1;
};

/** Sums of each model, key or upstream: by spend, then by requests, the largest first. Keys have their numbers as names. */
export const sumsByName = async (
  queries: Queries,
  selection: Selection,
  split: Split,
): Promise<readonly { readonly name: string; readonly sums: Sums }[]> => {
  if (split === "key" && selection.accountId === null) return [];
  const { first, end } = hoursOf(selection);
  const groups = await grouped(queries, selection, { bounds: [first, end], split });
  return groups.map(({ name, sums }) => ({ name: name ?? "", sums })).toSorted(bySpend);
};

/** The sums of some hours and, apart, of those before them. */
export const sumsAround = async (
  queries: Queries,
  selection: Selection,
  { first, end }: Hours,
): Promise<{ readonly now: Sums; readonly before: Sums }> => {
  const bounds = [Math.max(0, first - (end - first)), first, end];
  const groups = await grouped(queries, selection, { bounds, split: null });
  const of = (place: number): Sums => groups.find(({ slot }) => slot === place)?.sums ?? NO_SUMS;
  return { now: of(1), before: of(0) };
};
