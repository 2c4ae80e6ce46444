/** A database of its own for a test: a file in a folder that goes when the test is over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { openDatabase, type Database } from "./connect.ts";
import { migrate } from "./migrate.ts";

export interface Scratch {
  readonly folder: string;
  readonly file: string;
  /** Opens the file once more; closed with the rest. */
  open(options?: { readonly server?: boolean }): Database;
  remove(): void;
}

/** A folder with no database in it yet. */
export const scratchFolder = (): Scratch => {
  const folder = mkdtempSync(path.join(tmpdir(), "farthing-db-"));
  const file = path.join(folder, "farthing.db");
  const opened: Database[] = [];
  return {
    folder,
    file,
    open: ({ server = false } = {}) => {
      const database = openDatabase({ file, server });
      opened.push(database);
      return database;
    },
    remove: () => {
      for (const database of opened) database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A migrated database, opened as a server. */
export const scratchDatabase = async (): Promise<{ readonly scratch: Scratch; readonly database: Database }> => {
  const scratch = scratchFolder();
  const database = scratch.open({ server: true });
  await migrate(database);
  return { scratch, database };
};
