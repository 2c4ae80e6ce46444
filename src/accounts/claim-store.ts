/** Claim codes in the database. */
import type { Database } from "../db/connect.ts";
import { recordAudit } from "../db/audit-log.ts";
import { CLAIM_MS, hashClaimCode, newClaimCode } from "./claim.ts";

/** Issues a fresh code; earlier ones that were not used end. @returns the code, to be shown once. */
export const issueClaimCode = (database: Database, actor: string): Promise<string> => {
  const code = newClaimCode();
  const now = Date.now();
  return database.transaction(async (queries) => {
    await queries
      .updateTable("admin_claim")
      .set({ expires_at: now })
      .where("claimed_at", "is", null)
      .where("expires_at", ">", BigInt(now))
      .where("created_at", "<", BigInt(now))
      .execute();
    await queries
      .insertInto("admin_claim")
      .values({ code_hash: hashClaimCode(code), created_at: now, expires_at: now + CLAIM_MS })
      .execute();
    await recordAudit(queries, { actor, action: "admin_claim.issue", object: "installation", detail: {} });
    return code;
  });
};
