/** The audit log: who changed what, whether the log itself is as it was written, and all of it as a file. */
import { z } from "@hono/zod-openapi";

import { csvLine, type CsvValue } from "../../csv.ts";
import { auditChain } from "../../ledger/audit-store.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { piecesOf } from "../pieces.ts";
import { consoleRoute, CSV, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { at, count, listOf, pageQuery } from "../values.ts";
import { actorOf } from "../viewer.ts";
import { actorNamed, actorsMeant, auditNames, type AuditNames } from "./audit-names-store.ts";
import { auditLines, type AuditFilter, type AuditLine } from "./audit-store.ts";
import { recordExport } from "./exports-store.ts";

/** Rows of one file. */
const MOST_ROWS = 1_000_000;
const MAX_TEXT = 200;

const time = z.coerce.number().pipe(at);

const filterQuery = {
  actor: z
    .string()
    .min(1)
    .max(MAX_TEXT)
    .optional()
    .openapi({ description: "An actor's id, the beginning of a person's name or address, `system`, `command line`." }),
  action: z
    .string()
    .min(1)
    .max(MAX_TEXT)
    .optional()
    .openapi({ description: "An action, or the beginning of several: `key.`" }),
  object: z.string().min(1).max(MAX_TEXT).optional(),
  fromAt: time.optional(),
  toAt: time.optional(),
} as const;

const filterSchema = z.strictObject(filterQuery);

const filterOf = async (
  { database }: ConsoleServices,
  { actor, action, object, fromAt, toAt }: z.output<typeof filterSchema>,
): Promise<AuditFilter> => ({
  actors: actor === undefined ? null : await actorsMeant(database.kysely, actor),
  action: action ?? null,
  object: object ?? null,
  from: fromAt ?? null,
  to: toAt ?? null,
});

const entry = z.strictObject({
  id: z.string(),
  at,
  actor: z.string(),
  /** A person's, or what of the house it was; null for one whom nobody knows any more. */
  actorName: z.string().nullable(),
  actorEmail: z.string().nullable(),
  action: z.string(),
  object: z.string(),
  objectName: z.string().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** A line with the names of what it is about. */
const named = (line: AuditLine, names: AuditNames) => {
  const who = actorNamed(line.actor, names);
  return {
    ...line,
    actorName: who === null || who.name === "" ? null : who.name,
    actorEmail: who === null || who.email === "" ? null : who.email,
    objectName: names.objects.get(line.object) ?? null,
  };
};

type NamedLine = ReturnType<typeof named>;

const page = consoleRoute({
  method: "get",
  path: "/admin/audit",
  access: "admin:read",
  tag: "admin",
  summary: "The audit log, newest first.",
  request: { query: z.strictObject({ ...filterQuery, ...pageQuery }) },
  response: listOf(entry),
  handle: async ({ services, query }) => {
    const { limit, cursor, ...filter } = query;
    const before = Number(readCursor(cursor, 1)?.[0] ?? Number.NaN);
    const order = { before: Number.isSafeInteger(before) ? before : null, limit: limit + 1 };
    const { kysely } = services.database;
    const lines = await auditLines(kysely, await filterOf(services, filter), order);
    const { rows, next } = pageOf(lines, limit, (line) => [line.id]);
    const names = await auditNames(kysely, rows);
    return { items: rows.map((line) => ({ ...named(line, names), id: String(line.id) })), next };
  },
});

const chain = z.strictObject({
  /** Whether every row is as it was written. */
  isWhole: z.boolean(),
  rows: count,
  /** Written and not yet chained. */
  waiting: count,
  /** The last hash, in hexadecimal, to be kept elsewhere: it tells whether the end was cut off. */
  head: z.string(),
  /** Rows that are not what they were, at most 50. */
  broken: z.array(z.string()),
  checkedAt: at,
});
type Chain = z.output<typeof chain>;

const MOST_BROKEN = 50;
/** A check reads the whole log: it stands for so long, and one runs at a time. */
const CHECK_MS = 60_000;

const checks = new WeakMap<ConsoleServices["database"], { readonly at: number; readonly result: Promise<Chain> }>();

const check = async ({ database, now }: ConsoleServices): Promise<Chain> => {
  const { log, broken } = await auditChain(database);
  const objects = broken.slice(0, MOST_BROKEN).map(({ object }) => object);
  return { isWhole: broken.length === 0, ...log, broken: objects, checkedAt: now() };
};

const verified = (services: ConsoleServices): Promise<Chain> => {
  const known = checks.get(services.database);
  const now = services.now();
  if (known !== undefined && now - known.at < CHECK_MS) return known.result;
  const result = check(services).catch((error: unknown) => {
    checks.delete(services.database);
    throw error;
  });
  checks.set(services.database, { at: now, result });
  return result;
};

const verification = consoleRoute({
  method: "get",
  path: "/admin/audit/chain",
  access: "admin:read",
  tag: "admin",
  summary: "Whether the audit log is as it was written. Checked at most once a minute.",
  response: chain,
  handle: ({ services }) => verified(services),
});

const COLUMNS = {
  id: ({ id }) => id,
  at: ({ at: moment }) => new Date(moment).toISOString(),
  actor: ({ actor }) => actor,
  actor_name: ({ actorName }) => actorName,
  actor_email: ({ actorEmail }) => actorEmail,
  action: ({ action }) => action,
  object: ({ object }) => object,
  object_name: ({ objectName }) => objectName,
  detail: ({ detail }) => JSON.stringify(detail),
} as const satisfies Record<string, (line: NamedLine) => CsvValue>;

const file = consoleRoute({
  method: "get",
  path: "/admin/audit/file",
  access: "admin:audit",
  stepUp: true,
  tag: "admin",
  summary: "The audit log as CSV, newest first: exactly what is filtered, at most a million rows.",
  request: { query: filterSchema },
  response: CSV,
  handle: async ({ services, viewer, query }) => {
    const { database } = services;
    const filter = await filterOf(services, query);
    await recordExport(database, { actor: actorOf(viewer), what: "audit" });
    return {
      fileName: "audit.csv",
      lines: piecesOf<NamedLine>({
        head: csvLine(Object.keys(COLUMNS)),
        most: MOST_ROWS,
        read: async (after, limit) => {
          const lines = await auditLines(database.kysely, filter, { before: after?.id ?? null, limit });
          const names = await auditNames(database.kysely, lines);
          return lines.map((line) => named(line, names));
        },
        write: (rows) => rows.map((row) => csvLine(Object.values(COLUMNS).map((column) => column(row)))).join(""),
      }),
    };
  },
});

export const auditRoutes: readonly ConsoleRoute[] = [page, verification, file];
