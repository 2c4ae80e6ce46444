/** The books at a glance: what every side of them holds, what servers have borrowed, and who is frozen. One statement is one moment. */
import { sql } from "kysely";

import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import type { Nano } from "../../money.ts";

/** The sides of the books, as the ledger's accounts are of one kind each. */
export const SIDES = ["customer", "revenue", "payments", "promo", "absorbed", "plan_fees", "adjustments"] as const;
export type Side = (typeof SIDES)[number];

export interface SideSum {
  readonly side: Side;
  readonly accounts: number;
  readonly balance: Nano;
  readonly promo: Nano;
  readonly leased: Nano;
  readonly pending: Nano;
  readonly frozen: number;
}

interface SideRow {
  readonly kind: string;
  readonly accounts: bigint;
  readonly balance: bigint;
  readonly promo: bigint;
  readonly leased: bigint;
  readonly pending: bigint;
  readonly frozen: bigint;
}

const EMPTY: Omit<SideRow, "kind"> = { accounts: 0n, balance: 0n, promo: 0n, leased: 0n, pending: 0n, frozen: 0n };

/** What each side holds, all of one moment: they sum to zero (I-23). */
export const readSides = async (queries: Queries): Promise<readonly SideSum[]> => {
  const { rows } = await sql<SideRow>`
    select kind, count(*) as accounts, cast(sum(balance) as bigint) as balance, cast(sum(promo) as bigint) as promo,
      cast(sum(leased) as bigint) as leased, cast(sum(pending_debit) as bigint) as pending, cast(sum(frozen) as bigint) as frozen
    from account group by kind`.execute(queries);
  const byKind = new Map(rows.map((row) => [row.kind, row]));
  return SIDES.map((side) => {
    const { accounts, balance, promo, leased, pending, frozen } = byKind.get(side) ?? EMPTY;
    return { side, accounts: Number(accounts), balance, promo, leased, pending, frozen: Number(frozen) };
  });
};

/** What tasks have borrowed, each of which is its own owner. */
export const borrowedByTasks = async (
  queries: Queries,
): Promise<{ readonly tasks: number; readonly borrowed: Nano }> => {
  const { rows } = await sql<{ tasks: bigint; borrowed: bigint | null }>`
    select count(*) as tasks, cast(sum(amount) as bigint) as borrowed
    from lease where state <> 'returned' and owner like 'task:%'`.execute(queries);
  return { tasks: Number(rows[0]?.tasks ?? 0n), borrowed: rows[0]?.borrowed ?? 0n };
};

export interface FrozenAccount {
  readonly publicId: string;
  readonly name: string;
  readonly balance: Nano;
  readonly pending: Nano;
}

/** Accounts that spend nothing now; at most `limit`, the newest first. */
export const frozenAccounts = async (queries: Queries, limit: number): Promise<readonly FrozenAccount[]> => {
  const rows = await queries
    .selectFrom("account")
    .select(["public_id", "name", "balance", "pending_debit"])
    .where("kind", "=", "customer")
    .where("frozen", "=", 1n)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    publicId: row.public_id,
    name: row.name,
    balance: row.balance,
    pending: row.pending_debit,
  }));
};

/** What an audit that somebody has run is called in the audit log. */
const AUDIT_ACTION = "books.audit";
const AUDIT_OBJECT = "books";

export interface AuditRun {
  readonly at: number;
  readonly actor: string;
  readonly accounts: number;
  readonly transfers: number;
  readonly requests: number;
  readonly disagreements: number;
  readonly tookMs: number;
}

/** Writes down what an audit has found. */
export const recordRun = (database: Database, { actor, ...detail }: Omit<AuditRun, "at">): Promise<void> =>
  database.transaction((queries) =>
    recordAudit(queries, { actor, action: AUDIT_ACTION, object: AUDIT_OBJECT, detail }),
  );

/** The last audit that somebody has run from here; null: none. */
export const lastAudit = async (queries: Queries): Promise<AuditRun | null> => {
  const row = await queries
    .selectFrom("audit_log")
    .select(["at", "actor", "detail"])
    .where("object", "=", AUDIT_OBJECT)
    .where("action", "=", AUDIT_ACTION)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const detail = JSON.parse(row.detail) as Omit<AuditRun, "at" | "actor">;
  const { accounts, transfers, requests, disagreements, tookMs } = detail;
  return { at: Number(row.at), actor: row.actor, accounts, transfers, requests, disagreements, tookMs };
};
