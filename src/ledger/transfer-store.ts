/** What every transfer by hand is made of: two balances, one row, one line of the audit log, in the caller's transaction (I-23, I-68). */
import { setTimeout as sleep } from "node:timers/promises";

import { sql } from "kysely";

import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { formatNano, type Nano } from "../money.ts";
import { TransferRefused, type Posting } from "./transfer.ts";

/** How long a debit waits for running servers to return what they have borrowed and do not use. */
const RECALL_WAIT_MS = 2_000;
const RECALL_PAUSE_MS = 50;

export interface Customer {
  readonly publicId: string;
  readonly balance: Nano;
  /** The part of the balance that is promotional credit. */
  readonly promo: Nano;
  readonly planId: string | null;
}

/** @throws TransferRefused when there is no such customer */
export const readCustomer = async (queries: Queries, accountId: number): Promise<Customer> => {
  const row = await queries
    .selectFrom("account")
    .select(["public_id", "balance", "promo", "plan_id"])
    .where("id", "=", BigInt(accountId))
    .where("kind", "=", "customer")
    .executeTakeFirst();
  if (row === undefined) throw new TransferRefused("No such account.");
  return { publicId: row.public_id, balance: row.balance, promo: row.promo, planId: row.plan_id };
};

/** One movement between a customer and an account of the ledger's own. */
export interface Entry {
  readonly kind: "credit" | "debit" | "refund" | "plan_fee";
  /** The customer's account, and which way it goes. */
  readonly accountId: number;
  readonly direction: "to" | "from";
  /** One of `ACCOUNTS`. */
  readonly counterpart: number;
  readonly amount: Nano;
  /** The request that it is about, as stored. */
  readonly requestId: Uint8Array | null;
  readonly reason: string;
  readonly actor: string;
  readonly idempotencyKey: string | null;
}

/** The transfer with this idempotency key. */
export const findByKey = (queries: Queries, idempotencyKey: string) =>
  queries.selectFrom("transfer").selectAll().where("idempotency_key", "=", idempotencyKey).executeTakeFirst();

const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0;

/** The first transfer of a pending debit; 0 while nothing is collected. */
export const firstPart = async (queries: Queries, pendingId: bigint): Promise<number> => {
  const row = await queries
    .selectFrom("transfer")
    .select("id")
    .where("pending_id", "=", pendingId)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return Number(row?.id ?? 0n);
};

/** What an earlier debit with the same key has come to. @throws TransferRefused when it was for something else */
const replayPending = async (queries: Queries, entry: Entry): Promise<Posting | null> => {
  if (entry.idempotencyKey === null) return null;
  const row = await queries
    .selectFrom("pending_debit")
    .selectAll()
    .where("idempotency_key", "=", entry.idempotencyKey)
    .executeTakeFirst();
  if (row === undefined) return null;
  const isSame = entry.kind === "debit" && row.amount === entry.amount && row.account_id === BigInt(entry.accountId);
  if (!isSame) throw new TransferRefused("This idempotency key was used for another transfer.");
  const { balance } = await readCustomer(queries, entry.accountId);
  return { transferId: await firstPart(queries, row.id), balance, replayed: true, pending: row.remaining };
};

/** The posting that an earlier transfer with the same key made. @throws TransferRefused when that moved something else */
export const replay = async (queries: Queries, entry: Entry): Promise<Posting | null> => {
  if (entry.idempotencyKey === null) return null;
  const row = await findByKey(queries, entry.idempotencyKey);
  if (row === undefined) return await replayPending(queries, entry);
  const customer = entry.direction === "to" ? row.credit_account_id : row.debit_account_id;
  const isOther = row.kind !== entry.kind || row.amount !== entry.amount || customer !== BigInt(entry.accountId);
  if (isOther || !isSame(row.request_id, entry.requestId))
    throw new TransferRefused("This idempotency key was used for another transfer.");
  const { balance } = await readCustomer(queries, entry.accountId);
  return { transferId: Number(row.id), balance, replayed: true };
};

/**
 * Adds to a balance, or takes from it what nobody has borrowed. Relative and conditional: the ledger's own commits do not wait for
 * this transaction (I-11). @returns false when too much of it is borrowed
 */
