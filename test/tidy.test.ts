/**
 * The rules of this repository, as a test. Each is a function over files (test/tidy/); each is proved here on a planted violation and
 * on something similar that is fine, so that a rule that checks nothing is noticed.
 */
import { describe, expect, it } from "vitest";

import { checkDecisions, checkLinks, checkMentions, treeOf } from "./tidy/documents.ts";
import { checkClients, checkDatabase, checkFixtures, checkNouns, checkProtocols, checkRanks } from "./tidy/layers.ts";
import { codeOf, importsOf, listPaths, readFiles, type SourceFile } from "./tidy/source.ts";
import {
  checkCalls,
  checkLanguage,
  checkLength,
  checkName,
  checkOpening,
  checkTables,
  checkWords,
} from "./tidy/text.ts";

const paths = listPaths();
const files = readFiles(paths);
const tree = treeOf(paths, files);

type Check = (file: SourceFile) => string[];
type Planted = readonly [path: string, text: string];
interface Rule {
  readonly name: string;
  readonly check: Check;
  /** Each must be caught. */
  readonly bad: readonly Planted[];
  /** None may be. */
  readonly good: readonly Planted[];
}

// Planted words are put together here, so that this file does not hold them itself.
const slash = "/";
const joined = (...parts: readonly string[]) => parts.join("");
const lines = (count: number, line = "f();") => `${line}\n`.repeat(count);
const small = treeOf(["docs/a.md", "src/x.ts"], [{ path: "docs/a.md", text: "# One two\n" }]);

