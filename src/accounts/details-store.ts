/** What an account is called on invoices, and its end. */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";

export interface AccountDetails {
  readonly company: string | null;
  /** Several lines. */
  readonly address: string | null;
  readonly taxId: string | null;
  /** Milliseconds since the Unix epoch; null while it is open. */
  readonly closedAt: number | null;
}

const NO_DETAILS: AccountDetails = { company: null, address: null, taxId: null, closedAt: null };

export const readDetails = async (queries: Queries, accountId: number): Promise<AccountDetails> => {
  const row = await queries
    .selectFrom("account_details")
    .selectAll()
    .where("account_id", "=", BigInt(accountId))
    .executeTakeFirst();
  return row === undefined
    ? NO_DETAILS
    : {
        company: row.company,
        address: row.address,
        taxId: row.tax_id,
        closedAt: row.closed_at === null ? null : Number(row.closed_at),
      };
};

interface Place {
  readonly accountId: number;
  readonly publicId: string;
  readonly actor: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

export interface DetailsChange extends Place {
  /** Clean already. */
  readonly name: string;
  readonly company: string | null;
  readonly address: string | null;
  readonly taxId: string | null;
}

/** Names an account anew, everywhere and on its invoices. */
export const changeDetails = (database: Database, change: DetailsChange): Promise<void> =>
  database.transaction(async (queries) => {
    const { accountId, publicId, actor, now, name, company, address, taxId } = change;
    const columns = { company, address, tax_id: taxId, updated_at: now };
    await queries.updateTable("account").set({ name }).where("id", "=", BigInt(accountId)).execute();
    await queries
      .insertInto("account_details")
      .values({ account_id: accountId, closed_at: null, ...columns })
      .onConflict((row) => row.column("account_id").doUpdateSet(columns))
      .execute();
    await recordAudit(queries, {
      actor,
      action: "account.details",
      object: publicId,
      detail: { name, company, taxId },
    });
  });

/**
 * Ends an account inside a transaction that is under way: frozen, its keys revoked. Its balance and its history stay in the books.
 * @returns false while servers have borrowed of it: nothing was changed then
 */
export const closeAccount = async (queries: Queries, { accountId, publicId, actor, now }: Place): Promise<boolean> => {
  const row = await queries
    .updateTable("account")
    .set({ frozen: 1, thaws: 0 })
    .where("id", "=", BigInt(accountId))
    .where("leased", "=", 0n)
    .returning("id")
    .executeTakeFirst();
  if (row === undefined) return false;
  await queries
    .updateTable("api_key")
    .set({ status: "revoked" })
    .where("account_id", "=", BigInt(accountId))
    .where("status", "<>", "revoked")
    .execute();
  await queries
    .insertInto("account_details")
    .values({ account_id: accountId, closed_at: now, updated_at: now })
    .onConflict((column) => column.column("account_id").doUpdateSet({ closed_at: now, updated_at: now }))
    .execute();
  await recordAudit(queries, { actor, action: "account.close", object: publicId, detail: {} });
  return true;
};
