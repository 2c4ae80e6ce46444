/** The repository as the tidy rules see it: every text file once, and the little of TypeScript's grammar that the rules need. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A file of the repository. */
export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export const ROOT = path.join(import.meta.dirname, "..", "..");

/** Folders that are not part of the repository. */
const ABSENT = new Set([".git", "node_modules", "data", "coverage", "dist", "screens"]);
const TEXT = new Set(
  [".ts .tsx .mjs .js .json .jsonc .md .sql .yaml .yml .css .html .svg .txt .sh", "", ".dockerignore"].flatMap((list) =>
    list.split(" "),
  ),
);

/** Every path below a folder, relative to the root. */
export const listPaths = (folder = ""): string[] =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const relative = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [relative];
    return ABSENT.has(entry.name) ? [] : listPaths(relative);
  });

/** Reads the text files among some paths. */
export const readFiles = (paths: readonly string[]): SourceFile[] =>
  paths
    .filter((name) => TEXT.has(path.extname(name)))
    .map((name) => ({ path: name, text: readFileSync(path.join(ROOT, name), "utf8") }));

export const isCode = (name: string): boolean => name.endsWith(".ts") || name.endsWith(".tsx") || name.endsWith(".mjs");
/** What only tests use: tests, and the fixtures beside them. */
export const isTest = (name: string): boolean =>
  name.startsWith("test/") || name.endsWith(".test.ts") || name.endsWith("/fixtures.ts") || name.includes("/fixtures/");

/** What can stand before a regular expression, but not before a division. */
const BEFORE_REGEX = /[(,=:[!&|?{};+\-*%<>~^]$|^$|\b(?:return|typeof|case|in|of|do|else)$/;

/** Where the token that starts at `from` ends: a comment, a string, a template or a regular expression; or null for plain code. */
const tokenAt = (text: string, from: number, before: string): { kind: "comment" | "string"; end: number } | null => {
  const two = text.slice(from, from + 2);
  if (two === "//") return { kind: "comment", end: orEnd(text.indexOf("\n", from), text) };
  if (two === "/*") return { kind: "comment", end: orEnd(text.indexOf("*/", from), text, 2) };
  const quote = text[from];
  if (quote === '"' || quote === "'" || quote === "`") return { kind: "string", end: closing(text, from, quote) };
  if (quote === "/" && BEFORE_REGEX.test(before.trimEnd())) return { kind: "string", end: closing(text, from, "/") };
  return null;
};

const orEnd = (index: number, text: string, width = 0): number => (index < 0 ? text.length : index + width);

/** The end of a quoted token. Templates are taken whole, expressions in them included; classes of a regular expression may hold `/`. */
const closing = (text: string, from: number, quote: string): number => {
  let inClass = false;
  for (let i = from + 1; i < text.length; i++) {
    const character = text[i];
    if (character === "\\") i++;
    else if (quote === "/" && (character === "[" || character === "]")) inClass = character === "[";
    else if (quote === "`" && character === "$" && text[i + 1] === "{") i = expressionEnd(text, i + 2);
    else if (character === quote && !inClass) return i + 1;
  }
  return text.length;
};

/** The closing brace of a template's expression, nested quotes and braces skipped. */
const expressionEnd = (text: string, from: number): number => {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    const character = text[i] ?? "";
    if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return i;
    else if (character === '"' || character === "'" || character === "`") i = closing(text, i, character) - 1;
  }
  return text.length;
};

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

/** So much of what stands before tells whether a slash begins a pattern. */
const TAIL = 40;

/** A file's code with comments blanked and, unless asked otherwise, the contents of strings too. Lines and columns stay. */
export const codeOf = (text: string, strings: "kept" | "blanked" = "blanked"): string => {
  let out = "";
  // The last of it, apart: cut off the whole it would be joined anew for every letter of a long file.
  let tail = "";
  const add = (piece: string): void => {
    out += piece;
    tail = (tail + piece).slice(-TAIL);
  };
  let i = 0;
  while (i < text.length) {
    const token = tokenAt(text, i, tail);
    if (token === null) {
      add(text.charAt(i));
      i++;
      continue;
    }
    const piece = text.slice(i, token.end);
    const code = token.kind === "string" ? `"${blank(piece.slice(2))}"` : blank(piece);
    add(token.kind === "string" && strings === "kept" ? piece : code);
    i = token.end;
  }
  return out;
};

const IMPORT = /(?:\b(?:import|export)\b[^"';]*?\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g;

/** What a file imports, as written, static and dynamic; what only a string or a comment says is not an import. */
export const importsOf = (file: SourceFile): string[] => {
  const code = codeOf(file.text);
  return [...codeOf(file.text, "kept").matchAll(IMPORT)]
    .filter((match) => code.startsWith(match[0].slice(0, 6), match.index))
    .map((match) => match[1] ?? "");
};

/** An import resolved to a path of the repository, or null for a package. */
export const resolveImport = (from: string, specifier: string): string | null =>
  specifier.startsWith(".") ? path.posix.join(path.posix.dirname(from), specifier) : null;

/** The line of an index, from 1. */
export const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length;