const rules: readonly Rule[] = [
  {
    name: "imports go down the ranks",
    check: checkRanks,
    bad: [
      ["src/keys/store.ts", 'import { a } from "../gateway/plan.ts";'],
      ["src/keys/store.ts", 'import { a } from "../accounts/store.ts";'],
      ["src/money.ts", 'import { a } from "./keys/key.ts";'],
      ["src/money.ts", 'export { a } from "./main.ts";'],
      ["src/db/connect.ts", 'const a = await import("../http/server.ts");'],
      ["src/cli/apply.ts", 'import "../../test/provision.ts";'],
      ["src/misplaced/a.ts", "export const a = 1;"],
      ["src/misplaced.ts", "export const a = 1;"],
      ["src/gateway/a.ts", 'import { a } from "../misplaced/a.ts";'],
    ],
    good: [
      [
        "src/gateway/plan.ts",
        'import { a } from "../keys/key.ts";\nimport { b } from "./call.ts";\nimport fs from "node:fs";',
      ],
      ["src/price.ts", 'import { a } from "./money.ts";'],
      [
        "src/keys/store.ts",
        '// import { a } from "../gateway/plan.ts";\nconst text = \'import "../gateway/plan.ts"\';',
      ],
      ["test/provision.ts", 'import { a } from "../src/cli/main.ts";'],
    ],
  },
  {
    name: "protocols are pure",
    check: checkProtocols,
    bad: [
      ["src/protocols/relay.ts", 'import { a } from "../money.ts";'],
      ["src/protocols/relay.ts", 'import { a } from "node:fs";'],
      ["src/protocols/relay.ts", 'import { randomBytes } from "node:crypto";'],
      ["src/protocols/relay.ts", "const created = Date.now();"],
    ],
    good: [
      ["src/protocols/anthropic/meter.ts", 'import { a } from "../../unit.ts";\nimport { b } from "../protocol.ts";'],
      ["src/protocols/seal.ts", 'import { createHash } from "node:crypto"; // randomBytes'],
      ["src/protocols/relay.test.ts", 'import { a } from "vitest";'],
    ],
  },
  {
    name: "fixtures are for tests",
    check: checkFixtures,
    bad: [
      ["src/gateway/plan.ts", 'import { a } from "./fixtures.ts";'],
      ["src/protocols/relay.ts", 'import { a } from "./fixtures/own.ts";'],
      ["src/server.ts", 'import { a } from "../test/provision.ts";'],
    ],
    good: [
      ["src/gateway/plan.test.ts", 'import { a } from "./fixtures.ts";'],
      ["src/gateway/plan.ts", 'import { a } from "./call.ts";'],
    ],
  },
  {
    name: "a noun imports neither its store nor its routes",
    check: checkNouns,
    bad: [
      ["src/keys/key.ts", 'import { a } from "./store.ts";'],
      ["src/catalog/model.ts", 'import { a } from "./routes.ts";'],
      ["src/ledger/ledger.ts", 'import { a } from "./price-store.ts";'],
      ["src/limits/window.ts", 'import { a } from "node:fs";'],
    ],
    good: [["src/keys/key.ts", 'import { a } from "../money.ts";\nimport { b } from "node:crypto";']],
  },
  {
    name: "only stores know the database",
    check: checkDatabase,
    bad: [
      ["src/gateway/plan.ts", 'import { a } from "../db/connect.ts";'],
      ["src/keys/key.ts", 'import { a } from "kysely";'],
      ["src/ledger/ledger.ts", 'import type { a } from "node:sqlite";'],
    ],
    good: [
      ["src/keys/store.ts", 'import { a } from "../db/connect.ts";'],
      ["src/ledger/price-store.ts", 'import { a } from "kysely";'],
      ["src/settings/apply.ts", 'import { a } from "../db/connect.ts";'],
      ["src/cli/main.ts", 'import { a } from "../db/connect.ts";'],
    ],
  },
  {
    name: "only send.ts calls providers",
    check: checkClients,
    bad: [["src/gateway/attempt.ts", 'import { request } from "undici";']],
    good: [["src/providers/send.ts", 'import { Agent } from "undici";']],
  },
  {
    name: "files are short",
    check: checkLength,
    bad: [
      ["src/a.ts", lines(401)],
      ["test/a.test.ts", lines(601)],
    ],
    good: [
      ["src/a.ts", lines(400) + lines(500, "// why") + lines(50, "")],
      ["test/a.test.ts", lines(600)],
      ["docs/a.md", lines(2000)],
    ],
  },
  {
    name: "names are kebab-case and say something",
    check: checkName,
    bad: [
      ["src/keys/keyStore.ts", ""],
      ["src/keys/key_store.ts", ""],
      ["src/utils/a.ts", ""],
      ["src/Keys/a.ts", ""],
      ["docs/Guide.md", ""],
      ["migrations/sqlite/1-ledger.SQL", ""],
    ],
    good: [
      ["src/keys/price-store.test.ts", ""],
      ["catalog/models/minimax/MiniMax-M3.json", ""],
      ["migrations/sqlite/0001_ledger.sql", ""],
      ["docs/decisions/0001-pass-through-or-hub.md", ""],
      [".ci/run", ""],
    ],
  },
  {
    name: "files open with what they are for",
    check: checkOpening,
    bad: [["src/a.ts", "import fs from 'node:fs';\n/** late */"]],
    good: [
      ["src/a.ts", "/** What it is for. */"],
      ["scripts/a.mjs", "#!/usr/bin/env node\n// What it is for."],
      ["src/a.test.ts", "import fs from 'node:fs';"],
    ],
  },
  {
    name: "nothing of one machine, nothing unfinished",
    check: checkWords,
    bad: [
      ["README.md", `cd ${slash}work${slash}main`],
      ["src/a.ts", `"${slash}root"`],
      ["docs/a.md", `see ${slash}home${slash}anna/x`],
      ["docs/a.md", `https://${joined("regis", "try.example.org")}`],
      ["src/a.ts", `// ${joined("TO", "DO")} later`],
      ["src/a.ts", `// ${joined("FIX", "ME")}`],
      ["package-lock.json", `"resolved": "https://example.com"`],
    ],
    good: [
      ["README.md", "WORKERS=2 and https://example.com/work and ../root and a home/page, /working, Todo lists"],
      ["src/a.ts", '"registry"'],
    ],
  },
  {
    name: "no default export, no any, no barrel",
    check: checkLanguage,
    bad: [
      ["src/a.ts", "export default 1;"],
      ["src/a.ts", "const a = b as any;"],
      ["src/a.ts", "const f = (a: any) => a;"],
      ["src/a.ts", 'export * from "./b.ts";'],
      ["src/a.ts", 'const a = /["/]/.test(b); const c = d as any;'],
    ],
    good: [
      ["vitest.config.ts", "export default {};"],
      ["src/a.ts", '// as any\nconst a = "export default"; const b = `as any ${"as any"}`; /* any */'],
      ["src/a.ts", "const anyone: Company = 1;"],
    ],
  },
  {
    name: "ids, calls and amounts are made where they belong",
    check: checkCalls,
    bad: [
      ["src/keys/key.ts", "const id = Math.random();"],
      ["src/gateway/plan.ts", "await fetch(url);"],
      ["src/money.ts", "parseFloat(text);"],
      ["src/ledger/audit-store.ts", "x.toFixed(2);"],
    ],
    good: [
      ["src/server.ts", "const random = Math.random;"],
      ["src/keys/cache.ts", "this.#fetch(id); cache.fetch(id); prefetch(id);"],
      ["src/http/metrics.ts", "x.toFixed(3);"],
      ["src/gateway/plan.test.ts", "Math.random();"],
    ],
  },
  {
    name: "tables inherit nothing",
    check: checkTables,
    bad: [
      ["src/a.ts", "const A: Readonly<Record<string, number>> = { low: 1 };"],
      ["src/a.ts", "export const A: Readonly<Record<string, (a: B) => Readonly<C>>> = {\n  low: f,\n};"],
      ["src/a.ts", "const A: Record<string, readonly [number, number] | undefined> = {\n  low: [1, 2],\n};"],
      ["src/a.ts", "const A: { readonly [name: string]: number } = { low: 1 };"],
      ["src/a.ts", "const f = () => {\n  const made: Record<string, Json> = {};\n};"],
      ["src/a.ts", "const made = { set: {} as Record<string, string> };"],
      ["src/a.ts", "const a = A[word as keyof typeof A];"],
    ],
    good: [
      ["src/a.ts", "const A = table<number>({ low: 1 });"],
      ["src/a.ts", "const A: Readonly<Record<Word, number>> = { low: 1 };"],
      ["src/a.ts", "const A = { low: 1 } as const satisfies Record<string, number>;"],
      ["src/a.ts", "const f = (a: Readonly<Record<string, number>>) => { g(a); };"],
      ["src/a.ts", "const f = (): Record<string, number> => ({ a: 1 });"],
      ["src/a.ts", "const f = (a: Record<string, number> = {}) => g(a);"],
      ["src/a.ts", "// const A: Record<string, number> = {};"],
      ["src/a.test.ts", "const A: Record<string, number> = {};"],
    ],
  },
  {
    name: "links and mentions of documents resolve",
    check: (file) => [...checkLinks(file, small), ...checkMentions(file, small)],
    bad: [
      ["docs/b.md", "[gone](gone.md)"],
      ["docs/b.md", "[gone](../src/y.ts)"],
      ["docs/b.md", "[gone](a.md#three)"],
      ["src/x.ts", "// docs/gone.md"],
    ],
    good: [
      [
        "docs/b.md",
        "[a](a.md) [a](a.md#one-two) [x](../src/x.ts) [f](../src/) [out](https://example.com) `[code](gone.md)`",
      ],
      ["src/x.ts", "// docs/a.md"],
    ],
  },
];

