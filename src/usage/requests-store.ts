/** Lists of requests for the console: of an account or of all, filtered, paged both ways, written out. */
import { setImmediate as turn } from "node:timers/promises";

import { sql, type RawBuilder, type Selectable, type SqlBool } from "kysely";

import { providerCost } from "../attempt.ts";
import type { Database, Queries } from "../db/connect.ts";
import type { RequestTable } from "../db/schema.ts";
import { errors } from "../errors.ts";
import { requestIdBytes, requestIdText, requestPeriod } from "../id.ts";
import { isFailure } from "../measure.ts";
import { total, type Unit } from "../unit.ts";
import { MOST_REQUESTS, type PageOrder, type RequestFilter, type RequestLine, type RequestPage } from "./figures.ts";
import { spanOf, type Span } from "./history.ts";
import { HOUR_MS } from "./slots.ts";
import { toUsageRecord } from "./store.ts";
import { rowsOf } from "./sums-store.ts";
import type { TailSource } from "./tail.ts";
import type { UsageRecord } from "./usage.ts";
import {
  later,
  PART_ROWS,
  parted,
  stepsOf,
  STEP_ROWS,
  successor,
  within,
  type Bound,
  type Direction,
  type Walk,
} from "./walk.ts";

/** Rows that a page looks at, about: no step begins beyond so many. */
const MOST_EXAMINED = 6_000;
/** Rows of its first step, where not all fit. */
const FIRST_ROWS = 400;
/** Rows that a file looks at, at most, and how many of them are skipped in one statement, of which nothing but the index is read. */
const MOST_WRITTEN = 100_000;
const SKIP_ROWS = 10_000;
/** Hours that roll-ups name at once, in which there is what a filter seeks. */
const MOST_HOURS = 500;

const DIRECTIONS = { older: "desc", newer: "asc" } as const satisfies Record<Direction, "asc" | "desc">;

/** The rows of a span, of an account or of all: each by its own index. */
const spanRows = (queries: Queries, accountId: number | null, { from, before }: Span) => {
  const [first, last] = [BigInt(requestPeriod(from)), BigInt(requestPeriod(before))];
  const rows = queries.selectFrom("request").where("period", ">=", first).where("period", "<=", last);
  return accountId === null
    ? rows
        .where(sql<SqlBool>`(period, id) >= (${first}, ${from})`)
        .where(sql<SqlBool>`(period, id) < (${last}, ${before})`)
    : rows.where("account_id", "=", BigInt(accountId)).where("id", ">=", from).where("id", "<", before);
};

const ordered = (queries: Queries, accountId: number | null, span: Span, direction: Direction) => {
  const rows = spanRows(queries, accountId, span);
  const order = DIRECTIONS[direction];
  return (accountId === null ? rows.orderBy("period", order) : rows).orderBy("id", order);
};

const boundOf =
  (queries: Queries, accountId: number | null): Bound =>
  async (span, direction, count) => {
    const row = await ordered(queries, accountId, span, direction)
      .select("id")
      .limit(1)
      .offset(count - 1)
      .executeTakeFirst();
    return row?.id ?? null;
  };

/** The last upstream that a request asked. */
const UPSTREAM = {
  sqlite: sql<string | null>`attempts -> '$[#-1]' ->> 0`,
  postgres: sql<string | null>`attempts::json -> -1 ->> 0`,
} as const satisfies Record<Database["kind"], unknown>;

/** What rows must fulfil beside being of their account and time. */
const conditionsOf = (kind: Database["kind"], filter: RequestFilter): readonly RawBuilder<SqlBool>[] => {
  const conditions: RawBuilder<SqlBool>[] = [];
  if (filter.model !== null) conditions.push(sql`model = ${filter.model}`);
  if (filter.keyId !== null) conditions.push(sql`key_id = ${BigInt(filter.keyId)}`);
  if (filter.outcome !== null) conditions.push(sql`outcome = ${filter.outcome}`);
  if (filter.minSpend !== null) conditions.push(sql`posted >= ${filter.minSpend}`);
  if (filter.upstream !== null) conditions.push(sql`${UPSTREAM[kind]} = ${filter.upstream}`);
  if (filter.statusClass !== null) {
    const least = BigInt(filter.statusClass * 100);
    conditions.push(sql`status >= ${least}`, sql`status < ${least === 0n ? 1n : least + 100n}`);
  }
  return conditions;
};

