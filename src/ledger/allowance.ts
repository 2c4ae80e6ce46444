/**
 * How much of an account's cost the operator absorbs in a day before he is told (I-36): failures are free for customers, and somebody
 * who can make them happen spends the operator's money. In memory; what is known of an account is read when it first absorbs something.
 */
import type { Nano } from "../money.ts";

/** One dollar, or a twentieth of what the account spent in 30 days, whichever is more. */
export const LEAST_ALLOWANCE: Nano = 1_000_000_000n;
const SHARE_OF_SPEND = 20n;
const DAY_MS = 86_400_000;
/** Accounts that are counted at a time. */
const MAX_ACCOUNTS = 10_000;

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

  async #add(accountId: number, amount: Nano): Promise<void> {
    const day = Math.floor(this.#options.now() / DAY_MS);
    if (day !== this.#day || this.#accounts.size >= MAX_ACCOUNTS) {
      this.#day = day;
      this.#accounts = new Map();
    }
    const known = this.#accounts.get(accountId);
    const reading = known ?? this.#read(accountId, day * DAY_MS);
    if (known === undefined) this.#accounts.set(accountId, reading);
    const counted = await reading;
    // What is read holds what was just committed.
    if (known !== undefined) counted.absorbed += amount;
    if (counted.told || counted.absorbed <= counted.allowance) return;
    counted.told = true;
    await this.#options.exceeded(accountId, counted.absorbed, counted.allowance);
  }

  async #read(accountId: number, dayStart: number): Promise<Counted> {
    try {
      const { absorbed, spent } = await this.#options.read(accountId, dayStart);
      return { absorbed, allowance: allowanceOf(spent), told: false };
    } catch (error) {
      this.#accounts.delete(accountId);
      throw error;
    }
  }
}