const move = async (queries: Queries, accountId: number, amount: Nano): Promise<boolean> => {
  const row = await queries
    .updateTable("account")
    .set((account) => ({ balance: account("balance", "+", amount) }))
    .where("id", "=", BigInt(accountId))
    .where((account) =>
      account.or([
        account("kind", "<>", "customer"),
        account(account("balance", "+", amount), ">=", account.ref("leased")),
        account(account.val(amount), ">", 0n),
      ]),
    )
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
};

/** Posts an entry. @returns null when too much of the customer's balance is borrowed; nothing was written then */
export const post = async (queries: Queries, entry: Entry): Promise<Posting | null> => {
  const { accountId, counterpart, amount, direction } = entry;
  if (!(await move(queries, accountId, direction === "to" ? amount : -amount))) return null;
  const [debit, credit] = direction === "to" ? [counterpart, accountId] : [accountId, counterpart];
  const { id } = await queries
    .insertInto("transfer")
    .values({
      debit_account_id: debit,
      credit_account_id: credit,
      amount,
      kind: entry.kind,
      request_id: entry.requestId,
      reason: entry.reason,
      actor: entry.actor,
      idempotency_key: entry.idempotencyKey,
      created_at: Date.now(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await move(queries, counterpart, direction === "to" ? -amount : amount);
  // What is pending of an earlier debit is collected from what comes in, by a trigger that SQLite runs after it has answered.
  const { balance } = await readCustomer(queries, accountId);
  return { transferId: Number(id), balance, replayed: false };
};

/** The entry's line of the audit log. */
export const record = (
  queries: Queries,
  { amount, reason, actor }: Pick<Entry, "amount" | "reason" | "actor">,
  entry: { readonly action: string; readonly object: string; readonly detail?: Readonly<Record<string, string>> },
): Promise<void> =>
  recordAudit(queries, {
    actor,
    action: entry.action,
    object: entry.object,
    detail: { amount: formatNano(amount), reason, ...entry.detail },
  });

/** Promotional credit that is given, or given back; what a pending debit has collected of it already is spent. */
export const addPromo = async (queries: Queries, accountId: number, amount: Nano): Promise<void> => {
  await queries
    .updateTable("account")
    .set({ promo: sql`case when promo + ${amount} < balance then promo + ${amount} else balance end` })
    .where("id", "=", BigInt(accountId))
    .execute();
};

/** Asks whoever has borrowed of an account for what he does not use. */
export const recall = async (queries: Queries, accountId: number): Promise<void> => {
  await queries
    .updateTable("lease")
    .set({ recall: 1 })
    .where("account_id", "=", BigInt(accountId))
    .where("state", "=", "open")
    .where("recall", "=", 0n)
    .execute();
};

/** How money is taken: each step is one transaction's work. */
export interface Taking<T> {
  readonly accountId: number;
  /** Null when too much of the balance is borrowed. */
  readonly attempt: (queries: Queries) => Promise<T | null>;
  /** What is done instead when nobody has returned enough in time; a refusal when absent. */
  readonly short?: (queries: Queries) => Promise<T>;
  readonly waitMs?: number | undefined;
}

/**
 * Takes money from a customer, asking running servers for their slack first (§9.2 e, f).
 * @throws TransferRefused when what is not held does not cover the amount
 */
export const taking = async <T>(
  database: Database,
  { accountId, attempt, short, waitMs = RECALL_WAIT_MS }: Taking<T>,
): Promise<T> => {
  const end = performance.now() + waitMs;
  for (;;) {
    const isLast = performance.now() >= end;
    const done = await database.transaction(async (queries) => {
      const result = await attempt(queries);
      if (result === null && isLast && short !== undefined) return await short(queries);
      if (result === null) await recall(queries, accountId);
      return result;
    });
    if (done !== null) return done;
    if (isLast)
      throw new TransferRefused(
        "Too much of the balance is held by running requests. Freeze the account or try again.",
      );
    await sleep(RECALL_PAUSE_MS);
  }
};

/** @throws TransferRefused when a balance is less than what is to be taken from it */
export const checkCovers = ({ balance }: Customer, amount: Nano): void => {
  if (balance < amount)
    throw new TransferRefused(`The balance is ${formatNano(balance)}; ${formatNano(amount)} cannot be taken from it.`);
};
