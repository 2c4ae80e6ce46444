/** Another address for a person, in the database: asked for, and taken over once it is proved. */
import { createHash } from "node:crypto";

import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { newToken } from "./cookies.ts";
import { findPerson, findPersonByEmail } from "./person-store.ts";
import { hashToken } from "./sign-in-store.ts";

/** One wish per person: a later one takes the place of an earlier, whose link is then worth nothing. */
const wishOf = (personId: string): string => createHash("sha256").update(`change-email\n${personId}`).digest("hex");

const identifierOf = (token: string): string => hashToken(`change-email:${token}`);

export interface EmailWish {
  readonly personId: string;
  /** In lower case, checked. */
  readonly email: string;
  /** Milliseconds since the Unix epoch, both. */
  readonly now: number;
  readonly until: number;
}

/** Writes down that a person wants another address. @returns the token of the link that proves it */
export const wishEmail = (database: Database, { personId, email, now, until }: EmailWish): Promise<string> =>
  database.transaction(async (queries) => {
    const [id, token] = [wishOf(personId), newToken()];
    await queries.deleteFrom("person_proof").where("id", "=", id).execute();
    await queries
      .insertInto("person_proof")
      .values({
        id,
        identifier: identifierOf(token),
        value: email,
        expires_at: until,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await recordAudit(queries, {
      actor: `user:${personId}`,
      action: "person.email_wish",
      object: personId,
      detail: { email },
    });
    return token;
  });

interface Move {
  readonly personId: string;
  readonly email: string;
  readonly actor: string;
  /** The one session that goes on; null: none. */
  readonly but: string | null;
}

/**
 * Gives a person another address, as proved. What went to the old one is over: links that choose a new password, sign-ins half done,
 * every other session.
 * @returns the old address; null when there is no such person, or the new one is somebody else's
 */
const moveTo = async (queries: Queries, { personId, email, actor, but }: Move): Promise<string | null> => {
  const person = await findPerson(queries, personId);
  if (person === null || (await findPersonByEmail(queries, email)) !== null) return null;
  await queries
    .updateTable("person")
    .set({ email, email_verified: 1, updated_at: Date.now() })
    .where("id", "=", personId)
    .execute();
  await queries.deleteFrom("person_proof").where("value", "=", personId).execute();
  await queries.deleteFrom("person_proof").where("id", "=", wishOf(personId)).execute();
  let sessions = queries.deleteFrom("person_session").where("person_id", "=", personId);
  if (but !== null) sessions = sessions.where("id", "!=", but);
  await sessions.execute();
  const detail = { before: person.email, after: email };
  await recordAudit(queries, { actor, action: "person.email", object: personId, detail });
  return person.email;
};

/**
 * Takes over the address that a link proves, once.
 * @returns the old and the new address; null when the link is none of the person's, was used, is too old, or the address went to somebody
 * else meanwhile
 */
export const takeEmail = (
  database: Database,
  order: { readonly personId: string; readonly token: string; readonly sessionId: string; readonly now: number },
): Promise<{ readonly before: string; readonly after: string } | null> =>
  database.transaction(async (queries) => {
    const { personId, token, sessionId, now } = order;
    const wish = await queries
      .deleteFrom("person_proof")
      .where("id", "=", wishOf(personId))
      .where("identifier", "=", identifierOf(token))
      .where("expires_at", ">", BigInt(now))
      .returning("value")
      .executeTakeFirst();
    if (wish === undefined) return null;
    const after = wish.value;
    const before = await moveTo(queries, { personId, email: after, actor: `user:${personId}`, but: sessionId });
    return before === null ? null : { before, after };
  });

/** Another address by the word of who has the machine; every session ends. @returns false when the address is somebody's already */
export const setEmail = (
  database: Database,
  order: { readonly personId: string; readonly email: string; readonly actor: string },
): Promise<boolean> =>
  database.transaction(async (queries) => (await moveTo(queries, { ...order, but: null })) !== null);
