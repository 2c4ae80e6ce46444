/** Credits and debits by hand: one transfer, two balances and one line of the audit log, in one transaction (I-68). */
import { setTimeout as sleep } from "node:timers/promises";

import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { checked, formatNano, type Nano } from "../money.ts";
import { ACCOUNTS, checkOrder, credited, TransferRefused, type Posting, type TransferOrder } from "./transfer.ts";

/** How long a debit waits for running servers to return what they have borrowed and do not use. */
const RECALL_WAIT_MS = 2_000;
const RECALL_PAUSE_MS = 50;

interface Customer {
  readonly publicId: string;
  readonly balance: Nano;
  readonly leased: Nano;
}

const readCustomer = async (queries: Queries, accountId: number): Promise<Customer> => {
  const row = await queries
    .selectFrom("account")
    .select(["public_id", "balance", "leased"])
    .where("id", "=", BigInt(accountId))
    .where("kind", "=", "customer")
    .executeTakeFirst();
  if (row === undefined) throw new TransferRefused("No such account.");
  return { publicId: row.public_id, balance: row.balance, leased: row.leased };
};

/** The posting that an earlier transfer with the same key made. @throws TransferRefused when that moved something else. */
const replay = async (queries: Queries, order: TransferOrder, kind: "credit" | "debit"): Promise<Posting | null> => {
  if (order.idempotencyKey === null) return null;
  const row = await queries
    .selectFrom("transfer")
    .selectAll()
    .where("idempotency_key", "=", order.idempotencyKey)
    .executeTakeFirst();
  if (row === undefined) return null;
  const customer = kind === "credit" ? row.credit_account_id : row.debit_account_id;
  if (row.kind !== kind || row.amount !== order.amount || customer !== BigInt(order.accountId))
    throw new TransferRefused("This idempotency key was used for another transfer.");
  const { balance } = await readCustomer(queries, order.accountId);
  return { transferId: Number(row.id), balance, replayed: true };
};

const post = async (queries: Queries, order: TransferOrder, kind: "credit" | "debit"): Promise<number> => {
  const counterpart = ACCOUNTS[order.counterpart ?? "adjustments"];
  const [debit, credit] = kind === "credit" ? [counterpart, order.accountId] : [order.accountId, counterpart];
  const { id } = await queries
    .insertInto("transfer")
    .values({
      debit_account_id: debit,
      credit_account_id: credit,
      amount: order.amount,
      kind,
      request_id: null,
      reason: order.reason,
      actor: order.actor,
      idempotency_key: order.idempotencyKey,
      created_at: Date.now(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const other = await queries
    .selectFrom("account")
    .select("balance")
    .where("id", "=", BigInt(counterpart))
    .executeTakeFirstOrThrow();
  await queries
    .updateTable("account")
    .set({ balance: checked(kind === "credit" ? other.balance - order.amount : other.balance + order.amount) })
    .where("id", "=", BigInt(counterpart))
    .execute();
  return Number(id);
};

const record = (queries: Queries, order: TransferOrder, entry: { action: string; object: string }): Promise<void> =>
  recordAudit(queries, {
    actor: order.actor,
    ...entry,
    detail: { amount: formatNano(order.amount), reason: order.reason },
  });

/**
 * Adds money to a customer's account. A running server needs no notice: it reads the balance when it borrows.
 * @throws TransferRefused for what is not positive, does not fit 64 bits, or names no account (E115): nothing is written then.
 */
export const credit = async (database: Database, order: TransferOrder): Promise<Posting> => {
  checkOrder(order);
  return database.transaction(async (queries) => {
    const earlier = await replay(queries, order, "credit");
    if (earlier !== null) return earlier;
    const customer = await readCustomer(queries, order.accountId);
    const balance = credited(customer.balance, order.amount);
    const transferId = await post(queries, order, "credit");
    await queries.updateTable("account").set({ balance }).where("id", "=", BigInt(order.accountId)).execute();
    await record(queries, order, { action: "account.credit", object: customer.publicId });
    return { transferId, balance, replayed: false };
  });
};

/** @returns null when too much of the balance is borrowed; the borrowers are then asked to return what they do not use. */
const tryDebit = (database: Database, order: TransferOrder): Promise<Posting | null> =>
  database.transaction(async (queries) => {
    const earlier = await replay(queries, order, "debit");
    if (earlier !== null) return earlier;
    const customer = await readCustomer(queries, order.accountId);
    if (customer.balance < order.amount)
      throw new TransferRefused(
        `The balance is ${formatNano(customer.balance)}; ${formatNano(order.amount)} cannot be taken from it.`,
      );
    if (customer.balance - customer.leased < order.amount) {
      await queries
        .updateTable("lease")
        .set({ recall: 1 })
        .where("account_id", "=", BigInt(order.accountId))
        .where("state", "=", "open")
        .where("recall", "=", 0n)
        .execute();
      return null;
    }
    const transferId = await post(queries, order, "debit");
    const balance = customer.balance - order.amount;
    await queries.updateTable("account").set({ balance }).where("id", "=", BigInt(order.accountId)).execute();
    await record(queries, order, { action: "account.debit", object: customer.publicId });
    return { transferId, balance, replayed: false };
  });

/**
 * Takes money that no request holds from a customer's account, asking a running server for its slack first (§9.2 e, f).
 * @throws TransferRefused when the balance, or what of it is not held, does not cover the amount.
 */
export const debit = async (
  database: Database,
  order: TransferOrder,
  waitMs: number = RECALL_WAIT_MS,
): Promise<Posting> => {
  checkOrder(order);
  const end = performance.now() + waitMs;
  for (;;) {
    const posting = await tryDebit(database, order);
    if (posting !== null) return posting;
    if (performance.now() >= end)
      throw new TransferRefused(
        "Too much of the balance is held by running requests. Freeze the account or try again.",
      );
    await sleep(RECALL_PAUSE_MS);
  }
};
