/** `audit`: derives every balance and every charge again, and says where the books disagree. */
import { parseArgs } from "node:util";

import { audit } from "../ledger/audit-store.ts";
import type { Command } from "./command.ts";

const SHOWN = 50;

export const auditCommand: Command = {
  name: "audit",
  summary: "Re-derive every balance and charge; exit code 1 if the books disagree.",
  usage: "audit",
  run: async (args, { db }) => {
    parseArgs({ args, options: {} });
    const { accounts, transfers, requests, disagreements } = audit(db);
    const ok = disagreements.length === 0;
    const size = `${accounts} accounts, ${transfers} transfers, ${requests} requests`;
    const lines = disagreements.slice(0, SHOWN).map(({ check, object, detail }) => `  ${object}: ${check}: ${detail}`);
    if (disagreements.length > SHOWN) lines.push(`  … and ${disagreements.length - SHOWN} more (all with --json)`);
    return {
      json: { ok, accounts, transfers, requests, disagreements: disagreements.map((each) => ({ ...each })) },
      text: ok ? `The books agree: ${size}.` : [`The books DISAGREE: ${size}.`, ...lines].join("\n"),
      exitCode: ok ? 0 : 1,
    };
  },
};
