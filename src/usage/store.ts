/** The history of requests: pages, single requests, sums. Written by the ledger, read here. */
import { type Selectable } from "kysely";

import { unpackAttempts } from "../attempt.ts";
import type { Queries } from "../db/connect.ts";
import type { RequestTable } from "../db/schema.ts";
import { requestIdBytes, requestIdText } from "../id.ts";
import type { Nano } from "../money.ts";
import { UNITS, type Unit, type Usage } from "../unit.ts";
import type { UsageRecord } from "./usage.ts";

const MAX_PAGE = 500;

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
  startedAt: Number(row.started_at),
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
  exact: row.exact,
  hold: row.hold,
  posted: row.posted,
  absorbed: row.absorbed,
  attempts: unpackAttempts(row.attempts),
});

/** One request; undefined when there is none. @param accountId when given, requests of other accounts are not found. */
export const findRequest = async (
  queries: Queries,
  requestId: string,
  accountId?: number,
): Promise<UsageRecord | undefined> => {
  const id = requestIdBytes(requestId);
  if (id === null) return undefined;
  let query = queries.selectFrom("request").selectAll().where("id", "=", id);
  if (accountId !== undefined) query = query.where("account_id", "=", BigInt(accountId));
  const row = await query.executeTakeFirst();
  return row && toUsageRecord(row);
};

export interface UsagePage {
  readonly accountId: number;
  /** Only requests older than this one; absent for the newest. */
  readonly before?: string;
  /** At most 500; 100 when absent. */
  readonly limit?: number;
}

/** A page of an account's requests, newest first. Its cost does not depend on how many there are. */
export const listRequests = async (
  queries: Queries,
  { accountId, before, limit = 100 }: UsagePage,
): Promise<readonly UsageRecord[]> => {
  const cursor = before === undefined ? null : requestIdBytes(before);
  if (before !== undefined && cursor === null) return [];
  let query = queries.selectFrom("request").selectAll().where("account_id", "=", BigInt(accountId));
  if (cursor !== null) query = query.where("id", "<", cursor);
  const rows = await query.orderBy("id", "desc").limit(Math.min(limit, MAX_PAGE)).execute();
  return rows.map(toUsageRecord);
};

/** The least request id of a moment: ids begin with their time. */
const idAt = (milliseconds: number): Uint8Array => {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, Math.floor(milliseconds)), 0, 6);
  return bytes;
};

export interface Spend {
  readonly requests: number;
  readonly posted: Nano;
  readonly absorbed: Nano;
}

/** What an account's requests of a period came to. @param period in milliseconds since the Unix epoch; `to` is not in it. */
export const spendOf = async (
  queries: Queries,
  accountId: number,
  period: { readonly from: number; readonly to: number },
): Promise<Spend> => {
  const row = await queries
    .selectFrom("request")
    .select(({ fn }) => [
      fn.countAll<bigint>().as("requests"),
      fn.sum<bigint | null>("posted").as("posted"),
      fn.sum<bigint | null>("absorbed").as("absorbed"),
    ])
    .where("account_id", "=", BigInt(accountId))
    .where("id", ">=", idAt(period.from))
    .where("id", "<", idAt(period.to))
    .executeTakeFirstOrThrow();
  return { requests: Number(row.requests), posted: row.posted ?? 0n, absorbed: row.absorbed ?? 0n };
};
