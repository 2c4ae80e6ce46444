/** A finished request as its account's history shows it. Pure. */
import type { Attempt } from "../attempt.ts";
import type { Nano, Rational } from "../money.ts";
import type { Usage } from "../unit.ts";

/** All amounts in nano-units, all times in milliseconds. */
export interface UsageRecord {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  /** Since the Unix epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly firstByteMs: number | null;
  /** HTTP status sent; 0 when nothing was. */
  readonly status: number;
  readonly stream: boolean;
  readonly outcome: string;
  readonly source: string;
  readonly usageInvalid: boolean;
  /** As it was asked for. */
  readonly model: string;
  readonly protocol: string;
  readonly usage: Usage;
  /** Null where nothing was held. */
  readonly priceId: number | null;
  readonly planId: string | null;
  readonly multiplier: Rational;
  /** The usage's price to the nano, before the price row's own rounding. */
  readonly exact: Nano;
  readonly hold: Nano;
  /** What the customer paid. */
  readonly posted: Nano;
  /** What the usage cost beyond that. */
  readonly absorbed: Nano;
  readonly attempts: readonly Attempt[];
}
