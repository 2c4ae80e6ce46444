/**
 * Any order of operations, at any interleaving, with crashes: after every step the invariants hold, at the end the audit is clean.
 * FARTHING_SIM_RUNS sets the number of runs.
 */
import fc from "fast-check";
import { expect, it } from "vitest";

import { GatewayError } from "../errors.ts";
import { audit } from "./audit-store.ts";
import { credit, debit } from "./credit-store.ts";
import { ACCOUNT, addAccount, anOrder, aRejection, aSettlement, facts, KEY, openRig, type Rig } from "./fixtures.ts";
import type { HoldToken } from "./ledger.ts";
import { isCharged, OUTCOMES, type Outcome } from "./outcome.ts";
import { TransferRefused } from "./transfer.ts";

const ACCOUNTS = [
  { id: ACCOUNT, keyId: KEY, balance: 3_000_000_000n },
  { id: 20, keyId: 20, balance: 5_000n, budget: 4_000n },
  { id: 30, keyId: 30, balance: 0n },
] as const;
const RUNS = Number(process.env["FARTHING_SIM_RUNS"] ?? 60);

type Step =
  | { readonly op: "hold"; readonly account: number; readonly amount: number; readonly minimum: number }
  | { readonly op: "extend" | "settle"; readonly pick: number; readonly amount: number; readonly outcome: Outcome }
  | { readonly op: "credit" | "debit"; readonly account: number; readonly amount: number }
  | { readonly op: "freeze" | "thaw"; readonly account: number }
  | { readonly op: "reject" | "refresh" | "turn" | "drain" | "crash" };

const account = fc.nat(ACCOUNTS.length - 1);
const amount = fc.oneof(fc.nat(3_000), fc.nat(2_000_000_000));
const pick = fc.nat(1_000);
const outcome = fc.constantFrom(...OUTCOMES);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant("hold" as const), account, amount, minimum: fc.nat(3_000) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("extend" as const), pick, amount, outcome }) },
  { weight: 7, arbitrary: fc.record({ op: fc.constant("settle" as const), pick, amount, outcome }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("credit" as const, "debit" as const), account, amount }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom("freeze" as const, "thaw" as const), account }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constantFrom("reject", "refresh", "turn", "turn", "turn", "drain", "crash") }),
  },
) as fc.Arbitrary<Step>;

