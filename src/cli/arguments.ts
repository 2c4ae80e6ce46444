/** Reading the arguments of commands: amounts, counts, moments, and the objects that they name. */
import { findAccount } from "../accounts/store.ts";
import type { Account } from "../accounts/account.ts";
import { loadCatalog } from "../catalog/load.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { MoneyError, parseNano, type Nano } from "../money.ts";
import { assemble, type Assembly } from "../settings/assemble.ts";
import { readObjects } from "../settings/store.ts";
import { table } from "../table.ts";
import { CommandError, UsageError } from "./command.ts";

/** Who is written into the audit log. */
export const ACTOR = "cli";

/** A decimal amount of USD as nano-units. @throws UsageError unless it is more than 0. */
export const readAmount = (text: string, what: string): Nano => {
  try {
    const amount = parseNano(text);
    if (amount > 0n) return amount;
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
  }
  throw new UsageError(`${what} must be a decimal amount above 0 with at most nine decimals, such as 10 or 0.25`);
};

const MAX_COUNT = 1_000_000_000_000;

/** A whole number above 0, or null when the option is absent. @throws UsageError */
export const readCount = (text: string | undefined, what: string): number | null => {
  if (text === undefined) return null;
  const count = Number(text);
  if (text.trim() === "" || !Number.isInteger(count) || count < 1 || count > MAX_COUNT)
    throw new UsageError(`${what} must be a whole number above 0`);
  return count;
};

const UNIT_MS = table<number>({ m: 60_000, h: 3_600_000, d: 86_400_000 });

/**
 * A moment in the future: a span such as `30d`, `12h` or `90m` from `now`, or an ISO date such as `2030-01-31`.
 * @returns milliseconds since the Unix epoch, or null when the option is absent. @throws UsageError
 */
export const readMoment = (text: string | undefined, now: number): number | null => {
  if (text === undefined) return null;
  const unit = UNIT_MS[text.slice(-1)];
  const span = unit === undefined ? Number.NaN : Number(text.slice(0, -1)) * unit;
  const moment = Number.isInteger(span) && text.length > 1 ? now + span : Date.parse(text);
  if (!Number.isSafeInteger(moment) || moment <= now)
    throw new UsageError("--expires must be a time to come: a span such as 30d, or a date such as 2030-01-31");
  return moment;
};

/** A list separated by commas, or null when the option is absent. @throws UsageError for an empty list. */
export const readList = (text: string | undefined, what: string): readonly string[] | null => {
  if (text === undefined) return null;
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0) throw new UsageError(`${what} must name at least one`);
  return items;
};

/** A required option. @throws UsageError */
export const required = (text: string | undefined, option: string): string => {
  if (text === undefined || text.trim() === "") throw new UsageError(`${option} is needed`);
  return text;
};

/** The one positional argument. @throws UsageError */
export const onlyOne = (positionals: readonly string[], what: string): string => {
  const [first, ...others] = positionals;
  if (first === undefined || others.length > 0) throw new UsageError(`exactly one ${what} is needed`);
  return first;
};

/** @throws CommandError when there is no such account. */
export const requireAccount = async (db: Database, publicId: string): Promise<Account> => {
  const account = await findAccount(db.kysely, publicId);
  if (account === undefined) throw new CommandError(`There is no account ${publicId}.`);
  return account;
};

/** Storefront, plans and names of models as configured, without opening any credential. */
export const readSettings = async (db: Database, config: Config, withCatalog = false): Promise<Assembly> =>
  assemble({
    catalog: withCatalog ? loadCatalog() : new Map(),
    objects: await readObjects(db.kysely),
    openKey: () => "",
    env: config.env,
    production: config.production,
    sandbox: null,
  });
