/**
 * Whether something that fails may be called: a circuit breaker with a cool-down. Pure state; time is passed in, in milliseconds of
 * a monotonic clock.
 *
 * Closed, it counts. After `CIRCUIT.consecutive` failures in a row, or when half of at least `CIRCUIT.least` calls of the window
 * failed, it opens for a while; then one call at a time may probe. A probe that succeeds closes it, one that fails opens it again
 * for twice as long, up to a bound. A wait that the provider itself asked for (`coolDown`) is kept apart: it is no failure.
 */

/** All bounds of a circuit, in calls and milliseconds. */
export const CIRCUIT = {
  consecutive: 5,
  /** Calls in the window before their ratio means anything. */
  least: 20,
  windowMs: 10_000,
  firstOpenMs: 2_000,
  longestOpenMs: 60_000,
  /** The longest wait that a provider's own word can impose on us. */
  longestCoolMs: 300_000,
  /** A probe that is not heard of again gives way to another after this long: longer than any call may take. */
  probeMs: 1_800_000,
} as const;

/** Seconds of the window, each counted by itself. */
const SLOTS = CIRCUIT.windowMs / 1_000;

/** What a call through the circuit came to. `none` says nothing: the client left, or we stopped. */
export type Verdict = "ok" | "failed" | "none";

export class Circuit {
  readonly #calls = new Uint32Array(SLOTS);
  readonly #failures = new Uint32Array(SLOTS);
  #second = 0;
  #inRow = 0;
  /** How often it opened without having recovered since. */
  #openings = 0;
  #openUntil = -Infinity;
  #coolUntil = -Infinity;
  /** Since when a probe is under way, or null. */
  #probing: number | null = null;

  /** Milliseconds until a call may be made; 0 when one may be made now. */
  wait(now: number): number {
    const cool = this.#coolUntil - now;
    const open = this.#openUntil - now;
    if (cool > 0 || open > 0) return Math.max(cool, open);
    if (this.#openings === 0 || this.#probing === null) return 0;
    // Half-open with a probe under way: how long it takes nobody knows, so the wait is that of the first opening.
    return now - this.#probing > CIRCUIT.probeMs ? 0 : CIRCUIT.firstOpenMs;
  }

  /** A call is about to be made. @returns true when it is the probe of an open circuit */
  begin(now: number): boolean {
    if (this.#openings === 0) return false;
    this.#probing = now;
    return true;
  }

  /** A call has ended. @param probe what `begin` returned for it */
  end(verdict: Verdict, probe: boolean, now: number): void {
    if (probe) this.#probing = null;
    if (verdict === "none") return;
    this.#advance(now);
    const slot = this.#second % SLOTS;
    this.#calls[slot] = (this.#calls[slot] ?? 0) + 1;
    if (verdict === "ok") this.#recovered(probe);
    else {
      this.#failures[slot] = (this.#failures[slot] ?? 0) + 1;
      this.#inRow++;
      // Calls that began before it opened may still fail: they are counted, but do not open it once more.
      if (probe || (this.#openings === 0 && this.#isFailing())) this.open(now);
    }
  }

  /** Opens it, or opens it again for twice as long. */
  open(now: number): void {
    const span = Math.min(CIRCUIT.longestOpenMs, CIRCUIT.firstOpenMs * 2 ** Math.min(this.#openings, 16));
    this.#openUntil = now + span;
    this.#openings++;
  }

  /** The provider asked to be left alone for so long. */
  coolDown(milliseconds: number, now: number): void {
    const until = now + Math.min(milliseconds, CIRCUIT.longestCoolMs);
    if (until > this.#coolUntil) this.#coolUntil = until;
  }

  /** Whether it is open or half-open. */
  get isOpen(): boolean {
    return this.#openings > 0;
  }

  /** True when nothing is remembered that could matter: it may be forgotten. */
  isIdle(now: number): boolean {
    return (
      this.#openings === 0 &&
      this.#coolUntil <= now &&
      this.#probing === null &&
      Math.floor(now / 1_000) - this.#second >= SLOTS
    );
  }

  #recovered(probe: boolean): void {
    this.#inRow = 0;
    if (!probe) return;
    this.#openings = 0;
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  #isFailing(): boolean {
    if (this.#inRow >= CIRCUIT.consecutive) return true;
    const calls = sum(this.#calls);
    return calls >= CIRCUIT.least && sum(this.#failures) * 2 >= calls;
  }

  #advance(now: number): void {
    const second = Math.floor(now / 1_000);
    if (second <= this.#second) return;
    if (second - this.#second >= SLOTS) {
      this.#calls.fill(0);
      this.#failures.fill(0);
    } else
      for (let at = this.#second + 1; at <= second; at++) {
        this.#calls[at % SLOTS] = 0;
        this.#failures[at % SLOTS] = 0;
      }
    this.#second = second;
  }
}

const sum = (counts: Uint32Array): number => {
  let total = 0;
  for (const count of counts) total += count;
  return total;
};
