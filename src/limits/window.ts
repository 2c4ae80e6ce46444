/**
 * A sliding minute of requests, counted by the second. Pure state; time is passed in, in milliseconds of a monotonic clock.
 *
 * The count covers the running second and the sixty before it, so that no sliding 60 s ever holds more than the limit (I-80), at
 * the price of refusing up to one second longer than strictly needed.
 */

const SECONDS = 61;

export type Admission =
  | { readonly admitted: true; readonly remaining: number }
  | { readonly admitted: false; readonly retryAfterSeconds: number };

export class MinuteWindow {
  readonly #counts = new Uint32Array(SECONDS);
  #second = 0;
  #sum = 0;

  /** Admits one request against `limit` per minute, or says after how many whole seconds one will fit. */
  admit(limit: number, nowMs: number): Admission {
    this.#advance(Math.floor(nowMs / 1000));
    if (this.#sum >= limit) return { admitted: false, retryAfterSeconds: this.#wait(limit) };
    const slot = this.#second % SECONDS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#sum++;
    return { admitted: true, remaining: limit - this.#sum };
  }

  /** Takes back the last admission of the running second, when another limit refused the same request. */
  giveBack(): void {
    const slot = this.#second % SECONDS;
    const count = this.#counts[slot] ?? 0;
    if (count === 0) return;
    this.#counts[slot] = count - 1;
    this.#sum--;
  }

  /** True when nothing is counted any more, so that the window may be forgotten. */
  idle(nowMs: number): boolean {
    this.#advance(Math.floor(nowMs / 1000));
    return this.#sum === 0;
  }

  #advance(second: number): void {
    const steps = Math.min(SECONDS, second - this.#second);
    for (let i = 1; i <= steps; i++) {
      const slot = (this.#second + i) % SECONDS;
      this.#sum -= this.#counts[slot] ?? 0;
      this.#counts[slot] = 0;
    }
    if (second <= this.#second) return;
    if (steps === SECONDS) this.#counts.fill(0);
    this.#second = second;
  }

  /** Whole seconds until enough of the oldest requests have left the window. */
  #wait(limit: number): number {
    let left = this.#sum;
    for (let age = SECONDS - 1; age >= 0; age--) {
      left -= this.#counts[(this.#second - age + SECONDS * 2) % SECONDS] ?? 0;
      if (left < limit) return Math.max(1, SECONDS - age);
    }
    return SECONDS;
  }
}
