/**
 * Tells customers of a task's end at the address that they gave with it. Signed with what only the two of us know: the SHA-256 of the
 * key that began the task. Repeated a few times, then given up: the task itself can always be asked for.
 */
import { createHmac } from "node:crypto";

import type { TaskServices } from "./services.ts";
import type { Task } from "./task.ts";
import { WRITERS } from "./write.ts";

/** Webhooks that are sent at a time. */
const BATCH = 16;
/** For how long one that is being sent is left alone, milliseconds. */
const CLAIM_MS = 60_000;
/** Pauses before it is tried again, milliseconds; then no more. */
const PAUSES_MS = [10_000, 60_000, 600_000, 3_600_000] as const;

/** The header of a body: when it was signed (Unix seconds), and the HMAC-SHA-256 of that time, a full stop and the body. */
export const signature = (keyHash: Buffer, body: string, now: number): string => {
  const at = Math.floor(now / 1_000);
  const mac = createHmac("sha256", keyHash.toString("hex")).update(`${at}.${body}`).digest("hex");
  return `t=${at},v1=${mac}`;
};

const tell = async (services: TaskServices, task: Task, base: string): Promise<boolean> => {
  const now = services.epochMs();
  const { unit } = services.installation().storefront;
  const body = JSON.stringify(WRITERS[task.format](task, { base, unit, now }));
  const signed = signature(await services.store.keyHash(task.keyId), body, now);
  try {
    const status = await services.streams.post(task.webhook ?? "", body, { "x-farthing-signature": signed });
    return status >= 200 && status < 300;
  } catch {
    return false;
  }
};

/** Tells those who are due. @param base where customers reach the gateway @throws the database's error */
export const tellCustomers = async (services: TaskServices, base: string): Promise<void> => {
  const now = services.epochMs();
  const due = await services.store.claimWebhooks(now, BATCH, now + CLAIM_MS);
  await Promise.all(
    due.map(async (task) => {
      const isTold = await tell(services, task, base);
      const pauseMs = PAUSES_MS[task.webhookTries - 1];
      await services.store.webhookDue(task.requestId, isTold || pauseMs === undefined ? null : now + pauseMs);
    }),
  );
};
