/**
 * The ledger of one process: holds from memory, settlements in groups (docs/decisions/0005, 0006).
 *
 * Turns of the event loop collect what has to be written until one brings nothing more, four at most; then it is committed, and
 * what arrives during the commit goes into the next one. There is no timer but the pause before a failed commit is tried again.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { errors } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import { UnpricedUnit, type Nano } from "../money.ts";
import { Borrowed } from "./borrowed.ts";
import { apply, prepare, undo, type Batch, type Denied, type Waiting } from "./commit.ts";
import { Heart } from "./heart.ts";
import { heldFor, isShort, openHold } from "./held.ts";
import type { Owner } from "./idempotency.ts";
import { slackOf, take, tokenOf, type Held, type Lease } from "./lease.ts";
import { AccountFrozen, type HoldOrder, type Ledger, type Receipt, type Rejection, type Settlement } from "./ledger.ts";
import { openStore, type Database } from "./open-store.ts";
import type { BooksOptions, LedgerProblem } from "./problem.ts";
import { MAX_BATCH, Queue } from "./queue.ts";
import { rejectedRow, settle } from "./settlement.ts";
import type { Answer, Inventory, LedgerStore } from "./store.ts";

/** Turns of the event loop that a commit may wait for more to come; without load a turn takes microseconds. */
const MAX_TURNS = 4;
/** How long a hold may wait for a database that is locked or away. */
const WAIT_LIMIT_MS = 2_000;
/** Pause after a commit of which nobody knows whether it happened: the disk or the way to the database is failing. */
const UNKNOWN_PAUSE_MS = 250;
/** Pauses while another holds a lock: doubled each time. */
const FIRST_BUSY_PAUSE_MS = 2;
const LONGEST_BUSY_PAUSE_MS = 50;
/** How long `close` waits for a database that is locked or away. */
const CLOSE_LIMIT_MS = 10_000;

/**
 * Opens the ledger on a database; on SQLite one that was opened with `server: true`.
 * @throws the database's error when it is locked or away for two seconds
 */
export const openBooks = async (database: Database, options: BooksOptions): Promise<Books> =>
  new Books(await openStore(database), options).start();

export class Books implements Ledger {
  readonly #store: LedgerStore;
  readonly #options: BooksOptions;
  readonly #borrowed = new Borrowed();
  readonly #heart: Heart;
  readonly #queue = new Queue();
  #openCount = 0;
  #openSum = 0n;
  /** A commit is to come, or under way. */
  #scheduled = false;
  #failures = 0;
  #uncertain = false;
  /** Accounts whose slack others have been asked for, while they answer. */
  readonly #recalls = new Map<number, Promise<boolean>>();
  #state: "open" | "closing" | "closed" = "open";

  /** Use `openBooks`. */
  constructor(store: LedgerStore, options: BooksOptions) {
    this.#store = store;
    this.#options = options;
    this.#heart = new Heart({
      renew: () => store.renew(this.#borrowed.inFlight()),
      renewed: ({ epoch }) => {
        this.#begin(epoch);
      },
      failed: (error) => {
        this.#borrowed.retell();
        this.#report("renewal_failed", null, error);
      },
    });
    store.onRecall((accountId) => {
      if (this.#isRunning() && this.#borrowed.recall(accountId)) this.#schedule();
    });
  }

  /** Begins to live. @throws what the database throws */
  async start(): Promise<this> {
    await this.#heart.start();
    return this;
  }

