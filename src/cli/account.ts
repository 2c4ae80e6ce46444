/** `account create|list|show|freeze|thaw|plan`: the accounts of customers. */
import { parseArgs } from "node:util";

import { cleanName, MAX_NAME, type Account } from "../accounts/account.ts";
import { createAccount, listAccounts, setFrozen, setPlan } from "../accounts/store.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { credit } from "../ledger/credit-store.ts";
import { formatNano } from "../money.ts";
import { ACTOR, onlyOne, readAmount, readSettings, requireAccount, required } from "./arguments.ts";
import { CommandError, UsageError, type Command, type CommandResult, type Printable } from "./command.ts";

const toJson = (account: Account): { readonly [key: string]: Printable } => ({
  id: account.publicId,
  name: account.name,
  plan: account.planId,
  balance: formatNano(account.balance),
  frozen: account.frozen,
  pendingDebit: formatNano(account.pendingDebit),
  createdAt: new Date(account.createdAt).toISOString(),
});

const toLine = (account: Account): string =>
  `${account.publicId}  $${formatNano(account.balance)}  ${account.planId ?? "-"}  ${account.frozen ? "frozen  " : ""}${pending(account)}${account.name}`;

const pending = ({ pendingDebit }: Account): string =>
  pendingDebit === 0n ? "" : `$${formatNano(pendingDebit)} still to be debited  `;

const show = (account: Account): CommandResult => ({ json: toJson(account), text: toLine(account), exitCode: 0 });

/** @throws CommandError naming the plans that exist. */
const checkPlan = async (db: Database, config: Config, planId: string | null): Promise<void> => {
  if (planId === null) return;
  const { plans } = await readSettings(db, config);
  if (plans.has(planId)) return;
  const known = [...plans.keys()].join(", ");
  throw new CommandError(
    `There is no plan '${planId}'. ${known === "" ? "No plan is configured." : `Plans: ${known}.`}`,
  );
};

const accountCreate: Command = {
  name: "account create",
  summary: "Create an account, with credit if wanted.",
  usage: "account create --name NAME [--credit USD] [--plan PLAN]",
  run: async (args, { db, config }) => {
    const { values } = parseArgs({
      args,
      options: { name: { type: "string" }, credit: { type: "string" }, plan: { type: "string" } },
    });
    const name = cleanName(required(values.name, "--name"));
    if (name === null) throw new UsageError(`--name must have 1 to ${MAX_NAME} characters in one line`);
    const amount = values.credit === undefined ? null : readAmount(values.credit, "--credit");
    const planId = values.plan ?? null;
    await checkPlan(db, config, planId);
    const account = await createAccount(db, { name, planId, actor: ACTOR });
    if (amount === null) return show(account);
    const { balance } = await credit(db, {
      accountId: account.id,
      amount,
      reason: "Credit at creation",
      actor: ACTOR,
      idempotencyKey: null,
    });
    return show({ ...account, balance });
  },
};

const PAGE = 1_000;

const accountList: Command = {
  name: "account list",
  summary: "List accounts with their balances.",
  usage: "account list",
  run: async (args, { db }) => {
    parseArgs({ args, options: {} });
    const accounts: Account[] = [];
    for (let page = await listAccounts(db.kysely, { limit: PAGE }); page.length > 0;) {
      accounts.push(...page);
      page = await listAccounts(db.kysely, { after: page.at(-1)?.id ?? 0, limit: PAGE });
    }
    const text = accounts.length === 0 ? "No accounts yet." : accounts.map(toLine).join("\n");
    return { json: accounts.map(toJson), text, exitCode: 0 };
  },
};

const accountShow: Command = {
  name: "account show",
  summary: "Show an account: balance, plan, and what is pending.",
  usage: "account show ACCOUNT",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    return show(await requireAccount(db, onlyOne(positionals, "account")));
  },
};

const freezing = (word: "freeze" | "thaw"): Command => ({
  name: `account ${word}`,
  summary: word === "freeze" ? "Stop an account from spending." : "Let a frozen account spend again.",
  usage: `account ${word} ACCOUNT --reason REASON`,
  run: async (args, { db }) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { reason: { type: "string" } },
    });
    const { publicId } = await requireAccount(db, onlyOne(positionals, "account"));
    const reason = required(values.reason, "--reason");
    await setFrozen(db, { publicId, frozen: word === "freeze", reason, actor: ACTOR });
    return show(await requireAccount(db, publicId));
  },
});

const accountPlan: Command = {
  name: "account plan",
  summary: "Put an account on a plan, or with 'none' back on the default.",
  usage: "account plan ACCOUNT PLAN|none",
  run: async (args, { db, config }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const [id, plan, ...others] = positionals;
    if (id === undefined || plan === undefined || others.length > 0)
      throw new UsageError("an account and a plan are needed");
    const { publicId } = await requireAccount(db, id);
    const planId = plan === "none" ? null : plan;
    await checkPlan(db, config, planId);
    await setPlan(db, { publicId, planId, actor: ACTOR });
    return show(await requireAccount(db, publicId));
  },
};

export const accountCommands: readonly Command[] = [
  accountCreate,
  accountList,
  accountShow,
  freezing("freeze"),
  freezing("thaw"),
  accountPlan,
];
