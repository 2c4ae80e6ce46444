/**
 * Short transactions that are the same on both databases: a generator yields statements and is given their rows. On SQLite it runs
 * to its end in one step on the ledger's own connection, so that nothing can come between; on PostgreSQL it awaits each answer.
 *
 * For what belongs to the ledger's side of things: unlike `database.transaction` it does not make servers read their settings anew,
 * and it takes no lock but those of the rows that it touches. So every change carries its own condition.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import { CompiledQuery, type Kysely } from "kysely";

import type { Database, PostgresDatabase, SqliteDatabase } from "./connect.ts";
import { whileBusy } from "./retry.ts";
import type { Schema } from "./schema.ts";

/** What a statement takes as a value; PostgreSQL takes lists as well. */
type Scalar = string | number | bigint | Uint8Array | null;
export type StepValue = Scalar | readonly Scalar[];

/** A row; integers are bigint. */
export type StepRow = Readonly<Record<string, unknown>>;

/** One statement. Values stand for $1, $2 … */
export interface Statement {
  readonly sql: string;
  readonly values: readonly StepValue[];
  /** The only kind of database that is asked; the other answers with no rows. */
  readonly only?: Database["kind"];
}

/** A transaction, or a part of one that another takes in by `yield*`. It may run again, so it must do nothing but ask. */
export type Steps<T> = Generator<Statement, T, readonly StepRow[]>;

/** One statement of a transaction: `const rows = yield* ask(sql, ...)`. */
export function* ask(sql: string, ...values: readonly StepValue[]): Steps<readonly StepRow[]> {
  return yield { sql, values };
}

/** A statement that only one kind of database needs: on the other a trigger does it. */
export function* askOnly(
  only: Database["kind"],
  sql: string,
  ...values: readonly StepValue[]
): Steps<readonly StepRow[]> {
  return yield { sql, values, only };
}

/** Repetitions after the server gave a transaction up to end a deadlock, or two serialised badly. */
const MAX_REPEATS = 8;
const REPEAT_PAUSE_MS = 5;
const REPEATABLE: readonly unknown[] = ["40001", "40P01"];

/** Statements of each connection, prepared once: their texts are constants of the code, so they are few. */
const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

const statementOf = (sqlite: DatabaseSync, sql: string): StatementSync => {
  let known = prepared.get(sqlite);
  if (known === undefined) prepared.set(sqlite, (known = new Map()));
  let statement = known.get(sql);
  // SQLite takes a dollar for the beginning of a name.
  if (statement === undefined) known.set(sql, (statement = sqlite.prepare(sql.replaceAll("$", "?"))));
  return statement;
};

const rowsOf = (sqlite: DatabaseSync, { sql, values }: Statement): readonly StepRow[] =>
  statementOf(sqlite, sql).all(...(values as readonly Scalar[]));

const runSqlite = <T>({ sqlite }: SqliteDatabase, steps: () => Steps<T>): T => {
  sqlite.exec("begin immediate");
  try {
    const run = steps();
    let next = run.next();
    while (next.done !== true) {
      next = run.next(rowsOf(sqlite, next.value));
    }
    sqlite.exec("commit");
    return next.value;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec("rollback");
    throw error;
  }
};

const answerOf = async (
  queries: Kysely<Schema>,
  { sql, values, only = "postgres" }: Statement,
): Promise<readonly StepRow[]> =>
  only !== "postgres"
    ? []
    : ((await queries.executeQuery(CompiledQuery.raw(sql, [...values]))).rows as readonly StepRow[]);

const runPostgres = ({ kysely }: PostgresDatabase, steps: () => Steps<unknown>): Promise<unknown> =>
  kysely.transaction().execute(async (queries) => {
    const run = steps();
    let next = run.next();
    while (next.done !== true) {
      next = run.next(await answerOf(queries, next.value));
    }
    return next.value;
  });

/**
 * Runs a transaction. @throws what the steps throw, with nothing written, or the database's error. After an error of a connection
 * that was lost nobody knows whether it was committed.
 */
export const runSteps = async <T>(database: Database, steps: () => Steps<T>): Promise<T> => {
  if (database.kind === "sqlite") return whileBusy(() => runSqlite(database, steps));
  for (let repeats = 0; ; repeats++) {
    try {
      return (await runPostgres(database, steps)) as T;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "";
      if (!REPEATABLE.includes(code) || repeats >= MAX_REPEATS) throw error;
    }
    await sleep(REPEAT_PAUSE_MS * 2 ** repeats);
  }
};

/** Runs one statement by itself. @throws the database's error */
export const runStatement = async (
  database: Database,
  sql: string,
  ...values: readonly StepValue[]
): Promise<readonly StepRow[]> =>
  database.kind === "sqlite"
    ? whileBusy(() => rowsOf(database.sqlite, { sql, values }))
    : answerOf(database.kysely, { sql, values });
