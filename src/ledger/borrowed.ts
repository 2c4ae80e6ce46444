/** What this process has borrowed: one lease per account, and one per key that has a budget. In memory, filled on demand. */
import type { Nano } from "../money.ts";
import type { Settling } from "./commit.ts";
import { emptyLease, release, slackOf, type Lease } from "./lease.ts";
import type { InFlight, Inventory, LeaseFacts } from "./store.ts";

/** Idle leases beyond this many are given up, the longest known first. */
const MAX_LEASES = 50_000;
/** How many are looked at when room is needed, so that no request pays for a search. */
const FORGET_AT_ONCE = 1_000;
/** How many leases one renewal tells of. */
const MAX_IN_FLIGHT = 5_000;

export class Borrowed {
  /** By account, and by the negated id of a key with a budget. */
  readonly #leases = new Map<number, Lease>();
  /** What the last renewal told of a lease. */
  #told = new Map<number, InFlight>();
  #epoch = 1;
  /** Leases whose slack the next commit shall return, even if nothing of theirs is settled in it. */
  readonly returning = new Set<Lease>();

  get epoch(): number {
    return this.#epoch;
  }

  /**
   * The lease for a hold; one of nothing when nothing is borrowed yet.
   * @param keyId of a key with a budget, else null @param isWaitedFor true for leases that must stay
   */
  lease(accountId: number, keyId: number | null, isWaitedFor: (lease: Lease) => boolean): Lease {
    const name = keyId === null ? accountId : -keyId;
    const known = this.#leases.get(name);
    if (known !== undefined) return known;
    if (this.#leases.size >= MAX_LEASES) this.#makeRoom(isWaitedFor);
    const lease = emptyLease(accountId, keyId, this.#epoch);
    this.#leases.set(name, lease);
    return lease;
  }

  /** What a new request of the account could hold, as far as is known here. */
  available(accountId: number): Nano {
    const lease = this.#leases.get(accountId);
    return lease === undefined || lease.frozen ? 0n : slackOf(lease) + (lease.unleased > 0n ? lease.unleased : 0n);
  }

  /** Somebody else needs the slack of an account. @returns false when nothing of it is borrowed */
  recall(accountId: number): boolean {
    let found = false;
    for (const lease of this.#leases.values()) {
      if (lease.accountId !== accountId || lease.id === 0) continue;
      lease.recalled = true;
      this.returning.add(lease);
      found = true;
    }
    return found;
  }

  /** Takes over what others have changed: balances, freezes, and marks of those who need slack back. */
  refresh({ leases }: Inventory): void {
    for (const facts of leases) {
      const lease = this.#find(facts);
      if (lease === undefined) continue;
      learn(lease, facts);
      lease.frozen = facts.frozen;
      lease.recalled ||= facts.recalled;
      if (lease.frozen || lease.recalled) this.returning.add(lease);
    }
    // An account of which nothing is borrowed is read anyway when somebody asks for a hold.
    for (const lease of this.#leases.values()) if (lease.id === 0) lease.frozen = false;
  }

  /**
   * After a commit of which nobody knows whether it happened: takes lease amounts from the database and ends the settlements that
   * are found there (I-26). Leases that are not found are lost. @returns those that are still to be committed.
   */
  reread(settling: readonly Settling[], { leases, committed }: Inventory): Settling[] {
    const found = new Set<Lease>();
    for (const facts of leases) {
      const lease = this.#find(facts);
      if (lease === undefined) continue;
      found.add(lease);
      lease.id = facts.id;
      lease.amount = facts.amount;
      learn(lease, facts);
    }
    for (const lease of this.#leases.values()) {
      lease.setAside = 0n;
      if (lease.id !== 0 && !found.has(lease)) this.forget(lease);
    }
    return settling.filter((each, index) => {
      const row = committed.get(index);
      if (row === undefined) return true;
      const { hold, resolve } = each;
      // The amount read above is already without what was posted, which `release` is about to take.
      hold.lease.amount += row.posted;
      release(hold, row.posted);
      resolve({ charge: row.posted, absorbed: row.absorbed, balance: hold.lease.balance });
      return false;
    });
  }

  /** The lease is not this process's any more: requests that hold a part of it end under it, new ones begin another. */
  forget(lease: Lease): void {
    const name = lease.keyId === null ? lease.accountId : -lease.keyId;
    if (this.#leases.get(name) === lease) this.#leases.delete(name);
    this.returning.delete(lease);
    lease.amount = lease.held + lease.setAside;
  }

  /** All that was borrowed in earlier epochs is lost. */
  begin(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    for (const lease of this.#leases.values()) this.forget(lease);
    this.#told = new Map();
  }

  /** What changed in use since the last renewal, so that a dead process leaves a bound of what was in flight (§9.2 g). */
  inFlight(): InFlight[] {
    const changed: InFlight[] = [];
    for (const { id, holds, held } of this.#leases.values()) {
      if (changed.length >= MAX_IN_FLIGHT) break;
      const told = this.#told.get(id);
      if (id === 0 || ((told?.holds ?? 0) === holds && (told?.held ?? 0n) === held)) continue;
      const each = { id, holds, held };
      if (holds === 0) this.#told.delete(id);
      else this.#told.set(id, each);
      changed.push(each);
    }
    return changed;
  }

  /** The last renewal did not arrive: the next one tells everything again. */
  retell(): void {
    this.#told = new Map();
  }

  #find({ accountId, keyId, id }: LeaseFacts): Lease | undefined {
    const lease = this.#leases.get(keyId === null ? accountId : -keyId);
    return lease === undefined || (lease.id !== 0 && lease.id !== id) ? undefined : lease;
  }

  #makeRoom(isWaitedFor: (lease: Lease) => boolean): void {
    let looked = 0;
    for (const [name, lease] of this.#leases) {
      if (++looked > FORGET_AT_ONCE) return;
      if (lease.held > 0n || lease.holds > 0 || lease.setAside > 0n || isWaitedFor(lease)) continue;
      if (lease.amount === 0n) this.#leases.delete(name);
      else {
        lease.recalled = true;
        this.returning.add(lease);
      }
    }
  }
}

const learn = (lease: Lease, { balance, leased }: LeaseFacts): void => {
  lease.balance = balance;
  lease.unleased = balance - leased;
  if (lease.keyId === null) lease.limit = balance;
};
