/** The audit log: who changed what. Every store writes its row in the transaction of the change itself. */
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

/** Adds a row. Must be called inside the transaction of the change. */
export const recordAudit = async (queries: Queries, { actor, action, object, detail }: AuditEntry): Promise<void> => {
  await queries
    .insertInto("audit_log")
    .values({ at: Date.now(), actor, action, object, detail: JSON.stringify(detail) })
    .execute();
};
