/** Second factors and browsers of people in the database. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { hashToken } from "./sign-in-store.ts";

export interface Passkey {
  /** `pky_…`. */
  readonly id: string;
  readonly name: string | null;
  /** True for one that its maker copies to other devices of the person. */
  readonly isSynced: boolean;
  readonly createdAt: number;
}

export const listPasskeys = async (queries: Queries, personId: string): Promise<Passkey[]> => {
  const rows = await queries
    .selectFrom("person_passkey")
    .select(["id", "name", "backed_up", "created_at"])
    .where("person_id", "=", personId)
    .orderBy("created_at")
    .limit(100)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    isSynced: row.backed_up === 1n,
    createdAt: Number(row.created_at),
  }));
};

export const countPasskeys = async (queries: Queries, personId: string): Promise<number> => {
  const { count } = await queries
    .selectFrom("person_passkey")
    .select(({ fn }) => fn.countAll<bigint>().as("count"))
    .where("person_id", "=", personId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** @returns false when it is none of theirs */
export const removePasskey = (database: Database, personId: string, passkeyId: string): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .deleteFrom("person_passkey")
      .where("id", "=", passkeyId)
      .where("person_id", "=", personId)
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    await recordAudit(queries, {
      actor: `user:${personId}`,
      action: "person.passkey_remove",
      object: personId,
      detail: { passkey: passkeyId },
    });
    return true;
  });

/** How many recovery codes are left; null for who has no time-based codes. */
export const recoveryCodesLeft = async (queries: Queries, personId: string): Promise<number | null> => {
  const row = await queries
    .selectFrom("person_second_factor")
    .select(["recovery_codes"])
    .where("person_id", "=", personId)
    .where("verified", "=", 1n)
    .executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.recovery_codes) as unknown[]).length;
};

/** True for a browser that the person has signed in with before. */
export const isKnownDevice = async (queries: Queries, personId: string, token: string): Promise<boolean> => {
  const row = await queries
    .selectFrom("person_device")
    .select("first_at")
    .where("person_id", "=", personId)
    .where("token_hash", "=", hashToken(token))
    .executeTakeFirst();
  return row !== undefined;
};

/** Browsers that are remembered of one person; the one longest unused is forgotten first. */
const MAX_DEVICES = 20;

/** Remembers a browser. @returns whether it is new, and whether it is the first at all */
export const rememberDevice = (
  database: Database,
  { personId, token, now }: { readonly personId: string; readonly token: string; readonly now: number },
): Promise<{ readonly isNew: boolean; readonly isFirst: boolean }> =>
  database.transaction(async (queries) => {
    const known = await queries
      .selectFrom("person_device")
      .select("token_hash")
      .where("person_id", "=", personId)
      .orderBy("last_at", "desc")
      .execute();
    const hash = hashToken(token);
    const isNew = !known.some((device) => device.token_hash === hash);
    if (isNew)
      await queries
        .insertInto("person_device")
        .values({ person_id: personId, token_hash: hash, first_at: now, last_at: now })
        .execute();
    else
      await queries
        .updateTable("person_device")
        .set({ last_at: now })
        .where("person_id", "=", personId)
        .where("token_hash", "=", hash)
        .execute();
    const old = known.slice(MAX_DEVICES).map((device) => device.token_hash);
    if (old.length > 0)
      await queries
        .deleteFrom("person_device")
        .where("person_id", "=", personId)
        .where("token_hash", "in", old)
        .execute();
    return { isNew, isFirst: known.length === 0 };
  });

/** Takes the codes of an app away. Repeating it changes nothing. */
export const dropCodes = (database: Database, personId: string): Promise<void> =>
  database.transaction(async (queries) => {
    await queries.deleteFrom("person_second_factor").where("person_id", "=", personId).execute();
    await queries
      .updateTable("person")
      .set({ two_factor: 0, updated_at: Date.now() })
      .where("id", "=", personId)
      .execute();
    const actor = `user:${personId}`;
    await recordAudit(queries, { actor, action: "person.codes_off", object: personId, detail: {} });
  });

/** @param hashes JSON list (recovery.ts) @returns false for who has no codes of an app */
export const replaceRecoveryCodes = (database: Database, personId: string, hashes: string): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .updateTable("person_second_factor")
      .set({ recovery_codes: hashes })
      .where("person_id", "=", personId)
      .where("verified", "=", 1n)
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    const actor = `user:${personId}`;
    await recordAudit(queries, { actor, action: "person.recovery_codes", object: personId, detail: {} });
    return true;
  });
