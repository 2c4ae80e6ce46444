/** What was absorbed and charged of an account, from the roll-ups; and the line of the audit log for an account that absorbs too much. */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { formatNano, type Nano } from "../money.ts";
import type { AbsorbedDay } from "./allowance.ts";

const HOUR_MS = 3_600_000;
const SPEND_HOURS = 720;

const sumSince = async (queries: Queries, accountId: number, hour: number) => {
  const row = await queries
    .selectFrom("rollup")
    .select(({ fn }) => [
      fn.sum<bigint | null>("absorbed").as("absorbed"),
      fn.sum<bigint | null>("posted").as("posted"),
    ])
    .where("account_id", "=", BigInt(accountId))
    .where("hour", ">=", BigInt(hour))
    .executeTakeFirstOrThrow();
  return { absorbed: row.absorbed ?? 0n, posted: row.posted ?? 0n };
};

/** @param dayStart milliseconds since the Unix epoch */
export const readAbsorbed = async (queries: Queries, accountId: number, dayStart: number): Promise<AbsorbedDay> => {
  const day = Math.floor(dayStart / HOUR_MS);
  const { absorbed } = await sumSince(queries, accountId, day);
  const { posted } = await sumSince(queries, accountId, day - SPEND_HOURS);
  return { absorbed, spent: posted };
};

/** Flags an account in the audit log. @returns its public id, or undefined when there is none */
export const flagAbsorbed = (
  database: Database,
  accountId: number,
  sums: { readonly absorbed: Nano; readonly allowance: Nano },
): Promise<string | undefined> =>
  database.transaction(async (queries) => {
    const row = await queries
      .selectFrom("account")
      .select("public_id")
      .where("id", "=", BigInt(accountId))
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const detail = { absorbed: formatNano(sums.absorbed), allowance: formatNano(sums.allowance) };
    await recordAudit(queries, { actor: "ledger", action: "account.absorbs", object: row.public_id, detail });
    return row.public_id;
  });
