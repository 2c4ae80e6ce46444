/** Who and what the audit log's ids are, for those who may read it: people by their names, the rest by what it is called. */
import { sql } from "kysely";

import type { Queries } from "../../db/connect.ts";
import { invoiceNumber } from "../../payments/invoice.ts";
import { own, table } from "../../table.ts";
import { PERSON_PREFIX } from "../people/person.ts";
import type { AuditLine } from "./audit-store.ts";

const USER = "user:";

/** Those who are no people. */
const HOUSE = table<string>({
  cli: "command line",
  start: "configuration file, at start",
  system: "system",
  ledger: "system: ledger",
  audit: "system: audit",
  tasks: "system: videos",
});

/** People whom one text may mean. */
const MOST_PEOPLE = 100;

export interface PersonName {
  readonly name: string;
  readonly email: string;
}

/** By their ids; what has no name of its own, or is gone, is not in them. */
export interface AuditNames {
  readonly people: ReadonlyMap<string, PersonName>;
  readonly objects: ReadonlyMap<string, string>;
}

const peopleOf = async (queries: Queries, ids: readonly string[]): Promise<ReadonlyMap<string, PersonName>> => {
  if (ids.length === 0) return new Map();
  const rows = await queries.selectFrom("person").select(["id", "name", "email"]).where("id", "in", ids).execute();
  return new Map(rows.map(({ id, name, email }) => [id, { name, email }]));
};

const named = async (
  queries: Queries,
  place: "account" | "api_key",
  ids: readonly string[],
): Promise<[string, string][]> => {
  if (ids.length === 0) return [];
  const rows = await queries.selectFrom(place).select(["public_id", "name"]).where("public_id", "in", ids).execute();
  return rows.map(({ public_id: id, name }) => [id, name]);
};

const invoices = async (queries: Queries, ids: readonly string[]): Promise<[string, string][]> => {
  if (ids.length === 0) return [];
  const rows = await queries
    .selectFrom("invoice")
    .select(["public_id", "number", "issued_at"])
    .where("public_id", "in", ids)
    .execute();
  return rows.map((row) => [row.public_id, invoiceNumber(Number(row.number), Number(row.issued_at))]);
};

/** The names of what some lines are about: four questions at most, however many lines. */
export const auditNames = async (queries: Queries, lines: readonly AuditLine[]): Promise<AuditNames> => {
  const ids = [...new Set(lines.map(({ object }) => object))];
  const of = (prefix: string): string[] => ids.filter((id) => id.startsWith(prefix));
  const actors = lines.flatMap(({ actor }) => (actor.startsWith(USER) ? [actor.slice(USER.length)] : []));
  const people = await peopleOf(queries, [...new Set([...actors, ...of(PERSON_PREFIX)])]);
  return {
    people,
    objects: new Map([
      ...(await named(queries, "account", of("acc_"))),
      ...(await named(queries, "api_key", of("key_"))),
      ...(await invoices(queries, of("inv_"))),
      ...[...people].map(([id, { name, email }]): [string, string] => [id, name === "" ? email : name]),
    ]),
  };
};

/** What an actor is called; null for one whom nobody knows any more. */
export const actorNamed = (actor: string, { people }: AuditNames): PersonName | null => {
  if (actor.startsWith(USER)) return people.get(actor.slice(USER.length)) ?? null;
  const name = own(HOUSE, actor);
  return name === undefined ? null : { name, email: "" };
};

/** `%` and `_` of a search stand for themselves (D93). */
const prefixOf = (text: string): string =>
  `${text.replaceAll("\\", "\\\\").replaceAll("%", "\\%").replaceAll("_", "\\_")}%`;

/** The actors that a text means: its own id, what of the house begins so, and people by the beginning of their name or address. */
export const actorsMeant = async (queries: Queries, text: string): Promise<readonly string[]> => {
  const wanted = text.toLowerCase();
  const like = prefixOf(wanted);
  const people = await queries
    .selectFrom("person")
    .select("id")
    .where((row) =>
      row.or([sql<boolean>`lower(name) like ${like} escape '\\'`, sql<boolean>`lower(email) like ${like} escape '\\'`]),
    )
    .orderBy("id")
    .limit(MOST_PEOPLE)
    .execute();
  const house = Object.entries(HOUSE).flatMap(([actor, name]) => (name.startsWith(wanted) ? [actor] : []));
  return [...new Set([text, ...house, ...people.map(({ id }) => `${USER}${id}`)])];
};
