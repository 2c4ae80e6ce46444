/** `retain`: gives up the rows of requests that are older than so many months; what they add up to stays in the books. */
import { parseArgs } from "node:util";

import { LEAST_MONTHS, MOST_MONTHS, lastRetirable, periodStart } from "../ledger/retention.ts";
import { PeriodInUse, retireRequests, type Retired } from "../ledger/retention-store.ts";
import { ACTOR } from "./arguments.ts";
import { CommandError, UsageError, type Command } from "./command.ts";

const readMonths = (text: string | undefined): number => {
  const months = Number(text);
  if (text !== undefined && Number.isSafeInteger(months) && months >= LEAST_MONTHS && months <= MOST_MONTHS)
    return months;
  throw new UsageError(`--months must be a whole number from ${LEAST_MONTHS} to ${MOST_MONTHS}`);
};

const dateOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

export const retainCommand: Command = {
  name: "retain",
  summary: "Give up the rows of requests older than so many months; balances and sums stay.",
  usage: "retain --months N",
  run: async (args, { db }) => {
    const { values } = parseArgs({ args, options: { months: { type: "string" } } });
    const now = Date.now();
    const last = lastRetirable(now, readMonths(values.months));
    const before = dateOf(periodStart(last + 1));
    let retired: readonly Retired[];
    try {
      retired = await retireRequests(db, { last, now, actor: ACTOR });
    } catch (error) {
      if (!(error instanceof PeriodInUse)) throw error;
      throw new CommandError("Somebody is reading the old requests, such as an audit; try again later.", {
        cause: error,
      });
    }
    const requests = retired.reduce((sum, each) => sum + each.requests, 0);
    return {
      json: {
        before,
        requests,
        weeks: retired.map((each) => ({ from: dateOf(periodStart(each.period)), requests: each.requests })),
      },
      text: `${requests} requests of ${retired.length} weeks before ${before} were carried forward and are gone.`,
      exitCode: 0,
    };
  },
};
