/** Reads what a statement is made of: an account's balance, its transfers and its days' sums, a bounded number at a time. */
import { sql, type RawBuilder } from "kysely";

import type { Queries } from "../db/connect.ts";
import type { Nano } from "../money.ts";
import {
  dayOf,
  statementPage,
  type StatementDay,
  type StatementPage,
  type StatementPosition,
  type StatementTransfer,
} from "./statement.ts";
import { ACCOUNTS } from "./transfer.ts";

/** Days that one page looks at; a longer silence takes another page. */
const DAYS_AT_ONCE = 400;

/** One row of the query below, whose parts have different meanings for the same columns. */
interface Row {
  readonly part: "account" | "transfer" | "day";
  readonly id: bigint;
  readonly kind: string;
  readonly other: bigint;
  readonly amount: bigint;
  readonly reason: string | null;
  readonly at: bigint;
}

export interface StatementOrder {
  readonly accountId: number;
  /** Null: from now. */
  readonly from: StatementPosition | null;
  readonly limit: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** Transfers in one direction. What stands for requests is in the days' sums already. */
const transfers = (direction: "in" | "out", { accountId, from, limit }: StatementOrder): RawBuilder<Row> => {
  const [own, other, sign] =
    direction === "in"
      ? [sql.ref("credit_account_id"), sql.ref("debit_account_id"), sql.raw("amount")]
      : [sql.ref("debit_account_id"), sql.ref("credit_account_id"), sql.raw("-amount")];
  const below = from === null ? sql`` : sql`and id < ${from.transfer}`;
  return sql<Row>`
    select * from (
      select 'transfer' as part, id, kind, coalesce(${other}, 0) as other, ${sign} as amount, reason, created_at as at
      from transfer where ${own} = ${accountId} and kind <> 'charges' and kind <> 'carried' ${below}
      order by id desc limit ${limit + 1}
    ) ${sql.raw(direction)}going`;
};

/** One statement, so that balance and sums are of one moment. */
const read = (queries: Queries, order: StatementOrder, days: readonly number[]) =>
  sql<Row>`
    select 'account' as part, created_at as id, '' as kind, 0 as other, balance as amount, null as reason, created_at as at
    from account where id = ${order.accountId}
    union all ${transfers("in", order)}
    union all ${transfers("out", order)}
    union all
    select 'day' as part, day as id, '' as kind, requests as other, posted as amount, null as reason, 0 as at
    from rollup_day where account_id = ${order.accountId} and day in (${sql.join(days)})`.execute(queries);

const toTransfer = ({ id, kind, other, amount, reason, at }: Row): StatementTransfer => ({
  id: Number(id),
  kind,
  isPromo: Number(other) === ACCOUNTS.promo,
  amount,
  reason,
  at: Number(at),
});

const toDay = ({ id, other, amount }: Row): StatementDay => ({
  day: Number(id),
  charged: amount,
  requests: Number(other),
});

/** A page of an account's statement, newest first. It may be short, or empty, and still have a next one. */
export const readStatement = async (queries: Queries, order: StatementOrder): Promise<StatementPage> => {
  const { from, limit, now } = order;
  const top = from === null ? dayOf(now) : from.isDayShown ? from.day - 1 : from.day;
  const bottom = top - DAYS_AT_ONCE + 1;
  const days = Array.from({ length: DAYS_AT_ONCE }, (_, back) => top - back);
  const { rows } = await read(queries, order, days);
  const account = rows.find(({ part }) => part === "account");
  if (account === undefined) return { lines: [], next: null };
  const moves = rows
    .filter(({ part }) => part === "transfer")
    .map(toTransfer)
    .sort((a, b) => b.id - a.id);
  const start: StatementPosition = from ?? {
    transfer: Number.MAX_SAFE_INTEGER,
    day: top,
    isDayShown: false,
    balance: account.amount,
  };
  const charged = rows
    .filter(({ part, amount }) => part === "day" && amount !== 0n)
    .map(toDay)
    .sort((a, b) => b.day - a.day);
  // A request's own clock may be a little before its account's.
  const isAll = bottom < dayOf(Number(account.at));
  return statementPage(start, { transfers: moves.slice(0, limit + 1), days: charged, from: bottom, isAll }, limit);
};

/** What an account's money is made of. */
export interface Holdings {
  readonly balance: Nano;
  readonly leased: Nano;
  readonly promo: Nano;
  readonly pendingDebit: Nano;
  readonly frozen: boolean;
  readonly planId: string | null;
  readonly name: string;
  readonly createdAt: number;
}

/** @throws the query builder's error when there is no such account */
export const readHoldings = async (queries: Queries, accountId: number): Promise<Holdings> => {
  const row = await queries
    .selectFrom("account")
    .select(["name", "balance", "leased", "promo", "pending_debit", "frozen", "plan_id", "created_at"])
    .where("id", "=", BigInt(accountId))
    .executeTakeFirstOrThrow();
  return {
    balance: row.balance,
    leased: row.leased,
    promo: row.promo,
    pendingDebit: row.pending_debit,
    frozen: row.frozen === 1n,
    planId: row.plan_id,
    name: row.name,
    createdAt: Number(row.created_at),
  };
};