class World {
  readonly rig: Rig;
  #tokens: HoldToken[] = [];
  #running: Promise<void>[] = [];
  /** What went wrong in a promise, to be thrown at the next check. */
  #failures: unknown[] = [];
  /** What the customers were told they paid. */
  #receipts = 0n;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  async run(each: Step): Promise<void> {
    switch (each.op) {
      case "hold":
        this.#hold(each.account, BigInt(each.amount), BigInt(each.minimum));
        return;
      case "extend":
      case "settle":
        this.#onToken(each);
        return;
      case "credit":
      case "debit":
        await this.#move(each.op, each.account, BigInt(each.amount));
        return;
      case "freeze":
      case "thaw":
        await this.#freeze(each.account, each.op === "freeze");
        return;
      case "reject":
        this.rig.books.reject(aRejection());
        return;
      case "refresh":
        this.rig.books.refresh();
        return;
      case "turn":
        await new Promise(setImmediate);
        return;
      case "drain":
        await this.drain();
        return;
      case "crash":
        await this.#crash();
    }
  }

  async drain(): Promise<void> {
    await Promise.all(this.#running.splice(0));
  }

  /** Follows a promise of the books that are open now; what it says after a crash is nobody's business. */
  #follow<T>(promise: Promise<T>, onDone: (value: T) => void, onRefused?: (error: Error) => void): void {
    const { books } = this.rig;
    const done = promise.then(
      (value) => {
        if (books === this.rig.books) onDone(value);
      },
      (error: unknown) => {
        if (books !== this.rig.books) return;
        if (onRefused === undefined || !(error instanceof Error)) throw error;
        onRefused(error);
      },
    );
    this.#running.push(done.catch((error: unknown) => void this.#failures.push(error)));
  }

  #hold(index: number, amount: bigint, minimum: bigint): void {
    const { id, keyId } = ACCOUNTS[index] ?? ACCOUNTS[0];
    const order = anOrder(this.rig, amount, { accountId: id, keyId, minimum: minimum < amount ? minimum : amount });
    const keep = (token: HoldToken): void => {
      expect(token.amount).toBeLessThanOrEqual(amount);
      expect(token.amount).toBeGreaterThanOrEqual(order.minimum);
      this.#tokens.push(token);
    };
    const refused = (error: Error): void => {
      expect(error.name).toMatch(/^(AccountFrozen|InsufficientFunds|GatewayError)$/);
      if (error instanceof GatewayError) expect(error.code).toBe("key_budget_exceeded");
    };
    try {
      const held = this.rig.books.hold(order);
      if (held instanceof Promise) this.#follow(held, keep, refused);
      else keep(held);
    } catch (error) {
      refused(error as Error);
    }
  }

  #onToken({ op, pick, amount, outcome }: Extract<Step, { op: "extend" | "settle" }>): void {
    const token = this.#tokens[pick % Math.max(1, this.#tokens.length)];
    if (token === undefined) return;
    if (op === "extend") {
      const before = token.amount;
      this.#follow(Promise.resolve(this.rig.books.extend(token, BigInt(amount))), (granted) => {
        expect(token.amount).toBeGreaterThanOrEqual(before + (granted ? BigInt(amount) : 0n));
      });
      return;
    }
    this.#tokens = this.#tokens.filter((each) => each !== token);
    const held = token.amount;
    this.#follow(this.rig.books.settle(token, aSettlement(amount, { outcome })), (receipt) => {
      const most = BigInt(amount) < held ? BigInt(amount) : held;
      expect(receipt.charge).toBe(isCharged(outcome) ? most : 0n);
      expect(receipt.charge + receipt.absorbed).toBe(BigInt(amount));
      this.#receipts += receipt.charge;
    });
  }

  async #move(op: "credit" | "debit", index: number, amount: bigint): Promise<void> {
    const { id } = ACCOUNTS[index] ?? ACCOUNTS[0];
    const order = { accountId: id, amount, reason: "t", actor: "t", idempotencyKey: null };
    try {
      await (op === "credit" ? credit(this.rig.database, order) : debit(this.rig.database, order, 0));
    } catch (error) {
      expect(error).toBeInstanceOf(TransferRefused);
    }
  }

  async #freeze(index: number, frozen: boolean): Promise<void> {
    const { id } = ACCOUNTS[index] ?? ACCOUNTS[0];
    await this.rig.database.kysely
      .updateTable("account")
      .set({ frozen: frozen ? 1 : 0 })
      .where("id", "=", BigInt(id))
      .execute();
    this.rig.books.refresh();
  }

  /** Everything in memory is gone; what was queued is not committed, and its promises are nobody's any more. */
  async #crash(): Promise<void> {
    this.#running = [];
    this.#tokens = [];
    await this.rig.crash();
  }

  check(): void {
    expect(this.#failures).toEqual([]);
    const { sqlite } = this.rig.database;
    let held = 0n;
    for (const { id } of ACCOUNTS) {
      const { balance, leased, frozen } = facts(this.rig, id);
      if (frozen === 0n) expect(leased).toBeLessThanOrEqual(balance); // I-10
      const leases = sqlite
        .prepare("select sum(amount) as n from lease where account_id = ? and state <> 'returned'")
        .get(id);
      expect(leases?.["n"] ?? 0n).toBe(leased); // I-19
      held += leased;
    }
    expect(this.rig.books.open().sum).toBeLessThanOrEqual(held); // Σ holds ≤ leases
    expect(sqlite.prepare("select sum(balance) as n from account").get()?.["n"]).toBe(0n); // I-23
    const twice = "select request_id from transfer where kind = 'charge' group by 1 having count(*) > 1";
    expect(sqlite.prepare(twice).all()).toEqual([]); // I-21
    const revenue = sqlite.prepare("select balance from account where id = 1").get()?.["balance"] as bigint;
    expect(revenue).toBeGreaterThanOrEqual(this.#receipts); // no receipt without its commit
    expect(audit(this.rig.database).disagreements).toEqual([]);
    expect(this.rig.fatal).toEqual([]);
  }

  /** After the last request: nothing is borrowed where nobody holds, and everything adds up. */
  async end(): Promise<void> {
    await this.drain();
    for (const token of this.#tokens.splice(0)) await this.rig.books.settle(token, aSettlement(1));
    await this.rig.books.close();
    this.check();
    for (const { id } of ACCOUNTS) expect(facts(this.rig, id).leased).toBe(0n);
    expect(this.rig.books.open()).toEqual({ count: 0, sum: 0n });
    expect(this.rig.problems).toEqual([]);
  }
}

it(`I-10, I-15, I-19 to I-23 after every step (${RUNS} runs)`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
      const rig = await openRig(ACCOUNTS[0].balance);
      try {
        for (const each of ACCOUNTS.slice(1)) await addAccount(rig.database, each);
        const world = new World(rig);
        for (const each of steps) {
          await world.run(each);
          world.check();
        }
        await world.end();
      } finally {
        rig.remove();
      }
    }),
    { numRuns: RUNS },
  );
});
