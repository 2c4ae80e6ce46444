/**
 * The sign-in library's tables, under our names and in our types: times are milliseconds, flags 0 and 1, and of a session's token only
 * the SHA-256 is stored. The library hands in the token that came with a cookie and gets its row back with that same token in it, so
 * it never notices.
 *
 * What is not a column of ours is not kept: that is how tokens of other services (of OAuth) never reach the database.
 */
import { createHash } from "node:crypto";

import { createAdapterFactory, type CustomAdapter, type DBAdapterInstance } from "better-auth/adapters";
import type { Kysely } from "kysely";

import type { Database } from "../../db/connect.ts";
import { newPublicId } from "../../id.ts";
import { table } from "../../table.ts";
import { PERSON_PREFIX } from "./person.ts";

type Value = string | number | bigint | null | readonly (string | number)[];
type Row = Record<string, Value>;
type Where = Parameters<CustomAdapter["delete"]>[0]["where"];

const COLUMNS = table<readonly string[]>({
  person: [
    "id",
    "email",
    "email_verified",
    "name",
    "username",
    "image",
    "two_factor",
    "role",
    "disabled_at",
    "created_at",
    "updated_at",
  ],
  person_login: ["id", "person_id", "provider", "provider_account", "password", "created_at", "updated_at"],
  person_session: [
    "id",
    "person_id",
    "token_hash",
    "created_at",
    "expires_at",
    "updated_at",
    "seen_at",
    "proved_at",
    "ip",
    "user_agent",
  ],
  person_proof: ["id", "identifier", "value", "expires_at", "created_at", "updated_at"],
  person_second_factor: ["id", "person_id", "secret", "recovery_codes", "verified", "failures", "locked_until"],
  person_passkey: [
    "id",
    "person_id",
    "name",
    "credential_id",
    "public_key",
    "counter",
    "device_type",
    "backed_up",
    "transports",
    "aaguid",
    "created_at",
  ],
});

/** By the library's names for its models. */
const ID_PREFIXES = table<string>({ user: PERSON_PREFIX, session: "ses_", passkey: "pky_" });

/** As it is stored and looked up: 64 hexadecimal digits. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

const TOKEN = "token_hash";
/** A browser's name for itself may be long and says nothing after this. */
const MAX_USER_AGENT = 300;

const stored = (column: string, value: Value): Value => {
  if (column === TOKEN && typeof value === "string") return hashToken(value);
  if (column === "user_agent" && typeof value === "string") return value.slice(0, MAX_USER_AGENT);
  return value;
};

const rowOf = (model: string, data: Readonly<Record<string, unknown>>): Row => {
  const known = COLUMNS[model];
  if (known === undefined) throw new Error(`the sign-in library asks for a table that is not its own: ${model}`);
  const row: Row = {};
  for (const [column, value] of Object.entries(data))
    if (known.includes(column) && value !== undefined) row[column] = stored(column, value as Value);
  return row;
};

/** What a new session has beside what the library knows: it was used and proved when it began. */
const withTimes = (model: string, row: Row): Row => {
  const { created_at: createdAt } = row;
  return model === "person_session" && createdAt !== undefined
    ? { ...row, seen_at: createdAt, proved_at: createdAt }
    : row;
};

const SYMBOLS = table<"=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in">({
  eq: "=",
  ne: "!=",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  in: "in",
  not_in: "not in",
});

interface Condition {
  readonly column: string;
  readonly symbol: "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "is" | "is not";
  readonly value: Value;
}

const conditionsOf = (model: string, where: Where = []): Condition[] =>
  where.map(({ field, operator, value, connector }, index) => {
    const symbol = SYMBOLS[operator ?? "eq"];
    if (symbol === undefined || (connector === "OR" && index > 0) || !(COLUMNS[model] ?? []).includes(field))
      throw new Error(`the sign-in library asks in a way that is not supported: ${model}.${field} ${operator}`);
    if (value === null) return { column: field, symbol: symbol === "=" ? "is" : "is not", value };
    const plain = value as unknown as Value;
    const list = Array.isArray(plain) ? (plain as readonly (string | number)[]) : null;
    const found = list === null ? stored(field, plain) : list.map((one) => stored(field, one) as string | number);
    return { column: field, symbol, value: found };
  });

/** Rows of a lookup by token carry the token that was asked for. */
const given = (model: string, where: Where, row: Row | undefined): Row | null => {
  if (row === undefined) return null;
  const asked = model === "person_session" ? where.find(({ field }) => field === TOKEN) : undefined;
  return typeof asked?.value === "string" ? { ...row, [TOKEN]: asked.value } : row;
};

