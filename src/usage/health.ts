/** How upstreams did, from the attempts of the newest requests. Pure. */
import type { Attempt } from "../attempt.ts";
import { isFault } from "../measure.ts";
import type { Percentiles, UpstreamHealth } from "./figures.ts";

interface Tally {
  attempts: number;
  failures: number;
  readonly durations: number[];
  readonly firstBytes: number[];
  lastFailure: UpstreamHealth["lastFailure"];
}

const P50 = 0.5;
const P95 = 0.95;

/** The least value that a share of all do not exceed. */
const at = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;

const percentiles = (values: readonly number[]): Percentiles => {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: at(sorted, P50), p95: at(sorted, P95) };
};

/** A request as the sheet takes it. */
export interface Tried {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly firstByteMs: number | null;
  readonly attempts: readonly Attempt[];
}

/** Adds attempts up by upstream. */
export class HealthSheet {
  readonly #tallies = new Map<string, Tally>();

  add({ at: time, firstByteMs, attempts }: Tried): void {
    for (const [place, { upstream, result, status, durationMs }] of attempts.entries()) {
      const tally = this.#tallyOf(upstream);
      tally.attempts++;
      if (result === "ok") {
        tally.durations.push(durationMs);
        if (firstByteMs !== null && place === attempts.length - 1) tally.firstBytes.push(firstByteMs);
      }
      if (!isFault(result)) continue;
      tally.failures++;
      if (tally.lastFailure === null || tally.lastFailure.at < time)
        tally.lastFailure = { code: result, status, at: time };
    }
  }

  /** The busiest first. */
  upstreams(): readonly UpstreamHealth[] {
    return [...this.#tallies]
      .map(([upstream, { attempts, failures, durations, firstBytes, lastFailure }]) => ({
        upstream,
        attempts,
        failures,
        duration: percentiles(durations),
        firstByte: percentiles(firstBytes),
        lastFailure,
      }))
      .toSorted((a, b) => b.attempts - a.attempts || (a.upstream < b.upstream ? -1 : 1));
  }

  #tallyOf(upstream: string): Tally {
    let tally = this.#tallies.get(upstream);
    if (tally === undefined)
      this.#tallies.set(
        upstream,
        (tally = { attempts: 0, failures: 0, durations: [], firstBytes: [], lastFailure: null }),
      );
    return tally;
  }
}
