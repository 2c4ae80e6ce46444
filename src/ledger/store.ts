/**
 * What the ledger asks of a database: one commit at a time, handed over as plain data and answered with plain data, so that it may
 * as well be answered by another process. Types only; sqlite-store.ts and postgres-store.ts fill them.
 *
 * Nothing below decides about a customer; every statement that lowers what an account may spend carries its own condition (I-11).
 */
import type { Nano } from "../money.ts";
import type { Usage } from "../unit.ts";
import type { KeyEnd } from "./idempotency.ts";
import type { AccountFacts, BudgetFacts, Wish } from "./lease.ts";

/** One row of `request`. */
export interface RequestRow {
  readonly id: Uint8Array;
  /** The week of the id's time (§9.9). */
  readonly period: number;
  readonly accountId: number;
  readonly keyId: number;
  readonly durationMs: number;
  readonly firstByteMs: number | null;
  readonly status: number;
  readonly stream: boolean;
  readonly outcome: string;
  readonly source: string;
  readonly usageInvalid: boolean;
  readonly model: string;
  readonly protocol: string;
  readonly usage: Usage;
  readonly priceId: number | null;
  readonly planId: string | null;
  /** Null for 1. */
  readonly multiplierNum: bigint | null;
  readonly multiplierDen: bigint | null;
  /** Null where it is posted + absorbed. */
  readonly exact: Nano | null;
  readonly hold: Nano;
  readonly posted: Nano;
  readonly absorbed: Nano;
  readonly attempts: string | null;
}

/** What a commit does to one lease, and through it to its account. */
export interface LeaseChange {
  /** 0 while this process does not know of an open lease. */
  readonly id: number;
  readonly epoch: number;
  readonly accountId: number;
  /** The key from whose budget it is taken as well, or null. */
  readonly keyId: number | null;
  /** What the requests of the commit posted under it. */
  readonly posted: Nano;
  /** What is returned whatever else happens. 0 where somebody waits. */
  readonly returned: Nano;
  /** What of it nobody will hold after that; what those who wait may share. */
  readonly slack: Nano;
  /** First come first served. */
  readonly wishes: readonly Wish[];
  /** Somebody waits for the slack and is told that what there was is returned. */
  readonly recalled: boolean;
}

/** A request with the place of its lease in the commit's list. */
export interface Posting {
  readonly lease: number;
  readonly row: RequestRow;
}

/** A settlement that the schema refuses: its account is frozen and the reason recorded (§9.2 i). */
export interface Refusal {
  readonly accountId: number;
  readonly requestId: string;
  /** JSON. */
  readonly detail: string;
}

/** What becomes of the Idempotency-Key of a request that is settled in the commit. */
export interface EndedKey {
  readonly requestId: Uint8Array;
  readonly end: KeyEnd;
}

/** One commit. Structured-cloneable. */
export interface Order {
  /** Milliseconds since the Unix epoch, for display only. */
  readonly now: number;
  readonly leases: readonly LeaseChange[];
  readonly postings: readonly Posting[];
  readonly refusals: readonly Refusal[];
  /** Requests that held nothing: for the history only; one that the schema refuses is left out. */
  readonly rejections: readonly RequestRow[];
  /** Those of its settlements that have a key. */
  readonly keys: readonly EndedKey[];
}

/** What became of one lease. */
export interface LeaseResult {
  /** The lease's id; 0 while nothing is borrowed. */
  readonly id: number;
  /** The lease is not this process's any more: nothing was posted under it, all of it is absorbed (§9.2 b). */
  readonly isLost: boolean;
  /** Borrowed less returned, without what was posted. */
  readonly delta: Nano;
  /** The account as the commit leaves it. */
  readonly account: AccountFacts;
  readonly budget: BudgetFacts | null;
}

/** The answer to a commit: a result for each of its leases, in their order. Structured-cloneable. */
export interface Answer {
  readonly leases: readonly LeaseResult[];
  readonly droppedRejections: number;
}

/** An open lease as the database has it. */
export interface LeaseFacts extends AccountFacts {
  readonly id: number;
  readonly accountId: number;
  readonly keyId: number | null;
  readonly amount: Nano;
  readonly recalled: boolean;
}

/** What the database has of this process. */
export interface Inventory {
  readonly leases: readonly LeaseFacts[];
  /** Those of the requests asked for that are committed, by their place in the question (I-26). */
  readonly committed: ReadonlyMap<number, { readonly posted: Nano; readonly absorbed: Nano }>;
}

/** How long this process may use what it has borrowed, as of a renewal. */
export interface Renewal {
  /** Another epoch than before: everything borrowed in earlier ones is lost. */
  readonly epoch: number;
  /** Monotonic milliseconds; Infinity where leases end with the process only. */
  readonly liveUntil: number;
}

/** What a renewal tells of leases: requests in flight and what they hold. */
export interface InFlight {
  readonly id: number;
  readonly holds: number;
  readonly held: Nano;
}

/**
 * - `busy`: nothing happened; ask again soon.
 * - `unknown`: nobody knows whether it happened: read again first (I-26).
 * - `refused`: a rule of the schema; nothing happened and never will.
 * - `fatal`: the process must end.
 */
export type StoreFault = "busy" | "unknown" | "refused" | "fatal";

export interface LedgerStore {
  /** This process's own id among those that borrow. */
  readonly owner: string;
  /** True where other processes borrow from the same accounts. */
  readonly isShared: boolean;
  /** Runs one order in one transaction: at once, or as a promise. Never called while an earlier one runs. */
  commit(order: Order): Answer | Promise<Answer>;
  /** Reads leases, and which of the given requests are committed, after whatever commit may still be under way. */
  inventory(requestIds: readonly Uint8Array[]): Inventory | Promise<Inventory>;
  /** What an error of these methods means. */
  faultOf(error: unknown): StoreFault;
  /** Says that this process lives, and learns until when it may believe so. */
  renew(inFlight: readonly InFlight[]): Renewal | Promise<Renewal>;
  /**
   * Asks other owners to return the slack of an account; resolves when they have, or soon (§9.2 e).
   * @returns false when nobody else had anything to return
   */
  recall(accountId: number): Promise<boolean>;
  /** Calls back with an account whose slack somebody else needs. */
  onRecall(heard: (accountId: number) => void): void;
  /** Returns everything that this process has borrowed. Nothing may be called afterwards. */
  close(now: number): Promise<void>;
  /** Lets go of its connections and returns nothing: the process is ending, or a test plays its death. */
  abandon(): void;
}
