/** Codes in the database. A code is claimed by one conditional update in the transaction of its credit (I-65). */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { newPublicId } from "../id.ts";
import { addCredit } from "../ledger/credit-store.ts";
import { TransferRefused, type Counterpart } from "../ledger/transfer.ts";
import { formatNano, type Nano } from "../money.ts";
import { CODE_KINDS, CodeRefused, hashCode, newCode, type CodeKind } from "./code.ts";

const COUNTERPARTS = { promo: "promo", paid: "payments" } as const satisfies Record<CodeKind, Counterpart>;

export interface CodeOrder {
  readonly kind: CodeKind;
  readonly amount: Nano;
  readonly uses: number;
  readonly perAccount: number;
  /** Milliseconds since the Unix epoch; null: it does not end. */
  readonly expiresAt: number | null;
  /** What it is for, in the operator's words; never shown to customers. */
  readonly note: string | null;
  readonly actor: string;
}

export interface MadeCode {
  readonly publicId: string;
  /** Its text, to be shown once. */
  readonly code: string;
}

/** Makes so many codes of one kind, in one transaction. */
export const createCodes = (database: Database, order: CodeOrder, count: number): Promise<readonly MadeCode[]> => {
  const codes = Array.from({ length: count }, () => ({ publicId: newPublicId("code_"), code: newCode() }));
  const { kind, amount, uses, perAccount, expiresAt, note, actor } = order;
  return database.transaction(async (queries) => {
    await queries
      .insertInto("redeem_code")
      .values(
        codes.map(({ publicId, code }) => ({
          public_id: publicId,
          hash: hashCode(code),
          last4: code.replaceAll("-", "").slice(-4),
          kind,
          amount,
          uses,
          per_account: perAccount,
          expires_at: expiresAt,
          note,
          created_by: actor,
          created_at: Date.now(),
          revoked_at: null,
        })),
      )
      .execute();
    for (const { publicId } of codes)
      await recordAudit(queries, {
        actor,
        action: "code.create",
        object: publicId,
        detail: { kind, amount: formatNano(amount), uses, perAccount, expiresAt, note },
      });
    return codes;
  });
};

export interface Redemption {
  readonly accountId: number;
  /** As it was typed. */
  readonly code: string;
  readonly actor: string;
  /** The attempt's own name; null when the client does not repeat itself. */
  readonly requestKey: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

export interface Redeemed {
  readonly amount: Nano;
  readonly kind: CodeKind;
  readonly balance: Nano;
  /** True: the same attempt had been made before; nothing was moved now. */
  readonly replayed: boolean;
}

const findCode = (queries: Queries, code: string) =>
  queries.selectFrom("redeem_code").selectAll().where("hash", "=", hashCode(code)).executeTakeFirst();

type CodeRow = NonNullable<Awaited<ReturnType<typeof findCode>>>;

/** A kind that this code does not know must not become money. @throws CodeRefused */
const kindOf = ({ kind: text }: CodeRow): CodeKind => {
  const kind = CODE_KINDS.find((known) => known === text);
  if (kind === undefined) throw new CodeRefused("unknown");
  return kind;
};

/** Takes one use of a code. @returns its number, from 1 @throws CodeRefused */
const claimUse = async (queries: Queries, row: CodeRow, now: number): Promise<bigint> => {
  const claimed = await queries
    .updateTable("redeem_code")
    .set((code) => ({ used: code("used", "+", 1n) }))
    .where("id", "=", row.id)
    .where("revoked_at", "is", null)
    .where((code) => code.or([code("expires_at", "is", null), code("expires_at", ">", BigInt(now))]))
    .where((code) => code("used", "<", code.ref("uses")))
    .returning("used")
    .executeTakeFirst();
  if (claimed !== undefined) return claimed.used;
  const hasEnded = row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= BigInt(now));
  throw new CodeRefused(hasEnded ? "ended" : "used_up");
};

/** What the same attempt has come to. */
const replay = async (queries: Queries, { accountId, requestKey }: Redemption, row: CodeRow): Promise<boolean> => {
  if (requestKey === null) return false;
  const earlier = await queries
    .selectFrom("redeem_use")
    .select("code_id")
    .where("account_id", "=", BigInt(accountId))
    .where("request_key", "=", requestKey)
    .executeTakeFirst();
  if (earlier !== undefined && earlier.code_id !== row.id) throw new CodeRefused("reused");
  return earlier !== undefined;
};

