/** What a first visit has to load before anything is shown: the entry of the build and all that it imports. What nobody counts grows. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { parseAst } from "vite";
import { expect, it } from "vitest";

const DIST = process.env["FARTHING_CONSOLE"] ?? path.join(import.meta.dirname, "..", "..", "console", "dist");
const PREFIX = "/console/";
/** Bytes of script, compressed by gzip. */
const MOST_BYTES = 250_000;
/** What only charts need, and no first page has: the library's own mark. */
const CHARTS = "recharts-";

const textOf = (name: string): string => readFileSync(path.join(DIST, name), "utf8");

/** The scripts that the page names: the theme's, and the entry. */
const scriptsOf = (page: string): string[] =>
  page
    .split("<script")
    .slice(1)
    .map((part) => part.split('src="')[1]?.split('"')[0] ?? "")
    .filter((address) => address.startsWith(PREFIX))
    .map((address) => address.slice(PREFIX.length));

/** What a script imports before it begins; what it may ask for later is not among it. */
const importsOf = (name: string): string[] =>
  parseAst(textOf(name)).body.flatMap((node) => {
    const isFrom = ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"].includes(node.type);
    const source = isFrom && "source" in node ? node.source : null;
    return source !== null && typeof source === "object" && "value" in source && typeof source.value === "string"
      ? [path.posix.join(path.posix.dirname(name), source.value)]
      : [];
  });

const reachable = (first: readonly string[]): Set<string> => {
  const known = new Set(first);
  // A set hands out what is added while it is walked.
  for (const name of known) for (const next of importsOf(name)) known.add(next);
  return known;
};

it("loads at most 250 KB of script before the first page, and no charts", () => {
  expect(existsSync(path.join(DIST, "index.html")), "the console is built by `npm start` and `npm test`").toBe(true);
  const scripts = reachable(scriptsOf(textOf("index.html")));
  expect(scripts.size).toBeGreaterThan(1);
  const sizes = [...scripts].map((name) => [name, gzipSync(textOf(name), { level: 9 }).length] as const);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(MOST_BYTES);
  expect([...scripts].filter((name) => textOf(name).includes(CHARTS))).toEqual([]);
});
