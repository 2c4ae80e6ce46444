/**
 * The audit: derives every balance again from the transfers and every charge again from its usage and price (I-8, I-70, I-71).
 * It reads one snapshot of the database, blocks nobody who writes, and repairs nothing.
 */
import type { DatabaseSync } from "node:sqlite";

import type { Database } from "../db/connect.ts";
import { requestIdText } from "../id.ts";
import { formatNano, MoneyError } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { UNITS, type Unit, type Usage } from "../unit.ts";
import { isCharged, OUTCOMES, type Outcome } from "./outcome.ts";
import { toPriceRow } from "./price-store.ts";
import { costsOf } from "./settlement.ts";
import { ACCOUNTS } from "./transfer.ts";

/** One row that disagrees. */
export interface Disagreement {
  readonly check: string;
  /** The account's, key's or request's public id. */
  readonly object: string;
  readonly detail: string;
}

export interface AuditReport {
  readonly accounts: number;
  readonly transfers: number;
  readonly requests: number;
  /** Empty when the books agree; at most MAX_DISAGREEMENTS. */
  readonly disagreements: readonly Disagreement[];
}

/** Enough to see what is wrong; a broken database must not fill the memory. */
export const MAX_DISAGREEMENTS = 1_000;

const CHARGED = OUTCOMES.filter(isCharged)
  .map((outcome) => `'${outcome}'`)
  .join(", ");

/** Queries that return a row for each disagreement: an object and the two values that should agree. */
const QUERIES = {
  "balance = sum of transfers": `
    select a.public_id as object, a.balance as found, coalesce(c.sum, 0) - coalesce(d.sum, 0) as expected
    from account a
    left join (select credit_account_id as id, sum(amount) as sum from transfer group by 1) c on c.id = a.id
    left join (select debit_account_id as id, sum(amount) as sum from transfer group by 1) d on d.id = a.id
    where a.balance <> coalesce(c.sum, 0) - coalesce(d.sum, 0)`,
  "leased = sum of open leases": `
    select a.public_id as object, a.leased as found, coalesce(l.sum, 0) as expected
    from account a
    left join (select account_id, sum(amount) as sum from lease where state <> 'returned' group by 1) l on l.account_id = a.id
    where a.leased <> coalesce(l.sum, 0)`,
  "leased <= balance": `
    select public_id as object, leased as found, balance as expected
    from account where kind = 'customer' and frozen = 0 and (leased > balance or balance < 0)`,
  "all balances sum to zero": `
    select 'all accounts' as object, sum(balance) as found, 0 as expected from account having sum(balance) <> 0`,
  "one charge per charged request": `
    select hex(r.id) as object, count(t.id) as found, 1 as expected
    from request r left join transfer t on t.request_id = r.id and t.kind = 'charge'
    where r.outcome in (${CHARGED}) group by r.id having count(t.id) <> 1`,
  "no charge for an uncharged outcome": `
    select hex(r.id) as object, t.amount as found, 0 as expected
    from request r join transfer t on t.request_id = r.id and t.kind = 'charge' where r.outcome not in (${CHARGED})`,
  "charge = what the request posted": `
    select hex(t.request_id) as object, t.amount as found, r.posted as expected
    from transfer t left join request r on r.id = t.request_id
    where t.kind = 'charge' and (r.id is null or r.posted <> t.amount or r.account_id <> t.debit_account_id
      or t.credit_account_id <> ${ACCOUNTS.revenue})`,
  "posted <= hold": `
    select hex(id) as object, posted as found, hold as expected from request where posted > hold or posted < 0`,
  "spent = what the key's requests posted": `
    select k.public_id as object, k.spent as found, coalesce(r.sum, 0) as expected
    from api_key k left join (select key_id, sum(posted) as sum from request group by 1) r on r.key_id = k.id
    where k.budget is not null and (k.spent <> coalesce(r.sum, 0) or k.spent > k.budget)`,
} as const;

const HEX_ID = 32;

