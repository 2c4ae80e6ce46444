/** Builds the installation from the catalogue, the database and the environment, and publishes the price rows that it needs. */
import type { CatalogEntry } from "../catalog/entry.ts";
import type { Database } from "../db/connect.ts";
import type { SecretBox } from "../secret.ts";
import { credentialPlace } from "./apply.ts";
import { assemble, type Assembly, type SandboxAddress } from "./assemble.ts";
import { buildInstallation, offersOf, type Offers } from "./build.ts";
import type { Installation } from "./installation.ts";
import { publishModels } from "./publish.ts";
import { readObjects } from "./store.ts";
import type { Environment } from "./variables.ts";

export interface LoadOrder {
  readonly box: SecretBox;
  readonly catalog: ReadonlyMap<string, CatalogEntry>;
  readonly env: Environment;
  readonly production: boolean;
  /** Where the sandbox listens; null when none runs. */
  readonly sandbox: SandboxAddress | null;
}

/** What is configured and what could be sold; writes nothing. */
export const surveyInstallation = async (
  db: Database,
  order: LoadOrder,
): Promise<{ assembly: Assembly; offered: Offers }> => {
  const { box, catalog, env, production, sandbox } = order;
  const objects = await readObjects(db.kysely);
  const openKey = (id: string, sealed: string): string => box.open("upstream-credential", credentialPlace(id), sealed);
  const assembly = assemble({ catalog, objects, openKey, env, production, sandbox });
  return { assembly, offered: offersOf(assembly, production) };
};

/**
 * The installation as it is now. Call again whenever the database's data version moves; prices that have not changed are not
 * written again, so that loading twice writes nothing.
 */
export const loadInstallation = async (db: Database, order: LoadOrder): Promise<Installation> => {
  const { assembly, offered } = await surveyInstallation(db, order);
  const rows = await publishModels(
    db,
    offered.offers.map((offer) => offer.model),
  );
  return buildInstallation(assembly, offered, rows);
};
