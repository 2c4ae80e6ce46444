/** The webhooks of accounts: one each, its secret sealed, switched off after too many failures. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { runStatement } from "../../db/steps.ts";
import { MAX_FAILURES } from "./webhook.ts";

export interface StoredWebhook {
  readonly url: string;
  /** Sealed. */
  readonly secret: string;
  /** Milliseconds since the Unix epoch; null: it is on. */
  readonly disabledAt: number | null;
}

export const findWebhook = async (queries: Queries, accountId: number): Promise<StoredWebhook | undefined> => {
  const row = await queries
    .selectFrom("alert_webhook")
    .selectAll()
    .where("account_id", "=", BigInt(accountId))
    .executeTakeFirst();
  return (
    row && {
      url: row.url,
      secret: row.secret,
      disabledAt: row.disabled_at === null ? null : Number(row.disabled_at),
    }
  );
};

export interface WebhookOrder {
  readonly accountId: number;
  readonly publicId: string;
  readonly url: string;
  /** Sealed; null keeps the one that is there. */
  readonly secret: string | null;
  readonly actor: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** Sets an account's webhook, and switches it on. @returns false when there is none whose secret could be kept */
export const setWebhook = (database: Database, order: WebhookOrder): Promise<boolean> =>
  database.transaction(async (queries) => {
    const { accountId, publicId, url, secret, actor, now } = order;
    const columns = { url, failures: 0, disabled_at: null, updated_at: now };
    if (secret === null) {
      const row = await queries
        .updateTable("alert_webhook")
        .set(columns)
        .where("account_id", "=", BigInt(accountId))
        .returning("account_id")
        .executeTakeFirst();
      if (row === undefined) return false;
    } else
      await queries
        .insertInto("alert_webhook")
        .values({ account_id: accountId, created_at: now, secret, ...columns })
        .onConflict((row) => row.column("account_id").doUpdateSet({ secret, ...columns }))
        .execute();
    const detail = { host: URL.parse(url)?.host ?? "", newSecret: secret !== null };
    await recordAudit(queries, { actor, action: "webhook.set", object: publicId, detail });
    return true;
  });

export const removeWebhook = (
  database: Database,
  { accountId, publicId, actor }: Pick<WebhookOrder, "accountId" | "publicId" | "actor">,
): Promise<void> =>
  database.transaction(async (queries) => {
    await queries.deleteFrom("alert_webhook").where("account_id", "=", BigInt(accountId)).execute();
    await recordAudit(queries, { actor, action: "webhook.remove", object: publicId, detail: {} });
  });

/** A delivery got there. */
export const countSuccess = async (database: Database, accountId: number): Promise<void> => {
  const sql = "update alert_webhook set failures = 0 where account_id = $1 and failures > 0";
  await runStatement(database, sql, accountId);
};

/** A delivery was given up. @returns true when this one switched the webhook off */
export const countFailure = async (database: Database, accountId: number, now: number): Promise<boolean> => {
  const [row] = await runStatement(
    database,
    `update alert_webhook set failures = failures + 1, disabled_at = case when failures + 1 >= $2 then $3 else disabled_at end
     where account_id = $1 and disabled_at is null returning disabled_at`,
    accountId,
    MAX_FAILURES,
    now,
  );
  return row !== undefined && row["disabled_at"] !== null;
};
