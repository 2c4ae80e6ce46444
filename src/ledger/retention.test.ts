import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { openPostgres } from "../db/postgres.ts";
import { firstRequestId, newRequestId, PERIOD_MS, requestIdBytes, requestIdText, requestTime } from "../id.ts";
import { audit } from "./audit-store.ts";
import { openBooks } from "./books.ts";
import { ACCOUNT, KEY, addAccount, anOrder, aRejection, aSettlement, facts, openRig, type Rig } from "./fixtures.ts";
import { horizonOf, PeriodInUse, retireRequests } from "./retention-store.ts";
import { lastRetirable, monthsBefore, periodStart } from "./retention.ts";

describe("how long requests are kept", () => {
  it.each([
    ["2026-11-21T10:00:00Z", 1, "2026-10-21T10:00:00Z"],
    ["2026-03-31T00:00:00Z", 1, "2026-02-28T00:00:00Z"],
    ["2028-03-31T00:00:00Z", 1, "2028-02-29T00:00:00Z"],
    ["2026-01-15T23:59:59Z", 13, "2024-12-15T23:59:59Z"],
  ])("%s less %i months is %s", (now, months, then) => {
    expect(new Date(monthsBefore(Date.parse(now), months)).toISOString()).toBe(new Date(then).toISOString());
  });

  it("gives up whole weeks that ended before", () => {
    const now = Date.parse("2026-11-21T10:00:00Z");
    const last = lastRetirable(now, 1);
    expect(periodStart(last + 1)).toBeLessThanOrEqual(monthsBefore(now, 1));
    expect(periodStart(last + 2)).toBeGreaterThan(monthsBefore(now, 1));
  });
});

const HOUR_MS = 3_600_000;
const NOW = Date.now();
const THIS_WEEK = Math.floor(NOW / PERIOD_MS);
const OLD = THIS_WEEK - 10;
const OTHER = 11;

/** An id of another moment, otherwise as random as any. */
const idAt = (milliseconds: number): string => {
  const bytes = Buffer.from(requestIdBytes(newRequestId()) ?? []);
  Buffer.from(firstRequestId(milliseconds)).copy(bytes, 0, 0, 6);
  return requestIdText(bytes);
};

