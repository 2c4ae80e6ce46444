/**
 * The one writer of a SQLite file for several owners (§9.2 h): the orders of all of them are one transaction. An owner is a process on this
 * machine; its leases end when it has, which is seen and not timed.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { SqliteDatabase } from "../db/connect.ts";
import { whileBusy } from "../db/retry.ts";
import { SqliteLedgerStore } from "./sqlite-store.ts";
import type { Answer, Order } from "./store.ts";

/** One owner's order. */
export interface OwnedOrder {
  readonly store: SqliteLedgerStore;
  readonly order: Order;
}

/** What became of it; an error is what its owner's store would have thrown. */
export type Committed = { readonly answer: Answer } | { readonly error: unknown };

export class SqliteLender {
  readonly #sqlite: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #save: StatementSync;
  readonly #release: StatementSync;
  readonly #undo: StatementSync;
  readonly #borrowers: StatementSync;

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
    this.#begin = sqlite.prepare("begin immediate");
    this.#commit = sqlite.prepare("commit");
    this.#rollback = sqlite.prepare("rollback");
    this.#save = sqlite.prepare("savepoint one");
    this.#release = sqlite.prepare("release one");
    this.#undo = sqlite.prepare("rollback to one");
    this.#borrowers = sqlite.prepare(
      "select distinct owner from lease where account_id = ? and state = 'open' and amount > 0",
    );
  }

  /** @param owner an id unlike that of any before it */
  store(owner: string): SqliteLedgerStore {
    return new SqliteLedgerStore(this.#sqlite, owner);
  }

  /**
   * Commits all orders at once, in their sequence. One that the schema refuses is left out and gets its error; the others are committed.
   * @throws what concerns all of them: the file is locked, full or failing; what COMMIT throws may have been committed
   */
  commitAll(orders: readonly OwnedOrder[]): readonly Committed[] {
    this.#begin.run();
    try {
      const results = orders.map((each) => this.#one(each));
      this.#commit.run();
      return results;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  /** Owners that have borrowed from an account. */
  borrowers(accountId: number): readonly string[] {
    return this.#borrowers.all(accountId).map((row) => row["owner"] as string);
  }

  /** Returns what a dead owner had borrowed, with one record for each lease that tells how much may have been in use. */
  bury(store: SqliteLedgerStore, now: number): Promise<void> {
    return whileBusy(() => {
      store.bury(now);
    });
  }

  #one({ store, order }: OwnedOrder): Committed {
    this.#save.run();
    try {
      const answer = store.write(order);
      this.#release.run();
      return { answer };
    } catch (error) {
      // A file that is full or failing ends the transaction of all.
      if (store.faultOf(error) !== "refused" || !this.#sqlite.isTransaction) throw error;
      this.#undo.run();
      this.#release.run();
      return { error };
    }
  }
}

/**
 * Opens the lender on a database that it alone lends from; what dead processes had borrowed is returned first (I-25).
 * @throws the database's error when it stays locked for two seconds
 */
export const openSqliteLender = async ({ sqlite }: SqliteDatabase): Promise<SqliteLender> => {
  const lender = new SqliteLender(sqlite);
  const store = lender.store("start");
  await whileBusy(() => {
    store.recover(Date.now());
  });
  return lender;
};
