/** Changes of keys that their owners make: limits, budgets, and a new key in place of an old one. Each with its line of the audit log. */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import type { Nano } from "../money.ts";
import { isBudgetPeriod } from "./budget.ts";
import { mintKey, type KeyFormat } from "./key.ts";
import { addKey, findKey, type KeyInfo, type KeyLimits, type MadeKey, type NewKey } from "./store.ts";

/** Keys of one account that are not revoked. */
export const MAX_LIVE_KEYS = 500;

/** A change that its rules refuse. */
export type KeyRefusal =
  /** The account has as many keys as it may have. */
  | "too_many"
  /** No such key of this account. */
  | "missing"
  /** A revoked key stays as it is. */
  | "revoked"
  /** A key has a budget for all its life, or none: what was spent without one was never counted (I-16). */
  | "budget_kind"
  /** More than the new budget is spent or held already. */
  | "budget_spent";

export class KeyRefused extends Error {
  override readonly name = "KeyRefused";
  readonly refusal: KeyRefusal;
  constructor(refusal: KeyRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

const checkRoom = async (queries: Queries, accountId: number): Promise<void> => {
  const { live } = await queries
    .selectFrom("api_key")
    .select(({ fn }) => fn.countAll<bigint>().as("live"))
    .where("account_id", "=", BigInt(accountId))
    .where("status", "<>", "revoked")
    .executeTakeFirstOrThrow();
  if (live >= BigInt(MAX_LIVE_KEYS)) throw new KeyRefused("too_many");
};

/** As `createKey`, within the account's number of keys. @throws KeyRefused too_many */
export const createBoundedKey = (database: Database, order: NewKey): Promise<MadeKey> => {
  const key = mintKey(order.format);
  return database.transaction(async (queries) => {
    await checkRoom(queries, order.accountId);
    return await addKey(queries, order, key);
  });
};

/** What of a key may be changed; what is absent stays. */
export interface KeyChange {
  readonly name?: string;
  readonly rpm?: number | null;
  readonly tpm?: number | null;
  readonly concurrency?: number | null;
  readonly models?: readonly string[] | null;
  /** Of a key that has one. */
  readonly budget?: Nano;
  readonly expiresAt?: number | null;
}

/** Whose key, and who says so. */
export interface KeyPlace {
  readonly publicId: string;
  readonly accountId: number;
  readonly actor: string;
}

/** A key of the account that is not revoked. @throws KeyRefused missing, revoked */
const requireLive = async (queries: Queries, { publicId, accountId }: KeyPlace): Promise<KeyInfo> => {
  const key = await findKey(queries, publicId);
  if (key === undefined || key.accountId !== accountId) throw new KeyRefused("missing");
  if (key.status === "revoked") throw new KeyRefused("revoked");
  return key;
};

const columnsOf = ({ name, rpm, tpm, concurrency, models, expiresAt }: KeyChange) => ({
  ...(name === undefined ? {} : { name }),
  ...(rpm === undefined ? {} : { rpm }),
  ...(tpm === undefined ? {} : { tpm }),
  ...(concurrency === undefined ? {} : { concurrency }),
  ...(models === undefined ? {} : { models: models === null ? null : JSON.stringify(models) }),
  ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
});

/** Conditional: the ledger's commits do not wait for this transaction. @throws KeyRefused budget_kind, budget_spent */
const setBudget = async (queries: Queries, key: KeyInfo, budget: Nano): Promise<void> => {
  if (key.budget === null) throw new KeyRefused("budget_kind");
  const row = await queries
    .updateTable("api_key")
    .set({ budget })
    .where("public_id", "=", key.publicId)
    .where((column) => column(column("spent", "+", column.ref("leased")), "<=", budget))
    .returning("id")
    .executeTakeFirst();
  if (row === undefined) throw new KeyRefused("budget_spent");
};

/** Changes a key; a running server sees it within a second. @throws KeyRefused */
export const changeKey = (database: Database, place: KeyPlace, change: KeyChange): Promise<void> =>
  database.transaction(async (queries) => {
    const key = await requireLive(queries, place);
    const columns = columnsOf(change);
    if (Object.keys(columns).length > 0)
      await queries.updateTable("api_key").set(columns).where("public_id", "=", key.publicId).execute();
    if (change.budget !== undefined) await setBudget(queries, key, change.budget);
    await recordAudit(queries, {
      actor: place.actor,
      action: "key.change",
      object: key.publicId,
      detail: { fields: Object.keys(change).sort().join(", ") },
    });
  });

export interface Rotation extends KeyPlace {
  readonly format: KeyFormat;
  /** When the old key ends; null: at once. Milliseconds since the Unix epoch. */
  readonly endsAt: number | null;
}

/** What is left of a budget that is for once; a budget for each period begins anew in both keys. */
const nextBudget = async (queries: Queries, { budget, budgetPeriod, publicId }: KeyInfo): Promise<Nano | null> => {
  if (budget === null || budgetPeriod !== null) return budget;
  const { spent } = await queries
    .selectFrom("api_key")
    .select("spent")
    .where("public_id", "=", publicId)
    .executeTakeFirstOrThrow();
  return budget - spent;
};

const limitsOf = (key: KeyInfo, budget: Nano | null): KeyLimits => ({
  rpm: key.rpm,
  tpm: key.tpm,
  concurrency: key.concurrency,
  models: key.models,
  budget,
  ...(key.budgetPeriod !== null && isBudgetPeriod(key.budgetPeriod) ? { budgetPeriod: key.budgetPeriod } : {}),
  expiresAt: key.expiresAt,
});

/**
 * Makes a key like another, which ends at a time to come, so that a program can be moved from one to the other without a gap. Until
 * then each counts against limits of its own. @throws KeyRefused missing, revoked, too_many
 */
export const rotateKey = (database: Database, order: Rotation): Promise<MadeKey> => {
  const text = mintKey(order.format);
  return database.transaction(async (queries) => {
    const old = await requireLive(queries, order);
    await checkRoom(queries, order.accountId);
    const { accountId, format, actor, endsAt } = order;
    const limits = limitsOf(old, await nextBudget(queries, old));
    const made = await addKey(queries, { accountId, name: old.name, format, limits, actor }, text);
    const end = endsAt === null ? null : Math.min(endsAt, old.expiresAt ?? endsAt);
    await queries
      .updateTable("api_key")
      .set(end === null ? { status: "revoked" } : { expires_at: end })
      .where("public_id", "=", old.publicId)
      .execute();
    const detail = { next: made.publicId, endsAt: end };
    await recordAudit(queries, { actor, action: "key.rotate", object: old.publicId, detail });
    return made;
  });
};
