/** Sessions in the database: who is behind a cookie, and their end. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { runStatement } from "../../db/steps.ts";
import { newToken } from "./cookies.ts";
import type { Person } from "./person.ts";
import { toPerson } from "./person-store.ts";
import { isLive, SEEN_MS } from "./session.ts";
import { hashToken } from "./sign-in-store.ts";

export interface Session {
  readonly id: string;
  /** Milliseconds since the Unix epoch, as all of these. */
  readonly createdAt: number;
  readonly seenAt: number;
  /** When the person last proved who they are. */
  readonly provedAt: number;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export interface SignedIn {
  readonly session: Session;
  readonly person: Person;
}

const COLUMNS = ["id", "created_at", "seen_at", "proved_at", "ip", "user_agent"] as const;

const toSession = (row: {
  readonly id: string;
  readonly created_at: bigint;
  readonly seen_at: bigint;
  readonly proved_at: bigint;
  readonly ip: string | null;
  readonly user_agent: string | null;
}): Session => ({
  id: row.id,
  createdAt: Number(row.created_at),
  seenAt: Number(row.seen_at),
  provedAt: Number(row.proved_at),
  ip: row.ip === "" ? null : row.ip,
  userAgent: row.user_agent === "" ? null : row.user_agent,
});

/**
 * Who is behind a token: null for nobody, a session that has ended, or a person who was shut out. Use is written down at most once a
 * minute, and through the ledger's own connection, so that servers do not read their settings anew for it.
 */
export const findSignedIn = async (database: Database, token: string, now: number): Promise<SignedIn | null> => {
  const row = await database.kysely
    .selectFrom("person_session")
    .select([...COLUMNS, "person_id", "expires_at"])
    .where("token_hash", "=", hashToken(token))
    .executeTakeFirst();
  if (row === undefined) return null;
  const found = await database.kysely
    .selectFrom("person")
    .selectAll()
    .where("id", "=", row.person_id)
    .executeTakeFirst();
  if (found === undefined) return null;
  const [session, person] = [toSession(row), toPerson(found)];
  if (person.isDisabled || now >= Number(row.expires_at) || !isLive(session, person.role, now)) {
    await runStatement(database, "delete from person_session where id = $1", session.id);
    return null;
  }
  if (now - session.seenAt >= SEEN_MS)
    await runStatement(
      database,
      "update person_session set seen_at = $2 where id = $1 and seen_at < $2",
      session.id,
      now,
    );
  return { session, person };
};

/** A person's live sessions, the latest first. */
export const listSessions = async (queries: Queries, person: Person, now: number): Promise<Session[]> => {
  const rows = await queries
    .selectFrom("person_session")
    .select(COLUMNS)
    .where("person_id", "=", person.id)
    .where("expires_at", ">", BigInt(now))
    .orderBy("created_at", "desc")
    .limit(100)
    .execute();
  return rows.map(toSession).filter((session) => isLive(session, person.role, now));
};

/** Ends one session of a person. @returns false when it is none of theirs */
export const endSession = async (database: Database, personId: string, sessionId: string): Promise<boolean> => {
  const row = await database.kysely
    .deleteFrom("person_session")
    .where("id", "=", sessionId)
    .where("person_id", "=", personId)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
};

/** Ends a person's sessions, all or all but one. @returns how many */
export const endSessions = (
  database: Database,
  { personId, but, actor }: { readonly personId: string; readonly but: string | null; readonly actor: string },
): Promise<number> =>
  database.transaction(async (queries) => {
    let query = queries.deleteFrom("person_session").where("person_id", "=", personId);
    if (but !== null) query = query.where("id", "!=", but);
    const ended = (await query.returning("id").execute()).length;
    const detail = { ended, kept: but !== null };
    await recordAudit(queries, { actor, action: "person.sessions_end", object: personId, detail });
    return ended;
  });

/** Gives a session a new token after a proof of who it is, so that an older one is worth nothing. @returns null when it has ended */
export const renewSession = async (database: Database, sessionId: string, now: number): Promise<string | null> => {
  const token = newToken();
  const row = await database.kysely
    .updateTable("person_session")
    .set({ token_hash: hashToken(token), proved_at: now, seen_at: now })
    .where("id", "=", sessionId)
    .returning("id")
    .executeTakeFirst();
  return row === undefined ? null : token;
};

/** Removes sessions and short-lived proofs whose time is over. */
export const sweepSessions = async (database: Database, now: number): Promise<void> => {
  await runStatement(database, "delete from person_session where expires_at < $1", now);
  await runStatement(database, "delete from person_proof where expires_at < $1", now);
};
