/**
 * What must be true, worked out a second time: prices, discounts and rounding in the plainest arithmetic, what every customer was told, and
 * what was put in and taken out. It shares no line with the ledger.
 */
import type { Snapshot } from "../../src/price.ts";
import { isCharged, type Outcome } from "../../src/ledger/outcome.ts";
import type { Receipt } from "../../src/ledger/ledger.ts";

/** A request, from its hold on. */
export interface SimRequest {
  readonly accountId: number;
  readonly keyId: number;
  readonly snapshot: Snapshot;
  /** What was held when it was settled. */
  held: bigint;
  /** What it must cost: what is held at most, nothing for an uncharged outcome. */
  due: bigint;
  /** What the usage costs. */
  full: bigint;
  /** The node died, or was silent too long: it may have come too late, and cost nothing then (§9.2 d). */
  mayBeLost: boolean;
  receipt: Receipt | null;
}

export interface SimUsage {
  readonly input: number;
  readonly output: number;
}

const PER_MILLION = 1_000_000n;

/** I-4: one rounding, half up, over the sum. */
export const costOf = ({ row, multiplier }: Snapshot, { input, output }: SimUsage): bigint => {
  const sum = BigInt(input) * (row.base.input ?? 0n) + BigInt(output) * (row.base.output ?? 0n);
  const denominator = PER_MILLION * multiplier.den;
  const floor = (sum * multiplier.num) / denominator;
  return floor + (2n * (sum * multiplier.num - floor * denominator) >= denominator ? 1n : 0n);
};

export const dueOf = (full: bigint, held: bigint, outcome: Outcome): bigint => {
  if (!isCharged(outcome)) return 0n;
  return full < held ? full : held;
};

/** A row of `request`, as far as the model speaks of it. */
export interface StoredRequest {
  readonly outcome: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly priceId: number;
  readonly hold: bigint;
  readonly posted: bigint;
  readonly absorbed: bigint;
}

/** What is wrong with a stored request; null when it is as it must be (I-15, I-21, I-40). */
export const judge = (stored: StoredRequest, request: SimRequest | undefined): string | null => {
  if (request === undefined) return "nobody settled it";
  const { receipt, due, held, full } = request;
  if (stored.accountId !== request.accountId || stored.keyId !== request.keyId) return "it is somebody else's";
  if (stored.priceId !== request.snapshot.row.id) return "it has another price than it was held under";
  if (receipt !== null && receipt.charge !== stored.posted) return `it posted ${stored.posted}, told ${receipt.charge}`;
  if (stored.posted + stored.absorbed !== full) return `${stored.posted} + ${stored.absorbed} is not ${full}`;
  if (stored.posted === due && (stored.hold === held || request.mayBeLost)) return null;
  if (request.mayBeLost && stored.posted === 0n && stored.hold === 0n) return null;
  return `it posted ${stored.posted} of ${due}, hold ${stored.hold} of ${held}`;
};
