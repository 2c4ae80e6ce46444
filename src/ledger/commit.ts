/**
 * One group commit: every settlement, waiting hold and returned lease of a turn, as one order to the store.
 *
 * `prepare` writes the order and sets aside the slack that it may return or share out; memory changes otherwise only when the commit is
 * known (`apply`), so that a commit that fails leaves everything as it was (§9.2 a). Pure but for the leases.
 */
import { errors } from "../errors.ts";
import type { Nano } from "../money.ts";
import type { KeyEnd } from "./idempotency.ts";
import { limitOf, release, share, slackOf, surplusOf, take, type Held, type Lease, type Wish } from "./lease.ts";
import { AccountFrozen, InsufficientFunds, type Receipt } from "./ledger.ts";
import type { Answer, EndedKey, LeaseResult, Order, Posting, Refusal, RequestRow } from "./store.ts";

/** A settlement on its way to the database. */
export interface Settling {
  readonly hold: Held;
  readonly row: RequestRow;
  readonly keyEnd: KeyEnd | undefined;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
  /** Why the database refused the row, once it has: it is then absorbed and its account frozen (§9.2 i). */
  refusal: string | null;
  /** An earlier commit of it failed in a way that does not tell whether it happened (I-26). */
  uncertain: boolean;
}

/** A hold, new or to be extended, for which the lease has to grow first. */
export interface Waiting extends Wish {
  readonly hold: Held;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Others have been asked for their slack already (§9.2 e). */
  isRecalled: boolean;
  /** Answers that the hold has grown. */
  readonly grant: () => void;
  readonly refuse: (error: Error) => void;
}

export interface Batch {
  readonly settling: readonly Settling[];
  readonly waiting: readonly Waiting[];
  readonly rejections: readonly RequestRow[];
  /** Leases to look at even if nothing of theirs is settled. */
  readonly returning: readonly Lease[];
}

/** What a commit does to one lease. */
interface Part {
  readonly lease: Lease;
  readonly index: number;
  posted: Nano;
  /** What settlements free. */
  freed: Nano;
  /** Slack of before the commit that nobody may use until it is known. */
  setAside: Nano;
  returned: Nano;
  frozen: boolean;
  readonly recalled: boolean;
  readonly waiting: Waiting[];
}

export interface Prepared {
  readonly batch: Batch;
  readonly parts: ReadonlyMap<Lease, Part>;
  readonly order: Order;
}

const postedOf = ({ row, refusal }: Settling): Nano => (refusal === null ? row.posted : 0n);

const partsOf = ({ settling, waiting, returning }: Batch): Map<Lease, Part> => {
  const parts = new Map<Lease, Part>();
  const of = (lease: Lease): Part => {
    let part = parts.get(lease);
    if (part === undefined) {
      const { frozen, recalled } = lease;
      const amounts = { posted: 0n, freed: 0n, setAside: 0n, returned: 0n };
      part = { lease, index: parts.size, ...amounts, frozen, recalled, waiting: [] };
      // Another recall may come while the commit is under way.
      lease.recalled = false;
      parts.set(lease, part);
    }
    return part;
  };
  for (const each of settling) {
    const part = of(each.hold.lease);
    const posted = postedOf(each);
    part.posted += posted;
    part.freed += each.hold.amount - posted;
    part.frozen ||= each.refusal !== null;
  }
  for (const each of waiting) of(each.hold.lease).waiting.push(each);
  for (const lease of returning) of(lease);
  return parts;
};

/** Decides what is returned, and takes it out of everybody's reach. */
const setAside = (part: Part): void => {
  const { lease, freed, posted } = part;
  const slack = slackOf(lease);
  if (part.waiting.length > 0) part.setAside = slack;
  else {
    part.returned = surplusOf(slack + freed, lease.limit - posted, part.frozen || part.recalled);
    part.setAside = part.returned > freed ? part.returned - freed : 0n;
  }
  lease.setAside += part.setAside;
};

const poolOf = (part: Part): Nano => part.setAside + part.freed;

const refusalOf = ({ hold, row, refusal }: Settling): Refusal => ({
  accountId: hold.accountId,
  requestId: hold.requestId,
  detail: JSON.stringify({
    error: refusal,
    charge: String(row.posted),
    hold: String(hold.amount),
    outcome: row.outcome,
  }),
});

/** A settlement that is refused has posted nothing: its key is free. */
const endedKeys = (settling: readonly Settling[]): EndedKey[] => {
  const keys: EndedKey[] = [];
  for (const { hold, keyEnd, refusal } of settling)
    if (keyEnd !== undefined)
      keys.push({ requestId: hold.idBytes, end: refusal === null ? keyEnd : { state: "free" } });
  return keys;
};

