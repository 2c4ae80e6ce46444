import { cpSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Attempt } from "../attempt.ts";
import type { Database } from "../db/connect.ts";
import { DATABASES, rowsOf, script, testDatabase } from "../db/fixtures.ts";
import { migrate, MIGRATIONS_DIRS } from "../db/migrate.ts";
import { firstRequestId, newRequestId, requestIdBytes, requestIdText, requestPeriod } from "../id.ts";
import { latencyBucket } from "../measure.ts";
import { audit } from "./audit-store.ts";
import { ACCOUNT, addAccount, anOrder, aRejection, aSettlement, KEY, openRig, snapshot, type Rig } from "./fixtures.ts";
import { OUTCOMES, type Outcome } from "./outcome.ts";
import { refund } from "./refund-store.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.now();
const OTHER = 11;
const FAILURES = [
  "rejected",
  "upstream_failed_before_output",
  "upstream_failed_after_output",
  "upstream_failed_charged",
  "empty",
  "gateway_failed",
  "crashed",
  "task_lost",
];

/** An id of another moment, otherwise as random as any. */
const idAt = (milliseconds: number): string => {
  const bytes = Buffer.from(requestIdBytes(newRequestId()) ?? []);
  Buffer.from(firstRequestId(milliseconds)).copy(bytes, 0, 0, 6);
  return requestIdText(bytes);
};

type Sum = Record<string, bigint>;

/** Sums by name: what is added to one that is not there yet begins it. */
class Sheet {
  readonly sums = new Map<string, Sum>();

  add(key: string, amounts: Readonly<Record<string, bigint | number>>): void {
    const sum = this.sums.get(key) ?? {};
    for (const [name, amount] of Object.entries(amounts)) sum[name] = (sum[name] ?? 0n) + BigInt(amount);
    this.sums.set(key, sum);
  }

  /** Without what is zero. */
  get plain(): Record<string, Sum> {
    return Object.fromEntries(
      [...this.sums].map(([key, sum]) => [
        key,
        Object.fromEntries(Object.entries(sum).filter(([, amount]) => amount !== 0n)),
      ]),
    );
  }
}

/** A table of roll-ups in the same form. */
const stored = async (database: Database, table: string, key: readonly string[]): Promise<Sheet> => {
  const sheet = new Sheet();
  for (const row of await rowsOf(database, `select * from ${table}`)) {
    const amounts = Object.entries(row).flatMap(([name, value]) =>
      typeof value === "bigint" && !key.includes(name) && name !== "shard" ? [[name, value] as const] : [],
    );
    sheet.add(key.map((name) => String(row[name])).join(" "), Object.fromEntries(amounts));
  }
  return sheet;
};

const ACCOUNT_KEY = ["account_id", "hour", "key_id", "model", "upstream"];
const tables = async (database: Database) => ({
  accounts: (await stored(database, "rollup", ACCOUNT_KEY)).plain,
  all: (await stored(database, "rollup_all", ["hour", "model", "upstream"])).plain,
  accountsDaily: (await stored(database, "rollup_daily", ["account_id", "day", "key_id", "model", "upstream"])).plain,
  allDaily: (await stored(database, "rollup_all_daily", ["day", "model", "upstream"])).plain,
  days: (await stored(database, "rollup_day", ["day", "account_id"])).plain,
});

/** What a request should have been added as: in every table. */
class Expected {
  readonly #accounts = new Sheet();
  readonly #all = new Sheet();
  readonly #accountsDaily = new Sheet();
  readonly #allDaily = new Sheet();
  readonly #days = new Sheet();

  add(place: Place, amounts: Readonly<Record<string, bigint | number>>): void {
    const { account, key, hour, model, upstream } = place;
    this.#accounts.add(`${account} ${hour} ${key} ${model} ${upstream}`, amounts);
    this.#all.add(`${hour} ${model} ${upstream}`, amounts);
    const date = Math.floor(hour / 24);
    this.#accountsDaily.add(`${account} ${date} ${key} ${model} ${upstream}`, amounts);
    this.#allDaily.add(`${date} ${model} ${upstream}`, amounts);
    const { requests = 0, errors = 0, posted = 0, absorbed = 0, cost = 0, refunded = 0 } = amounts;
    const day = { requests, errors, posted, absorbed, cost, refunded };
    if (Object.values(day).some((amount) => Number(amount) > 0)) this.#days.add(`${date} ${account}`, day);
  }

  get tables() {
    return {
      accounts: this.#accounts.plain,
      all: this.#all.plain,
      accountsDaily: this.#accountsDaily.plain,
      allDaily: this.#allDaily.plain,
      days: this.#days.plain,
    };
  }
}

