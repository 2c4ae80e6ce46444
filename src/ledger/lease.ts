/**
 * Lease arithmetic, in memory and pure: what is borrowed, what of it is held, and when to borrow or return.
 *
 * `Σ holds + setAside ≤ lease.amount` always. A hold's part of the lease becomes slack again only when its settlement's commit is
 * known; what a commit may return is set aside before it begins (§9.2 a).
 */
import type { HoldToken } from "../hold.ts";
import type { Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";

/** Accounts with less than this (one dollar) carry no slack: what no request holds is returned in the next commit. */
export const SLACK_THRESHOLD: Nano = 1_000_000_000n;
/** A lease grows by this many times what was asked … */
export const GROWTH_FACTOR = 8n;
/** … or by this share of what is not borrowed yet, whichever is more. */
export const GROWTH_SHARE = 20n;
/** Slack above a half of the balance is returned down to a quarter of it. */
const SLACK_HIGH = 2n;
const SLACK_LOW = 4n;

/** What this process has borrowed from one account, or through one key with a budget. */
export interface Lease {
  /** Row id; 0 until the first commit that grows it. */
  id: number;
  /** The owner's epoch in which it was opened: after another began, nothing is held under it any more (§9.2 b). */
  readonly epoch: number;
  readonly accountId: number;
  /** The key whose budget it is taken from as well; null for the lease that all keys without a budget share. */
  readonly keyId: number | null;
  /** Borrowed, as committed. */
  amount: Nano;
  /** Held by requests, those included whose settlement is not committed yet. */
  held: Nano;
  /** How many requests hold something. */
  holds: number;
  /** Slack that the commit under way may return or share out. */
  setAside: Nano;
  /** The account's posted balance and its unborrowed part, as last read. */
  balance: Nano;
  unleased: Nano;
  /** The least of the balance and of what the key's budget leaves, as last read: how much there is to be careful with. */
  limit: Nano;
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

/** An unused lease. */
export const emptyLease = (accountId: number, keyId: number | null, epoch: number): Lease => ({
  id: 0,
  epoch,
  accountId,
  keyId,
  amount: 0n,
  held: 0n,
  holds: 0,
  setAside: 0n,
  balance: 0n,
  unleased: 0n,
  limit: 0n,
  frozen: false,
  recalled: false,
});

/** What of a lease no request holds and no commit has set aside. */
export const slackOf = (lease: Lease): Nano => lease.amount - lease.held - lease.setAside;

/** A hold, new or to be extended, that memory does not cover. */
export interface Wish {
  readonly amount: Nano;
  /** The least that is of use. */
  readonly minimum: Nano;
}

/** What each of those who wait gets of a slack, first come first served: null for those for whom it is not enough. */
export const share = (slack: Nano, wishes: readonly Wish[]): (Nano | null)[] => {
  let left = slack;
  return wishes.map(({ amount, minimum }) => {
    if (left < minimum) return null;
    const granted = amount < left ? amount : left;
    left -= granted;
    return granted;
  });
};

/** What is left of a key's budget, and how much of that is borrowed. */
export interface BudgetFacts {
  readonly left: Nano;
  readonly leased: Nano;
}

/** What may be borrowed now of an account, and of a key's budget where there is one. */
export const roomOf = ({ balance, leased, frozen }: AccountFacts, budget: BudgetFacts | null): Nano => {
  if (frozen) return 0n;
  const room = max(balance - leased, 0n);
  return budget === null ? room : min(room, max(budget.left - budget.leased, 0n));
};

/** The least of a balance and of what a budget leaves. */
export const limitOf = (balance: Nano, budget: BudgetFacts | null): Nano =>
  budget === null ? balance : min(balance, budget.left);

/**
 * By how much a lease changes for those who wait: by what they can use, and above the threshold by a slice so that the next requests
 * need no commit. Negative where slack is left over and none may be carried. Between `-slack` and `room`.
 *
 * The same rule is written in SQL for PostgreSQL (`ledger_commit`); a test compares the two.
 * @param slack what of the lease nobody holds @param limit as of `limitOf`
 */
export const growthFor = (
  slack: Nano,
  wishes: readonly Wish[],
  { room, limit, frozen }: { readonly room: Nano; readonly limit: Nano; readonly frozen: boolean },
): Nano => {
  if (frozen) return -slack;
  let used = 0n;
  for (const granted of share(slack + room, wishes)) used += granted ?? 0n;
  if (limit < SLACK_THRESHOLD) return used - slack;
  if (used <= slack) return 0n;
  return min(max(used, max(used * GROWTH_FACTOR, room / GROWTH_SHARE)) - slack, room);
};

/** How much slack to return: all of it where none may be carried, what is too much elsewhere. Between 0 and `slack`. */
export const surplusOf = (slack: Nano, limit: Nano, returnAll: boolean): Nano => {
  if (slack <= 0n) return 0n;
  if (returnAll || limit < SLACK_THRESHOLD) return slack;
  return slack > limit / SLACK_HIGH ? slack - limit / SLACK_LOW : 0n;
};

const min = (a: Nano, b: Nano): Nano => (a < b ? a : b);
const max = (a: Nano, b: Nano): Nano => (a > b ? a : b);

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
  state: HoldState;
}

/** Adds to a hold what its lease is known to cover. */
export const take = (hold: Held, amount: Nano): void => {
  hold.amount += amount;
  hold.lease.held += amount;
};

/** Ends a hold whose settlement is known: what was posted has left the lease, the rest is slack again. */
export const release = (hold: Held, posted: Nano): void => {
  hold.lease.held -= hold.amount;
  hold.lease.amount -= posted;
  hold.lease.holds--;
  hold.state = "done";
};

/** A hold as the rest of the program sees it. */
export const tokenOf = (hold: Held): HoldToken => hold as unknown as HoldToken;
