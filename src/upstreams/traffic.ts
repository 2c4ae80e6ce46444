/**
 * Which upstreams may be called now: circuits, cool-downs, calls in flight, and the budget of retries. In memory, per process.
 *
 * What concerns an upstream as a whole (it cannot be reached, refuses our credential) closes it for all of its models; what came
 * with an HTTP status concerns the model that was called, since providers run out of one model and not of others.
 */
import { Circuit, type Verdict } from "./circuit.ts";

/** A call's place: an upstream and the provider's name of the model. */
export interface Place {
  readonly upstream: string;
  readonly model: string;
  /** Most calls in flight at the upstream. */
  readonly maxConcurrent: number;
  /** The built-in sandbox fails on purpose and never goes away: it is always called. */
  readonly sandbox: boolean;
}

/**
 * What a call came to, for whoever calls next.
 * - `unreachable`: no HTTP status was received.
 * - `refused`: our credential or quota.
 * - `busy`: turned away; `coolDownMs` when the provider said for how long.
 */
export type CallEnd =
  | { readonly kind: "ok" | "failed" | "unreachable" | "refused" | "none" }
  | { readonly kind: "busy"; readonly coolDownMs: number | undefined };

/** Permission for one call; goes back with `end`, exactly once. */
export interface Pass {
  readonly place: Place;
  readonly retry: boolean;
  readonly probe: boolean;
  readonly modelProbe: boolean;
}

/** Retries in flight: a share of the requests that are active, and a least (I-38). */
export const RETRY_SHARE = 0.2;
export const RETRY_LEAST = 3;
/** How long a refused credential keeps an upstream closed before it is tried again: an operator has to act. */
const REFUSED_MS = 30_000;
/** Wait that is named when only the number of calls in flight stands in the way. */
const FULL_WAIT_MS = 1_000;
/** Remembered circuits; the operator's configuration has fewer places in use. */
const MAX_CIRCUITS = 50_000;

/** Why an upstream, or a model there, is not called at the moment. */
export interface Obstacle {
  readonly upstream: string;
  /** Null: all of its models. */
  readonly model: string | null;
  /** `open`: it failed too often. `probing`: the next call shows whether it is well again. `cooling`: the provider asked to be left alone. */
  readonly state: "open" | "probing" | "cooling";
  /** Milliseconds until it may be called; 0: now. */
  readonly waitMs: number;
}

export interface TrafficOptions {
  /** False: what fails is called again all the same. */
  readonly ejects?: boolean;
  /** A circuit opened or closed. */
  readonly onCircuit?: (upstream: string, model: string | null, open: boolean) => void;
}

export class Traffic {
  readonly #now: () => number;
  readonly #options: TrafficOptions;
  readonly #circuits = new Map<string, Circuit>();
  readonly #inFlight = new Map<string, number>();
  #active = 0;
  #retries = 0;

  /** @param now a monotonic clock in milliseconds */
  constructor(now: () => number, options: TrafficOptions = {}) {
    this.#now = now;
    this.#options = options;
  }

  /** A request begins to look for an answer; `leave` ends that. */
  enter(): void {
    this.#active++;
  }

  leave(): void {
    this.#active--;
  }

