/**
 * The ledger's SQL on PostgreSQL: one statement per commit, of a function that `migrations/postgres/0005_leases.sql` makes, on a
 * connection of its own. Several processes borrow; each lives by renewals and by the database's clock (docs/decisions/0018).
 */
import { randomBytes } from "node:crypto";

import type { PoolClient, QueryConfig } from "pg";

import type { PostgresDatabase } from "../db/connect.ts";
import { postgresFault, type PostgresFault } from "../db/postgres-error.ts";
import { requestPeriod } from "../id.ts";
import type { Nano } from "../money.ts";
import { RecallChannel } from "./recall-store.ts";
import { commitValues, KEY_PARAMETERS, keyValues, type Owner } from "./postgres-values.ts";
import type { Answer, InFlight, Inventory, LeaseResult, LedgerStore, Order, Renewal, StoreFault } from "./store.ts";

/** How long an owner lives after a renewal, by the database's clock (I-29). */
export const TTL_MS = 20_000;
/** How much earlier its process stops by its own monotonic clock: clocks drift, and a provider is not called at once. */
export const MARGIN_MS = 2_000;
/** How long a dead owner's settlements are still accepted (§9.2 d). */
export const GRACE_MS = 30_000;
/** Longer silence of all owners than this is an outage, during which nobody's time runs. */
const OUTAGE_MS = 12_000;
/** Partitions are made for the running period and as many after it. */
const PERIODS_AHEAD = 4;
const LEASES_AT_ONCE = 100_000;
const LEASE_MEMORY_MS = 30 * 24 * 60 * 60 * 1_000;
/** Parameters of `ledger_commit`. */
const COMMIT_PARAMETERS = 60;

const places = (count: number): string => Array.from({ length: count }, (_, index) => `$${index + 1}`).join(", ");

/** The place of a parameter of `keyValues` after those of `ledger_commit`. */
const keyPlace = (name: keyof typeof KEY_PARAMETERS): string => {
  const { place, type } = KEY_PARAMETERS[name];
  return `$${COMMIT_PARAMETERS + place}::${type}`;
};

const COMMIT = `select * from ledger_commit(${places(COMMIT_PARAMETERS)})`;

const SQL = {
  commit: COMMIT,
  // Keys are ended after everything else, so that locks are taken in one order.
  commitWithKeys: `
    with answer as materialized (${COMMIT}),
    done as (select count(*) as rows from answer),
    ended as (
      update idempotency i set
        state = k.state, status = k.status, content_type = k.content_type, reply_hash = k.hash,
        reply = substring(${keyPlace("replies")} from k.start for k.size)
      from unnest(${keyPlace("ended")}, ${keyPlace("states")}, ${keyPlace("statuses")}, ${keyPlace("contentTypes")},
                  ${keyPlace("hashes")}, ${keyPlace("starts")}, ${keyPlace("sizes")})
             k (id, state, status, content_type, hash, start, size), done
      where i.request_id = k.id and i.state = 'running' and done.rows > 0
    ),
    freed as (
      delete from idempotency i using unnest(${keyPlace("freed")}) k (id), done
      where i.request_id = k.id and i.state = 'running' and done.rows > 0
    )
    select * from answer`,
  join: "select lease_join($1, $2, $3, $4) as revenue",
  renew: `select lease_renew(${places(9)}) as alive`,
  leave: "select lease_return($1, $2, $3, false, $4)",
  recall: "select lease_recall($1, $2) as asked",
  partitions: "select make_request_partitions($1, $2)",
  forget: "delete from lease where state = 'returned' and closed_at < $1",
  lock: "select pg_advisory_xact_lock(hashtextextended($1, 0))",
  leases: `select l.id, l.account_id, l.key_id, l.amount, l.recall, a.balance, a.leased, a.frozen
           from lease l join account a on a.id = l.account_id
           where l.owner = $1 and l.epoch = $2 and l.state = 'open'`,
  posted: `select c.place, r.posted, r.absorbed
           from unnest($1::integer[], $2::bytea[]) with ordinality c (period, id, place)
           join request r on r.period = c.period and r.id = c.id`,
} as const;

const FAULTS = {
  busy: "busy",
  constraint: "refused",
  full: "unknown",
  away: "unknown",
  // The fault of no row: a missing right, a server out of memory. No customer may be frozen for it.
  other: "unknown",
} as const satisfies Record<PostgresFault, StoreFault>;

/** A row of `ledger_commit`: id, is_lost, delta, balance, leased, frozen, budget_left, budget_leased. */
type ResultRow = readonly [bigint, boolean, bigint, bigint, bigint, bigint, bigint | null, bigint | null];

const resultOf = ([id, isLost, delta, balance, leased, frozen, left, borrowed]: ResultRow): LeaseResult => ({
  id: Number(id),
  isLost,
  delta,
  account: { balance, leased, frozen: frozen === 1n },
  budget: left === null || borrowed === null ? null : { left, leased: borrowed },
});

interface LeaseRow {
  readonly id: bigint;
  readonly account_id: bigint;
  readonly key_id: bigint | null;
  readonly amount: bigint;
  readonly recall: bigint;
  readonly balance: bigint;
  readonly leased: bigint;
  readonly frozen: bigint;
}

export class PostgresLedgerStore implements LedgerStore {
  readonly isShared = true;
  readonly owner: string;
  readonly #database: PostgresDatabase;
  readonly #channel: RecallChannel;
  #owner: Owner;
  /** Commits have a connection of their own: their statement stays prepared. */
  #client: PoolClient | null = null;
  #partitioned = 0;

