/** What the primary is to one worker: its place at the books and at the limits, and what becomes of both when the worker has ended. */
import { randomBytes } from "node:crypto";

import type { Host } from "./crew.ts";
import type { LedgerDesk } from "./ledger-desk.ts";
import type { LimitsDesk } from "./limits-desk.ts";
import type { Briefing, News } from "./message.ts";

/** Pause before the leases of a dead worker are returned again, after a try that failed. */
const BURY_PAUSE_MS = 1_000;

export interface Hosting {
  /** Null where workers borrow from the database themselves. */
  readonly ledger: LedgerDesk | null;
  /** Null where somebody else counts. */
  readonly limits: LimitsDesk | null;
  readonly sandbox: Briefing["sandbox"];
  /** What a worker had borrowed could not be returned yet: it is tried again. */
  readonly failed: (error: unknown) => void;
}

/** A place for a worker that is about to be started. */
export const openHost = ({ ledger, limits, sandbox, failed }: Hosting): Host => {
  const tells: { recalled: (accountId: number) => void; decided: (news: News["decided"]) => void } = {
    recalled: () => undefined,
    decided: () => undefined,
  };
  const owner = ledger === null ? null : randomBytes(12).toString("hex");
  const books = ledger?.seat(owner ?? "", (accountId) => {
    tells.recalled(accountId);
  });
  const counted = limits?.seat((decisions) => {
    tells.decided(decisions);
  });
  return {
    answers: {
      enter: () => ({ sandbox, owner, limits: limits !== null }),
      ...(books === undefined
        ? {}
        : {
            commit: (order) => books.commit(order),
            inventory: (ids) => books.inventory(ids),
            recall: (accountId) => books.recall(accountId),
            leave: async () => {
              await books.leave();
              return null;
            },
          }),
    },
    attach: (link) => {
      tells.recalled = (accountId) => {
        link.tell("recalled", accountId);
      };
      tells.decided = (decisions) => {
        link.tell("decided", decisions);
      };
      link.on("limits", (news) => counted?.hear(news));
    },
    gone: async () => {
      counted?.end();
      await untilDone(failed, () => books?.end());
    },
  };
};

/** Money that a dead worker had borrowed stays borrowed until it is returned: that must happen some day. */
const untilDone = async (failed: (error: unknown) => void, step: () => Promise<void> | undefined): Promise<void> => {
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      failed(error);
      await new Promise((resolve) => setTimeout(resolve, BURY_PAUSE_MS));
    }
  }
};
