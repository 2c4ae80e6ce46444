/**
 * One simulated installation: a database with accounts and prices, and one to three nodes whose books are open on it. On SQLite several
 * nodes are workers of one primary.
 */
import type { StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import { LinkError } from "../../src/cluster/link.ts";
import type { Database } from "../../src/db/connect.ts";
import { rowsOf, script } from "../../src/db/fixtures.ts";
import { openDatabase } from "../../src/db/open.ts";
import { Books } from "../../src/ledger/books.ts";
import { IdempotencyKeys } from "../../src/ledger/idempotency-keys.ts";
import { IdempotencyStore } from "../../src/ledger/idempotency-store.ts";
import { openStore } from "../../src/ledger/open-store.ts";
import { GRACE_MS, TTL_MS } from "../../src/ledger/postgres-store.ts";
import type { LedgerProblem } from "../../src/ledger/problem.ts";
import type { LedgerStore } from "../../src/ledger/store.ts";
import type { Chance } from "./channel.ts";
import type { SimClock } from "./clock.ts";
import { FaultyStore } from "./faulty-store.ts";
import { makePlace, type Place } from "./places.ts";
import { SimPrimary } from "./primary.ts";
import type { SimProcess } from "./process.ts";

export interface SimNode {
  readonly books: Books;
  readonly keys: IdempotencyKeys;
  readonly store: FaultyStore;
  readonly database: Database;
  /** Of a worker; null where a node is a server of its own. */
  readonly process: SimProcess | null;
  /** Grows whenever others may have taken this node for dead: what it held before may be lost. */
  generation: number;
}

/** When everybody claims a key: none expires in a run. */
const KEYS_NOW = 1_800_000_000_000;
/** Between two renewals of a node that is heard of: two of them are less than a life. */
const HEARD_MS = 9_000;
/** How long a pool is waited for: one that lends a connection to a dead node's commit would be waited for without end. */
const CLOSE_MS = 1_000;
/** Far beyond every limit of a primary's own, in turns. */
const PATIENCE_TURNS = 20_000;

const nextTurn = (): Promise<void> =>
  new Promise((resolve) =>
    setImmediate(() => {
      resolve();
    }),
  );

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
  /** Null where nodes are servers of their own. */
  primary: SimPrimary | null = null;
  /** Ends what a worker still serves. */
  finish: (node: SimNode) => Promise<void> = () => Promise.resolve();
  #chance: Chance = () => 0;
  #workers = 0;

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

  /** @param nodes how many live at first @param chance of delays */
  async begin(nodes: number, chance: Chance): Promise<void> {
    this.#chance = chance;
    if (this.kind === "sqlite" && nodes > 1) {
      this.#workers = nodes;
      await this.startPrimary();
    } else for (let node = 0; node < nodes; node++) await this.start();
  }

  /** A primary with all of its workers; there was none, or it is over. */
  async startPrimary(): Promise<void> {
    if (this.outside.kind !== "sqlite") throw new Error("a primary of nobody");
    this.primary = await SimPrimary.start({
      database: this.outside,
      workers: this.#workers,
      chance: this.#chance,
      join: async (process, store) => {
        const node = await this.#open(this.outside, store, process);
        // It died while it opened its books.
        if (process.isOver) this.#remove(node);
      },
      leave: (process) => this.#leave(process),
      fatal: (error) => void this.fatal.push(error),
    });
  }

  /** SIGTERM for a primary: its workers finish what they serve. */
  async stopPrimary(): Promise<void> {
    await this.#inTime(this.primary?.drain());
  }

  /** SIGHUP for a primary. */
  async roll(): Promise<void> {
    await this.#inTime(this.primary?.roll());
  }

  /** As `kill -9` would: its workers end with it, unseen. */
  crashPrimary(): void {
    this.primary?.crash();
    for (const node of this.nodes) this.#remove(node);
  }

  /** Waits until so many workers serve; all of them when it is not said. */
  async serving(least: number = this.#workers): Promise<void> {
    for (let turns = 0; this.primary !== null && this.nodes.length < least; turns++) {
      if (turns > PATIENCE_TURNS) throw new Error("I-29: nobody comes in the place of a worker that died");
      await nextTurn();
    }
  }

  /** A node whose commit never comes back. */
  isStuck({ store, process }: SimNode): boolean {
    return store.stuck !== null || process?.isHung === true;
  }

  /** From now on everything goes well, but for what is stuck. */
  calm(): void {
    for (const { store } of this.nodes) {
      store.next = null;
      store.losesRenewal = false;
    }
    this.primary?.calm();
  }

  /**
   * Another node beside those that live; on SQLite there is one only, whose connections its successors take over: opening them is most
   * of what a run would cost, and the file cannot tell.
   */
  async start(): Promise<SimNode> {
    const database = this.kind === "sqlite" ? this.outside : await this.#connect();
    return this.#open(database, await openStore(database), null);
  }

  async #open(database: Database, inner: LedgerStore, process: SimProcess | null): Promise<SimNode> {
    const store = new FaultyStore(inner);
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
    const node: SimNode = { books, keys, store, database, process, generation: 0 };
    this.nodes.push(node);
    isDead = () => !this.nodes.includes(node);
    return node;
  }

  /** A worker that was told to go. */
  async #leave(process: SimProcess): Promise<void> {
    const node = this.nodes.find((each) => each.process === process);
    if (node === undefined) return;
    await this.finish(node);
    try {
      await node.books.close();
    } catch (error) {
      // Nobody has answered: what is left is returned when the process has ended.
      if (!(error instanceof LinkError)) throw error;
    }
    this.#remove(node);
  }

  #remove(node: SimNode): void {
    this.nodes = this.nodes.filter((each) => each !== node);
    node.books.abandon();
    node.keys.stop();
  }

  /** @throws Error when it takes longer than anything does */
  async #inTime(done: Promise<void> = Promise.resolve()): Promise<void> {
    const over = done.then(() => true);
    for (let turns = 0; turns < PATIENCE_TURNS; turns++) if (await Promise.race([over, nextTurn()])) return;
    throw new Error("I-29: workers that were told to go do not go");
  }

  /** Ends a node as `kill -9` would. */
  kill(node: SimNode): void {
    this.#remove(node);
    node.process?.kill();
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

  /** All books are closed. */
  async close(): Promise<void> {
    if (this.primary === null) for (const { books } of this.nodes) await books.close();
    else await this.stopPrimary();
  }

  async remove(): Promise<void> {
    this.primary?.crash();
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
