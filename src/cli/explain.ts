/** `explain`: one charge, line by line. */
import { parseArgs } from "node:util";

import { findPrice } from "../ledger/price-store.ts";
import { formatNano } from "../money.ts";
import { explain, explanationText, type Explanation } from "../usage/explain.ts";
import { findRequest } from "../usage/store.ts";
import { onlyOne } from "./arguments.ts";
import { CommandError, type Command, type Printable } from "./command.ts";

const toJson = ({ record, units, tier, scale }: Explanation): Printable => ({
  id: record.requestId,
  startedAt: new Date(record.startedAt).toISOString(),
  model: record.model,
  protocol: record.protocol,
  stream: record.stream,
  status: record.status,
  outcome: record.outcome,
  usageSource: record.source,
  usageInvalid: record.usageInvalid,
  usage: { ...record.usage },
  lines: units.map(({ unit, count, rate }) => ({ unit, count, pricePerMillion: formatNano(rate) })),
  tierAbove: tier,
  priceRow: record.priceId,
  plan: record.planId,
  multiplier: `${record.multiplier.num}/${record.multiplier.den}`,
  roundedToDecimals: scale,
  exact: formatNano(record.exact),
  held: formatNano(record.hold),
  charged: formatNano(record.posted),
  absorbed: formatNano(record.absorbed),
  attempts: record.attempts.map((attempt) => ({ ...attempt })),
});

export const explainCommand: Command = {
  name: "explain",
  summary: "Show how one request's charge came about.",
  usage: "explain REQUEST_ID",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const requestId = onlyOne(positionals, "request id");
    const record = await findRequest(db.kysely, requestId);
    if (record === undefined)
      throw new CommandError(
        `There is no finished request ${requestId}. Its id is in the reply's x-request-id header.`,
      );
    const price = record.priceId === null ? undefined : await findPrice(db.kysely, record.priceId);
    const explanation = explain(record, price?.row ?? null);
    return { json: toJson(explanation), text: explanationText(explanation), exitCode: 0 };
  },
};
