/** Applying a file to a real database: three-way, repeatable, all or nothing, and no credential in the file of the database. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadCatalog } from "../catalog/load.ts";
import { ConfigError } from "../config.ts";
import type { Database } from "../db/connect.ts";
import { DATABASES, rowsOf, script, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { newestPrices } from "../ledger/price-store.ts";
import { parseNano } from "../money.ts";
import { makeSecretBox } from "../secret.ts";
import { applyFile, type ApplyResult } from "./apply.ts";
import type { Installation } from "./installation.ts";
import { loadInstallation } from "./load.ts";
import { readObjects, writeObject } from "./store.ts";
import type { Environment, Fields } from "./variables.ts";

const catalog = loadCatalog();
const box = makeSecretBox("0123456789abcdef0123456789abcdef");
const SANDBOX = { baseUrl: "http://127.0.0.1:1", apiKey: "token" };

const CANARY = "sk-canary-3d1f9a";
const FILE = `
storefront: { name: Acme AI, keyPrefix: "sk-acme-" }
upstreams:
  - { id: main, provider: openai, apiKey: \${MAIN_KEY} }
  - { id: lab, provider: openai-compatible, baseUrl: http://127.0.0.1:9100/v1, apiKey: ${CANARY}-plain, models: { "gpt-4o": "x" } }
models:
  - { id: lab-model, context: 128000, maxOutput: 4096, prices: { input: "2.50", output: "10" }, routes: [{ upstream: lab, model: lab-1 }] }
plans:
  - { id: basic, discount: "70%", rpm: 200, default: true }
`;
/** An audit log that cannot be written. */
const BROKEN_LOG = {
  sqlite: "create trigger broken before insert on audit_log begin select raise(abort, 'disk'); end",
  postgres: "create trigger broken before insert on audit_log execute function raise_refusal('disk')",
} as const;
const ENV = { MAIN_KEY: `${CANARY}-env` };

