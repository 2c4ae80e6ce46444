/** Customers' accounts as an operator looks for them: by name, owner, id or key, with what they brought in thirty days. */
import { sql, type ExpressionBuilder, type SqlBool } from "kysely";

import type { Queries } from "../../db/connect.ts";
import type { Schema } from "../../db/schema.ts";
import type { Nano } from "../../money.ts";

/** Days of the sums beside an account, with this one. */
export const BROUGHT_DAYS = 30;
const DAY_MS = 86_400_000;

export const ACCOUNT_STATES = ["open", "frozen", "owing"] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** What an account brought: nano-units, all exact. */
export interface Brought {
  readonly requests: number;
  /** Charged, less what was given back. */
  readonly revenue: Nano;
  readonly cost: Nano;
}

export interface AccountLine {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly balance: Nano;
  readonly promo: Nano;
  readonly leased: Nano;
  readonly pending: Nano;
  readonly isFrozen: boolean;
  readonly planId: string | null;
  readonly createdAt: number;
  /** The address of who owns it longest; null: nobody yet. */
  readonly owner: string | null;
  readonly brought: Brought;
}

export interface AccountSearch {
  /** A part of the name, the beginning of an owner's address, an account's or a key's whole id, or a key's last four characters. */
  readonly text: string | null;
  readonly state: AccountState | null;
  readonly planId: string | null;
  /** Accounts older than the one with this id; null: from the newest on. */
  readonly before: number | null;
  readonly limit: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** A text for `like` in which nothing but itself is meant. */
const literally = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("%", "\\%").replaceAll("_", "\\_");

const matches = (build: ExpressionBuilder<Schema, "account">, text: string) => {
  const part = literally(text.toLowerCase());
  return build.or([
    build("public_id", "=", text),
    sql<SqlBool>`lower(name) like ${`%${part}%`} escape '\\'`,
    build("id", "in", (inner) =>
      inner
        .selectFrom("membership as m")
        .innerJoin("person as p", "p.id", "m.person_id")
        .select("m.account_id")
        .where(sql<SqlBool>`p.email like ${`${part}%`} escape '\\'`),
    ),
    build("id", "in", (inner) =>
      inner
        .selectFrom("api_key")
        .select("account_id")
        .where((key) => key.or([key("last4", "=", text), key("public_id", "=", text)])),
    ),
  ]);
};

const ownersOf = async (queries: Queries, ids: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> => {
  const rows = await queries
    .selectFrom("membership as m")
    .innerJoin("person as p", "p.id", "m.person_id")
    .select(["m.account_id", "p.email"])
    .where("m.role", "=", "owner")
    .where("m.account_id", "in", ids)
    .orderBy("m.created_at", "desc")
    .execute();
  return new Map(rows.map(({ account_id: id, email }) => [id, email]));
};

const NOTHING: Brought = { requests: 0, revenue: 0n, cost: 0n };

const broughtBy = async (
  queries: Queries,
  ids: readonly bigint[],
  now: number,
): Promise<ReadonlyMap<bigint, Brought>> => {
  const rows = await queries
    .selectFrom("rollup_day")
    .select("account_id")
    .select(({ fn }) => [
      fn.sum<bigint>("requests").as("requests"),
      fn.sum<bigint>("posted").as("posted"),
      fn.sum<bigint>("refunded").as("refunded"),
      fn.sum<bigint>("cost").as("cost"),
    ])
    .where("account_id", "in", ids)
    .where("day", ">", BigInt(Math.floor(now / DAY_MS) - BROUGHT_DAYS))
    .groupBy("account_id")
    .execute();
  return new Map(
    rows.map(({ account_id: id, requests, posted, refunded, cost }) => [
      id,
      { requests: Number(requests), revenue: posted - refunded, cost },
    ]),
  );
};

/** A page of accounts, the newest first. */
export const searchAccounts = async (queries: Queries, search: AccountSearch): Promise<readonly AccountLine[]> => {
  const { text, state, planId, before, limit, now } = search;
  let found = queries
    .selectFrom("account")
    .selectAll()
    .where("kind", "=", "customer")
    .orderBy("id", "desc")
    .limit(limit);
  if (before !== null) found = found.where("id", "<", BigInt(before));
  if (planId !== null) found = found.where("plan_id", "=", planId);
  if (state === "owing") found = found.where("pending_debit", ">", 0n);
  else if (state !== null) found = found.where("frozen", "=", state === "frozen" ? 1n : 0n);
  if (text !== null) found = found.where((build) => matches(build, text));
  const rows = await found.execute();
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const owners = await ownersOf(queries, ids);
  const brought = await broughtBy(queries, ids, now);
  return rows.map((row) => ({
    id: Number(row.id),
    publicId: row.public_id,
    name: row.name,
    balance: row.balance,
    promo: row.promo,
    leased: row.leased,
    pending: row.pending_debit,
    isFrozen: row.frozen === 1n,
    planId: row.plan_id,
    createdAt: Number(row.created_at),
    owner: owners.get(row.id) ?? null,
    brought: brought.get(row.id) ?? NOTHING,
  }));
};

/** What an operator's form has seen of an account when it was filled in: two forms that saw the same make one entry (E114). */
export const newestTransfer = async (queries: Queries, accountId: number): Promise<number> => {
  const newest = (side: "credit_account_id" | "debit_account_id") =>
    queries
      .selectFrom("transfer")
      .select("id")
      .where(side, "=", BigInt(accountId))
      .where("kind", "<>", "charges")
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst();
  const [into, out] = [await newest("credit_account_id"), await newest("debit_account_id")];
  return Math.max(Number(into?.id ?? 0n), Number(out?.id ?? 0n));
};

/** Who froze an account last, when and why. */
export interface Freeze {
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
}

/** The last freeze of each account, by their public ids; at most 200. */
export const lastFreezes = async (
  queries: Queries,
  publicIds: readonly string[],
): Promise<ReadonlyMap<string, Freeze>> => {
  if (publicIds.length === 0) return new Map();
  const rows = await queries
    .selectFrom("audit_log")
    .select(["at", "actor", "object", "detail"])
    .where("id", "in", (inner) =>
      inner
        .selectFrom("audit_log")
        .select(({ fn }) => fn.max("id").as("id"))
        .where("object", "in", publicIds.slice(0, 200))
        .where("action", "in", ["account.freeze", "account.debit"])
        .groupBy("object"),
    )
    .execute();
  return new Map(
    rows.map(({ object, at, actor, detail }) => {
      const { reason } = JSON.parse(detail) as { readonly reason?: unknown };
      return [object, { at: Number(at), actor, reason: typeof reason === "string" ? reason : "" }];
    }),
  );
};
