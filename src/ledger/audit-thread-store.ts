/** The thread that reads for the audit of a running server (audit-round.ts). */
import { parentPort, workerData } from "node:worker_threads";

import type { Database } from "../db/connect.ts";
import { openDatabase } from "../db/open.ts";
import type { AuditAnswer, AuditPlace, AuditQuestion, AuditTold } from "./audit-round.ts";
import { audit, RecentAudit } from "./audit-store.ts";

const place = workerData as AuditPlace;
const recent = new RecentAudit();
let database: Database | undefined;

const send = (message: AuditAnswer | AuditTold): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
};

const answer = async ({ full, told = false }: AuditQuestion): Promise<AuditAnswer | AuditTold> => {
  try {
    database ??= await openDatabase(place);
    if (told)
      return {
        report: await audit(database, (done, of) => {
          send({ done, of });
        }),
      };
    return { disagreements: full ? (await audit(database)).disagreements : await recent.run(database) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
};

parentPort?.on("message", (question: AuditQuestion) => {
  void answer(question).then(send);
});
