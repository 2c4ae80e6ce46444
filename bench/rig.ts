/** A ledger to be measured: an empty database, accounts with money and a key each, one price, and a typical charge. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { createAccount } from "../src/accounts/store.ts";
import type { Database } from "../src/db/connect.ts";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import { newRequestId } from "../src/id.ts";
import { createKey, NO_LIMITS } from "../src/keys/store.ts";
import { openBooks, type Books } from "../src/ledger/books.ts";
import { credit } from "../src/ledger/credit-store.ts";
import { publishPrice } from "../src/ledger/price-store.ts";
import { EXACT, parseNano } from "../src/money.ts";
import { parsePostgresUrl } from "../src/postgres-address.ts";
import { listPrice, type Snapshot } from "../src/price.ts";

export interface Customer {
  readonly accountId: number;
  readonly keyId: number;
}

export interface BenchRig {
  readonly database: Database;
  readonly books: Books;
  readonly customers: readonly Customer[];
  /** Commits so far. */
  commits(): number;
  /** One hold and its settlement: three units, one attempt. */
  charge(customer: Customer): Promise<void>;
  /** Bytes of each table that grows with requests, its indexes included. */
  sizes(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

const GROWING = ["request", "transfer", "earning", "rollup"] as const;

const sizesOf = async (database: Database): Promise<ReadonlyMap<string, number>> => {
  const rows: readonly Record<string, unknown>[] =
    database.kind === "sqlite"
      ? database.sqlite.prepare("select name, sum(pgsize) as n from dbstat group by 1").all()
      : (
          await database.pool.query<Record<string, unknown>>(
            "select relname as name, pg_total_relation_size(oid) as n from pg_class where relkind = 'r'",
          )
        ).rows;
  return new Map(
    GROWING.map((table) => {
      const own = rows.filter(
        ({ name }) => String(name).startsWith(table) || String(name) === `sqlite_autoindex_${table}_1`,
      );
      return [table, own.reduce((sum, { n }) => sum + Number(n), 0)];
    }),
  );
};

const openOn = async (kind: string | undefined, folder: string): Promise<Database> => {
  const url = kind === "postgres" ? process.env["DATABASE_URL"] : undefined;
  if (kind === "postgres" && url === undefined) throw new Error("DATABASE_URL is not set");
  const database = await openDatabase({
    postgres: url === undefined ? null : parsePostgresUrl(url),
    file: path.join(folder, "farthing.db"),
    server: true,
  });
  await migrate(database);
  return database;
};

const addCustomer = async (database: Database): Promise<Customer> => {
  const actor = { actor: "bench" };
  const { id: accountId } = await createAccount(database, { name: "bench", planId: null, ...actor });
  const format = { prefix: "sk-bench-" };
  const key = await createKey(database, { accountId, name: "bench", format, limits: NO_LIMITS, ...actor });
  const amount = parseNano("1000000");
  await credit(database, { accountId, amount, reason: "bench", idempotencyKey: null, ...actor });
  return { accountId, keyId: key.id };
};

/** @param kind `sqlite`, a file in a new folder; or `postgres`, the empty database of DATABASE_URL, which is left full. */
export const openRig = async (kind: string | undefined, accounts: number): Promise<BenchRig> => {
  const folder = mkdtempSync(path.join(process.env["BENCH_DATA"] ?? tmpdir(), "farthing-bench-"));
  const database = await openOn(kind, folder);
  const customers: Customer[] = [];
  while (customers.length < accounts) customers.push(await addCustomer(database));
  const base = { input: parseNano("3"), cache_read: parseNano("0.3"), output: parseNano("15") };
  const row = await database.transaction((queries) =>
    publishPrice(queries, "bench", { base, tiers: [], rounding: EXACT }),
  );
  const snapshot: Snapshot = { ...listPrice(row), multiplier: { num: 3n, den: 10n }, planId: "basic" };
  const amount = parseNano("0.01");
  let commits = 0;
  const books = await openBooks(database, {
    onBatch: () => {
      commits++;
    },
    onProblem: ({ error }) => {
      console.error(error);
    },
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    database,
    books,
    customers,
    commits: () => commits,
    charge: async (customer) => {
      const order = { requestId: newRequestId(), ...customer, hasBudget: false, amount, minimum: amount, snapshot };
      await books.settle(await books.hold(order), {
        outcome: "completed",
        usage: { input: 812, cache_read: 10_240, output: 431 },
        source: "reported",
        usageInvalid: false,
        model: "claude-sonnet-4-6",
        protocol: "anthropic",
        stream: true,
        status: 200,
        firstByteMs: 412,
        durationMs: 5_312,
        attempts: [
          { upstream: "anthropic-main", model: "claude-sonnet-4-6", status: 200, result: "ok", durationMs: 5_307 },
        ],
      });
    },
    sizes: () => sizesOf(database),
    close: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
