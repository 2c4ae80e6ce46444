/** People in the database. */
import { sql, type Selectable } from "kysely";

import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import type { PersonTable } from "../../db/people-schema.ts";
import { INSTALLATION_ROLES, type InstallationRole } from "../viewer.ts";
import type { Person } from "./person.ts";

/** A role as stored; what is not one of ours is none. */
const roleOf = (text: string | null): InstallationRole | null =>
  INSTALLATION_ROLES.find((role) => role === text) ?? null;

export const toPerson = (row: Selectable<PersonTable>): Person => ({
  id: row.id,
  email: row.email,
  isVerified: row.email_verified === 1n,
  name: row.name,
  username: row.username,
  role: roleOf(row.role),
  hasCodes: row.two_factor === 1n,
  isDisabled: row.disabled_at !== null,
  createdAt: Number(row.created_at),
});

export const findPerson = async (queries: Queries, id: string): Promise<Person | null> => {
  const row = await queries.selectFrom("person").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toPerson(row);
};

/** @param email in lower case */
export const findPersonByEmail = async (queries: Queries, email: string): Promise<Person | null> => {
  const row = await queries.selectFrom("person").selectAll().where("email", "=", email).executeTakeFirst();
  return row === undefined ? null : toPerson(row);
};

export interface PersonFilter {
  /** The beginning of an address, a username or an id. */
  readonly search?: string | undefined;
  /** Only who works for the installation. */
  readonly staff?: boolean | undefined;
  /** The id after which the page begins. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** `%` and `_` of a search stand for themselves (D93). */
const prefixOf = (text: string): string =>
  `${text.replaceAll("\\", "\\\\").replaceAll("%", "\\%").replaceAll("_", "\\_")}%`;

/** A page of people by id, one more than the limit where there is another page. */
export const listPeople = async (queries: Queries, filter: PersonFilter): Promise<Person[]> => {
  const { search, staff, after, limit } = filter;
  let query = queries.selectFrom("person").selectAll();
  if (staff === true) query = query.where("role", "is not", null);
  if (after !== undefined) query = query.where("id", ">", after);
  if (search !== undefined && search !== "") {
    const like = prefixOf(search.toLowerCase());
    query = query.where((expression) =>
      expression.or(
        (["email", "username", "id"] as const).map(
          (column) => sql<boolean>`${sql.ref(column)} like ${like} escape '\\'`,
        ),
      ),
    );
  }
  return (
    await query
      .orderBy("id")
      .limit(limit + 1)
      .execute()
  ).map(toPerson);
};

export interface PasswordLogin {
  readonly id: string;
  readonly hash: string;
}

/** The password of a person; null for who has none. */
export const findPassword = async (queries: Queries, personId: string): Promise<PasswordLogin | null> => {
  const row = await queries
    .selectFrom("person_login")
    .select(["id", "password"])
    .where("person_id", "=", personId)
    .where("provider", "=", "credential")
    .executeTakeFirst();
  if (row === undefined || row.password === null) return null;
  return { id: row.id, hash: row.password };
};

/** Ways of signing in that a person has: a password, other services. */
export const countLogins = async (queries: Queries, personId: string): Promise<number> => {
  const { count } = await queries
    .selectFrom("person_login")
    .select(({ fn }) => fn.countAll<bigint>().as("count"))
    .where("person_id", "=", personId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Replaces a hash by one with today's parameters, unless the password was changed meanwhile. */
export const rehash = async (database: Database, login: PasswordLogin, hash: string): Promise<void> => {
  await database.kysely
    .updateTable("person_login")
    .set({ password: hash })
    .where("id", "=", login.id)
    .where("password", "=", login.hash)
    .execute();
};

export const updateProfile = (
  database: Database,
  person: Person,
  change: { readonly name: string; readonly username: string },
): Promise<boolean> =>
  database.transaction(async (queries) => {
    const other = await queries
      .selectFrom("person")
      .select("id")
      .where("username", "=", change.username)
      .where("id", "!=", person.id)
      .executeTakeFirst();
    if (other !== undefined) return false;
    await queries
      .updateTable("person")
      .set({ ...change, updated_at: Date.now() })
      .where("id", "=", person.id)
      .execute();
    await recordAudit(queries, {
      actor: `user:${person.id}`,
      action: "person.profile",
      object: person.id,
      detail: { username: change.username },
    });
    return true;
  });

export interface PersonOrder {
  readonly id: string;
  readonly actor: string;
}

/** What may be wrong with a change of roles. */
export type RoleChange = "done" | "missing" | "last-operator";

/** Whether anybody runs the installation. */
export const hasOperator = async (queries: Queries): Promise<boolean> => (await operatorsBut(queries, "")) > 0;

const operatorsBut = async (queries: Queries, id: string): Promise<number> => {
  const { count } = await queries
    .selectFrom("person")
    .select(({ fn }) => fn.countAll<bigint>().as("count"))
    .where("role", "=", "operator")
    .where("disabled_at", "is", null)
    .where("id", "!=", id)
    .executeTakeFirstOrThrow();
  return Number(count);
};

const endSessions = async (queries: Queries, personId: string): Promise<void> => {
  await queries.deleteFrom("person_session").where("person_id", "=", personId).execute();
};

/**
 * Gives or takes a role of the installation. Sessions end: what one may do and how long a session lives both change with it. The last
 * operator stays one, unless the command line says so.
 */
export const setRole = (
  database: Database,
  {
    id,
    actor,
    role,
    isForced = false,
  }: PersonOrder & { readonly role: InstallationRole | null; readonly isForced?: boolean },
): Promise<RoleChange> =>
  database.transaction(async (queries) => {
    const person = await findPerson(queries, id);
    if (person === null) return "missing";
    if (person.role === role) return "done";
    if (person.role === "operator" && !isForced && (await operatorsBut(queries, id)) === 0) return "last-operator";
    await queries.updateTable("person").set({ role, updated_at: Date.now() }).where("id", "=", id).execute();
    await endSessions(queries, id);
    const detail = { before: person.role, after: role };
    await recordAudit(queries, { actor, action: "person.role", object: id, detail });
    return "done";
  });

/** Shuts somebody out, or lets them in again. Sessions end. */
export const setDisabled = (
  database: Database,
  {
    id,
    actor,
    isDisabled,
    isForced = false,
  }: PersonOrder & { readonly isDisabled: boolean; readonly isForced?: boolean },
): Promise<RoleChange> =>
  database.transaction(async (queries) => {
    const person = await findPerson(queries, id);
    if (person === null) return "missing";
    if (person.isDisabled === isDisabled) return "done";
    if (isDisabled && person.role === "operator" && !isForced && (await operatorsBut(queries, id)) === 0)
      return "last-operator";
    await queries
      .updateTable("person")
      .set({ disabled_at: isDisabled ? Date.now() : null, updated_at: Date.now() })
      .where("id", "=", id)
      .execute();
    await endSessions(queries, id);
    const action = isDisabled ? "person.disable" : "person.enable";
    await recordAudit(queries, { actor, action, object: id, detail: {} });
    return "done";
  });

/** Takes every second factor away from somebody who has lost them all: for the command line alone. */
export const removeSecondFactors = (database: Database, { id, actor }: PersonOrder): Promise<boolean> =>
  database.transaction(async (queries) => {
    const row = await queries
      .updateTable("person")
      .set({ two_factor: 0, updated_at: Date.now() })
      .where("id", "=", id)
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return false;
    await queries.deleteFrom("person_second_factor").where("person_id", "=", id).execute();
    await queries.deleteFrom("person_passkey").where("person_id", "=", id).execute();
    await endSessions(queries, id);
    await recordAudit(queries, { actor, action: "person.second_factor_remove", object: id, detail: {} });
    return true;
  });

/** One line of the audit log about a person, in a transaction of its own. */
export const noteAbout = (
  database: Database,
  entry: {
    readonly actor: string;
    readonly action: string;
    readonly object: string;
    readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  },
): Promise<void> => database.transaction((queries) => recordAudit(queries, entry));
