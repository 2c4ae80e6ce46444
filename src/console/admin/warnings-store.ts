/** What of the books an operator should look at: frozen accounts, those that the audit froze, those that absorb too much. */
import type { Queries } from "../../db/connect.ts";

export interface BookWarnings {
  /** Customers' accounts that are frozen now. */
  readonly frozen: number;
  /** Accounts that an audit froze since then, since their books disagree. */
  readonly disagreeing: number;
  /** Accounts that absorbed more than their allowance since then. */
  readonly absorbing: number;
}

/** Accounts that an action of the log was about. */
const named = async (
  queries: Queries,
  { action, actor, since }: { readonly action: string; readonly actor: string; readonly since: number },
): Promise<number> => {
  const row = await queries
    .selectFrom("audit_log")
    .select(({ fn }) => fn.count<bigint>("object").distinct().as("accounts"))
    .where("action", "=", action)
    .where("actor", "=", actor)
    .where("at", ">=", BigInt(since))
    .executeTakeFirstOrThrow();
  return Number(row.accounts);
};

/** @param since milliseconds since the Unix epoch */
export const bookWarnings = async (queries: Queries, since: number): Promise<BookWarnings> => {
  const frozen = await queries
    .selectFrom("account")
    .select(({ fn }) => fn.countAll<bigint>().as("accounts"))
    .where("kind", "=", "customer")
    .where("frozen", "=", 1n)
    .executeTakeFirstOrThrow();
  const [disagreeing, absorbing] = await Promise.all([
    named(queries, { action: "account.freeze", actor: "audit", since }),
    named(queries, { action: "account.absorbs", actor: "ledger", since }),
  ]);
  return { frozen: Number(frozen.accounts), disagreeing, absorbing };
};
