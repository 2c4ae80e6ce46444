/**
 * Changes one configured object by hand: the same rows as the configuration file writes, checked by the same rules, in one transaction
 * with its row of the audit log. What the file last said of the object is left alone, so that applying the file again keeps the change
 * until the file itself says something new (merge.ts).
 */
import { isDeepStrictEqual } from "node:util";

import type { z } from "zod";

import { toModel, type CatalogEntry } from "../catalog/entry.ts";
import { priceLists, priceName } from "../catalog/prices.ts";
import type { Database, Queries } from "../db/connect.ts";
import { pricesInForce, type PriceList } from "../ledger/price-store.ts";
import type { Price } from "../money.ts";
import { findProvider, PROVIDER_IDS } from "../providers/index.ts";
import type { SecretBox } from "../secret.ts";
import { UNITS } from "../unit.ts";
import { credentialPlace } from "./apply.ts";
import { configuredProblems, entryOf } from "./assemble.ts";
import type { ChangeKind } from "./merge.ts";
import { SANDBOX_UPSTREAM, SHAPES, type ObjectKind } from "./setting.ts";
import { readObjects, recordApply, writeObject, type StoredRow } from "./store.ts";
import type { Fields, Value } from "./variables.ts";

export interface Edit {
  readonly kind: ObjectKind;
  /** `default` (ONLY) for what exists once. */
  readonly id: string;
  /** Fields in the words of the configuration file; null takes a field away, what is not named stays. A credential is not sealed yet. */
  readonly fields: Fields;
  /** Switches the object on or off; absent: as it was, and on when it is new. */
  readonly enabled?: boolean | undefined;
  /**
   * Of a model: prices in force may not be changed by this edit, only by a draft, which is replayed first (decision 0048). What has no
   * price yet, such as a new variant or a unit that it could not emit before, may get one.
   */
  readonly keepsPrices?: true;
  /** `new`: there must be none yet. `known`: there must be one. */
  readonly must: "new" | "known" | "any";
  /** For the audit log: `user:…`. */
  readonly actor: string;
}

export interface EditGround {
  readonly box: SecretBox;
  readonly catalog: ReadonlyMap<string, CatalogEntry>;
}

/** Why an edit was not done; nothing was changed. Messages are fit to be shown and repeat no value of a credential. */
export class EditRefused extends Error {
  override readonly name = "EditRefused";
  readonly why: "exists" | "missing" | "invalid";
  /** By the path of the field; empty unless invalid. */
  readonly fields: Readonly<Record<string, string>>;
  constructor(why: EditRefused["why"], fields: Readonly<Record<string, string>> = {}) {
    super(`the edit was refused: ${why}`);
    this.why = why;
    this.fields = fields;
  }
}

const CREDENTIAL = "apiKey";

const pathOf = (issue: z.core.$ZodIssue): string => issue.path.map(String).join(".");

const issuesOf = (issues: readonly z.core.$ZodIssue[]): Record<string, string> =>
  Object.fromEntries(
    issues.flatMap((issue): [string, string][] =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [key, "is not a field of this object"])
        : [[pathOf(issue), issue.message]],
    ),
  );

/** Problems of a model come as texts that begin with their path: `routes[0].upstream` is `routes.0.upstream` in a form. */
const splitProblem = (text: string): [string, string] => {
  const at = text.indexOf(": ");
  if (at < 0) return ["model", text];
  return [text.slice(0, at).replaceAll("[", ".").replaceAll("]", ""), text.slice(at + 2)];
};

/** The shape of each kind without what is stored in another form than it is written. */
const READERS = {
  storefront: (fields) => SHAPES.storefront.safeParse(fields),
  sandbox: (fields) => SHAPES.sandbox.safeParse(fields),
  upstream: (fields, id) => SHAPES.upstream.safeParse({ ...fields, id }),
  model: (fields, id) => SHAPES.model.safeParse({ ...fields, id }),
  plan: (fields, id) => SHAPES.plan.safeParse({ ...fields, id }),
} as const satisfies Record<
  ObjectKind,
  (fields: Fields, id: string) => { success: true } | { success: false; error: z.ZodError }
