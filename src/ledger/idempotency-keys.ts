/** The Idempotency-Keys of one process: claims them, frees what came to nothing, and forgets what is old (I-28). */
import { errors } from "../errors.ts";
import {
  bytesOf,
  judge,
  withoutReply,
  type KeptReply,
  type KeyClaim,
  type KeyEnd,
  type KeyRow,
  type Owner,
  type Verdict,
} from "./idempotency.ts";

/** Turns of a claim that always finds somebody else to have been faster; it is then said to be running. */
const MAX_ROUNDS = 4;
/** Replies that wait for their commit, in bytes; others go without, and are not kept. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
/** Keys to be freed that a database that is away may owe us; further ones are known until they expire. */
const MAX_UNFREED = 10_000;
const FREE_AGAIN_MS = 2_000;
const SWEEP_MS = 60_000;
/** Statements of one sweep, so that it ends. */
const MAX_SWEEPS = 200;

/** What the keys are stored by: `IdempotencyStore`. */
export interface KeyRows {
  claim(claim: KeyClaim, now: number): Promise<boolean>;
  find(claim: Pick<KeyClaim, "accountId" | "route" | "key">): Promise<KeyRow | undefined>;
  takeOver(claim: KeyClaim, abandoned: string, now: number): Promise<boolean>;
  free(requestId: string): Promise<void>;
  keep(requestId: string, reply: KeptReply): Promise<void>;
  freeBegun(requestId: string): Promise<void>;
  sweep(now: number): Promise<boolean>;
  isGone(owner: Owner, self: Owner): Promise<boolean>;
}

export interface IdempotencyKeysOptions {
  readonly rows: KeyRows;
  /** Who this process is to the ledger, now. */
  readonly owner: () => Owner;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Something to log: the database did not answer a sweep. */
  readonly failed: (error: unknown) => void;
}

/** The answer to a claim. */
export type ClaimAnswer =
  /** The key is the request's, whose hold must be taken in this life of the owner: in another nobody would know that it runs. */
  | { readonly kind: "claimed"; readonly epoch: number }
  | Exclude<Verdict, { kind: "free" }>
  | { readonly kind: "raced" };

export class IdempotencyKeys {
  readonly #options: IdempotencyKeysOptions;
  readonly #unfreed = new Set<string>();
  #pendingBytes = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: IdempotencyKeysOptions) {
    this.#options = options;
  }

  /** Sweeps from now on. */
  start(): this {
    this.#sweeper = setInterval(() => {
      this.sweep().catch(this.#options.failed);
    }, SWEEP_MS);
    this.#sweeper.unref();
    return this;
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#sweeper);
    clearTimeout(this.#again);
  }

  /** Claims a key for a request, or says what it stands for. @throws GatewayError ledger_unavailable */
  async claim(asked: Omit<KeyClaim, "owner">): Promise<ClaimAnswer> {
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const answer = await this.#tryClaim(asked);
        if (answer !== null) return answer;
      }
    } catch (error) {
      // Nobody knows whether it was claimed.
      this.#owe(asked.requestId);
      throw errors.ledgerUnavailable(error);
    }
    return { kind: "raced" };
  }

  /** @returns null when what was found is not there any more */
  async #tryClaim(asked: Omit<KeyClaim, "owner">): Promise<ClaimAnswer | null> {
    const { rows, owner: self, now: clock } = this.#options;
    const owner = self();
    const claim = { ...asked, owner };
    const now = clock();
    const claimed = { kind: "claimed", epoch: owner.epoch } as const;
    if (await rows.claim(claim, now)) return claimed;
    const row = await rows.find(claim);
    if (row?.state === "running" && (await rows.isGone(row.owner, owner)))
      return (await rows.takeOver(claim, row.requestId, now)) ? claimed : null;
    const verdict = judge(row, asked.asked, now);
    return verdict.kind === "free" ? null : verdict;
  }

  /** Frees the key of a request that was refused before its hold. Never throws: what the database does not take now, it is told again. */
  async free(requestId: string): Promise<void> {
    try {
      await this.#options.rows.free(requestId);
      this.#unfreed.delete(requestId);
    } catch {
      this.#owe(requestId);
    }
  }

  #owe(requestId: string): void {
    if (this.#unfreed.size >= MAX_UNFREED || this.#isStopped) return;
    this.#unfreed.add(requestId);
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      void this.#freeOwed();
    }, FREE_AGAIN_MS).unref();
  }

  /** One after another, up to the first that is not taken: that one begins the next wait. */
  async #freeOwed(): Promise<void> {
    for (const id of this.#unfreed) {
      await this.free(id);
      if (this.#again !== undefined) return;
    }
  }

  /** Stores the reply of a task that was begun. What is not stored is answered with the name of its request. */
  async keep(requestId: string, reply: KeptReply): Promise<void> {
    await this.#options.rows.keep(requestId, reply).catch(this.#options.failed);
  }

  /** Frees the key of a task that was begun and has ended without a charge. What is not freed is known until it expires. */
  async freeBegun(requestId: string): Promise<void> {
    await this.#options.rows.freeBegun(requestId).catch(this.#options.failed);
  }

  /** Settles a request whose key ends like this. A reply that has no room beside others that wait for their commit is not kept. */
  settling<T>(end: KeyEnd, settle: (end: KeyEnd) => Promise<T>): Promise<T> {
    const bytes = bytesOf(end);
    if (bytes === 0) return settle(end);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) return settle(withoutReply(end));
    this.#pendingBytes += bytes;
    return settle(end).finally(() => {
      this.#pendingBytes -= bytes;
    });
  }

  /** Forgets what is expired, a few rows at a time. @throws (rejects with) what the database throws */
  async sweep(): Promise<void> {
    for (let count = 0; count < MAX_SWEEPS && !this.#isStopped; count++)
      if (!(await this.#options.rows.sweep(this.#options.now()))) return;
  }
}
