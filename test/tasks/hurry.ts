/** Time passes for tasks: providers are asked every fifteen seconds, and what a dead process had taken is due after as long. */
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { GatewayProcess } from "../client.ts";
import { isOnPostgres } from "../database.ts";

const DUE = "update task set due_at = 0 where finished_at is null";

/** Every open task of a gateway is due now, also when its process has ended. */
export const hurry = async (gateway: Pick<GatewayProcess, "dataDir" | "reader">): Promise<void> => {
  if (isOnPostgres()) {
    const reader = gateway.reader();
    reader.query(DUE);
    await reader.close();
    return;
  }
  const database = new DatabaseSync(path.join(gateway.dataDir, "farthing.db"), { timeout: 5_000 });
  database.exec(DUE);
  database.close();
};
