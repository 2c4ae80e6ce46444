/** Lets prices that were published for later come into force when their moment has come: on every node, by itself. */
import type { Database } from "./db/connect.ts";
import { nextPriceAt } from "./ledger/price-store.ts";

/** Longest sleep: a timer cannot be set further ahead than 24 days, and a clock may be put right meanwhile. */
const LONGEST_MS = 3_600_000;

export class PriceClock {
  readonly #database: Database;
  readonly #changed: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param changed loads the prices that are in force now; must not throw */
  constructor(database: Database, changed: () => Promise<void>) {
    this.#database = database;
    this.#changed = changed;
  }

  /** Sets the clock anew: to be called whenever prices may have been published. @throws what the database throws */
  async set(): Promise<void> {
    const now = Date.now();
    const at = await nextPriceAt(this.#database.kysely, now);
    clearTimeout(this.#timer);
    if (at === null || this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#ring(at), Math.min(at - now, LONGEST_MS));
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #ring(at: number): Promise<void> {
    if (Date.now() >= at) await this.#changed();
    // Away: whoever needs the database notices by himself; the next change of anything sets the clock again.
    await this.set().catch(() => {
      this.#timer = setTimeout(() => void this.#ring(at), LONGEST_MS / 1_000);
      this.#timer.unref();
    });
  }
}
