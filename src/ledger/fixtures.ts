/** For this folder's tests: an account with money, a priced model, and the books of one or more owners opened on them. */
import type { Database } from "../db/connect.ts";
import { rowsOf, script, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { complement, EXACT, parseRational } from "../money.ts";
import type { PriceRow, Snapshot } from "../price.ts";
import type { Usage } from "../unit.ts";
import { openBooks, type Books } from "./books.ts";
import { credit } from "./credit-store.ts";
import type { HoldOrder, HoldToken, Rejection, Settlement } from "./ledger.ts";
import { GRACE_MS, TTL_MS } from "./postgres-store.ts";
import { publishPrice } from "./price-store.ts";
import type { LedgerProblem } from "./problem.ts";

export const ACCOUNT = 10;
export const KEY = 1;

/** One nano per token of input, five per token of output: a usage is easily chosen to cost any amount. */
const BASE = { input: 1_000_000n, output: 5_000_000n } as const;

export interface Rig {
  readonly kind: Database["kind"];
  readonly test: TestDatabase;
  /** What the first owner uses; any other connection would do as well for looking. */
  database: Database;
  books: Books;
  readonly row: PriceRow;
  readonly problems: LedgerProblem[];
  readonly fatal: unknown[];
  /** Settlements of each commit so far. */
  readonly batches: number[];
  /** Another owner beside the first: PostgreSQL only. */
  join(): Promise<Books>;
  /** Ends the first owner as `kill -9` would: nothing is written any more; then starts anew, and what it had borrowed is returned. */
  crash(): Promise<void>;
  /** Lets a little more than the given time pass by the ledger's clock, on PostgreSQL, in which only some owners are heard. */
  pass(milliseconds: number, ...heard: Books[]): Promise<void>;
  /** Runs statements on a connection of its own, as another process would. */
  exec(sql: string): Promise<void>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** @param balance of ACCOUNT, in nano-units. */
export const openRig = async (balance: bigint, kind: Database["kind"] = "sqlite"): Promise<Rig> => {
  const test = await testDatabase(kind);
  const { database } = test;
  await addAccount(database, { id: ACCOUNT, keyId: KEY, balance });
  const row = await database.transaction((queries) =>
    publishPrice(queries, "m", { base: BASE, tiers: [], rounding: EXACT }),
  );
  const [problems, fatal, batches]: [LedgerProblem[], unknown[], number[]] = [[], [], []];
  let current: Database = database;
  const others: Books[] = [];
  const open = (on: Database): Promise<Books> =>
    openBooks(on, {
      onBatch: (size) => batches.push(size),
      // A dead process cannot complain; its books only find their file closed.
      onProblem: (problem) => {
        if (on === current) problems.push(problem);
      },
      onFatal: (error) => {
        if (on === current) fatal.push(error);
      },
    });
  const other = await test.open();
  const rig: Rig = {
    kind,
    test,
    database,
    books: await open(database),
    row,
    problems,
    fatal,
    batches,
    join: async () => {
      const books = await open(await test.open());
      others.push(books);
      return books;
    },
    crash: async () => {
      rig.books.abandon();
      await rig.database.close();
      current = await test.open({ server: true });
      rig.database = current;
      rig.books = await open(rig.database);
      if (kind === "sqlite") return;
      for (const milliseconds of [TTL_MS, GRACE_MS]) await rig.pass(milliseconds, rig.books, ...others);
    },
    pass: async (milliseconds, ...heard) => {
      // In two halves: whoever is heard first must not find that nothing was heard of the others.
      for (let half = 0; half < 2; half++) {
        await rig.exec(
          `update lease_clock set reachable_ms = reachable_ms + ${Math.ceil((milliseconds + 1) / 2)}, resumed_at = 0`,
        );
        for (const books of heard) await books.beat();
      }
    },
    exec: (sql) => script(other, sql),
    query: (sql) => rowsOf(other, sql),
    remove: async () => {
      for (const books of [rig.books, ...others]) books.abandon();
      await test.remove();
    },
  };
  return rig;
};

export interface NewTestAccount {
  readonly id: number;
  readonly keyId: number;
  readonly balance: bigint;
  readonly budget?: bigint;
}

export const addAccount = async (database: Database, { id, keyId, balance, budget }: NewTestAccount): Promise<void> => {
  await script(
    database,
    `insert into account (id, public_id, kind, name, created_at) values (${id}, 'acc_${id}', 'customer', 'Account ${id}', 0)`,
  );
  await addKey(database, { accountId: id, keyId, budget: budget ?? null });
  const order = { accountId: id, amount: balance, reason: "test", actor: "test", idempotencyKey: null };
  if (balance > 0n) await credit(database, order);
};

export const addKey = async (
  database: Database,
  { accountId, keyId, budget }: { accountId: number; keyId: number; budget: bigint | null },
): Promise<void> => {
  await database.kysely
    .insertInto("api_key")
    .values({
      id: keyId,
      public_id: `key_${keyId}`,
      account_id: accountId,
      name: "k",
      hash: Buffer.alloc(32, keyId),
      prefix: "sk-",
      last4: "abcd",
      models: null,
      budget,
      created_at: 0,
    })
    .execute();
};

export const snapshot = (row: PriceRow, discount = "0%"): Snapshot => ({
  row,
  multiplier: complement(parseRational(discount)),
  planId: null,
});

export const anOrder = (rig: Rig, amount: bigint, changes: Partial<HoldOrder> = {}): HoldOrder => ({
  requestId: newRequestId(),
  accountId: ACCOUNT,
  keyId: KEY,
  hasBudget: false,
  amount,
  minimum: amount,
  snapshot: snapshot(rig.row),
  ...changes,
});

/** A completed request that used so many tokens of input: so many nano. */
export const aSettlement = (input: number, changes: Partial<Settlement> = {}): Settlement => ({
  outcome: "completed",
  usage: { input } satisfies Usage,
  source: "reported",
  usageInvalid: false,
  model: "m",
  protocol: "openai-chat",
  stream: false,
  status: 200,
  firstByteMs: 3,
  durationMs: 5,
  attempts: [{ upstream: "u", model: "m", status: 200, result: "ok", durationMs: 4 }],
  ...changes,
});

export const aRejection = (changes: Partial<Rejection> = {}): Rejection => ({
  requestId: newRequestId(),
  accountId: ACCOUNT,
  keyId: KEY,
  model: "m",
  protocol: "openai-chat",
  stream: false,
  status: 402,
  durationMs: 1,
  ...changes,
});

/** Takes a hold. */
export const hold = async (rig: Rig, order: HoldOrder, books: Books = rig.books): Promise<HoldToken> =>
  books.hold(order);

/** Takes a hold, or tells the name of the error that refused it. */
export const tryHold = async (rig: Rig, order: HoldOrder, books: Books = rig.books): Promise<HoldToken | string> => {
  try {
    return await books.hold(order);
  } catch (error) {
    return error instanceof Error ? error.name : "unknown";
  }
};

/** What the database has of an account. */
export const facts = async (
  rig: Rig,
  accountId: number = ACCOUNT,
): Promise<{ balance: bigint; leased: bigint; frozen: bigint }> => {
  const [row] = await rig.query(`select balance, leased, frozen from account where id = ${accountId}`);
  return { ...(row as { balance: bigint; leased: bigint; frozen: bigint }) };
};
