/** Buying a plan: one debit to plan fees, once and for ever, and the account is on the plan from its commit on (I-41). */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import type { Nano } from "../money.ts";
import { ACCOUNTS, checkOrder, type Posting } from "./transfer.ts";
import {
  checkCovers,
  findByKey,
  post,
  readCustomer,
  taking,
  record,
  type Entry,
  type Taking,
} from "./transfer-store.ts";

export interface PlanOrder {
  readonly accountId: number;
  readonly planId: string;
  /** What it costs, once; 0 for a plan that is free. */
  readonly fee: Nano;
  readonly actor: string;
}

/** Under which a plan is bought: whoever has bought it has it, whatever it costs by then. */
const keyOf = ({ accountId, planId }: Pick<PlanOrder, "accountId" | "planId">): string => `plan:${accountId}:${planId}`;

const putOn = async (queries: Queries, { accountId, planId, actor }: PlanOrder, object: string): Promise<void> => {
  await queries.updateTable("account").set({ plan_id: planId }).where("id", "=", BigInt(accountId)).execute();
  await recordAudit(queries, { actor, action: "account.plan", object, detail: { planId } });
};

const entryOf = (order: PlanOrder): Entry => ({
  kind: "plan_fee",
  accountId: order.accountId,
  direction: "from",
  counterpart: ACCOUNTS.planFees,
  amount: order.fee,
  requestId: null,
  reason: `Plan ${order.planId}`,
  actor: order.actor,
  idempotencyKey: keyOf(order),
});

/**
 * Puts an account on a plan that it pays for now, or has paid for before. Twice, at once or from several places: it pays once.
 * @returns null for a plan that costs nothing @throws TransferRefused when the balance, or what of it is not held, does not cover it
 */
export const buyPlan = async (database: Database, order: PlanOrder, waitMs?: number): Promise<Posting | null> => {
  if (order.fee === 0n)
    return await database.transaction(async (queries) => {
      const { publicId, planId } = await readCustomer(queries, order.accountId);
      if (planId !== order.planId) await putOn(queries, order, publicId);
      return null;
    });
  const entry = entryOf(order);
  checkOrder(entry);
  const attempt: Taking<Posting>["attempt"] = async (queries) => {
    const customer = await readCustomer(queries, order.accountId);
    const earlier = await findByKey(queries, keyOf(order));
    if (earlier !== undefined) {
      if (customer.planId !== order.planId) await putOn(queries, order, customer.publicId);
      return { transferId: Number(earlier.id), balance: customer.balance, replayed: true };
    }
    checkCovers(customer, order.fee);
    const posting = await post(queries, entry);
    if (posting === null) return null;
    await record(queries, entry, { action: "account.plan_fee", object: customer.publicId });
    await putOn(queries, order, customer.publicId);
    return posting;
  };
  return await taking(database, { accountId: order.accountId, attempt, waitMs });
};

/** Which of some plans an account has paid for. */
export const hasBought = async (
  queries: Queries,
  accountId: number,
  planIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const names = new Map(planIds.map((planId) => [keyOf({ accountId, planId }), planId]));
  if (names.size === 0) return new Set();
  const rows = await queries
    .selectFrom("transfer")
    .select("idempotency_key")
    .where("idempotency_key", "in", [...names.keys()])
    .execute();
  return new Set(rows.flatMap(({ idempotency_key: key }) => names.get(key ?? "") ?? []));
};
