/** What there is once per gateway, however many processes serve: the applied configuration file, the sandbox, what is offered now. */
import { readFileSync } from "node:fs";

import { loadCatalog, type Catalog } from "./catalog/load.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/connect.ts";
import type { Log } from "./http/log.ts";
import { startSandbox } from "./sandbox/server.ts";
import { loadSecret, type SecretBox } from "./secret.ts";
import { applyFile } from "./settings/apply.ts";
import type { SandboxAddress } from "./settings/assemble.ts";
import type { Installation } from "./settings/installation.ts";
import { loadInstallation } from "./settings/load.ts";
import { readObjects } from "./settings/store.ts";
import { PriceClock } from "./price-clock.ts";
import { startUpkeep } from "./upkeep.ts";

/** Makes what was opened so far close in reverse order, once. */
export class Closers {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add(closer: () => void | Promise<void>): void {
    this.#closers.push(closer);
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await closer();
  }
}

export interface World {
  readonly box: SecretBox;
  readonly catalog: Catalog;
  readonly installation: Installation;
  /** Where the sandbox listens; null when none runs. */
  readonly sandbox: SandboxAddress | null;
  reload(): Promise<void>;
}

/** What a world is made of. */
export interface Ground {
  readonly config: Config;
  readonly database: Database;
  readonly log: Log;
  readonly closers: Closers;
}

/**
 * The installation: sandbox, catalogue, configuration file, database.
 * @param sandbox of another process, which has applied the file as well; undefined: both are done here
 */
export const openWorld = async (
  { config, database, log, closers }: Ground,
  sandbox?: SandboxAddress | null,
): Promise<World> => {
  const box = loadSecret(config);
  const catalog = loadCatalog();
  const { env, production } = config;
  const isFirst = sandbox === undefined;
  if (config.configFile !== null && isFirst) {
    const text = readFileSync(config.configFile, "utf8");
    const { warnings } = await applyFile(database, box, { text, env, actor: "start", catalog });
    for (const warning of warnings) log.event("warn", "configuration", { warning });
  }
  if (isFirst) startUpkeep({ config, database, log, closers });
  const address = isFirst ? await openSandbox(database, production, closers) : sandbox;
  const order = { box, catalog, env, production, sandbox: address };
  const load = async (): Promise<Installation> => {
    const installation = await loadInstallation(database, order);
    for (const warning of installation.warnings) log.event("warn", "configuration", { warning });
    return installation;
  };
  let installation = await load();
  const prices = new PriceClock(database, async () => {
    try {
      installation = await load();
    } catch (error) {
      log.fault(error, { requestId: "", route: "prices" });
    }
  });
  await prices.set();
  closers.add(() => {
    prices.stop();
  });
  return {
    box,
    catalog,
    get installation() {
      return installation;
    },
    sandbox: address,
    reload: async () => {
      installation = await load();
      await prices.set();
    },
  };
};

const openSandbox = async (
  database: Database,
  production: boolean,
  closers: Closers,
): Promise<SandboxAddress | null> => {
  if (production && !(await isSandboxOn(database))) return null;
  const sandbox = await startSandbox();
  closers.add(() => sandbox.close());
  return sandbox;
};

/** In production the sandbox runs only where the configuration says so (`sandbox: { enabled: true }`), as of the start. */
const isSandboxOn = async (database: Database): Promise<boolean> =>
  (await readObjects(database.kysely)).some(
    ({ kind, enabled, data }) => kind === "sandbox" && enabled && data["enabled"] === true,
  );
