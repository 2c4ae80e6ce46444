/** `explain`: one charge, line by line. */
import { parseArgs } from "node:util";

import { findCharge } from "../gateway/charge-store.ts";
import { formatNano } from "../money.ts";
import { costOf, explanationText, noteOf, refundedOf, type Explanation } from "../usage/explain.ts";
import { onlyOne } from "./arguments.ts";
import { CommandError, type Command, type Printable } from "./command.ts";

const toJson = (explanation: Explanation): Printable => {
  const { record, units, tier, scale, price, refunds } = explanation;
  const cost = costOf(explanation);
  return {
    id: record.requestId,
    startedAt: new Date(record.startedAt).toISOString(),
    model: record.model,
    protocol: record.protocol,
    stream: record.stream,
    status: record.status,
    outcome: record.outcome,
    note: noteOf(explanation),
    usageSource: record.source,
    usageInvalid: record.usageInvalid,
    usage: { ...record.usage },
    lines: units.map(({ unit, count, rate }) => ({ unit, count, pricePerMillion: formatNano(rate) })),
    tierAbove: tier,
    priceRow: record.priceId,
    priceSince: price === null ? null : new Date(price.validFrom).toISOString(),
    plan: record.planId,
    multiplier: `${record.multiplier.num}/${record.multiplier.den}`,
    roundedToDecimals: scale,
    exact: formatNano(record.exact),
    held: formatNano(record.hold),
    charged: formatNano(record.posted),
    absorbed: formatNano(record.absorbed),
    refunds: refunds.map(({ amount, reason, at }) => ({
      amount: formatNano(amount),
      reason,
      at: new Date(at).toISOString(),
    })),
    cost: formatNano(cost),
    margin: formatNano(record.posted - refundedOf(explanation) - cost),
    attempts: record.attempts.map(({ cost: own, costs: _none, ...attempt }) => ({
      ...attempt,
      ...(own === undefined ? {} : { cost: formatNano(own) }),
    })),
  };
};

export const explainCommand: Command = {
  name: "explain",
  summary: "Show how one request's charge came about.",
  usage: "explain REQUEST_ID",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const requestId = onlyOne(positionals, "request id");
    const explanation = await findCharge(db, requestId);
    if (explanation === undefined)
      throw new CommandError(
        `There is no finished request ${requestId}. Its id is in the reply's x-request-id header.`,
      );
    return { json: toJson(explanation), text: explanationText(explanation), exitCode: 0 };
  },
};