>;

const upstreamProblems = (row: StoredRow): Record<string, string> => {
  const id = row.data["provider"];
  const provider = typeof id === "string" ? findProvider(id) : undefined;
  if (provider === undefined) return {};
  return {
    ...(provider.baseUrl === null && row.data["baseUrl"] === undefined
      ? { baseUrl: "is required: this provider has no address of its own" }
      : {}),
    ...(provider.baseUrl !== null && row.data[CREDENTIAL] === undefined
      ? { apiKey: "is required: this provider asks for one" }
      : {}),
  };
};

const planProblems = ({ data }: StoredRow): Record<string, string> =>
  (data["price"] === undefined) === (data["once"] === undefined)
    ? {}
    : { once: "must be true together with a price; repeated payments are not supported" };

const modelProblems = (row: StoredRow, rows: readonly StoredRow[], ground: EditGround): Record<string, string> => {
  const upstreams = new Set<string>([SANDBOX_UPSTREAM, ...PROVIDER_IDS]);
  for (const { kind, id } of rows) if (kind === "upstream") upstreams.add(id);
  return Object.fromEntries(configuredProblems(row, ground.catalog.get(row.id), upstreams).map(splitProblem));
};

const PUBLISHED =
  "is in force already: change it by a draft under Prices, which shows what it changes before it is published";

/** True where nobody pays another price by the second list: it says the same of each unit that the first one has. */
const keeps = (was: Price, is: Price): boolean =>
  UNITS.every((unit) => was[unit] === undefined || was[unit] === is[unit]);

const keepsList = (was: PriceList, is: PriceList): boolean =>
  keeps(was.base, is.base) &&
  isDeepStrictEqual(was.rounding, is.rounding) &&
  was.tiers.length === is.tiers.length &&
  was.tiers.every(({ above, price }, at) => above === is.tiers[at]?.above && keeps(price, is.tiers[at].price));

/** Lists of a model that are in force and that an edit would change, by the field that says so. */
const priceProblems = async (
  queries: Queries,
  { catalog }: EditGround,
  before: StoredRow | undefined,
  after: StoredRow,
): Promise<Record<string, string>> => {
  const known = catalog.get(after.id);
  const [was, is] = [entryOf(before?.enabled === true ? before : undefined, known), entryOf(after, known)];
  if (was === null || is === null) return {};
  const old = new Map(priceLists(toModel(was, 0)).map(({ when, list }) => [priceName(is, when), list]));
  const changed = priceLists(toModel(is, 0))
    .map(({ when, list }) => ({ name: priceName(is, when), list }))
    .filter(({ name, list }) => !isDeepStrictEqual(old.get(name), list));
  if (changed.length === 0) return {};
  const inForce = await pricesInForce(queries, after.updatedAt);
  const isKept = changed.every(({ name, list }) => {
    const row = inForce.get(name);
    return row === undefined || keepsList(row, list);
  });
  if (isKept) return {};
  const fields = (["prices", "tiers", "rounding", "rates"] as const).filter(
    (field) => !isDeepStrictEqual(was[field], is[field]),
  );
  // Another kind of model inherits other prices.
  return Object.fromEntries((fields.length === 0 ? ["kind"] : fields).map((field) => [field, PUBLISHED]));
};

/** What is wrong with an object as it would be stored, by field. */
const problemsOf = (
  row: StoredRow,
  given: Fields,
  { rows, ground }: { readonly rows: readonly StoredRow[]; readonly ground: EditGround },
): Record<string, string> => {
  // A sealed credential is judged as it was given; one that stays was judged before.
  const { [CREDENTIAL]: _sealed, ...open } = row.data;
  const credential = row.kind === "upstream" ? given[CREDENTIAL] : undefined;
  const fields = typeof credential === "string" ? { ...open, [CREDENTIAL]: credential } : open;
  const read = READERS[row.kind](row.kind === "upstream" ? fields : row.data, row.id);
  if (!read.success) return issuesOf(read.error.issues);
  if (row.kind === "upstream") return upstreamProblems(row);
  if (row.kind === "plan") return planProblems(row);
  return row.kind === "model" ? modelProblems(row, rows, ground) : {};
};