const objectName = (text: string, check: string): string =>
  check.includes("request") || check.includes("charge") || check.startsWith("posted")
    ? text.length === HEX_ID
      ? requestIdText(Buffer.from(text, "hex"))
      : text
    : text;

const runQuery = (sqlite: DatabaseSync, check: string, sql: string): Disagreement[] =>
  sqlite
    .prepare(`${sql} limit ${MAX_DISAGREEMENTS}`)
    .all()
    .map((row) => ({
      check,
      object: objectName(String(row["object"]), check),
      detail: `${String(row["found"])} instead of ${row["expected"] === null ? "nothing" : String(row["expected"])}`,
    }));

type Row = Readonly<Record<string, unknown>>;

const usageOf = (row: Row): Usage => {
  const usage: Partial<Record<Unit, number>> = {};
  for (const unit of UNITS) {
    const count = row[unit];
    if (typeof count === "bigint") usage[unit] = Number(count);
  }
  return usage;
};

/** What is wrong with a request's amounts, computed anew from its usage, price row and multiplier; null when they agree (I-8). */
const recompute = (row: Row, prices: ReadonlyMap<bigint, PriceRow>): string | null => {
  const [priceId, num, den] = [row["price_id"], row["multiplier_num"], row["multiplier_den"]];
  const [exact, posted, absorbed, hold] = [row["exact"], row["posted"], row["absorbed"], row["hold"]] as bigint[];
  if (exact === undefined || posted === undefined || absorbed === undefined || hold === undefined) return "no amounts";
  if (priceId === null) return exact + posted + absorbed + hold === 0n ? null : "amounts without a price";
  const price = prices.get(priceId as bigint);
  if (price === undefined || typeof num !== "bigint" || typeof den !== "bigint") return "no price row";
  try {
    const costs = costsOf({ row: price, multiplier: { num, den }, planId: null }, usageOf(row));
    const charged = isCharged(row["outcome"] as Outcome);
    const expected = !charged ? 0n : costs.amount < hold ? costs.amount : hold;
    if (costs.exact === exact && expected === posted && costs.amount - expected === absorbed) return null;
    return `recomputed ${formatNano(expected)}, posted ${formatNano(posted)}`;
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    return error.message;
  }
};

const readPrices = (sqlite: DatabaseSync): Map<bigint, PriceRow> => {
  const prices = new Map<bigint, PriceRow>();
  for (const row of sqlite.prepare("select * from price").all())
    prices.set(row["id"] as bigint, toPriceRow(row as unknown as Parameters<typeof toPriceRow>[0]));
  return prices;
};

const recomputeAll = (sqlite: DatabaseSync): Disagreement[] => {
  const check = "charge recomputed from usage and price";
  const prices = readPrices(sqlite);
  const found: Disagreement[] = [];
  for (const row of sqlite.prepare("select * from request").iterate()) {
    const detail = recompute(row, prices);
    if (detail === null) continue;
    found.push({ check, object: requestIdText(row["id"] as Uint8Array), detail });
    if (found.length >= MAX_DISAGREEMENTS) break;
  }
  return found;
};

const count = (sqlite: DatabaseSync, table: "account" | "transfer" | "request"): number =>
  Number(sqlite.prepare(`select count(*) as n from ${table}`).get()?.["n"]);

/** Audits the whole database, in time proportional to its size; meant for a process of its own. */
export const audit = ({ sqlite }: Database): AuditReport => {
  sqlite.exec("begin");
  try {
    const disagreements = [
      ...Object.entries(QUERIES).flatMap(([check, sql]) => runQuery(sqlite, check, sql)),
      ...recomputeAll(sqlite),
    ].slice(0, MAX_DISAGREEMENTS);
    return {
      accounts: count(sqlite, "account"),
      transfers: count(sqlite, "transfer"),
      requests: count(sqlite, "request"),
      disagreements,
    };
  } finally {
    sqlite.exec("rollback");
  }
};
