/** Credits and debits by hand: one transfer, two balances and one line of the audit log, in one transaction (I-68). */
import type { Database, Queries } from "../db/connect.ts";
import { begin } from "./pending-store.ts";
import { ACCOUNTS, checkOrder, credited, type Posting, type TransferOrder } from "./transfer.ts";
import { addPromo, checkCovers, post, readCustomer, record, replay, taking, type Entry } from "./transfer-store.ts";

const entryOf = (order: TransferOrder, kind: "credit" | "debit"): Entry => ({
  kind,
  accountId: order.accountId,
  direction: kind === "credit" ? "to" : "from",
  counterpart: ACCOUNTS[order.counterpart ?? "adjustments"],
  amount: order.amount,
  requestId: null,
  reason: order.reason,
  actor: order.actor,
  idempotencyKey: order.idempotencyKey,
});

/** As `credit`, inside a transaction that is under way. @throws TransferRefused */
export const addCredit = async (queries: Queries, order: TransferOrder): Promise<Posting> => {
  checkOrder(order);
  const entry = entryOf(order, "credit");
  const earlier = await replay(queries, entry);
  if (earlier !== null) return earlier;
  const customer = await readCustomer(queries, order.accountId);
  const most = credited(customer.balance, order.amount);
  const posting = await post(queries, entry);
  if (order.counterpart === "promo") await addPromo(queries, order.accountId, order.amount);
  await record(queries, order, { action: "account.credit", object: customer.publicId });
  return posting ?? { transferId: 0, balance: most, replayed: false };
};

/**
 * Adds money to a customer's account. A running server needs no notice: it reads the balance when it borrows.
 * @throws TransferRefused for what is not positive, does not fit 64 bits, or names no account (E115): nothing is written then.
 */
export const credit = (database: Database, order: TransferOrder): Promise<Posting> =>
  database.transaction((queries) => addCredit(queries, order));

/**
 * Takes money from a customer's account, asking a running server for its slack first (§9.2 e, f). What requests hold all the same is
 * pending: the account is frozen, and what they return is collected as they return it.
 * @throws TransferRefused when the balance does not cover the amount
 */
export const debit = async (database: Database, order: TransferOrder, waitMs?: number): Promise<Posting> => {
  checkOrder(order);
  const entry = entryOf(order, "debit");
  const attempt = async (queries: Queries): Promise<Posting | null> => {
    const earlier = await replay(queries, entry);
    if (earlier !== null) return earlier;
    const customer = await readCustomer(queries, order.accountId);
    if (order.mayOwe !== true) checkCovers(customer, order.amount);
    const posting = await post(queries, entry);
    if (posting !== null) await record(queries, order, { action: "account.debit", object: customer.publicId });
    return posting;
  };
  const short = (queries: Queries): Promise<Posting> => begin(queries, entry);
  return await taking(database, { accountId: order.accountId, attempt, short, waitMs });
};
