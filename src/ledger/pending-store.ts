/**
 * Pending debits: what of a debit nobody could return in time (§9.2 f, docs/decisions/0041). The account is frozen; triggers of the
 * database collect in whatever transaction returns money or brings some in, so that no part of it is taken twice or missed.
 */
import { sql } from "kysely";

import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { formatNano } from "../money.ts";
import type { Posting } from "./transfer.ts";
import { firstPart, readCustomer, recall, record, type Entry } from "./transfer-store.ts";

/** Accounts that are thawed in one transaction. */
const THAWED_AT_ONCE = 100;
/** Who thaws, in the audit log. */
const ACTOR = "ledger";

/** Freezes the account, takes what is free and leaves the rest pending. */
export const begin = async (queries: Queries, entry: Entry): Promise<Posting> => {
  const { publicId } = await readCustomer(queries, entry.accountId);
  const { id } = await queries
    .insertInto("pending_debit")
    .values({
      account_id: entry.accountId,
      counterpart_id: entry.counterpart,
      amount: entry.amount,
      remaining: entry.amount,
      reason: entry.reason,
      actor: entry.actor,
      idempotency_key: entry.idempotencyKey,
      created_at: Date.now(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await queries
    .updateTable("account")
    .set((account) => ({
      pending_debit: account("pending_debit", "+", entry.amount),
      // One that an operator has frozen stays frozen.
      thaws: sql<number>`case when frozen = 1 and thaws = 0 then 0 else 1 end`,
      frozen: 1,
    }))
    .where("id", "=", BigInt(entry.accountId))
    .execute();
  await recall(queries, entry.accountId);
  const { remaining } = await queries
    .selectFrom("pending_debit")
    .select("remaining")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const { balance } = await readCustomer(queries, entry.accountId);
  const detail = { pending: formatNano(remaining) };
  await record(queries, entry, { action: "account.debit", object: publicId, detail });
  return { transferId: await firstPart(queries, id), balance, replayed: false, pending: remaining };
};

const collected = (queries: Queries) =>
  queries
    .selectFrom("account")
    .select(["id", "public_id"])
    .where("thaws", "=", 1n)
    .where("pending_debit", "=", 0n)
    .orderBy("id")
    .limit(THAWED_AT_ONCE);

/**
 * Thaws accounts that were frozen for pending debits only, once those are collected. Nothing but this thaws them: whoever collects is in
 * the midst of a commit, and servers have to be told. @returns how many there were
 */
export const thawCollected = async (database: Database): Promise<number> => {
  if ((await collected(database.kysely).limit(1).execute()).length === 0) return 0;
  return await database.transaction(async (queries) => {
    const accounts = await collected(queries).execute();
    for (const { id, public_id: object } of accounts) {
      await queries
        .updateTable("account")
        .set({ frozen: 0, thaws: 0 })
        .where("id", "=", id)
        .where("thaws", "=", 1n)
        .where("pending_debit", "=", 0n)
        .execute();
      const detail = { reason: "Its pending debits are collected." };
      await recordAudit(queries, { actor: ACTOR, action: "account.thaw", object, detail });
    }
    return accounts.length;
  });
};
