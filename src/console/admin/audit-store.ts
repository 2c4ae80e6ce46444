/** Reads the audit log for those who may: the newest first, page by page, by who, what and when. */
import type { Queries } from "../../db/connect.ts";

export interface AuditFilter {
  /** One of these, exactly; null: anybody. */
  readonly actors: readonly string[] | null;
  /** An action such as `key.freeze`, or the beginning of several, such as `key.`. */
  readonly action: string | null;
  /** The public id of what was changed, exactly. */
  readonly object: string | null;
  /** Milliseconds since the epoch; the end is not in it. */
  readonly from: number | null;
  readonly to: number | null;
}

export interface AuditLine {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** The text after every text that begins with this one, for a range of an ordered column. */
const endOfPrefix = (prefix: string): string => `${prefix}\u{10ffff}`;

/** Rows before the one with id `before`, the newest first. */
export const auditLines = async (
  queries: Queries,
  filter: AuditFilter,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<readonly AuditLine[]> => {
  const { actors, action, object, from, to } = filter;
  let rows = queries.selectFrom("audit_log").selectAll().orderBy("id", "desc").limit(limit);
  if (before !== null) rows = rows.where("id", "<", BigInt(before));
  if (actors !== null) rows = rows.where("actor", "in", actors);
  if (object !== null) rows = rows.where("object", "=", object);
  if (from !== null) rows = rows.where("at", ">=", BigInt(from));
  if (to !== null) rows = rows.where("at", "<", BigInt(to));
  if (action?.endsWith(".") === true)
    rows = rows.where("action", ">=", action).where("action", "<", endOfPrefix(action));
  else if (action !== null) rows = rows.where("action", "=", action);
  return (await rows.execute()).map(({ id, at, actor: who, action: what, object: of, detail }) => ({
    id: Number(id),
    at: Number(at),
    actor: who,
    action: what,
    object: of,
    detail: JSON.parse(detail) as AuditLine["detail"],
  }));
};
