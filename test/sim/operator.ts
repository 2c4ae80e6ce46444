/** Steps of operators and of what looks after the books: money in and out, freezes, prices, plans and budgets, from outside all nodes. */
import { expect } from "vitest";

import { setFrozen } from "../../src/accounts/store.ts";
import { postgresFault } from "../../src/db/postgres-error.ts";
import { renewBudgets } from "../../src/keys/budget-store.ts";
import { credit, debit } from "../../src/ledger/credit-store.ts";
import { thawCollected } from "../../src/ledger/pending-store.ts";
import { buyPlan } from "../../src/ledger/plan-store.ts";
import { publishPrice } from "../../src/ledger/price-store.ts";
import { refund } from "../../src/ledger/refund-store.ts";
import { TransferRefused, type TransferOrder } from "../../src/ledger/transfer.ts";
import { EXACT } from "../../src/money.ts";
import { ACCOUNTS, accountOf, type SimAccount, type SimState, type StepOf } from "./state.ts";

/** How long a debit asks for money that is borrowed. */
const DEBIT_WAIT_MS = 0;

/** On a slow machine a transaction may wait longer for its turn than it is allowed to: nothing happened then. */
const isBusy = (error: unknown): boolean => postgresFault(error) === "busy";

const fulfilled = <T>(all: readonly PromiseSettledResult<T>[]): T[] => {
  for (const each of all)
    if (each.status === "rejected" && !isBusy(each.reason)) expect(each.reason).toBeInstanceOf(TransferRefused);
  return all.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
};

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

export class Operator {
  readonly #state: SimState;
  /** Plans that were bought, by account and plan. */
  readonly #plans = new Set<string>();

  constructor(state: SimState) {
    this.#state = state;
  }

