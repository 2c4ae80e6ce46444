/** A gateway in a process of its own on a database of its own, with a customer, and the count of what is right and wrong afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { createAccount } from "../../../src/accounts/store.ts";
import { databaseFile } from "../../../src/config.ts";
import type { Database } from "../../../src/db/connect.ts";
import { openDatabase } from "../../../src/db/open.ts";
import { requestIdText } from "../../../src/id.ts";
import { createKey, NO_LIMITS } from "../../../src/keys/store.ts";
import { audit } from "../../../src/ledger/audit-store.ts";
import { credit } from "../../../src/ledger/credit-store.ts";
import { parsePostgresUrl } from "../../../src/postgres-address.ts";
import { startGateway, type GatewayProcess } from "../../client.ts";
import { Load, type Seen, type Target } from "./load.ts";

export interface FaultRigOptions {
  /** `DATABASE_URL`; SQLite when absent. */
  readonly url?: string;
  /** An empty folder; one is made and removed when absent. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly configYaml?: string;
}

const CREDIT = 1_000_000_000_000n;
/** What is queued is committed, and what the dead had borrowed is returned, within this time (I-29). */
const SETTLE_MS = 90_000;
const POLL_MS = 250;

export interface Verdict {
  readonly requests: number;
  readonly finished: number;
  readonly charged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly negative: number;
  readonly disagreements: number;
}

export class FaultRig {
  readonly #options: FaultRigOptions;
  readonly dataDir: string;
  gateway!: GatewayProcess;
  target!: Target;
  database!: Database;
  #account = "";

  private constructor(options: FaultRigOptions) {
    this.#options = options;
    this.dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), "farthing-fault-"));
  }

  static async start(options: FaultRigOptions = {}): Promise<FaultRig> {
    const rig = new FaultRig(options);
    await rig.launch();
    rig.database = await openDatabase({
      postgres: options.url === undefined ? null : parsePostgresUrl(options.url),
      file: databaseFile(rig),
    });
    const account = await createAccount(rig.database, { name: "load", planId: null, actor: "faults" });
    rig.#account = account.publicId;
    const order = { accountId: account.id, amount: CREDIT, reason: "load", actor: "faults", idempotencyKey: null };
    await credit(rig.database, order);
    const { key } = await createKey(rig.database, {
      accountId: account.id,
      name: "load",
      format: { prefix: "sk-far-" },
      limits: NO_LIMITS,
      actor: "faults",
    });
    rig.target = { url: rig.gateway.url, key };
    return rig;
  }

  /** Starts the gateway, again if it ended. @param env beside that of the first start */
  async launch(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { url, configYaml } = this.#options;
    this.gateway = await startGateway({
      dataDir: this.dataDir,
      env: {
        METRICS_PORT: "off",
        LOG_LEVEL: "error",
        ...(url === undefined ? {} : { DATABASE_URL: url }),
        ...this.#options.env,
        ...env,
      },
      ...(configYaml === undefined ? {} : { configYaml }),
    });
    if (this.#account !== "") this.target = { ...this.target, url: this.gateway.url };
  }

  /** @param words the most of a reply, 50 ms each */
  load(streams: number, words = 30): Load {
    return new Load(this.target, streams, words);
  }

  /** Waits until every finished stream is committed and nothing is borrowed without being held, then counts. @throws when anything is wrong */
  async judge(seen: readonly Seen[]): Promise<Verdict> {
    const until = Date.now() + SETTLE_MS;
    let verdict = await this.#count(seen);
    while (!isRight(verdict) && Date.now() < until) {
      await sleep(POLL_MS);
      verdict = await this.#count(seen);
    }
    if (!isRight(verdict)) throw new Error(`the books are wrong: ${JSON.stringify(verdict)}`);
    return verdict;
  }

  async #count(seen: readonly Seen[]): Promise<Verdict> {
    const { disagreements } = await audit(this.database);
    const account = await this.database.kysely
      .selectFrom("account")
      .select(["id", "balance", "leased"])
      .where("public_id", "=", this.#account)
      .executeTakeFirstOrThrow();
    const rows = await this.database.kysely
      .selectFrom("request")
      .select(["id", "posted", "outcome"])
      .where("account_id", "=", account.id)
      .execute();
    const posted = rows.reduce((sum, row) => sum + row.posted, 0n);
    const known = new Map(rows.map((row) => [requestIdText(row.id), row.posted]));
    const finished = seen.filter((each) => each.finished);
    return {
      requests: seen.length,
      finished: finished.length,
      charged: rows.filter((row) => row.posted > 0n).length,
      lost: finished.filter(({ id }) => (known.get(id) ?? 0n) === 0n).length,
      // Rows of the same request, or money that left without one.
      doubled: rows.length - known.size + (account.balance === CREDIT - posted ? 0 : 1),
      negative: account.balance < account.leased || account.leased < 0n ? 1 : 0,
      disagreements: disagreements.length,
    };
  }

  /** Rows of the customer, and how many of them posted. */
  async charges(): Promise<{ readonly rows: number; readonly posted: number }> {
    const rows = await this.database.kysely
      .selectFrom("request")
      .innerJoin("account", "account.id", "request.account_id")
      .select("request.posted")
      .where("account.public_id", "=", this.#account)
      .execute();
    return { rows: rows.length, posted: rows.filter(({ posted }) => posted > 0n).length };
  }

  async borrowed(): Promise<bigint> {
    const { leased } = await this.database.kysely
      .selectFrom("account")
      .select("leased")
      .where("public_id", "=", this.#account)
      .executeTakeFirstOrThrow();
    return leased;
  }

  async remove(): Promise<void> {
    await this.gateway.kill9();
    await this.database.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

const isRight = ({ lost, doubled, negative, disagreements }: Verdict): boolean =>
  lost + doubled + negative + disagreements === 0;

/** Requests that were refused, by what they were told; anything but `allowed` is an error. */
export const refusals = (seen: readonly Seen[], allowed: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const { status, code } of seen)
    if (status !== 200 && status !== 0) {
      const name = `${status} ${code}`;
      if (!allowed.includes(name)) throw new Error(`a client was told ${name}`);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ") || "none refused";
};

export const told = ({ requests, finished, charged, lost, doubled, negative }: Verdict): string =>
  `${requests} requests, ${finished} finished, ${charged} charged; lost ${lost}, doubled ${doubled}, negative ${negative}`;
