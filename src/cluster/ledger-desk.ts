/**
 * The primary's side of the books: orders of all workers, in one commit after another. What arrives in a turn of the event loop, or while
 * a commit runs, is the next one; there is no timer but the bound of a recall.
 */
import type { SqliteLender } from "../ledger/sqlite-lender-store.ts";
import type { SqliteLedgerStore } from "../ledger/sqlite-store.ts";
import type { Answer, Inventory, Order } from "../ledger/store.ts";
import { LinkError } from "./link.ts";

/** How long other workers may take to return slack (§9.2 e). */
const RECALL_MS = 300;
/** Settlements of one commit, but for the last order's: more would keep connections and limits waiting for more than some 20 ms. */
const MAX_ROWS = 2_048;

interface Waiting {
  readonly seat: Seat;
  readonly order: Order;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: LinkError) => void;
}

/** Somebody who waits for the slack of an account, and for whom. */
interface Recall {
  readonly accountId: number;
  readonly from: Set<Seat>;
  readonly over: () => void;
}

export interface LedgerDeskOptions {
  /** The state of the disk is unknown: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

export class LedgerDesk {
  readonly #lender: SqliteLender;
  readonly #options: LedgerDeskOptions;
  readonly #seats = new Map<string, Seat>();
  readonly #recalls = new Set<Recall>();
  #queue: Waiting[] = [];
  #isScheduled = false;

  constructor(lender: SqliteLender, options: LedgerDeskOptions) {
    this.#lender = lender;
    this.#options = options;
  }

  /** A place for a worker. @param owner an id unlike that of any before it @param recalled tells it that its slack is needed */
  seat(owner: string, recalled: (accountId: number) => void): Seat {
    const seat = new Seat(this, this.#lender.store(owner), recalled);
    this.#seats.set(owner, seat);
    return seat;
  }

  /** @throws (rejects with) LinkError with what the failure means */
  commit(seat: Seat, order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ seat, order, resolve, reject });
      this.#schedule();
    });
  }

  /** Commits what is queued, now. */
  flush(): void {
    while (this.#queue.length > 0) this.#commit();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#queue.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#commit();
      this.#schedule();
    });
  }

  /** The oldest orders, up to so many rows. */
  #next(): Waiting[] {
    let rows = 0;
    const end = this.#queue.findIndex(({ order }) => (rows += order.postings.length) >= MAX_ROWS);
    return this.#queue.splice(0, end < 0 ? this.#queue.length : end + 1);
  }

  #commit(): void {
    const queue = this.#next();
    if (queue.length === 0) return;
    try {
      const results = this.#lender.commitAll(queue.map(({ seat, order }) => ({ store: seat.store, order })));
      queue.forEach((each, index) => {
        const result = results[index];
        if (result === undefined || "error" in result) each.reject(failureOf(each.seat.store, result?.error));
        else {
          this.#heard(each);
          each.resolve(result.answer);
        }
      });
    } catch (error) {
      for (const { seat, reject } of queue) reject(failureOf(seat.store, error));
      if (queue[0]?.seat.store.faultOf(error) === "fatal") this.#options.onFatal(error);
    }
  }

  /** Asks all others for what they do not use; true when anybody was asked and has answered, or had time to. */
  recall(asking: Seat, accountId: number): Promise<boolean> {
    const from = new Set<Seat>();
    for (const owner of this.#lender.borrowers(accountId)) {
      const seat = this.#seats.get(owner);
      if (seat !== undefined && seat !== asking) from.add(seat);
    }
    if (from.size === 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#recalls.delete(recall);
        resolve(true);
      };
      const timer = setTimeout(over, RECALL_MS);
      const recall: Recall = { accountId, from, over };
      this.#recalls.add(recall);
      for (const seat of from) seat.recalled(accountId);
    });
  }

  /** The worker has ended: nobody waits for it any more. */
  remove(seat: Seat): void {
    for (const [owner, each] of this.#seats) if (each === seat) this.#seats.delete(owner);
    for (const recall of this.#recalls) this.#answered(recall, seat);
  }

  /** @throws the database's error when it stays locked for two seconds */
  bury(seat: Seat): Promise<void> {
    return this.#lender.bury(seat.store, Date.now());
  }

  #heard({ seat, order }: Waiting): void {
    for (const { recalled, accountId } of order.leases)
      if (recalled)
        for (const recall of this.#recalls) if (recall.accountId === accountId) this.#answered(recall, seat);
  }

  #answered(recall: Recall, seat: Seat): void {
    if (recall.from.delete(seat) && recall.from.size === 0) recall.over();
  }
}

const failureOf = (store: SqliteLedgerStore, error: unknown): LinkError =>
  new LinkError(error instanceof Error ? error.message : String(error), store.faultOf(error));

/** One worker's place at the desk. */
export class Seat {
  readonly store: SqliteLedgerStore;
  readonly recalled: (accountId: number) => void;
  readonly #desk: LedgerDesk;

  constructor(desk: LedgerDesk, store: SqliteLedgerStore, recalled: (accountId: number) => void) {
    this.#desk = desk;
    this.store = store;
    this.recalled = recalled;
  }

  commit(order: Order): Promise<Answer> {
    return this.#desk.commit(this, order);
  }

  /** What the database has of it after all of its orders so far. @throws LinkError */
  inventory(requestIds: readonly Uint8Array[]): Inventory {
    this.#desk.flush();
    try {
      return this.store.inventory(requestIds);
    } catch (error) {
      throw failureOf(this.store, error);
    }
  }

  recall(accountId: number): Promise<boolean> {
    return this.#desk.recall(this, accountId);
  }

  /** Its books are closed: everything it had borrowed is returned. @throws the database's error */
  async leave(): Promise<void> {
    this.#desk.flush();
    await this.store.close(Date.now());
  }

  /** Its process has ended, well or not: what it still has borrowed is returned, and recorded as what a crash may have cost. */
  async end(): Promise<void> {
    this.#desk.flush();
    await this.#desk.bury(this);
    this.#desk.remove(this);
  }
}
