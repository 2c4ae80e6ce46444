/**
 * Stops a server without breaking what runs: balancers are told at once, requests are served for a short grace, then refused;
 * running ones may finish; the rest is told to stop, and then cut (A5, A6).
 */
import { Crowd, type Member } from "./crowd.ts";
import type { Limits } from "./limits.ts";

type DrainLimits = Pick<Limits, "drainGraceMs" | "drainMs" | "drainStopMs">;

/** `serving`; `grace`: not ready but served; `refusing`: new requests get E-DRAIN; `stopping`: running ones are ended; `done`. */
export type DrainPhase = "serving" | "grace" | "refusing" | "stopping" | "done";

/** A running request, as far as draining cares. */
export interface Running extends Member {
  /** Asks the request to end now. */
  stop(): void;
  /** Ends it without asking. */
  cut(): void;
}

export interface DrainReport {
  /** Requests that were running when the drain began. */
  readonly running: number;
  /** Requests that were told to stop because the time was over. */
  readonly stopped: number;
  /** Requests that did not stop when told. */
  readonly cut: number;
  readonly ms: number;
}

export class Drain {
  readonly #limits: DrainLimits;
  readonly #running = new Crowd<Running>();
  readonly #closeIdle: () => void;
  readonly #finished: Promise<DrainReport>;
  #resolve: (report: DrainReport) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #phase: DrainPhase = "serving";
  #report = { running: 0, stopped: 0, cut: 0 };
  #beganAt = 0;

  /** @param closeIdle closes the connections that have no request */
  constructor(limits: DrainLimits, closeIdle: () => void) {
    this.#limits = limits;
    this.#closeIdle = closeIdle;
    this.#finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get phase(): DrainPhase {
    return this.#phase;
  }

  /** False from the first moment of a drain: what `/readyz` says. */
  get accepting(): boolean {
    return this.#phase === "serving";
  }

  /** True when new requests are refused with E-DRAIN. */
  get refusing(): boolean {
    return this.#phase === "refusing" || this.#phase === "stopping" || this.#phase === "done";
  }

  get running(): number {
    return this.#running.size;
  }

  enter(request: Running): void {
    this.#running.add(request);
  }

  leave(request: Running): void {
    this.#running.delete(request);
    if (!this.refusing) return;
    // A stream whose head was sent before the drain has promised to keep its connection.
    this.#closeIdle();
    if (this.#running.size === 0) this.#finish();
  }

  /**
   * Begins to drain; a second call (a second SIGTERM) ends what still runs. Resolves when nothing runs any more.
   * @param grace `none` refuses new requests at once: for who has no balancer to tell, such as somebody at a terminal.
   */
  begin(grace: "balancers" | "none" = "balancers"): Promise<DrainReport> {
    if (this.#phase === "serving") {
      this.#phase = "grace";
      this.#beganAt = performance.now();
      this.#report.running = this.#running.size;
      if (grace === "none") this.#refuse();
      else
        this.#after(this.#limits.drainGraceMs, () => {
          this.#refuse();
        });
    } else if (this.#phase === "grace" || this.#phase === "refusing") {
      this.#stop();
    }
    return this.#finished;
  }

  #after(ms: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, ms);
  }

  #refuse(): void {
    this.#phase = "refusing";
    this.#closeIdle();
    this.#after(this.#limits.drainMs, () => {
      this.#stop();
    });
    if (this.#running.size === 0) this.#finish();
  }

  #stop(): void {
    this.#phase = "stopping";
    this.#closeIdle();
    this.#report.stopped = this.#running.size;
    this.#after(this.#limits.drainStopMs, () => {
      this.#cut();
    });
    for (const request of this.#running.now()) request.stop();
    if (this.#running.size === 0) this.#finish();
  }

  #cut(): void {
    this.#report.cut = this.#running.size;
    for (const request of this.#running.now()) request.cut();
    this.#finish();
  }

  #finish(): void {
    if (this.#phase === "done") return;
    this.#phase = "done";
    clearTimeout(this.#timer);
    this.#resolve({ ...this.#report, ms: performance.now() - this.#beganAt });
  }
}
