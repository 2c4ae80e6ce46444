/** Sums out of roll-ups: for an account or the whole installation, told apart by time, model, key or upstream. */
import { setImmediate as turn } from "node:timers/promises";

import { sql, type RawBuilder } from "kysely";

import type { Queries } from "../db/connect.ts";
import { NO_SUMS, type Selection, type Split, type Sums } from "./figures.ts";
import { hoursOf, type Hours, type Slots } from "./slots.ts";

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

/** What holds the sums of a selection: the roll-ups of accounts, or those of all of them together. */
export const tableOf = ({ accountId }: Pick<Selection, "accountId">): RawBuilder<unknown> =>
  accountId === null ? sql`rollup_all` : sql`rollup`;

type Chosen = Pick<Selection, "accountId" | "model" | "keyId" | "upstream">;

/** The rows of a selection in some hours. */
export const rowsOf = ({ accountId, model, keyId, upstream }: Chosen, { first, end }: Hours): RawBuilder<unknown> => {
  const conditions = [sql`hour >= ${BigInt(first)}`, sql`hour < ${BigInt(end)}`];
  if (accountId !== null) conditions.unshift(sql`account_id = ${BigInt(accountId)}`);
  // Without an account there are no keys: nothing is found.
  if (keyId !== null) conditions.push(accountId === null ? sql`1 = 0` : sql`key_id = ${BigInt(keyId)}`);
  if (model !== null) conditions.push(sql`model = ${model}`);
  if (upstream !== null) conditions.push(sql`upstream = ${upstream}`);
  return sql.join(conditions, sql` and `);
};

/** Which bucket an hour is in. */
export const slotColumn = ({ width, shift }: Slots): RawBuilder<unknown> =>
  sql`(hour + ${BigInt(shift)}) / ${BigInt(width)}`;

const COLUMN_OF = { model: "model", key: "key_id", upstream: "upstream" } as const satisfies Record<Split, string>;

const nameIn = (row: Row): string | null => {
  const name = row["name"] ?? null;
  return name === null ? null : String(name);
};

export interface Grouped {
  /** Place of the bucket, from 0. */
  readonly slot: number;
  readonly name: string | null;
  readonly sums: Sums;
}

/** Hours that are added up in one statement: on SQLite nothing else happens meanwhile. */
const PIECE_HOURS = 240;

/** Sums by bucket, and by model, key or upstream where they are told apart. A bucket may come in two pieces. */
export const sumsBySlot = async (
  queries: Queries,
  selection: Selection,
  { slots, split }: { readonly slots: Slots; readonly split: Split | null },
): Promise<readonly Grouped[]> => {
  const { first, end } = hoursOf(selection);
  const found: Grouped[] = [];
  for (let from = first; from < end; from += PIECE_HOURS) {
    const hours = { first: from, end: Math.min(end, from + PIECE_HOURS) };
    const { rows } = await sql<Row>`
      select ${slotColumn(slots)} as slot, ${split === null ? sql`null` : sql.raw(COLUMN_OF[split])} as name, ${SUMS}
      from ${tableOf(selection)} where ${rowsOf(selection, hours)}
      group by 1, 2`.execute(queries);
    for (const row of rows)
      found.push({ slot: Number(row["slot"]) - slots.first, name: nameIn(row), sums: sumsIn(row) });
    await turn();
  }
  return found;
};

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
  const { rows } = await sql<Row>`
    select ${sql.raw(COLUMN_OF[split])} as name, ${SUMS}
    from ${tableOf(selection)} where ${rowsOf(selection, hoursOf(selection))}
    group by 1`.execute(queries);
  return rows.map((row) => ({ name: nameIn(row) ?? "", sums: sumsIn(row) })).toSorted(bySpend);
};

/** The sums of some hours and, apart, of those before them. */
export const sumsAround = async (
  queries: Queries,
  selection: Selection,
  hours: Hours,
): Promise<{ readonly now: Sums; readonly before: Sums }> => {
  const first = Math.max(0, hours.first - (hours.end - hours.first));
  const { rows } = await sql<Row>`
    select case when hour >= ${BigInt(hours.first)} then 1 else 0 end as slot, ${SUMS}
    from ${tableOf(selection)} where ${rowsOf(selection, { first, end: hours.end })}
    group by 1`.execute(queries);
  const of = (slot: bigint): Sums => {
    const row = rows.find((each) => BigInt(each["slot"] ?? -1n) === slot);
    return row === undefined ? NO_SUMS : sumsIn(row);
  };
  return { now: of(1n), before: of(0n) };
};
