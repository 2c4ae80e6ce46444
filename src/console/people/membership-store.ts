/** Who belongs to which account, and which accounts somebody of the installation has open, read-only. */
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { newPublicId } from "../../id.ts";
import { ACCOUNT_ROLES, type AccountName, type AccountRole, type Membership } from "../viewer.ts";

const roleOf = (text: string): AccountRole => ACCOUNT_ROLES.find((role) => role === text) ?? "member";

/** An account that somebody belongs to, by its name as well. */
export interface NamedMembership extends Membership {
  readonly accountLabel: string;
  /** How many belong to it. */
  readonly members: number;
}

/** Most accounts that one person belongs to. */
export const MAX_ACCOUNTS = 50;
/** Most people of one account. */
export const MAX_MEMBERS = 100;

export const listMemberships = async (queries: Queries, personId: string): Promise<Membership[]> => {
  const rows = await queries
    .selectFrom("membership as m")
    .innerJoin("account as a", "a.id", "m.account_id")
    .select(["a.id", "a.public_id", "m.role"])
    .where("m.person_id", "=", personId)
    .orderBy("m.created_at")
    .limit(MAX_ACCOUNTS)
    .execute();
  return rows.map((row) => ({ accountId: Number(row.id), accountPublicId: row.public_id, role: roleOf(row.role) }));
};

export const listNamedMemberships = async (queries: Queries, personId: string): Promise<NamedMembership[]> => {
  const rows = await queries
    .selectFrom("membership as m")
    .innerJoin("account as a", "a.id", "m.account_id")
    .select(["a.id", "a.public_id", "a.name", "m.role"])
    .select((expression) =>
      expression
        .selectFrom("membership as o")
        .select(({ fn }) => fn.countAll<bigint>().as("count"))
        .whereRef("o.account_id", "=", "m.account_id")
        .as("members"),
    )
    .where("m.person_id", "=", personId)
    .orderBy("m.created_at")
    .limit(MAX_ACCOUNTS)
    .execute();
  return rows.map((row) => ({
    accountId: Number(row.id),
    accountPublicId: row.public_id,
    accountLabel: row.name,
    role: roleOf(row.role),
    members: Number(row.members ?? 0),
  }));
};

export interface Member {
  readonly personId: string;
  readonly email: string;
  readonly name: string;
  readonly username: string;
  readonly role: AccountRole;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
}

/** The people of an account, who came first, first. */
export const listMembers = async (queries: Queries, accountId: number): Promise<Member[]> => {
  const rows = await queries
    .selectFrom("membership as m")
    .innerJoin("person as p", "p.id", "m.person_id")
    .select(["p.id", "p.email", "p.name", "p.username", "m.role", "m.created_at"])
    .where("m.account_id", "=", BigInt(accountId))
    .orderBy("m.created_at")
    .limit(MAX_MEMBERS)
    .execute();
  return rows.map((row) => ({
    personId: row.id,
    email: row.email,
    name: row.name,
    username: row.username,
    role: roleOf(row.role),
    since: Number(row.created_at),
  }));
};

/** The addresses of an account's owners: whom letters about it go to. */
export const ownersOf = async (queries: Queries, accountId: number): Promise<readonly string[]> =>
  (await listMembers(queries, accountId)).filter(({ role }) => role === "owner").map(({ email }) => email);

/** Adds somebody, inside a transaction that is under way. Who belongs already keeps the greater role. */
export const addMember = async (
  queries: Queries,
  order: { readonly accountId: number; readonly personId: string; readonly role: AccountRole; readonly actor: string },
): Promise<void> => {
  const { accountId, personId, role, actor } = order;
  const known = await queries
    .selectFrom("membership")
    .select("role")
    .where("account_id", "=", BigInt(accountId))
    .where("person_id", "=", personId)
    .executeTakeFirst();
  if (known !== undefined) return;
  await queries
    .insertInto("membership")
    .values({ account_id: accountId, person_id: personId, role, created_at: Date.now() })
    .execute();
  const detail = { person: personId, role };
  await recordAudit(queries, { actor, action: "membership.add", object: await nameOf(queries, accountId), detail });
};

const nameOf = async (queries: Queries, accountId: number): Promise<string> =>
  (
    await queries
      .selectFrom("account")
      .select("public_id")
      .where("id", "=", BigInt(accountId))
      .executeTakeFirstOrThrow()
  ).public_id;

export type MembershipChange = "done" | "missing" | "last-owner";

export interface MemberOrder {
  readonly account: AccountName;
  readonly personId: string;
  readonly actor: string;
}

