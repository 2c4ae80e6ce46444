/** Accounts in the database. Money is moved by the ledger only. */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import type { Schema } from "../db/schema.ts";
import { sql, type Selectable } from "kysely";

import { newPublicId } from "../id.ts";
import type { Account } from "./account.ts";

const toAccount = (row: Selectable<Schema["account"]>): Account => ({
  id: Number(row.id),
  publicId: row.public_id,
  name: row.name,
  balance: row.balance,
  leased: row.leased,
  frozen: row.frozen === 1n,
  pendingDebit: row.pending_debit,
  planId: row.plan_id,
  createdAt: Number(row.created_at),
});

export interface NewAccount {
  /** Already clean (see `cleanName`). */
  readonly name: string;
  readonly planId: string | null;
  readonly actor: string;
}

/** As `createAccount`, inside a transaction that is under way. */
export const addAccount = async (queries: Queries, { name, planId, actor }: NewAccount): Promise<Account> => {
  const row = await queries
    .insertInto("account")
    .values({ public_id: newPublicId("acc_"), kind: "customer", name, plan_id: planId, created_at: Date.now() })
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordAudit(queries, { actor, action: "account.create", object: row.public_id, detail: { name, planId } });
  return toAccount(row);
};

/** Creates a customer's account with nothing in it. */
export const createAccount = (database: Database, account: NewAccount): Promise<Account> =>
  database.transaction((queries) => addAccount(queries, account));

/** A customer's account by its public id; undefined when there is none. The ledger's own accounts are never found. */
export const findAccount = async (queries: Queries, publicId: string): Promise<Account | undefined> => {
  const row = await queries
    .selectFrom("account")
    .selectAll()
    .where("public_id", "=", publicId)
    .where("kind", "=", "customer")
    .executeTakeFirst();
  return row && toAccount(row);
};

/** A page of customers' accounts, oldest first, after the account with id `after`. */
export const listAccounts = async (
  queries: Queries,
  { after = 0, limit = 100 }: { readonly after?: number; readonly limit?: number } = {},
): Promise<readonly Account[]> => {
  const rows = await queries
    .selectFrom("account")
    .selectAll()
    .where("kind", "=", "customer")
    .where("id", ">", BigInt(after))
    .orderBy("id")
    .limit(Math.min(limit, 1_000))
    .execute();
  return rows.map(toAccount);
};

/** Freezes or thaws an account. A running server sees it within a second. @returns false when there is no such account. */
export const setFrozen = (
  database: Database,
  change: { readonly publicId: string; readonly frozen: boolean; readonly reason: string; readonly actor: string },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .updateTable("account")
      // As long as a debit is pending it stays frozen, and is thawed when that is collected.
      .set(
        change.frozen
          ? { frozen: 1, thaws: 0 }
          : {
              frozen: sql<number>`case when pending_debit > 0 then 1 else 0 end`,
              thaws: sql<number>`case when pending_debit > 0 then 1 else 0 end`,
            },
      )
      .where("public_id", "=", change.publicId)
      .where("kind", "=", "customer")
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    await recordAudit(queries, {
      actor: change.actor,
      action: change.frozen ? "account.freeze" : "account.thaw",
      object: change.publicId,
      detail: { reason: change.reason },
    });
    return true;
  });

/** Sets an account's plan; holds taken after the commit use it (I-41). @returns false when there is no such account. */
export const setPlan = (
  database: Database,
  change: { readonly publicId: string; readonly planId: string | null; readonly actor: string },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .updateTable("account")
      .set({ plan_id: change.planId })
      .where("public_id", "=", change.publicId)
      .where("kind", "=", "customer")
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    const { publicId: object, planId, actor } = change;
    await recordAudit(queries, { actor, action: "account.plan", object, detail: { planId } });
    return true;
  });

/** How many customers' accounts are on each plan; null: on none of their own. */
export const accountsByPlan = async (queries: Queries): Promise<ReadonlyMap<string | null, number>> => {
  const rows = await queries
    .selectFrom("account")
    .select(({ fn }) => ["plan_id", fn.countAll<bigint>().as("accounts")])
    .where("kind", "=", "customer")
    .groupBy("plan_id")
    .execute();
  return new Map(rows.map(({ plan_id, accounts }) => [plan_id, Number(accounts)]));
};

/** What to call accounts, by their ids; at most 1,000. */
export const accountNames = async (
  queries: Queries,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Pick<Account, "publicId" | "name">>> => {
  if (ids.length === 0) return new Map();
  const rows = await queries
    .selectFrom("account")
    .select(["id", "public_id", "name"])
    .where("id", "in", ids.slice(0, 1_000).map(BigInt))
    .execute();
  return new Map(rows.map(({ id, public_id, name }) => [Number(id), { publicId: public_id, name }]));
};
