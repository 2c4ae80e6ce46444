/**
 * The audit log: who changed what. Every store writes its row in the transaction of the change itself.
 *
 * The rows are chained: `hash = SHA-256(hash before ‖ row)`, so that a row that was changed, removed or put in between is seen by
 * `farthing audit`, and the last hash, kept elsewhere, tells whether the end was cut off (I-74).
 */
import { createHash } from "node:crypto";

import type { Queries } from "./connect.ts";

export interface AuditEntry {
  /** Who: `cli`, `config`, `system`, or an operator's id. */
  readonly actor: string;
  /** What: `account.create`, `key.freeze` and the like. */
  readonly action: string;
  /** The public id of what was changed. */
  readonly object: string;
  /** Anything but secrets; amounts as decimal strings. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** A row of the log as it is hashed. */
export interface AuditRow {
  readonly id: bigint;
  readonly at: bigint;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly detail: string;
}

/** What stands before the first row of a chain. */
export const CHAIN_START: Uint8Array = new Uint8Array(32);

/** The hash of a row in its chain. Each field goes in with its length, so that no two rows are the same bytes. */
export const chainHash = (before: Uint8Array, { id, at, actor, action, object, detail }: AuditRow): Uint8Array => {
  const hash = createHash("sha256").update(before);
  for (const field of [String(id), String(at), actor, action, object, detail])
    hash.update(`${Buffer.byteLength(field)}:`).update(field);
  return hash.digest();
};

/** How far back of the last chained row one is looked for that was written before it and committed after it. */
const LATE_ROWS = 1_000n;
/** Rows that are chained in one step. */
const CHAINED_AT_ONCE = 1_000;

/** Chains what is not chained yet. @param all looks through the whole log instead of its end only @returns how many rows */
const chain = async (queries: Queries, all: boolean): Promise<number> => {
  const last = await queries.selectFrom("audit_chain").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
  const { most } = await queries
    .selectFrom("audit_chain")
    .select(({ fn }) => fn.max<bigint | null>("audit_id").as("most"))
    .executeTakeFirstOrThrow();
  let rows = queries
    .selectFrom("audit_log as l")
    .leftJoin("audit_chain as c", "c.audit_id", "l.id")
    .select(["l.id", "l.at", "l.actor", "l.action", "l.object", "l.detail"])
    .where("c.seq", "is", null);
  if (!all) rows = rows.where("l.id", ">", (most ?? 0n) - LATE_ROWS);
  let [seq, hash] = [last?.seq ?? 0n, last?.hash ?? CHAIN_START];
  const links = (await rows.orderBy("l.id").limit(CHAINED_AT_ONCE).execute()).map((row) => {
    hash = chainHash(hash, row);
    return { seq: ++seq, audit_id: row.id, hash };
  });
  if (links.length > 0) await queries.insertInto("audit_chain").values(links).execute();
  return links.length;
};

/** Adds a row. Must be called inside the transaction of the change: those take turns, and so the chain has one end. */
export const recordAudit = async (queries: Queries, { actor, action, object, detail }: AuditEntry): Promise<void> => {
  await queries
    .insertInto("audit_log")
    .values({ at: Date.now(), actor, action, object, detail: JSON.stringify(detail) })
    .execute();
  await chain(queries, false);
};

/** Chains what the ledger has written by itself. Must be called inside a transaction. @returns how many rows; call again while it is not 0 */
export const chainAudit = (queries: Queries): Promise<number> => chain(queries, true);