describe.each(DATABASES)("on %s", (kind) => {
  let test: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    db = test.database;
  });
  afterEach(() => test.remove());

  const apply = async (text: string, env: Environment = ENV): Promise<ApplyResult> =>
    await applyFile(db, box, { text, env, catalog, actor: "test" });
  const load = async (production = false): Promise<Installation> =>
    await loadInstallation(db, { box, catalog, env: {}, production, sandbox: SANDBOX });
  const changed = ({ changes }: ApplyResult): string[] =>
    changes.map(({ kind, id, change, fields }) => `${kind} ${id} ${change} ${fields.join(",")}`.trim());

  /** What the console does: writes the row, and leaves what the file said alone. */
  const edit = async (id: string, fields: Fields, enabled?: boolean): Promise<void> => {
    const row = (await readObjects(db.kysely)).find((object) => object.id === id)!;
    await writeObject(db.kysely, { ...row, data: { ...row.data, ...fields }, enabled: enabled ?? row.enabled });
  };
  const plan = async (id = "basic") => (await load()).plans.get(id);

  describe("applyFile", () => {
    it("creates what the file names, and the installation has it", async () => {
      expect(changed(await apply(FILE))).toEqual([
        "storefront default created name,keyPrefix",
        "upstream main created provider,apiKey",
        "upstream lab created provider,baseUrl,apiKey,models",
        "model lab-model created context,maxOutput,prices,routes",
        "plan basic created discount,rpm,default",
      ]);
      const installation = await load(true);
      expect(installation.warnings).toEqual([]);
      expect(installation.storefront).toMatchObject({ name: "Acme AI", keyPrefix: "sk-acme-" });
      expect(installation.upstreams.get("main")?.apiKey).toBe(ENV.MAIN_KEY);
      expect(installation.upstreams.get("lab")?.apiKey).toBe(`${CANARY}-plain`);
      expect(installation.resolve("lab-model")).toMatchObject({
        callable: {
          model: { price: { base: { input: parseNano("2.50"), cache_read: parseNano("2.50") } } },
          candidates: [{ model: "lab-1" }],
        },
      });
      const found = installation.resolve("gpt-4o");
      expect(
        found.kind === "callable" ? found.callable.candidates.map((candidate) => candidate.upstream.id) : [],
      ).toEqual(["lab", "main"]);
    });

    it("changes nothing the second time, not even the version of the database", async () => {
      await apply(FILE);
      await load();
      const before = { objects: await readObjects(db.kysely), version: await db.dataVersion() };
      expect(await apply(FILE)).toEqual({ changes: [], warnings: [] });
      await load();
      expect({ objects: await readObjects(db.kysely), version: await db.dataVersion() }).toEqual(before);
    });

    it("publishes a configured model's price once, and again only when it changes (I-40)", async () => {
      const price = async () => (await newestPrices(db.kysely)).get("lab-model");
      await apply(FILE);
      const first = await price();
      expect(first?.base.output).toBe(parseNano("10"));
      await apply(FILE.replace("Acme AI", "Acme"));
      expect((await price())?.id).toBe(first?.id);
      await apply(FILE.replace('output: "10"', 'output: "11"'));
      expect((await price())?.base.output).toBe(parseNano("11"));
    });

    it("keeps what the console changed until the file's own value changes", async () => {
      await apply(FILE);
      await edit("basic", { rpm: 900 });
      expect((await apply(FILE)).changes).toEqual([]);
      expect((await plan())?.rpm).toBe(900);
      expect(changed(await apply(FILE.replace('"70%"', '"60%"')))).toEqual(["plan basic updated discount"]);
      expect(await plan()).toMatchObject({ rpm: 900, multiplier: { num: 2n, den: 5n } });
      expect(changed(await apply(FILE.replace("rpm: 200", "rpm: 300")))).toEqual(["plan basic updated discount,rpm"]);
      expect((await plan())?.rpm).toBe(300);
    });

    it("disables what left the file, keeps it, and enables it when it comes back", async () => {
      await apply(FILE);
      const without = FILE.slice(0, FILE.indexOf("plans:"));
      expect(changed(await apply(without))).toEqual(["plan basic disabled"]);
      expect(await plan()).toBeUndefined();
      expect((await apply(without)).changes).toEqual([]);
      expect(changed(await apply(FILE))).toEqual(["plan basic enabled"]);
      expect((await plan())?.rpm).toBe(200);
    });

    it("keeps disabled what the console disabled, and leaves alone what the console made", async () => {
      await apply(FILE);
      await edit("basic", {}, false);
      await writeObject(db.kysely, {
        kind: "plan",
        id: "own",
        data: { rpm: 5 },
        applied: { present: false, fields: {} },
        enabled: true,
        updatedAt: 1,
      });
      expect((await apply(FILE)).changes).toEqual([]);
      expect(await plan()).toBeUndefined();
      expect((await plan("own"))?.rpm).toBe(5);
    });

    it("disables an upstream whose variable is not set, with a warning, and enables it once it is", async () => {
      const { warnings, changes } = await apply(FILE, {});
      expect(warnings).toEqual(["upstream 'main' is disabled: the variable MAIN_KEY is not set"]);
      expect(changes).toHaveLength(5);
      expect((await load()).upstreams.has("main")).toBe(false);
      expect((await apply(FILE, {})).changes).toEqual([]);
      expect(changed(await apply(FILE))).toEqual(["upstream main enabled apiKey"]);
      expect((await load()).upstreams.get("main")?.apiKey).toBe(ENV.MAIN_KEY);
      expect(changed(await apply(FILE, {}))).toEqual(["upstream main disabled"]);
      expect(changed(await apply(FILE))).toEqual(["upstream main enabled"]);
    });

    it("takes a credential that changed, and keeps one that the console changed", async () => {
      await apply(FILE);
      expect(changed(await apply(FILE, { MAIN_KEY: "sk-second" }))).toEqual(["upstream main updated apiKey"]);
      expect((await load()).upstreams.get("main")?.apiKey).toBe("sk-second");
      await edit("main", { apiKey: box.seal("upstream-credential", ["upstream", "main", "apiKey"], "sk-console") });
      expect((await apply(FILE, { MAIN_KEY: "sk-second" })).changes).toEqual([]);
      expect((await load()).upstreams.get("main")?.apiKey).toBe("sk-console");
    });

    it("leaves no credential in any row of the database, nor in its files", async () => {
      await apply(FILE);
      await apply(FILE, { MAIN_KEY: `${CANARY}-two` });
      for (const table of ["config_object", "audit_log"]) {
        const rows = await rowsOf(db, `select * from ${table}`);
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.map((row) => Object.values(row).join()).join()).not.toContain(CANARY);
      }
      if (kind !== "sqlite") return;
      await db.close();
      const dir = path.dirname(test.file);
      for (const file of readdirSync(dir)) expect(readFileSync(path.join(dir, file)).includes(CANARY)).toBe(false);
      expect(readFileSync(test.file).includes("Acme AI")).toBe(true);
    });

    it("does not use a credential that was moved to another row", async () => {
      await apply(FILE);
      const { data } = (await readObjects(db.kysely)).find((object) => object.id === "lab")!;
      await edit("main", { apiKey: data["apiKey"]! });
      const installation = await load();
      expect(installation.upstreams.has("main")).toBe(false);
      expect(installation.warnings.join()).toContain("upstream 'main' is not used: its apiKey cannot be opened");
    });

    it("writes one row per change to the audit log, without values", async () => {
      await apply(FILE);
      const rows = await db.kysely.selectFrom("audit_log").selectAll().orderBy("id").execute();
      expect(rows.map((row) => `${row.actor} ${row.action} ${row.object}`)).toEqual([
        "test storefront.created default",
        "test upstream.created main",
        "test upstream.created lab",
        "test model.created lab-model",
        "test plan.created basic",
      ]);
      expect(JSON.stringify(rows.map((row) => row.detail))).not.toContain("9100");
    });

    it.each([
      ["an unknown field", FILE.replace("rpm: 200", "rpd: 200"), "plans[0]"],
      ["a new chat model without a context", FILE.replace("context: 128000, ", ""), "model 'lab-model': context"],
      [
        "a route to an upstream that does not exist",
        FILE.replace("upstream: lab,", "upstream: lob,"),
        "model 'lab-model': routes[0].upstream: there is no upstream 'lob'",
      ],
    ])("refuses %s and changes nothing", async (_name, text, where) => {
      const attempt = apply(text);
      await expect(attempt).rejects.toThrow(ConfigError);
      await expect(attempt).rejects.toThrow(where);
      expect(await readObjects(db.kysely)).toEqual([]);
    });

    it("changes nothing when the audit log cannot be written", async () => {
      await script(db, BROKEN_LOG[kind]);
      await expect(apply(FILE)).rejects.toThrow("disk");
      expect(await readObjects(db.kysely)).toEqual([]);
      expect((await newestPrices(db.kysely)).size).toBe(0);
    });

    it("warns of a model without a price for all it emits, and applies the rest (I-43)", async () => {
      const { warnings } = await apply(FILE.replace(', output: "10"', ""));
      expect(warnings).toEqual(["model 'lab-model' is not listed: no price for output, reasoning"]);
      expect((await load()).resolve("lab-model").kind).toBe("unknown");
    });
  });
});
