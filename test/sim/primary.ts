/**
 * A primary with its workers (docs/decisions/0031), from its start to its end: the real crew, desk, lender and links; the processes, the
 * channels between them and the failures of the disk are played.
 */
import { Crew, WorkerFailed } from "../../src/cluster/crew.ts";
import { openHost } from "../../src/cluster/host.ts";
import { LedgerDesk } from "../../src/cluster/ledger-desk.ts";
import { Link, LinkError } from "../../src/cluster/link.ts";
import { RemoteLedger } from "../../src/cluster/remote-ledger.ts";
import type { SqliteDatabase } from "../../src/db/connect.ts";
import { openSqliteLender, type SqliteLender } from "../../src/ledger/sqlite-lender-store.ts";
import type { Chance } from "./channel.ts";
import type { CommitFault } from "./faulty-store.ts";
import { SimProcess } from "./process.ts";

const PORT = 8_080;
/** One burial in so many finds the file locked, and is tried again. */
const LOCKED_BURIALS = 4;

/** As SQLite numbers what went wrong. */
const CODES = { busy: 5, io: 10, full: 13 } as const;

const sqliteError = (errcode: number): Error => Object.assign(new Error("injected"), { errcode });

export interface PrimaryOptions {
  readonly database: SqliteDatabase;
  readonly workers: number;
  readonly chance: Chance;
  /** A worker knows who it is, and opens its books. */
  readonly join: (process: SimProcess, store: RemoteLedger) => Promise<void>;
  /** A worker is told to go: resolves when its books are closed, or cannot be. */
  readonly leave: (process: SimProcess) => Promise<void>;
  readonly fatal: (error: unknown) => void;
}

/** Faults that befall a commit of all workers at once. */
export type LenderFault = Extract<CommitFault, "busy" | "lost before" | "lost after">;

export class SimPrimary {
  /** What becomes of the next commit. */
  next: LenderFault | null = null;
  readonly #options: PrimaryOptions;
  readonly #processes = new Set<SimProcess>();
  readonly #crew: Crew;
  #isDead = false;
  #pids = 0;

  private constructor(options: PrimaryOptions, lender: SqliteLender) {
    this.#options = options;
    this.#sort(lender);
    this.#spoil(lender);
    const onFatal = (error: unknown): void => {
      if (!this.#isDead) options.fatal(error);
    };
    const ledger = new LedgerDesk(lender, { onFatal });
    this.#crew = new Crew({
      count: options.workers,
      fork: () => this.#fork().asWorker,
      // A burial that is tried again is logged, and no more.
      host: () => openHost({ ledger, limits: null, sandbox: null, failed: () => undefined }),
      event: () => undefined,
    });
  }

  /** Resolves when all workers serve. */
  static async start(options: PrimaryOptions): Promise<SimPrimary> {
    const primary = new SimPrimary(options, await openSqliteLender(options.database));
    await primary.#crew.start();
    return primary;
  }

  /** Nobody hears it, and it hears nobody, for so many turns. */
  stall(turns: number): void {
    for (const process of this.#processes) process.stall(turns);
  }

  /** From now on everything goes well. */
  calm(): void {
    this.next = null;
    for (const process of this.#processes) process.resume();
  }

  /** SIGTERM: resolves when no worker is left. */
  drain(): Promise<void> {
    return this.#crew.drain("none");
  }

  /** SIGHUP. */
  async roll(): Promise<void> {
    try {
      await this.#crew.roll();
    } catch (error) {
      // Nobody answered a new one in time: the old ones stay.
      if (!(error instanceof WorkerFailed)) throw error;
    }
  }

  /** As `kill -9` would: its workers end with it, and what it has heard and not committed is lost. */
  crash(): void {
    this.#isDead = true;
    for (const process of this.#processes) process.vanish();
  }

  #fork(): SimProcess {
    const process = new SimProcess(++this.#pids, this.#options.chance);
    if (this.#isDead) {
      process.vanish();
      return process;
    }
    this.#processes.add(process);
    process.once("exit", () => this.#processes.delete(process));
    this.#work(process).catch((error: unknown) => {
      if (this.#isDead || process.isOver) return;
      if (!(error instanceof LinkError)) this.#options.fatal(error);
      process.exit(1);
    });
    return process;
  }

  /** What a worker does (src/worker.ts). */
  async #work(process: SimProcess): Promise<void> {
    const link = new Link(process.port);
    const { owner } = await link.ask("enter", null);
    if (owner === null) throw new Error("a worker without a name");
    await this.#options.join(process, new RemoteLedger(link, owner));
    let isLeaving = false;
    link.on("drain", () => {
      if (isLeaving) return;
      isLeaving = true;
      this.#options
        .leave(process)
        .catch(this.#options.fatal)
        .finally(() => {
          process.exit(0);
        });
    });
    link.tell("serving", PORT);
  }

  /** Who is asked for slack first follows from names, which are chance: here the oldest is. */
  #sort(lender: SqliteLender): void {
    const [owners, store, borrowers] = [[] as string[], lender.store.bind(lender), lender.borrowers.bind(lender)];
    lender.store = (owner) => {
      owners.push(owner);
      return store(owner);
    };
    lender.borrowers = (accountId) =>
      [...borrowers(accountId)].toSorted((one, other) => owners.indexOf(one) - owners.indexOf(other));
  }

  /** Lets commits and burials fail as the disk would. */
  #spoil(lender: SqliteLender): void {
    const commitAll = lender.commitAll.bind(lender);
    lender.commitAll = (orders) => {
      if (this.#isDead) throw sqliteError(CODES.io);
      const { next } = this;
      this.next = null;
      if (next === "busy") throw sqliteError(CODES.busy);
      if (next === "lost before") throw sqliteError(CODES.full);
      const committed = commitAll(orders);
      if (next === "lost after") throw sqliteError(CODES.io);
      return committed;
    };
    const bury = lender.bury.bind(lender);
    lender.bury = async (store, now) => {
      if (this.#isDead) return new Promise<never>(() => undefined);
      if (this.#options.chance(LOCKED_BURIALS) === 0) throw sqliteError(CODES.busy);
      return bury(store, now);
    };
  }
}