const othersOwn = async (queries: Queries, { account, personId }: MemberOrder): Promise<boolean> => {
  const row = await queries
    .selectFrom("membership")
    .select("person_id")
    .where("account_id", "=", BigInt(account.accountId))
    .where("person_id", "!=", personId)
    .where("role", "=", "owner")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

const roleIn = async (queries: Queries, { account, personId }: MemberOrder): Promise<AccountRole | null> => {
  const row = await queries
    .selectFrom("membership")
    .select("role")
    .where("account_id", "=", BigInt(account.accountId))
    .where("person_id", "=", personId)
    .executeTakeFirst();
  return row === undefined ? null : roleOf(row.role);
};

/** Takes somebody out of an account. The last owner stays: somebody must answer for the money. */
export const removeMember = (database: Database, order: MemberOrder): Promise<MembershipChange> =>
  database.transaction(async (queries) => {
    const role = await roleIn(queries, order);
    if (role === null) return "missing";
    if (role === "owner" && !(await othersOwn(queries, order))) return "last-owner";
    await queries
      .deleteFrom("membership")
      .where("account_id", "=", BigInt(order.account.accountId))
      .where("person_id", "=", order.personId)
      .execute();
    await recordAudit(queries, {
      actor: order.actor,
      action: "membership.remove",
      object: order.account.accountPublicId,
      detail: { person: order.personId, role },
    });
    return "done";
  });

/** Makes a member an owner, or an owner a member. */
export const changeMember = (
  database: Database,
  order: MemberOrder & { readonly role: AccountRole },
): Promise<MembershipChange> =>
  database.transaction(async (queries) => {
    const before = await roleIn(queries, order);
    if (before === null) return "missing";
    if (before === order.role) return "done";
    if (before === "owner" && !(await othersOwn(queries, order))) return "last-owner";
    await queries
      .updateTable("membership")
      .set({ role: order.role })
      .where("account_id", "=", BigInt(order.account.accountId))
      .where("person_id", "=", order.personId)
      .execute();
    await recordAudit(queries, {
      actor: order.actor,
      action: "membership.role",
      object: order.account.accountPublicId,
      detail: { person: order.personId, before, after: order.role },
    });
    return "done";
  });

/** How long an account of a customer stays open to somebody of the installation, in milliseconds. */
export const VIEW_MS = 30 * 60_000;

/** The accounts that somebody has open now. */
export const listViews = async (queries: Queries, personId: string, now: number): Promise<AccountName[]> => {
  const rows = await queries
    .selectFrom("account_view as v")
    .innerJoin("account as a", "a.id", "v.account_id")
    .select(["a.id", "a.public_id"])
    .where("v.person_id", "=", personId)
    .where("v.expires_at", ">", BigInt(now))
    .where("v.closed_at", "is", null)
    .distinct()
    .limit(MAX_ACCOUNTS)
    .execute();
  return rows.map((row) => ({ accountId: Number(row.id), accountPublicId: row.public_id }));
};

/** Opens an account for a look. @returns when it closes by itself, in milliseconds since the Unix epoch; null without such an account */
export const openView = (
  database: Database,
  order: { readonly accountPublicId: string; readonly personId: string; readonly reason: string; readonly now: number },
): Promise<number | null> =>
  database.transaction(async (queries) => {
    const { accountPublicId, personId, reason, now } = order;
    const account = await queries
      .selectFrom("account")
      .select("id")
      .where("public_id", "=", accountPublicId)
      .where("kind", "=", "customer")
      .executeTakeFirst();
    if (account === undefined) return null;
    const expiresAt = now + VIEW_MS;
    await queries
      .insertInto("account_view")
      .values({
        id: newPublicId("vew_"),
        person_id: personId,
        account_id: account.id,
        reason,
        opened_at: now,
        expires_at: expiresAt,
      })
      .execute();
    const actor = `user:${personId}`;
    await recordAudit(queries, {
      actor,
      action: "account.view",
      object: accountPublicId,
      detail: { reason, expiresAt },
    });
    return expiresAt;
  });

/** Ends the looks of somebody at an account. */
export const closeView = async (
  database: Database,
  order: { readonly account: AccountName; readonly personId: string; readonly now: number },
): Promise<void> => {
  await database.kysely
    .updateTable("account_view")
    .set({ closed_at: order.now })
    .where("person_id", "=", order.personId)
    .where("account_id", "=", BigInt(order.account.accountId))
    .where("closed_at", "is", null)
    .execute();
};
