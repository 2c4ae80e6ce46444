/**
 * Limits of all processes together: one call of a Redis function decides a request, by Redis' clock. Redis holds counters, never
 * money, and may vanish at any time: then each process goes on with its share of each limit, and comes back by itself.
 *
 * Each process keeps what it admitted itself in any case (scopes.ts). When it joins, again or for the first time, it tells what the
 * counters cannot know: after a flush all of its last minute, else what it admitted while it was away.
 */
import { randomBytes } from "node:crypto";

import {
  reportOf,
  type Admission,
  type Counted,
  type LimitKind,
  type LimitOrder,
  type Limiter,
  type Refusal,
  type Share,
} from "./limit.ts";
import { UNLIMITED } from "./local.ts";
import { isUnloaded, type RedisConnection } from "./redis.ts";
import { Grant, ScopeBook, type GrantOwner, type ScopeState, type Standing } from "./scopes.ts";

/** How often a process says that it lives, and looks whether Redis does. */
const BEAT_MS = 1_000;
/** How soon it tries again after Redis failed a request. */
const RETRY_MS = 50;
/** Scopes in one call. */
const BATCH = 200;
const PREFIX = "{farthing}:limits:1";
/** Figures per scope at the end of an `admit` reply. */
const FIGURES = 4;

const KINDS: readonly (LimitKind | undefined)[] = [undefined, "requests", "tokens", "concurrency"];

/** What the shared counters are to be told of a scope. */
interface Note {
  readonly scope: string;
  readonly requests: number;
  /** Below 0: to be given back where they were counted, under `second`. Above 0: to be counted now; `second` is 0 then. */
  tokens: number;
  readonly second: number;
  /** Change of requests in flight. */
  flight: number;
}

export interface SharedOptions {
  readonly redis: RedisConnection;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Told of every change. */
  readonly onMode: (mode: "shared" | "degraded") => void;
  /** Milliseconds between two signs of life; tests shorten it. */
  readonly beatMs?: number;
}

