/** `credit` and `debit`: money in or out by the operator's hand, with a reason. */
import { parseArgs } from "node:util";

import { credit, debit } from "../ledger/credit-store.ts";
import { TransferRefused, type Posting, type TransferOrder } from "../ledger/transfer.ts";
import { formatNano } from "../money.ts";
import { ACTOR, readAmount, requireAccount, required } from "./arguments.ts";
import { CommandError, UsageError, type Command, type CommandContext } from "./command.ts";

type Move = (db: CommandContext["db"], order: TransferOrder) => Promise<Posting>;

const moving = (word: "credit" | "debit", move: Move, summary: string): Command => ({
  name: word,
  summary,
  usage: `${word} ACCOUNT USD --reason REASON [--idempotency-key KEY]`,
  run: async (args, { db }) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { reason: { type: "string" }, "idempotency-key": { type: "string" } },
    });
    const [id, text, ...others] = positionals;
    if (id === undefined || text === undefined || others.length > 0)
      throw new UsageError("an account and an amount are needed");
    const amount = readAmount(text, "the amount");
    const reason = required(values.reason, "--reason");
    const account = await requireAccount(db, id);
    const order = { accountId: account.id, amount, reason, actor: ACTOR };
    const posting = await refusing(move(db, { ...order, idempotencyKey: values["idempotency-key"] ?? null }));
    const [shown, balance] = [formatNano(amount), formatNano(posting.balance)];
    const done = posting.replayed ? "had been posted before; nothing was moved now" : "posted";
    return {
      json: {
        account: account.publicId,
        amount: shown,
        balance,
        transfer: posting.transferId,
        replayed: posting.replayed,
      },
      text: `${word} of $${shown} ${done}. ${account.name} has $${balance}.`,
      exitCode: 0,
    };
  },
});

const refusing = async (posting: Promise<Posting>): Promise<Posting> => {
  try {
    return await posting;
  } catch (error) {
    throw error instanceof TransferRefused ? new CommandError(error.message) : error;
  }
};

export const creditCommands: readonly Command[] = [
  moving("credit", credit, "Add money to an account."),
  moving("debit", debit, "Take unheld money from an account."),
];
