/**
 * The command line: `node src/cli/main.ts COMMAND …`. Works beside a running server on the same database.
 *
 * Answers go to stdout, everything else to stderr; with `--json` stdout holds exactly one JSON value, also for errors. Exit codes:
 * 0 done, 1 bad news or failure, 2 wrong usage.
 */
import { CatalogError } from "../catalog/load.ts";
import { ConfigError, databaseFile, readConfig } from "../config.ts";
import { DatabaseInUse, DatabaseUnusable } from "../db/connect.ts";
import { DatabaseTooNew, migrate, MigrationChanged } from "../db/migrate.ts";
import { openDatabase } from "../db/open.ts";
import { isAway, isBusy } from "../db/fault.ts";
import { MoneyError } from "../money.ts";
import { SecretError } from "../secret.ts";
import { accountCommands } from "./account.ts";
import { applyCommand } from "./apply.ts";
import { auditCommand, repriceCommand } from "./audit.ts";
import { CommandError, UsageError, type Command, type CommandContext, type CommandResult } from "./command.ts";
import { creditCommands } from "./credit.ts";
import { doctorCommand } from "./doctor.ts";
import { explainCommand } from "./explain.ts";
import { keyCommands } from "./key.ts";
import { priceCommands } from "./price.ts";
import { retainCommand } from "./retain.ts";
import { quoteCommand } from "./quote.ts";
import { userCommands } from "./user.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  applyCommand,
  ...accountCommands,
  ...keyCommands,
  ...creditCommands,
  ...userCommands,
  ...priceCommands,
  quoteCommand,
  explainCommand,
  auditCommand,
  repriceCommand,
  retainCommand,
  doctorCommand,
];

/** Where a run reads from and writes to. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Errors whose own text tells the operator what is wrong and what to do. */
const SPEAKING = [
  CatalogError,
  CommandError,
  ConfigError,
  DatabaseInUse,
  DatabaseTooNew,
  DatabaseUnusable,
  MigrationChanged,
  MoneyError,
  SecretError,
] as const;

const explain = (error: unknown): string => {
  if (SPEAKING.some((kind) => error instanceof kind)) return (error as Error).message;
  if (isBusy(error)) return "The database is busy; nothing was changed. Try again.";
  if (isAway(error))
    return "The connection to the database was lost. Look whether the change was made before you try again.";
  return `Unexpected failure: ${error instanceof Error ? error.message : String(error)}`;
};

/** What node:util's parseArgs throws for an option that it does not know. */
const isUsage = (error: unknown): boolean =>
  error instanceof UsageError ||
  (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_"));

/** JSON in one line, bigints as strings of digits: money never becomes a float. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) => (typeof member === "bigint" ? member.toString() : member));

const help = (): string => {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `usage: farthing COMMAND … [--json]\n\n${lines.join("\n")}\n\nfarthing COMMAND --help shows a command's usage.`;
};

const usageOf = (command: Command): string => `usage: farthing ${command.usage} [--json]`;

/** The command that the first words name, and what follows them. Two words win over one. */
const find = (words: readonly string[]): { command: Command; args: string[] } | null => {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const command = COMMANDS.find((known) => known.name === name);
    if (command !== undefined) return { command, args: words.slice(length) };
  }
  return null;
};

/** Options of every command are taken wherever they stand, but not after `--`. */
const takeFlag = (words: readonly string[], flags: readonly string[]): { found: boolean; rest: string[] } => {
  const end = words.indexOf("--");
  const isFlag = (word: string, index: number): boolean => flags.includes(word) && (end < 0 || index < end);
  return { found: words.some(isFlag), rest: words.filter((word, index) => !isFlag(word, index)) };
};

const runCommand = async (command: Command, args: string[], terminal: Terminal): Promise<CommandResult> => {
  const config = readConfig(terminal.env, terminal.cwd);
  const db = await openDatabase({ postgres: config.postgres, file: databaseFile(config) });
  try {
    await migrate(db);
    const context: CommandContext = { db, config, print: (line) => terminal.err(`${line}\n`) };
    return await command.run(args, context);
  } finally {
    await db.close();
  }
};

/** Runs the command that the arguments name. @returns the exit code; never throws. */
export const runCommandLine = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  const { found: json, rest } = takeFlag(argv, ["--json"]);
  const { found: wantsHelp, rest: words } = takeFlag(rest, ["--help", "-h"]);
  const chosen = find(words);
  const fail = (message: string, more: string | null, code: number): number => {
    if (json) terminal.out(`${toJson({ error: message })}\n`);
    else terminal.err(`${message}\n${more === null ? "" : `${more}\n`}`);
    return code;
  };
  if (chosen === null) {
    if (wantsHelp || words[0] === "help") {
      terminal.out(`${help()}\n`);
      return 0;
    }
    return fail(
      words.length === 0 ? "no command given" : `unknown command '${words.slice(0, 2).join(" ")}'`,
      help(),
      2,
    );
  }
  const { command, args } = chosen;
  if (wantsHelp) {
    terminal.out(`${command.summary}\n${usageOf(command)}\n`);
    return 0;
  }
  try {
    const result = await runCommand(command, args, terminal);
    terminal.out(`${json ? toJson(result.json) : result.text}\n`);
    return result.exitCode;
  } catch (error) {
    if (isUsage(error)) return fail(error instanceof Error ? error.message : "wrong usage", usageOf(command), 2);
    return fail(explain(error), null, 1);
  }
};

if (import.meta.main)
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
