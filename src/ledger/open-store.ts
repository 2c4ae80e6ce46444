/** The ledger's store for the database that was opened. */
import type { Database } from "../db/connect.ts";
import { openPostgresStore } from "./postgres-store.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { LedgerStore } from "./store.ts";

export type { Database } from "../db/connect.ts";

/**
 * What dead processes had borrowed is returned, now or in time (I-25).
 * @throws the database's error when it is locked or away
 */
export const openStore = async (database: Database): Promise<LedgerStore> =>
  database.kind === "sqlite" ? openSqliteStore(database) : openPostgresStore(database);