const usesOf = async (queries: Queries, row: CodeRow, accountId: number): Promise<bigint> => {
  const { uses } = await queries
    .selectFrom("redeem_use")
    .select(({ fn }) => fn.countAll<bigint>().as("uses"))
    .where("account_id", "=", BigInt(accountId))
    .where("code_id", "=", row.id)
    .executeTakeFirstOrThrow();
  return uses;
};

const balanceOf = async (queries: Queries, accountId: number): Promise<Nano> => {
  const { balance } = await queries
    .selectFrom("account")
    .select("balance")
    .where("id", "=", BigInt(accountId))
    .executeTakeFirstOrThrow();
  return balance;
};

const redeemIn = async (queries: Queries, order: Redemption): Promise<Redeemed> => {
  const { accountId, actor, requestKey, now } = order;
  const row = await findCode(queries, order.code);
  if (row === undefined) throw new CodeRefused("unknown");
  const kind = kindOf(row);
  if (await replay(queries, order, row))
    return { amount: row.amount, kind, balance: await balanceOf(queries, accountId), replayed: true };
  if ((await usesOf(queries, row, accountId)) >= row.per_account) throw new CodeRefused("had");
  const number = await claimUse(queries, row, now);
  const posting = await addCredit(queries, {
    accountId,
    amount: row.amount,
    reason: `Code …${row.last4}`,
    actor,
    // Its own for each use: the ledger would refuse to post the same one again.
    idempotencyKey: `code:${row.public_id}:${number}`,
    counterpart: COUNTERPARTS[kind],
  });
  await queries
    .insertInto("redeem_use")
    .values({
      code_id: row.id,
      number,
      account_id: accountId,
      transfer_id: posting.transferId,
      request_key: requestKey,
      actor,
      created_at: now,
    })
    .execute();
  const detail = { accountId, number: Number(number), amount: formatNano(row.amount) };
  await recordAudit(queries, { actor, action: "code.redeem", object: row.public_id, detail });
  return { amount: row.amount, kind, balance: posting.balance, replayed: false };
};

/** Redeems a code: its use, the credit and their lines of the log in one transaction, or none of it. @throws CodeRefused */
export const redeemCode = async (database: Database, order: Redemption): Promise<Redeemed> => {
  try {
    return await database.transaction((queries) => redeemIn(queries, order));
  } catch (error) {
    throw error instanceof TransferRefused ? new CodeRefused("too_much") : error;
  }
};

/** A code as lists show it; its text is nowhere. */
export interface CodeInfo {
  readonly id: number;
  readonly publicId: string;
  readonly last4: string;
  readonly kind: CodeKind;
  readonly amount: Nano;
  readonly uses: number;
  readonly used: number;
  readonly perAccount: number;
  readonly note: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));

/** A page of codes, newest first, before the one with the id `before`. */
export const listCodes = async (
  queries: Queries,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<readonly CodeInfo[]> => {
  let query = queries.selectFrom("redeem_code").selectAll();
  if (before !== null) query = query.where("id", "<", BigInt(before));
  const rows = await query.orderBy("id", "desc").limit(limit).execute();
  return rows.map((row) => ({
    id: Number(row.id),
    publicId: row.public_id,
    last4: row.last4,
    kind: kindOf(row),
    amount: row.amount,
    uses: Number(row.uses),
    used: Number(row.used),
    perAccount: Number(row.per_account),
    note: row.note,
    createdAt: Number(row.created_at),
    expiresAt: numberOrNull(row.expires_at),
    revokedAt: numberOrNull(row.revoked_at),
  }));
};

/** Withdraws what is left of a code; what was redeemed stays. @returns false when there is no such code */
export const revokeCode = (
  database: Database,
  { publicId, actor, now }: { readonly publicId: string; readonly actor: string; readonly now: number },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .selectFrom("redeem_code")
      .select("revoked_at")
      .where("public_id", "=", publicId)
      .executeTakeFirst();
    if (row === undefined) return false;
    if (row.revoked_at !== null) return true;
    await queries.updateTable("redeem_code").set({ revoked_at: now }).where("public_id", "=", publicId).execute();
    await recordAudit(queries, { actor, action: "code.revoke", object: publicId, detail: {} });
    return true;
  });
