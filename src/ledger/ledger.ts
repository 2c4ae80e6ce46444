/**
 * The ledger as the gateway sees it: hold → extend → settle or void. Types and rules; the SQL is in the stores.
 *
 * `posted ≤ hold ≤ lease ≤ balance`, always. A hold is a part of a lease that this process has borrowed from the account in one
 * conditional transaction; it is taken in memory, so `hold` usually answers at once. Settlements are committed in groups, before
 * the last byte of the reply leaves (docs/decisions/0006-charge-before-last-byte.md).
 */
import type { Attempt } from "../attempt.ts";
import type { HoldToken } from "../hold.ts";
import type { Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";
import type { Usage } from "../unit.ts";
import type { KeyEnd } from "./idempotency.ts";
import type { Outcome, UsageSource } from "./outcome.ts";

export type { Attempt } from "../attempt.ts";
export type { HoldToken } from "../hold.ts";

/** A request for a hold. */
export interface HoldOrder {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  /** The key has a budget of its own, which the hold is taken from as well (I-16). */
  readonly hasBudget: boolean;
  /** The bound to cover, in nano-units. */
  readonly amount: Nano;
  /** The least that is of use; what is granted lies between the two. Equal to `amount` when the bound cannot be lowered. */
  readonly minimum: Nano;
  readonly snapshot: Snapshot;
  /** The life of this process in which it must be taken, where something was written that says so; any without it. */
  readonly epoch?: number;
}

/** What is known of a request when it ends. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly usage: Usage;
  readonly source: UsageSource;
  /** The provider reported usage that could not be believed and was replaced by an estimate (I-24). */
  readonly usageInvalid: boolean;
  /** The model as it was asked for. */
  readonly model: string;
  readonly protocol: string;
  readonly stream: boolean;
  /** HTTP status sent to the client; 0 when nothing was. */
  readonly status: number;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
  readonly attempts: readonly Attempt[];
  /** What becomes of the request's Idempotency-Key in the same commit; absent where it has none. */
  readonly keyEnd?: KeyEnd;
}

/** The committed result of a settlement. All amounts in nano-units. */
export interface Receipt {
  /** What the customer paid. */
  readonly charge: Nano;
  /** What exceeded the hold and was absorbed by the operator. */
  readonly absorbed: Nano;
  /** The account's posted balance after the commit that held this settlement. */
  readonly balance: Nano;
}

/** What a request that took no hold leaves behind. */
export interface Rejection {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly model: string;
  readonly protocol: string;
  readonly stream: boolean;
  readonly status: number;
  readonly durationMs: number;
}

export interface Ledger {
  /**
   * Takes a hold: at once from memory, or as a promise when the lease must grow first.
   * @throws (or rejects with) InsufficientFunds, AccountFrozen, or GatewayError ledger_unavailable or key_budget_exceeded.
   */
  hold(order: HoldOrder): HoldToken | Promise<HoldToken>;
  /** Adds to a hold. False when the balance does not cover it; the hold is then unchanged. */
  extend(token: HoldToken, amount: Nano): boolean | Promise<boolean>;
  /**
   * False when the database may take this process for dead: what the token holds must not be spent any more (§9.2 c). Cheap; to be
   * asked just before a provider is called, since time may have passed since the hold.
   */
  isLive(token: HoldToken): boolean;
  /**
   * Posts `min(charge, hold)` and returns the rest; resolves when the commit is known. Exactly once per token: a second terminal
   * call on the same token is a programming error and throws (I-20).
   */
  settle(token: HoldToken, settlement: Settlement): Promise<Receipt>;
  /** Records a request that was refused before a hold. Not waited for; dropped and counted under pressure. */
  reject(rejection: Rejection): void;
  /** What could be held now by a new request of this account, in nano-units, as far as this process knows. */
  available(accountId: number): Nano;
  /** Open holds of this process: how many, and their sum. */
  open(): { readonly count: number; readonly sum: Nano };
  /** Settles what is queued and returns every lease. No hold may be taken afterwards. */
  close(): Promise<void>;
}

/** The account cannot cover the hold's minimum. Amounts in nano-units. */
export class InsufficientFunds extends Error {
  override readonly name = "InsufficientFunds";
  readonly required: Nano;
  readonly available: Nano;
  constructor(required: Nano, available: Nano) {
    super("insufficient funds");
    this.required = required;
    this.available = available;
  }
}

/** The account is frozen: it spends nothing until the operator thaws it. */
export class AccountFrozen extends Error {
  override readonly name = "AccountFrozen";
}
