/**
 * What one process knows of its scopes: what it admitted itself in the last minute, what runs, and what it last heard of the others.
 * It decides by that: alone on the whole of each limit, or on its share while the others are out of reach.
 */
import { errors } from "../errors.ts";
import {
  reportOf,
  shareOf,
  type Admission,
  type Counted,
  type LimitKind,
  type LimitMode,
  type LimitOrder,
  type LimitReport,
  type Refusal,
  type ScopeLimits,
  type Share,
} from "./limit.ts";
import { SlidingWindow, WINDOW_SECONDS } from "./window.ts";

/** Most scopes that are counted at once; about 1.2 KB each. */
const MAX_SCOPES = 50_000;
/** Wait in seconds for what this process's share can never hold: the others may be back by then. */
const SHARE_RETRY_SECONDS = 5;

/** What all processes together had used when one of them was last told, beside what this one had. */
interface Heard {
  readonly requests: number;
  readonly tokens: number;
  readonly ownRequests: number;
  readonly ownTokens: number;
  readonly at: number;
}

/** Requests and tokens of one scope that this process admitted. */
export class ScopeState {
  readonly requests = new SlidingWindow();
  readonly tokens = new SlidingWindow();
  /** The part of it that was admitted on this process's share alone, which nobody else knows of. */
  offline: { readonly requests: SlidingWindow; readonly tokens: SlidingWindow } | undefined;
  /** Requests in flight that a limit counts. */
  inFlight = 0;
  heard: Heard | undefined;

  isIdle(second: number): boolean {
    return this.inFlight === 0 && this.requests.used(second) === 0 && this.tokens.used(second) === 0;
  }
}

/** Who is told what becomes of an admitted request. */
export interface GrantOwner {
  /** @param difference of tokens between use and reservation */
  settled(grant: Grant, difference: number): void;
  ended(grant: Grant): void;
}

/** Where a request was counted. */
export interface Place {
  readonly order: LimitOrder;
  readonly states: readonly ScopeState[];
  /** Under which second of this process. */
  readonly second: number;
  /** Under which second, and for which epoch, of the shared counters; null when they do not know of it. */
  readonly shared: { readonly second: number; readonly epoch: string } | null;
}

/** An admitted request. */
export class Grant implements Admission {
  readonly admitted = true;
  readonly report: LimitReport;
  readonly place: Place;
  readonly #owner: GrantOwner;
  #settled = false;
  #ended = false;

  constructor(owner: GrantOwner, place: Place, report: LimitReport) {
    this.#owner = owner;
    this.place = place;
    this.report = report;
  }

  settle(tokens: number): void {
    if (this.#settled) return;
    this.#settled = true;
    const difference = tokens - this.place.order.tokens;
    if (difference !== 0) this.#owner.settled(this, difference);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.settle(0);
    this.#owner.ended(this);
  }
}

/** How a process decides for itself. */
export interface Standing {
  readonly mode: LimitMode;
  readonly share: Share;
}

export class ScopeBook {
  readonly #scopes = new Map<string, ScopeState>();
  readonly #now: () => number;
  #second = 0;
  #sweptAt = 0;

  /** @param now a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#scopes.size;
  }

  /** Whole seconds of a clock that never goes back (I-82). */
  second(): number {
    this.#second = Math.max(this.#second, Math.floor(this.#now() / 1_000));
    return this.#second;
  }

