/**
 * Time as the simulation wants it: the wall clock jumps, monotonic time passes at once, and short pauses are not waited for. Whoever reads
 * time through the global functions sees it; databases keep their own.
 */

/** Timers up to this long fire in the next turn: the ledger's pauses after a commit that failed. */
const SKIPPED_MS = 250;

export class SimClock {
  readonly #date = Date.now;
  readonly #now = performance.now.bind(performance);
  readonly #setTimeout = globalThis.setTimeout;
  #wallMs = 0;
  #monotonicMs = 0;

  /** Replaces the process's clocks until `remove`. */
  install(): void {
    Date.now = () => this.#date() + this.#wallMs;
    performance.now = () => this.#now() + this.#monotonicMs;
    const shortened = (run: (...values: unknown[]) => void, ms?: number, ...values: unknown[]): NodeJS.Timeout =>
      this.#setTimeout(run, (ms ?? 0) <= SKIPPED_MS ? 0 : ms, ...values);
    globalThis.setTimeout = Object.assign(shortened, this.#setTimeout);
  }

  remove(): void {
    Date.now = this.#date;
    performance.now = this.#now;
    globalThis.setTimeout = this.#setTimeout;
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
}
