/** Limits of one process alone: in memory, decided at once. */
import { WHOLE, type Admission, type LimitOrder, type Limiter, type Refusal } from "./limit.ts";
import { Grant, ScopeBook, type GrantOwner, type Standing } from "./scopes.ts";

const ALONE: Standing = { mode: "local", share: WHOLE };

/** The admission of what nothing limits. */
export const UNLIMITED: Admission = {
  admitted: true,
  report: null,
  settle: () => undefined,
  end: () => undefined,
};

export class LocalLimiter implements Limiter, GrantOwner {
  readonly mode = "local";
  readonly #book: ScopeBook;

  /** @param now a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#book = new ScopeBook(now);
  }

  /** @throws GatewayError overloaded when more scopes are in use than are kept. */
  admit(order: LimitOrder): Admission | Refusal {
    if (order.scopes.length === 0) return UNLIMITED;
    const states = this.#book.statesOf(order);
    const refusal = this.#book.refuse(order, states, ALONE);
    if (refusal !== undefined) return refusal;
    const second = this.#book.take(order, states, false);
    return new Grant(this, { order, states, second, shared: null }, this.#book.report(order, states, ALONE));
  }

  settled({ place }: Grant, difference: number): void {
    this.#book.correct(place, difference);
  }

  ended({ place }: Grant): void {
    this.#book.release(place);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