  /** The states of an order's scopes, in its order. @throws GatewayError overloaded when there are too many scopes. */
  statesOf({ scopes }: LimitOrder): ScopeState[] {
    return scopes.map(({ scope }) => this.#state(scope));
  }

  entries(): IterableIterator<[string, ScopeState]> {
    return this.#scopes.entries();
  }

  /** Why a request does not fit, of all reasons the one that takes longest; undefined when it fits. Counts nothing. */
  refuse(order: LimitOrder, states: readonly ScopeState[], standing: Standing): Refusal | undefined {
    const second = this.second();
    let worst: { kind: LimitKind; limit: number; wait: number } | undefined;
    const note = (kind: LimitKind, limit: number, wait: number): void => {
      if (wait > 0 && (worst === undefined || wait > worst.wait)) worst = { kind, limit, wait };
    };
    order.scopes.forEach(({ rpm, tpm, concurrency }, index) => {
      const state = states[index];
      if (state === undefined) return;
      if (rpm !== null)
        note("requests", rpm, waitFor(state.requests, 1, roomOf(state, "requests", rpm, { standing, second }), second));
      if (tpm !== null) {
        const room = roomOf(state, "tokens", tpm, { standing, second });
        note("tokens", tpm, waitFor(state.tokens, order.tokens, room, second));
      }
      if (concurrency !== null && state.inFlight >= shareOf(concurrency, standing.share))
        note("concurrency", concurrency, 1);
    });
    if (worst === undefined) return undefined;
    const { kind, limit, wait } = worst;
    const report = this.report(order, states, standing);
    return { admitted: false, kind, limit, retryAfterSeconds: wait, report };
  }

  /** Counts an admitted request. @param offline nobody else knows of it */
  take(order: LimitOrder, states: readonly ScopeState[], offline: boolean): number {
    const second = this.second();
    order.scopes.forEach((scope, index) => {
      const state = states[index];
      if (state === undefined) return;
      count(state, scope, order.tokens, second);
      if (scope.concurrency !== null) state.inFlight++;
      if (!offline) return;
      state.offline ??= { requests: new SlidingWindow(), tokens: new SlidingWindow() };
      count(state.offline, scope, order.tokens, second);
    });
    return second;
  }

  /** Corrects the tokens of an admitted request. */
  correct({ order, states, second: at, shared }: Place, difference: number): void {
    const second = this.second();
    order.scopes.forEach(({ tpm }, index) => {
      const state = states[index];
      if (tpm === null || state === undefined) return;
      state.tokens.correct(difference, at, second);
      if (shared === null) state.offline?.tokens.correct(difference, at, second);
    });
  }

  /** An admitted request is over. */
  release({ order, states }: Place): void {
    order.scopes.forEach(({ concurrency }, index) => {
      const state = states[index];
      if (concurrency !== null && state !== undefined) state.inFlight--;
    });
  }

  /** Notes what the shared counters say of an order's scopes. */
  hear(states: readonly ScopeState[], counted: readonly Counted[]): void {
    const at = this.second();
    states.forEach((state, index) => {
      const all = counted[index];
      if (all === undefined) return;
      const [ownRequests, ownTokens] = [state.requests.used(at), state.tokens.used(at)];
      state.heard = { requests: all.requests, tokens: all.tokens, ownRequests, ownTokens, at };
    });
  }

  report({ scopes }: LimitOrder, states: readonly ScopeState[], { mode, share }: Standing): LimitReport {
    const second = this.second();
    const counted = states.map(({ requests, tokens }) => ({
      requests: requests.used(second),
      tokens: tokens.used(second),
      requestsReset: requests.reset(second),
      tokensReset: tokens.reset(second),
    }));
    return reportOf(scopes, counted, mode, share);
  }

  #state(scope: string): ScopeState {
    const known = this.#scopes.get(scope);
    if (known !== undefined) return known;
    if (this.#scopes.size >= MAX_SCOPES) this.#makeRoom();
    const state = new ScopeState();
    this.#scopes.set(scope, state);
    return state;
  }

  /** Forgets what counts nothing any more, at most once a second: a scope that counts is never given up (I-82). */
  #makeRoom(): void {
    const second = this.second();
    if (second > this.#sweptAt) {
      this.#sweptAt = second;
      for (const [scope, state] of this.#scopes) if (state.isIdle(second)) this.#scopes.delete(scope);
    }
    if (this.#scopes.size >= MAX_SCOPES) throw errors.overloaded(1);
  }
}

const count = (
  windows: { readonly requests: SlidingWindow; readonly tokens: SlidingWindow },
  { rpm, tpm }: ScopeLimits,
  tokens: number,
  second: number,
): void => {
  if (rpm !== null) windows.requests.add(1, second);
  if (tpm !== null) windows.tokens.add(tokens, second);
};

/**
 * How much of a limit this process may use in the running minute. On its share, it also leaves alone what all had already used when
 * it last heard of them: going over to shares must not make the minute larger.
 */
const roomOf = (
  state: ScopeState,
  kind: "requests" | "tokens",
  limit: number,
  { standing: { mode, share }, second }: { readonly standing: Standing; readonly second: number },
): number => {
  if (mode !== "degraded") return limit;
  const mine = shareOf(limit, share);
  const { heard } = state;
  if (heard === undefined || second - heard.at >= WINDOW_SECONDS) return mine;
  const [all, own] = kind === "requests" ? [heard.requests, heard.ownRequests] : [heard.tokens, heard.ownTokens];
  return Math.min(mine, own + shareOf(Math.max(0, limit - all), share));
};

/** Seconds until an amount fits into a window with so much room; 0 when it does. */
const waitFor = (window: SlidingWindow, amount: number, room: number, second: number): number => {
  const used = window.used(second);
  const excess = used + amount - room;
  if (excess <= 0) return 0;
  return excess > used ? SHARE_RETRY_SECONDS : window.wait(excess, second);
};
