/**
 * Applies a configuration file to the database: three-way, in one transaction, with a row in the audit log. Applying the same file
 * twice changes nothing.
 */
import { isDeepStrictEqual } from "node:util";

import type { CatalogEntry } from "../catalog/entry.ts";
import { ConfigError } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { PROVIDER_IDS } from "../providers/index.ts";
import { newestPrices } from "../ledger/price-store.ts";
import type { SecretBox } from "../secret.ts";
import { assemble, configuredProblems, isSellable, type Assembly } from "./assemble.ts";
import { mergeObject, type Change, type Held, type Merged } from "./merge.ts";
import { OBJECT_KINDS, readSetting, SANDBOX_UPSTREAM, type FileObject } from "./setting.ts";
import { publishInto } from "./publish.ts";
import { readObjects, recordApply, writeObject, type StoredRow } from "./store.ts";
import type { Environment, Fields } from "./variables.ts";

export interface ApplyOrder {
  /** The file's text. */
  readonly text: string;
  readonly env: Environment;
  readonly catalog: ReadonlyMap<string, CatalogEntry>;
  /** Who applies it, for the audit log: `cli` or `start`. */
  readonly actor: string;
}

export interface ApplyResult {
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
}

/** The field of an upstream that is sealed. */
const CREDENTIAL = "apiKey";

/** Where a credential is sealed to. */
export const credentialPlace = (upstreamId: string): readonly string[] => ["upstream", upstreamId, CREDENTIAL];

/** Fingerprints and sealed values share a field while merging; this tells them apart. */
const fingerprintOf = (box: SecretBox, id: string, secret: string): string =>
  `fingerprint.${box.fingerprint(credentialPlace(id), secret)}`;

const credentialOf = (object: FileObject): string | null => {
  const value = object.kind === "upstream" ? object.fields[CREDENTIAL] : undefined;
  return typeof value === "string" ? value : null;
};

/** The file's fields with the credential as a fingerprint: what is compared and remembered. */
const comparable = (box: SecretBox, object: FileObject): Fields => {
  const secret = credentialOf(object);
  return secret === null ? object.fields : { ...object.fields, [CREDENTIAL]: fingerprintOf(box, object.id, secret) };
};

/** Seals the credential that the merge took from the file; one that the merge kept is sealed already. */
const sealed = (box: SecretBox, object: FileObject, held: Held): Held => {
  const secret = credentialOf(object);
  if (secret === null || held.data[CREDENTIAL] !== fingerprintOf(box, object.id, secret)) return held;
  const text = box.seal("upstream-credential", credentialPlace(object.id), secret);
  return { ...held, data: { ...held.data, [CREDENTIAL]: text } };
};

/** An upstream that waits for a variable is kept, disabled, without what it lacks; it counts as new once the variable is set. */
const waiting = (held: Held | null, object: FileObject): Merged | null => {
  if (held !== null) return mergeObject(held, null);
  const { [CREDENTIAL]: _secret, ...data } = object.fields;
  return {
    held: { data, applied: { present: false, fields: {} }, enabled: false },
    change: "created",
    fields: Object.keys(data),
  };
};

const mergeOne = (box: SecretBox, held: Held | null, object: FileObject | undefined): Merged | null => {
  if (object === undefined) return mergeObject(held, null);
  if (object.unset.length > 0) return waiting(held, object);
  const merged = mergeObject(held, comparable(box, object));
  return merged === null ? null : { ...merged, held: sealed(box, object, merged.held) };
};

interface Step {
  readonly row: StoredRow;
  readonly change: Change | null;
  readonly isWritten: boolean;
}

const keyOf = (object: { kind: string; id: string }): string => `${object.kind}/${object.id}`;

/** Every object of either side, merged, in the order of kinds and of the file. */
const mergeAll = (box: SecretBox, rows: readonly StoredRow[], file: readonly FileObject[], now: number): Step[] => {
  const held = new Map(rows.map((row) => [keyOf(row), row]));
  const named = new Map(file.map((object) => [keyOf(object), object]));
  const all = [...file, ...rows.filter((row) => !named.has(keyOf(row)))];
  const ordered = OBJECT_KINDS.flatMap((kind) => all.filter((object) => object.kind === kind));
  return ordered.flatMap(({ kind, id }): Step[] => {
    const before = held.get(keyOf({ kind, id })) ?? null;
    const merged = mergeOne(box, before, named.get(keyOf({ kind, id })));
    if (merged === null) return [];
    const isWritten =
      before === null || merged.change !== null || !isDeepStrictEqual(before.applied, merged.held.applied);
    const updatedAt = merged.change === null && before !== null ? before.updatedAt : now;
    const change = merged.change === null ? null : { kind, id, change: merged.change, fields: merged.fields };
    return [{ row: { kind, id, ...merged.held, updatedAt }, change, isWritten }];
  });
};

const unsetWarnings = (file: readonly FileObject[]): string[] =>
  file.flatMap((object) => {
    const variables = [...new Set(object.unset)];
    if (variables.length === 0) return [];
    const which =
      variables.length === 1 ? `the variable ${variables.join("")} is` : `the variables ${variables.join(", ")} are`;
    return [`upstream '${object.id}' is disabled: ${which} not set`];
  });

/** Models of the file that do not make sense with the catalogue and the upstreams there are. */
const modelProblems = (rows: readonly StoredRow[], file: readonly FileObject[], order: ApplyOrder): string[] => {
  const upstreams = new Set<string>([SANDBOX_UPSTREAM, ...PROVIDER_IDS]);
  for (const row of rows) if (row.kind === "upstream") upstreams.add(row.id);
  const mentioned = new Set(file.filter((object) => object.kind === "model").map((object) => object.id));
  return rows
    .filter((row) => row.kind === "model" && mentioned.has(row.id))
    .flatMap((row) =>
      configuredProblems(row, order.catalog.get(row.id), upstreams).map((problem) => `model '${row.id}': ${problem}`),
    );
};

const assembleRows = (rows: readonly StoredRow[], box: SecretBox, order: ApplyOrder): Assembly =>
  assemble({
    catalog: order.catalog,
    objects: rows,
    openKey: (id, text) => box.open("upstream-credential", credentialPlace(id), text),
    env: order.env,
    production: true,
    sandbox: null,
  });

/**
 * Applies a file.
 * @throws ConfigError naming every problem; nothing is changed then.
 */
export const applyFile = async (db: Database, box: SecretBox, order: ApplyOrder): Promise<ApplyResult> => {
  const file = readSetting(order.text, order.env);
  return await db.transaction(async (transaction) => {
    const steps = mergeAll(box, await readObjects(transaction), file, Date.now());
    const rows = steps.map((step) => step.row);
    const problems = modelProblems(rows, file, order);
    if (problems.length > 0) throw new ConfigError(problems.join("\n"));
    const changes = steps.flatMap((step) => step.change ?? []);
    for (const step of steps) if (step.isWritten) await writeObject(transaction, step.row);
    const assembly = assembleRows(rows, box, order);
    const configured = [...assembly.models.values()].filter(
      (model) => assembly.configured.has(model.id) && isSellable(model),
    );
    if (configured.length > 0) await publishInto(transaction, await newestPrices(transaction), configured);
    if (changes.length > 0) await recordApply(transaction, order.actor, changes);
    return { changes, warnings: [...unsetWarnings(file), ...assembly.warnings] };
  });
};