const applied = (rule: Rule): Check =>
  rule.check === rules.at(-1)?.check ? (file) => [...checkLinks(file, tree), ...checkMentions(file, tree)] : rule.check;

describe.each(rules)("$name", (rule) => {
  it.each(rule.bad)("catches %s: %j", (path, text) => {
    expect(rule.check({ path, text })).not.toEqual([]);
  });

  it.each(rule.good)("accepts %s: %j", (path, text) => {
    expect(rule.check({ path, text })).toEqual([]);
  });

  it("holds everywhere", () => {
    const check = applied(rule);
    expect(files.flatMap((file) => check(file).map((wrong) => `${file.path}: ${wrong}`))).toEqual([]);
  });
});

describe("decisions", () => {
  const decision = (number: string) =>
    `# ${number}. Title\n\n## Context\n\n## Decision\n\n## Consequences\n\n## Evidence\n\n`;
  const treeWith = (documents: Readonly<Record<string, string>>) => {
    const planted = Object.entries(documents).map(([name, text]) => ({ path: `docs/decisions/${name}`, text }));
    return treeOf(
      planted.map((file) => file.path),
      planted,
    );
  };

  it.each([
    ["no index", { "0001-a.md": decision("0001") }],
    [
      "a gap",
      { "README.md": "[a](0001-a.md) [c](0003-c.md)", "0001-a.md": decision("0001"), "0003-c.md": decision("0003") },
    ],
    [
      "a number used twice",
      { "README.md": "[a](0001-a.md) [b](0001-b.md)", "0001-a.md": decision("0001"), "0001-b.md": decision("0001") },
    ],
    ["not listed", { "README.md": "", "0001-a.md": decision("0001") }],
    ["another number in its title", { "README.md": "[a](0001-a.md)", "0001-a.md": decision("0002") }],
    ["a missing section", { "README.md": "[a](0001-a.md)", "0001-a.md": "# 0001. Title\n\n## Context\n" }],
  ])("catches %s", (_, documents) => {
    expect(checkDecisions(treeWith(documents))).not.toEqual([]);
  });

  it("are numbered without gaps, whole and listed", () => {
    expect(checkDecisions(treeWith({ "README.md": "[a](0001-a.md)", "0001-a.md": decision("0001") }))).toEqual([]);
    expect(checkDecisions(tree)).toEqual([]);
  });
});

describe("the reader of source files", () => {
  it.each([
    ["a comment", "a; // b\nc /* d */", "a; \nc "],
    ["a string with a comment in it", 'a("// b"); c', 'a(" "); c'],
    ["a string with an escaped quote", 'a("b\\"c"); d', 'a(" "); d'],
    ["a template with nested quotes", "a(`b ${c(`}`)} d`); e", 'a(" "); e'],
    ["a regular expression with quotes", "a(/[\"'/]/); b // c", 'a(" "); b '],
    ["a division", "a / b / c; // d", "a / b / c; "],
  ])("blanks %s", (_, text, expected) => {
    expect(codeOf(text)).toHaveLength(text.length);
    expect(codeOf(text).replaceAll(/ +/g, " ")).toBe(expected);
  });

  it("finds static, dynamic, type and re-exported imports over several lines", () => {
    const text =
      'import type {\n  A,\n} from "./a.ts";\nimport "./b.ts";\nexport { c } from "./c.ts";\nconst d = import("./d.ts"); // import "./e.ts"';
    expect(importsOf({ path: "src/x.ts", text })).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts"]);
  });

  it("sees the whole repository", () => {
    const seen = new Set(files.map((file) => file.path));
    for (const name of ["src/money.ts", "README.md", "package-lock.json", ".ci/run", "test/tidy.test.ts"])
      expect(seen).toContain(name);
  });
});
