/** The commands about accounts, keys and money, through the command line itself. */
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { DATABASES, rowsOf, script, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { isWellFormedKey } from "../keys/key.ts";
import { openBooks } from "../ledger/books.ts";
import { publishPrice } from "../ledger/price-store.ts";
import { EXACT, ONE, parseNano } from "../money.ts";
import { runCommandLine } from "./main.ts";

let test: TestDatabase;
const useDatabase = (kind: Database["kind"]): void => {
  beforeEach(async () => {
    test = await testDatabase(kind);
  });
  afterEach(() => test.remove());
};

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (...args: string[]): Promise<Ran> => {
  let [out, err] = ["", ""];
  const code = await runCommandLine(args, {
    env: test.env,
    cwd: path.dirname(test.file),
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
};

type Json = Record<string, unknown>;
/** Runs with --json and expects success. */
const json = async (...args: string[]): Promise<Json> => {
  const ran = await run(...args, "--json");
  expect(ran).toMatchObject({ code: 0, err: "" });
  return JSON.parse(ran.out) as Json;
};
const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

describe("what is refused", () => {
  useDatabase("sqlite");

  it.each([
    [["account", "create"], 2, "--name is needed"],
    [["account", "create", "--name", " "], 2, "--name"],
    [["account", "create", "--name", "A", "--credit=-1"], 2, "--credit must be"],
    [["account", "create", "--name", "A", "--credit", "1e3"], 2, "--credit must be"],
    [["account", "create", "--name", "A", "--plan", "gold"], 1, "There is no plan 'gold'"],
    [["account", "create", "--name", "A", "--colour", "red"], 2, "--colour"],
    [["account", "freeze", "acc_none", "--reason", "r"], 1, "There is no account acc_none."],
    [["account", "freeze"], 2, "exactly one account"],
    [["key", "create", "--account", "acc_none"], 1, "There is no account"],
    [["key", "revoke", "key_none"], 1, "There is no key"],
    [["credit", "acc_none", "5", "--reason", "r"], 1, "There is no account"],
    [["credit", "acc_none", "0", "--reason", "r"], 2, "the amount must be"],
    [["credit", "acc_none", "0.0000000001", "--reason", "r"], 2, "the amount must be"],
    [["credit", "acc_none", "1e21", "--reason", "r"], 2, "the amount must be"],
    [["credit", "acc_none", "5"], 2, "--reason is needed"],
    [["explain", "req_none"], 1, "There is no finished request"],
    [["refund", "req_none", "--reason", "r"], 1, "No such request"],
    [["refund", "req_none"], 2, "--reason is needed"],
    [["refund", "req_none", "-1", "--reason", "r"], 2, "-1"],
    [["refund", "req_none", "1e3", "--reason", "r"], 2, "the amount must be"],
    [["plan", "buy", "acc_none", "pro"], 1, "There is no account"],
    [["plan", "buy", "acc_none"], 2, "an account and a plan"],
    [["reprice", "--since", "soon"], 2, "--since must be"],
    [["quote", "nowhere.json"], 1, "cannot be read"],
    [["quote", "a.json", "--plan", "gold"], 1, "There is no plan 'gold'"],
    [["price", "publish", "none"], 2, "a model and a file"],
    [["key", "create", "--account", "acc_none", "--budget-period", "day"], 1, "There is no account"],
  ] as [string[], number, string][])("%j ends with %i and writes nothing (E115)", async (args, code, message) => {
    const ran = await run(...args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
    expect(ran.out).toBe("");
    expect(await json("account", "list")).toEqual([]);
    expect(await rowsOf(test.database, "select * from audit_log")).toEqual([]);
  });

  it.each([
    [["--rpm", "0"], "--rpm must be"],
    [["--rpm", "1.5"], "--rpm must be"],
    [["--concurrency", "0"], "--concurrency must be"],
    [["--tpm", "many"], "--tpm must be"],
    [["--models", ","], "--models must name"],
    [["--models", "no/such"], "There is no model 'no/such'"],
    [["--budget", "0"], "--budget must be"],
    [["--budget", "5", "--budget-period", "hour"], "--budget-period must be"],
    [["--budget-period", "day"], "--budget-period needs"],
    [["--expires", "2001-01-01"], "--expires must be"],
    [["--expires", "soon"], "--expires must be"],
    [["--expires", "d"], "--expires must be"],
  ] as [string[], string][])("key create with %j", async (options, message) => {
    const { id } = await json("account", "create", "--name", "Ann");
    const ran = await run("key", "create", "--account", text(id), ...options);
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain(message);
    expect(await json("key", "list", "--account", text(id))).toEqual([]);
  });
});

describe.each(DATABASES)("on %s", (kind) => {
  useDatabase(kind);

  describe("account", () => {
    it("is created with credit, listed, frozen and thawed", async () => {
      const made = await json("account", "create", "--name", "Ann", "--credit", "10.25");
      expect(made).toMatchObject({ name: "Ann", balance: "10.25", plan: null, frozen: false });
      const id = text(made["id"]);
      expect(await json("account", "list")).toMatchObject([{ id }]);
      expect(await json("account", "freeze", id, "--reason", "abuse")).toMatchObject({ frozen: true });
      expect(await json("account", "thaw", id, "--reason", "cleared")).toMatchObject({ frozen: false });
      expect((await run("account", "list")).out).toContain("$10.25");
    });
  });

  describe("key", () => {
    it("is shown once, with its limits, and can be frozen, thawed and revoked for good", async () => {
      const { id: account } = await json("account", "create", "--name", "Ann");
      const limits = [
        "--rpm",
        "5",
        "--tpm",
        "1000",
        "--concurrency",
        "3",
        "--models",
        "sandbox/echo",
        "--budget",
        "2.5",
        "--expires",
        "30d",
      ];
      const made = await json("key", "create", "--account", text(account), "--name", "k", ...limits);
      const key = text(made["key"]);
      expect(isWellFormedKey(key)).toBe(true);
      expect(key.startsWith("sk-far-")).toBe(true);
      expect(made).toMatchObject({
        rpm: 5,
        tpm: 1000,
        concurrency: 3,
        models: ["sandbox/echo"],
        budget: "2.5",
        status: "active",
      });
      const list = await run("key", "list", "--account", text(account), "--json");
      expect(list.out).not.toContain(key);
      const id = text(made["id"]);
      for (const [word, status] of [
        ["freeze", "frozen"],
        ["thaw", "active"],
        ["revoke", "revoked"],
      ] as const)
        expect(await json("key", word, id)).toMatchObject({ status });
      expect(await run("key", "thaw", id)).toMatchObject({
        code: 1,
        err: expect.stringContaining("stays revoked") as string,
      });
    });
  });

  describe("credit and debit", () => {
    it("move money beside a running server, which spends it without notice", async () => {
      const account = text((await json("account", "create", "--name", "Ann"))["id"]);
      await json("key", "create", "--account", account);
      const { database } = test;
      const books = await openBooks(database, { onFatal: () => undefined });
      const credited = await json("credit", account, "1", "--reason", "gift", "--idempotency-key", "g1");
      expect(credited).toMatchObject({ account, amount: "1", balance: "1", replayed: false });
      expect(await json("credit", account, "1", "--reason", "gift", "--idempotency-key", "g1")).toMatchObject({
        balance: "1",
        replayed: true,
      });
      const row = await database.transaction((queries) =>
        publishPrice(queries, "m", { base: { input: parseNano("3") }, tiers: [], rounding: EXACT }),
      );
      const requestId = newRequestId();
      const [key] = await database.kysely.selectFrom("api_key").select(["id", "account_id"]).execute();
      const [keyId, accountId] = [Number(key?.id), Number(key?.account_id)];
      const token = await books.hold({
        requestId,
        accountId,
        keyId,
        hasBudget: false,
        amount: parseNano("0.5"),
        minimum: parseNano("0.5"),
        snapshot: { row, multiplier: ONE, planId: null },
      });
      await books.settle(token, {
        outcome: "completed",
        usage: { input: 100_000 },
        source: "reported",
        usageInvalid: false,
        model: "m",
        protocol: "openai-chat",
        stream: false,
        status: 200,
        firstByteMs: null,
        durationMs: 1,
        attempts: [],
      });
      expect(await json("debit", account, "0.2", "--reason", "mistake")).toMatchObject({ balance: "0.5" });
      expect(await run("debit", account, "0.6", "--reason", "too much")).toMatchObject({ code: 1 });
      expect(await json("explain", requestId)).toMatchObject({
        id: requestId,
        charged: "0.3",
        held: "0.5",
        lines: [{ unit: "input", count: 100_000, pricePerMillion: "3" }],
      });
      expect((await run("explain", requestId)).out).toContain("charged          $0.3");
      await books.close();
      expect(await json("audit")).toMatchObject({ ok: true, transfers: 2, requests: 1, disagreements: [] });
      expect(await json("reprice")).toMatchObject({ ok: true, requests: 1, differences: [] });
    });
  });

  it("audit ends with 1 and names what disagrees", async () => {
    const { id } = await json("account", "create", "--name", "Ann", "--credit", "5");
    await script(test.database, "update account set balance = balance + 1 where kind = 'customer'");
    const ran = await run("audit", "--json");
    expect(ran.code).toBe(1);
    const report = JSON.parse(ran.out) as { ok: boolean; disagreements: { object: string }[] };
    expect(report.ok).toBe(false);
    expect(report.disagreements.map(({ object }) => object)).toContain(id);
    const plain = await run("audit");
    expect(plain).toMatchObject({ code: 1 });
    expect(plain.out).toContain("DISAGREE");
    expect(plain.out).toContain(text(id));
  });
});
