/** `credit`, `debit`, `refund` and `plan buy`: money in or out by the operator's hand. */
import { parseArgs } from "node:util";

import { credit, debit } from "../ledger/credit-store.ts";
import { buyPlan } from "../ledger/plan-store.ts";
import { refund } from "../ledger/refund-store.ts";
import { TransferRefused, type Posting, type TransferOrder } from "../ledger/transfer.ts";
import { formatNano } from "../money.ts";
import { ACTOR, readAmount, readSettings, requireAccount, required } from "./arguments.ts";
import { CommandError, UsageError, type Command, type CommandContext } from "./command.ts";

type Move = (db: CommandContext["db"], order: TransferOrder) => Promise<Posting>;

const moving = (word: "credit" | "debit", move: Move, summary: string): Command => ({
  name: word,
  summary,
  usage: `${word} ACCOUNT USD --reason REASON${word === "credit" ? " [--promo]" : " [--may-owe]"} [--idempotency-key KEY]`,
  run: async (args, { db }) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        reason: { type: "string" },
        "idempotency-key": { type: "string" },
        promo: { type: "boolean" },
        "may-owe": { type: "boolean" },
      },
    });
    const [id, text, ...others] = positionals;
    if (id === undefined || text === undefined || others.length > 0)
      throw new UsageError("an account and an amount are needed");
    if (word === "debit" && values.promo === true) throw new UsageError("--promo is for credits");
    if (word === "credit" && values["may-owe"] === true) throw new UsageError("--may-owe is for debits");
    const amount = readAmount(text, "the amount");
    const reason = required(values.reason, "--reason");
    const account = await requireAccount(db, id);
    const counterpart = values.promo === true ? ("promo" as const) : ("adjustments" as const);
    const order = {
      accountId: account.id,
      amount,
      reason,
      actor: ACTOR,
      counterpart,
      mayOwe: values["may-owe"] === true,
    };
    const posting = await refusing(move(db, { ...order, idempotencyKey: values["idempotency-key"] ?? null }));
    const [shown, balance] = [formatNano(amount), formatNano(posting.balance)];
    const done = posting.replayed ? "had been posted before; nothing was moved now" : "posted";
    const pending = posting.pending ?? 0n;
    const rest =
      pending === 0n
        ? ""
        : ` $${formatNano(pending)} of it is still to be collected; the account is frozen until it is.`;
    return {
      json: {
        account: account.publicId,
        amount: shown,
        balance,
        transfer: posting.transferId,
        replayed: posting.replayed,
        ...(word === "debit" ? { pending: formatNano(pending) } : {}),
      },
      text: `${word} of $${shown} ${done}. ${account.name} has $${balance}.${rest}`,
      exitCode: 0,
    };
  },
});

const refusing = async <T>(posting: Promise<T>): Promise<T> => {
  try {
    return await posting;
  } catch (error) {
    throw error instanceof TransferRefused ? new CommandError(error.message) : error;
  }
};

const refundCommand: Command = {
  name: "refund",
  summary: "Give back a charge, or a part of it.",
  usage: "refund REQUEST_ID [USD] --reason REASON [--idempotency-key KEY]",
  run: async (args, { db }) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { reason: { type: "string" }, "idempotency-key": { type: "string" } },
    });
    const [requestId, text, ...others] = positionals;
    if (requestId === undefined || others.length > 0) throw new UsageError("one request id is needed");
    const posting = await refusing(
      refund(db, {
        requestId,
        amount: text === undefined ? null : readAmount(text, "the amount"),
        reason: required(values.reason, "--reason"),
        actor: ACTOR,
        idempotencyKey: values["idempotency-key"] ?? null,
      }),
    );
    const { accountId: account, transferId: transfer, replayed } = posting;
    const [amount, balance] = [formatNano(posting.amount), formatNano(posting.balance)];
    const done = replayed ? "had been posted before; nothing was moved now" : "posted";
    return {
      json: { request: requestId, account, amount, balance, transfer, replayed },
      text: `refund of $${amount} ${done}. ${account} has $${balance}.`,
      exitCode: 0,
    };
  },
};

const planBuy: Command = {
  name: "plan buy",
  summary: "Put an account on a plan and charge its price, once.",
  usage: "plan buy ACCOUNT PLAN",
  run: async (args, { db, config }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const [id, planId, ...others] = positionals;
    if (id === undefined || planId === undefined || others.length > 0)
      throw new UsageError("an account and a plan are needed");
    const account = await requireAccount(db, id);
    const plan = (await readSettings(db, config)).plans.get(planId);
    if (plan === undefined) throw new CommandError(`There is no plan '${planId}'.`);
    const posting = await refusing(buyPlan(db, { accountId: account.id, planId, fee: plan.fee, actor: ACTOR }));
    const balance = formatNano(posting?.balance ?? account.balance);
    const charged = posting === null || posting.replayed ? "0" : formatNano(plan.fee);
    return {
      json: { account: account.publicId, plan: planId, charged, balance, transfer: posting?.transferId ?? null },
      text: `${account.name} is on the plan ${planId}; $${charged} was charged. The balance is $${balance}.`,
      exitCode: 0,
    };
  },
};

export const creditCommands: readonly Command[] = [
  moving("credit", credit, "Add money to an account."),
  moving("debit", debit, "Take money from an account; what requests hold is collected when they end."),
  refundCommand,
  planBuy,
];
