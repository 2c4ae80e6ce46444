/**
 * The ledger's SQL on SQLite: prepared once, run synchronously inside one short transaction. The one server of the file is the only
 * borrower, so leases end with the process and nothing has to be renewed or recalled (§9.2 h).
 */
import { randomBytes } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { SqliteDatabase } from "../db/connect.ts";
import { whileBusy } from "../db/retry.ts";
import { sqliteFault, type SqliteFault } from "../db/sqlite-error.ts";
import { requestPeriod } from "../id.ts";
import type { Nano } from "../money.ts";
import { growthFor, limitOf, roomOf, type AccountFacts, type BudgetFacts } from "./lease.ts";
import { endColumns, type KeyEnd } from "./idempotency.ts";
import { ROLL_UPS, rollUpRuns } from "./rollup-store.ts";
import { REQUEST_COLUMNS, requestValues } from "./request-columns.ts";
import type {
  Answer,
  Inventory,
  LeaseChange,
  LeaseResult,
  LedgerStore,
  Order,
  Renewal,
  RequestRow,
  StoreFault,
} from "./store.ts";
import { ACCOUNTS } from "./transfer.ts";

const LEASE_MEMORY_MS = 30 * 24 * 60 * 60 * 1_000;
const EPOCH = 1;
const MINUTE_MS = 60_000;

const columns = REQUEST_COLUMNS.map(({ name }) => name);

