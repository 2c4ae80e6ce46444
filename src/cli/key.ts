/** `key create|list|freeze|thaw|revoke`: the keys of accounts. A key's text is printed once, when it is made. */
import { parseArgs } from "node:util";

import { cleanName, MAX_NAME } from "../accounts/account.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { BUDGET_PERIODS, isBudgetPeriod } from "../keys/budget.ts";
import { maskKey, type KeyStatus } from "../keys/key.ts";
import { createKey, findKey, listKeys, setKeyStatus, type KeyInfo, type KeyLimits } from "../keys/store.ts";
import { formatNano } from "../money.ts";
import {
  ACTOR,
  onlyOne,
  readAmount,
  readCount,
  readList,
  readMoment,
  readSettings,
  requireAccount,
  required,
} from "./arguments.ts";
import { CommandError, UsageError, type Command, type CommandResult, type Printable } from "./command.ts";

const toJson = (key: KeyInfo): { readonly [key: string]: Printable } => ({
  id: key.publicId,
  name: key.name,
  key: maskKey(key),
  status: key.status,
  rpm: key.rpm,
  tpm: key.tpm,
  concurrency: key.concurrency,
  models: key.models,
  budget: key.budget === null ? null : formatNano(key.budget),
  budgetPeriod: key.budgetPeriod,
  expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
  createdAt: new Date(key.createdAt).toISOString(),
});

const toLine = (key: KeyInfo): string => `${key.publicId}  ${maskKey(key)}  ${key.status}  ${key.name}`;

const show = (key: KeyInfo): CommandResult => ({ json: toJson(key), text: toLine(key), exitCode: 0 });

/** @throws CommandError for a model that does not exist. */
const checkModels = async (db: Database, config: Config, models: readonly string[] | null): Promise<void> => {
  if (models === null) return;
  const { names } = await readSettings(db, config, true);
  const unknown = models.filter((model) => !names.has(model));
  if (unknown.length > 0) throw new CommandError(`There is no model ${unknown.map((name) => `'${name}'`).join(", ")}.`);
};

/** @throws UsageError for a period that is none, or is of no budget */
const readPeriod = (text: string | undefined, budget: string | undefined): Pick<KeyLimits, "budgetPeriod"> => {
  if (text === undefined) return {};
  if (!isBudgetPeriod(text)) throw new UsageError(`--budget-period must be one of ${BUDGET_PERIODS.join(", ")}`);
  if (budget === undefined) throw new UsageError("--budget-period needs a --budget");
  return { budgetPeriod: text };
};

const OPTIONS = {
  account: { type: "string" },
  name: { type: "string" },
  rpm: { type: "string" },
  tpm: { type: "string" },
  concurrency: { type: "string" },
  models: { type: "string" },
  budget: { type: "string" },
  "budget-period": { type: "string" },
  expires: { type: "string" },
} as const;

const keyCreate: Command = {
  name: "key create",
  summary: "Create a key for an account; it is shown only once.",
  usage:
    "key create --account ACCOUNT [--name NAME] [--rpm N] [--tpm N] [--concurrency N] [--models A,B] [--budget USD [--budget-period day|week|month]] [--expires 30d|DATE]",
  run: async (args, { db, config }) => {
    const { values } = parseArgs({ args, options: OPTIONS });
    const account = await requireAccount(db, required(values.account, "--account"));
    const name = cleanName(values.name ?? "Key");
    if (name === null) throw new UsageError(`--name must have 1 to ${MAX_NAME} characters in one line`);
    const limits: KeyLimits = {
      rpm: readCount(values.rpm, "--rpm"),
      tpm: readCount(values.tpm, "--tpm"),
      concurrency: readCount(values.concurrency, "--concurrency"),
      models: readList(values.models, "--models"),
      budget: values.budget === undefined ? null : readAmount(values.budget, "--budget"),
      ...readPeriod(values["budget-period"], values.budget),
      expiresAt: readMoment(values.expires, Date.now()),
    };
    await checkModels(db, config, limits.models);
    const { storefront } = await readSettings(db, config);
    const format = { prefix: storefront.keyPrefix, length: storefront.keyLength };
    const { key, publicId } = await createKey(db, { accountId: account.id, name, format, limits, actor: ACTOR });
    const info = await requireKey(db, publicId);
    return {
      json: { ...toJson(info), key, account: account.publicId },
      text: `${key}\n\nKey ${publicId} of ${account.publicId}. It is shown only now; keep it safe.`,
      exitCode: 0,
    };
  },
};

/** @throws CommandError when there is no such key. */
const requireKey = async (db: Database, publicId: string): Promise<KeyInfo> => {
  const key = await findKey(db.kysely, publicId);
  if (key === undefined) throw new CommandError(`There is no key ${publicId}. It is named by its id, such as key_….`);
  return key;
};

const keyList: Command = {
  name: "key list",
  summary: "List the keys of an account.",
  usage: "key list --account ACCOUNT",
  run: async (args, { db }) => {
    const { values } = parseArgs({ args, options: { account: { type: "string" } } });
    const account = await requireAccount(db, required(values.account, "--account"));
    const keys = await listKeys(db.kysely, account.id);
    const text = keys.length === 0 ? "No keys yet." : keys.map(toLine).join("\n");
    return { json: keys.map(toJson), text, exitCode: 0 };
  },
};

const changing = (word: string, status: KeyStatus, summary: string): Command => ({
  name: `key ${word}`,
  summary,
  usage: `key ${word} KEY_ID`,
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const { publicId, status: now } = await requireKey(db, onlyOne(positionals, "key id"));
    if (now === "revoked" && status !== "revoked")
      throw new CommandError("A revoked key stays revoked; create a new one.");
    await setKeyStatus(db, { publicId, status, actor: ACTOR });
    return show(await requireKey(db, publicId));
  },
});

export const keyCommands: readonly Command[] = [
  keyCreate,
  keyList,
  changing("freeze", "frozen", "Refuse a key until it is thawed."),
  changing("thaw", "active", "Accept a frozen key again."),
  changing("revoke", "revoked", "Refuse a key for ever."),
];
