/**
 * One group commit: every settlement, waiting hold and returned lease of a turn, in one transaction.
 *
 * The transaction works on tallies beside the leases; memory changes only when the commit is known (`apply`), so a commit that
 * fails leaves everything as it was.
 */
import { errors } from "../errors.ts";
import type { Nano } from "../money.ts";
import {
  budgetLeft,
  growthFor,
  release,
  slackOf,
  surplusOf,
  take,
  type AccountFacts,
  type Budget,
  type Held,
  type Lease,
} from "./lease.ts";
import { AccountFrozen, InsufficientFunds, type Receipt } from "./ledger.ts";
import { isCharged, type Outcome } from "./outcome.ts";
import type { LedgerStore, RequestRow } from "./store.ts";

/** A settlement on its way to the database. */
export interface Settling {
  readonly hold: Held;
  readonly row: RequestRow;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
  /** Why the database refused the row, once it has: it is then absorbed and its account frozen (§9.2 i). */
  refusal: string | null;
  /** An earlier commit of it failed in a way that does not tell whether it happened (I-26). */
  uncertain: boolean;
}

/** A hold, new or to be extended, for which the lease has to grow first. */
export interface Waiting {
  readonly hold: Held;
  readonly amount: Nano;
  readonly minimum: Nano;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Answers that the hold has grown. */
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
}

export interface Batch {
  readonly settling: readonly Settling[];
  readonly waiting: readonly Waiting[];
  readonly rejections: readonly RequestRow[];
  /** Leases to look at even if nothing of theirs is settled. */
  readonly returning: Iterable<Lease>;
}

/** What a commit does to one lease. */
interface Tally {
  readonly lease: Lease;
  posted: Nano;
  /** Slack as it will be. */
  slack: Nano;
  /** Borrowed less returned. */
  delta: Nano;
  id: number;
  facts: AccountFacts | null;
  /** The account is frozen, or will be by this commit. */
  frozen: boolean;
  readonly waiting: Waiting[];
}

interface Decision {
  readonly waiting: Waiting;
  /** What is granted, or why nothing is. */
  readonly answer: Nano | Error;
}

/** What was committed and is still to be made known. */
export interface Commit {
  readonly batch: Batch;
  readonly tallies: ReadonlyMap<Lease, Tally>;
  readonly decisions: readonly Decision[];
  readonly droppedRejections: number;
}

/** Runs the batch in one transaction. Throws what the database throws; memory is untouched until `apply`. */
export const commit = (store: LedgerStore, batch: Batch, now: number): Commit =>
  store.transaction(() => {
    const tallies = tally(batch);
    insert(store, batch.settling, now);
    for (const each of tallies.values()) spend(store, each);
    const budgets = budgetsAfter(batch.settling);
    const decisions = [...tallies.values()].flatMap((each) => {
      const made = lend(store, each, budgets, now);
      returnRest(store, each);
      return made;
    });
    return { batch, tallies, decisions, droppedRejections: insertRejections(store, batch.rejections) };
  });

/** What budgets will leave once the settlements of the batch are committed. */
const budgetsAfter = (settling: readonly Settling[]): Map<Budget, Nano> => {
  const left = new Map<Budget, Nano>();
  for (const { hold, row, refusal } of settling) {
    if (hold.budget === null) continue;
    const freed = hold.amount - (refusal === null ? row.posted : 0n);
    left.set(hold.budget, (left.get(hold.budget) ?? budgetLeft(hold.budget)) + freed);
  }
  return left;
};

const tally = ({ settling, waiting, returning }: Batch): Map<Lease, Tally> => {
  const tallies = new Map<Lease, Tally>();
  const of = (lease: Lease): Tally => {
    let found = tallies.get(lease);
    if (found === undefined) {
      const { id, frozen } = lease;
      found = { lease, posted: 0n, slack: slackOf(lease), delta: 0n, id, facts: null, frozen, waiting: [] };
      tallies.set(lease, found);
    }
    return found;
  };
  for (const { hold, row, refusal } of settling) {
    const found = of(hold.lease);
    const posted = refusal === null ? row.posted : 0n;
    found.posted += posted;
    found.slack += hold.amount - posted;
    found.frozen ||= refusal !== null;
  }
  for (const each of waiting) of(each.hold.lease).waiting.push(each);
  for (const lease of returning) of(lease);
  return tallies;
};

const insert = (store: LedgerStore, settling: readonly Settling[], now: number): void => {
  let revenue = 0n;
  const budgets = new Map<number, Nano>();
  for (const { hold, row, refusal } of settling) {
    if (refusal !== null) {
      const { requestId, accountId, amount } = hold;
      const detail = { error: refusal, charge: String(row.posted), hold: String(amount), outcome: row.outcome };
      store.refuse({ accountId, requestId }, detail, now);
      continue;
    }
    store.insertRequest(row);
    if (!isCharged(row.outcome as Outcome)) continue;
    // A charge of nothing is a charge too: exactly one per billable request (I-21, I-44).
    store.insertCharge(row, now);
    revenue += row.posted;
    if (hold.budget !== null) budgets.set(hold.keyId, (budgets.get(hold.keyId) ?? 0n) + row.posted);
  }
  if (revenue > 0n) store.creditRevenue(revenue);
  for (const [keyId, posted] of budgets) store.spendBudget(keyId, posted);
};

