/** Invitations in the database. Of a link's token only the hash is stored. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { newPublicId } from "../../id.ts";
import { newToken } from "./cookies.ts";
import {
  INVITATION_MS,
  INVITED_ROLES,
  isAccountRole,
  isInstallationRole,
  stateOf,
  type Invitation,
  type InvitedRole,
} from "./invitation.ts";
import { addMember } from "./membership-store.ts";
import { hashToken } from "./sign-in-store.ts";

/** Invitations of one account, or of the installation, that are open at the same time. */
export const MAX_OPEN = 200;

const select = (queries: Queries) =>
  queries
    .selectFrom("invitation as i")
    .innerJoin("person as p", "p.id", "i.invited_by")
    .leftJoin("account as a", "a.id", "i.account_id")
    .select(["i.id", "i.account_id", "i.role", "i.email", "i.created_at", "i.expires_at", "i.used_at", "i.revoked_at"])
    .select(["p.name as invited_by", "a.name as account_name"]);

const toInvitation = (row: Awaited<ReturnType<ReturnType<typeof select>["executeTakeFirstOrThrow"]>>): Invitation => ({
  id: row.id,
  accountId: row.account_id === null ? null : Number(row.account_id),
  accountName: row.account_name,
  role: INVITED_ROLES.find((role) => role === row.role) ?? "customer",
  email: row.email,
  invitedBy: row.invited_by,
  createdAt: Number(row.created_at),
  expiresAt: Number(row.expires_at),
  usedAt: row.used_at === null ? null : Number(row.used_at),
  revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
});

export interface NewInvitation {
  /** Null for the installation. */
  readonly accountId: number | null;
  readonly role: InvitedRole;
  /** In lower case. */
  readonly email: string;
  /** A person's id. */
  readonly invitedBy: string;
  readonly now: number;
}

/** @returns the link's token, to be sent once; null when too many invitations are open */
export const createInvitation = (
  database: Database,
  { accountId, role, email, invitedBy, now }: NewInvitation,
): Promise<{ readonly id: string; readonly token: string } | null> =>
  database.transaction(async (queries) => {
    const open = await listInvitations(queries, accountId, now);
    if (open.length >= MAX_OPEN) return null;
    // Only the latest link of an address works.
    await queries
      .updateTable("invitation")
      .set({ revoked_at: now })
      .where("email", "=", email)
      .where("account_id", accountId === null ? "is" : "=", accountId === null ? null : BigInt(accountId))
      .where("used_at", "is", null)
      .where("revoked_at", "is", null)
      .execute();
    const [id, token] = [newPublicId("inv_"), newToken()];
    await queries
      .insertInto("invitation")
      .values({
        id,
        token_hash: hashToken(token),
        account_id: accountId,
        role,
        email,
        invited_by: invitedBy,
        created_at: now,
        expires_at: now + INVITATION_MS,
      })
      .execute();
    await recordAudit(queries, {
      actor: `user:${invitedBy}`,
      action: "invitation.create",
      object: id,
      detail: { email, role },
    });
    return { id, token };
  });

/** The open invitations to an account (null: to the installation), the latest first. */
export const listInvitations = async (
  queries: Queries,
  accountId: number | null,
  now: number,
): Promise<Invitation[]> => {
  const rows = await select(queries)
    .where("i.account_id", accountId === null ? "is" : "=", accountId === null ? null : BigInt(accountId))
    .where("i.used_at", "is", null)
    .where("i.revoked_at", "is", null)
    .where("i.expires_at", ">", BigInt(now))
    .orderBy("i.created_at", "desc")
    .limit(MAX_OPEN)
    .execute();
  return rows.map(toInvitation);
};

/** What a link stands for; null when there is none. */
export const findInvitation = async (queries: Queries, token: string): Promise<Invitation | null> => {
  const row = await select(queries).where("i.token_hash", "=", hashToken(token)).executeTakeFirst();
  return row === undefined ? null : toInvitation(row);
};

/** The open invitation of an address to the installation; null when there is none. */
export const findInvited = async (queries: Queries, email: string, now: number): Promise<Invitation | null> =>
  (await listInvitations(queries, null, now)).find((invitation) => invitation.email === email) ?? null;

/** @param accountId null: the installation's @returns false when there is none that is open */
export const revokeInvitation = (
  database: Database,
  order: { readonly id: string; readonly accountId: number | null; readonly actor: string; readonly now: number },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const { id, accountId, actor, now } = order;
    const row = await queries
      .updateTable("invitation")
      .set({ revoked_at: now })
      .where("id", "=", id)
      .where("account_id", accountId === null ? "is" : "=", accountId === null ? null : BigInt(accountId))
      .where("used_at", "is", null)
      .where("revoked_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    await recordAudit(queries, { actor, action: "invitation.revoke", object: id, detail: {} });
    return true;
  });

/**
 * Uses an invitation up for somebody and makes them what it says, inside a transaction that is under way. Of two at once one gets it.
 * @returns false when it is not theirs, or not open any more; nothing is written then
 */
export const useInvitation = async (
  queries: Queries,
  invitation: Invitation,
  person: { readonly id: string; readonly email: string; readonly now: number },
): Promise<boolean> => {
  const { now } = person;
  if (stateOf(invitation, now) !== "open" || invitation.email !== person.email) return false;
  const row = await queries
    .updateTable("invitation")
    .set({ used_at: now, used_by: person.id })
    .where("id", "=", invitation.id)
    .where("used_at", "is", null)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", BigInt(now))
    .returning("id")
    .executeTakeFirst();
  if (row === undefined) return false;
  const actor = `user:${person.id}`;
  const { role, accountId } = invitation;
  await recordAudit(queries, { actor, action: "invitation.use", object: invitation.id, detail: { role } });
  if (accountId !== null && isAccountRole(role))
    await addMember(queries, { accountId, personId: person.id, role, actor });
  if (isInstallationRole(role)) {
    await queries.updateTable("person").set({ role, updated_at: now }).where("id", "=", person.id).execute();
    // What a session may and how long it lives both change with a role.
    await queries.deleteFrom("person_session").where("person_id", "=", person.id).execute();
    await recordAudit(queries, {
      actor,
      action: "person.role",
      object: person.id,
      detail: { before: null, after: role },
    });
  }
  return true;
};