const found = async (
  { kind, kysely }: Database,
  filter: RequestFilter,
  span: Span,
  { direction, limit }: { readonly direction: Direction; readonly limit: number },
): Promise<readonly UsageRecord[]> => {
  let rows = ordered(kysely, filter.accountId, span, direction);
  for (const condition of conditionsOf(kind, filter)) rows = rows.where(condition);
  return (await rows.selectAll().limit(limit).execute()).map(toUsageRecord);
};

/** How many rows a look reads at most, and how many of those that fit it hands on. */
interface LookOrder {
  readonly direction: Direction;
  readonly step: number;
  readonly limit: number;
}

/** What fits among the first rows of a span. */
interface Looked {
  readonly records: readonly UsageRecord[];
  /** The last row that was looked at, if there may be more beyond it; null: the span has been looked at. */
  readonly end: Uint8Array | null;
}

/** SQLite finds where a step ends in the index alone, in next to no time, and reads no row that it need not. */
const boundedLook = async (
  database: Database,
  filter: RequestFilter,
  span: Span,
  { direction, step, limit }: LookOrder,
): Promise<Looked> => {
  const end = await boundOf(database.kysely, filter.accountId)(span, direction, step);
  const { within: inside } = end === null ? { within: span } : parted(span, direction, end);
  return { records: await found(database, filter, inside, { direction, limit }), end };
};

interface CountedRow extends Selectable<RequestTable> {
  readonly place: bigint;
  readonly fits: boolean;
}

/**
 * PostgreSQL would read every row to find where a step ends, since the index of accounts has no periods, and then again. It reads them once:
 * the last row of a full step is answered whether it fits or not.
 */
const countedLook = async (
  { kind, kysely }: Database,
  filter: RequestFilter,
  span: Span,
  { direction, step, limit }: LookOrder,
): Promise<Looked> => {
  const conditions = conditionsOf(kind, filter);
  const fits = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
  const rows = ordered(kysely, filter.accountId, span, direction).selectAll().limit(step);
  const order = sql.raw(DIRECTIONS[direction]);
  const answer = await sql<CountedRow>`
    select * from (select step.*, row_number() over () as place, (${fits}) as fits from ${rows} step) counted
    where fits or place = ${step}
    order by id ${order} limit ${limit + 1}`.execute(kysely);
  const last = answer.rows.find(({ place }) => place === BigInt(step));
  const fitting = answer.rows.filter((row) => row.fits);
  return { records: fitting.slice(0, limit).map(toUsageRecord), end: last?.id ?? null };
};

const LOOKS = { sqlite: boundedLook, postgres: countedLook } as const satisfies Record<Database["kind"], unknown>;

/**
 * The hours in which roll-ups have what a filter seeks, in the direction's order; null where they cannot tell. What was refused before
 * it had a price has no model there, so hours with such requests count for every model.
 */
const hoursWith = async (
  queries: Queries,
  filter: RequestFilter,
  span: Span,
  direction: Direction,
): Promise<readonly number[] | null> => {
  const { accountId, model, keyId, upstream, outcome } = filter;
  const isFailed = outcome !== null && isFailure(outcome);
  if (model === null && keyId === null && upstream === null && !isFailed) return null;
  const hours = { first: hourOf(span.from), end: hourOf(span.before) + 1 };
  const conditions = [rowsOf({ accountId, model: null, keyId, upstream }, hours)];
  if (model !== null) conditions.push(sql`model in (${model}, '')`);
  if (isFailed) conditions.push(sql`errors > 0`);
  const { rows } = await sql<{ hour: bigint }>`
    select distinct hour from ${accountId === null ? sql`rollup_all` : sql`rollup`}
    where requests > 0 and ${sql.join(conditions, sql` and `)}
    order by hour ${sql.raw(DIRECTIONS[direction])} limit ${BigInt(MOST_HOURS)}`.execute(queries);
  return rows.map(({ hour }) => Number(hour));
};

