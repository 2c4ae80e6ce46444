import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { OUTCOMES, isCharged } from "./outcome.ts";
import { scratchDatabase, type Scratch } from "../db/fixtures.ts";

let scratch: Scratch;
let sqlite: DatabaseSync;
beforeAll(async () => {
  const made = await scratchDatabase();
  scratch = made.scratch;
  sqlite = made.database.sqlite;
  sqlite.exec(`
    insert into account (id, public_id, kind, name, balance, leased, created_at) values (10, 'acc_a', 'customer', 'A', 100, 40, 0);
    insert into api_key (id, public_id, account_id, name, hash, prefix, last4, created_at)
      values (1, 'key_a', 10, 'A', zeroblob(32), 'sk-', 'abcd', 0);
    insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);
    insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, created_at)
      values (10, 1, 5, 'charge', zeroblob(16), 0);
    insert into audit_log (at, actor, action, object, detail) values (0, 'a', 'a', 'a', '{}');
  `);
  sqlite.exec(request({ id: "zeroblob(16)" }));
});
afterAll(() => {
  scratch.remove();
});

const request = (row: { id?: string; outcome?: string; hold?: number; posted?: number; absorbed?: number }): string =>
  `insert into request (id, account_id, key_id, started_at, duration_ms, status, stream, outcome, source, usage_invalid,
     model, protocol, price_id, exact, hold, posted, absorbed)
   values (${row.id ?? "randomblob(16)"}, 10, 1, 0, 0, 200, 0, '${row.outcome ?? "completed"}', 'reported', 0, 'm', 'p', 1, 0,
     ${row.hold ?? 10}, ${row.posted ?? 0}, ${row.absorbed ?? 0})`;

const transfer = (columns: string): string =>
  `insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, reason, actor, created_at) values (${columns})`;

describe("what the schema refuses whoever asks", () => {
  it.each([
    ["I-10: leased above the balance", "update account set leased = 101 where id = 10"],
    ["I-10: a balance below what is leased", "update account set balance = 39 where id = 10"],
    ["I-10: a negative lease", "update account set leased = -1 where id = 10"],
    ["an account of the ledger's own with a lease", "update account set leased = 1 where id = 1"],
    ["I-15: posted above the hold", request({ posted: 11 })],
    ["I-15: a negative charge", request({ posted: -1 })],
    ["I-15: negative absorbed cost", request({ absorbed: -1 })],
    ["I-15: a negative transfer", transfer("10, 1, -1, 'credit', null, 'r', 'a', 0")],
    ["a transfer to itself", transfer("10, 10, 1, 'credit', null, 'r', 'a', 0")],
    ["I-68: a credit without a reason", transfer("2, 10, 1, 'credit', null, null, 'a', 0")],
    ["I-21: a second charge of a request", transfer("10, 1, 5, 'charge', zeroblob(16), null, null, 0")],
    ["a charge without a request", transfer("10, 1, 5, 'charge', null, null, null, 0")],
    ["a second row of a request", request({ id: "zeroblob(16)" })],
    ["I-1: a fraction of a nano", "update account set balance = 100.5 where id = 10"],
    ["a request of nobody", "update api_key set account_id = 999 where id = 1"],
    [
      "a lease below zero",
      "insert into lease (account_id, owner, epoch, amount, state, opened_at) values (10, 'o', 1, -1, 'open', 0)",
    ],
    ["I-16: spending above a key's budget", "update api_key set budget = 5, spent = 6 where id = 1"],
  ])("%s", (_name, sql) => {
    expect(() => {
      sqlite.exec(sql);
    }).toThrow(/constraint|cannot store/);
  });

  it("I-10: a frozen account is the only one that may fall below", () => {
    sqlite.exec("begin; update account set frozen = 1, balance = 0 where id = 10");
    expect(() => {
      sqlite.exec("update account set frozen = 0 where id = 10");
    }).toThrow("constraint");
    sqlite.exec("rollback");
  });

  it.each(OUTCOMES)("I-33: %s posts only if it is charged", (outcome) => {
    const insert = (): void => {
      sqlite.exec(request({ outcome, posted: 1 }));
    };
    if (isCharged(outcome)) insert();
    else expect(insert).toThrow("constraint");
  });

  it.each(["transfer", "request", "price", "audit_log"])("I-22: %s is append-only", (table) => {
    expect(() => {
      sqlite.exec(`update ${table} set id = id`);
    }).toThrow(/never changed/);
    expect(() => {
      sqlite.exec(`delete from ${table}`);
    }).toThrow(/never deleted/);
  });

  it("a revoked key stays revoked", () => {
    sqlite.exec("begin; update api_key set status = 'revoked'");
    expect(() => {
      sqlite.exec("update api_key set status = 'active'");
    }).toThrow("revoked");
    sqlite.exec("rollback");
  });
});
