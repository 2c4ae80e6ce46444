/** One simulated installation: a database with accounts and prices, and one to three nodes whose books are open on it. */
import type { StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import type { Database } from "../../src/db/connect.ts";
import { rowsOf, script } from "../../src/db/fixtures.ts";
import { openDatabase } from "../../src/db/open.ts";
import { Books } from "../../src/ledger/books.ts";
import { IdempotencyKeys } from "../../src/ledger/idempotency-keys.ts";
import { IdempotencyStore } from "../../src/ledger/idempotency-store.ts";
import { openStore } from "../../src/ledger/open-store.ts";
import { GRACE_MS, TTL_MS } from "../../src/ledger/postgres-store.ts";
import type { LedgerProblem } from "../../src/ledger/problem.ts";
import type { SimClock } from "./clock.ts";
import { FaultyStore } from "./faulty-store.ts";
import { makePlace, type Place } from "./places.ts";

export interface SimNode {
  readonly books: Books;
  readonly keys: IdempotencyKeys;
  readonly store: FaultyStore;
  readonly database: Database;
  /** Grows whenever others may have taken this node for dead: what it held before may be lost. */
  generation: number;
}

/** When everybody claims a key: none expires in a run. */
const KEYS_NOW = 1_800_000_000_000;
/** Between two renewals of a node that is heard of: two of them are less than a life. */
const HEARD_MS = 9_000;
/** How long a pool is waited for: one that lends a connection to a dead node's commit would be waited for without end. */
const CLOSE_MS = 1_000;

export class SimRig {
  readonly kind: Database["kind"];
  readonly clock: SimClock;
  readonly #place: Place;
  readonly #databases: Database[] = [];
  readonly #stores: FaultyStore[] = [];
  readonly #statements = new Map<string, StatementSync>();
  nodes: SimNode[] = [];
  /** Stores of nodes that died while a commit was on its way. */
  readonly dead: FaultyStore[] = [];
  readonly problems: LedgerProblem[] = [];
  readonly fatal: unknown[] = [];
  /** Nobody's: for looking, and for changes that come from outside. */
  outside!: Database;

  private constructor(kind: Database["kind"], clock: SimClock, place: Place) {
    this.kind = kind;
    this.clock = clock;
    this.#place = place;
  }

  static async open(kind: Database["kind"], clock: SimClock): Promise<SimRig> {
    const rig = new SimRig(kind, clock, await makePlace(kind));
    rig.outside = await rig.#connect();
    return rig;
  }

  /**
   * Another node beside those that live; on SQLite there is one only, whose connections its successors take over: opening them is most
   * of what a run would cost, and the file cannot tell.
   */
  async start(): Promise<SimNode> {
    const database = this.kind === "sqlite" ? this.outside : await this.#connect();
    const store = new FaultyStore(await openStore(database));
    this.#stores.push(store);
    let isDead = (): boolean => false;
    const books = new Books(store, {
      // The dead cannot complain.
      onProblem: (problem) => {
        if (!isDead()) this.problems.push(problem);
      },
      onFatal: (error) => {
        if (!isDead()) this.fatal.push(error);
      },
    });
    await books.start();
    const keys = new IdempotencyKeys({
      rows: new IdempotencyStore(database),
      owner: () => books.owner,
      now: () => KEYS_NOW,
      failed: (error) => void this.fatal.push(error),
    });
    const node: SimNode = { books, keys, store, database, generation: 0 };
    this.nodes.push(node);
    isDead = () => !this.nodes.includes(node);
    return node;
  }

  /** Ends a node as `kill -9` would. */
  kill(node: SimNode): void {
    this.nodes = this.nodes.filter((each) => each !== node);
    node.books.abandon();
    node.keys.stop();
    if (node.store.stuck !== null) this.dead.push(node.store);
  }

  /**
   * Time passes in which only some nodes are heard of, and the database is reachable. In parts shorter than half a
   * life: who is heard of is heard of all the while, and is not found silent by the one that comes first.
   */
  async pass(milliseconds: number, heard: readonly SimNode[]): Promise<void> {
    for (const { books } of heard) await books.beat();
    const parts = Math.ceil((milliseconds + 1) / HEARD_MS);
    const part = Math.ceil((milliseconds + 1) / parts);
    for (let each = 0; each < parts; each++) {
      this.clock.pass(part);
      if (this.kind === "postgres")
        await this.exec(`update lease_clock set reachable_ms = reachable_ms + ${part}, resumed_at = 0`);
      for (const { books } of heard) await books.beat();
    }
  }

  /** Long enough for everything that the dead had borrowed to come back (I-29). */
  async outlast(): Promise<void> {
    for (const milliseconds of [TTL_MS, GRACE_MS]) await this.pass(milliseconds, this.nodes);
  }

  exec(sql: string): Promise<void> {
    return script(this.outside, sql);
  }

  /** Asked after every step: on SQLite its statements are prepared once. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    const { outside } = this;
    if (outside.kind === "postgres") return rowsOf(outside, sql);
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = outside.sqlite.prepare(sql)));
    return statement.all();
  }

  async remove(): Promise<void> {
    for (const { books } of this.nodes) books.abandon();
    // What was delivered after a death took a connection again, and a pool waits for all of them.
    for (const store of this.#stores) store.abandon();
    for (const database of this.#databases) await Promise.race([database.close(), sleep(CLOSE_MS)]);
    await this.#place.remove();
  }

  async #connect(): Promise<Database> {
    const { postgres, file } = this.#place;
    const database = await openDatabase({ postgres, file });
    this.#databases.push(database);
    return database;
  }
}