const TIME_BYTES = 6;
const hourOf = (id: Uint8Array): number =>
  Math.floor(Buffer.from(id.buffer, id.byteOffset, id.byteLength).readUIntBE(0, TIME_BYTES) / HOUR_MS);

/** The stretches in which there may be something, and the rest of the span that roll-ups were not asked about. */
const stretchesOf = async (
  queries: Queries,
  filter: RequestFilter,
  span: Span,
  direction: Direction,
): Promise<readonly Span[]> => {
  const hours = await hoursWith(queries, filter, span, direction);
  if (hours === null) return [span];
  const stretches = within(span, hours);
  const last = stretches.at(-1);
  if (hours.length < MOST_HOURS || last === undefined) return stretches;
  return direction === "older"
    ? [...stretches, { from: span.from, before: last.from }]
    : [...stretches, { from: last.before, before: span.before }];
};

/** A key belongs to one account, by whose index its requests are found. Null: there is no such key, or it is another's. */
const placed = async (queries: Queries, filter: RequestFilter): Promise<RequestFilter | null> => {
  if (filter.keyId === null) return filter;
  const key = await queries
    .selectFrom("api_key")
    .select("account_id")
    .where("id", "=", BigInt(filter.keyId))
    .executeTakeFirst();
  if (key === undefined) return null;
  const accountId = Number(key.account_id);
  return filter.accountId === null || filter.accountId === accountId ? { ...filter, accountId } : null;
};

const TOKENS = {
  input: ["input", "cache_write_5m", "cache_write_1h", "image_input", "audio_input"],
  cacheRead: ["cache_read", "audio_cache_read"],
  output: ["output", "image_output", "audio_output"],
  reasoning: ["reasoning"],
} as const satisfies Record<keyof RequestLine["tokens"], readonly Unit[]>;

const numbered = <Value>(rows: readonly { readonly id: bigint; readonly value: Value }[]): ReadonlyMap<number, Value> =>
  new Map(rows.map(({ id, value }) => [Number(id), value]));

/** What stands in other tables of requests: names of keys and accounts, and what was given back. */
const around = async (queries: Queries, records: readonly UsageRecord[]) => {
  const distinct = (ids: readonly number[]): bigint[] => [...new Set(ids)].map(BigInt);
  const keys = await queries
    .selectFrom("api_key")
    .select(["id", "public_id", "name"])
    .where("id", "in", distinct(records.map(({ keyId }) => keyId)))
    .execute();
  const accounts = await queries
    .selectFrom("account")
    .select(["id", "public_id", "name"])
    .where("id", "in", distinct(records.map(({ accountId }) => accountId)))
    .execute();
  const refunds = await queries
    .selectFrom("transfer")
    .select(({ fn }) => ["request_id", fn.sum<bigint>("amount").as("amount")])
    .where(
      "request_id",
      "in",
      records.flatMap(({ requestId }) => requestIdBytes(requestId) ?? []),
    )
    .where("kind", "=", "refund")
    .groupBy("request_id")
    .execute();
  return {
    keys: numbered(keys.map((value) => ({ id: value.id, value }))),
    accounts: numbered(accounts.map((value) => ({ id: value.id, value }))),
    refunds: new Map(refunds.map(({ request_id: id, amount }) => [id === null ? "" : requestIdText(id), amount])),
  };
};