export class SharedLimiter implements Limiter, GrantOwner {
  readonly #redis: RedisConnection;
  readonly #book: ScopeBook;
  readonly #onMode: SharedOptions["onMode"];
  readonly #beatMs: number;
  readonly #name = randomBytes(6).toString("hex");
  #generation = 0;
  #node = `${this.#name}.0`;
  #server = "";
  /** The connection over which we joined. */
  #connection = 0;
  /** Whose counters we know; other ones know nothing of us. */
  #epoch = "";
  #joined = false;
  #joining: Promise<void> | undefined;
  #announced: "shared" | "degraded" | undefined;
  #share: Share = { nodes: 1, rank: 0 };
  /** By second and scope: what many requests of a busy account say in one turn of the event loop is one note. */
  readonly #notes = new Map<string, Note>();
  #closed = false;
  #beat: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor({ redis, now, onMode, beatMs = BEAT_MS }: SharedOptions) {
    this.#beatMs = beatMs;
    this.#redis = redis;
    this.#book = new ScopeBook(now);
    this.#onMode = onMode;
  }

  /** Waits until Redis answers, or does not within the time. */
  async open(withinMs: number): Promise<void> {
    this.#redis.open();
    this.#beat = setInterval(() => {
      void this.#live();
    }, this.#beatMs);
    this.#beat.unref();
    for (const until = performance.now() + withinMs; performance.now() < until;) {
      await this.#join();
      if (this.#joined || this.#redis.refusal !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.#announce();
  }

  /** What this process may admit alone, as far as it knows. */
  get share(): Share {
    return this.#share;
  }

  get mode(): "shared" | "degraded" {
    const stays = this.#redis.ready && this.#redis.connections === this.#connection;
    return this.#joined && stays ? "shared" : "degraded";
  }

  /** @throws GatewayError overloaded when more scopes are in use than are kept. */
  admit(order: LimitOrder): Admission | Refusal | Promise<Admission | Refusal> {
    if (order.scopes.length === 0) return UNLIMITED;
    const states = this.#book.statesOf(order);
    if (this.mode === "shared") return this.#together(order, states);
    this.#lose();
    return this.#alone(order, states);
  }

  settled({ place }: Grant, difference: number): void {
    this.#book.correct(place, difference);
    const { order, shared } = place;
    if (!this.#joined || (difference < 0 && shared?.epoch !== this.#epoch)) return;
    const second = difference < 0 ? (shared?.second ?? 0) : 0;
    for (const { scope, tpm } of order.scopes) if (tpm !== null) this.#note(scope, second).tokens += difference;
  }

  ended({ place }: Grant): void {
    this.#book.release(place);
    if (this.#joined) this.#fly(place.order, -1, place.shared?.second);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#beat);
    clearTimeout(this.#retry);
    await this.#joining;
    if (this.#joined) {
      this.#flush();
      await this.#redis.call("leave", [this.#meta()], [this.#node]).catch(() => []);
    }
    this.#joined = false;
    this.#redis.close();
  }

  #meta(): string {
    return `${PREFIX}:${this.#server}`;
  }

  #key(scope: string): string {
    return `${PREFIX}:${this.#epoch}:${scope}`;
  }

  /** Decides by this process's share. */
  #alone(order: LimitOrder, states: readonly ScopeState[]): Admission | Refusal {
    const standing: Standing = { mode: "degraded", share: this.#share };
    const refusal = this.#book.refuse(order, states, standing);
    if (refusal !== undefined) return refusal;
    const second = this.#book.take(order, states, true);
    return new Grant(this, { order, states, second, shared: null }, this.#book.report(order, states, standing));
  }

  async #together(order: LimitOrder, states: readonly ScopeState[]): Promise<Admission | Refusal> {
    const node = this.#node;
    const epoch = this.#epoch;
    const keys = [this.#meta(), ...order.scopes.map(({ scope }) => this.#key(scope))];
    const args = [epoch, node, String(order.tokens)];
    for (const { rpm, tpm, concurrency } of order.scopes)
      args.push(String(rpm ?? 0), String(tpm ?? 0), String(concurrency ?? 0));
    let reply: (number | string)[];
    try {
      reply = await this.#redis.call("admit", keys, args);
    } catch {
      // Whether it was counted is not known. This node's name is given up, so that nothing stays in flight under it.
      if (node === this.#node) this.#lose();
      return this.#alone(order, states);
    }
    const numbers = reply.map(Number);
    if (numbers[0] === 0) return this.#refusal(order, states, numbers);
    if (numbers[0] !== 1) {
      if (node === this.#node) this.#lose();
      return this.#alone(order, states);
    }
    const counted = countedIn(numbers, 2);
    const second = this.#book.take(order, states, false);
    this.#book.hear(states, counted);
    // Joined anew while the answer was on its way: what was in flight was told then, without this one.
    if (node !== this.#node && this.#joined) this.#fly(order, 1);
    const place = { order, states, second, shared: { second: numbers[1] ?? 0, epoch } };
    return new Grant(this, place, reportOf(order.scopes, counted, "shared"));
  }

  #refusal(order: LimitOrder, states: readonly ScopeState[], reply: readonly number[]): Refusal {
    const counted = countedIn(reply, FIGURES);
    this.#book.hear(states, counted);
    const kind = KINDS[reply[1] ?? 0] ?? "requests";
    const scope = order.scopes[reply[2] ?? 0];
    const limits = { requests: scope?.rpm, tokens: scope?.tpm, concurrency: scope?.concurrency };
    return {
      admitted: false,
      kind,
      limit: limits[kind] ?? 0,
      retryAfterSeconds: Math.max(1, reply[3] ?? 1),
      report: reportOf(order.scopes, counted, "shared"),
    };
  }

  /** @param second any: a note that goes anyway takes the change with it */
  #fly({ scopes }: LimitOrder, flight: number, second = 0): void {
    for (const { scope, concurrency } of scopes) if (concurrency !== null) this.#note(scope, second).flight += flight;
  }

  /** The note to write on. Notes leave together at the end of this turn of the event loop. */
  #note(scope: string, second: number): Note {
    const name = `${second}:${scope}`;
    const known = this.#notes.get(name);
    if (known !== undefined) return known;
    if (this.#notes.size === 0)
      setImmediate(() => {
        this.#flush();
      });
    const note: Note = { scope, requests: 0, tokens: 0, second, flight: 0 };
    this.#notes.set(name, note);
    return note;
  }

  #flush(): void {
    if (this.#notes.size === 0) return;
    const notes = [...this.#notes.values()];
    this.#notes.clear();
    if (this.#joined) this.#tell(notes);
  }

  /** Sends notes without waiting. A failure means that Redis is out of reach, and that everything will be told when it is back. */
  #tell(notes: readonly Note[], onLost: () => void = () => undefined): void {
    const node = this.#node;
    const lost = (): void => {
      if (node !== this.#node) return;
      onLost();
      this.#lose();
    };
    for (let start = 0; start < notes.length; start += BATCH) {
      const batch = notes.slice(start, start + BATCH);
      const keys = [this.#meta(), ...batch.map(({ scope }) => this.#key(scope))];
      const args = [this.#epoch, node];
      for (const { requests, tokens, second, flight } of batch)
        args.push(String(requests), String(tokens), String(second), String(flight));
      this.#redis.call("note", keys, args).then(([done]) => {
        if (Number(done) !== 1) lost();
      }, lost);
    }
  }

  /** Redis failed or forgot us: alone from now on, until it takes us back. */
  #lose(): void {
    if (!this.#joined) return;
    this.#joined = false;
    this.#notes.clear();
    this.#announce();
    this.#tryAgain(RETRY_MS);
  }

  #tryAgain(afterMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      void this.#join();
    }, afterMs);
    this.#retry.unref();
  }

  #announce(): void {
    if (this.#closed || this.mode === this.#announced) return;
    this.#announced = this.mode;
    this.#onMode(this.mode);
  }

  async #live(): Promise<void> {
    if (this.mode === "degraded") {
      this.#lose();
      await this.#join();
      return;
    }
    const node = this.#node;
    try {
      const [nodes = -1, rank = 0] = (await this.#redis.call("beat", [this.#meta()], [this.#epoch, node])).map(Number);
      if (node !== this.#node) return;
      if (nodes < 1) this.#lose();
      else this.#share = { nodes, rank };
    } catch {
      if (node === this.#node) this.#lose();
    }
  }

  /** Joins the others, one attempt at a time. Never rejects. */
  #join(): Promise<void> {
    if (this.#joined || this.#closed || !this.#redis.ready) return this.#joining ?? Promise.resolve();
    this.#joining ??= this.#enter()
      .catch(() => undefined)
      .finally(() => {
        this.#joining = undefined;
        this.#announce();
      });
    return this.#joining;
  }

  async #enter(): Promise<void> {
    const connection = this.#redis.connections;
    this.#server = await this.#redis.server();
    const former = this.#node;
    // The same name until it succeeds: an attempt that was only slow must not leave a process behind that nobody is.
    const node = `${this.#name}.${this.#generation + 1}`;
    const begun = randomBytes(6).toString("hex");
    const ask = (): Promise<(number | string)[]> =>
      this.#redis.call("join", [this.#meta()], [begun, node, former, this.#book.size > 0 ? "1" : "0"]);
    const [epoch, waits, nodes, rank] = await ask().catch(async (error: unknown) => {
      if (!isUnloaded(error)) throw error;
      await this.#redis.load();
      return await ask();
    });
    if (typeof epoch !== "string") return;
    const untold = this.#untold(epoch === this.#epoch);
    this.#generation++;
    this.#node = node;
    this.#epoch = epoch;
    this.#tell(untold, () => {
      this.#epoch = ""; // Whatever comes next must be told everything.
    });
    if (Number(waits) > 0) {
      // Counters that begin anew: first all processes tell what they know. Those that have not yet come count as before.
      this.#tryAgain(Number(waits));
      return;
    }
    this.#share = { nodes: Math.max(1, Number(nodes)), rank: Number(rank) };
    this.#connection = connection;
    this.#joined = true;
  }

  /** What the counters do not know of this process. @param known they are the ones that it has used before */
  #untold(known: boolean): Note[] {
    const second = this.#book.second();
    const notes: Note[] = [];
    for (const [scope, state] of this.#book.entries()) {
      const windows = known ? state.offline : state;
      const requests = windows?.requests.used(second) ?? 0;
      const tokens = windows?.tokens.used(second) ?? 0;
      const flight = state.inFlight;
      state.offline = undefined;
      if (requests > 0 || tokens > 0 || flight > 0) notes.push({ scope, requests, tokens, second: 0, flight });
    }
    return notes;
  }
}

/** The figures of every scope at the end of a reply. */
const countedIn = (reply: readonly number[], from: number): Counted[] => {
  const counted: Counted[] = [];
  for (let at = from; at + FIGURES <= reply.length; at += FIGURES) {
    const [requests = 0, tokens = 0, requestsReset = 0, tokensReset = 0] = reply.slice(at, at + FIGURES);
    counted.push({ requests, tokens, requestsReset, tokensReset });
  }
  return counted;
};