interface Place {
  readonly account: number;
  readonly key: number;
  readonly hour: number;
  readonly model: string;
  readonly upstream: string;
}

interface Case {
  readonly other: boolean;
  readonly hour: number;
  readonly discount: string;
  readonly outcome: Outcome;
  readonly input: number;
  readonly output: number;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
  readonly attempts: readonly Attempt[];
  /** Parts of the charge that are given back. */
  readonly refunds: readonly number[];
}

const attempt: fc.Arbitrary<Attempt> = fc.record(
  {
    upstream: fc.constantFrom("a", "b", "sandbox"),
    model: fc.constantFrom("m", "m-2026"),
    status: fc.constantFrom(200, 500, null),
    result: fc.constantFrom("ok", "upstream_failed", "overloaded", "cancelled", "invalid_value"),
    durationMs: fc.nat(1_000),
    cost: fc.bigInt({ min: 0n, max: 2n ** 60n }),
    // A client's own words: PostgreSQL reads the attempts as JSON in the settlement's commit, and must never refuse it for them.
    dropped: fc.array(fc.constantFrom("n", "messages[0].mood", "\0", "\ud800", '"\\', "x".repeat(2_000)), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ["upstream", "model", "status", "result", "durationMs"] },
);

const one: fc.Arbitrary<Case> = fc.record({
  other: fc.boolean(),
  hour: fc.constantFrom(0, 1, 25),
  discount: fc.constantFrom("0%", "70%", "33.3%", "100%"),
  outcome: fc.constantFrom(...OUTCOMES.filter((each) => each !== "rejected")),
  input: fc.nat(900),
  output: fc.nat(100),
  firstByteMs: fc.option(fc.nat(90_000)),
  durationMs: fc.nat(200_000),
  attempts: fc.array(attempt, { maxLength: 3 }),
  refunds: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 2 }),
});

/** What the last attempt cost: its own prices, or a nano for each token of input and five for each of output. */
const costOf = ({ attempts, input, output }: Case): bigint => {
  const last = attempts.at(-1);
  if (last === undefined || last.upstream === "sandbox") return 0n;
  return last.cost ?? BigInt(input + 5 * output);
};

const answered = (outcome: string): boolean =>
  outcome.startsWith("completed") || outcome === "content_filtered" || outcome === "cut_by_hold";

describe.each(DATABASES)("roll-ups on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(1_000_000_000n, kind);
    await addAccount(rig.database, { id: OTHER, keyId: 2, balance: 1_000_000_000n });
  });
  afterEach(async () => {
    await rig.remove();
  });

  const settleOne = async (each: Case, expected: Expected): Promise<void> => {
    const requestId = idAt(NOW - each.hour * HOUR_MS);
    const [account, key] = each.other ? [OTHER, 2] : [ACCOUNT, KEY];
    const order = { requestId, accountId: account, keyId: key, snapshot: snapshot(rig.row, each.discount) };
    const usage = { input: each.input, output: each.output };
    const { outcome, firstByteMs, durationMs, attempts } = each;
    const { charge, absorbed } = await rig.books.settle(
      await rig.books.hold(anOrder(rig, 1_000n, order)),
      aSettlement(0, { usage, outcome, firstByteMs, durationMs, attempts }),
    );
    const upstream = attempts.at(-1)?.upstream ?? "";
    const hour = Math.floor((NOW - each.hour * HOUR_MS) / HOUR_MS);
    const place = { account, key, hour, model: "m", upstream };
    for (const tried of attempts)
      expected.add(
        { ...place, upstream: tried.upstream },
        { attempts: 1, failed_attempts: ["upstream_failed", "overloaded"].includes(tried.result) ? 1 : 0 },
      );
    expected.add(place, { requests: 1, errors: FAILURES.includes(outcome) ? 1 : 0, cost: costOf(each), ...usage });
    expected.add(place, { posted: charge, absorbed });
    if (answered(outcome)) {
      if (firstByteMs !== null) expected.add(place, { [`first_${latencyBucket(firstByteMs)}`]: 1 });
      expected.add(place, { [`took_${latencyBucket(durationMs)}`]: 1 });
    }
    let left = charge;
    for (const part of each.refunds) {
      const amount = BigInt(part) < left ? BigInt(part) : left;
      if (amount === 0n) continue;
      await refund(rig.database, {
        requestId,
        amount,
        reason: "r",
        actor: "a",
        idempotencyKey: `${requestId} ${left}`,
      });
      // Asked twice, given back once.
      await refund(rig.database, {
        requestId,
        amount,
        reason: "r",
        actor: "a",
        idempotencyKey: `${requestId} ${left}`,
      });
      left -= amount;
      expected.add(place, { refunded: amount });
    }
  };

  it("I-70: are what their requests and refunds add up to, to the nano, whatever happened", async () => {
    const expected = new Expected();
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 8 }), async (cases) => {
        // At once, so that several are in one commit.
        await Promise.all(cases.map((each) => settleOne(each, expected)));
        expect(await tables(rig.database)).toEqual(expected.tables);
      }),
      { numRuns: 12, endOnFailure: true },
    );
    rig.books.reject(aRejection({ requestId: idAt(NOW), model: "whatever somebody makes up" }));
    await rig.books.close();
    const place = { account: ACCOUNT, key: KEY, hour: Math.floor(NOW / HOUR_MS), model: "", upstream: "" };
    expected.add(place, { requests: 1, errors: 1 });
    expect(await tables(rig.database)).toEqual(expected.tables);
    expect((await audit(rig.database)).disagreements).toEqual([]);
    expect(rig.problems).toEqual([]);
  }, 60_000);
});

