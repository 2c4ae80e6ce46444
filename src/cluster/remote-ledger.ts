/** The ledger's store in a worker: every order goes to the primary, which is the one writer (§9.2 h). */
import type { Answer, Inventory, LedgerStore, Order, Renewal, StoreFault } from "../ledger/store.ts";
import { LinkError, type Link } from "./link.ts";

export class RemoteLedger implements LedgerStore {
  /** The other workers borrow from the same accounts. */
  readonly isShared = true;
  readonly owner: string;
  readonly #link: Link;

  /** @param owner as the primary calls this process */
  constructor(link: Link, owner: string) {
    this.#link = link;
    this.owner = owner;
  }

  commit(order: Order): Promise<Answer> {
    return this.#link.ask("commit", order);
  }

  inventory(requestIds: readonly Uint8Array[]): Promise<Inventory> {
    return this.#link.ask("inventory", requestIds);
  }

  faultOf(error: unknown): StoreFault {
    return error instanceof LinkError ? error.fault : "fatal";
  }

  /** The leases of a worker live as long as its process; without its primary it has none. */
  renew(): Renewal {
    return { epoch: 1, liveUntil: Infinity };
  }

  recall(accountId: number): Promise<boolean> {
    return this.#link.ask("recall", accountId);
  }

  onRecall(heard: (accountId: number) => void): void {
    this.#link.on("recalled", heard);
  }

  async close(): Promise<void> {
    await this.#link.ask("leave", null);
  }

  abandon(): void {
    // The primary returns what is left when the process has ended.
  }
}
