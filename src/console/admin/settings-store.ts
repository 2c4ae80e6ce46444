/** Reads the storefront's row, with what the configuration file last said of it. */
import type { Queries } from "../../db/connect.ts";
import { ONLY } from "../../settings/setting.ts";
import { readObjects, type StoredRow } from "../../settings/store.ts";

/** Undefined where neither file nor console ever said anything. */
export const storefrontRow = async (queries: Queries): Promise<StoredRow | undefined> =>
  (await readObjects(queries)).find(({ kind, id }) => kind === "storefront" && id === ONLY);
