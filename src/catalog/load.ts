/** Reads the catalogue's files, once, at start. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { catalogEntry, describeIssue, type CatalogEntry } from "./entry.ts";

/** The catalogue that comes with the code. */
export const CATALOG_DIR = path.join(import.meta.dirname, "..", "..", "catalog", "models");

/** Thrown with every problem found, one line each, naming file and field. */
export class CatalogError extends Error {
  override readonly name = "CatalogError";
}

/** All models of the catalogue, in the order of provider and file name. */
export type Catalog = ReadonlyMap<string, CatalogEntry>;

const readEntry = (file: string): { entry?: CatalogEntry; problems: readonly string[] } => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return { problems: [error instanceof SyntaxError ? "is not valid JSON" : "cannot be read"] };
  }
  const parsed = catalogEntry.safeParse(json);
  if (!parsed.success) return { problems: parsed.error.issues.map(describeIssue) };
  return { entry: parsed.data, problems: [] };
};

/** A file's place must tell its model: `<provider>/<id>.json`, and for ids with a slash `<last segment>.json` in the first's folder. */
const misplaced = (entry: CatalogEntry, folder: string, name: string): string | null => {
  if (entry.provider !== folder) return `provider: must be '${folder}', the name of the folder`;
  if (entry.id !== name && entry.id !== `${folder}/${name}`) return `id: must be '${name}', the name of the file`;
  return null;
};

/** Names are global: an id or alias means one model. */
const clashes = (entries: Iterable<CatalogEntry>): string[] => {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const entry of entries)
    for (const name of [entry.id, ...entry.aliases]) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, entry.id);
      else problems.push(`${entry.provider}/${entry.id}: the name '${name}' already belongs to '${owner}'`);
    }
  return problems;
};

/**
 * Reads and checks every file of a catalogue folder.
 * @throws CatalogError naming each file and field at fault.
 */
export const loadCatalog = (dir: string = CATALOG_DIR): Catalog => {
  const problems: string[] = [];
  const catalog = new Map<string, CatalogEntry>();
  const folders = readdirSync(dir, { withFileTypes: true }).filter((item) => item.isDirectory());
  for (const folder of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = readdirSync(path.join(dir, folder.name)).filter((file) => file.endsWith(".json"));
    for (const file of files.sort()) {
      const where = `${folder.name}/${file}`;
      const { entry, problems: found } = readEntry(path.join(dir, folder.name, file));
      problems.push(...found.map((problem) => `${where}: ${problem}`));
      if (entry === undefined) continue;
      const place = misplaced(entry, folder.name, file.slice(0, -".json".length));
      if (place !== null) problems.push(`${where}: ${place}`);
      if (catalog.has(entry.id)) problems.push(`${where}: the id '${entry.id}' is used twice`);
      catalog.set(entry.id, entry);
    }
  }
  problems.push(...clashes(catalog.values()));
  if (problems.length > 0) throw new CatalogError(problems.join("\n"));
  return catalog;
};
