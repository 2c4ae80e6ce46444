/** A ledger store between the books and the real one, in which each kind of commit goes wrong when it is told to. */
import type { Answer, InFlight, Inventory, LedgerStore, Order, Renewal, StoreFault } from "../../src/ledger/store.ts";

/**
 * - `busy`: refused before anything happened.
 * - `lost before`, `lost after`: the connection breaks before or after COMMIT; nobody is told which (I-26).
 * - `slow`: the answer comes some turns later; other things happen meanwhile.
 * - `twice`: the same order arrives a second time (I-27).
 * - `stuck`: it is on its way for ever; the next crash of its node decides that it was never sent, or arrives late.
 */
export const COMMIT_FAULTS = ["busy", "lost before", "lost after", "slow", "twice", "stuck"] as const;
export type CommitFault = (typeof COMMIT_FAULTS)[number];

class Injected extends Error {
  override readonly name = "Injected";
  readonly fault: StoreFault;
  constructor(fault: StoreFault) {
    super(fault);
    this.fault = fault;
  }
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

const NEVER = new Promise<never>(() => undefined);

export class FaultyStore implements LedgerStore {
  readonly inner: LedgerStore;
  readonly owner: string;
  readonly isShared: boolean;
  /** What becomes of the next commit. */
  next: { readonly fault: CommitFault; readonly turns: number } | null = null;
  /** The next renewal does not arrive. */
  losesRenewal = false;
  /** When the last renewal was sent that was answered: monotonic milliseconds. */
  renewedAt = 0;
  /** An order that is on its way for ever. */
  stuck: Order | null = null;
  /** An order with charges that was committed a second time without being refused, or anything else that must not be. */
  readonly wrongs: string[] = [];
  #isDead = false;

  constructor(inner: LedgerStore) {
    this.inner = inner;
    this.owner = inner.owner;
    this.isShared = inner.isShared;
  }

  commit(order: Order): Answer | Promise<Answer> {
    const { next } = this;
    this.next = null;
    if (next === null) return this.inner.commit(order);
    switch (next.fault) {
      case "busy":
        throw new Injected("busy");
      case "lost before":
        throw new Injected("unknown");
      case "lost after":
        return this.#lostAfter(order);
      case "slow":
        return turns(next.turns).then(() => (this.#isDead ? NEVER : this.inner.commit(order)));
      case "twice":
        return this.#twice(order);
      case "stuck":
        this.stuck = order;
        return NEVER;
    }
  }

  /** Delivers an order that was stuck when its process died. @returns what was posted under leases that took it */
  async deliver(): Promise<bigint> {
    const { stuck } = this;
    this.stuck = null;
    // A lease that was not there yet is opened by the living only: its id comes with the answer.
    if (stuck === null || stuck.leases.some(({ id }) => id === 0)) return 0n;
    try {
      const { leases } = await this.inner.commit(stuck);
      return stuck.leases.reduce((sum, { posted }, index) => sum + (leases[index]?.isLost === false ? posted : 0n), 0n);
    } catch (error) {
      // Undone as a whole.
      if (this.inner.faultOf(error) !== "refused") throw error;
      return 0n;
    }
  }

  async #lostAfter(order: Order): Promise<Answer> {
    await this.inner.commit(order);
    throw new Injected("unknown");
  }

  async #twice(order: Order): Promise<Answer> {
    const answer = await this.inner.commit(order);
    if (order.postings.length === 0 || this.#isDead) return answer;
    try {
      await this.inner.commit({ ...order, rejections: [] });
      this.wrongs.push("an order was committed twice (I-21)");
    } catch (error) {
      const fault = this.inner.faultOf(error);
      // Where the second one was not heard, or met a locked file, there was one.
      if (fault === "fatal") throw error;
    }
    return answer;
  }

  inventory(requestIds: readonly Uint8Array[]): Inventory | Promise<Inventory> {
    return this.inner.inventory(requestIds);
  }

  faultOf(error: unknown): StoreFault {
    return error instanceof Injected ? error.fault : this.inner.faultOf(error);
  }

  async renew(inFlight: readonly InFlight[]): Promise<Renewal> {
    if (this.losesRenewal) {
      this.losesRenewal = false;
      throw new Injected("unknown");
    }
    const sentAt = performance.now();
    const renewal = await this.inner.renew(inFlight);
    this.renewedAt = sentAt;
    return renewal;
  }

  recall(accountId: number): Promise<boolean> {
    return this.inner.recall(accountId);
  }

  onRecall(heard: (accountId: number) => void): void {
    this.inner.onRecall(heard);
  }

  close(now: number): Promise<void> {
    return this.inner.close(now);
  }

  abandon(): void {
    this.#isDead = true;
    this.inner.abandon();
  }
}
