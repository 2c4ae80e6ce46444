/** What is looked after beside serving, once per gateway: the books, the audit log, the budgets' periods. */
import { databaseFile } from "./config.ts";
import { chainAudit } from "./db/audit-log.ts";
import { renewBudgets } from "./keys/budget-store.ts";
import { AuditRounds, ROUND_MS } from "./ledger/audit-round.ts";
import { freezeDisagreeing } from "./ledger/audit-store.ts";
import { thawCollected } from "./ledger/pending-store.ts";
import type { Ground } from "./world.ts";

/** Who froze an account whose books disagree, in the audit log. */
const ACTOR = "audit";

/** Begins, and ends with the gateway. @param roundMs between two looks at the books */
export const startUpkeep = ({ config, database, log, closers }: Ground, roundMs: number = ROUND_MS): void => {
  const rounds = new AuditRounds({
    place: { postgres: config.postgres, file: databaseFile(config) },
    roundMs,
    prepare: async () => {
      while ((await database.transaction((queries) => chainAudit(queries))) > 0);
    },
    found: async (disagreements) => {
      const frozen = await freezeDisagreeing(database, disagreements, ACTOR);
      for (const { check, object } of disagreements) log.event("error", "books", { check, object });
      for (const account of frozen) log.event("error", "books", { frozen: account });
    },
    failed: (error) => {
      log.fault(error, { requestId: "", route: "audit" });
    },
  });
  closers.add(() => rounds.stop());
  watchTurns({ database, log, closers });
};

/** How often ended periods of budgets are looked for, and accounts whose pending debits are collected. */
const LOOK_MS = 1_000;

const watchTurns = ({ database, log, closers }: Pick<Ground, "database" | "log" | "closers">): void => {
  let running: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    try {
      while ((await renewBudgets(database)) > 0);
      while ((await thawCollected(database)) > 0);
    } catch (error) {
      log.fault(error, { requestId: "", route: "upkeep" });
    }
  };
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = null;
    });
  }, LOOK_MS);
  timer.unref();
  closers.add(async () => {
    clearInterval(timer);
    await running;
  });
};