/** Takes what was posted, and returns slack that may not be kept, in the same statement. */
const spend = (store: LedgerStore, each: Tally): void => {
  const { lease, posted, frozen } = each;
  const isWanted = each.waiting.length > 0 && !frozen;
  const returned = isWanted ? 0n : surplusOf(each.slack, lease.balance - posted, frozen || lease.recalled);
  if (posted + returned === 0n) return;
  each.facts = store.spend(lease, posted, returned);
  each.slack -= returned;
  each.delta -= returned;
};

/** Grows the lease for those who wait and shares out its slack, first come first served. */
const lend = (store: LedgerStore, each: Tally, budgets: Map<Budget, Nano>, now: number): Decision[] => {
  if (each.waiting.length === 0) return [];
  const facts = each.facts ?? store.account(each.lease.accountId) ?? { balance: 0n, leased: 0n, frozen: false };
  each.facts = facts;
  const refuseAll = (): Decision[] => each.waiting.map((waiting) => ({ waiting, answer: new AccountFrozen() }));
  if (facts.frozen || each.frozen) return refuseAll();
  const asked = each.waiting.reduce((sum, { amount }) => sum + amount, 0n);
  const growth = growthFor(asked, each.slack, facts);
  if (growth > 0n) {
    const id = store.grow({ id: each.id, accountId: each.lease.accountId }, growth, now);
    if (id === null) return refuseAll();
    each.id = id;
    each.slack += growth;
    each.delta += growth;
    each.facts = { ...facts, leased: facts.leased + growth };
  }
  return each.waiting.map((waiting) => ({ waiting, answer: share(each, waiting, budgets) }));
};

/** What those who waited have left of the slack goes back where none may be kept. */
const returnRest = (store: LedgerStore, each: Tally): void => {
  if (each.waiting.length === 0 || each.facts === null) return;
  const { lease, facts } = each;
  const returned = surplusOf(each.slack, facts.balance, facts.frozen || each.frozen || lease.recalled);
  if (returned === 0n) return;
  each.facts = store.spend({ id: each.id, accountId: lease.accountId }, 0n, returned);
  each.slack -= returned;
  each.delta -= returned;
};

const share = (each: Tally, { hold, amount, minimum }: Waiting, budgets: Map<Budget, Nano>): Nano | Error => {
  if (hold.state !== "open") return errors.internal(new Error("the hold ended while it was being extended"));
  let most = each.slack;
  if (hold.budget !== null) {
    const left = budgets.get(hold.budget) ?? budgetLeft(hold.budget);
    if (left < minimum) return errors.keyBudgetExceeded();
    if (left < most) most = left;
    const granted = amount < most ? amount : most;
    if (granted >= minimum) budgets.set(hold.budget, left - granted);
  }
  if (most < minimum) {
    const { balance, leased } = each.facts ?? { balance: 0n, leased: 0n };
    return new InsufficientFunds(amount, each.slack + (balance > leased ? balance - leased : 0n));
  }
  const granted = amount < most ? amount : most;
  each.slack -= granted;
  return granted;
};

/** Rejections are for the history only: one that the schema refuses is dropped. */
const insertRejections = (store: LedgerStore, rejections: readonly RequestRow[]): number => {
  let dropped = 0;
  for (const row of rejections) if (!store.tryInsertRequest(row)) dropped++;
  return dropped;
};

/** Makes a known commit true in memory, then tells everybody who waits for it. */
export const apply = ({ batch, tallies, decisions }: Commit): void => {
  for (const { hold, row, refusal } of batch.settling) {
    release(hold, refusal === null ? row.posted : 0n);
    if (refusal !== null) hold.lease.frozen = true;
  }
  for (const { lease, delta, id, facts } of tallies.values()) {
    lease.id = id;
    lease.amount += delta;
    if (delta < 0n) lease.recalled = false;
    if (facts === null) continue;
    lease.balance = facts.balance;
    lease.unleased = facts.balance - facts.leased;
    lease.frozen ||= facts.frozen;
  }
  for (const { waiting, answer } of decisions) {
    if (answer instanceof Error) waiting.refuse(answer);
    else {
      take(waiting.hold, answer);
      waiting.grant();
    }
  }
  for (const { hold, row, refusal, resolve, reject } of batch.settling) {
    if (refusal === null) resolve({ charge: row.posted, absorbed: row.absorbed, balance: hold.lease.balance });
    else reject(new RowRefused(hold.requestId, refusal));
  }
};

/** The database refused a settlement's row: the operator absorbs it, and its account is frozen until somebody has looked. */
export class RowRefused extends Error {
  override readonly name = "RowRefused";
  readonly requestId: string;
  constructor(requestId: string, reason: string) {
    super(`the settlement of ${requestId} was refused: ${reason}`);
    this.requestId = requestId;
  }
}
