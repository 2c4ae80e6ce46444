/** What is configured, usable or not, as the operator's routes show it. */
import { pricesInForce } from "../../ledger/price-store.ts";
import type { PriceRow } from "../../price.ts";
import type { Assembly } from "../../settings/assemble.ts";
import type { Offers } from "../../settings/build.ts";
import { surveyInstallation } from "../../settings/load.ts";
import { SANDBOX_UPSTREAM } from "../../settings/setting.ts";
import { readObjects, type StoredRow } from "../../settings/store.ts";
import type { ConsoleServices } from "../services.ts";

export interface Survey {
  readonly assembly: Assembly;
  readonly offered: Offers;
  /** Configured objects, enabled or not. */
  readonly rows: readonly StoredRow[];
  /** In force now, by the name of each list. */
  readonly prices: ReadonlyMap<string, PriceRow>;
}

/** Reads everything that is configured; writes nothing. */
export const surveyOf = async (services: ConsoleServices): Promise<Survey> => {
  const { database, engine, config } = services;
  const sandbox = services.installation().upstreams.get(SANDBOX_UPSTREAM);
  const { box, catalog } = engine;
  const { env, production } = config;
  const { assembly, offered } = await surveyInstallation(database, {
    box,
    catalog,
    env,
    production,
    sandbox: sandbox === undefined ? null : { baseUrl: sandbox.baseUrl, apiKey: sandbox.apiKey },
  });
  return {
    assembly,
    offered,
    rows: await readObjects(database.kysely),
    prices: await pricesInForce(database.kysely, services.now()),
  };
};
