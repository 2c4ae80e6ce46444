/** Keys in the database. The text of a key is returned once, when it is made, and never stored. */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { newPublicId } from "../id.ts";
import type { Nano } from "../money.ts";
import { periodEnd, type BudgetPeriod } from "./budget.ts";
import { hashKey, KEY_STATUSES, mintKey, type KeyFormat, type KeyRecord, type KeyStatus } from "./key.ts";

/** What may be set when a key is made. Null means: no limit of the key's own. */
export interface KeyLimits {
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly models: readonly string[] | null;
  readonly budget: Nano | null;
  /** For each day, week or month of UTC; absent: the budget is once and for all. */
  readonly budgetPeriod?: BudgetPeriod;
  readonly expiresAt: number | null;
}

export const NO_LIMITS: KeyLimits = {
  rpm: null,
  tpm: null,
  concurrency: null,
  models: null,
  budget: null,
  expiresAt: null,
};

export interface NewKey {
  readonly accountId: number;
  readonly name: string;
  readonly format: KeyFormat;
  readonly limits: KeyLimits;
  readonly actor: string;
}

/** A key as lists show it. */
export interface KeyInfo extends KeyRecord {
  readonly prefix: string;
  readonly last4: string;
  readonly createdAt: number;
  /** Null: the budget, if there is one, is once and for all. */
  readonly budgetPeriod: string | null;
}

const isStatus = (text: string): text is KeyStatus => (KEY_STATUSES as readonly string[]).includes(text);

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

