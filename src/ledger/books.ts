/**
 * The ledger of one process on SQLite: holds from memory, settlements in groups (docs/decisions/0005, 0006).
 *
 * Turns of the event loop collect what has to be written until one brings nothing more, four at most; then it is committed, and
 * what arrives during the commit goes into the next one. There is no timer but the pause before a failed commit is tried again.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { errors } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import { UnpricedUnit, type Nano } from "../money.ts";
import { Borrowed } from "./borrowed.ts";
import { apply, commit, type Batch, type Settling, type Waiting } from "./commit.ts";
import { budgetLeft, slackOf, take, tokenOf, type Budget, type Held, type Lease } from "./lease.ts";
import { AccountFrozen, type HoldOrder, type Ledger, type Receipt, type Rejection, type Settlement } from "./ledger.ts";
import { idBytes, rejectedRow, settle } from "./settlement.ts";
import {
  BUSY_LIMIT_MS,
  busyPause,
  faultOf,
  openStore,
  type Database,
  type LedgerStore,
  type RequestRow,
} from "./store.ts";

/** Rows of one commit: more would keep the event loop longer than a few milliseconds. */
const MAX_BATCH = 512;
/** Turns of the event loop that a commit may wait for more to come; without load a turn takes microseconds. */
const MAX_TURNS = 4;
/** Settlements that may wait for a database that is away; beyond it nobody is admitted. Every one of them is kept. */
const MAX_SETTLING = 10_000;
const MAX_WAITING = 10_000;
const MAX_REJECTIONS = 5_000;
/** Pause after a failure of the disk. */
const DISK_PAUSE_MS = 250;
/** How long `close` waits for a database that is locked or away. */
const CLOSE_LIMIT_MS = 10_000;

/** Something an operator must know; nothing is thrown for it. */
export interface LedgerProblem {
  /**
   * - `row_refused`: the schema refused a settlement; the operator absorbs it and its account is frozen.
   * - `unpriceable_usage`: a usage could not be priced; nothing was charged.
   * - `unpriced_unit`: a usage held units without a price; they were charged by the rule of decision 0016.
   * - `commit_failed`: the disk is full or failing; settlements are queued.
   */
  readonly kind: "row_refused" | "unpriceable_usage" | "unpriced_unit" | "commit_failed";
  readonly requestId: string | null;
  readonly error: unknown;
}

export interface BooksOptions {
  /** After each commit: how many settlements it held. */
  readonly onBatch?: (settlements: number) => void;
  readonly onProblem?: (problem: LedgerProblem) => void;
  /** The state of the disk is unknown, or the ledger contradicts itself: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Opens the ledger on a database that was opened with `server: true`; what dead processes had borrowed is returned first (I-25).
 * @throws the database's error when it stays locked for two seconds.
 */
export const openBooks = async (database: Database, options: BooksOptions): Promise<Books> =>
  new Books(await openStore(database), options);

export class Books implements Ledger {
  readonly #store: LedgerStore;
  readonly #options: BooksOptions;
  readonly #borrowed: Borrowed;
  #settling: Settling[] = [];
  #waiting: Waiting[] = [];
  #rejections: RequestRow[] = [];
  #openCount = 0;
  #openSum = 0n;
  #dropped = 0;
  #scheduled = false;
  #failures = 0;
  #uncertain = false;
  #state: "open" | "closing" | "closed" = "open";

  /** Use `openBooks`. */
  constructor(store: LedgerStore, options: BooksOptions) {
    this.#store = store;
    this.#options = options;
    this.#borrowed = new Borrowed(store);
  }

  hold(order: HoldOrder): HoldToken | Promise<HoldToken> {
    if (this.#state !== "open" || this.#settling.length >= MAX_SETTLING) throw errors.ledgerUnavailable();
    const budget = this.#budget(order.keyId);
    if (budget !== null && budget.limit - budget.spent < order.minimum) throw errors.keyBudgetExceeded();
    const lease = this.#borrowed.lease(order.accountId, (each) =>
      this.#waiting.some(({ hold }) => hold.lease === each),
    );
    if (lease.frozen) throw new AccountFrozen();
    const hold = heldFor(order, lease, budget);
    if (lease.id !== 0 && covers(hold, order.amount)) {
      take(hold, order.amount);
      return this.#opened(hold);
    }
    return new Promise((resolve, reject) => {
      this.#wait({
        hold,
        amount: order.amount,
        minimum: order.minimum < order.amount ? order.minimum : order.amount,
        since: performance.now(),
        grant: () => {
          resolve(this.#opened(hold));
        },
        refuse: reject,
      });
    });
  }

