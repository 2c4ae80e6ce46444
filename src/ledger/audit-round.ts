/**
 * The audit of a running server: every few minutes what may have changed, and once a day everything (I-70). An account that disagrees
 * is frozen and reported; nothing is repaired. Reading is done by a thread of its own, since SQLite is read synchronously.
 */
import { Worker } from "node:worker_threads";

import type { PostgresAddress } from "../postgres-address.ts";
import type { AuditReport, Disagreement } from "./audit-store.ts";

/** How often it is looked at what may have changed, and after how many rounds at everything. */
export const ROUND_MS = 300_000;
const ROUNDS_A_DAY = 288;

/** Where the thread finds the database. */
export interface AuditPlace {
  readonly postgres: PostgresAddress | null;
  readonly file: string;
}

/** What is asked of the thread, and what it answers. Structured-cloneable. */
export interface AuditQuestion {
  readonly full: boolean;
  /** How far it is, is told meanwhile, and at the end the whole report (audit-run.ts). */
  readonly told?: boolean;
}
export type AuditAnswer = { readonly disagreements: readonly Disagreement[] } | { readonly failure: string };
export type AuditTold =
  | { readonly done: number; readonly of: number }
  | { readonly report: AuditReport }
  | { readonly failure: string };

export interface AuditRoundOptions {
  readonly place: AuditPlace;
  readonly roundMs: number;
  /** Before each round: chains what the ledger wrote into the audit log by itself. */
  readonly prepare: () => Promise<void>;
  /** What disagrees; not called when nothing does. */
  readonly found: (disagreements: readonly Disagreement[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

export class AuditRounds {
  readonly #options: AuditRoundOptions;
  readonly #timer: NodeJS.Timeout;
  #thread: Worker | undefined;
  #rounds = 0;
  #running: Promise<void> | null = null;

  constructor(options: AuditRoundOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#running ??= this.#round().finally(() => {
        this.#running = null;
      });
    }, options.roundMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#thread?.terminate();
    await this.#running;
  }

  async #round(): Promise<void> {
    const full = ++this.#rounds % ROUNDS_A_DAY === 0;
    try {
      await this.#options.prepare();
      const answer = await this.#ask({ full });
      if (answer === null) return;
      if ("failure" in answer) throw new Error(answer.failure);
      if (answer.disagreements.length > 0) await this.#options.found(answer.disagreements);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  /** @returns null when the thread was stopped meanwhile */
  #ask(question: AuditQuestion): Promise<AuditAnswer | null> {
    const thread = (this.#thread ??= this.#start());
    return new Promise((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", (error) => {
        this.#thread = undefined;
        reject(error instanceof Error ? error : new Error(String(error)));
      });
      thread.once("exit", () => {
        this.#thread = undefined;
        resolve(null);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(question);
    }).finally(() => {
      thread.removeAllListeners();
    }) as Promise<AuditAnswer | null>;
  }

  #start(): Worker {
    const thread = new Worker(new URL("./audit-thread-store.ts", import.meta.url), { workerData: this.#options.place });
    thread.unref();
    return thread;
  }
}
