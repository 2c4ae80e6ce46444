/** The SQL of settings: one row per configured object. */
import { recordAudit } from "../db/audit-log.ts";
import type { Queries } from "../db/connect.ts";
import type { StoredObject } from "./assemble.ts";
import type { Applied, Change, Held } from "./merge.ts";
import { OBJECT_KINDS, type ObjectKind } from "./setting.ts";
import type { Fields } from "./variables.ts";

/** An object as it is stored, with what the file last said of it. */
export interface StoredRow extends StoredObject, Held {}

/** Thrown when a stored row is not what this code wrote. */
export class SettingCorrupt extends Error {
  override readonly name = "SettingCorrupt";
}

const kindOf = (text: string): ObjectKind => {
  const kind = OBJECT_KINDS.find((known) => known === text);
  if (kind === undefined) throw new SettingCorrupt(`config_object holds an unknown kind '${text}'`);
  return kind;
};

/** Every object, enabled or not, in a stable order. */
export const readObjects = async (queries: Queries): Promise<StoredRow[]> => {
  const rows = await queries.selectFrom("config_object").selectAll().orderBy("kind").orderBy("id").execute();
  return rows.map((row) => ({
    kind: kindOf(row.kind),
    id: row.id,
    data: JSON.parse(row.data) as Fields,
    applied: JSON.parse(row.applied) as Applied,
    enabled: Number(row.enabled) === 1,
    updatedAt: Number(row.updated_at),
  }));
};

/** Writes an object over what was stored of it. */
export const writeObject = async (queries: Queries, row: StoredRow): Promise<void> => {
  const values = {
    data: JSON.stringify(row.data),
    applied: JSON.stringify(row.applied),
    enabled: row.enabled ? 1 : 0,
    updated_at: row.updatedAt,
  };
  await queries
    .insertInto("config_object")
    .values({ kind: row.kind, id: row.id, ...values })
    .onConflict((conflict) => conflict.columns(["kind", "id"]).doUpdateSet(values))
    .execute();
};

/** One row of the audit log per object that a file changed, in the transaction of the change. Names of fields, never values. */
export const recordApply = async (queries: Queries, actor: string, changes: readonly Change[]): Promise<void> => {
  for (const { kind, id, change, fields } of changes)
    await recordAudit(queries, {
      actor,
      action: `${kind}.${change}`,
      object: id,
      detail: { fields: fields.join(",") },
    });
};
