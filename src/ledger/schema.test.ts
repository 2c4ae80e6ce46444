import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { OUTCOMES, isCharged } from "./outcome.ts";
import { DATABASES, script, testDatabase, type TestDatabase } from "../db/fixtures.ts";

describe.each(DATABASES)("what the schema refuses on %s", (kind) => {
  let test: TestDatabase;
  const exec = (sql: string): Promise<void> => script(test.database, sql);
  const blob = (byte: number): string => {
    const hex = byte.toString(16).padStart(2, "0").repeat(16);
    return kind === "sqlite" ? `x'${hex}'` : `'\\x${hex}'::bytea`;
  };

  beforeAll(async () => {
    test = await testDatabase(kind);
    const hash = kind === "sqlite" ? "zeroblob(32)" : "decode(repeat('00', 32), 'hex')";
    await exec(`
    insert into account (id, public_id, kind, name, balance, leased, created_at) values (10, 'acc_a', 'customer', 'A', 100, 40, 0);
    insert into api_key (id, public_id, account_id, name, hash, prefix, last4, created_at)
      values (1, 'key_a', 10, 'A', ${hash}, 'sk-', 'abcd', 0);
    insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);
    insert into transfer (credit_account_id, amount, kind, created_at) values (1, 5, 'charges', 0);
    insert into audit_log (at, actor, action, object, detail) values (0, 'a', 'a', 'a', '{}');
  `);
    await exec(request({ id: 0 }));
  });
  afterAll(async () => {
    await test.remove();
  });

  let next = 1;
  /** Ids of one byte repeated; the period is that of their first six. */
  const request = (row: {
    id?: number;
    period?: bigint;
    outcome?: string;
    hold?: number;
    posted?: number;
    absorbed?: number;
  }): string => {
    const id = row.id ?? next++;
    const period = row.period ?? BigInt(`0x${id.toString(16).padStart(2, "0").repeat(6)}`) / 604_800_000n;
    return `insert into request (period, id, account_id, key_id, duration_ms, status, stream, outcome, source, usage_invalid,
     model, protocol, price_id, hold, posted, absorbed)
   values (${period}, ${blob(id)}, 10, 1, 0, 200, 0, '${row.outcome ?? "completed"}', 'reported', 0, 'm', 'p', 1,
     ${row.hold ?? 10}, ${row.posted ?? 0}, ${row.absorbed ?? 0})`;
  };

  const transfer = (columns: string): string =>
    `insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, reason, actor, created_at) values (${columns})`;

  const keyed = (): string =>
    `insert into transfer (debit_account_id, credit_account_id, amount, kind, reason, actor, idempotency_key, created_at)
     values (2, 10, 1, 'credit', 'r', 'a', 'the same', 0)`;

  describe("what the schema refuses whoever asks", () => {
    it.each([
      ["I-10: leased above the balance", "update account set leased = 101 where id = 10"],
      ["I-10: a balance below what is leased", "update account set balance = 39 where id = 10"],
      ["I-10: a negative lease", "update account set leased = -1 where id = 10"],
      ["an account of the ledger's own with a lease", "update account set leased = 1 where id = 1"],
      ["I-15: posted above the hold", request({ id: 200, posted: 11 })],
      ["I-15: a negative charge", request({ id: 201, posted: -1 })],
      ["I-15: negative absorbed cost", request({ id: 202, absorbed: -1 })],
      ["I-15: a negative transfer", transfer("10, 1, -1, 'credit', null, 'r', 'a', 0")],
      ["a transfer to itself", transfer("10, 10, 1, 'credit', null, 'r', 'a', 0")],
      ["I-68: a credit without a reason", transfer("2, 10, 1, 'credit', null, null, 'a', 0")],
      ["I-27: a second transfer with the same idempotency key", `${keyed()}; ${keyed()}`],
      ["I-21: a second charge of a request", request({ id: 0, posted: 5 })],
      ["charges that are taken from an account by transfer", transfer("10, 1, 5, 'charges', null, null, null, 0")],
      ["a credit from nobody", transfer("null, 1, 5, 'credit', null, 'r', 'a', 0")],
      ["a debit to nobody", transfer("10, null, 5, 'debit', null, 'r', 'a', 0")],
      ["I-1: what is no number of nano", "update account set balance = 'x' where id = 10"],
      ["a request of nobody", "update api_key set account_id = 999 where id = 1"],
      [
        "a lease below zero",
        "insert into lease (account_id, owner, epoch, amount, state, opened_at) values (10, 'o', 1, -1, 'open', 0)",
      ],
      ["I-16: spending above a key's budget", "update api_key set budget = 5, spent = 6 where id = 1"],
      ["I-16: borrowing above a key's budget", "update api_key set budget = 5, spent = 3, leased = 3 where id = 1"],
    ])("%s", async (_name, sql) => {
      await expect(exec(sql)).rejects.toThrow(/constraint|cannot store|invalid input/);
    });

    it("I-10: a frozen account is the only one that may fall below", async () => {
      await exec("update account set frozen = 1, balance = 0 where id = 10");
      await expect(exec("update account set frozen = 0 where id = 10")).rejects.toThrow("constraint");
      await exec("update account set balance = 100 where id = 10; update account set frozen = 0 where id = 10");
    });

    it.each(OUTCOMES)("I-33: %s posts only if it is charged", async (outcome) => {
      const insert = exec(request({ outcome, posted: 1 }));
      if (isCharged(outcome)) await insert;
      else await expect(insert).rejects.toThrow("constraint");
    });

    it.each(["transfer", "request", "price", "audit_log"])("I-22: %s is append-only", async (table) => {
      await expect(exec(`update ${table} set ${table === "request" ? "period = period" : "id = id"}`)).rejects.toThrow(
        /never changed/,
      );
      await expect(exec(`delete from ${table}`)).rejects.toThrow(/never deleted/);
      if (kind === "postgres") await expect(exec(`truncate ${table} cascade`)).rejects.toThrow(/never deleted/);
    });

    it("a revoked key stays revoked", async () => {
      await exec("update api_key set status = 'revoked'");
      await expect(exec("update api_key set status = 'active'")).rejects.toThrow("revoked");
    });
  });
});
