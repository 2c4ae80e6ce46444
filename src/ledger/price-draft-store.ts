/** The SQL of the price draft: one for the installation, a row for each model that somebody works on. */
import { createHash } from "node:crypto";

import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import type { Attributes } from "../price.ts";
import {
  listOfTexts,
  listTexts,
  schedulePrice,
  withdrawPrice,
  type ListTexts,
  type PriceList,
  type PriceVersion,
} from "./price-store.ts";

/** One price list of a model: its own, or that of calls with these attributes. */
export interface DraftList {
  readonly when: Attributes | null;
  readonly list: PriceList;
}

export interface DraftedModel {
  readonly model: string;
  readonly lists: readonly DraftList[];
  /** Who changed it last, as in the audit log. */
  readonly actor: string;
  /** Milliseconds since the Unix epoch. */
  readonly updatedAt: number;
}

/** The draft as somebody saw it: what is published must be what was looked at. */
export interface Draft {
  readonly models: readonly DraftedModel[];
  /** A digest of all of it; empty for an empty draft. */
  readonly version: string;
}

interface StoredList extends ListTexts {
  readonly when: Attributes | null;
}

const stored = (lists: readonly DraftList[]): string =>
  JSON.stringify(lists.map(({ when, list }): StoredList => ({ when, ...listTexts(list) })));

const read = (text: string): DraftList[] =>
  (JSON.parse(text) as StoredList[]).map(({ when, ...texts }) => ({ when, list: listOfTexts(texts) }));

/** The whole draft, by model. */
export const readDraft = async (queries: Queries): Promise<Draft> => {
  const rows = await queries.selectFrom("price_draft").selectAll().orderBy("model").execute();
  const digest = createHash("sha256");
  for (const { model, lists } of rows) digest.update(JSON.stringify([model, lists]));
  return {
    models: rows.map((row) => ({
      model: row.model,
      lists: read(row.lists),
      actor: row.actor,
      updatedAt: Number(row.updated_at),
    })),
    version: rows.length === 0 ? "" : digest.digest("base64url"),
  };
};

/** Puts a model's lists into the draft, over what was drafted of it. */
export const writeDraft = async (queries: Queries, drafted: DraftedModel): Promise<void> => {
  const values = { lists: stored(drafted.lists), actor: drafted.actor, updated_at: drafted.updatedAt };
  await queries
    .insertInto("price_draft")
    .values({ model: drafted.model, ...values })
    .onConflict((conflict) => conflict.column("model").doUpdateSet(values))
    .execute();
};

/** Takes models out of the draft. @param models null: all of them @returns how many there were */
export const dropDraft = async (queries: Queries, models: readonly string[] | null): Promise<number> => {
  if (models !== null && models.length === 0) return 0;
  let gone = queries.deleteFrom("price_draft");
  if (models !== null) gone = gone.where("model", "in", [...models]);
  const { numDeletedRows } = await gone.executeTakeFirstOrThrow();
  return Number(numDeletedRows);
};

export interface Publication {
  /** Of the draft that was looked at. */
  readonly version: string;
  /** When it comes into force, in milliseconds since the Unix epoch. */
  readonly from: number;
  readonly actor: string;
  /** What a list's rows are kept under. */
  readonly nameOf: (model: string, when: Attributes | null) => string;
}

/**
 * Publishes the draft and empties it, in one transaction: twice is once, since the second finds nothing.
 * @returns the rows by model; null when the draft is not the one that was looked at, and nothing was done
 */
export const publishDraft = (
  database: Database,
  { version, from, actor, nameOf }: Publication,
): Promise<ReadonlyMap<string, readonly number[]> | null> =>
  database.transaction(async (queries) => {
    const draft = await readDraft(queries);
    if (draft.version !== version || draft.models.length === 0) return null;
    const rows = new Map<string, readonly number[]>();
    for (const { model, lists } of draft.models) {
      const published: number[] = [];
      for (const { when, list } of lists)
        published.push((await schedulePrice(queries, nameOf(model, when), list, from)).id);
      const detail = { from: new Date(from).toISOString(), rows: published.join(",") };
      await recordAudit(queries, { actor, action: "price.publish", object: model, detail });
      rows.set(model, published);
    }
    await dropDraft(queries, null);
    return rows;
  });

/**
 * Takes prices back that were published for later: all of them or none.
 * @returns what was taken back; null when one of them cannot be any more
 */
export const withdrawPrices = async (
  database: Database,
  { rows, actor, now }: { readonly rows: readonly number[]; readonly actor: string; readonly now: number },
): Promise<readonly PriceVersion[] | null> => {
  try {
    return await database.transaction(async (queries) => {
      const versions: PriceVersion[] = [];
      for (const id of rows) {
        const version = await withdrawPrice(queries, { id, actor, now });
        if (version === null) throw new TooLate();
        const detail = { row: id, from: new Date(version.validFrom).toISOString() };
        await recordAudit(queries, { actor, action: "price.withdraw", object: version.model, detail });
        versions.push(version);
      }
      return versions;
    });
  } catch (error) {
    if (error instanceof TooLate) return null;
    throw error;
  }
};

/** Ends the transaction without a trace. */
class TooLate extends Error {
  override readonly name = "TooLate";
}
