/** `price publish` and `price list`: the versions of a model's prices. A price is never changed; a new one begins at a moment. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";

import { parse } from "yaml";

import { loadCatalog } from "../catalog/load.ts";
import { unpricedUnits, type Model } from "../catalog/model.ts";
import { priceLists, priceName } from "../catalog/prices.ts";
import type { Config } from "../config.ts";
import { recordAudit } from "../db/audit-log.ts";
import type { Database } from "../db/connect.ts";
import { priceHistory, schedulePrice } from "../ledger/price-store.ts";
import { formatNano, type Price } from "../money.ts";
import { assemble, type StoredObject } from "../settings/assemble.ts";
import { readObjects } from "../settings/store.ts";
import type { Fields } from "../settings/variables.ts";
import { ACTOR, onlyOne } from "./arguments.ts";
import { CommandError, UsageError, type Command } from "./command.ts";

/** What of a model a price file may say, in the words of the configuration file. */
const FIELDS = ["prices", "tiers", "rates", "rounding"];

const readPrices = async (file: string): Promise<Fields> => {
  let value: unknown;
  try {
    value = parse(await readFile(path.resolve(file), "utf8"), { maxAliasCount: 0 });
  } catch {
    throw new CommandError(`The file ${file} cannot be read as YAML or JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || !("prices" in value || "rates" in value))
    throw new CommandError(`The file ${file} must hold \`prices:\` or \`rates:\`.`);
  const unknown = Object.keys(value).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) throw new CommandError(`The file may hold ${FIELDS.join(", ")}; not ${unknown.join(", ")}.`);
  return value as Fields;
};

/** The model as configured, with these prices instead of its own. @throws CommandError */
const modelWith = async (db: Database, config: Config, id: string, prices: Fields | null): Promise<Model> => {
  const objects = await readObjects(db.kysely);
  const own = objects.find((object) => object.kind === "model" && object.id === id);
  const changed: StoredObject = {
    kind: "model",
    id,
    enabled: true,
    updatedAt: own?.updatedAt ?? Date.now(),
    data: { ...own?.data, ...prices },
  };
  const assembly = assemble({
    catalog: loadCatalog(),
    objects: prices === null ? objects : [...objects.filter((object) => object !== own), changed],
    openKey: () => "",
    env: config.env,
    production: config.production,
    sandbox: null,
  });
  const model = assembly.models.get(id);
  if (model !== undefined) return model;
  const why = assembly.warnings.find((warning) => warning.startsWith(`model '${id}'`));
  throw new CommandError(why ?? `There is no model '${id}'.`);
};

const pricePublish: Command = {
  name: "price publish",
  summary: "Publish a model's prices from a file, from now on or from a moment to come.",
  usage: "price publish MODEL FILE [--from DATE]",
  run: async (args, { db, config }) => {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { from: { type: "string" } } });
    const [id, file, ...others] = positionals;
    if (id === undefined || file === undefined || others.length > 0)
      throw new UsageError("a model and a file are needed");
    const now = Date.now();
    const from = values.from === undefined ? now : Date.parse(values.from);
    if (!Number.isSafeInteger(from) || from < now)
      throw new UsageError("--from must be a time to come, such as 2030-01-31 or 2030-01-31T12:00:00Z");
    await modelWith(db, config, id, null);
    const model = await modelWith(db, config, id, await readPrices(file));
    const missing = unpricedUnits(model);
    if (missing.length > 0) throw new CommandError(`The prices are not complete: none for ${missing.join(", ")}.`);
    const rows = await db.transaction(async (queries) => {
      const published: number[] = [];
      for (const { when, list } of priceLists(model))
        published.push((await schedulePrice(queries, priceName(model, when), list, from)).id);
      const detail = { from: new Date(from).toISOString(), rows: published.join(",") };
      await recordAudit(queries, { actor: ACTOR, action: "price.publish", object: id, detail });
      return published;
    });
    const since = new Date(from).toISOString();
    return {
      json: { model: id, from: since, rows },
      text: `Prices of ${id} are published, in force from ${since} on.`,
      exitCode: 0,
    };
  },
};

const textsOf = (price: Price): { readonly [unit: string]: string } =>
  Object.fromEntries(Object.entries(price).map(([unit, rate]) => [unit, formatNano(rate)]));

const priceList: Command = {
  name: "price list",
  summary: "List the versions of a model's prices, oldest first.",
  usage: "price list MODEL",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const versions = await priceHistory(db.kysely, onlyOne(positionals, "model"));
    const json = versions.map(({ row, validFrom, origin }) => ({
      row: row.id,
      from: new Date(validFrom).toISOString(),
      origin,
      prices: textsOf(row.base),
      tiers: row.tiers.map(({ above, price }) => ({ above, prices: textsOf(price) })),
      decimals: row.rounding.scale,
    }));
    const lines = json.map(({ row, from, origin, prices }) => {
      const units = Object.entries(prices).map(([unit, rate]) => `${unit} $${rate}`);
      return `${row}  ${from}  ${origin}  ${units.join(", ")}`;
    });
    return { json, text: lines.length === 0 ? "No prices yet." : lines.join("\n"), exitCode: 0 };
  },
};

export const priceCommands: readonly Command[] = [pricePublish, priceList];
