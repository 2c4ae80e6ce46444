import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { DATABASES, rowsOf, script, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { hashKey } from "./key.ts";
import { createKey, findKey, findKeyByHash, findProfile, listKeys, NO_LIMITS, setKeyStatus } from "./store.ts";

describe.each(DATABASES)("keys on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    database = test.database;
    await script(
      database,
      "insert into account (id, public_id, kind, name, balance, plan_id, created_at) values (10, 'acc_a', 'customer', 'Ann', 7, 'pro', 0)",
    );
  });
  afterEach(() => test.remove());

  const create = (limits = NO_LIMITS, accountId = 10) =>
    createKey(database, { accountId, name: "k", format: { prefix: "sk-" }, limits, actor: "t" });
  const actions = async (): Promise<unknown[]> =>
    (await rowsOf(database, "select action from audit_log order by id")).map((row) => row["action"]);

  it("a key is found by its hash, with what the hot path needs of its account", async () => {
    const limits = {
      rpm: 5,
      tpm: 1_000,
      concurrency: 7,
      models: ["a", "b"],
      budget: 2n ** 62n,
      expiresAt: 1_900_000_000_000,
    };
    const { key, publicId, id } = await create(limits);
    const found = await findKeyByHash(database.kysely, hashKey(key));
    expect(found).toEqual({
      id,
      publicId,
      name: "k",
      status: "active",
      ...limits,
      accountId: 10,
      accountFrozen: false,
      planId: "pro",
    });
    await script(database, "update account set frozen = 1, plan_id = null where id = 10");
    expect(await findKeyByHash(database.kysely, hashKey(key))).toMatchObject({ accountFrozen: true, planId: null });
    expect(await findKeyByHash(database.kysely, hashKey("other"))).toBeUndefined();
  });

  /** A table as text: bytes as Latin-1. */
  const dump = async (table: string): Promise<unknown[]> =>
    (await rowsOf(database, `select * from ${table}`)).map((row) =>
      Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value),
      ),
    );

  it("the text of a key is nowhere in the database", async () => {
    const { key } = await create();
    const tables = ["api_key", "audit_log", "account"];
    for (const table of tables) expect(JSON.stringify(await dump(table))).not.toContain(key.slice(3));
    if (database.kind === "sqlite")
      for (const suffix of ["", "-wal"]) expect(readFileSync(test.file + suffix).includes(key.slice(3))).toBe(false);
  });

  it("freeze, thaw and revoke are recorded; revoked is for good", async () => {
    const { publicId } = await create();
    for (const status of ["frozen", "active", "revoked"] as const) {
      expect(await setKeyStatus(database, { publicId, status, actor: "t" })).toBe(true);
      expect((await findKey(database.kysely, publicId))?.status).toBe(status);
    }
    await expect(setKeyStatus(database, { publicId, status: "active", actor: "t" })).rejects.toThrow("revoked");
    expect(await actions()).toEqual(["key.create", "key.freeze", "key.thaw", "key.revoke"]);
    expect(await setKeyStatus(database, { publicId: "key_none", status: "frozen", actor: "t" })).toBe(false);
  });

  it("a key of an account that does not exist is not made, and not recorded", async () => {
    await expect(create(NO_LIMITS, 999)).rejects.toThrow("constraint");
    expect(await actions()).toEqual([]);
  });

  it("lists show ends only, and the profile what the holder may know", async () => {
    const { key, id, publicId } = await create();
    await create();
    const keys = await listKeys(database.kysely, 10);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatchObject({ prefix: "sk-", last4: key.slice(-4) });
    expect(JSON.stringify(keys)).not.toContain(key);
    expect(await findProfile(database.kysely, id)).toEqual({
      accountName: "Ann",
      username: null,
      keyName: "k",
      keyId: publicId,
      planId: "pro",
      balance: 7n,
      pendingDebit: 0n,
      budget: null,
      expiresAt: null,
      models: null,
    });
    const limited = await create({ ...NO_LIMITS, budget: 5n, expiresAt: 9, models: ["m"] });
    expect(await findProfile(database.kysely, limited.id)).toMatchObject({
      budget: { limit: 5n, spent: 0n },
      expiresAt: 9,
      models: ["m"],
    });
  });
});
