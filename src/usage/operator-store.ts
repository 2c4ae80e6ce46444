/** What an operator looks at beyond sums: accounts by what they bring, and how upstreams do at the moment. */
import { sql } from "kysely";

import { unpackAttempts } from "../attempt.ts";
import type { Queries } from "../db/connect.ts";
import { errors } from "../errors.ts";
import { firstRequestId, requestPeriod, requestTime } from "../id.ts";
import { MOST_HEALTH_ROWS, MOST_LINES, type Accounts, type Health, type Range, type TopAccount } from "./figures.ts";
import { HealthSheet } from "./health.ts";
import { DAY_MS, hoursOf } from "./slots.ts";
import type { Row } from "./sums-store.ts";

const DAY_HOURS = 24;
const MINUTE_MS = 60_000;
const MOST_MINUTES = 60;
/** Requests that are read in one statement. */
const STEP = 1_000;

const whole = (row: Row, name: string): bigint => {
  const value = row[name];
  return typeof value === "bigint" ? value : 0n;
};

const accountIn = (row: Row): TopAccount => ({
  accountId: Number(row["account_id"]),
  publicId: String(row["public_id"] ?? ""),
  name: String(row["name"] ?? ""),
  requests: whole(row, "requests"),
  failures: whole(row, "errors"),
  spend: whole(row, "posted"),
  refunded: whole(row, "refunded"),
  absorbed: whole(row, "absorbed"),
  cost: whole(row, "cost"),
});

/** @throws GatewayError invalid_value */
export const accountsBy = async (
  queries: Queries,
  range: Range,
  by: "spend" | "margin",
  limit: number,
): Promise<Accounts> => {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST_LINES)
    throw errors.invalidValue("limit", `must be an integer between 1 and ${MOST_LINES}`);
  const hours = hoursOf(range);
  const [first, end] = [Math.floor(hours.first / DAY_HOURS), Math.ceil(hours.end / DAY_HOURS)];
  const rank = by === "spend" ? sql`sum(posted)` : sql`sum(posted) - sum(refunded) - sum(cost)`;
  const { rows } = await sql<Row>`
    select s.*, a.public_id, a.name from (
      select account_id, sum(requests) as requests, sum(errors) as errors, sum(posted) as posted, sum(refunded) as refunded,
        sum(absorbed) as absorbed, sum(cost) as cost, ${rank} as rank, count(*) over () as active
      from rollup_day where day >= ${BigInt(first)} and day < ${BigInt(end)}
      group by account_id order by rank desc, account_id limit ${BigInt(limit)}
    ) s left join account a on a.id = s.account_id
    order by s.rank desc, s.account_id`.execute(queries);
  return {
    from: first * DAY_MS,
    to: end * DAY_MS,
    active: rows[0] === undefined ? 0n : whole(rows[0], "active"),
    top: rows.map(accountIn),
  };
};

/** Newer rows first, of all accounts, from a moment on. */
const newest = async (queries: Queries, from: Uint8Array, before: Uint8Array) => {
  const [first, last] = [BigInt(requestPeriod(from)), BigInt(requestPeriod(before))];
  return await queries
    .selectFrom("request")
    .select(["id", "model", "duration_ms", "first_byte_ms", "attempts"])
    .where("period", ">=", first)
    .where("period", "<=", last)
    .where(sql<boolean>`(period, id) >= (${first}, ${from})`)
    .where(sql<boolean>`(period, id) < (${last}, ${before})`)
    .orderBy("period", "desc")
    .orderBy("id", "desc")
    .limit(STEP)
    .execute();
};

/** @throws GatewayError invalid_value */
export const healthAt = async (queries: Queries, now: number, minutes: number): Promise<Health> => {
  if (!Number.isSafeInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES)
    throw errors.invalidValue("minutes", `must be an integer between 1 and ${MOST_MINUTES}`);
  const since = now - minutes * MINUTE_MS;
  const from = firstRequestId(since);
  const sheet = new HealthSheet();
  // A request of another machine, whose clock is ahead, is not the future.
  let before = firstRequestId(now + MINUTE_MS);
  for (let read = 0; read < MOST_HEALTH_ROWS; read += STEP) {
    const rows = await newest(queries, from, before);
    for (const row of rows)
      sheet.add({
        at: requestTime(row.id),
        firstByteMs: row.first_byte_ms === null ? null : Number(row.first_byte_ms),
        attempts: unpackAttempts(row.attempts, row.model),
      });
    const last = rows.at(-1);
    if (last === undefined || rows.length < STEP) return { since, upstreams: sheet.upstreams() };
    before = last.id;
  }
  return { since: requestTime(before), upstreams: sheet.upstreams() };
};
