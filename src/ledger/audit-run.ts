/** One whole audit while somebody waits for it: in a thread of its own, telling how far it is, ended with whoever asked. */
import { on } from "node:events";
import { Worker } from "node:worker_threads";

import type { AuditPlace, AuditQuestion, AuditTold } from "./audit-round.ts";
import type { AuditReport } from "./audit-store.ts";

/** Longest run; a database that takes longer is audited from the command line, in a process of its own. */
export const MOST_RUN_MS = 10 * 60_000;

export type AuditStep = { readonly done: number; readonly of: number } | { readonly report: AuditReport };

/**
 * Audits everything. The last step has the report.
 * @param signal ends it @throws Error when it could not be done in time or at all; AbortError when it was ended
 */
export async function* runAudit(place: AuditPlace, signal: AbortSignal): AsyncGenerator<AuditStep> {
  const thread = new Worker(new URL("./audit-thread-store.ts", import.meta.url), { workerData: place });
  try {
    const ended = AbortSignal.any([signal, AbortSignal.timeout(MOST_RUN_MS)]);
    const messages = on(thread, "message", { signal: ended, close: ["exit"] }) as AsyncIterable<[AuditTold]>;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.postMessage({ full: true, told: true } satisfies AuditQuestion);
    for await (const [told] of messages) {
      if ("failure" in told) throw new Error(told.failure);
      yield told;
      if ("report" in told) return;
    }
    throw new Error("the audit's thread has ended before it was done");
  } finally {
    await thread.terminate();
  }
}