  hold(order: HoldOrder): HoldToken | Promise<HoldToken> {
    if (this.#state !== "open" || this.#queue.isFull || !this.#heart.isLive) throw errors.ledgerUnavailable();
    const lease = this.#borrowed.lease(order.accountId, order.hasBudget ? order.keyId : null, (each) =>
      this.#queue.isWaitedFor(each),
    );
    if (lease.frozen) throw new AccountFrozen();
    const hold = heldFor(order, lease);
    if (lease.id !== 0 && slackOf(lease) >= order.amount) {
      take(hold, order.amount);
      return this.#opened(hold);
    }
    return new Promise((resolve, reject) => {
      this.#wait({
        hold,
        amount: order.amount,
        minimum: order.minimum < order.amount ? order.minimum : order.amount,
        since: performance.now(),
        isRecalled: false,
        grant: () => {
          resolve(this.#opened(hold));
        },
        refuse: reject,
      });
    });
  }

  extend(token: HoldToken, amount: Nano): boolean | Promise<boolean> {
    const hold = openHold(token);
    if (hold.lease.frozen || this.#state !== "open" || !this.isLive(token)) return false;
    if (slackOf(hold.lease) >= amount) {
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
        isRecalled: false,
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

  isLive(token: HoldToken): boolean {
    return this.#heart.isLive && (token as unknown as Held).lease.epoch === this.#borrowed.epoch;
  }

  settle(token: HoldToken, settlement: Settlement): Promise<Receipt> {
    const hold = openHold(token);
    hold.state = "settling";
    this.#openCount--;
    this.#openSum -= hold.amount;
    const { row, keyEnd, unpriced, unpriceable } = settle(hold, settlement);
    const [unit] = unpriced;
    if (unpriceable !== null) this.#report("unpriceable_usage", hold.requestId, unpriceable);
    else if (unit !== undefined) this.#report("unpriced_unit", hold.requestId, new UnpricedUnit(unit));
    if (this.#state === "closed") return Promise.reject(errors.ledgerUnavailable());
    return new Promise((resolve, reject) => {
      this.#queue.settle({ hold, row, keyEnd, resolve, reject, refusal: null, uncertain: false });
      this.#schedule();
    });
  }

  reject(rejection: Rejection): void {
    if (this.#state === "closed" || !this.#queue.reject(rejectedRow(rejection))) this.#queue.dropped++;
    else this.#schedule();
  }

  available(accountId: number): Nano {
    return this.#borrowed.available(accountId);
  }

  open(): { readonly count: number; readonly sum: Nano } {
    return { count: this.#openCount, sum: this.#openSum };
  }

  /** Who this process is to others that borrow. */
  get owner(): Owner {
    return { id: this.#store.owner, epoch: this.#borrowed.epoch };
  }

  /** Rejections that were not recorded: too many at once, or refused by the schema. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /**
   * Takes over what others may have changed: freezes, credits, and marks of those who need slack back. To be called whenever the
   * database tells of a change; at once on SQLite. @throws (or rejects with) what the database throws
   */
  refresh(): void | Promise<void> {
    if (this.#state === "closed") return;
    const found = this.#store.inventory([]);
    if (found instanceof Promise) return found.then((inventory) => this.#refreshed(inventory));
    this.#refreshed(found);
  }

  /**
   * Gives back what nobody holds of an account, here and elsewhere, for somebody who borrows it by other means (§9.2 e). What is held
   * here comes back with the next commit. @throws (or rejects with) what the database throws
   */
  async recall(accountId: number): Promise<void> {
    if (this.#isRunning() && this.#borrowed.recall(accountId)) this.#schedule();
    if (this.#store.isShared) await this.#store.recall(accountId);
  }

  /** Renews now instead of at the next beat. @throws what the database throws */
  beat(): Promise<void> {
    return this.#heart.beat();
  }

  async close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    const end = performance.now() + CLOSE_LIMIT_MS;
    while (this.#pending() && this.#isRunning() && performance.now() < end) await sleep(1);
    this.#heart.stop();
    if (!this.#isRunning()) return;
    this.#state = "closed";
    this.#queue.refuseAll(undefined);
    await this.#store.close(Date.now());
  }

  /** Ends without returning anything, as a process that dies: for tests. */
  abandon(): void {
    this.#state = "closed";
    this.#heart.stop();
    this.#store.abandon();
  }

  #isRunning(): boolean {
    return this.#state !== "closed";
  }

  #pending(): boolean {
    return this.#scheduled || !this.#queue.isEmpty;
  }

  #refreshed(inventory: Inventory): void {
    if (!this.#isRunning()) return;
    this.#borrowed.refresh(inventory);
    if (this.#borrowed.returning.size > 0) this.#schedule();
  }

  /** What was borrowed in an earlier epoch is not ours any more; who waits for more of it is refused. */
  #begin(epoch: number): void {
    if (epoch === this.#borrowed.epoch) return;
    this.#borrowed.begin(epoch);
    this.#report("lease_lost", null, new Error("the database took this process for dead"));
    this.#queue.refuseWaiting();
  }

  #opened(hold: Held): HoldToken {
    hold.lease.holds++;
    this.#openCount++;
    this.#openSum += hold.amount;
    return tokenOf(hold);
  }

  #wait(waiting: Waiting): void {
    if (this.#isRunning() && this.#queue.wait(waiting)) this.#schedule();
    else waiting.refuse(errors.ledgerUnavailable());
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
      const { count } = this.#queue;
      if (turns > 1 && count > known && count < MAX_BATCH) this.#gather(count, turns - 1);
      else this.#flush();
    });
  }

  #flush(): void {
    if (!this.#isRunning()) return;
    if (this.#uncertain) {
      this.#reread();
      return;
    }
    const { returning } = this.#borrowed;
    const batch = this.#queue.take([...returning]);
    returning.clear();
    this.#run(batch);
  }

  /** Looks first what became of a commit of which nobody knows whether it happened, then goes on (I-26). */
  #reread(): void {
    const asked = this.#queue.uncertain();
    this.#step(
      () => this.#store.inventory(asked.map(({ hold }) => hold.idBytes)),
      (inventory) => {
        this.#uncertain = this.#queue.decide(asked, this.#borrowed.reread(asked, inventory));
        this.#flush();
      },
      (error) => {
        this.#recover(null, error);
      },
    );
  }

  /** Commits a batch, or puts it back. */
  #run(batch: Batch): void {
    const prepared = prepare(batch, Date.now());
    this.#step(
      () => this.#store.commit(prepared.order),
      (answer: Answer) => {
        this.#failures = 0;
        this.#queue.dropped += answer.droppedRejections;
        const { denied, lost, excess } = apply(prepared, answer);
        for (const lease of excess) this.#borrowed.returning.add(lease);
        for (const lease of lost) this.#lose(lease);
        for (const each of denied) this.#deny(each);
        this.#options.onBatch?.(batch.settling.length);
        this.#scheduled = false;
        if (this.#pending() || this.#borrowed.returning.size > 0) this.#schedule();
      },
      (error) => {
        // What the commit may have returned stays out of reach until somebody has looked.
        if (this.#store.faultOf(error) !== "unknown") undo(prepared);
        this.#putBack(batch);
        this.#recover(batch, error);
      },
    );
  }

  /** Goes on when a step of the store is done: at once, or when its promise is. */
  #step<T>(step: () => T | Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    let value: T | Promise<T>;
    try {
      value = step();
    } catch (error) {
      failed(error);
      return;
    }
    if (!(value instanceof Promise)) {
      done(value);
      return;
    }
    value
      .then(
        (result) => {
          if (this.#isRunning()) done(result);
        },
        (error: unknown) => {
          if (this.#isRunning()) failed(error);
        },
      )
      .catch((error: unknown) => {
        this.#giveUp(error);
      });
  }

  #putBack(batch: Batch): void {
    this.#queue.putBack(batch);
    for (const lease of batch.returning) this.#borrowed.returning.add(lease);
  }

  #again(pauseMs: number): void {
    // Settlements wait for ever; those who want a hold do not.
    this.#queue.expire(performance.now() - WAIT_LIMIT_MS);
    this.#scheduled = false;
    this.#schedule(pauseMs);
  }

  /** After a commit that failed, or a reading (then `batch` is null): wait, find the row at fault, or give up. */
  #recover(batch: Batch | null, error: unknown): void {
    switch (this.#store.faultOf(error)) {
      case "busy":
        this.#again(Math.min(LONGEST_BUSY_PAUSE_MS, FIRST_BUSY_PAUSE_MS * 2 ** this.#failures++));
        return;
      case "unknown":
        if (this.#failures++ === 0) this.#report("commit_failed", null, error);
        this.#uncertain = true;
        for (const settling of batch?.settling ?? []) settling.uncertain = true;
        this.#again(UNKNOWN_PAUSE_MS);
        return;
      case "refused":
        if (batch !== null && batch.rejections.length > 0) {
          // Nobody's account is frozen, and nothing ends, for what is history only: it may be stored already, of a commit in doubt.
          this.#queue.drop(batch);
          this.#again(0);
        } else if (batch !== null && batch.settling.length > 0) this.#bisect(batch.settling.length, error);
        else this.#giveUp(error);
        return;
      case "fatal":
        this.#giveUp(error);
    }
  }

  /**
   * Commits the first half of the settlements among which one is at fault, until that one is alone: it is absorbed and its account
   * frozen (§9.2 i). The rest of the queue takes its turn afterwards.
   */
  #bisect(count: number, error: unknown): void {
    const settling = this.#queue.takeSettling(Math.ceil(count / 2));
    const [first] = settling;
    if (count === 1 && first !== undefined) {
      if (first.refusal !== null) {
        this.#queue.putBack({ settling, waiting: [], rejections: [], returning: [] });
        this.#giveUp(error);
        return;
      }
      first.refusal = error instanceof Error ? error.message : String(error);
      this.#report("row_refused", first.hold.requestId, error);
    }
    this.#run({ settling, waiting: [], rejections: [], returning: [] });
  }

  #lose(lease: Lease): void {
    this.#borrowed.forget(lease);
    this.#report("lease_lost", null, new Error(`lease ${lease.id} of account ${lease.accountId}`));
  }

  /** Refuses somebody for whom the balance is not enough, after all others have returned what they do not use (§9.2 e). */
  #deny({ waiting, error }: Denied): void {
    const { accountId } = waiting.hold;
    if (!this.#store.isShared || waiting.isRecalled || !isShort(error)) {
      waiting.refuse(error);
      return;
    }
    waiting.isRecalled = true;
    let recall = this.#recalls.get(accountId);
    if (recall === undefined) {
      recall = this.#store.recall(accountId).finally(() => this.#recalls.delete(accountId));
      this.#recalls.set(accountId, recall);
    }
    recall.then(
      (found) => {
        if (found) this.#wait(waiting);
        else waiting.refuse(error);
      },
      () => {
        waiting.refuse(errors.ledgerUnavailable());
      },
    );
  }

  #giveUp(error: unknown): void {
    this.#state = "closed";
    this.#heart.stop();
    this.#store.abandon();
    this.#queue.refuseAll(error);
    this.#options.onFatal(error);
  }

  #report(kind: LedgerProblem["kind"], requestId: string | null, error: unknown): void {
    this.#options.onProblem?.({ kind, requestId, error });
  }
}
