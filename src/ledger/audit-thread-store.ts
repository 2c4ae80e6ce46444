/** The thread that reads for the audit of a running server (audit-round.ts). */
import { parentPort, workerData } from "node:worker_threads";

import type { Database } from "../db/connect.ts";
import { openDatabase } from "../db/open.ts";
import type { AuditAnswer, AuditPlace, AuditQuestion } from "./audit-round.ts";
import { audit, RecentAudit } from "./audit-store.ts";

const place = workerData as AuditPlace;
const recent = new RecentAudit();
let database: Database | undefined;

const answer = async ({ full }: AuditQuestion): Promise<AuditAnswer> => {
  try {
    database ??= await openDatabase(place);
    return { disagreements: full ? (await audit(database)).disagreements : await recent.run(database) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
};

parentPort?.on("message", (question: AuditQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  void answer(question).then((result) => parentPort?.postMessage(result));
});
