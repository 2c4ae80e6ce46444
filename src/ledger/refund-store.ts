/** Refunds of charges: never more than was charged, each with its reason, the same one once (§9.12; decision 0029). */
import { unpackAttempts } from "../attempt.ts";
import type { Database, Queries } from "../db/connect.ts";
import { requestIdBytes, requestPeriod } from "../id.ts";
import { formatNano, type Nano } from "../money.ts";
import type { Refund } from "../refund.ts";
import { rollUpRefund } from "./rollup-store.ts";
import { ACCOUNTS, checkOrder, credited, TransferRefused, type Posting } from "./transfer.ts";
import { addPromo, post, readCustomer, record, replay, type Customer, type Entry } from "./transfer-store.ts";

export interface RefundOrder {
  readonly requestId: string;
  /** Null: all that was not refunded yet. */
  readonly amount: Nano | null;
  readonly reason: string;
  readonly actor: string;
  /** The same key never refunds twice; null when the caller does not repeat itself. */
  readonly idempotencyKey: string | null;
}

export interface RefundPosting extends Posting {
  readonly amount: Nano;
  readonly accountId: string;
}

const refundsOf = (queries: Queries, id: Uint8Array) =>
  queries.selectFrom("transfer").selectAll().where("request_id", "=", id).where("kind", "=", "refund").orderBy("id");

/** What was given back of a charge, oldest first. */
export const listRefunds = async (queries: Queries, requestId: string): Promise<readonly Refund[]> => {
  const id = requestIdBytes(requestId);
  if (id === null) return [];
  const rows = await refundsOf(queries, id).execute();
  return rows.map((row) => ({ amount: row.amount, reason: row.reason ?? "", at: Number(row.created_at) }));
};

/** What an account was given as promotional credit, ever. */
const promoGiven = async (queries: Queries, accountId: number): Promise<Nano> => {
  const row = await queries
    .selectFrom("transfer")
    .select(({ fn }) => fn.sum<bigint | null>("amount").as("sum"))
    .where("credit_account_id", "=", BigInt(accountId))
    .where("debit_account_id", "=", BigInt(ACCOUNTS.promo))
    .where("kind", "=", "credit")
    .executeTakeFirstOrThrow();
  return row.sum ?? 0n;
};

/**
 * How much of a refund is promotional credit again: as much as was spent of it. Which charge it was spent on is not kept, so that
 * no charge and its refund can turn credit that was given into credit that was paid for.
 */
export const promoOf = (amount: Nano, given: Nano, left: Nano): Nano => {
  const spent = given > left ? given - left : 0n;
  return amount < spent ? amount : spent;
};

const giveBack = async (queries: Queries, entry: Entry, customer: Customer): Promise<Posting> => {
  credited(customer.balance, entry.amount);
  const again = promoOf(entry.amount, await promoGiven(queries, entry.accountId), customer.promo);
  const posting = await post(queries, entry);
  if (posting === null) throw new TransferRefused("The account could not be credited.");
  if (again > 0n) await addPromo(queries, entry.accountId, again);
  return posting;
};

/**
 * Gives back a charge, or a part of it.
 * @throws TransferRefused when there is no such charge, or more would be given back than was charged
 */
export const refund = async (database: Database, order: RefundOrder): Promise<RefundPosting> => {
  const id = requestIdBytes(order.requestId);
  if (id === null) throw new TransferRefused("No such request.");
  // Write transactions take turns, so that the sum below is still true when the refund is posted.
  return await database.transaction(async (queries) => {
    const charge = await queries
      .selectFrom("request")
      .select(["account_id", "key_id", "price_id", "model", "attempts", "posted"])
      .where("period", "=", BigInt(requestPeriod(id)))
      .where("id", "=", id)
      .executeTakeFirst();
    if (charge === undefined) throw new TransferRefused("No such request.");
    const earlier = await refundsOf(queries, id).execute();
    const before = earlier.find(({ idempotency_key: key }) => key !== null && key === order.idempotencyKey);
    const left = charge.posted - earlier.reduce((sum, { amount }) => sum + amount, 0n);
    const amount = order.amount ?? before?.amount ?? left;
    const entry: Entry = {
      kind: "refund",
      accountId: Number(charge.account_id),
      direction: "to",
      counterpart: ACCOUNTS.revenue,
      amount,
      requestId: id,
      reason: order.reason,
      actor: order.actor,
      idempotencyKey: order.idempotencyKey,
    };
    const customer = await readCustomer(queries, entry.accountId);
    const replayed = await replay(queries, entry);
    if (replayed !== null) return { ...replayed, amount, accountId: customer.publicId };
    if (left === 0n) throw new TransferRefused("Nothing of this request is left to be refunded.");
    checkOrder(entry);
    if (amount > left) throw new TransferRefused(`Only ${formatNano(left)} of this charge is left to be refunded.`);
    const posting = await giveBack(queries, entry, customer);
    const rolledUp = {
      id,
      accountId: entry.accountId,
      keyId: Number(charge.key_id),
      model: charge.price_id === null ? "" : charge.model,
      upstream: unpackAttempts(charge.attempts, charge.model).at(-1)?.upstream ?? "",
    };
    await rollUpRefund(queries, rolledUp, amount);
    const detail = { requestId: order.requestId };
    await record(queries, entry, { action: "charge.refund", object: customer.publicId, detail });
    return { ...posting, amount, accountId: customer.publicId };
  });
};
