/**
 * How much of an account's cost the operator absorbs in a day (I-36): failures are free for customers, and somebody who can make them
 * happen spends the operator's money. Past it the operator is told, and replies that fail after output are charged (decision 0040). In
 * memory; what is known of an account is read when it first absorbs something, and again when it matters.
 */
import type { Nano } from "../money.ts";

/** One dollar, or a twentieth of what the account spent in 30 days, whichever is more. */
export const LEAST_ALLOWANCE: Nano = 1_000_000_000n;
const SHARE_OF_SPEND = 20n;
const DAY_MS = 86_400_000;
/** Accounts that are counted at a time. */
const MAX_ACCOUNTS = 10_000;
/** Whoever is to be charged is charged by what is known of all processes; it may be as old as this. */
const STALE_MS = 1_000;

export const allowanceOf = (spent: Nano): Nano => {
  const share = spent / SHARE_OF_SPEND;
  return share > LEAST_ALLOWANCE ? share : LEAST_ALLOWANCE;
};

/** What is stored of an account, in nano-units. */
export interface AbsorbedDay {
  /** Absorbed since the day began, by UTC. */
  readonly absorbed: Nano;
  /** Charged in the last 30 days. */
  readonly spent: Nano;
}

export interface AllowanceOptions {
  /** @param dayStart milliseconds since the Unix epoch */
  readonly read: (accountId: number, dayStart: number) => Promise<AbsorbedDay>;
  /** Once per account and day. */
  readonly exceeded: (accountId: number, absorbed: Nano, allowance: Nano) => Promise<void>;
  readonly failed: (error: unknown) => void;
  readonly now: () => number;
}

interface Counted {
  absorbed: Nano;
  allowance: Nano;
  told: boolean;
  readonly readAt: number;
}

export class Allowances {
  readonly #options: AllowanceOptions;
  #day = 0;
  #accounts = new Map<number, Promise<Counted>>();

  constructor(options: AllowanceOptions) {
    this.#options = options;
  }

  /** Something was absorbed, and is committed. Never throws. */
  add(accountId: number, amount: Nano): void {
    this.#add(accountId, amount).catch(this.#options.failed);
  }

  /**
   * Whether a reply that failed after output is past the account's allowance; if it is not, its cost counts from now on, and must not be
   * added again. The one that goes beyond the allowance is still within it. @throws what reading throws
   */
  async isPast(accountId: number, cost: Nano): Promise<boolean> {
    const { reading } = this.#counted(accountId);
    let counted = await reading;
    if (counted.absorbed <= counted.allowance && this.#options.now() - counted.readAt >= STALE_MS)
      counted = await this.#again(accountId, reading);
    if (counted.absorbed > counted.allowance) return true;
    counted.absorbed += cost;
    return false;
  }

  async #add(accountId: number, amount: Nano): Promise<void> {
    const { reading, isKnown } = this.#counted(accountId);
    const counted = await reading;
    // What is read holds what was just committed.
    if (isKnown) counted.absorbed += amount;
    if (counted.told || counted.absorbed <= counted.allowance) return;
    counted.told = true;
    await this.#options.exceeded(accountId, counted.absorbed, counted.allowance);
  }

  /** What is counted of an account, which is read if nothing is. */
  #counted(accountId: number): { readonly reading: Promise<Counted>; readonly isKnown: boolean } {
    const day = Math.floor(this.#options.now() / DAY_MS);
    if (day !== this.#day || this.#accounts.size >= MAX_ACCOUNTS) {
      this.#day = day;
      this.#accounts = new Map();
    }
    const known = this.#accounts.get(accountId);
    const reading = known ?? this.#read(accountId, null);
    if (known === undefined) this.#accounts.set(accountId, reading);
    return { reading, isKnown: known !== undefined };
  }

  /** Reads again, once for all who ask meanwhile. What is counted here and not committed yet stays counted. */
  async #again(accountId: number, stale: Promise<Counted>): Promise<Counted> {
    const current = this.#accounts.get(accountId);
    if (current !== undefined && current !== stale) return await current;
    const reading = this.#read(accountId, await stale);
    this.#accounts.set(accountId, reading);
    return await reading;
  }

  async #read(accountId: number, before: Counted | null): Promise<Counted> {
    const readAt = this.#options.now();
    try {
      const { absorbed, spent } = await this.#options.read(accountId, Math.floor(readAt / DAY_MS) * DAY_MS);
      const own = before?.absorbed ?? 0n;
      return {
        absorbed: own > absorbed ? own : absorbed,
        allowance: allowanceOf(spent),
        told: before?.told ?? false,
        readAt,
      };
    } catch (error) {
      this.#accounts.delete(accountId);
      throw error;
    }
  }
}
