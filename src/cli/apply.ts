/** `apply FILE`: brings a configuration file into the database; a running server follows within a second. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { text as readAll } from "node:stream/consumers";
import { parseArgs } from "node:util";

import { loadCatalog } from "../catalog/load.ts";
import { loadSecret } from "../secret.ts";
import { applyFile, type ApplyResult } from "../settings/apply.ts";
import { CommandError, UsageError, type Command } from "./command.ts";

const STDIN = "-";

const read = async (file: string): Promise<string> => {
  if (file === STDIN) return await readAll(process.stdin);
  try {
    return await readFile(path.resolve(file), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new CommandError(
      code === "ENOENT" ? `There is no file ${file}.` : `The file ${file} cannot be read (${code}).`,
    );
  }
};

const toText = ({ changes, warnings }: ApplyResult): string => {
  const lines = changes.map(({ kind, id, change, fields }) => {
    const which = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
    return `${change} ${kind} ${id}${which}`;
  });
  return [
    ...(lines.length === 0 ? ["Nothing to change."] : lines),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ].join("\n");
};

export const applyCommand: Command = {
  name: "apply",
  summary: "Apply a configuration file; applying it twice changes nothing.",
  usage: "apply FILE    (- reads standard input)",
  run: async (args, { db, config }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new UsageError("apply takes one file");
    const text = await read(file);
    const result = await applyFile(db, loadSecret(config), {
      text,
      env: config.env,
      catalog: loadCatalog(),
      actor: "cli",
    });
    return {
      json: { changes: result.changes.map((change) => ({ ...change })), warnings: result.warnings },
      text: toText(result),
      exitCode: 0,
    };
  },
};