describe.each(DATABASES)("growth on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000_000n, kind);
    await addAccount(rig.database, { id: OTHER, keyId: 2, balance: 1_000_000n });
    if (kind === "postgres") await rig.exec(`select make_request_partitions(${OLD}, ${OLD + 1})`);
  });
  afterEach(async () => {
    await rig.remove();
  });

  const charge = async (requestId: string, input: number, changes: Parameters<typeof aSettlement>[1] = {}) =>
    rig.books.settle(await rig.books.hold(anOrder(rig, 1_000n, { requestId })), aSettlement(input, changes));

  const rollups = () =>
    rig.query(
      "select hour, account_id, key_id, model, requests, errors, posted, absorbed, input, output from rollup order by model, hour",
    );

  const disagreements = async () => (await audit(rig.database)).disagreements;

  const retire = (last: number) => retireRequests(rig.database, { last, now: NOW, actor: "test" });

  it("adds requests up by hour, account, key and model, in their own commit", async () => {
    const hour = Math.floor(NOW / HOUR_MS);
    const late = (hour + 1) * HOUR_MS - 1;
    await Promise.all([
      charge(idAt(late), 7),
      charge(idAt(late), 5, { usage: { input: 5, output: 1 } }),
      charge(idAt(late + 1), 3),
      charge(idAt(late), 9, { outcome: "gateway_failed" }),
    ]);
    await charge(idAt(late), 11);
    rig.books.reject(aRejection({ requestId: idAt(late), model: "whatever somebody makes up" }));
    await rig.books.close();
    const row = {
      account_id: BigInt(ACCOUNT),
      key_id: BigInt(KEY),
      model: "m",
      absorbed: 0n,
      output: null,
      errors: 0n,
    };
    const all = { requests: 4n, errors: 1n, posted: 28n, absorbed: 9n, input: 32n, output: 1n };
    expect(await rollups()).toEqual([
      { ...row, hour: BigInt(hour), model: "", requests: 1n, errors: 1n, posted: 0n, input: null },
      { ...row, hour: BigInt(hour), ...all },
      { ...row, hour: BigInt(hour + 1), requests: 1n, posted: 3n, input: 3n },
    ]);
    expect(await disagreements()).toEqual([]);
  });

  it("a sum that has no room for more refuses no charge", async () => {
    const id = idAt(NOW);
    await charge(id, 5);
    await rig.exec("update rollup set absorbed = 9223372036854775807, input = 9223372036854775800");
    await charge(idAt(requestTime(requestIdBytes(id) ?? new Uint8Array())), 9, { outcome: "gateway_failed" });
    expect(await rollups()).toMatchObject([{ requests: 2n, absorbed: 2n ** 63n - 1n, input: 2n ** 63n - 1n }]);
    expect(rig.problems).toEqual([]);
  });

  it("§9.9: carries old requests forward and gives them up; Σ entries = balance for ever", async () => {
    const old = await Promise.all([charge(idAt(periodStart(OLD)), 7), charge(idAt(periodStart(OLD + 1) - 1), 5)]);
    expect(old.map(({ charge: amount }) => amount)).toEqual([7n, 5n]);
    const others = anOrder(rig, 100n, { requestId: idAt(periodStart(OLD) + 5), accountId: OTHER, keyId: 2 });
    await rig.books.settle(await rig.books.hold(others), aSettlement(11));
    await charge(idAt(periodStart(OLD + 1)), 1);
    await charge(newRequestId(), 2);
    const before = await facts(rig);
    expect(await horizonOf(rig.database)).toBeNull();
    expect(await retire(OLD)).toEqual([{ period: OLD, requests: 3 }]);
    expect(await rig.query("select posted from request order by id")).toEqual([{ posted: 1n }, { posted: 2n }]);
    expect(
      await rig.query(
        "select debit_account_id as account, amount, credit_account_id as credit from transfer where kind = 'carried' order by 1",
      ),
    ).toEqual([
      { account: BigInt(ACCOUNT), amount: 12n, credit: null },
      { account: BigInt(OTHER), amount: 11n, credit: null },
    ]);
    expect(await facts(rig)).toEqual(before);
    expect(await disagreements()).toEqual([]);
    expect(await horizonOf(rig.database)).toBe(periodStart(OLD + 1));
    // A second run finds nothing to do, and charging goes on.
    expect(await retire(OLD)).toEqual([]);
    await charge(newRequestId(), 3);
    expect(await retire(OLD + 1)).toEqual([{ period: OLD + 1, requests: 1 }]);
    expect(await disagreements()).toEqual([]);
  });

  it("a settlement that comes after its period was given up is charged all the same", async () => {
    await charge(idAt(periodStart(OLD)), 7);
    await retire(OLD);
    await charge(idAt(periodStart(OLD) + 9), 4);
    expect(await rig.query("select posted from request")).toEqual([{ posted: 4n }]);
    expect(await disagreements()).toEqual([]);
  });

  it("I-22: nobody removes requests that were not carried forward", async () => {
    await charge(idAt(periodStart(OLD)), 7);
    await expect(rig.exec("delete from request")).rejects.toThrow("never deleted");
    await rig.exec(OTHER_ROWS[kind]);
    for (const table of ["earning", "retired_period"])
      await expect(rig.exec(`delete from ${table}`)).rejects.toThrow("never deleted");
    if (kind === "postgres")
      await expect(rig.query(`select retire_request_period(${THIS_WEEK - 3}, 0)`)).resolves.toEqual([
        { retire_request_period: null },
      ]);
  });
});

const OTHER_ROWS = {
  sqlite: `insert into earning (amount, account_id, minute) values (1, 1, 0);
           insert into retired_period (period, retired_at) values (1, 0)`,
  postgres: `insert into earning (amount, account_id, minute) values (1, 1, 0);
             insert into retired_period (period, retired_at, requests, posted) values (1, 0, 0, 0)`,
} as const;

