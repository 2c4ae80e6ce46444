/** One simulated installation: a database with accounts and prices, and one to three nodes whose books are open on it. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Database } from "../../src/db/connect.ts";
import { createPostgres, POSTGRES_FOLDER_VARIABLE } from "../../src/db/fixtures-postgres.ts";
import { rowsOf, script } from "../../src/db/fixtures.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/db/open.ts";
import { Books } from "../../src/ledger/books.ts";
import { openStore } from "../../src/ledger/open-store.ts";
import { GRACE_MS, TTL_MS } from "../../src/ledger/postgres-store.ts";
import type { LedgerProblem } from "../../src/ledger/problem.ts";
import type { PostgresAddress } from "../../src/postgres-address.ts";
import type { SimClock } from "./clock.ts";
import { FaultyStore } from "./faulty-store.ts";

export interface SimNode {
  readonly books: Books;
  readonly store: FaultyStore;
  readonly database: Database;
  /** Grows whenever others may have taken this node for dead: what it held before may be lost. */
  generation: number;
}

/** How long a pool is waited for: one that lends a connection to a dead node's commit would be waited for without end. */
const CLOSE_MS = 1_000;

/** Where the files of runs are: beside the tests' PostgreSQL, in memory if the machine has enough. */
const baseFolder = (): string => process.env[POSTGRES_FOLDER_VARIABLE] ?? tmpdir();

let template: Promise<string> | null = null;

/** A migrated SQLite file that each run copies. */
const makeTemplate = async (): Promise<string> => {
  const file = path.join(mkdtempSync(path.join(baseFolder(), "sim-")), "template.db");
  const database = await openDatabase({ postgres: null, file });
  await migrate(database);
  if (database.kind === "sqlite") database.sqlite.exec("pragma wal_checkpoint(truncate)");
  await database.close();
  return file;
};

interface Place {
  readonly postgres: PostgresAddress | null;
  readonly file: string;
  remove(): Promise<void>;
}

const makePlace = async (kind: Database["kind"]): Promise<Place> => {
  if (kind === "postgres") {
    const made = await createPostgres();
    return { postgres: made.address, file: "", remove: () => made.drop() };
  }
  const from = await (template ??= makeTemplate());
  const folder = mkdtempSync(path.join(path.dirname(from), "run-"));
  const file = path.join(folder, "farthing.db");
  copyFileSync(from, file);
  return {
    postgres: null,
    file,
    remove: async () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export class SimRig {
  readonly kind: Database["kind"];
  readonly clock: SimClock;
  readonly #place: Place;
  readonly #databases: Database[] = [];
  readonly #stores: FaultyStore[] = [];
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

  /** Another node beside those that live; on SQLite there is one only. */
  async start(): Promise<SimNode> {
    const database = await this.#connect();
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
    const node: SimNode = { books, store, database, generation: 0 };
    this.nodes.push(node);
    isDead = () => !this.nodes.includes(node);
    return node;
  }

  /** Ends a node as `kill -9` would. */
  kill(node: SimNode): void {
    this.nodes = this.nodes.filter((each) => each !== node);
    node.books.abandon();
    if (node.store.stuck !== null) this.dead.push(node.store);
  }

  /**
   * Time passes in which only some nodes are heard of, and the database is reachable. In two halves: whoever is heard first must not find
   * that nothing was heard of the others.
   */
  async pass(milliseconds: number, heard: readonly SimNode[]): Promise<void> {
    const half = Math.ceil((milliseconds + 1) / 2);
    for (let part = 0; part < 2; part++) {
      this.clock.pass(half);
      if (this.kind === "postgres")
        await this.exec(`update lease_clock set reachable_ms = reachable_ms + ${half}, resumed_at = 0`);
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

  query(sql: string): Promise<Record<string, unknown>[]> {
    return rowsOf(this.outside, sql);
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
