/** What must be true of the database after a step, whatever the step was: the invariants, read and compared with the model. */
import { expect } from "vitest";

import { requestIdText } from "../../src/id.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { judge, type StoredRequest } from "./model.ts";
import { ACCOUNTS, type SimState } from "./state.ts";

const BALANCES = `
  select a.id, a.balance, a.leased, a.frozen, a.pending_debit, a.kind,
    coalesce((select sum(l.amount) from lease l where l.account_id = a.id and l.state <> 'returned'), 0) as leases
  from account a`;
/** What was put in and taken out, by what is there: a debit that is pending was ordered, and is not taken yet. */
const PUT = `
  select a.id, a.balance - a.pending_debit
    + coalesce((select sum(posted) from request r where r.account_id = a.id), 0) as put
  from account a where a.kind = 'customer' and a.id >= 10`;
const SPENT = "select key_id, sum(posted) as posted from request group by 1";
const STORED = "select * from request where outcome <> 'rejected' or price_id is not null";

export class Checks {
  readonly #state: SimState;

  constructor(state: SimState) {
    this.#state = state;
  }

  /** I-10, I-19, I-23. @param isThorough with the whole audit and every request */
  async run(isThorough: boolean): Promise<void> {
    const { rig, failures, requests, refunds } = this.#state;
    expect(failures).toEqual([]);
    expect(rig.fatal).toEqual([]);
    for (const { store } of rig.nodes) expect(store.wrongs).toEqual([]);
    // Memory first: a lease grows in the database before it does here, and shrinks here before it does there (§9.2 a).
    const held = this.#heldByAccount();
    let receipts = 0n;
    for (const { receipt } of requests.values()) receipts += receipt?.charge ?? 0n;
    let [sum, revenue] = [0n, 0n];
    for (const row of await rig.query(BALANCES)) {
      const { balance, leased, leases } = row as Record<string, bigint> & { balance: bigint; leased: bigint };
      sum += balance;
      if (row["kind"] === "revenue") revenue += balance;
      if (leases !== leased) expect(leases, "I-19").toBe(leased);
      if (row["kind"] === "customer") this.#checkCustomer(row, held);
    }
    if (sum !== 0n) expect(sum, "I-23").toBe(0n);
    for (const each of refunds.values()) receipts -= each;
    if (revenue < receipts) expect(revenue, "no receipt without its commit").toBeGreaterThanOrEqual(receipts);
    if (isThorough) await this.#checkAll();
  }

  /** By hand first: saying that all is well, a million times, takes longer than looking. */
  #checkCustomer(row: Record<string, unknown>, held: ReadonlyMap<number, bigint>): void {
    const {
      balance,
      leased,
      pending_debit: pending,
    } = row as Record<string, bigint> & { balance: bigint; leased: bigint };
    if (row["frozen"] === 0n && leased > balance) expect(leased, "I-10").toBeLessThanOrEqual(balance);
    if (balance < 0n) expect(balance, "I-10").toBeGreaterThanOrEqual(0n);
    const holds = held.get(Number(row["id"])) ?? 0n;
    if (holds > leased) expect(holds, "holds within leases").toBeLessThanOrEqual(leased);
    if (pending === 0n) return;
    expect(row["frozen"], "§9.2 f: frozen while a debit is pending").toBe(1n);
    expect(balance, "§9.2 f: what is free is collected at once").toBe(leased);
  }

  /** I-8, I-16, I-21, I-28, I-40, I-70: what is stored against what must be. */
  async #checkAll(): Promise<void> {
    const { rig, requests, replayed, running, put, budgetTurns } = this.#state;
    const { disagreements } = await audit(rig.outside);
    expect(disagreements).toEqual([]);
    const stored = await this.stored();
    const wrong = [...stored].flatMap(([id, row]) => judge(row, requests.get(id)) ?? []);
    expect(wrong).toEqual([]);
    for (const [id, { receipt }] of requests)
      if (receipt !== null && !stored.has(id)) expect.fail(`0 lost: ${id} was told its charge`);
    for (const id of replayed) if (!stored.has(id)) expect.fail(`I-28: ${id} was replayed, and never was`);
    this.#checkKeys(stored);
    for (const { key_id: keyId, posted } of await rig.query(SPENT)) {
      const budget = ACCOUNTS.find((account) => BigInt(account.keyId) === keyId);
      if (budget === undefined || budget.budget === null) continue;
      const most = budget.budget * BigInt(budget.isPeriodic ? budgetTurns + 1 : 1);
      expect(posted, "I-16: a budget, for each of its periods").toBeLessThanOrEqual(most);
    }
    if (running.length > 0) return;
    for (const row of await rig.query(PUT)) expect(row["put"], "I-70").toBe(put.get(Number(row["id"])) ?? 0n);
  }

  /** I-28: one charge for a key, whoever claimed it how often. */
  #checkKeys(stored: ReadonlyMap<string, StoredRequest>): void {
    for (const [key, claims] of this.#state.claims) {
      const charged = claims.filter((id) => (stored.get(id)?.posted ?? 0n) > 0n);
      if (charged.length > 1) expect(charged, `I-28: key ${key}`).toHaveLength(1);
    }
  }

  async stored(): Promise<ReadonlyMap<string, StoredRequest>> {
    const rows = await this.#state.rig.query(STORED);
    return new Map(
      rows.map((row) => [
        requestIdText(row["id"] as Uint8Array),
        {
          outcome: row["outcome"] as string,
          accountId: Number(row["account_id"]),
          keyId: Number(row["key_id"]),
          priceId: Number(row["price_id"]),
          hold: row["hold"] as bigint,
          posted: row["posted"] as bigint,
          absorbed: row["absorbed"] as bigint,
        },
      ]),
    );
  }

  /** What requests hold that nobody may have taken for lost, and what tasks hold. */
  #heldByAccount(): Map<number, bigint> {
    const held = new Map<number, bigint>();
    const add = (accountId: number, amount: bigint): void => {
      held.set(accountId, (held.get(accountId) ?? 0n) + amount);
    };
    for (const { token, node, generation } of this.#state.open)
      if (generation === node.generation) add(token.accountId, token.amount);
    for (const { accountId, hold, isEnded } of this.#state.tasks) if (!isEnded) add(accountId, hold);
    return held;
  }
}