describe.each(DATABASES)("the figures' migration on %s", (kind) => {
  it("adds up what there is, as it would have been added up since", async () => {
    const test = await testDatabase(kind, { isEmpty: true });
    const { database } = test;
    const dir = path.join(path.dirname(test.file), "old");
    mkdirSync(dir);
    const names = readdirSync(MIGRATIONS_DIRS[kind]);
    const figures = names.find((name) => name.endsWith("_figures.sql")) ?? "";
    for (const name of names) if (name < figures) cpSync(path.join(MIGRATIONS_DIRS[kind], name), path.join(dir, name));
    await migrate(database, dir);
    const at = 2_000 * HOUR_MS + 5;
    const id = requestIdBytes(idAt(at)) ?? Buffer.alloc(16);
    await script(
      database,
      `insert into account (id, public_id, kind, name, created_at) values (10, 'acc_a', 'customer', 'A', 0);
       insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);`,
    );
    const hash = Buffer.alloc(32);
    await database.kysely
      .insertInto("api_key")
      .values({ id: 1, public_id: "k", account_id: 10, name: "A", hash, prefix: "s", last4: "abcd", created_at: 0 })
      .execute();
    const row = {
      account_id: 10,
      key_id: 1,
      duration_ms: 250,
      first_byte_ms: 60,
      status: 200,
      stream: 1,
      usage_invalid: 0,
      outcome: "completed",
      source: "reported",
      model: "m",
      protocol: "p",
      input: 100,
      price_id: 1,
      multiplier_num: 3n,
      multiplier_den: 10n,
      exact: null,
      hold: 30n,
      posted: 30n,
      absorbed: 0n,
    };
    // As attempts were stored then: short, with a cost of their own, several, and long.
    const attempts = [
      '[["a",9]]',
      '[["a",9,null,200,"ok","77"]]',
      '[["b",9,null,500,"upstream_failed"],["a",4]]',
      '[["a","m",null,"upstream_timeout",9]]',
      '[["sandbox",9]]',
      null,
    ];
    const ids = attempts.map((_, place) => Buffer.concat([id.slice(0, 15), Buffer.from([place])]));
    const other = { period: requestPeriod(id), ...row };
    await database.kysely
      .insertInto("request")
      .values(attempts.map((text, place) => ({ ...other, id: ids[place] ?? id, attempts: text })))
      .execute();
    await database.kysely
      .insertInto("transfer")
      .values({
        debit_account_id: 1,
        credit_account_id: 10,
        amount: 7n,
        kind: "refund",
        request_id: ids[0] ?? id,
        reason: "r",
        actor: "a",
        created_at: 0,
      })
      .execute();
    await migrate(database);
    const latency = { first_1: 1, took_3: 1 };
    const expected = new Expected();
    const place = { account: 10, key: 1, hour: 2_000, model: "m", upstream: "a" };
    const each = { requests: 1, posted: 30, input: 100, ...latency };
    expected.add(place, { ...each, attempts: 1, cost: 100, refunded: 7 });
    expected.add(place, { ...each, attempts: 1, cost: 77 });
    expected.add({ ...place, upstream: "b" }, { attempts: 1, failed_attempts: 1 });
    expected.add(place, { ...each, attempts: 1, cost: 100 });
    expected.add(place, { ...each, attempts: 1, failed_attempts: 1, cost: 100 });
    expected.add({ ...place, upstream: "sandbox" }, { ...each, attempts: 1 });
    expected.add({ ...place, upstream: "" }, each);
    expect(await tables(database)).toEqual(expected.tables);
    await test.remove();
  });
});
