/**
 * `${VARIABLE}` in a configuration file. Pure.
 *
 * References are replaced by marks before the text is read as YAML and by values after it: a value never becomes syntax, and a
 * bare `${NAME}` may stand inside `{ … }` lists, where YAML itself would read its braces. `$${` stands for `${` itself.
 */

import { own } from "../table.ts";

/** Private-use characters that enclose the name of a variable; a file that holds them already is refused. */
const OPEN = "\uE000";
const CLOSE = "\uE001";
const MAX_NAME = 128;

/** Any value that YAML or JSON can hold. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Fields = { readonly [key: string]: Value };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Thrown for a reference that is none. The text is one line and repeats no value. */
export class VariableError extends Error {
  override readonly name = "VariableError";
}

const isNameCode = (code: number, first: boolean): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || (!first && code >= 48 && code <= 57);

const isName = (text: string): boolean => {
  if (text.length === 0 || text.length > MAX_NAME) return false;
  for (let i = 0; i < text.length; i++) if (!isNameCode(text.charCodeAt(i), i === 0)) return false;
  return true;
};

const lineAt = (text: string, index: number): number => {
  let line = 1;
  for (let i = 0; i < index; i++) if (text.charCodeAt(i) === 10) line++;
  return line;
};

/** Replaces each `${NAME}` by its mark. @throws VariableError */
export const markVariables = (text: string): string => {
  if (text.includes(OPEN) || text.includes(CLOSE)) throw new VariableError("the file holds private-use characters");
  let marked = "";
  let from = 0;
  for (;;) {
    const start = text.indexOf("${", from);
    if (start < 0) return marked + text.slice(from);
    if (start > from && text[start - 1] === "$") {
      marked += `${text.slice(from, start - 1)}\${`;
      from = start + 2;
      continue;
    }
    const end = text.indexOf("}", start);
    const name = end < 0 ? "" : text.slice(start + 2, end);
    if (!isName(name))
      throw new VariableError(`line ${lineAt(text, start)}: '\${' must begin a variable such as \${MY_KEY}`);
    marked += text.slice(from, start) + OPEN + name + CLOSE;
    from = end + 1;
  }
};

/** A value with its variables filled in, and the names of those that are not set (an empty variable counts as not set). */
export interface Filled {
  readonly value: Value;
  readonly unset: readonly string[];
}

const fillText = (text: string, env: Environment): Filled => {
  let value = "";
  let from = 0;
  const unset: string[] = [];
  for (;;) {
    const start = text.indexOf(OPEN, from);
    if (start < 0) return { value: value + text.slice(from), unset };
    const end = text.indexOf(CLOSE, start);
    const name = text.slice(start + 1, end);
    const found = own(env, name);
    if (found === undefined || found === "") unset.push(name);
    value += text.slice(from, start) + (found ?? "");
    from = end + 1;
  }
};

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** Fills in the marks of every string in a value. @throws VariableError for a variable in the place of a name. */
export const fillVariables = (value: Value, env: Environment): Filled => {
  if (typeof value === "string") return fillText(value, env);
  if (typeof value !== "object" || value === null) return { value, unset: [] };
  if (isList(value)) {
    const items = value.map((item) => fillVariables(item, env));
    return { value: items.map((item) => item.value), unset: items.flatMap((item) => item.unset) };
  }
  const members = Object.entries(value).map(([key, member]) => {
    if (key.includes(OPEN)) throw new VariableError("a variable cannot stand for the name of a field");
    return [key, fillVariables(member, env)] as const;
  });
  return {
    value: Object.fromEntries(members.map(([key, member]) => [key, member.value])),
    unset: members.flatMap(([, member]) => member.unset),
  };
};
