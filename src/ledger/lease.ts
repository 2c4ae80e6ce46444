/**
 * Lease arithmetic, in memory and pure: what is borrowed, what of it is held, and when to borrow or return.
 *
 * `Σ holds ≤ lease.amount` always. A hold's part of the lease becomes slack again only when its settlement's commit is known.
 */
import type { HoldToken } from "../hold.ts";
import type { Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";

/** Accounts with less than this (one dollar) carry no slack: what no request holds is returned in the next commit. */
export const SLACK_THRESHOLD: Nano = 1_000_000_000n;
/** A lease grows by this many times what was asked … */
const GROWTH_FACTOR = 8n;
/** … or by this share of what is not borrowed yet, whichever is more. */
const GROWTH_SHARE = 20n;
/** Slack above a half of the balance is returned down to a quarter of it. */
const SLACK_HIGH = 2n;
const SLACK_LOW = 4n;

/** What this process has borrowed from one account. */
export interface Lease {
  /** Row id; 0 until the first commit that grows it. */
  id: number;
  readonly accountId: number;
  /** Borrowed, as committed. */
  amount: Nano;
  /** Held by requests, those included whose settlement is not committed yet. */
  held: Nano;
  /** The account's posted balance and its unborrowed part, as last read. */
  balance: Nano;
  unleased: Nano;
  /** No hold is admitted; all slack is returned. */
  frozen: boolean;
  /** Somebody else needs the slack; it is returned once. */
  recalled: boolean;
}

/** What the database knows of an account. */
export interface AccountFacts {
  readonly balance: Nano;
  readonly leased: Nano;
  readonly frozen: boolean;
}

/** An unused lease of an account. */
export const emptyLease = (accountId: number): Lease => ({
  id: 0,
  accountId,
  amount: 0n,
  held: 0n,
  balance: 0n,
  unleased: 0n,
  frozen: false,
  recalled: false,
});

/** What of a lease no request holds. */
export const slackOf = (lease: Lease): Nano => lease.amount - lease.held;

/**
 * How much to borrow so that `asked` fits: the shortfall, and above the threshold a slice so that the next requests need no commit.
 * Between `min(shortfall, unleased)` and `unleased`.
 */
export const growthFor = (asked: Nano, slack: Nano, account: AccountFacts): Nano => {
  const shortfall = asked - slack;
  if (shortfall <= 0n || account.frozen) return 0n;
  const unleased = account.balance - account.leased;
  if (unleased <= 0n) return 0n;
  let wanted = shortfall;
  if (account.balance >= SLACK_THRESHOLD) {
    const slice = max(asked * GROWTH_FACTOR, unleased / GROWTH_SHARE);
    wanted = max(shortfall, slice - slack);
  }
  return wanted < unleased ? wanted : unleased;
};

/** How much slack to return: all of it where none may be carried, what is too much elsewhere. Between 0 and `slack`. */
export const surplusOf = (slack: Nano, balance: Nano, returnAll: boolean): Nano => {
  if (slack <= 0n) return 0n;
  if (returnAll || balance < SLACK_THRESHOLD) return slack;
  return slack > balance / SLACK_HIGH ? slack - balance / SLACK_LOW : 0n;
};

const max = (a: Nano, b: Nano): Nano => (a > b ? a : b);

/** The budget of a key, with what of it is spent and held. Keys without one have none of these. */
export interface Budget {
  readonly limit: Nano;
  spent: Nano;
  held: Nano;
}

/** What a key may still hold. */
export const budgetLeft = (budget: Budget): Nano => budget.limit - budget.spent - budget.held;

/** A hold's life: open until its one terminal call (I-20), then settling until the commit is known. */
export type HoldState = "open" | "settling" | "done";

/** The ledger's own side of a token. */
export interface Held {
  readonly requestId: string;
  /** The request id as stored. */
  readonly idBytes: Uint8Array;
  readonly accountId: number;
  readonly keyId: number;
  readonly snapshot: Snapshot;
  amount: Nano;
  readonly lease: Lease;
  readonly budget: Budget | null;
  state: HoldState;
}

/** Adds to a hold what its lease and budget are known to cover. */
export const take = (hold: Held, amount: Nano): void => {
  hold.amount += amount;
  hold.lease.held += amount;
  if (hold.budget !== null) hold.budget.held += amount;
};

/** Ends a hold whose settlement is known: what was posted has left lease and budget, the rest is slack again. */
export const release = (hold: Held, posted: Nano): void => {
  hold.lease.held -= hold.amount;
  hold.lease.amount -= posted;
  if (hold.budget !== null) {
    hold.budget.held -= hold.amount;
    hold.budget.spent += posted;
  }
  hold.state = "done";
};

/** A hold as the rest of the program sees it. */
export const tokenOf = (hold: Held): HoldToken => hold as unknown as HoldToken;
