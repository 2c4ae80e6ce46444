/** What the gateway is built from: made once by main.ts and handed in, so that nothing here reaches for a global. */
import type { KeyRecord } from "../keys/key.ts";
import type { IdempotencyKeys } from "../ledger/idempotency-keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Allowances } from "../ledger/allowance.ts";
import type { Limiter } from "../limits/limit.ts";
import type { PublicFetcher } from "../providers/fetch-public.ts";
import type { ProviderClient } from "../providers/send.ts";
import type { Installation } from "../settings/installation.ts";
import type { Usage } from "../unit.ts";
import type { Routing } from "./routing.ts";
import type { RunningStreams } from "./running.ts";

/** Finds a key by its text; undefined for one that does not exist. Usually from memory. */
export interface KeyFinder {
  find(key: string): KeyRecord | undefined | Promise<KeyRecord | undefined>;
}

/** What is counted of the hot path. Every method is cheap and never throws. */
export interface Counters {
  tokens(usage: Usage): void;
  charged(nano: bigint): void;
  upstreamError(upstream: string, code: string): void;
  firstByte(route: string, milliseconds: number): void;
}

/** How long the gateway waits for others, in milliseconds. Tests shorten them. */
export const WAITS = {
  /** How long a silent provider may keep us from sending a stream's head; then it goes, with keep-alives after it (§9.7). */
  headMs: 10_000,
  /** How long the end of a reply waits for its commit when the database is away; the settlement itself is never given up. */
  commitMs: 2_000,
  /** How long a request waits for Redis to decide on its limits; then this process does. */
  limitsMs: 50,
} as const;

export type Waits = Readonly<Record<keyof typeof WAITS, number>>;

export interface Services {
  /** The current installation; read once per request. */
  installation(): Installation;
  readonly keys: KeyFinder;
  readonly ledger: Ledger;
  readonly idempotency: Pick<IdempotencyKeys, "claim" | "free" | "freeBegun" | "keep" | "settling">;
  readonly client: ProviderClient;
  readonly fetcher: PublicFetcher;
  readonly limiter: Limiter;
  readonly counters: Counters;
  readonly waits: Waits;
  /** Milliseconds since the Unix epoch, for display only. */
  epochMs(): number;
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  readonly routing: Routing;
  /** Streams that end when their key is frozen; absent: none does. */
  readonly running?: Pick<RunningStreams, "enter">;
  /** Counts what is absorbed of each account; absent: nobody does. */
  readonly allowances?: Pick<Allowances, "add" | "isPast">;
}
