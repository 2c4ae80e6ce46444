/** Budgets for a period begin anew when it ends: by the database's clock, once, whoever looks (I-16). */
import { sql } from "kysely";

import type { Database, Queries } from "../db/connect.ts";
import { isBudgetPeriod, periodEnd } from "./budget.ts";

/** Keys that are looked at in one transaction. */
const KEYS_AT_ONCE = 1_000;

/** The database's own clock, in milliseconds since the Unix epoch. */
export const databaseNow = async ({ kind, kysely }: Database, queries: Queries = kysely): Promise<number> => {
  const { rows } = await (
    kind === "sqlite"
      ? sql<{ now: bigint }>`select cast(unixepoch('subsec') * 1000 as integer) as now`
      : sql<{ now: bigint }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`
  ).execute(queries);
  return Number(rows[0]?.now);
};

const due = (queries: Queries, now: number) =>
  queries
    .selectFrom("api_key")
    .select(["id", "budget_period", "budget_until"])
    .where("budget_until", "<=", BigInt(now))
    .orderBy("budget_until")
    .limit(KEYS_AT_ONCE);

/**
 * Begins the next period of each budget whose period has ended. What is held meanwhile stays held, and counts in the period in which
 * it is charged. @returns how many there were; at most 1,000
 */
export const renewBudgets = async (database: Database): Promise<number> => {
  const now = await databaseNow(database);
  if ((await due(database.kysely, now).limit(1).execute()).length === 0) return 0;
  return await database.transaction(async (queries) => {
    const keys = await due(queries, now).execute();
    for (const { id, budget_period: period } of keys)
      await queries
        .updateTable("api_key")
        .set({
          spent: 0n,
          budget_until: period !== null && isBudgetPeriod(period) ? BigInt(periodEnd(period, now)) : null,
        })
        .where("id", "=", id)
        .execute();
    return keys.length;
  });
};