  /** @param id this process's own, unlike that of any other. */
  constructor(database: PostgresDatabase, id: string) {
    this.owner = id;
    this.#database = database;
    this.#channel = new RecallChannel(database, id);
    this.#owner = { id, epoch: 0, revenue: 0 };
  }

  async commit(order: Order): Promise<Answer> {
    const values = commitValues(this.#owner, order);
    const query: QueryConfig & { rowMode: "array" } =
      order.keys.length === 0
        ? { name: "ledger_commit", text: SQL.commit, values, rowMode: "array" }
        : {
            name: "ledger_commit_with_keys",
            text: SQL.commitWithKeys,
            values: [...values, ...keyValues(order.keys)],
            rowMode: "array",
          };
    const client = (this.#client ??= await this.#database.pool.connect());
    try {
      const { rows } = await client.query<ResultRow[]>(query);
      const results = (rows as unknown as readonly ResultRow[]).map(resultOf);
      return { leases: results.slice(0, -1), droppedRejections: results.at(-1)?.id ?? 0 };
    } catch (error) {
      if (postgresFault(error) === "away") this.#drop(client);
      throw error;
    }
  }

  async inventory(requestIds: readonly Uint8Array[]): Promise<Inventory> {
    const { id, epoch } = this.#owner;
    return this.#using(async (client) => {
      await client.query("begin isolation level read committed");
      // A commit whose connection was lost may still run.
      if (requestIds.length > 0) await client.query(SQL.lock, [id]);
      const leases = await client.query<LeaseRow>(SQL.leases, [id, epoch]);
      const posted = await client.query<{ place: bigint; posted: Nano; absorbed: Nano }>(SQL.posted, [
        requestIds.map(requestPeriod),
        requestIds.map((each) => Buffer.from(each)),
      ]);
      await client.query("commit");
      return {
        leases: leases.rows.map((row) => ({
          id: Number(row.id),
          accountId: Number(row.account_id),
          keyId: row.key_id === null ? null : Number(row.key_id),
          amount: row.amount,
          recalled: row.recall === 1n,
          balance: row.balance,
          leased: row.leased,
          frozen: row.frozen === 1n,
        })),
        committed: new Map(
          posted.rows.map((row) => [Number(row.place) - 1, { posted: row.posted, absorbed: row.absorbed }]),
        ),
      };
    });
  }

  faultOf(error: unknown): StoreFault {
    return FAULTS[postgresFault(error)];
  }

  async renew(inFlight: readonly InFlight[]): Promise<Renewal> {
    const sentAt = performance.now();
    const { id, epoch } = this.#owner;
    await this.#using(async (client) => {
      const lists = [
        inFlight.map((each) => each.id),
        inFlight.map((each) => each.holds),
        inFlight.map((each) => each.held),
      ];
      const { rows } = await client.query<{ alive: boolean }>(SQL.renew, [
        id,
        epoch,
        Date.now(),
        TTL_MS,
        GRACE_MS,
        OUTAGE_MS,
        ...lists,
      ]);
      if (rows[0]?.alive !== true) await this.#join(client);
      await this.#makePartitions(client);
    });
    this.#channel.open();
    return { epoch: this.#owner.epoch, liveUntil: sentAt + TTL_MS - MARGIN_MS };
  }

  recall(accountId: number): Promise<boolean> {
    return this.#channel.ask(accountId, async () => {
      const { rows } = await this.#database.pool.query<{ asked: bigint }>(SQL.recall, [this.#owner.id, accountId]);
      return Number(rows[0]?.asked ?? 0);
    });
  }

  onRecall(heard: (accountId: number) => void): void {
    this.#channel.onRecall(heard);
  }

  async close(now: number): Promise<void> {
    const { id, epoch } = this.#owner;
    try {
      await this.#using(async (client) => {
        // Those of earlier epochs too: nobody is left to settle under them.
        for (let each = 1; each <= epoch; each++) await client.query(SQL.leave, [id, each, now, LEASES_AT_ONCE]);
      });
    } finally {
      this.abandon();
    }
  }

  abandon(): void {
    this.#channel.close();
    if (this.#client !== null) this.#drop(this.#client);
  }

  /** Begins to live, or lives again after the database took this process for dead. */
  async #join(client: PoolClient): Promise<void> {
    const { id } = this.#owner;
    const epoch = this.#owner.epoch + 1;
    const now = Date.now();
    const { rows } = await client.query<{ revenue: bigint }>(SQL.join, [id, epoch, now, OUTAGE_MS]);
    this.#owner = { id, epoch, revenue: Number(rows[0]?.revenue) };
    await client.query(SQL.forget, [now - LEASE_MEMORY_MS]);
  }

  async #makePartitions(client: PoolClient): Promise<void> {
    const id = Buffer.alloc(16);
    id.writeUIntBE(Date.now(), 0, 6);
    const period = requestPeriod(id);
    if (period === this.#partitioned) return;
    try {
      await client.query(SQL.partitions, [period, period + PERIODS_AHEAD]);
      this.#partitioned = period;
    } catch (error) {
      // Somebody reads the whole table, and we do not wait for him: the next renewal tries again, weeks before they are needed.
      if (this.faultOf(error) !== "busy") throw error;
    }
  }

  async #using<T>(body: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#database.pool.connect();
    let isLost = true;
    try {
      const value = await body(client);
      isLost = false;
      return value;
    } finally {
      // After any error there may be a transaction left open on it.
      client.release(isLost);
    }
  }

  #drop(client: PoolClient): void {
    if (this.#client === client) this.#client = null;
    client.release(true);
  }
}

/** The store of this process. What others leave behind when they die is returned in time, by whoever lives. */
export const openPostgresStore = (database: PostgresDatabase): PostgresLedgerStore =>
  new PostgresLedgerStore(database, randomBytes(12).toString("hex"));
