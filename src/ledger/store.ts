/**
 * The ledger's SQL on the hot path: prepared once, run synchronously inside one short transaction.
 *
 * Nothing here decides; every statement that lowers what an account may spend carries its own condition (I-11).
 */
import { randomBytes } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Database } from "../db/connect.ts";
import { whileBusy } from "../db/retry.ts";
import { sqliteFault } from "../db/sqlite-error.ts";
import type { Nano } from "../money.ts";
import { UNITS, type Usage } from "../unit.ts";
import type { AccountFacts } from "./lease.ts";
import { ACCOUNTS } from "./transfer.ts";

export type { Database } from "../db/connect.ts";
export { BUSY_LIMIT_MS, busyPause } from "../db/retry.ts";
export { sqliteFault as faultOf } from "../db/sqlite-error.ts";

/** One row of `request`. */
export interface RequestRow {
  readonly id: Uint8Array;
  readonly accountId: number;
  readonly keyId: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly firstByteMs: number | null;
  readonly status: number;
  readonly stream: boolean;
  readonly outcome: string;
  readonly source: string;
  readonly usageInvalid: boolean;
  readonly model: string;
  readonly protocol: string;
  readonly usage: Usage;
  readonly priceId: number | null;
  readonly planId: string | null;
  readonly multiplierNum: bigint | null;
  readonly multiplierDen: bigint | null;
  readonly exact: Nano;
  readonly hold: Nano;
  readonly posted: Nano;
  readonly absorbed: Nano;
  readonly attempts: string | null;
}

/** An open lease as the database has it. */
export interface LeaseFacts extends AccountFacts {
  readonly id: number;
  readonly accountId: number;
  readonly amount: Nano;
  readonly recalled: boolean;
}

/** The lease is not this process's any more: nothing may be posted under it (§9.2 b). */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

const REQUEST_COLUMNS = [
  "id",
  "account_id",
  "key_id",
  "started_at",
  "duration_ms",
  "first_byte_ms",
  "status",
  "stream",
  "outcome",
  "source",
  "usage_invalid",
  "model",
  "protocol",
  "price_id",
  "plan_id",
  "multiplier_num",
  "multiplier_den",
  "exact",
  "hold",
  "posted",
  "absorbed",
  "attempts",
  ...UNITS,
] as const;

const facts = (row: Record<string, unknown>): AccountFacts => ({
  balance: row["balance"] as bigint,
  leased: row["leased"] as bigint,
  frozen: row["frozen"] === 1n,
});

const SQL = {
  begin: "begin immediate",
  commit: "commit",
  rollback: "rollback",
  request: `insert into request (${REQUEST_COLUMNS.join(", ")}) values (${REQUEST_COLUMNS.map(() => "?").join(", ")})`,
  charge: `insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, created_at)
           values (?, ${ACCOUNTS.revenue}, ?, 'charge', ?, ?)`,
  revenue: `update account set balance = balance + ? where id = ${ACCOUNTS.revenue}`,
  spend:
    "update account set balance = balance - ?1, leased = leased - ?2 where id = ?3 returning balance, leased, frozen",
  lower: "update lease set amount = amount - ?1, recall = 0 where id = ?2 and owner = ?3 and state <> 'returned'",
  grow: "update account set leased = leased + ?1 where id = ?2 and balance - leased >= ?1 and frozen = 0",
  raise: "update lease set amount = amount + ?1 where id = ?2 and owner = ?3 and state = 'open'",
  open: `insert into lease (account_id, owner, epoch, amount, state, opened_at) values (?, ?, ?, ?, 'open', ?)
         on conflict (owner, account_id) where state = 'open' do update set amount = amount + excluded.amount
         returning id`,
  account: "select balance, leased, frozen from account where id = ? and kind = 'customer'",
  budget: "select budget, spent from api_key where id = ? and budget is not null",
  spendBudget: "update api_key set spent = spent + ? where id = ?",
  freeze: "update account set frozen = 1 where id = ?",
  audit: "insert into audit_log (at, actor, action, object, detail) values (?, 'ledger', ?, ?, ?)",
  posted: "select posted, absorbed from request where id = ?",
  leases: `select l.id, l.account_id, l.amount, l.recall, a.balance, a.leased, a.frozen
           from lease l join account a on a.id = l.account_id where l.owner = ? and l.state = 'open'`,
  recordCrashed: `insert into audit_log (at, actor, action, object, detail)
                  select ?, 'ledger', 'lease.crashed', a.public_id,
                         json_object('lease', l.id, 'owner', l.owner, 'bound', cast(l.amount as text))
                  from lease l join account a on a.id = l.account_id where l.state <> 'returned' and l.amount > 0`,
  returnAccounts: `update account set leased = leased - (
                     select sum(l.amount) from lease l where l.account_id = account.id and l.state <> 'returned' and l.owner like ?1)
                   where id in (select l.account_id from lease l where l.state <> 'returned' and l.owner like ?1)`,
  returnLeases:
    "update lease set amount = 0, state = 'returned', closed_at = ?2 where state <> 'returned' and owner like ?1",
  forgetLeases: "delete from lease where state = 'returned' and closed_at < ?",
} as const;

