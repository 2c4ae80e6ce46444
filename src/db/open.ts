/** Opens the configured database. */
import type { PostgresAddress } from "../postgres-address.ts";
import type { Database } from "./connect.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

export interface DatabaseOptions {
  /** PostgreSQL's; null for SQLite. */
  readonly postgres: PostgresAddress | null;
  /** SQLite's file. */
  readonly file: string;
  /** True for a server. On SQLite it alone may lend money out of the database, so a second one is refused. */
  readonly server?: boolean;
}

/** @throws DatabaseInUse, DatabaseUnusable */
export const openDatabase = async ({ postgres, file, server = false }: DatabaseOptions): Promise<Database> =>
  postgres === null ? openSqlite({ file, server }) : await openPostgres(postgres, { server });
