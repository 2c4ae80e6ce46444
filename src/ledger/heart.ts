/**
 * The life of this process as a borrower: renewed at intervals, and over at *monotonic time of sending the last renewal* + TTL − margin
 * whatever any wall clock says (§9.2 c). Where leases end with the process only, it lives for ever and nothing is sent.
 */
import type { Renewal } from "./store.ts";

/** How often a renewal is sent (I-29). */
export const BEAT_MS = 5_000;
/** Pause after one that failed. */
const RETRY_MS = 500;

export interface HeartOptions {
  /** Sends a renewal. */
  readonly renew: () => Renewal | Promise<Renewal>;
  /** A renewal arrived: the epoch may be another one. */
  readonly renewed: (renewal: Renewal) => void;
  readonly failed: (error: unknown) => void;
}

export class Heart {
  readonly #options: HeartOptions;
  #liveUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  get isLive(): boolean {
    return this.#liveUntil === Infinity || performance.now() < this.#liveUntil;
  }

  /** Renews now, and from then on at intervals where that is needed. */
  async start(): Promise<void> {
    await this.beat();
    if (this.#liveUntil !== Infinity) this.#next(BEAT_MS);
  }

  /** Renews once. @throws what the database throws */
  async beat(): Promise<void> {
    const renewal = await this.#options.renew();
    this.#liveUntil = renewal.liveUntil;
    this.#options.renewed(renewal);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #next(pauseMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.beat().then(
        () => {
          this.#next(BEAT_MS);
        },
        (error: unknown) => {
          this.#options.failed(error);
          this.#next(RETRY_MS);
        },
      );
    }, pauseMs);
    this.#timer.unref();
  }
}