const linesOf = async (queries: Queries, records: readonly UsageRecord[]): Promise<readonly RequestLine[]> => {
  if (records.length === 0) return [];
  const { keys, accounts, refunds } = await around(queries, records);
  return records.map((record): RequestLine => {
    const last = record.attempts.at(-1);
    const key = keys.get(record.keyId);
    const account = accounts.get(record.accountId);
    return {
      id: record.requestId,
      at: record.startedAt,
      accountId: record.accountId,
      model: record.model,
      protocol: record.protocol,
      stream: record.stream,
      status: record.status,
      outcome: record.outcome,
      source: record.source,
      keyPublicId: key?.public_id ?? "",
      keyName: key?.name ?? "",
      spend: record.posted,
      refunded: refunds.get(record.requestId) ?? 0n,
      tokens: {
        input: BigInt(total(record.usage, TOKENS.input)),
        cacheRead: BigInt(total(record.usage, TOKENS.cacheRead)),
        output: BigInt(total(record.usage, TOKENS.output)),
        reasoning: BigInt(total(record.usage, TOKENS.reasoning)),
      },
      durationMs: record.durationMs,
      firstByteMs: record.firstByteMs,
      upstream: last?.upstream ?? null,
      accountPublicId: account?.public_id ?? "",
      accountName: account?.name ?? "",
      absorbed: record.absorbed,
      cost: providerCost(last, record.exact, record.multiplier),
      attempts: record.attempts.length,
    };
  });
};

/** @throws GatewayError invalid_value */
const cursorIn = (text: string | null): Uint8Array | null => {
  if (text === null) return null;
  const id = requestIdBytes(text);
  if (id === null) throw errors.invalidValue("cursor", "must be a cursor of a page");
  return id;
};

/** What is looked through for a page. */
interface Search {
  /** In the order of the direction. */
  readonly stretches: readonly Span[];
  readonly direction: Direction;
  readonly limit: number;
}

/** Looks through stretches, step by step. @returns what was found, in their order, and where it ended; null: nothing is left */
const look = async (
  database: Database,
  filter: RequestFilter,
  { stretches, direction, limit }: Search,
): Promise<{ readonly records: readonly UsageRecord[]; readonly end: string | null }> => {
  const records: UsageRecord[] = [];
  // Where everything fits, as many rows as are wanted are enough.
  const first = conditionsOf(database.kind, filter).length === 0 ? limit + 1 : FIRST_ROWS;
  let examined = 0;
  for (const stretch of stretches)
    for (let rest: Span | null = stretch; rest !== null;) {
      if (examined >= MOST_EXAMINED)
        return { records, end: requestIdText(direction === "older" ? rest.before : rest.from) };
      const step = examined === 0 ? first : STEP_ROWS;
      // One more than there is room for says whether there is more.
      const order = { direction, step, limit: limit - records.length + 1 };
      const looked: Looked = await LOOKS[database.kind](database, filter, rest, order);
      records.push(...looked.records);
      const last = records[limit - 1];
      if (records.length > limit && last !== undefined)
        return { records: records.slice(0, limit), end: last.requestId };
      examined += looked.end === null ? PART_ROWS : step;
      rest = looked.end === null ? null : parted(rest, direction, looked.end).beyond;
      await turn();
    }
  return { records, end: null };
};

const EMPTY: RequestPage = { requests: [], older: null, newer: null };