const SQL = {
  begin: "begin immediate",
  commit: "commit",
  rollback: "rollback",
  request: `insert into request (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
  ...ROLL_UPS,
  charges: `insert into earning (amount, account_id, minute) values (?, ${ACCOUNTS.revenue}, ?)`,
  revenue: `update account set balance = balance + ? where id = ${ACCOUNTS.revenue}`,
  lower: "update lease set amount = amount - ?1, recall = 0 where id = ?2 and owner = ?3 and state <> 'returned'",
  account: "select balance, leased, frozen from account where id = ? and kind = 'customer'",
  spend:
    "update account set balance = balance - ?1, leased = leased - ?2 where id = ?3 returning balance, leased, frozen",
  grow: "update account set leased = leased + ?1 where id = ?2 and balance - leased >= ?1 and frozen = 0",
  raise: "update lease set amount = amount + ?1 where id = ?2 and owner = ?3 and state = 'open'",
  open: `insert into lease (account_id, key_id, owner, epoch, amount, state, opened_at)
         values (?, ?, ?, ${EPOCH}, ?, 'open', ?)
         on conflict (owner, account_id, coalesce(key_id, 0)) where state = 'open'
         do update set amount = amount + excluded.amount
         returning id`,
  budget: "select budget - spent as left, leased from api_key where id = ? and budget is not null",
  spendBudget: `update api_key set spent = spent + ?1, leased = leased - ?2
                where id = ?3 and budget is not null returning budget - spent as left, leased`,
  growBudget: "update api_key set leased = leased + ?1 where id = ?2 and budget - spent - leased >= ?1",
  freeze: "update account set frozen = 1, thaws = 0 where id = ?",
  audit: "insert into audit_log (at, actor, action, object, detail) values (?, 'ledger', 'ledger.row_refused', ?, ?)",
  posted: "select posted, absorbed from request where period = ? and id = ?",
  leases: `select l.id, l.account_id, l.key_id, l.amount, l.recall, a.balance, a.leased, a.frozen
           from lease l join account a on a.id = l.account_id where l.owner = ? and l.state = 'open'`,
  // Of one owner, or of all where there is none named.
  recordCrashed: `insert into audit_log (at, actor, action, object, detail)
                  select ?2, 'ledger', 'lease.crashed', a.public_id,
                         json_object('lease', l.id, 'owner', l.owner, 'bound', cast(l.amount as text))
                  from lease l join account a on a.id = l.account_id
                  where l.state <> 'returned' and l.amount > 0 and (?1 is null or l.owner = ?1) and l.owner not like 'task:%'`,
  // Tasks outlive processes, and so do their leases (task-lease-store.ts).
  returnAccounts: `update account set leased = leased - (
                     select sum(l.amount) from lease l where l.account_id = account.id and l.state <> 'returned' and (?1 is null or l.owner = ?1) and l.owner not like 'task:%')
                   where id in (select l.account_id from lease l where l.state <> 'returned' and (?1 is null or l.owner = ?1) and l.owner not like 'task:%')`,
  returnBudgets: `update api_key set leased = leased - (
                    select sum(l.amount) from lease l where l.key_id = api_key.id and l.state <> 'returned' and (?1 is null or l.owner = ?1) and l.owner not like 'task:%')
                  where id in (select l.key_id from lease l where l.state <> 'returned' and (?1 is null or l.owner = ?1) and l.owner not like 'task:%')`,
  returnLeases:
    "update lease set amount = 0, state = 'returned', closed_at = ?2 where state <> 'returned' and (?1 is null or owner = ?1) and owner not like 'task:%'",
  endKey: `update idempotency set state = ?2, status = ?3, content_type = ?4, reply = ?5, reply_hash = ?6
           where request_id = ?1 and state = 'running'`,
  freeKey: "delete from idempotency where request_id = ? and state = 'running'",
  freeKeys: "delete from idempotency where state = 'running' and (?1 is null or owner = ?1)",
  forgetLeases: "delete from lease where state = 'returned' and closed_at < ?",
} as const;

type Statements = { readonly [Name in keyof typeof SQL]: StatementSync };

const prepared = new WeakMap<DatabaseSync, Statements>();

/** Prepared once for a connection, whoever borrows through it. */
const statementsOf = (sqlite: DatabaseSync): Statements => {
  let statements = prepared.get(sqlite);
  if (statements === undefined) {
    const entries = Object.entries(SQL).map(([name, sql]) => [name, sqlite.prepare(sql)]);
    prepared.set(sqlite, (statements = Object.fromEntries(entries) as unknown as Statements));
  }
  return statements;
};

const FAULTS = {
  busy: "busy",
  full: "unknown",
  io: "unknown",
  constraint: "refused",
  other: "refused",
  fsync: "fatal",
} as const satisfies Record<SqliteFault, StoreFault>;

const NOBODY: AccountFacts = { balance: 0n, leased: 0n, frozen: false };

const accountOf = (row: Record<string, unknown> | undefined): AccountFacts =>
  row === undefined
    ? NOBODY
    : { balance: row["balance"] as bigint, leased: row["leased"] as bigint, frozen: row["frozen"] === 1n };

const budgetOf = (row: Record<string, unknown> | undefined): BudgetFacts | null =>
  row === undefined ? null : { left: row["left"] as bigint, leased: row["leased"] as bigint };

export class SqliteLedgerStore implements LedgerStore {
  readonly isShared = false;
  readonly #sqlite: DatabaseSync;
  readonly #sql: Statements;
  readonly owner: string;

  /** @param owner this process's own id, unlike that of any before it. */
  constructor(sqlite: DatabaseSync, owner: string) {
    this.#sqlite = sqlite;
    this.owner = owner;
    this.#sql = statementsOf(sqlite);
  }

  commit(order: Order): Answer {
    return this.transaction(() => this.write(order));
  }

  /** Runs an order inside a transaction that somebody else has begun and ends. */
  write(order: Order): Answer {
    for (const { accountId, requestId, detail } of order.refusals) {
      this.#sql.freeze.run(accountId);
      this.#sql.audit.run(order.now, requestId, detail);
    }
    const lost = this.#lower(order.leases);
    const rows = this.#insert(order, lost);
    for (const { requestId, end } of order.keys) this.#endKey(requestId, end);
    const leases = order.leases.map((change, index) => this.#spend(change, lost.has(index), order.now));
    const rejections = this.#reject(order.rejections);
    for (const { statement, values } of rollUpRuns([...rows, ...rejections])) this.#sql[statement].run(...values);
    return { leases: latest(order.leases, leases), droppedRejections: order.rejections.length - rejections.length };
  }

  /** Runs a step in one transaction; undone when it throws. What COMMIT itself throws may have been committed. */
  protected transaction<T>(step: () => T): T {
    this.#sql.begin.run();
    try {
      const result = step();
      this.#sql.commit.run();
      return result;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sql.rollback.run();
      throw error;
    }
  }

  inventory(requestIds: readonly Uint8Array[]): Inventory {
    const committed = new Map<number, { posted: Nano; absorbed: Nano }>();
    requestIds.forEach((id, index) => {
      const row = this.#sql.posted.get(requestPeriod(id), id);
      if (row !== undefined)
        committed.set(index, { posted: row["posted"] as bigint, absorbed: row["absorbed"] as bigint });
    });
    const leases = this.#sql.leases.all(this.owner).map((row) => ({
      ...accountOf(row),
      id: Number(row["id"]),
      accountId: Number(row["account_id"]),
      keyId: row["key_id"] === null ? null : Number(row["key_id"]),
      amount: row["amount"] as bigint,
      recalled: row["recall"] === 1n,
    }));
    return { leases, committed };
  }

  faultOf(error: unknown): StoreFault {
    return FAULTS[sqliteFault(error)];
  }

  renew(): Renewal {
    return { epoch: EPOCH, liveUntil: Infinity };
  }

  async recall(): Promise<boolean> {
    return false;
  }

  onRecall(): void {
    // Nobody else borrows; debits leave their mark in the lease and are seen by `inventory`.
  }

  /**
   * Returns what dead processes had borrowed, with one record each that tells how much may have been in use (I-25). Only for the one
   * server of the file: every lease that it finds is a dead one's.
   */
  recover(now: number): void {
    this.transaction(() => {
      this.#sql.recordCrashed.run(null, now);
      this.#returnLeases(null, now);
      this.#sql.forgetLeases.run(now - LEASE_MEMORY_MS);
    });
  }

  /** Returns what this owner had borrowed, whose process has ended without doing so, with one record for each lease. */
  bury(now: number): void {
    this.transaction(() => {
      this.#sql.recordCrashed.run(this.owner, now);
      this.#returnLeases(this.owner, now);
    });
  }

  /** Waits for the lock if need be. */
  close(now: number): Promise<void> {
    return whileBusy(() => {
      this.transaction(() => {
        this.#returnLeases(this.owner, now);
      });
    });
  }

  abandon(): void {
    // Its connection is the database's.
  }

  /** @param owner null for all of them */
  #returnLeases(owner: string | null, now: number): void {
    this.#sql.returnAccounts.run(owner);
    this.#sql.returnBudgets.run(owner);
    this.#sql.returnLeases.run(owner, now);
    this.#sql.freeKeys.run(owner);
  }

  /** Takes from the leases what leaves them. @returns the places of those that are not ours any more */
  #lower(leases: readonly LeaseChange[]): Set<number> {
    const lost = new Set<number>();
    leases.forEach(({ id, posted, returned, recalled }, index) => {
      if (id === 0 || (posted + returned === 0n && !recalled)) return;
      if (this.#sql.lower.run(posted + returned, id, this.owner).changes !== 1n) lost.add(index);
    });
    return lost;
  }

  /** @returns the rows as they were stored */
  #insert({ postings, now }: Order, lost: ReadonlySet<number>): readonly RequestRow[] {
    let revenue = 0n;
    const rows: RequestRow[] = [];
    for (const { lease, row } of postings) {
      const kept = lost.has(lease) ? absorbed(row) : row;
      this.#sql.request.run(...requestValues(kept));
      revenue += kept.posted;
      rows.push(kept);
    }
    if (revenue === 0n) return rows;
    this.#sql.charges.run(revenue, Math.floor(now / MINUTE_MS));
    this.#sql.revenue.run(revenue);
    return rows;
  }

  /** Does nothing where another request has the key by now. */
  #endKey(requestId: Uint8Array, end: KeyEnd): void {
    const row = endColumns(end);
    if (row === null) this.#sql.freeKey.run(requestId);
    else this.#sql.endKey.run(requestId, row.state, row.status, row.content_type, row.reply, row.reply_hash);
  }

  /** What the commit does to one account, and then lends of it. */
  #spend(change: LeaseChange, isLost: boolean, now: number): LeaseResult {
    const { id, accountId, keyId, posted, returned, slack, wishes, recalled } = change;
    const gone = posted + returned;
    const isMoved = gone > 0n && !isLost;
    let account = accountOf(isMoved ? this.#sql.spend.get(posted, gone, accountId) : this.#sql.account.get(accountId));
    // What is returned of a frozen account may be collected for a pending debit: by a trigger, after the statement has answered.
    if (isMoved && account.frozen) account = accountOf(this.#sql.account.get(accountId));
    let budget: BudgetFacts | null = null;
    if (keyId !== null)
      budget = budgetOf(isMoved ? this.#sql.spendBudget.get(posted, gone, keyId) : this.#sql.budget.get(keyId));
    if (isLost) return { id, isLost, delta: 0n, account, budget };
    if (wishes.length === 0) return { id, isLost, delta: -returned, account, budget };
    const limit = recalled ? 0n : limitOf(account.balance, budget);
    const delta = growthFor(slack, wishes, { room: roomOf(account, budget), limit, frozen: account.frozen });
    if (delta === 0n) return { id, isLost, delta, account, budget };
    const lease = delta > 0n ? this.#grow(change, delta, now) : this.#return(change, -delta);
    account = account.frozen
      ? accountOf(this.#sql.account.get(accountId))
      : { ...account, leased: account.leased + delta };
    if (budget !== null) budget = { ...budget, leased: budget.leased + delta };
    return { id: lease, isLost, delta, account, budget };
  }

  /** @throws Error when what was read a moment ago is not so: the ledger contradicts itself */
  #grow({ id, accountId, keyId }: LeaseChange, amount: Nano, now: number): number {
    const isTaken = this.#sql.grow.run(amount, accountId).changes === 1n;
    const isBudgeted = keyId === null || this.#sql.growBudget.run(amount, keyId).changes === 1n;
    if (!isTaken || !isBudgeted) throw new Error(`account ${accountId} does not cover what it was seen to cover`);
    if (id === 0) return Number(this.#sql.open.get(accountId, keyId, this.owner, amount, now)?.["id"]);
    if (this.#sql.raise.run(amount, id, this.owner).changes !== 1n) throw new Error(`lease ${id} is lost`);
    return id;
  }

  #return({ id, accountId, keyId }: LeaseChange, amount: Nano): number {
    if (this.#sql.lower.run(amount, id, this.owner).changes !== 1n) throw new Error(`lease ${id} is lost`);
    this.#sql.spend.run(0n, amount, accountId);
    if (keyId !== null) this.#sql.spendBudget.run(0n, amount, keyId);
    return id;
  }

  /** @returns those that the schema took */
  #reject(rows: readonly RequestRow[]): readonly RequestRow[] {
    return rows.filter((row) => {
      try {
        this.#sql.request.run(...requestValues(row));
        return true;
      } catch (error) {
        if (this.faultOf(error) !== "refused") throw error;
        return false;
      }
    });
  }
}

/** The row of a settlement that came after its lease was taken back: nothing is held for it any more. */
const absorbed = (row: RequestRow): RequestRow => ({
  ...row,
  hold: 0n,
  posted: 0n,
  absorbed: row.posted + row.absorbed,
});

/** Where several leases are of one account, all of them tell what the last of them left. */
const latest = (changes: readonly LeaseChange[], results: readonly LeaseResult[]): readonly LeaseResult[] => {
  const accounts = new Map<number, AccountFacts>();
  changes.forEach(({ accountId }, index) => {
    const result = results[index];
    if (result !== undefined) accounts.set(accountId, result.account);
  });
  if (accounts.size === changes.length) return results;
  return results.map((result, index) => ({
    ...result,
    account: accounts.get(changes[index]?.accountId ?? 0) ?? result.account,
  }));
};

/**
 * The store of this process on a database that it alone lends from; what dead processes had borrowed is returned first (I-25).
 * @throws the database's error when it stays locked for two seconds.
 */
export const openSqliteStore = async ({ sqlite }: SqliteDatabase): Promise<SqliteLedgerStore> => {
  const store = new SqliteLedgerStore(sqlite, randomBytes(12).toString("hex"));
  await whileBusy(() => {
    store.recover(Date.now());
  });
  return store;
};
