/**
 * A sliding minute of amounts (requests, or tokens), counted by the second. Pure state; time is passed in, in whole seconds of a clock
 * that never goes back.
 *
 * The count covers the running second and the sixty before it, so that no sliding 60 s ever holds more than the limit (I-80), at
 * the price of refusing up to one second longer than strictly needed. limits.lua does the same in Redis.
 */

/** Seconds that are counted together. */
export const WINDOW_SECONDS = 61;

export class SlidingWindow {
  readonly #amounts = new Float64Array(WINDOW_SECONDS);
  #second = 0;
  #sum = 0;
  /** The second of the last addition. */
  #newest = -WINDOW_SECONDS;

  /** What is counted now. */
  used(second: number): number {
    this.#advance(second);
    return this.#sum;
  }

  /** Counts an amount. @returns the second under which it is counted, for `correct`. */
  add(amount: number, second: number): number {
    this.#advance(second);
    const slot = this.#second % WINDOW_SECONDS;
    this.#amounts[slot] = (this.#amounts[slot] ?? 0) + amount;
    this.#sum += amount;
    this.#newest = this.#second;
    return this.#second;
  }

  /**
   * Corrects an amount that was counted under `at`. Less is taken off there, if it is still counted; more counts from now on, since
   * nobody had reserved it before.
   */
  correct(difference: number, at: number, second: number): void {
    if (difference > 0) {
      this.add(difference, second);
      return;
    }
    this.#advance(second);
    if (at <= this.#second - WINDOW_SECONDS || at > this.#second) return;
    const slot = at % WINDOW_SECONDS;
    const counted = this.#amounts[slot] ?? 0;
    const less = Math.min(counted, -difference);
    this.#amounts[slot] = counted - less;
    this.#sum -= less;
  }

  /** Whole seconds, at least 1, until at least `excess` of what is counted has left. */
  wait(excess: number, second: number): number {
    this.#advance(second);
    let left = excess;
    for (let age = WINDOW_SECONDS - 1; age >= 0; age--) {
      left -= this.#amounts[(this.#second - age + WINDOW_SECONDS * 2) % WINDOW_SECONDS] ?? 0;
      if (left <= 0) return Math.max(1, WINDOW_SECONDS - age);
    }
    return WINDOW_SECONDS;
  }

  /** Whole seconds until nothing is counted any more, if nothing is added. */
  reset(second: number): number {
    this.#advance(second);
    return this.#sum === 0 ? 0 : this.#newest + WINDOW_SECONDS - this.#second;
  }

  #advance(second: number): void {
    if (second <= this.#second) return;
    const steps = Math.min(WINDOW_SECONDS, second - this.#second);
    for (let i = 1; i <= steps; i++) {
      const slot = (this.#second + i) % WINDOW_SECONDS;
      this.#sum -= this.#amounts[slot] ?? 0;
      this.#amounts[slot] = 0;
    }
    this.#second = second;
  }
}