  extend(token: HoldToken, amount: Nano): boolean | Promise<boolean> {
    const hold = openHold(token);
    if (hold.lease.frozen || this.#state !== "open") return false;
    if (covers(hold, amount)) {
      take(hold, amount);
      this.#openSum += amount;
      return true;
    }
    return new Promise((resolve) => {
      this.#wait({
        hold,
        amount,
        minimum: amount,
        since: performance.now(),
        grant: () => {
          this.#openSum += amount;
          resolve(true);
        },
        refuse: () => {
          resolve(false);
        },
      });
    });
  }

  settle(token: HoldToken, settlement: Settlement): Promise<Receipt> {
    const hold = openHold(token);
    hold.state = "settling";
    this.#openCount--;
    this.#openSum -= hold.amount;
    const { row, unpriced, unpriceable } = settle(hold, settlement);
    const [unit] = unpriced;
    if (unpriceable !== null) this.#report("unpriceable_usage", hold.requestId, unpriceable);
    else if (unit !== undefined) this.#report("unpriced_unit", hold.requestId, new UnpricedUnit(unit));
    if (this.#state === "closed") return Promise.reject(errors.ledgerUnavailable());
    return new Promise((resolve, reject) => {
      this.#settling.push({ hold, row, resolve, reject, refusal: null, uncertain: false });
      this.#schedule();
    });
  }

  reject(rejection: Rejection): void {
    if (this.#state === "closed" || this.#rejections.length >= MAX_REJECTIONS) this.#dropped++;
    else {
      this.#rejections.push(rejectedRow(rejection));
      this.#schedule();
    }
  }

  available(accountId: number): Nano {
    return this.#borrowed.available(accountId);
  }

  open(): { readonly count: number; readonly sum: Nano } {
    return { count: this.#openCount, sum: this.#openSum };
  }

  /** Rejections that were not recorded: too many at once, or refused by the schema. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes over what others may have changed: freezes, credits, and marks of those who need slack back. To be called whenever
   * `database.dataVersion()` has moved.
   */
  refresh(): void {
    if (this.#state === "closed") return;
    this.#borrowed.refresh();
    if (this.#borrowed.returning.size > 0) this.#schedule();
  }

  async close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    const end = performance.now() + CLOSE_LIMIT_MS;
    while (this.#pending() && this.#isRunning() && performance.now() < end) await sleep(1);
    if (!this.#isRunning()) return;
    this.#state = "closed";
    this.#refuseAll(undefined);
    await this.#store.returnAll(Date.now());
  }

  #isRunning(): boolean {
    return this.#state !== "closed";
  }

  #pending(): boolean {
    return this.#settling.length + this.#waiting.length + this.#rejections.length > 0;
  }

  #opened(hold: Held): HoldToken {
    this.#openCount++;
    this.#openSum += hold.amount;
    return tokenOf(hold);
  }

  #budget(keyId: number): Budget | null {
    try {
      return this.#borrowed.budget(keyId);
    } catch (error) {
      throw errors.ledgerUnavailable(error);
    }
  }

  #wait(waiting: Waiting): void {
    if (this.#waiting.length >= MAX_WAITING) waiting.refuse(errors.ledgerUnavailable());
    else {
      this.#waiting.push(waiting);
      this.#schedule();
    }
  }

  /** Commits after this turn of the event loop and those that `gather` adds, or after a pause. */
  #schedule(pauseMs = 0): void {
    if (this.#scheduled || !this.#isRunning()) return;
    this.#scheduled = true;
    if (pauseMs === 0) this.#gather(0, MAX_TURNS);
    else
      setTimeout(() => {
        this.#flush();
      }, pauseMs);
  }

  /** Commits when a turn has brought nothing new, or the last of so many is over: a full commit costs each of its rows less. */
  #gather(known: number, turns: number): void {
    setImmediate(() => {
      const count = this.#settling.length + this.#waiting.length;
      if (turns > 1 && count > known && count < MAX_BATCH) this.#gather(count, turns - 1);
      else this.#flush();
    });
  }

  #flush(): void {
    this.#scheduled = false;
    if (!this.#isRunning()) return;
    const { returning } = this.#borrowed;
    const batch: Batch = {
      settling: this.#settling.slice(0, MAX_BATCH),
      waiting: this.#waiting,
      rejections: this.#rejections,
      returning: [...returning],
    };
    this.#settling = this.#settling.slice(MAX_BATCH);
    this.#waiting = [];
    this.#rejections = [];
    returning.clear();
    this.#run(batch, (error) => {
      this.#recover(batch.settling.length, error);
    });
  }

  /** Commits a batch, or puts it back and hands the error on. */
  #run(batch: Batch, onError: (error: unknown) => void): void {
    try {
      const settling = this.#uncertain ? this.#borrowed.reread(batch.settling) : batch.settling;
      const done = commit(this.#store, { ...batch, settling }, Date.now());
      this.#failures = 0;
      this.#uncertain = this.#settling.some(({ uncertain }) => uncertain);
      this.#dropped += done.droppedRejections;
      apply(done);
      this.#options.onBatch?.(settling.length);
    } catch (error) {
      this.#putBack(batch);
      onError(error);
      return;
    }
    if (this.#pending()) this.#schedule();
  }

  #putBack(batch: Batch): void {
    // What a re-reading has found to be committed is done already and must not come back.
    const open = batch.settling.filter(({ hold }) => hold.state === "settling");
    this.#settling = [...open, ...this.#settling];
    this.#waiting = [...batch.waiting, ...this.#waiting];
    this.#rejections = [...batch.rejections, ...this.#rejections];
    for (const lease of batch.returning) this.#borrowed.returning.add(lease);
  }

  /** After a failed commit, whose settlements are the first `count` of the queue: wait, find the row at fault, or give up. */
  #recover(count: number, error: unknown): void {
    const fault = faultOf(error);
    switch (fault) {
      case "busy":
        this.#expire();
        this.#schedule(busyPause(this.#failures++));
        return;
      case "full":
      case "io":
        if (this.#failures++ === 0) this.#report("commit_failed", null, error);
        this.#uncertain = true;
        for (const settling of this.#settling) settling.uncertain = true;
        this.#expire();
        this.#schedule(DISK_PAUSE_MS);
        return;
      case "constraint":
      case "other":
        if (count > 0) this.#bisect(count, error);
        else this.#giveUp(error);
        return;
      case "fsync":
        this.#giveUp(error);
    }
  }

  /**
   * Commits the first half of the settlements among which one is at fault, until that one is alone: it is absorbed and its account
   * frozen (§9.2 i). The rest of the queue takes its turn afterwards.
   */
  #bisect(count: number, error: unknown): void {
    const settling = this.#settling.slice(0, Math.ceil(count / 2));
    const [first] = settling;
    if (count === 1 && first !== undefined) {
      if (first.refusal !== null) {
        this.#giveUp(error);
        return;
      }
      first.refusal = error instanceof Error ? error.message : String(error);
      this.#report("row_refused", first.hold.requestId, error);
    }
    this.#settling = this.#settling.slice(settling.length);
    this.#run({ settling, waiting: [], rejections: [], returning: [] }, (again) => {
      this.#recover(settling.length, again);
    });
  }

  /** Refuses those who have waited for the database long enough; settlements wait for ever. */
  #expire(): void {
    const end = performance.now() - BUSY_LIMIT_MS;
    const late = this.#waiting.filter(({ since }) => since <= end);
    this.#waiting = this.#waiting.filter(({ since }) => since > end);
    for (const waiting of late) waiting.refuse(errors.ledgerUnavailable());
  }

  #giveUp(error: unknown): void {
    this.#state = "closed";
    this.#refuseAll(error);
    this.#options.onFatal(error);
  }

  #refuseAll(cause: unknown): void {
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(errors.ledgerUnavailable(cause));
    for (const settling of this.#settling.splice(0)) settling.reject(errors.ledgerUnavailable(cause));
  }

  #report(kind: LedgerProblem["kind"], requestId: string | null, error: unknown): void {
    this.#options.onProblem?.({ kind, requestId, error });
  }
}

const covers = ({ lease, budget }: Held, amount: Nano): boolean =>
  slackOf(lease) >= amount && (budget === null || budgetLeft(budget) >= amount);

/** @throws Error when the hold has had its one terminal call (I-20). */
const openHold = (token: HoldToken): Held => {
  const hold = token as unknown as Held;
  if (hold.state !== "open") throw new Error(`the hold of ${hold.requestId} has ended already`);
  return hold;
};

const heldFor = (order: HoldOrder, lease: Lease, budget: Budget | null): Held => ({
  requestId: order.requestId,
  idBytes: idBytes(order.requestId),
  accountId: order.accountId,
  keyId: order.keyId,
  snapshot: order.snapshot,
  amount: 0n,
  lease,
  budget,
  state: "open",
});
