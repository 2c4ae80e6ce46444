/** Short-lived proofs in the database: what links of mails and second steps stand for, and codes that were used. */
import { createHash } from "node:crypto";

import type { Database } from "../../db/connect.ts";
import { runStatement } from "../../db/steps.ts";
import { hashToken } from "./sign-in-store.ts";

/** What a proof stands for, mostly a person's id; null when there is none or its time is over. It stays valid. */
export const findProof = async (database: Database, identifier: string, now: number): Promise<string | null> => {
  const [row] = await runStatement(
    database,
    "select value from person_proof where identifier = $1 and expires_at > $2 order by created_at desc limit 1",
    hashToken(identifier),
    now,
  );
  return typeof row?.["value"] === "string" ? row["value"] : null;
};

/** A time-based code may be right for a minute and a half: a step before and a step after its own. */
const CODE_MS = 120_000;

/** Uses a time-based code up, right or wrong: the same one is not taken again while it could be right. @returns false when it was used */
export const useCode = async (
  database: Database,
  { personId, code, now }: { readonly personId: string; readonly code: string; readonly now: number },
): Promise<boolean> => {
  const identifier = createHash("sha256").update(`code\n${personId}\n${code}`).digest("hex");
  const rows = await runStatement(
    database,
    "insert into person_proof (id, identifier, value, expires_at, created_at, updated_at) values ($1, $1, '', $2, $3, $3) " +
      "on conflict (id) do update set expires_at = $2, created_at = $3 where person_proof.expires_at <= $3 returning id",
    identifier,
    now + CODE_MS,
    now,
  );
  return rows.length > 0;
};
