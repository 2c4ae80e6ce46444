/** From what is known of a finished request to the row that is stored of it. Pure. */
import { packAttempts } from "../attempt.ts";
import { requestIdBytes } from "../id.ts";
import { EXACT, MoneyError, ONE, type Nano } from "../money.ts";
import { charge, unpricedUnits, type Snapshot } from "../price.ts";
import type { Unit, Usage } from "../unit.ts";
import type { Rejection, Settlement } from "./ledger.ts";
import type { Held } from "./lease.ts";
import { isCharged } from "./outcome.ts";
import type { RequestRow } from "./store.ts";

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

/** A settlement's row, and what made its usage hard or impossible to price, if anything did. */
export interface Settled {
  readonly row: RequestRow;
  /** Counted units that the price row does not know; charged by the rule of decision 0016. */
  readonly unpriced: readonly Unit[];
  readonly unpriceable: MoneyError | null;
}

/**
 * The row of a settlement: `posted = min(charge, hold)`; what exceeds the hold, and all of an uncharged outcome, is absorbed (I-15).
 * A usage that cannot be priced is our fault: it costs nothing and is stored as `gateway_failed`.
 */
export const settle = (hold: Held, settlement: Settlement): Settled => {
  let costs: Costs = { exact: 0n, amount: 0n };
  let unpriceable: MoneyError | null = null;
  try {
    costs = costsOf(hold.snapshot, settlement.usage);
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    unpriceable = error;
  }
  const { exact, amount } = costs;
  const outcome = unpriceable === null ? settlement.outcome : "gateway_failed";
  const posted = !isCharged(outcome) ? 0n : amount < hold.amount ? amount : hold.amount;
  const { row, planId, multiplier } = hold.snapshot;
  return {
    unpriceable,
    unpriced: unpricedUnits(row, settlement.usage),
    row: {
      id: hold.idBytes,
      accountId: hold.accountId,
      keyId: hold.keyId,
      startedAt: whole(settlement.startedAt),
      durationMs: whole(settlement.durationMs),
      firstByteMs: settlement.firstByteMs === null ? null : whole(settlement.firstByteMs),
      status: whole(settlement.status),
      stream: settlement.stream,
      outcome,
      source: settlement.source,
      usageInvalid: settlement.usageInvalid || unpriceable !== null,
      model: settlement.model,
      protocol: settlement.protocol,
      usage: unpriceable === null ? settlement.usage : {},
      priceId: row.id,
      planId,
      multiplierNum: multiplier.num,
      multiplierDen: multiplier.den,
      exact,
      hold: hold.amount,
      posted,
      absorbed: amount - posted,
      attempts: packAttempts(settlement.attempts),
    },
  };
};

/** The row of a request that was refused before a hold. @throws RangeError when its id is not one. */
export const rejectedRow = (rejection: Rejection): RequestRow => ({
  id: idBytes(rejection.requestId),
  accountId: rejection.accountId,
  keyId: rejection.keyId,
  startedAt: whole(rejection.startedAt),
  durationMs: whole(rejection.durationMs),
  firstByteMs: null,
  status: whole(rejection.status),
  stream: rejection.stream,
  outcome: "rejected",
  source: "none",
  usageInvalid: false,
  model: rejection.model,
  protocol: rejection.protocol,
  usage: {},
  priceId: null,
  planId: null,
  multiplierNum: ONE.num,
  multiplierDen: ONE.den,
  exact: 0n,
  hold: 0n,
  posted: 0n,
  absorbed: 0n,
  attempts: null,
});

/** A request id as stored. @throws RangeError when the text is not one. */
export const idBytes = (requestId: string): Uint8Array => {
  const bytes = requestIdBytes(requestId);
  if (bytes === null) throw new RangeError("not a request id");
  return bytes;
};

/** Times and statuses are for display: a fraction in one must never cost a customer the account. */
const whole = (value: number): number => (Number.isFinite(value) ? Math.round(value) : 0);
