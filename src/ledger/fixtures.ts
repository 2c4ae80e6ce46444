/** For this folder's tests: an account with money, a priced model, and the books opened on them. */
import type { Database } from "../db/connect.ts";
import { scratchDatabase, type Scratch } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { complement, EXACT, parseRational } from "../money.ts";
import type { PriceRow, Snapshot } from "../price.ts";
import type { Usage } from "../unit.ts";
import { openBooks, type Books, type LedgerProblem } from "./books.ts";
import { credit } from "./credit-store.ts";
import type { HoldOrder, HoldToken, Rejection, Settlement } from "./ledger.ts";
import { publishPrice } from "./price-store.ts";

export const ACCOUNT = 10;
export const KEY = 1;

/** One nano per token of input, five per token of output: a usage is easily chosen to cost any amount. */
const BASE = { input: 1_000_000n, output: 5_000_000n } as const;

export interface Rig {
  readonly scratch: Scratch;
  database: Database;
  books: Books;
  readonly row: PriceRow;
  readonly problems: LedgerProblem[];
  readonly fatal: unknown[];
  /** Ends the process as `kill -9` would: nothing is written any more; then starts anew on the same file. */
  crash(): Promise<void>;
  remove(): void;
}

/** @param balance of ACCOUNT, in nano-units. */
export const openRig = async (balance: bigint): Promise<Rig> => {
  const { scratch, database } = await scratchDatabase();
  await addAccount(database, { id: ACCOUNT, keyId: KEY, balance });
  const row = await database.transaction((queries) =>
    publishPrice(queries, "m", { base: BASE, tiers: [], rounding: EXACT }),
  );
  const [problems, fatal]: [LedgerProblem[], unknown[]] = [[], []];
  let current: Database = database;
  const open = (on: Database): Promise<Books> => {
    current = on;
    return openBooks(on, {
      // A dead process cannot complain; its books only find their file closed.
      onProblem: (problem) => {
        if (on === current) problems.push(problem);
      },
      onFatal: (error) => {
        if (on === current) fatal.push(error);
      },
    });
  };
  const rig: Rig = {
    scratch,
    database,
    books: await open(database),
    row,
    problems,
    fatal,
    crash: async () => {
      rig.database.close();
      rig.database = scratch.open({ server: true });
      current = rig.database;
      rig.books = await open(rig.database);
    },
    remove: () => {
      scratch.remove();
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
  database.sqlite
    .prepare("insert into account (id, public_id, kind, name, created_at) values (?, ?, 'customer', ?, 0)")
    .run(id, `acc_${id}`, `Account ${id}`);
  addKey(database, { accountId: id, keyId, budget: budget ?? null });
  const order = { accountId: id, amount: balance, reason: "test", actor: "test", idempotencyKey: null };
  if (balance > 0n) await credit(database, order);
};

export const addKey = (
  database: Database,
  { accountId, keyId, budget }: { accountId: number; keyId: number; budget: bigint | null },
): void => {
  database.sqlite
    .prepare(
      `insert into api_key (id, public_id, account_id, name, hash, prefix, last4, budget, created_at)
       values (?, ?, ?, 'k', ?, 'sk-', 'abcd', ?, 0)`,
    )
    .run(keyId, `key_${keyId}`, accountId, Buffer.alloc(32, keyId), budget);
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
  startedAt: 1_700_000_000_000,
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
  startedAt: 1_700_000_000_000,
  durationMs: 1,
  ...changes,
});

/** Takes a hold. */
export const hold = async (rig: Rig, order: HoldOrder): Promise<HoldToken> => rig.books.hold(order);

/** Takes a hold, or tells the name of the error that refused it. */
export const tryHold = async (rig: Rig, order: HoldOrder): Promise<HoldToken | string> => {
  try {
    return await rig.books.hold(order);
  } catch (error) {
    return error instanceof Error ? error.name : "unknown";
  }
};

/** What the database has of an account. */
export const facts = (rig: Rig, accountId: number = ACCOUNT): { balance: bigint; leased: bigint; frozen: bigint } => {
  const row = rig.database.sqlite.prepare("select balance, leased, frozen from account where id = ?").get(accountId);
  return row as unknown as { balance: bigint; leased: bigint; frozen: bigint };
};
