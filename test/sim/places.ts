/** Where a run has its database. What is dear to make is made once: SQLite copies a migrated file, PostgreSQL empties a database again. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import pg from "pg";

import type { Database } from "../../src/db/connect.ts";
import { createPostgres, POSTGRES_FOLDER_VARIABLE, type TestPostgresDatabase } from "../../src/db/fixtures-postgres.ts";
import { migrate } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/db/open.ts";
import type { PostgresAddress } from "../../src/postgres-address.ts";

export interface Place {
  readonly postgres: PostgresAddress | null;
  readonly file: string;
  /** After everything that was opened here is closed. */
  remove(): Promise<void>;
}

/** Where the files of runs are: beside the tests' PostgreSQL, in memory if the machine has enough. */
const baseFolder = (): string => process.env[POSTGRES_FOLDER_VARIABLE] ?? tmpdir();

let template: Promise<string> | null = null;

/** A migrated SQLite file that each run copies. */
const makeTemplate = async (): Promise<string> => {
  const file = path.join(mkdtempSync(path.join(baseFolder(), "sim-")), "template.db");
  const database = await openDatabase({ postgres: null, file });
  await migrate(database);
  if (database.kind === "sqlite") database.sqlite.exec("pragma wal_checkpoint(truncate)");
  await database.close();
  return file;
};

const sqlitePlace = async (): Promise<Place> => {
  const from = await (template ??= makeTemplate());
  const folder = mkdtempSync(path.join(path.dirname(from), "run-"));
  const file = path.join(folder, "farthing.db");
  copyFileSync(from, file);
  return {
    postgres: null,
    file,
    remove: async () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Runs on one database of PostgreSQL: what is deleted of it stays where it is, as nobody cleans up here. */
const MAX_USES = 40;

interface Used {
  readonly made: TestPostgresDatabase;
  readonly client: pg.Client;
  /** Statements that leave what migrations had put there. */
  readonly emptying: string;
  uses: number;
}

const spare: Used[] = [];

const CLOSE_OTHERS = `
  select count(pg_terminate_backend(pid)) as others from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;
const TABLES = `
  select c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition`;

/** Tables in which migrations put something stay, but for the balances of the ledger's own accounts, and what belongs to customers. */
const emptyingOf = async (client: pg.Client): Promise<string> => {
  const { rows } = await client.query<{ name: string }>(TABLES);
  const statements: string[] = [];
  for (const { name } of rows) {
    const seeds = await client.query(`select 1 from "${name}" limit 1`);
    if (seeds.rowCount === 0) statements.push(`delete from "${name}"`);
  }
  return [
    "begin",
    // No trigger refuses or counts what is deleted now.
    "set local session_replication_role = replica",
    ...statements,
    "delete from account where id >= 10",
    "update account set balance = 0",
    "commit",
  ].join(";");
};

const makeUsed = async (): Promise<Used> => {
  const made = await createPostgres();
  const { host, port, database, user } = made.address;
  const client = new pg.Client({ host, port, database, user });
  await client.connect();
  return { made, client, emptying: await emptyingOf(client), uses: 0 };
};

const giveBack = async (used: Used): Promise<void> => {
  const { made, client, emptying } = used;
  if (++used.uses >= MAX_USES) {
    await client.end();
    await made.drop();
    return;
  }
  // What a dead node had sent is over, or never will be.
  for (let others = 1; others > 0;)
    others = Number((await client.query<{ others: string }>(CLOSE_OTHERS)).rows[0]?.others);
  await client.query(emptying);
  spare.push(used);
};

const postgresPlace = async (): Promise<Place> => {
  const used = spare.pop() ?? (await makeUsed());
  return { postgres: used.made.address, file: "", remove: () => giveBack(used) };
};

export const makePlace = (kind: Database["kind"]): Promise<Place> =>
  kind === "postgres" ? postgresPlace() : sqlitePlace();

/** Lets go of what was kept for other runs. */
export const leavePlaces = async (): Promise<void> => {
  for (const { client } of spare.splice(0)) await client.end();
};