/** Writes the order of a batch and sets aside what it may return; `apply` or `undo` must follow. */
export const prepare = (batch: Batch, now: number): Prepared => {
  const parts = partsOf(batch);
  for (const part of parts.values()) setAside(part);
  const postings: Posting[] = [];
  const refusals: Refusal[] = [];
  for (const each of batch.settling)
    if (each.refusal !== null) refusals.push(refusalOf(each));
    else postings.push({ lease: parts.get(each.hold.lease)?.index ?? 0, row: each.row });
  const leases = [...parts.values()].map((part) => ({
    id: part.lease.id,
    epoch: part.lease.epoch,
    accountId: part.lease.accountId,
    keyId: part.lease.keyId,
    posted: part.posted,
    returned: part.returned,
    slack: part.waiting.length > 0 ? poolOf(part) : 0n,
    wishes: part.waiting.map(({ amount, minimum }) => ({ amount, minimum })),
    recalled: part.recalled,
  }));
  const keys = endedKeys(batch.settling);
  return { batch, parts, order: { now, leases, postings, refusals, rejections: batch.rejections, keys } };
};

/** The commit is known not to have happened: what was set aside is slack again. */
export const undo = ({ parts }: Prepared): void => {
  for (const { lease, setAside, recalled } of parts.values()) {
    lease.setAside -= setAside;
    lease.recalled ||= recalled;
  }
};

/** Somebody who waited in vain, and why. */
export interface Denied {
  readonly waiting: Waiting;
  readonly error: Error;
}

export interface Applied {
  readonly denied: readonly Denied[];
  readonly lost: readonly Lease[];
  /** Leases with slack that they may not keep: somebody who waited for it was gone. */
  readonly excess: readonly Lease[];
}

/** Makes a known commit true in memory, then tells everybody whom it served. */
export const apply = ({ batch, parts }: Prepared, answer: Answer): Applied => {
  const denied: Denied[] = [];
  const lost = new Set<Lease>();
  for (const each of batch.settling) {
    const result = answer.leases[parts.get(each.hold.lease)?.index ?? 0];
    release(each.hold, result?.isLost === true ? 0n : postedOf(each));
  }
  const grants: (() => void)[] = [];
  for (const part of parts.values()) {
    const result = answer.leases[part.index];
    if (result === undefined) continue;
    adopt(part, result);
    if (result.isLost) lost.add(part.lease);
    for (const { waiting, granted } of shares(part, result))
      if (granted instanceof Error) denied.push({ waiting, error: granted });
      else {
        take(waiting.hold, granted);
        grants.push(waiting.grant);
      }
  }
  for (const grant of grants) grant();
  for (const each of batch.settling) tell(each, lost.has(each.hold.lease));
  const excess = [...parts.values()].filter(
    ({ lease, waiting }) => waiting.length > 0 && surplusOf(slackOf(lease), lease.limit, lease.frozen) > 0n,
  );
  return { denied, lost: [...lost], excess: excess.map(({ lease }) => lease) };
};

const adopt = (part: Part, { id, isLost, delta, account, budget }: LeaseResult): void => {
  const { lease } = part;
  lease.setAside -= part.setAside;
  lease.id = id;
  lease.amount = isLost ? lease.held + lease.setAside : lease.amount + delta;
  lease.balance = account.balance;
  lease.unleased = account.balance - account.leased;
  lease.limit = limitOf(account.balance, budget);
  lease.frozen ||= account.frozen;
};

interface Share {
  readonly waiting: Waiting;
  /** What is granted, or why nothing is. */
  readonly granted: Nano | Error;
}

const shares = (part: Part, { isLost, delta, account, budget }: LeaseResult): Share[] => {
  const { waiting } = part;
  if (waiting.length === 0) return [];
  const all = (error: () => Error): Share[] => waiting.map((each) => ({ waiting: each, granted: error() }));
  if (isLost) return all(() => errors.ledgerUnavailable());
  if (account.frozen) return all(() => new AccountFrozen());
  const pool = poolOf(part) + delta;
  const granted = share(pool, waiting);
  const left = granted.reduce<Nano>((sum, each) => sum - (each ?? 0n), pool);
  const free = left + (account.balance > account.leased ? account.balance - account.leased : 0n);
  return waiting.map((each, index) => {
    const amount = granted[index] ?? null;
    if (each.hold.state !== "open")
      return { waiting: each, granted: errors.internal(new Error("the hold ended while it was being extended")) };
    if (amount !== null) return { waiting: each, granted: amount };
    const isBudget = budget !== null && free >= each.minimum;
    return { waiting: each, granted: isBudget ? errors.keyBudgetExceeded() : new InsufficientFunds(each.amount, free) };
  });
};

const tell = ({ hold, row, refusal, resolve, reject }: Settling, isLost: boolean): void => {
  const { balance } = hold.lease;
  if (refusal !== null) reject(new RowRefused(hold.requestId, refusal));
  else if (isLost) resolve({ charge: 0n, absorbed: row.posted + row.absorbed, balance });
  else resolve({ charge: row.posted, absorbed: row.absorbed, balance });
};

/** The database refused a settlement's row: the operator absorbs it, and its account is frozen until somebody has looked. */
export class RowRefused extends Error {
  override readonly name = "RowRefused";
  readonly requestId: string;
  constructor(requestId: string, reason: string) {
    super(`the settlement of ${requestId} was refused: ${reason}`);
    this.requestId = requestId;
  }
}