  get #outside() {
    return this.#state.rig.outside;
  }

  async begin(): Promise<void> {
    await this.publish({ op: "price", input: 1_000_000, output: 5_000_000 });
    for (const each of ACCOUNTS) await this.#addAccount(each);
  }

  #order(account: number, amount: number): TransferOrder {
    const idempotencyKey = `order ${this.#state.next()}`;
    return { accountId: accountOf(account).id, amount: BigInt(amount), reason: "sim", actor: "sim", idempotencyKey };
  }

  /** The same order several times at once: money moves once (I-27, I-68). */
  async credit({ account, amount, times: count, isPromo }: StepOf<"credit">): Promise<void> {
    const order: TransferOrder = { ...this.#order(account, amount), counterpart: isPromo ? "promo" : "payments" };
    const done = fulfilled(await Promise.allSettled(times(count, () => credit(this.#outside, order))));
    if (done.length === 0) return;
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
    this.#state.moved(order.accountId, order.amount);
    this.#state.orders.push({ kind: "credit", order });
  }

  /** What is borrowed is pending, and taken when it comes back (§9.2 f). */
  async debit({ account, amount, times: count, mayOwe }: StepOf<"debit">): Promise<void> {
    const order: TransferOrder = { ...this.#order(account, amount), mayOwe };
    const debits = times(count, () => debit(this.#outside, order, DEBIT_WAIT_MS));
    const done = fulfilled(await Promise.allSettled(debits));
    if (done.length === 0) return;
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
    this.#state.moved(order.accountId, -order.amount);
    this.#state.orders.push({ kind: "debit", order });
  }

  /** §9.12: never more than was charged, whoever asks at once; the same key once. */
  async refund({ pick, share, times: count }: StepOf<"refund">): Promise<void> {
    const { requests, refunds } = this.#state;
    const charged = [...requests].filter(([, { receipt }]) => (receipt?.charge ?? 0n) > 0n);
    const [requestId, request] = charged[pick % Math.max(1, charged.length)] ?? [];
    if (requestId === undefined || request === undefined) return;
    const charge = request.receipt?.charge ?? 0n;
    const amount = share === null ? null : (charge * BigInt(share)) / 1_000n;
    const order = () => ({
      requestId,
      amount,
      reason: "sim",
      actor: "sim",
      idempotencyKey: `order ${this.#state.next()}`,
    });
    const all = await Promise.allSettled(times(count, () => refund(this.#outside, order())));
    for (const given of fulfilled(all)) {
      refunds.set(requestId, (refunds.get(requestId) ?? 0n) + given.amount);
      this.#state.moved(request.accountId, given.amount);
    }
    expect(refunds.get(requestId) ?? 0n, "refunds of a charge").toBeLessThanOrEqual(charge);
  }

  /** An earlier order comes again, as it was or changed: nothing moves. */
  async repeat({ pick, isChanged }: StepOf<"repeat">): Promise<void> {
    const { orders } = this.#state;
    const known = orders[pick % Math.max(1, orders.length)];
    if (known === undefined) return;
    const order = isChanged ? { ...known.order, amount: known.order.amount + 1n } : known.order;
    const move = known.kind === "credit" ? credit : debit;
    const again = move(this.#outside, order);
    if (isChanged) await expect(again).rejects.toBeInstanceOf(TransferRefused);
    else expect(await again).toMatchObject({ replayed: true });
  }

  /** I-41: a plan is paid for once, whoever asks how often and at what price. */
  async buy({ account, plan, fee, times: count }: StepOf<"buy">): Promise<void> {
    const { id: accountId } = accountOf(account);
    const planId = `plan-${plan}`;
    const order = { accountId, planId, fee: BigInt(fee) + 1n, actor: "sim" };
    const all = await Promise.allSettled(times(count, () => buyPlan(this.#outside, order, DEBIT_WAIT_MS)));
    const done = fulfilled(all);
    const name = `${accountId} ${planId}`;
    const paid = done.filter((posting) => posting?.replayed === false);
    expect(paid, "paid for once").toHaveLength(done.length === 0 || this.#plans.has(name) ? 0 : 1);
    if (paid.length === 0) return;
    this.#plans.add(name);
    this.#state.moved(accountId, -order.fee);
  }

  async setFrozen(account: number, frozen: boolean): Promise<void> {
    const change = { publicId: `acc_${accountOf(account).id}`, frozen, reason: "sim", actor: "sim" };
    await setFrozen(this.#outside, change);
    await this.#state.refresh();
  }

  async publish({ input, output }: StepOf<"price">): Promise<void> {
    const list = { base: { input: BigInt(input), output: BigInt(output) }, tiers: [], rounding: EXACT };
    this.#state.price = await this.#outside.transaction((queries) => publishPrice(queries, "m", list));
  }

  /** The day of the budgets is over. */
  async turnBudgets(): Promise<void> {
    await this.#state.rig.exec("update api_key set budget_until = 1 where budget_period is not null");
    expect(await renewBudgets(this.#outside)).toBe(ACCOUNTS.filter(({ isPeriodic }) => isPeriodic).length);
    this.#state.budgetTurns++;
  }

  /** What a gateway does each second. */
  async upkeep(): Promise<void> {
    await thawCollected(this.#outside);
    await this.#state.refresh();
  }

  async #addAccount({ id, keyId, budget, isPeriodic, start }: SimAccount): Promise<void> {
    await this.#state.rig.exec(
      `insert into account (id, public_id, kind, name, created_at) values (${id}, 'acc_${id}', 'customer', 'Account ${id}', 0)`,
    );
    await this.#outside.kysely
      .insertInto("api_key")
      .values({
        id: keyId,
        public_id: `key_${keyId}`,
        account_id: id,
        name: "k",
        hash: Buffer.alloc(32, keyId),
        prefix: "sk-",
        last4: "abcd",
        models: null,
        budget,
        created_at: 0,
        ...(isPeriodic ? { budget_period: "day", budget_until: Number.MAX_SAFE_INTEGER } : {}),
      })
      .execute();
    if (start === 0n) return;
    const order = { accountId: id, amount: start, reason: "sim", actor: "sim", idempotencyKey: null };
    await credit(this.#outside, order);
    this.#state.moved(id, start);
  }
}
