/** The history of requests: single ones, spans of them, sums. Written by the ledger, read here. */
import { type Selectable } from "kysely";

import { unpackAttempts } from "../attempt.ts";
import type { Queries } from "../db/connect.ts";
import type { RequestTable } from "../db/schema.ts";
import { requestIdBytes, requestIdText, requestPeriod, requestTime } from "../id.ts";
import type { Nano } from "../money.ts";
import { UNITS, type Unit, type Usage } from "../unit.ts";
import type { HistoryEntry, HistoryFilter, HistorySource, Span, Sums } from "./history.ts";
import type { UsageRecord } from "./usage.ts";

const usageOf = (row: Selectable<RequestTable>): Usage => {
  const usage: Partial<Record<Unit, number>> = {};
  for (const unit of UNITS) {
    const count = row[unit];
    if (count !== null) usage[unit] = Number(count);
  }
  return usage;
};

/** A stored row as a record. */
export const toUsageRecord = (row: Selectable<RequestTable>): UsageRecord => ({
  requestId: requestIdText(row.id),
  accountId: Number(row.account_id),
  keyId: Number(row.key_id),
  startedAt: requestTime(row.id),
  durationMs: Number(row.duration_ms),
  firstByteMs: row.first_byte_ms === null ? null : Number(row.first_byte_ms),
  status: Number(row.status),
  stream: row.stream === 1n,
  outcome: row.outcome,
  source: row.source,
  usageInvalid: row.usage_invalid === 1n,
  model: row.model,
  protocol: row.protocol,
  usage: usageOf(row),
  priceId: row.price_id === null ? null : Number(row.price_id),
  planId: row.plan_id,
  multiplier: { num: row.multiplier_num ?? 1n, den: row.multiplier_den ?? 1n },
  exact: row.exact ?? row.posted + row.absorbed,
  hold: row.hold,
  posted: row.posted,
  absorbed: row.absorbed,
  attempts: unpackAttempts(row.attempts, row.model),
});

/** One request; undefined when there is none. @param accountId when given, requests of other accounts are not found. */
export const findRequest = async (
  queries: Queries,
  requestId: string,
  accountId?: number,
): Promise<UsageRecord | undefined> => {
  const id = requestIdBytes(requestId);
  if (id === null) return undefined;
  let query = queries
    .selectFrom("request")
    .selectAll()
    .where("period", "=", BigInt(requestPeriod(id)))
    .where("id", "=", id);
  if (accountId !== undefined) query = query.where("account_id", "=", BigInt(accountId));
  const row = await query.executeTakeFirst();
  return row && toUsageRecord(row);
};

/** The rows of an account in a span of ids. The periods let PostgreSQL leave out the partitions that have none of them. */
const rowsOf = (queries: Queries, accountId: number, { from, before }: Span) =>
  queries
    .selectFrom("request")
    .where("account_id", "=", BigInt(accountId))
    .where("id", ">=", from)
    .where("id", "<", before)
    .where("period", ">=", BigInt(requestPeriod(from)))
    .where("period", "<=", BigInt(requestPeriod(before)));

const filtered = (queries: Queries, { accountId, model, keyId, outcome }: HistoryFilter, span: Span) => {
  let query = rowsOf(queries, accountId, span);
  if (model !== null) query = query.where("model", "=", model);
  if (keyId !== null) query = query.where("key_id", "=", BigInt(keyId));
  return outcome === null ? query : query.where("outcome", "=", outcome);
};

/** The newest requests of a span, newest first; only as many rows are read as the span has. */
export const listRequests = async (
  queries: Queries,
  filter: HistoryFilter,
  span: Span,
  limit: number,
): Promise<readonly UsageRecord[]> => {
  const rows = await filtered(queries, filter, span).selectAll().orderBy("id", "desc").limit(limit).execute();
  return rows.map(toUsageRecord);
};

/** What was given back of the price of each request: transfers that name it, to its account. */
const refundsOf = async (
  queries: Queries,
  accountId: number,
  ids: readonly Uint8Array[],
): Promise<ReadonlyMap<string, Nano>> => {
  if (ids.length === 0) return new Map();
  const rows = await queries
    .selectFrom("transfer")
    .select(({ fn }) => ["request_id", fn.sum<bigint>("amount").as("amount")])
    .where("request_id", "in", ids)
    .where("credit_account_id", "=", BigInt(accountId))
    .groupBy("request_id")
    .execute();
  return new Map(rows.flatMap(({ request_id: id, amount }) => (id === null ? [] : [[requestIdText(id), amount]])));
};

