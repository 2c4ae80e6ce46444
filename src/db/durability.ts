/** Whether a server of PostgreSQL keeps what it has committed: a setting of its operator that we can only report. */
import { sql } from "kysely";

import { table } from "../table.ts";
import type { Database } from "./connect.ts";

/** Settings with which a crash may lose commits, or more than that. */
const DANGERS = table<string>({
  fsync: "a crash of its machine may destroy the database",
  full_page_writes: "a crash of its machine may destroy the database",
  synchronous_commit: "a crash of the server loses the latest commits",
});

/** A sentence for each; empty where nothing is wrong, and always for SQLite, whose settings are ours. */
export const durabilityWarnings = async (database: Database): Promise<readonly string[]> => {
  if (database.kind === "sqlite") return [];
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings
    where name in (${sql.join(Object.keys(DANGERS))}) and setting = 'off' order by name`.execute(database.kysely);
  return rows.map(({ name }) => `${name} is off: ${DANGERS[name]}`);
};
