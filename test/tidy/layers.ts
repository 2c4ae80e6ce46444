/** Who may import whom: the ranks of ARCHITECTURE.md as data, and the rules that read it. */
import path from "node:path";

import { codeOf, importsOf, isTest, resolveImport, type SourceFile } from "./source.ts";

/** Files directly in src/ that everything may import. They know only each other. */
const ROOT_FILES = [
  "attempt",
  "config",
  "csv",
  "errors",
  "hold",
  "id",
  "measure",
  "money",
  "postgres-address",
  "price",
  "refund",
  "secret",
  "table",
  "unit",
];
/** Files directly in src/ that put everything together. */
const TOP_FILES = [
  "main",
  "server",
  "primary",
  "worker",
  "world",
  "upkeep",
  "price-clock",
  "first-start",
  "front",
  "video-tasks",
  "web-console",
];

/** Folders of src/ by rank: import only from a lower one; folders of one rank do not know each other. */
const RANKS: readonly (readonly string[])[] = [
  [],
  ["protocols", "db", "http"],
  ["providers"],
  ["catalog", "accounts", "keys", "upstreams", "ledger", "limits", "usage"],
  ["settings"],
  ["gateway", "sandbox", "tasks", "payments", "cluster"],
  ["console"],
  ["cli"],
];
const TOP = RANKS.length - 1;

interface Place {
  readonly rank: number;
  /** What may always import itself: the folder, or all root files of one kind. */
  readonly unit: string;
}

/** Where a path stands, or null when nobody gave it a rank. */
const placeOf = (name: string): Place | null => {
  const parts = name.split("/");
  if (["test", "scripts", "bench"].includes(parts[0] ?? "")) return { rank: TOP + 1, unit: parts[0] ?? "" };
  if (parts[0] !== "src") return null;
  if (parts.length === 2) {
    const stem = (parts[1] ?? "").replace(/\.test\.ts$|\.ts$/, "");
    if (ROOT_FILES.includes(stem)) return { rank: 0, unit: "src" };
    return TOP_FILES.includes(stem) ? { rank: TOP, unit: "top" } : null;
  }
  const folder = parts[1] ?? "";
  const rank = RANKS.findIndex((folders) => folders.includes(folder));
  return rank < 0 ? null : { rank, unit: folder };
};

const checkImport = (from: Place, target: string): string | null => {
  const to = placeOf(target);
  if (to === null) return target.startsWith("src/") ? `imports ${target}, which has no rank` : null;
  if (to.unit === from.unit || to.rank < from.rank) return null;
  // main.ts and the command line are both tops: each may start what the other is made of.
  if (to.rank === TOP && from.rank === TOP) return null;
  return `imports ${target} (rank ${to.rank}) from rank ${from.rank}`;
};

/** Import ranks, for every file of the server and everything that stands on it. */
export const checkRanks = (file: SourceFile): string[] => {
  const from = placeOf(file.path);
  if (from === null) return file.path.startsWith("src/") ? ["has no rank: name it in test/tidy/layers.ts"] : [];
  return importsOf(file).flatMap((specifier) => {
    const target = resolveImport(file.path, specifier);
    return target === null ? [] : (checkImport(from, target) ?? []);
  });
};

/** Root files that the protocols may know: they turn bytes into bytes and know nothing of money. */
const KNOWN_TO_PROTOCOLS = ["src/errors.ts", "src/table.ts", "src/unit.ts"];

/** Bytes are what a protocol is about, and a hash is a function of them. */
const PURE_MODULES = ["node:buffer", "node:crypto"];
/** Reading any of these makes the same input give another output. */
const IMPURE_WORDS =
  /\b(?:randomBytes|randomUUID|randomInt|Date\.now|new\s+Date|performance\.|process\.|setTimeout|setInterval)/g;

/** protocols/ is pure: no clock, no network, no file, no money. */
export const checkProtocols = (file: SourceFile): string[] => {
  if (!file.path.startsWith("src/protocols/") || isTest(file.path)) return [];
  const imports = importsOf(file).flatMap((specifier) => {
    const target = resolveImport(file.path, specifier);
    if (target === null) return PURE_MODULES.includes(specifier) ? [] : [`imports ${specifier}: protocols are pure`];
    const isKnown = target.startsWith("src/protocols/") || KNOWN_TO_PROTOCOLS.includes(target);
    return isKnown ? [] : [`imports ${target}: protocols know only errors, units and tables`];
  });
  const words = [...codeOf(file.text).matchAll(IMPURE_WORDS)].map(([word]) => `uses ${word}: protocols are pure`);
  return [...imports, ...words];
};

/** Fixtures are for tests: the server must not need them. */
export const checkFixtures = (file: SourceFile): string[] =>
  !file.path.startsWith("src/") || isTest(file.path)
    ? []
    : importsOf(file)
        .filter((specifier) => isTest(resolveImport(file.path, specifier) ?? ""))
        .map((specifier) => `imports ${specifier}: only tests may`);

/** The pure model of each feature: what it is, without where it is kept or how it is asked for. */
const NOUNS = new Set([
  "src/accounts/account.ts",
  "src/accounts/claim.ts",
  "src/catalog/entry.ts",
  "src/catalog/model.ts",
  "src/keys/key.ts",
  "src/ledger/ledger.ts",
  "src/ledger/outcome.ts",
  "src/ledger/transfer.ts",
  "src/limits/limit.ts",
  "src/limits/window.ts",
  "src/upstreams/upstream.ts",
]);
const IMPURE_MODULES = ["node:fs", "node:http", "node:https", "node:net", "node:sqlite", "kysely", "undici"];

export const checkNouns = (file: SourceFile): string[] =>
  !NOUNS.has(file.path)
    ? []
    : importsOf(file)
        .filter((specifier) => {
          const base = path.posix.basename(specifier);
          return (
            base === "store.ts" ||
            base.endsWith("-store.ts") ||
            base === "routes.ts" ||
            IMPURE_MODULES.includes(specifier)
          );
        })
        .map((specifier) => `imports ${specifier}: a noun is pure`);

const isStore = (name: string): boolean => name.endsWith("/store.ts") || name.endsWith("-store.ts");

/** Hands the database from what starts the server to the stores, and asks it nothing. */
const HANDS_THE_DATABASE_ON = ["src/console/services.ts"];

/** SQL has few homes: stores, db/ itself, settings/ (which applies a file in one transaction), and what starts the server. */
export const checkDatabase = (file: SourceFile): string[] => {
  const place = placeOf(file.path);
  if (place === null || place.rank >= TOP || isTest(file.path) || isStore(file.path)) return [];
  if (place.unit === "db" || place.unit === "settings" || HANDS_THE_DATABASE_ON.includes(file.path)) return [];
  return importsOf(file)
    .filter((name) => ["kysely", "node:sqlite"].includes(name) || resolveImport(file.path, name)?.startsWith("src/db/"))
    .map((name) => `imports ${name}: only stores know the database`);
};

/** The only files that may call out. `send.ts` takes the hold; the others never reach a provider's model. */
const HTTP_CLIENTS = [
  "src/providers/send.ts",
  "src/providers/fetch-public.ts",
  "src/providers/public-stream.ts",
  "src/cli/doctor.ts",
];

export const checkClients = (file: SourceFile): string[] =>
  !file.path.startsWith("src/") || HTTP_CLIENTS.includes(file.path) || isTest(file.path)
    ? []
    : importsOf(file)
        .filter((name) => name === "undici")
        .map(() => "imports undici: only src/providers/send.ts calls providers");
