/**
 * Time as the simulation wants it: the wall clock jumps, monotonic time passes at once, and pauses are not waited for. Whoever reads time
 * through the global functions sees it; databases keep their own.
 *
 * On PostgreSQL short pauses are over in the next turn. On SQLite every pause is a number of turns of the event loop: what comes first is
 * the same whenever a run is repeated, on whatever machine.
 */
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";

import type { Database } from "../../src/db/connect.ts";

/** Timers up to this long fire in the next turn: the ledger's pauses after a commit that failed. */
const SKIPPED_MS = 250;
/** What a turn stands for where pauses are counted in turns. */
const TURN_MS = 50;
/** Longer ones than this are nobody's that is simulated. */
const LONGEST_COUNTED_MS = 60_000;

/** How many turns a pause is. */
export const turnsOf = (milliseconds: number): number => 1 + Math.floor(milliseconds / TURN_MS);

type Timer = () => void;

/** A timer that waits for turns instead of time. */
class CountedTimer {
  readonly due: number;
  readonly run: Timer;

  constructor(due: number, run: Timer) {
    this.due = due;
    this.run = run;
  }

  unref(): this {
    return this;
  }
}

/** Replaces what `node:timers/promises` exports, also where it is imported already. */
const letSleep = (sleep: typeof timersPromises.setTimeout): void => {
  timersPromises.setTimeout = sleep;
  syncBuiltinESMExports();
};

export class SimClock {
  readonly #isCounted: boolean;
  readonly #date = Date.now;
  readonly #now = performance.now.bind(performance);
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  readonly #sleep = timersPromises.setTimeout;
  readonly #timers = new Set<CountedTimer>();
  #turn = 0;
  #isTurning = false;
  #wallMs = 0;
  #monotonicMs = 0;

  constructor(kind: Database["kind"]) {
    this.#isCounted = kind === "sqlite";
  }

  /** Replaces the process's clocks until `remove`. */
  install(): void {
    Date.now = () => this.#date() + this.#wallMs;
    performance.now = () => this.#now() + this.#monotonicMs;
    const later = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]): NodeJS.Timeout => {
      if (!this.#isCounted) return this.#setTimeout(run, ms <= SKIPPED_MS ? 0 : ms, ...values);
      if (ms > LONGEST_COUNTED_MS) return this.#setTimeout(run, ms, ...values);
      const timer = new CountedTimer(this.#turn + turnsOf(ms), () => {
        run(...values);
      });
      this.#timers.add(timer);
      this.#count();
      return timer as unknown as NodeJS.Timeout;
    };
    globalThis.setTimeout = Object.assign(later, this.#setTimeout);
    if (this.#isCounted) letSleep((ms, value) => new Promise((resolve) => later(() => resolve(value as never), ms)));
    globalThis.clearTimeout = (timer) => {
      if (!this.#timers.delete(timer as unknown as CountedTimer)) this.#clearTimeout(timer);
    };
  }

  remove(): void {
    Date.now = this.#date;
    performance.now = this.#now;
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
    letSleep(this.#sleep);
    this.#timers.clear();
  }

  /** The wall clock jumps, forward or back; nothing else does. */
  skew(milliseconds: number): void {
    this.#wallMs += milliseconds;
  }

  /** Time passes, for both clocks. */
  pass(milliseconds: number): void {
    this.#monotonicMs += milliseconds;
    this.#wallMs += milliseconds;
  }

  #count(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#turn++;
      for (const timer of this.#timers) if (timer.due <= this.#turn && this.#timers.delete(timer)) timer.run();
      if (this.#timers.size > 0) this.#count();
    });
  }
}
