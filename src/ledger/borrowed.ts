/** What this process has borrowed, account by account, and the budgets of the keys that have one. In memory, filled on demand. */
import { emptyLease, release, slackOf, type Budget, type Lease } from "./lease.ts";
import type { Nano } from "../money.ts";
import type { Settling } from "./commit.ts";
import type { LedgerStore } from "./store.ts";

/** Idle leases beyond this many are given up, the longest known first. */
const MAX_LEASES = 50_000;
/** How many are looked at when room is needed, so that no request pays for a search. */
const FORGET_AT_ONCE = 1_000;
const MAX_BUDGETS = 100_000;

export class Borrowed {
  readonly #store: LedgerStore;
  readonly #leases = new Map<number, Lease>();
  readonly #budgets = new Map<number, Budget | null>();
  /** Leases whose slack the next commit shall return, even if nothing of theirs is settled in it. */
  readonly returning = new Set<Lease>();

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** The lease of an account; one of nothing when nothing is borrowed yet. @param isWaitedFor true for leases that must stay. */
  lease(accountId: number, isWaitedFor: (lease: Lease) => boolean): Lease {
    const known = this.#leases.get(accountId);
    if (known !== undefined) return known;
    if (this.#leases.size >= MAX_LEASES) this.#makeRoom(isWaitedFor);
    const lease = emptyLease(accountId);
    this.#leases.set(accountId, lease);
    return lease;
  }

  /** A key's budget, or null when it has none. Read once per key: a budget never changes. @throws what the database throws. */
  budget(keyId: number): Budget | null {
    const known = this.#budgets.get(keyId);
    if (known !== undefined) return known;
    const found = this.#store.budget(keyId);
    const budget = found === null ? null : { ...found, held: 0n };
    if (this.#budgets.size >= MAX_BUDGETS) this.#forgetUnlimitedKeys();
    this.#budgets.set(keyId, budget);
    return budget;
  }

  /** What a new request of the account could hold. */
  available(accountId: number): Nano {
    const lease = this.#leases.get(accountId);
    if (lease !== undefined && lease.id !== 0) return lease.frozen ? 0n : slackOf(lease) + lease.unleased;
    const facts = this.#store.account(accountId);
    return facts === undefined || facts.frozen ? 0n : facts.balance - facts.leased;
  }

  /** Takes over what others have changed: balances, freezes, and marks of those who need slack back. */
  refresh(): void {
    for (const facts of this.#store.leases()) {
      const lease = this.#leases.get(facts.accountId);
      if (lease === undefined) continue;
      lease.balance = facts.balance;
      lease.unleased = facts.balance - facts.leased;
      lease.frozen = facts.frozen;
      lease.recalled = facts.recalled;
      if (facts.frozen || facts.recalled) this.returning.add(lease);
    }
    // An account of which nothing is borrowed is read anyway when somebody asks for a hold.
    for (const lease of this.#leases.values()) if (lease.id === 0) lease.frozen = false;
  }

  /**
   * After a commit of which nobody knows whether it happened: takes lease amounts from the database and ends the settlements that
   * are found there (I-26). @returns those that are still to be committed.
   */
  reread(settling: readonly Settling[]): Settling[] {
    for (const facts of this.#store.leases()) {
      const lease = this.#leases.get(facts.accountId);
      if (lease === undefined) continue;
      lease.id = facts.id;
      lease.amount = facts.amount;
      lease.balance = facts.balance;
      lease.unleased = facts.balance - facts.leased;
    }
    return settling.filter((each) => {
      const found = each.uncertain ? this.#store.committed(each.hold.idBytes) : undefined;
      if (found === undefined) return true;
      const { hold, resolve } = each;
      // The amount read above is already without what was posted, which `release` is about to take.
      hold.lease.amount += found.posted;
      release(hold, found.posted);
      resolve({ charge: found.posted, absorbed: found.absorbed, balance: hold.lease.balance });
      return false;
    });
  }

  #makeRoom(isWaitedFor: (lease: Lease) => boolean): void {
    let looked = 0;
    for (const [accountId, lease] of this.#leases) {
      if (++looked > FORGET_AT_ONCE) return;
      if (lease.held > 0n || isWaitedFor(lease)) continue;
      if (lease.amount === 0n) this.#leases.delete(accountId);
      else {
        lease.recalled = true;
        this.returning.add(lease);
      }
    }
  }

  /** A budget that is in use must not be read a second time, so only keys without one are forgotten. */
  #forgetUnlimitedKeys(): void {
    for (const [keyId, budget] of this.#budgets) if (budget === null) this.#budgets.delete(keyId);
  }
}