const keysOf = async (queries: Queries, ids: ReadonlySet<number>) => {
  if (ids.size === 0) return new Map<number, { readonly publicId: string; readonly name: string }>();
  const rows = await queries
    .selectFrom("api_key")
    .select(["id", "public_id", "name"])
    .where("id", "in", [...ids].map(BigInt))
    .execute();
  return new Map(rows.map(({ id, public_id: publicId, name }) => [Number(id), { publicId, name }]));
};

const entriesIn = async (
  queries: Queries,
  filter: HistoryFilter,
  span: Span,
  limit: number,
): Promise<readonly HistoryEntry[]> => {
  const records = await listRequests(queries, filter, span, limit);
  const keys = await keysOf(queries, new Set(records.map(({ keyId }) => keyId)));
  const ids = records.flatMap(({ requestId }) => requestIdBytes(requestId) ?? []);
  const refunds = await refundsOf(queries, filter.accountId, ids);
  return records.map((record) => ({
    record,
    keyPublicId: keys.get(record.keyId)?.publicId ?? "",
    keyName: keys.get(record.keyId)?.name ?? "",
    refunded: refunds.get(record.requestId) ?? 0n,
  }));
};

const boundOf = async (queries: Queries, accountId: number, span: Span, count: number): Promise<Uint8Array | null> => {
  const row = await rowsOf(queries, accountId, span)
    .select("id")
    .orderBy("id", "desc")
    .limit(1)
    .offset(count - 1)
    .executeTakeFirst();
  return row?.id ?? null;
};

const sumsOf = async (queries: Queries, filter: HistoryFilter, span: Span): Promise<Sums> => {
  const row = await filtered(queries, filter, span)
    .select(({ fn }) => [
      fn.countAll<bigint>().as("requests"),
      fn.sum<bigint | null>("posted").as("posted"),
      ...UNITS.map((unit) => fn.sum<bigint | null>(unit).as(unit)),
    ])
    .executeTakeFirstOrThrow();
  const refunded = await queries
    .selectFrom("transfer")
    .select(({ fn }) => fn.sum<bigint | null>("amount").as("amount"))
    .where("request_id", "in", filtered(queries, filter, span).select("id"))
    .where("credit_account_id", "=", BigInt(filter.accountId))
    .executeTakeFirstOrThrow();
  return {
    requests: row.requests,
    posted: row.posted ?? 0n,
    refunded: refunded.amount ?? 0n,
    usage: Object.fromEntries(UNITS.flatMap((unit) => (row[unit] === null ? [] : [[unit, row[unit]]]))),
  };
};

/** Later hours are no hours of a column. */
const LAST_HOUR = 2_147_483_647;

/**
 * Roll-ups know nothing of outcomes, and no model of what was refused before it had a price: with such requests in the hours, those of
 * a model have to be looked for.
 */
const hoursOf = async (
  queries: Queries,
  { accountId, model, keyId, outcome }: HistoryFilter,
  first: number,
  end: number,
): Promise<Sums | null> => {
  if (outcome !== null) return null;
  let rows = queries
    .selectFrom("rollup")
    .where("account_id", "=", BigInt(accountId))
    .where("hour", ">=", BigInt(Math.min(first, LAST_HOUR)))
    .where("hour", "<", BigInt(Math.min(end, LAST_HOUR)));
  if (keyId !== null) rows = rows.where("key_id", "=", BigInt(keyId));
  if (model !== null) {
    const unnamed = await rows.select("hour").where("model", "=", "").where("requests", ">", 0n).limit(1).execute();
    if (unnamed.length > 0) return null;
    rows = rows.where("model", "=", model);
  }
  const row = await rows
    .select(({ fn }) => [
      fn.sum<bigint | null>("requests").as("requests"),
      fn.sum<bigint | null>("posted").as("posted"),
      fn.sum<bigint | null>("refunded").as("refunded"),
      ...UNITS.map((unit) => fn.sum<bigint | null>(`rollup.${unit}`).as(`${unit}_sum`)),
    ])
    .executeTakeFirstOrThrow();
  const counts: Readonly<Record<string, bigint | null>> = row;
  return {
    requests: row.requests ?? 0n,
    posted: row.posted ?? 0n,
    refunded: row.refunded ?? 0n,
    usage: Object.fromEntries(
      UNITS.flatMap((unit) => {
        const count = counts[`${unit}_sum`] ?? null;
        return count === null ? [] : [[unit, count]];
      }),
    ),
  };
};

/** The history as it is stored. */
export const historySource = (queries: Queries): HistorySource => ({
  bound: (accountId, span, count) => boundOf(queries, accountId, span, count),
  entries: (filter, span, limit) => entriesIn(queries, filter, span, limit),
  sums: (filter, span) => sumsOf(queries, filter, span),
  hours: (filter, first, end) => hoursOf(queries, filter, first, end),
});