/** The fields after an edit; a credential that was given is sealed. */
const edited = (before: Fields, { kind, id, fields }: Edit, box: SecretBox): Fields => {
  const merged = Object.entries({ ...before, ...fields }).filter(([, value]) => value !== null);
  return Object.fromEntries(
    merged.map(([name, value]): [string, Value] =>
      kind === "upstream" && name === CREDENTIAL && Object.hasOwn(fields, name) && typeof value === "string"
        ? [name, box.seal("upstream-credential", credentialPlace(id), value)]
        : [name, value],
    ),
  );
};

const changeOf = (before: StoredRow | undefined, after: StoredRow): ChangeKind => {
  if (before === undefined) return "created";
  if (before.enabled !== after.enabled) return after.enabled ? "enabled" : "disabled";
  return "updated";
};

const changedFields = (before: Fields, after: Fields): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  );

/** Only one plan is the default: the one that was so gives it up. */
const passDefault = async (
  queries: Queries,
  plan: StoredRow,
  { rows, actor }: { readonly rows: readonly StoredRow[]; readonly actor: string },
): Promise<void> => {
  if (plan.data["default"] !== true) return;
  for (const row of rows) {
    if (row.kind !== "plan" || row.id === plan.id || row.data["default"] !== true) continue;
    await writeObject(queries, { ...row, data: { ...row.data, default: false }, updatedAt: plan.updatedAt });
    await recordApply(queries, actor, [{ kind: "plan", id: row.id, change: "updated", fields: ["default"] }]);
  }
};

/**
 * Does an edit inside the caller's transaction.
 * @returns the object as it is now, and whether anything changed
 * @throws EditRefused
 */
export const editInto = async (
  queries: Queries,
  ground: EditGround,
  edit: Edit,
): Promise<{ readonly row: StoredRow; readonly changed: boolean }> => {
  const { kind, id, actor } = edit;
  const rows = await readObjects(queries);
  const before = rows.find((row) => row.kind === kind && row.id === id);
  if (before !== undefined && edit.must === "new") throw new EditRefused("exists");
  if (before === undefined && edit.must === "known") throw new EditRefused("missing");
  const row: StoredRow = {
    kind,
    id,
    data: edited(before?.data ?? {}, edit, ground.box),
    applied: before?.applied ?? { present: false, fields: {} },
    enabled: edit.enabled ?? before?.enabled ?? true,
    updatedAt: Date.now(),
  };
  const problems = problemsOf(row, edit.fields, { rows, ground });
  if (Object.keys(problems).length > 0) throw new EditRefused("invalid", problems);
  const dear = edit.keepsPrices === true ? await priceProblems(queries, ground, before, row) : {};
  if (Object.keys(dear).length > 0) throw new EditRefused("invalid", dear);
  const fields = changedFields(before?.data ?? {}, row.data);
  if (before !== undefined && fields.length === 0 && before.enabled === row.enabled)
    return { row: before, changed: false };
  await writeObject(queries, row);
  await recordApply(queries, actor, [{ kind, id, change: changeOf(before, row), fields }]);
  if (kind === "plan") await passDefault(queries, row, { rows, actor });
  return { row, changed: true };
};

/** Does an edit. @throws EditRefused; nothing is changed then */
export const editObject = (
  database: Database,
  ground: EditGround,
  edit: Edit,
): Promise<{ readonly row: StoredRow; readonly changed: boolean }> =>
  database.transaction((queries) => editInto(queries, ground, edit));
