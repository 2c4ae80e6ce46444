import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { audit } from "./audit-store.ts";
import { ACCOUNT, anOrder, aSettlement, openRig, snapshot, type Rig } from "./fixtures.ts";

let rig: Rig;
let requestId: string;
beforeEach(async () => {
  rig = await openRig(1_000_000n);
  const order = anOrder(rig, 1_000n, { snapshot: snapshot(rig.row, "70%") });
  requestId = order.requestId;
  await rig.books.settle(await rig.books.hold(order), aSettlement(401));
  await rig.books.settle(await rig.books.hold(anOrder(rig, 10n)), aSettlement(500));
  await rig.books.settle(await rig.books.hold(anOrder(rig, 10n)), aSettlement(5, { outcome: "gateway_failed" }));
  await rig.books.hold(anOrder(rig, 500n));
});
afterEach(() => {
  rig.remove();
});

/** Changes the database behind the schema's back, as a bug or a hand would. */
const tamper = (...statements: string[]): void => {
  const { sqlite } = rig.database;
  const triggers = sqlite.prepare("select name from sqlite_schema where type = 'trigger'").all();
  for (const { name } of triggers) sqlite.exec(`drop trigger "${String(name)}"`);
  sqlite.exec("pragma ignore_check_constraints = on; pragma foreign_keys = off");
  for (const statement of statements) sqlite.exec(statement);
};

it("books that agree are said to agree", () => {
  expect(audit(rig.database)).toEqual({ accounts: 7, transfers: 3, requests: 3, disagreements: [] });
});

describe("each kind of disagreement is found", () => {
  it.each([
    ["balance = sum of transfers", `update account set balance = balance + 1 where id = ${ACCOUNT}`],
    ["all balances sum to zero", "update account set balance = balance - 1 where id = 1"],
    ["balance = sum of transfers", "update transfer set amount = amount + 1 where kind = 'credit'"],
    ["leased = sum of open leases", `update account set leased = leased + 1 where id = ${ACCOUNT}`],
    ["leased = sum of open leases", "update lease set state = 'returned'"],
    ["leased <= balance", `update account set balance = -5 where id = ${ACCOUNT}`],
    ["one charge per charged request", "delete from transfer where kind = 'charge' and amount = 120"],
    [
      "one charge per charged request",
      "drop index transfer_one_charge",
      `insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, created_at)
       select debit_account_id, credit_account_id, amount, kind, request_id, 0 from transfer where kind = 'charge' limit 1`,
    ],
    [
      "no charge for an uncharged outcome",
      `insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, created_at)
       select account_id, 1, 5, 'charge', id, 0 from request where outcome = 'gateway_failed'`,
    ],
    ["charge = what the request posted", "update transfer set amount = 119 where amount = 120"],
    ["charge = what the request posted", "update transfer set credit_account_id = 4 where kind = 'charge'"],
    ["charge = what the request posted", "delete from request where posted = 120"],
    ["posted <= hold", "update request set hold = 119 where posted = 120"],
    ["charge recomputed from usage and price", "update request set input = input + 4 where posted = 120"],
    ["charge recomputed from usage and price", "update request set multiplier_num = 1, multiplier_den = 1"],
    ["charge recomputed from usage and price", "update request set outcome = 'rejected' where posted = 120"],
    ["charge recomputed from usage and price", "update request set absorbed = 0 where posted = 10"],
    ["charge recomputed from usage and price", `update price set base = '{"input":"0.002"}'`],
    ["charge recomputed from usage and price", `update price set base = '{"output":"0.002"}'`],
    ["spent = what the key's requests posted", "update api_key set budget = 1000, spent = 0"],
  ])("%s: %s", (check, ...statements) => {
    tamper(...statements);
    expect(new Set(audit(rig.database).disagreements.map((each) => each.check))).toContain(check);
  });

  it("names the request by its public id", () => {
    tamper("update request set input = input + 4 where posted = 120");
    expect(audit(rig.database).disagreements).toMatchObject([{ object: requestId }]);
    tamper("update transfer set amount = 119 where amount = 120");
    expect(audit(rig.database).disagreements.map(({ object }) => object)).toContain(requestId);
  });
});
