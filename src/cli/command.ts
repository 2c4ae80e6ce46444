/** What a command of the command line is. Each lives in a file of its own; main.ts lists them and prints what they return. */
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";

/** Anything that can be printed as JSON; amounts are decimal strings, and a bigint is printed as its digits. */
export type Printable =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Printable[]
  | { readonly [key: string]: Printable };

export interface CommandContext {
  /** Open and migrated; may be shared with a running server. */
  readonly db: Database;
  readonly config: Config;
  /** Prints a line of progress to stderr; results are returned, not printed. */
  readonly print: (line: string) => void;
}

export interface CommandResult {
  /** What `--json` prints. */
  readonly json: Printable;
  /** What is printed otherwise. */
  readonly text: string;
  /** 0 on success, 1 when the answer is bad news; 2 is kept for wrong usage. */
  readonly exitCode: number;
}

export interface Command {
  /** One or two words: `apply`, `key create`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** What follows `farthing` in the usage, such as `credit ACCOUNT AMOUNT --reason R`. */
  readonly usage: string;
  /**
   * @param args what follows the name, without `--json`.
   * @throws UsageError for wrong arguments, CommandError for a failure that one line explains.
   */
  run(args: string[], context: CommandContext): Promise<CommandResult>;
}

/** Wrong arguments: the usage is printed, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A failure that its message explains to the operator: printed as one line without a stack, exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