describe("roles of PostgreSQL", () => {
  let rig: Rig;
  const suffix = process.pid;
  const [owner, application] = [`t_owner_${suffix}`, `t_app_${suffix}`];
  beforeEach(async () => {
    rig = await openRig(1_000_000n, "postgres");
    await rig.exec(
      `create role ${owner} login; create role ${application} login; grant create on schema public to ${owner}`,
    );
    // As if the owner had made them: a superuser is refused nothing.
    await rig.exec(`
      do $$ declare one text; begin
        for one in select c.oid::regclass from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') loop
          execute format('alter table %s owner to ${owner}', one);
        end loop;
        for one in select p.oid::regprocedure from pg_proc p where pronamespace = 'public'::regnamespace loop
          execute format('alter function %s owner to ${owner}', one);
        end loop;
      end $$; set role ${owner}; select grant_application('${application}')`);
  });
  afterEach(async () => {
    await rig.remove();
    const admin = await openRig(1n, "postgres");
    await admin.exec(`drop role ${owner}; drop role ${application}`);
    await admin.remove();
  });

  const as = (user: string) => {
    if (rig.test.postgres === null) throw new Error("not PostgreSQL");
    return openPostgres({ ...rig.test.postgres, user }, { server: true });
  };

  it.each([
    ["the owner", owner],
    ["the application", application],
  ])("I-22: %s has no right to change what is only added to", async (_name, role) => {
    const database = await as(role);
    for (const table of ["request", "transfer", "earning", "price", "audit_log", "audit_chain", "retired_period"])
      for (const statement of [`update ${table} set tableoid = 0`, `delete from ${table}`, `truncate ${table} cascade`])
        await expect(database.pool.query(statement)).rejects.toThrow(/permission denied|cannot update|cannot assign/);
    for (const statement of [
      "update transfer set amount = 1",
      "update request set posted = 0",
      "update price set base = '{}'",
    ])
      await expect(database.pool.query(statement)).rejects.toThrow("permission denied");
    await database.close();
  });

  it("the application charges with what it was granted, makes partitions, and can drop nothing", async () => {
    const database = await as(application);
    const books = await openBooks(database, { onBatch: () => {}, onProblem: () => {}, onFatal: () => {} });
    const token = await books.hold(anOrder(rig, 1_000n));
    expect(await books.settle(token, aSettlement(7))).toMatchObject({ charge: 7n });
    await books.close();
    await database.pool.query(`select make_request_partitions(${OLD}, ${OLD})`);
    await expect(database.pool.query(`drop table request_p${OLD}`)).rejects.toThrow("must be owner");
    await expect(retireRequests(database, { last: OLD, now: NOW, actor: "test" })).rejects.toThrow("permission denied");
    const asOwner = await as(owner);
    expect(await retireRequests(asOwner, { last: OLD, now: NOW, actor: "test" })).toEqual([
      { period: OLD, requests: 0 },
    ]);
    await asOwner.close();
    await database.close();
    expect((await audit(rig.database)).disagreements).toEqual([]);
  });

  it(
    "gives up when somebody reads the old requests all the time, and has then changed nothing",
    { timeout: 30_000 },
    async () => {
      await rig.exec(`select make_request_partitions(${OLD}, ${OLD})`);
      const { pool } = await as(owner);
      const reader = await pool.connect();
      await reader.query("begin; set idle_in_transaction_session_timeout = 0; select count(*) from request");
      await expect(retireRequests(rig.database, { last: OLD, now: NOW, actor: "test" })).rejects.toThrow(PeriodInUse);
      reader.release(true);
      expect(await rig.query("select * from retired_period")).toEqual([]);
      expect(await rig.query(`select to_regclass('request_p${OLD}') is null as gone`)).toEqual([{ gone: false }]);
      await pool.end();
    },
  );
});