type Statements = { readonly [Name in keyof typeof SQL]: StatementSync };

const LEASE_MEMORY_MS = 30 * 24 * 60 * 60 * 1_000;

export class LedgerStore {
  readonly #sqlite: DatabaseSync;
  readonly #sql: Statements;
  readonly #owner: string;

  /** @param owner this process's own id, unlike that of any before it. */
  constructor(sqlite: DatabaseSync, owner: string) {
    this.#sqlite = sqlite;
    this.#owner = owner;
    this.#sql = Object.fromEntries(
      Object.entries(SQL).map(([name, sql]) => [name, sqlite.prepare(sql)]),
    ) as unknown as Statements;
  }

  /** Runs a step in one transaction; undone when it throws. What COMMIT itself throws may have been committed. */
  transaction<T>(step: () => T): T {
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

  insertRequest(row: RequestRow): void {
    const { usage } = row;
    this.#sql.request.run(
      row.id,
      row.accountId,
      row.keyId,
      row.startedAt,
      row.durationMs,
      row.firstByteMs,
      row.status,
      row.stream ? 1 : 0,
      row.outcome,
      row.source,
      row.usageInvalid ? 1 : 0,
      row.model,
      row.protocol,
      row.priceId,
      row.planId,
      row.multiplierNum,
      row.multiplierDen,
      row.exact,
      row.hold,
      row.posted,
      row.absorbed,
      row.attempts,
      usage.input ?? null,
      usage.cache_read ?? null,
      usage.cache_write_5m ?? null,
      usage.cache_write_1h ?? null,
      usage.output ?? null,
      usage.reasoning ?? null,
      usage.image_input ?? null,
      usage.image_output ?? null,
      usage.audio_input ?? null,
      usage.audio_output ?? null,
      usage.audio_cache_read ?? null,
      usage.image ?? null,
      usage.video_second ?? null,
      usage.video_token ?? null,
      usage.web_search ?? null,
      usage.request ?? null,
    );
  }

  /** As `insertRequest`, but false when the schema refuses the row; the transaction goes on. */
  tryInsertRequest(row: RequestRow): boolean {
    try {
      this.insertRequest(row);
      return true;
    } catch (error) {
      const fault = sqliteFault(error);
      if (fault === "constraint" || fault === "other") return false;
      throw error;
    }
  }

  /** The one charge of a request (I-21). */
  insertCharge(row: RequestRow, now: number): void {
    this.#sql.charge.run(row.accountId, row.posted, row.id, now);
  }

  creditRevenue(amount: Nano): void {
    this.#sql.revenue.run(amount);
  }

  /** Takes what was posted from balance and lease, and what is returned from the lease alone. @throws LeaseLost */
  spend(lease: { readonly id: number; readonly accountId: number }, posted: Nano, returned: Nano): AccountFacts {
    const gone = posted + returned;
    if (this.#sql.lower.run(gone, lease.id, this.#owner).changes !== 1n) throw new LeaseLost(`lease ${lease.id}`);
    const row = this.#sql.spend.get(posted, gone, lease.accountId);
    if (row === undefined) throw new LeaseLost(`account ${lease.accountId}`);
    return facts(row);
  }

  /**
   * Borrows from an account, if it is not frozen and that much is not borrowed yet.
   * @param lease its `id` is 0 when this process does not know of an open lease of the account.
   * @returns the lease's id, or null when the account did not allow it.
   */
  grow(lease: { readonly id: number; readonly accountId: number }, amount: Nano, now: number): number | null {
    if (this.#sql.grow.run(amount, lease.accountId).changes !== 1n) return null;
    if (lease.id === 0) return Number(this.#sql.open.get(lease.accountId, this.#owner, 1, amount, now)?.["id"]);
    if (this.#sql.raise.run(amount, lease.id, this.#owner).changes !== 1n) throw new LeaseLost(`lease ${lease.id}`);
    return lease.id;
  }

  /** A customer's account as committed (or as the transaction under way has it); undefined when there is none. */
  account(accountId: number): AccountFacts | undefined {
    const row = this.#sql.account.get(accountId);
    return row && facts(row);
  }

  /** A key's budget, or null when it has none. */
  budget(keyId: number): { readonly limit: Nano; readonly spent: Nano } | null {
    const row = this.#sql.budget.get(keyId);
    return row === undefined ? null : { limit: row["budget"] as bigint, spent: row["spent"] as bigint };
  }

  spendBudget(keyId: number, posted: Nano): void {
    this.#sql.spendBudget.run(posted, keyId);
  }

  /** Freezes the account of a row that the database refuses, and records why. */
  refuse(row: { readonly accountId: number; readonly requestId: string }, detail: object, now: number): void {
    this.#sql.freeze.run(row.accountId);
    this.#sql.audit.run(now, "ledger.row_refused", row.requestId, JSON.stringify(detail));
  }

  /** What a committed request was charged; undefined when it was never committed (I-26). */
  committed(requestId: Uint8Array): { readonly posted: Nano; readonly absorbed: Nano } | undefined {
    const row = this.#sql.posted.get(requestId);
    return row && { posted: row["posted"] as bigint, absorbed: row["absorbed"] as bigint };
  }

  /** Every lease that this process has open. */
  leases(): LeaseFacts[] {
    return this.#sql.leases.all(this.#owner).map((row) => ({
      ...facts(row),
      id: Number(row["id"]),
      accountId: Number(row["account_id"]),
      amount: row["amount"] as bigint,
      recalled: row["recall"] === 1n,
    }));
  }

  /**
   * Returns what dead processes had borrowed, with one record each that tells how much may have been in use. Only for the one
   * server of the file: every lease that it finds is a dead one's.
   */
  recover(now: number): void {
    this.transaction(() => {
      this.#sql.recordCrashed.run(now);
      this.#sql.returnAccounts.run("%");
      this.#sql.returnLeases.run("%", now);
      this.#sql.forgetLeases.run(now - LEASE_MEMORY_MS);
    });
  }

  /** Returns everything that this process has borrowed, waiting for the lock if need be. */
  returnAll(now: number): Promise<void> {
    return whileBusy(() => {
      this.transaction(() => {
        this.#sql.returnAccounts.run(this.#owner);
        this.#sql.returnLeases.run(this.#owner, now);
      });
    });
  }
}

/**
 * The store of this process on a database that it alone lends from; what dead processes had borrowed is returned first (I-25).
 * @throws the database's error when it stays locked for two seconds.
 */
export const openStore = async ({ sqlite }: Database): Promise<LedgerStore> => {
  const store = new LedgerStore(sqlite, randomBytes(12).toString("hex"));
  await whileBusy(() => {
    store.recover(Date.now());
  });
  return store;
};
