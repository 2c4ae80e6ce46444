/**
 * The part of a model that drives a coding agent, small enough to be foretold. Pure.
 *
 * Asked to "run the shell command: …" it calls the offered shell tool once with it; asked to "reply with exactly …: X" it answers
 * X, after the command if there was one; a command that left no trace is reported instead.
 */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { blank, own } from "../table.ts";
import { resultText, type Ask, type Tool } from "./ask.ts";
import { minimal } from "./minimal.ts";
import { say, type Speech, type ToolUse } from "./speech.ts";
import { listOf, objectOf, textOf } from "./value.ts";

const COMMAND = "run the shell command";
const EXACTLY = "exactly";
/** Most characters between the word "exactly" and the colon before the text. */
const LEAD = 60;
/** Tools by which some agents want to be told that a task is done. */
const COMPLETION_TOOLS = new Set(["attempt_completion", "submit_and_exit"]);

/** Shell tools of known agents, the surest first. */
const SHELL_NAMES = [
  "bash",
  "shell",
  "run_shell_command",
  "shell_command",
  "execute_command",
  "exec_command",
  "run_command",
  "run_commands",
  "run_terminal_command",
  "run_in_terminal",
  "execute_bash",
  "local_shell",
  "terminal",
  "exec",
] as const;
const SHELL_WORDS = ["bash", "shell", "terminal", "command", "exec"] as const;
const COMMAND_FIELDS = ["command", "cmd", "commands", "script"] as const;

const lineOf = (text: string): string => {
  const ends = ["\n", "<"].map((end) => text.indexOf(end)).filter((at) => at >= 0);
  return text.slice(0, Math.min(text.length, ...ends)).trim();
};

/** What the text wants answered word for word, or null. */
const exactIn = (text: string): string | null => {
  const at = text.toLowerCase().lastIndexOf(EXACTLY);
  if (at < 0) return null;
  const rest = text.slice(at + EXACTLY.length);
  const colon = rest.indexOf(":");
  if (colon < 0 || colon > LEAD) return null;
  return lineOf(rest.slice(colon + 1)) || null;
};

/** The command that the text wants run, or null: what stands between back quotes, else up to a remark in brackets or the line's end. */
const commandIn = (text: string): string | null => {
  const at = text.toLowerCase().lastIndexOf(COMMAND);
  if (at < 0) return null;
  const rest = text.slice(at + COMMAND.length).trimStart();
  const body = (rest.startsWith(":") ? rest.slice(1) : rest).trimStart();
  if (body.startsWith("`")) return body.slice(1).split("`")[0]?.trim() || null;
  return lineOf(body).split(" (")[0]?.trim() || null;
};

interface Instruction {
  /** Index of the turn that gives it. */
  readonly turn: number;
  readonly command: string | null;
  readonly exact: string | null;
}

/** The latest instruction that the user gave. */
const instructionOf = (ask: Ask): Instruction | null => {
  for (let turn = ask.turns.length - 1; turn >= 0; turn--) {
    const found = ask.turns[turn];
    if (found?.role !== "user") continue;
    const text = found.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
    const [command, exact] = [commandIn(text), exactIn(text)];
    if (command !== null || exact !== null) return { turn, command, exact };
  }
  return null;
};

const shellOf = (tools: readonly Tool[]): Tool | undefined => {
  const byName = (name: string): Tool | undefined => tools.find((tool) => tool.name.toLowerCase() === name);
  for (const name of SHELL_NAMES) {
    const tool = byName(name);
    if (tool !== undefined) return tool;
  }
  return tools.find((tool) => SHELL_WORDS.some((word) => tool.name.toLowerCase().includes(word)));
};

const firstType = (schema: JsonObject): string => {
  const type = schema["type"] ?? objectOf(listOf(schema["anyOf"])[0])?.["type"];
  return textOf(Array.isArray(type) ? type[0] : type)?.toLowerCase() ?? "string";
};

/** The command in the form that a field wants: text, words for a process, or a list of such. */
const inForm = (field: string, schema: JsonObject, command: string): Json => {
  if (firstType(schema) !== "array") return command;
  const items = objectOf(schema["items"]) ?? {};
  if (firstType(items) === "object") return [argumentsFor(items, command)];
  return field === "commands" ? [command] : ["bash", "-lc", command];
};

const argumentsFor = (schema: Json, command: string): JsonObject => {
  const properties = objectOf(objectOf(schema)?.["properties"] ?? null) ?? {};
  const made = blank<Json>();
  for (const key of listOf(objectOf(schema)?.["required"] ?? null))
    if (typeof key === "string") made[key] = minimal(own(properties, key) ?? {});
  const field = COMMAND_FIELDS.find((name) => Object.hasOwn(properties, name)) ?? "command";
  return { ...made, [field]: inForm(field, objectOf(properties[field] ?? null) ?? {}, command) };
};

/** An `echo` whose words are not in the output did not run, or its output was lost on the way. */
const leftTrace = (command: string, output: string): boolean => {
  if (!command.startsWith("echo ")) return output !== "";
  return output.includes(command.slice("echo ".length).replaceAll('"', "").replaceAll("'", "").trim());
};

const told = (ask: Ask, text: string): Speech => {
  const tool = ask.tools.find((tool) => COMPLETION_TOOLS.has(tool.name));
  if (tool === undefined || ask.toolChoice.kind === "none") return say(text);
  const required = objectOf(minimal(tool.schema)) ?? {};
  const call: ToolUse = { name: tool.name, args: JSON.stringify({ ...required, result: text }) };
  return { text: "", calls: [call] };
};

/** What the agent does about the latest instruction, or null when there is none. */
export const agentAnswer = (ask: Ask): Speech | null => {
  const instruction = instructionOf(ask);
  if (instruction === null) return null;
  const { command, exact } = instruction;
  if (command === null) return told(ask, exact ?? "");
  const results = ask.turns
    .slice(instruction.turn)
    .flatMap((turn) => turn.parts.filter((part) => part.kind === "result"));
  if (results.length > 0) {
    const output = results.map(resultText).join("\n").trim();
    if (!leftTrace(command, output)) return told(ask, `The command gave no such output: ${output || "(nothing)"}`);
    return told(ask, exact ?? output);
  }
  const shell = ask.toolChoice.kind === "none" ? undefined : shellOf(ask.tools);
  if (shell === undefined) return say(`No shell tool was offered to run: ${command}`);
  return { text: "", calls: [{ name: shell.name, args: JSON.stringify(argumentsFor(shell.schema, command)) }] };
};
