/**
 * Leases whose owner is a task (§9.11): borrowed before the provider is asked, posted once when the task ends, and bound to no
 * process: neither the reaper nor a start returns them. Parts of transactions, for the tasks' own store to join with its rows.
 *
 * Rows are locked in the order of the ledger's own commits: the lease, the customer's account, revenue, the key.
 */
import { ask, askOnly, type StepRow, type Steps } from "../db/steps.ts";
import { errors } from "../errors.ts";
import type { HoldToken } from "../hold.ts";
import type { Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";
import { AccountFrozen, InsufficientFunds, type Receipt, type Settlement } from "./ledger.ts";
import { ROLL_UPS, rollUpRuns } from "./rollup-store.ts";
import { REQUEST_COLUMNS, requestValues } from "./request-columns.ts";
import { idBytes, settle } from "./settlement.ts";
import { ACCOUNTS } from "./transfer.ts";

/** What a task holds, and for whom. */
export interface TaskHold {
  /** The request that began the task, and whose row will be its charge. */
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  /** The key has a budget of its own, which the lease is taken from as well (I-16). */
  readonly hasBudget: boolean;
  /** The worst case, in nano-units. */
  readonly amount: Nano;
  readonly snapshot: Snapshot;
}

const MINUTE_MS = 60_000;

const columns = REQUEST_COLUMNS.map(({ name }) => name);

const SQL = {
  borrow: `update account set leased = leased + $1
           where id = $2 and kind = 'customer' and frozen = 0 and balance - leased >= $3 returning id`,
  borrowBudget: "update api_key set leased = leased + $1 where id = $2 and budget - spent - leased >= $3 returning id",
  account: "select balance, leased, frozen from account where id = $1",
  open: `insert into lease (account_id, key_id, owner, epoch, amount, state, opened_at)
         values ($1, $2, $3, 1, $4, 'open', $5)`,
  lease: `select id, key_id, amount from lease where owner = $1 and state = 'open'`,
  end: "update lease set amount = 0, state = 'returned', closed_at = $1 where id = $2 and state = 'open' returning id",
  post: "update account set balance = balance - $1, leased = leased - $2 where id = $3 returning balance",
  balance: "select balance from account where id = $1",
  request: `insert into request (${columns.join(", ")}) values (${columns.map((_, i) => `$${i + 1}`).join(", ")})`,
  charges: `insert into earning (amount, account_id, minute) values ($1, ${ACCOUNTS.revenue}, $2)`,
  revenue: `update account set balance = balance + $1 where id = ${ACCOUNTS.revenue}`,
  postBudget: "update api_key set spent = spent + $1, leased = leased - $2 where id = $3 and budget is not null",
} as const;

/** The owner of a task's lease; everything that looks for the leases of processes passes by what begins like this. */
const ownerOf = (requestId: string): string => `task:${requestId}`;

const nano = (row: StepRow | undefined, name: string): Nano => (row?.[name] as bigint | undefined) ?? 0n;

/**
 * Borrows a task's worst case. The caller commits it together with the task's row, before the provider is asked.
 * @param now milliseconds since the Unix epoch, for display
 * @throws AccountFrozen, InsufficientFunds, GatewayError key_budget_exceeded: the transaction must then be undone
 */
export function* openTaskLease(hold: TaskHold, now: number): Steps<void> {
  const { requestId, accountId, keyId, hasBudget, amount } = hold;
  const borrowed = yield* ask(SQL.borrow, amount, accountId, amount);
  if (borrowed.length === 0) {
    const [account] = yield* ask(SQL.account, accountId);
    if (account?.["frozen"] === 1n) throw new AccountFrozen();
    const free = nano(account, "balance") - nano(account, "leased");
    throw new InsufficientFunds(amount, free > 0n ? free : 0n);
  }
  if (hasBudget) {
    const granted = yield* ask(SQL.borrowBudget, amount, keyId, amount);
    if (granted.length === 0) throw errors.keyBudgetExceeded();
  }
  yield* ask(SQL.open, accountId, hasBudget ? keyId : null, ownerOf(requestId), amount, now);
}

/**
 * Posts a task's end and returns what it held. Whoever calls has made sure, in the same transaction, that the task ends now and not a
 * second time (I-50); the request's row, which can be there only once, makes sure again (I-21).
 * @throws the database's error for a row that the schema refuses
 */
export function* settleTaskLease(hold: TaskHold, settlement: Settlement, now: number): Steps<Receipt> {
  const [lease] = yield* ask(SQL.lease, ownerOf(hold.requestId));
  // Without its lease nothing may be posted (§9.2 b).
  const amount = nano(lease, "amount");
  const { row } = settle({ ...hold, idBytes: idBytes(hold.requestId), amount }, settlement);
  let balance: Nano;
  if (lease === undefined) balance = nano((yield* ask(SQL.balance, hold.accountId))[0], "balance");
  else {
    yield* ask(SQL.end, now, lease["id"] as bigint);
    balance = nano((yield* ask(SQL.post, row.posted, amount, hold.accountId))[0], "balance");
  }
  yield* ask(SQL.request, ...requestValues(row));
  for (const { statement, values } of rollUpRuns([row])) yield* askOnly("sqlite", ROLL_UPS[statement], ...values);
  if (row.posted > 0n) {
    yield* ask(SQL.charges, row.posted, Math.floor(now / MINUTE_MS));
    yield* ask(SQL.revenue, row.posted);
  }
  const keyId = lease?.["key_id"] as bigint | null | undefined;
  if (keyId !== null && keyId !== undefined) yield* ask(SQL.postBudget, row.posted, amount, keyId);
  return { charge: row.posted, absorbed: row.absorbed, balance };
}

/** The proof that money is held for a task, for the calls that are made for it (I-12). */
export const taskToken = ({ requestId, accountId, keyId, amount, snapshot }: TaskHold): HoldToken =>
  ({ requestId, accountId, keyId, amount, snapshot }) as unknown as HoldToken;