/** @throws GatewayError invalid_value */
export const requestPage = async (database: Database, asked: RequestFilter, page: PageOrder): Promise<RequestPage> => {
  const { direction, limit } = page;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_REQUESTS)
    throw errors.invalidValue("limit", `must be an integer between 1 and ${MOST_REQUESTS}`);
  const cursor = cursorIn(page.cursor);
  const filter = await placed(database.kysely, asked);
  if (filter === null) return EMPTY;
  const all = spanOf(filter, direction === "older" ? cursor : null);
  const single = filter.requestId === null ? null : requestIdBytes(filter.requestId);
  if (filter.requestId !== null && single === null) return EMPTY;
  const from = direction === "newer" && cursor !== null ? successor(cursor) : all.from;
  const span = single === null ? { from, before: all.before } : { from: single, before: successor(single) };
  if (Buffer.compare(span.from, span.before) >= 0) return { ...EMPTY, newer: page.cursor };
  const stretches = single === null ? await stretchesOf(database.kysely, filter, span, direction) : [span];
  const { records, end } = await look(database, filter, { stretches, direction, limit });
  const requests = await linesOf(database.kysely, direction === "older" ? records : records.toReversed());
  if (single !== null) return { requests, older: null, newer: null };
  const [newest, oldest] = [requests[0]?.id ?? null, requests.at(-1)?.id ?? null];
  if (direction === "older") return { requests, older: end, newer: newest ?? page.cursor };
  return {
    requests,
    older: oldest ?? (cursor === null ? null : requestIdText(successor(cursor))),
    newer: end ?? newest ?? page.cursor,
  };
};

/** What the live tail looks at. */
export const tailSource = ({ kysely }: Database): TailSource => ({
  ids: async (accountId, from, limit) => {
    const span = { from, before: spanOf({ from: null, to: null }, null).before };
    const rows = await ordered(kysely, accountId, span, "older").select("id").limit(limit).execute();
    return rows.map(({ id }) => requestIdText(id));
  },
  lines: async (texts) => {
    const ids = texts.flatMap((text) => requestIdBytes(text) ?? []);
    const rows = await kysely
      .selectFrom("request")
      .selectAll()
      .where("id", "in", ids)
      .where("period", "in", [...new Set(ids.map(requestPeriod))].map(BigInt))
      .execute();
    const records = rows.map(toUsageRecord).toSorted((a, b) => (a.requestId < b.requestId ? 1 : -1));
    return await linesOf(kysely, records);
  },
});

/** A file of requests, newest first, in pieces, and what is not in it. */
export interface RequestFile {
  /** Requests older than this id are not in it, as it has looked at the most that it may; null: it has all. */
  readonly next: string | null;
  readonly pieces: AsyncGenerator<readonly RequestLine[]>;
}

/** The steps of a walk that goes on to its end. */
async function* piecesOf(
  database: Database,
  filter: RequestFilter,
  walk: Walk,
  end: Uint8Array | null,
): AsyncGenerator<readonly RequestLine[]> {
  for await (const { from, before } of stepsOf(walk)) {
    if (end !== null && Buffer.compare(before, end) <= 0) return;
    const span = { from: end === null ? from : later(from, end), before };
    yield await linesOf(database.kysely, await found(database, filter, span, { direction: "older", limit: walk.step }));
  }
}

/** What is known already; nothing where there is no such key. */
async function* known(lines: readonly RequestLine[]): AsyncGenerator<readonly RequestLine[]> {
  if (lines.length > 0) yield lines;
}

/** Every request that a filter leaves, of about the newest `MOST_WRITTEN`. What it has is known before any of it is read. */
export const requestFile = async (database: Database, asked: RequestFilter): Promise<RequestFile> => {
  const { kysely } = database;
  const filter = await placed(kysely, asked);
  if (filter === null) return { next: null, pieces: known([]) };
  if (filter.requestId !== null) {
    const { requests } = await requestPage(database, filter, { cursor: null, direction: "older", limit: 1 });
    return { next: null, pieces: known(requests) };
  }
  const stretches = await stretchesOf(kysely, filter, spanOf(filter, null), "older");
  const walk = { stretches, direction: "older", bound: boundOf(kysely, filter.accountId) } as const;
  const skim = stepsOf({ ...walk, most: MOST_WRITTEN, step: SKIP_ROWS });
  let step = await skim.next();
  while (step.done !== true) step = await skim.next();
  const all: Walk = { ...walk, most: Number.POSITIVE_INFINITY, step: STEP_ROWS };
  return {
    next: step.value === null ? null : requestIdText(step.value),
    pieces: piecesOf(database, filter, all, step.value),
  };
};
