/** Reads whole tables for exports, a page at a time, in the order of their ids. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { requestIdText } from "../../id.ts";
import type { Nano } from "../../money.ts";

/** The rows after an id, of what was made in a span of time: milliseconds since the epoch, the end is not in it. */
export interface ExportPage {
  readonly after: number;
  readonly limit: number;
  readonly from: number;
  readonly to: number;
}

export interface AccountRow {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly planId: string | null;
  readonly balance: Nano;
  readonly promo: Nano;
  readonly isFrozen: boolean;
  readonly createdAt: number;
}

/** Customers' accounts. */
export const accountRows = async (
  queries: Queries,
  { after, limit, from, to }: ExportPage,
): Promise<readonly AccountRow[]> => {
  const rows = await queries
    .selectFrom("account")
    .select(["id", "public_id", "name", "plan_id", "balance", "promo", "frozen", "created_at"])
    .where("kind", "=", "customer")
    .where("id", ">", BigInt(after))
    .where("created_at", ">=", BigInt(from))
    .where("created_at", "<", BigInt(to))
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: Number(row.id),
    publicId: row.public_id,
    name: row.name,
    planId: row.plan_id,
    balance: row.balance,
    promo: row.promo,
    isFrozen: row.frozen === 1n,
    createdAt: Number(row.created_at),
  }));
};

export interface TransferRow {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  /** Public ids; null on the side that is not an account's. */
  readonly debit: string | null;
  readonly credit: string | null;
  readonly amount: Nano;
  readonly requestId: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** Every transfer of the books; charges are requests, and each of their sums is one of these. */
export const transferRows = async (
  queries: Queries,
  { after, limit, from, to }: ExportPage,
): Promise<readonly TransferRow[]> => {
  const rows = await queries
    .selectFrom("transfer as t")
    .leftJoin("account as d", "d.id", "t.debit_account_id")
    .leftJoin("account as c", "c.id", "t.credit_account_id")
    .select(["t.id", "t.created_at", "t.kind", "t.amount", "t.request_id", "t.reason", "t.actor"])
    .select(["d.public_id as debit", "c.public_id as credit"])
    .where("t.id", ">", BigInt(after))
    .where("t.created_at", ">=", BigInt(from))
    .where("t.created_at", "<", BigInt(to))
    .orderBy("t.id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: Number(row.id),
    at: Number(row.created_at),
    kind: row.kind,
    debit: row.debit,
    credit: row.credit,
    amount: row.amount,
    requestId: row.request_id === null ? null : requestIdText(row.request_id),
    reason: row.reason,
    actor: row.actor,
  }));
};

/** A version of a price list; its parts are JSON with decimal strings, USD for a million units. */
export interface PriceVersionRow {
  readonly id: number;
  readonly model: string;
  readonly validFrom: number;
  readonly origin: string;
  readonly base: string;
  readonly tiers: string;
  readonly rounding: string;
}

/** Every version of every price list, by when it came into force. */
export const priceRows = async (
  queries: Queries,
  { after, limit, from, to }: ExportPage,
): Promise<readonly PriceVersionRow[]> => {
  const rows = await queries
    .selectFrom("price")
    .select(["id", "model", "valid_from", "origin", "base", "tiers", "rounding"])
    .where("id", ">", BigInt(after))
    .where("valid_from", ">=", BigInt(from))
    .where("valid_from", "<", BigInt(to))
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ id, model, valid_from, origin, base, tiers, rounding }) => ({
    id: Number(id),
    model,
    validFrom: Number(valid_from),
    origin,
    base,
    tiers,
    rounding,
  }));
};

/** Who took a copy of what leaves the house. */
export const recordExport = (
  database: Database,
  order: { readonly actor: string; readonly what: string },
): Promise<void> =>
  database.transaction((queries) =>
    recordAudit(queries, { actor: order.actor, action: "export.read", object: order.what, detail: {} }),
  );
