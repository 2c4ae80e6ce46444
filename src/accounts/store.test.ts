import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { DATABASES, rowsOf, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { cleanName } from "./account.ts";
import { createAccount, findAccount, listAccounts, setFrozen, setPlan } from "./store.ts";

describe.each(DATABASES)("accounts on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    database = test.database;
  });
  afterEach(() => test.remove());

  const create = (name: string) => createAccount(database, { name, planId: null, actor: "t" });
  const log = () => rowsOf(database, "select * from audit_log order by id");

  it("a new account is a customer's, empty, and cannot be guessed", async () => {
    const account = await create("Ann");
    expect(account).toMatchObject({ name: "Ann", balance: 0n, leased: 0n, frozen: false, planId: null });
    expect(account.publicId).toMatch(/^acc_[0-9a-z]{26}$/);
    expect(await findAccount(database.kysely, account.publicId)).toEqual(account);
    expect(await log()).toMatchObject([{ actor: "t", action: "account.create", object: account.publicId }]);
  });

  it("the ledger's own accounts are not found, listed, frozen or planned", async () => {
    expect(await findAccount(database.kysely, "acc_revenue")).toBeUndefined();
    expect(await listAccounts(database.kysely)).toEqual([]);
    const change = { publicId: "acc_revenue", actor: "t" };
    expect(await setFrozen(database, { ...change, frozen: true, reason: "r" })).toBe(false);
    expect(await setPlan(database, { ...change, planId: "p" })).toBe(false);
    expect(await log()).toEqual([]);
  });

  it("pages are in order and complete", async () => {
    const made = [];
    for (const name of ["a", "b", "c", "d", "e"]) made.push(await create(name));
    const first = await listAccounts(database.kysely, { limit: 2 });
    const rest = await listAccounts(database.kysely, { after: first.at(-1)?.id ?? 0, limit: 10 });
    expect([...first, ...rest]).toEqual(made);
  });

  it("freezing, thawing and plans are recorded with their reason", async () => {
    const { publicId } = await create("Ann");
    await setFrozen(database, { publicId, frozen: true, reason: "abuse", actor: "t" });
    expect((await findAccount(database.kysely, publicId))?.frozen).toBe(true);
    await setFrozen(database, { publicId, frozen: false, reason: "cleared", actor: "t" });
    await setPlan(database, { publicId, planId: "pro", actor: "t" });
    expect(await findAccount(database.kysely, publicId)).toMatchObject({ frozen: false, planId: "pro" });
    expect((await log()).map((row) => [row["action"], row["detail"]])).toEqual([
      ["account.create", '{"name":"Ann","planId":null}'],
      ["account.freeze", '{"reason":"abuse"}'],
      ["account.thaw", '{"reason":"cleared"}'],
      ["account.plan", '{"planId":"pro"}'],
    ]);
  });
});

describe("cleanName", () => {
  it.each([
    ["  Ann  ", "Ann"],
    ["Änn & Söhne", "Änn & Söhne"],
    ["", null],
    ["   ", null],
    ["a\nb", null],
    ["a\u0000b", null],
    ["x".repeat(200), "x".repeat(200)],
    ["x".repeat(201), null],
  ])("%j is %j", (text, expected) => {
    expect(cleanName(text)).toBe(expected);
  });
});
