/** How an account stands this moment: its balance, what running requests hold of it, and whether it was ever used. */
import { sql } from "kysely";

import type { Queries } from "../../db/connect.ts";
import type { Nano } from "../../money.ts";

export interface Standing {
  readonly balance: Nano;
  /** What running requests and videos may still take of the balance, as their servers last said; a heartbeat is 5 s apart. */
  readonly held: Nano;
  /** How many of them run. */
  readonly running: number;
  readonly promo: Nano;
  readonly pending: Nano;
  readonly frozen: boolean;
  /** There is a key that was not revoked. */
  readonly hasKeys: boolean;
  /** There was a request, served or refused. Sums are kept for ever, so that an old account is not taken for a new one. */
  readonly hasRequests: boolean;
}

/** A lease of a process says what it holds; that of a video is all of it. */
const HELD = sql<bigint | null>`sum(case when owner like 'task:%' then amount else held end)`;
const RUNNING = sql<bigint | null>`sum(case when owner like 'task:%' then 1 else holds end)`;

/** @throws the query builder's error when there is no such account */
export const readStanding = async (queries: Queries, accountId: number): Promise<Standing> => {
  const id = BigInt(accountId);
  const account = await queries
    .selectFrom("account")
    .select(["balance", "promo", "pending_debit", "frozen"])
    .select((build) => [
      build
        .exists(build.selectFrom("api_key").select("id").where("account_id", "=", id).where("status", "<>", "revoked"))
        .as("keys"),
      build.exists(build.selectFrom("rollup").select("hour").where("account_id", "=", id)).as("requests"),
    ])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const leases = await queries
    .selectFrom("lease")
    .select([HELD.as("held"), RUNNING.as("running")])
    .where("account_id", "=", id)
    .where("state", "=", "open")
    .executeTakeFirstOrThrow();
  return {
    balance: account.balance,
    held: leases.held ?? 0n,
    running: Number(leases.running ?? 0n),
    promo: account.promo,
    pending: account.pending_debit,
    frozen: account.frozen === 1n,
    hasKeys: Number(account.keys) === 1,
    hasRequests: Number(account.requests) === 1,
  };
};