/** Longest list that is read at once. */
const MAX_ROWS = 200;

const adapterOf = (database: Database): CustomAdapter => {
  const queries = database.kysely as unknown as Kysely<Record<string, Row>>;
  const find = async (model: string, where: Where = [], limit = 1): Promise<Row[]> => {
    let query = queries.selectFrom(model).selectAll().limit(Math.min(limit, MAX_ROWS));
    for (const { column, symbol, value } of conditionsOf(model, where)) query = query.where(column, symbol, value);
    return await query.execute();
  };
  const change = async (model: string, where: Where, update: Row): Promise<Row[]> => {
    if (Object.keys(update).length === 0) return await find(model, where);
    let query = queries.updateTable(model).set(update);
    for (const { column, symbol, value } of conditionsOf(model, where)) query = query.where(column, symbol, value);
    return await query.returningAll().execute();
  };
  const remove = async (model: string, where: Where): Promise<Row[]> => {
    let query = queries.deleteFrom(model);
    for (const { column, symbol, value } of conditionsOf(model, where)) query = query.where(column, symbol, value);
    return await query.returningAll().execute();
  };
  return {
    create: async ({ model, data }) => {
      await queries
        .insertInto(model)
        .values(withTimes(model, rowOf(model, data)))
        .execute();
      return data;
    },
    update: async <T>({ model, where, update }: { model: string; where: Where; update: T }) => {
      const rows = await change(model, where, rowOf(model, update as Record<string, unknown>));
      return given(model, where, rows[0]) as T | null;
    },
    updateMany: async ({ model, where, update }) => (await change(model, where, rowOf(model, update))).length,
    findOne: async <T>({ model, where }: { model: string; where: Where }) =>
      given(model, where, (await find(model, where))[0]) as T | null,
    findMany: async <T>({ model, where, limit, sortBy }: Parameters<CustomAdapter["findMany"]>[0]) => {
      const rows = await find(model, where, sortBy === undefined ? limit : MAX_ROWS);
      if (sortBy !== undefined) {
        const sign = sortBy.direction === "asc" ? 1 : -1;
        rows.sort((a, b) => sign * Number((a[sortBy.field] as bigint) - (b[sortBy.field] as bigint)));
      }
      return rows.slice(0, limit) as T[];
    },
    delete: async ({ model, where }) => {
      await remove(model, where);
    },
    deleteMany: async ({ model, where }) => (await remove(model, where)).length,
    consumeOne: async <T>({ model, where }: { model: string; where: Where }) =>
      given(model, where, (await remove(model, where))[0]) as T | null,
    incrementOne: async <T>(order: Parameters<NonNullable<CustomAdapter["incrementOne"]>>[0]) => {
      const { model, where, increment, set = {} } = order;
      let query = queries.updateTable(model).set((expression) => ({
        ...rowOf(model, set),
        ...Object.fromEntries(
          Object.entries(increment).map(([column, by]) => [column, expression(expression.ref(column), "+", by)]),
        ),
      }));
      for (const { column, symbol, value } of conditionsOf(model, where)) query = query.where(column, symbol, value);
      return given(model, where, (await query.returningAll().execute())[0]) as T | null;
    },
    count: async ({ model, where }) => (await find(model, where, MAX_ROWS)).length,
  };
};

const written = (value: unknown): unknown => {
  if (value instanceof Date) return value.getTime();
  return typeof value === "boolean" ? Number(value) : value;
};

const read = (value: unknown, type: unknown): unknown => {
  if (typeof value !== "bigint" && typeof value !== "number") return value;
  const number = Number(value);
  if (type === "date") return new Date(number);
  return type === "boolean" ? number === 1 : number;
};

/** The library's way to the database. Nothing of it runs in a transaction: each step stands by itself and is repeated by a retry. */
export const signInStore = (database: Database): DBAdapterInstance =>
  createAdapterFactory({
    config: {
      adapterId: "farthing",
      supportsNumericIds: false,
      customIdGenerator: ({ model }) => newPublicId(ID_PREFIXES[model] ?? "row_"),
      customTransformInput: ({ data }) => written(data) as string,
      customTransformOutput: ({ data, fieldAttributes }) => read(data, fieldAttributes.type) as string,
    },
    adapter: () => adapterOf(database),
  });