  /** Milliseconds until the place may be called; 0 when it may be called now. Changes nothing. */
  wait(place: Place): number {
    if (place.sandbox) return 0;
    const now = this.#now();
    const own = this.#circuits.get(place.upstream)?.wait(now) ?? 0;
    const model = this.#circuits.get(modelKey(place))?.wait(now) ?? 0;
    if (own > 0 || model > 0) return Math.max(own, model);
    return (this.#inFlight.get(place.upstream) ?? 0) < place.maxConcurrent ? 0 : FULL_WAIT_MS;
  }

  /** True when one more retry fits the budget. */
  get mayRetry(): boolean {
    return this.#retries < Math.max(RETRY_LEAST, Math.floor(this.#active * RETRY_SHARE));
  }

  /** Takes permission for a call. @param retry it is not the request's first. @returns null when the place may not be called */
  begin(place: Place, retry: boolean): Pass | null {
    if (place.sandbox) return { place, retry: false, probe: false, modelProbe: false };
    if (this.wait(place) > 0 || (retry && !this.mayRetry)) return null;
    const now = this.#now();
    this.#inFlight.set(place.upstream, (this.#inFlight.get(place.upstream) ?? 0) + 1);
    if (retry) this.#retries++;
    const probe = this.#circuits.get(place.upstream)?.begin(now) ?? false;
    const modelProbe = this.#circuits.get(modelKey(place))?.begin(now) ?? false;
    return { place, retry, probe, modelProbe };
  }

  /** A call has ended. */
  end(pass: Pass, end: CallEnd): void {
    const { place } = pass;
    if (place.sandbox) return;
    const left = (this.#inFlight.get(place.upstream) ?? 1) - 1;
    if (left > 0) this.#inFlight.set(place.upstream, left);
    else this.#inFlight.delete(place.upstream);
    if (pass.retry) this.#retries--;
    this.#tell(place.upstream, { upstream: place.upstream, model: null }, pass.probe, end);
    this.#tell(modelKey(place), place, pass.modelProbe, end);
  }

  /** What keeps calls away now, at most `most`. Changes nothing. */
  obstacles(most: number): readonly Obstacle[] {
    const now = this.#now();
    const found: Obstacle[] = [];
    for (const [key, circuit] of this.#circuits) {
      const waitMs = Math.ceil(circuit.wait(now));
      if (waitMs === 0 && !circuit.isOpen) continue;
      const [upstream = "", model = null] = key.split("\n");
      const state = circuit.isOpen ? (waitMs > 0 ? "open" : "probing") : "cooling";
      found.push({ upstream, model, state, waitMs });
      if (found.length >= most) break;
    }
    return found;
  }

  /** Calls in flight at each upstream, for the metrics. */
  get inFlight(): ReadonlyMap<string, number> {
    return this.#inFlight;
  }

  #tell(key: string, at: { upstream: string; model: string | null }, probe: boolean, end: CallEnd): void {
    if (this.#options.ejects === false) return;
    const now = this.#now();
    const verdict = verdictFor(end, at.model === null);
    const known = this.#circuits.get(key);
    // A place that never failed needs no memory.
    if (known === undefined && verdict !== "failed" && end.kind !== "busy" && end.kind !== "refused") return;
    const circuit = known ?? this.#add(key, now);
    const wasOpen = circuit.isOpen;
    circuit.end(verdict, probe, now);
    if (end.kind === "busy" && end.coolDownMs !== undefined && at.model !== null) circuit.coolDown(end.coolDownMs, now);
    if (end.kind === "refused" && at.model === null) circuit.coolDown(REFUSED_MS, now);
    if (circuit.isOpen !== wasOpen) this.#options.onCircuit?.(at.upstream, at.model, circuit.isOpen);
  }

  #add(key: string, now: number): Circuit {
    if (this.#circuits.size >= MAX_CIRCUITS)
      for (const [each, circuit] of this.#circuits) if (circuit.isIdle(now)) this.#circuits.delete(each);
    const circuit = new Circuit();
    this.#circuits.set(key, circuit);
    return circuit;
  }
}

const modelKey = ({ upstream, model }: Place): string => `${upstream}\n${model}`;

/** What an end says of the upstream as a whole, or of the model there. A model that answers shows that its upstream lives. */
const verdictFor = (end: CallEnd, whole: boolean): Verdict => {
  switch (end.kind) {
    case "ok":
      return "ok";
    case "none":
      return "none";
    case "unreachable":
      return whole ? "failed" : "none";
    case "failed":
      return whole ? "ok" : "failed";
    case "refused":
      return "none";
    case "busy":
      if (whole) return "ok";
      // A wait that was named is waited for; a provider that names none is judged like one that fails.
      return end.coolDownMs === undefined ? "failed" : "none";
  }
};
