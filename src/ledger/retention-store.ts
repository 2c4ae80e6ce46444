/**
 * Gives up the rows of old requests. A transfer of the kind 'carried' for each account that had charges stands for them from then on, made
 * by the transaction that removes them: the books agree before, between and after its steps, and after a crash at any of them (§9.9,
 * docs/decisions/0033). On PostgreSQL a period is a partition and is dropped; on SQLite it is deleted in slices, so that a running
 * server never waits long.
 */
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import type { ClientBase } from "pg";

import { recordAudit } from "../db/audit-log.ts";
import type { Database, PostgresDatabase, SqliteDatabase } from "../db/connect.ts";
import { isBusy } from "../db/fault.ts";
import { whileBusy } from "../db/retry.ts";
import { firstRequestId } from "../id.ts";
import { periodStart } from "./retention.ts";
import { RETENTION_LOCK } from "./snapshot-store.ts";

/** Rows of one transaction on SQLite: some ten milliseconds. */
const SLICE_ROWS = 2_000;
/** On PostgreSQL the drop needs the table for itself, and whoever comes after it waits as long as it does. */
const LOCK_WAIT_MS = 300;
const PAUSE_MS = 500;
const MAX_TRIES = 5;

/** Somebody reads or writes the old requests all the time; nothing of the period was changed. */
export class PeriodInUse extends Error {
  override readonly name = "PeriodInUse";
}

/** A period that was given up, and how many requests it had. */
export interface Retired {
  readonly period: number;
  readonly requests: number;
}

const SQLITE = {
  begin: "begin immediate",
  commit: "commit",
  rollback: "rollback",
  periods: "select min(period) as period from request where period > ? and period <= ?",
  mark: "insert into retired_period (period, retired_at) values (?, ?) on conflict do nothing",
  accounts: "select distinct account_id as id from request where period = ?",
  slice: `select count(*) as n, sum(posted) as posted, max(id) as last from (
            select id, posted from request indexed by request_by_account
            where account_id = ? and id >= ? and id < ? and period = ? order by id limit ${SLICE_ROWS})`,
  carry: `insert into transfer (debit_account_id, amount, kind, reason, actor, created_at)
          values (?, ?, 'carried', ?, 'retention', ?)`,
  remove:
    "delete from request indexed by request_by_account where account_id = ? and id >= ? and id <= ? and period = ?",
} as const;

interface Slice {
  readonly accountId: bigint;
  readonly period: number;
  readonly now: number;
}

/** Carries the oldest requests of an account and a period forward. @returns how many */
const retireSlice = (sqlite: DatabaseSync, { accountId, period, now }: Slice): number => {
  const [from, to] = [firstRequestId(periodStart(period)), firstRequestId(periodStart(period + 1))];
  sqlite.exec(SQLITE.begin);
  try {
    sqlite.prepare(SQLITE.mark).run(period, now);
    const found = sqlite.prepare(SQLITE.slice).get(accountId, from, to, period);
    const requests = Number(found?.["n"]);
    if (requests > 0) {
      const posted = found?.["posted"] as bigint;
      if (posted > 0n) sqlite.prepare(SQLITE.carry).run(accountId, posted, `carried: period ${period}`, now);
      sqlite.prepare(SQLITE.remove).run(accountId, from, found?.["last"] as Uint8Array, period);
    }
    sqlite.exec(SQLITE.commit);
    return requests;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec(SQLITE.rollback);
    throw error;
  }
};

const retireSqlitePeriod = async (sqlite: DatabaseSync, period: number, now: number): Promise<number> => {
  let total = 0;
  for (const { id } of sqlite.prepare(SQLITE.accounts).all(period)) {
    const slice: Slice = { accountId: id as bigint, period, now };
    for (let requests = SLICE_ROWS; requests === SLICE_ROWS;) {
      const started = performance.now();
      requests = await whileBusy(() => retireSlice(sqlite, slice));
      total += requests;
      // The server that writes the same file gets its half.
      await sleep(performance.now() - started);
    }
  }
  return total;
};

const retireSqlite = async ({ sqlite }: SqliteDatabase, last: number, now: number): Promise<Retired[]> => {
  const retired: Retired[] = [];
  for (let after = -1; ;) {
    const found = sqlite.prepare(SQLITE.periods).get(after, last)?.["period"];
    if (typeof found !== "bigint") return retired;
    after = Number(found);
    retired.push({ period: after, requests: await retireSqlitePeriod(sqlite, after, now) });
  }
};

const POSTGRES = {
  partitions: `select substr(c.relname, 10)::integer as period from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'request'::regclass and c.relname like 'request\\_p%' order by 1`,
  begin: "begin isolation level read committed",
  patience: `set local lock_timeout = ${LOCK_WAIT_MS}`,
  lock: `select pg_advisory_xact_lock(${RETENTION_LOCK})`,
  retire: "select retire_request_period($1, $2) as requests",
} as const;

/** @returns null when another run has given it up meanwhile */
const retirePartition = async (client: ClientBase, period: number, now: number): Promise<number | null> => {
  for (let tries = 1; ; tries++) {
    try {
      await client.query(POSTGRES.begin);
      await client.query(POSTGRES.patience);
      await client.query(POSTGRES.lock);
      const { rows } = await client.query<{ requests: bigint | null }>(POSTGRES.retire, [period, now]);
      await client.query("commit");
      const requests = rows[0]?.requests ?? null;
      return requests === null ? null : Number(requests);
    } catch (error) {
      if (!isBusy(error)) throw error;
      await client.query("rollback");
      if (tries === MAX_TRIES) throw new PeriodInUse(`period ${period} is in use`, { cause: error });
    }
    await sleep(PAUSE_MS);
  }
};

const retirePostgres = (database: PostgresDatabase, last: number, now: number): Promise<Retired[]> =>
  database.session(async (client) => {
    const retired: Retired[] = [];
    const { rows } = await client.query<{ period: bigint }>(POSTGRES.partitions);
    for (const period of rows.map((row) => Number(row.period)).filter((each) => each <= last)) {
      const requests = await retirePartition(client, period, now);
      if (requests !== null) retired.push({ period, requests });
    }
    return retired;
  });

/**
 * Gives up every period up to the last one named, oldest first.
 * @param now milliseconds since the Unix epoch
 * @throws PeriodInUse; the database's error. What was given up before is; the same call goes on where it ended.
 */
export const retireRequests = async (
  database: Database,
  { last, now, actor }: { readonly last: number; readonly now: number; readonly actor: string },
): Promise<readonly Retired[]> => {
  const retired =
    database.kind === "sqlite" ? await retireSqlite(database, last, now) : await retirePostgres(database, last, now);
  if (retired.length > 0)
    await database.transaction(async (queries) => {
      const requests = retired.reduce((sum, each) => sum + each.requests, 0);
      await recordAudit(queries, { actor, action: "requests.retire", object: `period ${last}`, detail: { requests } });
    });
  return retired;
};

/** When the requests begin that are still there, in milliseconds since the Unix epoch; null when none was ever given up. */
export const horizonOf = async (database: Database): Promise<number | null> => {
  const { last } = await database.kysely
    .selectFrom("retired_period")
    .select(({ fn }) => fn.max<bigint | null>("period").as("last"))
    .executeTakeFirstOrThrow();
  return last === null ? null : periodStart(Number(last) + 1);
};
