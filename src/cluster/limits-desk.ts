/** The primary's side of limits: it counts for all workers, by the same rules as a process alone. */
import { GatewayError } from "../errors.ts";
import type { Admission } from "../limits/limit.ts";
import type { LocalLimiter } from "../limits/local.ts";
import type { Decision, LimitNews } from "./message.ts";

export class LimitsDesk {
  readonly #limiter: LocalLimiter;

  constructor(limiter: LocalLimiter) {
    this.#limiter = limiter;
  }

  /** A place for a worker. @param decided tells it what was decided of its requests */
  seat(decided: (decisions: readonly (readonly [number, Decision])[]) => void): LimitsSeat {
    return new LimitsSeat(this.#limiter, decided);
  }
}

export class LimitsSeat {
  readonly #limiter: LocalLimiter;
  readonly #decided: (decisions: readonly (readonly [number, Decision])[]) => void;
  readonly #admitted = new Map<number, Admission>();

  constructor(limiter: LocalLimiter, decided: (decisions: readonly (readonly [number, Decision])[]) => void) {
    this.#limiter = limiter;
    this.#decided = decided;
  }

  /** What is over is counted first: it may be what the next one waits for. */
  hear({ asked, used, over }: LimitNews): void {
    for (const [id, tokens] of used) this.#admitted.get(id)?.settle(tokens);
    for (const id of over) this.#end(id);
    if (asked.length > 0) this.#decided(asked.map(([id, order]) => [id, this.#decide(id, order)] as const));
  }

  /** The worker has ended: nothing of it is in flight any more. */
  end(): void {
    for (const id of this.#admitted.keys()) this.#end(id);
  }

  #end(id: number): void {
    this.#admitted.get(id)?.end();
    this.#admitted.delete(id);
  }

  #decide(id: number, order: LimitNews["asked"][number][1]): Decision {
    try {
      const answer = this.#limiter.admit(order);
      if (!answer.admitted) return answer;
      this.#admitted.set(id, answer);
      return { admitted: true, report: answer.report };
    } catch (error) {
      if (error instanceof GatewayError) return { admitted: null };
      throw error;
    }
  }
}
