/** `quote FILE`: what the request in a file would cost, before it is made; nothing is called, held or written. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";

import { loadCatalog } from "../catalog/load.ts";
import { priceLists, priceName } from "../catalog/prices.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { GatewayError } from "../errors.ts";
import { quoteJson } from "../gateway/quote.ts";
import { quoted, readQuoted, type Quotable } from "../gateway/quote-routes.ts";
import type { KeyRecord } from "../keys/key.ts";
import { pricesInForce } from "../ledger/price-store.ts";
import type { PriceRow } from "../price.ts";
import { loadSecret } from "../secret.ts";
import { buildInstallation } from "../settings/build.ts";
import type { Installation } from "../settings/installation.ts";
import { surveyInstallation } from "../settings/load.ts";
import { onlyOne } from "./arguments.ts";
import { CommandError, type Command, type Printable } from "./command.ts";

/** Stands for the sandbox, which only a server runs: nothing is called here. */
const NO_SANDBOX = { baseUrl: "http://127.0.0.1:1", apiKey: "none" };

/** The installation as a server would have it, with prices that are not published yet under the id 0. */
const readInstallation = async (db: Database, config: Config): Promise<Installation> => {
  const { env, production } = config;
  const sandbox = production ? null : NO_SANDBOX;
  const order = { box: loadSecret(config), catalog: loadCatalog(), env, production, sandbox };
  const { assembly, offered } = await surveyInstallation(db, order);
  const rows = new Map<string, PriceRow>(await pricesInForce(db.kysely, Date.now()));
  for (const { model } of offered.offers)
    for (const { when, list } of priceLists(model)) {
      const name = priceName(model, when);
      if (!rows.has(name)) rows.set(name, { id: 0, ...list });
    }
  return buildInstallation(assembly, offered, rows);
};

/** A key without limits, on a plan. */
const keyOn = (planId: string | null): KeyRecord => ({
  id: 0,
  publicId: "key_none",
  name: "quote",
  status: "active",
  expiresAt: null,
  rpm: null,
  tpm: null,
  concurrency: null,
  models: null,
  budget: null,
  accountId: 0,
  accountFrozen: false,
  planId,
});

const readBody = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(path.resolve(file));
  } catch {
    throw new CommandError(`The file ${file} cannot be read.`);
  }
};

const toText = (quote: Readonly<Record<string, unknown>>): string => {
  const [unit, model, most] = [String(quote["currency"]), String(quote["model"]), String(quote["max"])];
  return [
    `${model}: expected ${String(quote["expected"])} ${unit}`,
    `  least     ${String(quote["min"])}`,
    `  most      ${most}`,
    `  held      ${String(quote["hold"])}`,
  ].join("\n");
};

export const quoteCommand: Command = {
  name: "quote",
  summary: "Show what the request in a file would cost: least, expected and most.",
  usage: "quote FILE [--plan PLAN] [--protocol NAME] [--model MODEL] [--max-cost AMOUNT]",
  run: async (args, { db, config }) => {
    const text = { type: "string" } as const;
    const options = { plan: text, protocol: text, model: text, "max-cost": text };
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const installation = await readInstallation(db, config);
    const { plan = null, protocol, model, "max-cost": most } = values;
    if (plan !== null && !installation.plans.has(plan)) throw new CommandError(`There is no plan '${plan}'.`);
    const quotable: Quotable = {
      body: await readBody(onlyOne(positionals, "file")),
      headers: most === undefined ? {} : { "x-farthing-max-cost": most },
      query: new URLSearchParams({
        ...(protocol === undefined ? {} : { protocol }),
        ...(model === undefined ? {} : { model }),
      }),
      installation,
    };
    try {
      const planned = quoted(quotable, readQuoted(quotable), keyOn(plan), () => ({ random: () => 0 }));
      const quote = quoteJson(planned);
      return { json: quote as Printable, text: toText(quote), exitCode: 0 };
    } catch (error) {
      throw error instanceof GatewayError ? new CommandError(error.message) : error;
    }
  },
};
