/** `audit` and `reprice`: every balance and every charge derived again, and where the books disagree. */
import { parseArgs } from "node:util";

import { audit, freezeDisagreeing } from "../ledger/audit-store.ts";
import { horizonOf } from "../ledger/retention-store.ts";
import { reprice } from "../ledger/reprice-store.ts";
import { formatNano } from "../money.ts";
import { ACTOR } from "./arguments.ts";
import { UsageError, type Command } from "./command.ts";

const SHOWN = 50;

export const auditCommand: Command = {
  name: "audit",
  summary: "Re-derive every balance and charge; exit code 1 if the books disagree.",
  usage: "audit [--freeze]",
  run: async (args, { db }) => {
    const { values } = parseArgs({ args, options: { freeze: { type: "boolean" } } });
    const { accounts, transfers, requests, log, disagreements } = await audit(db);
    const frozen = values.freeze === true ? await freezeDisagreeing(db, disagreements, ACTOR) : [];
    const ok = disagreements.length === 0;
    const horizon = moment(await horizonOf(db));
    const size = `${accounts} accounts, ${transfers} transfers, ${requests} requests${horizon === null ? "" : ` since ${horizon}, sums of those before`}`;
    const lines = disagreements.slice(0, SHOWN).map(({ check, object, detail }) => `  ${object}: ${check}: ${detail}`);
    if (disagreements.length > SHOWN) lines.push(`  … and ${disagreements.length - SHOWN} more (all with --json)`);
    if (frozen.length > 0) lines.push(`Frozen: ${frozen.join(", ")}.`);
    const chain = `Audit log: ${log.rows} rows chained, ${log.waiting} waiting; last ${log.head}.`;
    const found = disagreements.map(({ check, object, detail }) => ({ check, object, detail }));
    return {
      json: { ok, accounts, transfers, requests, horizon, log: { ...log }, frozen, disagreements: found },
      text: [ok ? `The books agree: ${size}.` : `The books DISAGREE: ${size}.`, ...lines, chain].join("\n"),
      exitCode: ok ? 0 : 1,
    };
  },
};

/** A date or a moment as milliseconds since the Unix epoch. @throws UsageError */
const readSince = (text: string | undefined): number => {
  const since = text === undefined ? 0 : Date.parse(text);
  if (Number.isSafeInteger(since) && since >= 0) return since;
  throw new UsageError("--since must be a date such as 2030-01-31");
};

const moment = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();

export const repriceCommand: Command = {
  name: "reprice",
  summary: "Recompute every charge from its usage and price; exit code 1 if one differs.",
  usage: "reprice [--since DATE]",
  run: async (args, { db }) => {
    const { values } = parseArgs({ args, options: { since: { type: "string" } } });
    const { requests, from, to, differences } = await reprice(db, readSince(values.since));
    const ok = differences.length === 0;
    const horizon = from === null ? "none stored" : `from ${moment(from) ?? ""} to ${moment(to) ?? ""}`;
    const lines = differences.slice(0, SHOWN).map(({ requestId, detail }) => `  ${requestId}: ${detail}`);
    if (differences.length > SHOWN) lines.push(`  … and ${differences.length - SHOWN} more (all with --json)`);
    return {
      json: {
        ok,
        requests,
        from: moment(from),
        to: moment(to),
        differences: differences.map(({ requestId, posted, recomputed, detail }) => ({
          id: requestId,
          posted: formatNano(posted),
          recomputed: recomputed === null ? null : formatNano(recomputed),
          detail,
        })),
      },
      text: [`${requests} requests, ${horizon}: ${differences.length} differences.`, ...lines].join("\n"),
      exitCode: ok ? 0 : 1,
    };
  },
};
