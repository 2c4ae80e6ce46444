/** From what is known of a finished request to the row that is stored of it. Pure. */
import { packAttempts, SANDBOX_UPSTREAM, type Attempt } from "../attempt.ts";
import { requestIdBytes, requestPeriod } from "../id.ts";
import { EXACT, MoneyError, type Nano } from "../money.ts";
import { charge, costTo, unpricedUnits, type Snapshot } from "../price.ts";
import type { Unit, Usage } from "../unit.ts";
import type { KeyEnd } from "./idempotency.ts";
import type { Rejection, Settlement } from "./ledger.ts";
import type { Held } from "./lease.ts";
import { isCharged } from "./outcome.ts";
import type { RequestRow } from "./store.ts";

/** The most that a column of 32 bits holds: 24 days of milliseconds. */
const MAX_WHOLE = 2_147_483_647;
/** Characters of a model's name that are kept. */
const MAX_NAME = 256;

/** What a usage costs under a snapshot: to the nano, and as its price row rounds it (I-5). */
export interface Costs {
  readonly exact: Nano;
  readonly amount: Nano;
}

/** @throws MoneyError for a usage that cannot be priced. */
export const costsOf = (snapshot: Snapshot, usage: Usage): Costs => {
  const amount = charge(snapshot, usage);
  if (snapshot.row.rounding.scale === EXACT.scale) return { exact: amount, amount };
  return { exact: charge({ ...snapshot, row: { ...snapshot.row, rounding: EXACT } }, usage), amount };
};

/**
 * Attempts with what the last one costs us, where the row would not tell it: its own prices say so, or a plan's multiplier stands
 * between the charge and the list price.
 */
const costed = (attempts: readonly Attempt[], { row, multiplier }: Snapshot, usage: Usage): readonly Attempt[] => {
  const last = attempts.at(-1);
  if (last === undefined || last.cost !== undefined || multiplier.num === multiplier.den) return attempts;
  if (last.upstream === SANDBOX_UPSTREAM) return attempts;
  const cost = costTo(row, usage);
  return cost === 0n ? attempts : [...attempts.slice(0, -1), { ...last, cost }];
};

/** A settlement's row, and what made its usage hard or impossible to price, if anything did. */
export interface Settled {
  readonly row: RequestRow;
  /** Counted units that the price row does not know; charged by the rule of decision 0016. */
  readonly unpriced: readonly Unit[];
  readonly unpriceable: MoneyError | null;
  readonly keyEnd: KeyEnd | undefined;
}

/** What of a hold its settlement depends on. */
export type SettledHold = Pick<Held, "idBytes" | "accountId" | "keyId" | "snapshot" | "amount">;

/**
 * The row of a settlement: `posted = min(charge, hold)`; what exceeds the hold, and all of an uncharged outcome, is absorbed (I-15).
 * A usage that cannot be priced is our fault: it costs nothing and is stored as `gateway_failed`.
 */
export const settle = (hold: SettledHold, settlement: Settlement): Settled => {
  let costs: Costs = { exact: 0n, amount: 0n };
  let { attempts } = settlement;
  let unpriceable: MoneyError | null = null;
  try {
    costs = costsOf(hold.snapshot, settlement.usage);
    attempts = costed(attempts, hold.snapshot, settlement.usage);
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    unpriceable = error;
  }
  const { exact, amount } = costs;
  const outcome = unpriceable === null ? settlement.outcome : "gateway_failed";
  const posted = !isCharged(outcome) ? 0n : amount < hold.amount ? amount : hold.amount;
  const { row, planId, multiplier } = hold.snapshot;
  const isWhole = multiplier.num === multiplier.den;
  return {
    unpriceable,
    unpriced: unpricedUnits(row, settlement.usage),
    keyEnd: settlement.keyEnd,
    row: {
      id: hold.idBytes,
      period: requestPeriod(hold.idBytes),
      accountId: hold.accountId,
      keyId: hold.keyId,
      durationMs: whole(settlement.durationMs),
      firstByteMs: settlement.firstByteMs === null ? null : whole(settlement.firstByteMs),
      status: whole(settlement.status),
      stream: settlement.stream,
      outcome,
      source: settlement.source,
      usageInvalid: settlement.usageInvalid || unpriceable !== null,
      model: stored(settlement.model),
      protocol: settlement.protocol,
      usage: unpriceable === null ? settlement.usage : {},
      priceId: row.id,
      planId,
      multiplierNum: isWhole ? null : multiplier.num,
      multiplierDen: isWhole ? null : multiplier.den,
      exact: exact === amount ? null : exact,
      hold: hold.amount,
      posted,
      absorbed: amount - posted,
      attempts: packAttempts(attempts, stored(settlement.model)),
    },
  };
};

/** The row of a request that was refused before a hold. @throws RangeError when its id is not one. */
export const rejectedRow = (rejection: Rejection): RequestRow => {
  const id = idBytes(rejection.requestId);
  return {
    id,
    period: requestPeriod(id),
    accountId: rejection.accountId,
    keyId: rejection.keyId,
    durationMs: whole(rejection.durationMs),
    firstByteMs: null,
    status: whole(rejection.status),
    stream: rejection.stream,
    outcome: "rejected",
    source: "none",
    usageInvalid: false,
    model: stored(rejection.model),
    protocol: rejection.protocol,
    usage: {},
    priceId: null,
    planId: null,
    multiplierNum: null,
    multiplierDen: null,
    exact: null,
    hold: 0n,
    posted: 0n,
    absorbed: 0n,
    attempts: null,
  };
};

/** A request id as stored. @throws RangeError when the text is not one. */
export const idBytes = (requestId: string): Uint8Array => {
  const bytes = requestIdBytes(requestId);
  if (bytes === null) throw new RangeError("not a request id");
  return bytes;
};

/** A customer's own words, as every database can keep them. */
const stored = (text: string): string =>
  (text.length > MAX_NAME ? text.slice(0, MAX_NAME) : text).replaceAll("\0", "\uFFFD");

/** Times and statuses are for display: a fraction in one must never cost a customer the account. */
const whole = (value: number): number =>
  Number.isFinite(value) ? Math.max(0, Math.min(MAX_WHOLE, Math.round(value))) : 0;
