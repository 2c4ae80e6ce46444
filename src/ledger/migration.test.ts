/** Books that were kept when a charge was a transfer of its own (before migration 0004 of SQLite) are still in balance. */
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

import { rowsOf, script, testDatabase } from "../db/fixtures.ts";
import { migrate, MIGRATIONS_DIRS } from "../db/migrate.ts";
import { newRequestId, requestIdBytes, requestPeriod } from "../id.ts";
import { audit } from "./audit-store.ts";

it("0017: old charges are found in their requests, and one transfer credits revenue with their sum", async () => {
  const test = await testDatabase("sqlite", { isEmpty: true });
  const { database } = test;
  const dir = path.join(path.dirname(test.file), "old");
  mkdirSync(dir);
  for (const name of readdirSync(MIGRATIONS_DIRS.sqlite))
    if (name < "0004") cpSync(path.join(MIGRATIONS_DIRS.sqlite, name), path.join(dir, name));
  await migrate(database, dir);
  const ids = Array.from({ length: 3 }, newRequestId);
  const hex = (id: string): string => `x'${Buffer.from(requestIdBytes(id) ?? []).toString("hex")}'`;
  const request = (id: string, amount: number, multiplier: string): string => `
    insert into request (id, account_id, key_id, started_at, duration_ms, status, stream, outcome, source, usage_invalid, model,
      protocol, input, price_id, multiplier_num, multiplier_den, exact, hold, posted, absorbed)
    values (${hex(id)}, 10, 1, 5, 1, 200, 0, 'completed', 'reported', 0, 'm', 'p', 10, 1, ${multiplier}, ${amount}, 100, ${amount}, 0);
    insert into transfer (debit_account_id, credit_account_id, amount, kind, request_id, created_at)
    values (10, 1, ${amount}, 'charge', ${hex(id)}, 7);`;
  const [first = "", second = "", third = ""] = ids;
  await script(
    database,
    `insert into account (id, public_id, kind, name, created_at) values (10, 'acc_a', 'customer', 'A', 0);
    insert into api_key (id, public_id, account_id, name, hash, prefix, last4, created_at)
      values (1, 'key_a', 10, 'A', zeroblob(32), 'sk-', 'abcd', 0);
    insert into price (id, model, base, tiers, rounding, valid_from)
      values (1, 'm', '{"input":"0.001"}', '[]', '{"scale":9,"mode":"half_up"}', 0);
    insert into transfer (debit_account_id, credit_account_id, amount, kind, reason, actor, created_at)
      values (6, 10, 1000, 'credit', 'r', 'a', 0);
    ${request(first, 10, "1, 1")} ${request(second, 5, "1, 2")} ${request(third, 10, "1, 1")}
    update account set balance = 975 where id = 10; update account set balance = 25 where id = 1;
    update account set balance = -1000 where id = 6;`,
  );
  await migrate(database);
  expect(await audit(database)).toMatchObject({ accounts: 7, transfers: 2, requests: 3, disagreements: [] });
  expect(
    await rowsOf(database, "select account_id, key_id, model, requests, errors, posted, input, output from rollup"),
  ).toEqual([
    { account_id: 10n, key_id: 1n, model: "m", requests: 3n, errors: 0n, posted: 25n, input: 30n, output: null },
  ]);
  const rows = await rowsOf(
    database,
    "select period, multiplier_num, multiplier_den, exact, posted from request order by posted",
  );
  const period = BigInt(requestPeriod(requestIdBytes(second) ?? new Uint8Array()));
  // A multiplier of 1 and an amount that was not rounded are not written down.
  const whole = { period, multiplier_num: null, multiplier_den: null, exact: null, posted: 10n };
  expect(rows).toEqual([{ ...whole, multiplier_num: 1n, multiplier_den: 2n, posted: 5n }, whole, whole]);
  await test.remove();
});
