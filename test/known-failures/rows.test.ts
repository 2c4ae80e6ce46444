/** Published failures of others have tests here: each row's are there, and docs/known-failures.md says the same, row by row. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { KeyCache } from "../../src/keys/cache.ts";
import { mintKey, type KeyRecord } from "../../src/keys/key.ts";
import { KNOWN_FAILURES } from "./rows.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const PAGE = "docs/known-failures.md";
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

const rows = Object.values(KNOWN_FAILURES).flat();

describe("each has a test that is there", () => {
  it.each(rows.map((one) => [one.row, one.what, one] as const))("%s: %s", (_row, _what, { shown }) => {
    if (typeof shown === "string") return;
    expect(shown.length).toBeGreaterThan(0);
    for (const [file, title] of shown) {
      expect(existsSync(path.join(ROOT, file)), file).toBe(true);
      // A title may be written over two lines, or in a call of its own; it stands in quotes somewhere.
      expect(read(file).includes(title), `${file} has no test about "${title}"`).toBe(true);
    }
  });

  it("they are all, in order, and no failure stands twice", () => {
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: rows.length }, (_, index) => `b${index + 1}`));
    const ids = rows.flatMap((one) => one.ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe(`${PAGE} says the same`, () => {
  const cited = (file: string): string => `[${path.posix.basename(file)}](../${file})`;

  it.each(Object.entries(KNOWN_FAILURES))("%s", (title, failures) => {
    const lines = failures.map(({ row, ids, what, shown }) => {
      const where =
        typeof shown === "string" ? `none: ${shown}` : [...new Set(shown.map(([file]) => cited(file)))].join(" ");
      return `| ${row} | ${ids.join(", ")} | ${what} | ${where} |`;
    });
    const table = ["| | published as | what went wrong | shown by |", "|---|---|---|---|", ...lines];
    expect(read(PAGE)).toContain([`## ${title}`, "", ...table].join("\n"));
  });
});

const record = (id: number): KeyRecord => ({
  id,
  publicId: `key_${id}`,
  name: "k",
  status: "active",
  expiresAt: null,
  rpm: null,
  tpm: null,
  concurrency: null,
  models: null,
  budget: null,
  accountId: id,
  accountFrozen: false,
  planId: null,
});

it("b2: two keys with the same beginning are two keys", async () => {
  const format = { prefix: "sk-the-same-twenty-one-x" };
  const [one, two] = [mintKey(format), mintKey(format)];
  let loads = 0;
  const cache = new KeyCache(() => Promise.resolve(record(++loads)));
  expect(await cache.find(one)).toMatchObject({ accountId: 1 });
  expect(await cache.find(two)).toMatchObject({ accountId: 2 });
  expect(await cache.find(one)).toMatchObject({ accountId: 1 });
});
