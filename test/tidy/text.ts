/** What must not stand in a file: rules about names, sizes and words. Each takes a file and returns what is wrong with it. */
import { codeOf, isCode, isTest, lineAt, type SourceFile } from "./source.ts";

/** Every match of a pattern, as `line 3: why`. */
const matches = (text: string, pattern: RegExp, why: string): string[] =>
  [...text.matchAll(pattern)].map((match) => `line ${lineAt(text, match.index)}: ${why}`);

const MAX_LINES = 400;
const MAX_TEST_LINES = 600;
/** Nobody writes these, and nobody reads them. */
const GENERATED = new Set(["console/api/schema.d.ts"]);

/** Length in lines of code: blank lines and comments are free, so that nobody saves on them. */
export const checkLength = (file: SourceFile): string[] => {
  if (!isCode(file.path) || GENERATED.has(file.path)) return [];
  const most = isTest(file.path) ? MAX_TEST_LINES : MAX_LINES;
  const lines = codeOf(file.text)
    .split("\n")
    .filter((line) => line.trim() !== "").length;
  return lines > most ? [`${lines} lines of code, at most ${most}`] : [];
};

const KEBAB = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;
const MIGRATION = /^\d{4}_[a-z0-9]+(?:_[a-z0-9]+)*\.sql$/;
/** Names that the world spells in capitals. */
const CAPITALS = new Set([
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "STYLE.md",
  "LICENSE",
  "Dockerfile",
]);
const BANNED_FOLDERS = new Set(["utils", "util", "helpers", "common", "types", "misc", "lib", "shared"]);

/** File and folder names. A model's file is named by the model's id, as its maker spells it. */
export const checkName = (file: SourceFile): string[] => {
  const parts = file.path.split("/");
  const base = parts.at(-1) ?? "";
  const folders = parts.slice(0, -1);
  const wrong: string[] = [];
  const isFree = CAPITALS.has(base) || file.path.startsWith("catalog/models/");
  const isFine = file.path.startsWith("migrations/") ? MIGRATION.test(base) || KEBAB.test(base) : KEBAB.test(base);
  if (!isFree && !isFine) wrong.push("is not named in kebab-case");
  for (const folder of folders) {
    if (BANNED_FOLDERS.has(folder)) wrong.push(`folder ${folder}/ says nothing of what it holds`);
    if (!KEBAB.test(folder)) wrong.push(`folder ${folder}/ is not named in kebab-case`);
  }
  return wrong;
};

/** Every source file tells first what it is for. */
export const checkOpening = (file: SourceFile): string[] => {
  if (!isCode(file.path) || file.path.endsWith(".test.ts")) return [];
  const text = file.text.startsWith("#!") ? file.text.slice(file.text.indexOf("\n") + 1) : file.text;
  return text.startsWith("/**") || text.startsWith("//")
    ? []
    : ["does not open with a comment that says what it is for"];
};

// Each pattern is written so that this file does not match itself.
const MACHINE_PATH = /(?<![\w.])\/(?:work|root|home\/[a-z]\w*|Users\/\w+)(?![\w-])/g;
const REGISTRY_HOST = /\b(?:registry\.[a-z0-9.-]+\.[a-z]{2,}|[a-z0-9.-]*npmmirror\.com|pkg\.github\.com)\b/g;
const UNFINISHED = /\b(?:TO[D]O|FIX[M]E|X{3}|HA[C]K)\b/g;

/** What is true of one machine only, or not finished. */
export const checkWords = (file: SourceFile): string[] => [
  ...matches(file.text, MACHINE_PATH, "a path of one machine"),
  ...matches(file.text, REGISTRY_HOST, "a registry's host: that is the machine's own setting"),
  ...matches(file.text, UNFINISHED, "unfinished work belongs in an issue"),
  ...(file.path === "package-lock.json" ? matches(file.text, /"resolved":/g, "the lock file names a host") : []),
];

const DEFAULT_EXPORT = /\bexport\s+default\b/g;
const ANY = /\bas\s+any\b|:\s*any\b/g;
const REEXPORT_ALL = /\bexport\s+\*\s+from\b/g;

/** Words of the language that the house does without. Configuration files of tools are free to export a default. */
export const checkLanguage = (file: SourceFile): string[] => {
  if (!isCode(file.path)) return [];
  const code = codeOf(file.text);
  const isConfig = file.path.endsWith(".config.ts");
  return [
    ...(isConfig ? [] : matches(code, DEFAULT_EXPORT, "a default export has no name of its own")),
    ...matches(code, ANY, "`any` switches the compiler off; use unknown"),
    ...matches(code, REEXPORT_ALL, "a barrel hides where things live"),
  ];
};

/** Where randomness that is no secret may come from: the weights of routing. */
const MAY_DRAW = ["src/server.ts"];
/** Where amounts are computed or shown. */
const NEAR_MONEY = /^src\/(?:money|price|hold)\.ts$|^src\/(?:ledger|accounts|keys|gateway|catalog|settings|usage)\//;

/** Calls that are a mistake where they stand. */
export const checkCalls = (file: SourceFile): string[] => {
  if (!file.path.startsWith("src/") || isTest(file.path)) return [];
  const code = codeOf(file.text);
  return [
    ...(MAY_DRAW.includes(file.path)
      ? []
      : matches(code, /\bMath\.random\b/g, "ids and codes come from node:crypto (src/id.ts)")),
    ...matches(code, /(?<![\w.#])fetch\s*\(/g, "calls go out through src/providers/send.ts"),
    ...(NEAR_MONEY.test(file.path)
      ? matches(code, /\bparseFloat\b|\.toFixed\s*\(/g, "amounts are bigint (src/money.ts)")
      : []),
  ];
};

/** A literal that is asked, or filled, with any string: at any depth when it is empty, and as a constant of its file. */
const OPEN_LITERAL =
  /^(?:export )?const \w+: (?:Readonly<)?(?:Partial<)?(?:Record<string\b|\{ (?:readonly )?\[\w+: string\])[^;]*?[>}]\s*=\s*\{|(?:const|let) \w+: (?:Readonly<)?Record<string\b[^;={]*>\s*=\s*\{\}|\{\} as (?:Readonly<)?Record<string\b/gm;
const FORCED_NAME = /\bas keyof typeof\b/g;

/** What every object inherits must be no answer: `valueOf` in a table of prices was a price once (src/table.ts). */
export const checkTables = (file: SourceFile): string[] => {
  if (!file.path.startsWith("src/") || isTest(file.path)) return [];
  const code = codeOf(file.text);
  return [
    ...matches(code, OPEN_LITERAL, "what is looked up by any string is a table() or a blank() of src/table.ts"),
    ...matches(
      code,
      FORCED_NAME,
      "look the word up in a table() (src/table.ts); a cast answers with what is inherited",
    ),
  ];
};
