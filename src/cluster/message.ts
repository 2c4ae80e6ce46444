/** What the processes of one gateway say to each other: everything is plain data that a structured clone carries. Types only. */
import type { Answer, Inventory, Order } from "../ledger/store.ts";
import type { LimitOrder, LimitReport, Refusal } from "../limits/limit.ts";

/** What a worker needs to know before it can serve. */
export interface Briefing {
  /** Where the sandbox listens, which runs once; null when there is none. */
  readonly sandbox: { readonly baseUrl: string; readonly apiKey: string } | null;
  /** Its name as a borrower where the primary is the one writer of the books; null where it borrows from the database itself. */
  readonly owner: string | null;
  /** True where the primary counts the limits of all workers. */
  readonly limits: boolean;
}

/** Questions by name: what is asked, and what is answered. */
export interface Questions {
  /** Worker to primary. */
  readonly enter: { readonly asked: null; readonly answered: Briefing };
  readonly commit: { readonly asked: Order; readonly answered: Answer };
  readonly inventory: { readonly asked: readonly Uint8Array[]; readonly answered: Inventory };
  /** An account whose slack is needed; false when nobody else had any. */
  readonly recall: { readonly asked: number; readonly answered: boolean };
  /** All that was borrowed is to be returned. */
  readonly leave: { readonly asked: null; readonly answered: null };
  /** Primary to worker: what it has counted, as prom-client writes it. */
  readonly metrics: { readonly asked: null; readonly answered: object[] };
}

/** A limiter's word on one request. */
export type Decision =
  | { readonly admitted: true; readonly report: LimitReport | null }
  | Refusal
  /** More scopes are in use than can be counted. */
  | { readonly admitted: null };

/** What happened to requests since the last turn of the event loop; they are named by numbers of the worker's own. */
export interface LimitNews {
  readonly asked: readonly (readonly [number, LimitOrder])[];
  /** Tokens that were used. */
  readonly used: readonly (readonly [number, number])[];
  readonly over: readonly number[];
}

/** News by name. */
export interface News {
  /** Worker to primary: it serves on this port. */
  readonly serving: number;
  /** It cannot: one line that says why. */
  readonly failed: string;
  readonly limits: LimitNews;
  /** Primary to worker. */
  readonly decided: readonly (readonly [number, Decision])[];
  /** Another worker needs the slack of this account. */
  readonly recalled: number;
  /** Somebody else than the ledger has written into the database. */
  readonly changed: null;
  /** Stop taking work, a second time: stop what runs. `handover`: another has taken its place, so it stops to listen first. */
  readonly drain: "balancers" | "none" | "handover";
}
