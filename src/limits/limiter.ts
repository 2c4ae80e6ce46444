/** Request limits of one process. Refusing consumes nothing. Tokens, concurrency and many nodes come with their own issue. */
import { errors } from "../errors.ts";
import { MinuteWindow } from "./window.ts";

/** One limit that applies to a request: a scope such as `key:12` and its requests per minute. */
export interface RequestLimit {
  readonly scope: string;
  readonly perMinute: number;
}

/** What the tightest limit leaves, for the dialect's headers. */
export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
}

const MAX_WINDOWS = 100_000;

export class Limiter {
  readonly #windows = new Map<string, MinuteWindow>();
  readonly #now: () => number;

  /** @param now a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Admits a request against every limit or none. @throws GatewayError requests_limited */
  admit(limits: readonly RequestLimit[]): LimitState | undefined {
    let tightest: LimitState | undefined;
    const now = this.#now();
    const admitted: { window: MinuteWindow; scope: string }[] = [];
    for (const { scope, perMinute } of limits) {
      const window = this.#window(scope, now);
      const admission = window.admit(perMinute, now);
      if (!admission.admitted) {
        for (const taken of admitted) taken.window.giveBack();
        throw errors.requestsLimited(perMinute, admission.retryAfterSeconds);
      }
      admitted.push({ window, scope });
      if (tightest === undefined || admission.remaining < tightest.remaining)
        tightest = { limit: perMinute, remaining: admission.remaining };
    }
    return tightest;
  }

  #window(scope: string, now: number): MinuteWindow {
    const known = this.#windows.get(scope);
    if (known !== undefined) return known;
    if (this.#windows.size >= MAX_WINDOWS) this.#forgetIdle(now);
    const window = new MinuteWindow();
    this.#windows.set(scope, window);
    return window;
  }

  #forgetIdle(now: number): void {
    for (const [scope, window] of this.#windows) if (window.idle(now)) this.#windows.delete(scope);
  }
}