const withAccount = (queries: Queries) =>
  queries
    .selectFrom("api_key as k")
    .innerJoin("account as a", "a.id", "k.account_id")
    .select([
      "k.id",
      "k.public_id",
      "k.name",
      "k.status",
      "k.expires_at",
      "k.rpm",
      "k.tpm",
      "k.concurrency",
      "k.models",
      "k.budget",
      "k.account_id",
      "k.prefix",
      "k.last4",
      "k.created_at",
      "k.budget_period",
      "a.frozen",
      "a.plan_id",
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof withAccount>["executeTakeFirstOrThrow"]>>;

const modelsOf = (text: string | null): readonly string[] | null =>
  text === null ? null : (JSON.parse(text) as string[]);

const toRecord = (row: Row): KeyRecord => ({
  id: Number(row.id),
  publicId: row.public_id,
  name: row.name,
  // A status that this code does not know must not let anybody in.
  status: isStatus(row.status) ? row.status : "revoked",
  expiresAt: numberOrNull(row.expires_at),
  rpm: numberOrNull(row.rpm),
  tpm: numberOrNull(row.tpm),
  concurrency: numberOrNull(row.concurrency),
  models: modelsOf(row.models),
  budget: row.budget,
  accountId: Number(row.account_id),
  accountFrozen: row.frozen === 1n,
  planId: row.plan_id,
});

const toInfo = (row: Row): KeyInfo => ({
  ...toRecord(row),
  prefix: row.prefix,
  last4: row.last4,
  createdAt: Number(row.created_at),
  budgetPeriod: row.budget_period,
});

export interface MadeKey {
  readonly id: number;
  /** Its text, to be shown once. */
  readonly key: string;
  readonly publicId: string;
}

/** Keys that are asked about at once. */
const ASKED_AT_ONCE = 500;

/** Which of these keys may not spend: frozen, revoked, or of a frozen account. @throws the database's error */
export const keysStopped = async (queries: Queries, ids: readonly number[]): Promise<number[]> => {
  const stopped: number[] = [];
  for (let start = 0; start < ids.length; start += ASKED_AT_ONCE) {
    const rows = await queries
      .selectFrom("api_key as k")
      .innerJoin("account as a", "a.id", "k.account_id")
      .select("k.id")
      .where("k.id", "in", ids.slice(start, start + ASKED_AT_ONCE).map(BigInt))
      .where((is) => is.or([is("k.status", "<>", "active"), is("a.frozen", "=", 1n)]))
      .execute();
    for (const { id } of rows) stopped.push(Number(id));
  }
  return stopped;
};

/** As `createKey`, inside a transaction that is under way. @param key a fresh text of the format */
export const addKey = async (
  queries: Queries,
  { accountId, name, format, limits, actor }: NewKey,
  key: string,
): Promise<MadeKey> => {
  const period = limits.budget === null ? undefined : limits.budgetPeriod;
  const row = await queries
    .insertInto("api_key")
    .values({
      public_id: newPublicId("key_"),
      account_id: accountId,
      name,
      hash: hashKey(key),
      prefix: format.prefix,
      last4: key.slice(-4),
      rpm: limits.rpm,
      tpm: limits.tpm,
      concurrency: limits.concurrency,
      models: limits.models === null ? null : JSON.stringify(limits.models),
      budget: limits.budget,
      budget_period: period ?? null,
      // The first end by this clock; all others by the database's (budget-store.ts).
      budget_until: period === undefined ? null : periodEnd(period, Date.now()),
      expires_at: limits.expiresAt,
      created_at: Date.now(),
    })
    .returning(["id", "public_id"])
    .executeTakeFirstOrThrow();
  await recordAudit(queries, { actor, action: "key.create", object: row.public_id, detail: { accountId, name } });
  return { id: Number(row.id), key, publicId: row.public_id };
};

/** Makes a key. */
export const createKey = (database: Database, order: NewKey): Promise<MadeKey> => {
  const key = mintKey(order.format);
  return database.transaction((queries) => addKey(queries, order, key));
};

/** The key with this SHA-256, whatever its status; undefined when there is none. */
export const findKeyByHash = async (queries: Queries, hash: Uint8Array): Promise<KeyRecord | undefined> => {
  const row = await withAccount(queries).where("k.hash", "=", hash).executeTakeFirst();
  return row && toRecord(row);
};

/** A key by its public id. */
export const findKey = async (queries: Queries, publicId: string): Promise<KeyInfo | undefined> => {
  const row = await withAccount(queries).where("k.public_id", "=", publicId).executeTakeFirst();
  return row && toInfo(row);
};

/** An account's keys, oldest first, at most 1,000. */
export const listKeys = async (queries: Queries, accountId: number): Promise<readonly KeyInfo[]> => {
  const rows = await withAccount(queries)
    .where("k.account_id", "=", BigInt(accountId))
    .orderBy("k.id")
    .limit(1_000)
    .execute();
  return rows.map(toInfo);
};

/** A page of an account's keys, newest first, before the key with the id `before`. */
export const listInfos = async (
  queries: Queries,
  { accountId, before, limit }: { readonly accountId: number; readonly before: number | null; readonly limit: number },
): Promise<readonly KeyInfo[]> => {
  let query = withAccount(queries).where("k.account_id", "=", BigInt(accountId));
  if (before !== null) query = query.where("k.id", "<", BigInt(before));
  const rows = await query.orderBy("k.id", "desc").limit(limit).execute();
  return rows.map(toInfo);
};

const ACTIONS = {
  active: "key.thaw",
  frozen: "key.freeze",
  revoked: "key.revoke",
} as const satisfies Record<KeyStatus, string>;

/**
 * Freezes, thaws or revokes a key; a running server sees it within a second.
 * @returns false when there is no such key. @throws when a revoked key would be revived.
 */
export const setKeyStatus = (
  database: Database,
  change: { readonly publicId: string; readonly status: KeyStatus; readonly actor: string },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .updateTable("api_key")
      .set({ status: change.status })
      .where("public_id", "=", change.publicId)
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    const { actor, publicId: object, status } = change;
    await recordAudit(queries, { actor, action: ACTIONS[status], object, detail: {} });
    return true;
  });

/** What the holder of a key may know of the account behind it. */
export interface KeyProfile {
  readonly accountName: string;
  /** Of the account's first owner; null for an account that nobody signs in to. */
  readonly username: string | null;
  readonly keyName: string;
  readonly keyId: string;
  readonly planId: string | null;
  /** Posted balance, in nano-units. */
  readonly balance: Nano;
  /** What debits have still to collect, in nano-units. */
  readonly pendingDebit: Nano;
  /** What may ever be charged through the key and what was, in nano-units; null: no limit of its own. */
  readonly budget: { readonly limit: Nano; readonly spent: Nano } | null;
  /** Milliseconds since the Unix epoch, or null. */
  readonly expiresAt: number | null;
  /** Model ids that the key may use; null: all. */
  readonly models: readonly string[] | null;
}

/** The profile behind a key. @throws when there is no such key. */
export const findProfile = async (queries: Queries, keyId: number): Promise<KeyProfile> => {
  const row = await queries
    .selectFrom("api_key as k")
    .innerJoin("account as a", "a.id", "k.account_id")
    .select(["a.name as account_name", "a.plan_id", "a.balance", "a.pending_debit"])
    .select(["k.name as key_name", "k.public_id", "k.budget", "k.spent", "k.expires_at", "k.models"])
    .select((expression) =>
      expression
        .selectFrom("membership as m")
        .innerJoin("person as p", "p.id", "m.person_id")
        .select("p.username")
        .whereRef("m.account_id", "=", "k.account_id")
        .where("m.role", "=", "owner")
        .orderBy("m.created_at")
        .limit(1)
        .as("username"),
    )
    .where("k.id", "=", BigInt(keyId))
    .executeTakeFirstOrThrow();
  return {
    accountName: row.account_name,
    username: row.username,
    keyName: row.key_name,
    keyId: row.public_id,
    planId: row.plan_id,
    balance: row.balance,
    pendingDebit: row.pending_debit,
    budget: row.budget === null ? null : { limit: row.budget, spent: row.spent },
    expiresAt: numberOrNull(row.expires_at),
    models: modelsOf(row.models),
  };
};
