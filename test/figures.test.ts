/** The figures of the console against the rows that they were made of, one by one; on both databases. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { packAttempts, providerCost, type Attempt } from "../src/attempt.ts";
import type { Database } from "../src/db/connect.ts";
import { DATABASES, script, testDatabase, type TestDatabase } from "../src/db/fixtures.ts";
import { requestIdText, requestPeriod, requestTime } from "../src/id.ts";
import { REQUEST_COLUMNS, requestValues } from "../src/ledger/request-columns.ts";
import { ROLL_UPS, rollUpRuns } from "../src/ledger/rollup-store.ts";
import type { RequestRow } from "../src/ledger/store.ts";
import { isFailure, latencyBucket, LATENCY_BOUNDS_MS } from "../src/measure.ts";
import { openFigures } from "../src/usage/figures-store.ts";
import {
  cachedShare,
  customerSums,
  marginOf,
  shown,
  type Figures,
  type RequestFilter,
  type Selection,
} from "../src/usage/figures.ts";
import { spanOf, totalsOf, type HistoryFilter } from "../src/usage/history.ts";
import { requestFile, tailSource } from "../src/usage/requests-store.ts";
import { historySource } from "../src/usage/store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Beginning of a day (UTC). */
const START = Date.UTC(2026, 10, 1);
const END = START + 4 * DAY_MS;
const COUNT = 600;

/** The same numbers at every run: a linear congruential generator. */
let seed = 7;
const below = (most: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * most);
};
const oneOf = <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0];

type Holder = readonly [account: number, keys: readonly [number, ...number[]]];
const ACCOUNTS: readonly [Holder, Holder] = [
  [10, [1, 2]],
  [20, [3]],
];
const MODELS = ["m1", "m2", "m3", "m4", "m5", "m6", "m7"] as const;

const attemptsOf = (isFailed: boolean): readonly Attempt[] => {
  const upstream = oneOf(["a", "b", "c"]);
  const base = { model: "x", durationMs: below(3_000) };
  const last: Attempt = isFailed
    ? { ...base, upstream, status: oneOf([500, null]), result: oneOf(["upstream_failed", "invalid_value"]) }
    : { ...base, upstream, status: 200, result: "ok", cost: BigInt(below(900)) };
  const lost: Attempt = { ...base, upstream: "c", status: 503, result: "overloaded" };
  return below(5) === 0 ? [lost, last] : [last];
};

const aRow = (place: number): RequestRow => {
  const id = Buffer.alloc(16);
  id.writeUIntBE(START + below(END - START), 0, 6);
  id.writeUInt16BE(place, 14);
  const [accountId, keys] = oneOf(ACCOUNTS);
  const outcome = oneOf([
    "completed",
    "completed",
    "completed",
    "client_cancelled",
    "upstream_failed_before_output",
    "rejected",
  ]);
  const isRefused = outcome === "rejected";
  const isFailed = outcome === "upstream_failed_before_output";
  const posted = isRefused || isFailed ? 0n : BigInt(below(1_000));
  const model = oneOf(MODELS);
  return {
    id,
    period: requestPeriod(id),
    accountId,
    keyId: oneOf(keys),
    durationMs: below(9_000),
    firstByteMs: oneOf([null, below(900)]),
    status: isRefused ? 429 : isFailed ? 502 : 200,
    stream: true,
    outcome,
    source: "reported",
    usageInvalid: false,
    model,
    protocol: "p",
    usage: isRefused
      ? {}
      : { input: below(50), cache_read: below(90), cache_write_5m: below(9), output: below(40), reasoning: 2 },
    priceId: isRefused ? null : 1,
    planId: null,
    multiplierNum: null,
    multiplierDen: null,
    exact: null,
    hold: posted,
    posted,
    absorbed: isFailed ? 3n : 0n,
    attempts: isRefused ? null : packAttempts(attemptsOf(isFailed), model),
  };
};

const insert = async (database: Database, rows: readonly RequestRow[]): Promise<void> => {
  const records = rows.map((row) => {
    const values = requestValues(row);
    return Object.fromEntries(REQUEST_COLUMNS.map(({ name }, place) => [name, values[place]]));
  });
  for (let from = 0; from < records.length; from += 100)
    await database.kysely
      .insertInto("request")
      .values(records.slice(from, from + 100) as never)
      .execute();
  // PostgreSQL's trigger has done it.
  if (database.kind !== "sqlite") return;
  for (const { statement, values } of rollUpRuns(rows)) database.sqlite.prepare(ROLL_UPS[statement]).run(...values);
};

/** A row as the figures know it. */
interface Known {
  readonly row: RequestRow;
  readonly id: string;
  readonly at: number;
  readonly attempts: readonly Attempt[];
  readonly upstream: string;
  readonly cost: bigint;
}

const RESULTS = ["overloaded", "upstream_failed", "invalid_value"];

const unpacked = (row: RequestRow): readonly Attempt[] => {
  const found = row.attempts === null ? [] : (JSON.parse(row.attempts) as unknown[][]);
  return found.map((each) => ({
    upstream: String(each[0]),
    model: "x",
    status: null,
    durationMs: 0,
    result: RESULTS.find((word) => each.includes(word)) ?? "ok",
    ...(typeof each[2] === "number" ? { cost: BigInt(each[2]) } : {}),
  }));
};

/** The only one of its model, in the first hour. */
const once = (): RequestRow => {
  const row: RequestRow = {
    ...aRow(COUNT),
    accountId: 20,
    keyId: 3,
    outcome: "client_cancelled",
    status: 200,
    model: "once",
    priceId: 1,
  };
  const id = Buffer.from(row.id);
  id.writeUIntBE(START + 1, 0, 6);
  const attempts = packAttempts(attemptsOf(false), "once");
  return { ...row, id, usage: { input: 1 }, hold: 9n, posted: 9n, absorbed: 0n, attempts };
};

const ROWS = [...Array.from({ length: COUNT }, (_, place) => aRow(place)), once()];
const KNOWN: readonly Known[] = ROWS.map((row) => {
  const attempts = unpacked(row);
  const last = attempts.at(-1);
  const cost = providerCost(last, row.posted + row.absorbed, { num: 1n, den: 1n });
  return { row, id: requestIdText(row.id), at: requestTime(row.id), attempts, upstream: last?.upstream ?? "", cost };
}).toSorted((a, b) => (a.id < b.id ? 1 : -1));

const sum = (known: readonly Known[], of: (one: Known) => bigint | number | undefined): bigint =>
  known.reduce((total, one) => total + BigInt(of(one) ?? 0), 0n);

const naive = (known: readonly Known[]) => ({
  requests: BigInt(known.length),
  failures: sum(known, ({ row }) => (isFailure(row.outcome) ? 1 : 0)),
  spend: sum(known, ({ row }) => row.posted),
  absorbed: sum(known, ({ row }) => row.absorbed),
  cost: sum(known, ({ cost }) => cost),
  tokens: {
    input: sum(known, ({ row }) => (row.usage.input ?? 0) + (row.usage.cache_write_5m ?? 0)),
    cacheRead: sum(known, ({ row }) => row.usage.cache_read),
    output: sum(known, ({ row }) => row.usage.output),
    reasoning: sum(known, ({ row }) => row.usage.reasoning),
  },
});

const EVERYTHING: Selection = { accountId: null, model: null, keyId: null, upstream: null, from: START, to: END };
const ANY: RequestFilter = {
  accountId: null,
  requestId: null,
  from: null,
  to: null,
  model: null,
  keyId: null,
  outcome: null,
  statusClass: null,
  minSpend: null,
  upstream: null,
};

describe.each(DATABASES)("figures on %s", (kind) => {
  let test: TestDatabase;
  let figures: Figures;
  beforeAll(async () => {
    test = await testDatabase(kind);
    const { database } = test;
    await script(
      database,
      `insert into account (id, public_id, kind, name, created_at) values (10, 'acc_a', 'customer', 'A', 0), (20, 'acc_b', 'customer', 'B', 0);
       insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);`,
    );
    for (const [account, keys] of ACCOUNTS)
      for (const id of keys)
        await database.kysely
          .insertInto("api_key")
          .values({
            id,
            public_id: `key_${id}`,
            account_id: account,
            name: `Key ${id}`,
            hash: Buffer.alloc(32, id),
            prefix: "sk-",
            last4: "abcd",
            created_at: 0,
          })
          .execute();
    await insert(database, ROWS);
    figures = openFigures(database);
  });
  afterAll(() => test.remove());

  it.each([
    ["the installation", {}, () => true],
    ["an account", { accountId: 10 }, ({ row }: Known) => row.accountId === 10],
    ["a key", { accountId: 10, keyId: 2 }, ({ row }: Known) => row.keyId === 2],
    ["a model", { model: "m2" }, ({ row }: Known) => row.model === "m2" && row.priceId !== null],
    [
      "an account at an upstream",
      { accountId: 20, upstream: "b" },
      ({ row, upstream }: Known) => row.accountId === 20 && upstream === "b",
    ],
    ["nobody", { accountId: 99 }, () => false],
    ["a key of nobody's", { keyId: 2 }, () => false],
  ])("sums of %s are those of its rows, in buckets of hours and of days in any zone", async (_, changes, isIn) => {
    const selection = { ...EVERYTHING, ...changes };
    const own = KNOWN.filter(isIn);
    for (const [bucket, offsetMinutes, shift] of [
      ["hour", 0, 0],
      ["day", 0, 0],
      ["day", -300, -5],
      ["day", 330, 6],
      ["day", 720, 12],
      ["day", 840, 14],
    ] as const) {
      const series = await figures.series({ ...selection, bucket, offsetMinutes, split: null });
      expect(series.all.totals).toMatchObject(naive(own));
      const width = bucket === "hour" ? HOUR_MS : DAY_MS;
      expect(series.slots.every((at) => (at + shift * HOUR_MS) % width === 0)).toBe(true);
      expect(series.slots[0]).toBeLessThanOrEqual(START);
      for (const [place, at] of series.slots.entries())
        expect(series.all.points[place]).toMatchObject(naive(own.filter((one) => one.at >= at && one.at < at + width)));
    }
  });

  it("parts are the five with the most spend, and all others", async () => {
    const order = { ...EVERYTHING, accountId: 10, bucket: "day", offsetMinutes: 0 } as const;
    const own = KNOWN.filter(({ row }) => row.accountId === 10);
    const byModel = await figures.series({ ...order, split: "model" });
    expect(byModel.parts).toHaveLength(6);
    for (const { name, totals } of byModel.parts.slice(0, 5))
      expect(totals).toMatchObject(naive(own.filter(({ row }) => row.model === name && row.priceId !== null)));
    const named = byModel.parts.slice(0, 5).map(({ name }) => name);
    const rest = own.filter(({ row }) => row.priceId === null || !named.includes(row.model));
    expect(byModel.parts[5]).toMatchObject({ name: null, totals: naive(rest) });
    const spends = byModel.parts.slice(0, 5).map(({ totals }) => totals.spend);
    expect(spends).toEqual(spends.toSorted((a, b) => Number(b - a)));
    for (const [place] of byModel.slots.entries())
      expect(byModel.parts.reduce((total, { points }) => total + (points[place]?.spend ?? 0n), 0n)).toBe(
        byModel.all.points[place]?.spend,
      );
    const byKey = await figures.series({ ...order, split: "key" });
    expect(new Set(byKey.parts.map(({ name, label }) => [name, label].join()))).toEqual(
      new Set(["key_1,Key 1", "key_2,Key 2"]),
    );
    expect((await figures.table({ ...EVERYTHING }, "upstream")).map(({ name }) => name).toSorted()).toEqual([
      "",
      "a",
      "b",
      "c",
    ]);
    expect(await figures.table({ ...EVERYTHING }, "key")).toEqual([]);
  });

  it("totals stand beside those of the time before, and are widened to whole hours", async () => {
    const from = START + 2 * DAY_MS + 1;
    const totals = await figures.totals({ ...EVERYTHING, accountId: 20, from, to: from + HOUR_MS });
    const within = (start: number) =>
      KNOWN.filter(({ row, at }) => row.accountId === 20 && at >= start && at < start + 2 * HOUR_MS);
    expect(totals).toMatchObject({
      from: from - 1,
      to: from - 1 + 2 * HOUR_MS,
      now: naive(within(from - 1)),
      before: naive(within(from - 1 - 2 * HOUR_MS)),
    });
    expect(cachedShare({ input: 3n, cacheRead: 1n, output: 9n, reasoning: 0n })).toBe(0.25);
    expect(cachedShare({ input: 0n, cacheRead: 0n, output: 9n, reasoning: 0n })).toBeNull();
    const all = (await figures.totals(EVERYTHING)).now;
    expect(customerSums(all)).not.toHaveProperty("cost");
    expect(marginOf(all)).toBe(all.spend - all.cost);
    expect(shown({ amount: 2n ** 60n, list: [1n, null, "x"] })).toEqual({
      amount: "1152921504606846976",
      list: ["1", null, "x"],
    });
  });

  it.each([
    [{ to: START }, "to: must be a time after from"],
    [{ from: 0.5 }, "from: must be a time"],
    [{ to: START + 32 * DAY_MS }, "to: must be at most 744 hours after from"],
    [{ offsetMinutes: 900 }, "offset: must be minutes between -840 and 840"],
  ])("bounds what is asked: %o", async (changes, message) => {
    const order = { ...EVERYTHING, bucket: "hour", offsetMinutes: 0, split: null, ...changes } as const;
    await expect(figures.series(order)).rejects.toThrow(message);
  });

  it("percentiles of latencies are in the bucket of the true ones", async () => {
    const [first] = await figures.latency({ ...EVERYTHING, bucket: null, offsetMinutes: 0, split: null });
    const took = KNOWN.filter(({ row }) => row.outcome === "completed")
      .map(({ row }) => row.durationMs)
      .toSorted((a, b) => a - b);
    expect(first?.requests).toBe(BigInt(took.length));
    for (const [share, found] of [
      [0.5, first?.duration.p50],
      [0.95, first?.duration.p95],
    ] as const) {
      const place = latencyBucket(took[Math.ceil(share * took.length) - 1] ?? 0);
      expect(found).toBeGreaterThanOrEqual(LATENCY_BOUNDS_MS[place - 1] ?? 0);
      expect(found).toBeLessThanOrEqual(LATENCY_BOUNDS_MS[place] ?? 0);
    }
    const days = await figures.latency({ ...EVERYTHING, bucket: "day", offsetMinutes: 0, split: "model" });
    expect(days).toHaveLength(4 * MODELS.length);
    expect(days.reduce((total, { requests }) => total + requests, 0n)).toBe(BigInt(took.length));
    expect(new Set(days.map(({ at }) => at))).toEqual(new Set([0, 1, 2, 3].map((day) => START + day * DAY_MS)));
  });

  it("whatever the range and the zone, buckets have what their rows have, though most of it comes from whole days", async () => {
    const kinds = new Set(["completed", "completed_no_usage"]);
    for (let run = 0; run < 25; run++) {
      const first = START + below(60) * HOUR_MS;
      const range = { from: first, to: first + (1 + below((END - first) / HOUR_MS)) * HOUR_MS };
      const accountId = oneOf([null, 10, 20]);
      const hours = below(27) - 12;
      const order = { ...EVERYTHING, ...range, accountId, bucket: "day", offsetMinutes: hours * 60 } as const;
      const inside = (one: Known): boolean =>
        one.at >= range.from && one.at < range.to && (accountId === null || one.row.accountId === accountId);
      const own = KNOWN.filter(inside);
      const { all, parts, slots } = await figures.series({ ...order, split: "upstream" });
      const within = (place: number) =>
        own.filter(({ at }) => at >= (slots[place] ?? 0) && at < (slots[place + 1] ?? Infinity));
      expect(all.totals).toMatchObject(naive(own));
      const names = new Set(own.flatMap((one) => [one.upstream, ...one.attempts.map(({ upstream }) => upstream)]));
      expect(new Set(parts.map(({ name }) => name))).toEqual(names);
      for (const place of slots.keys()) {
        expect(all.points[place]).toMatchObject(naive(within(place)));
        for (const { name, points } of parts)
          expect(points[place]).toMatchObject(naive(within(place).filter(({ upstream }) => upstream === name)));
      }
      expect((await figures.totals(order)).now).toMatchObject(naive(own));
      const table = await figures.table(order, "model");
      expect(table.reduce((sum, { sums }) => sum + sums.requests, 0n)).toBe(BigInt(own.length));
      expect(table.every(({ sums }) => sums.requests > 0n)).toBe(true);
      const latency = await figures.latency({ ...order, split: null });
      expect(latency.map(({ at, requests }) => [at, requests])).toEqual(
        slots.flatMap((at, place) => {
          const answered = within(place).filter(({ row }) => kinds.has(row.outcome)).length;
          return answered === 0 ? [] : [[at, BigInt(answered)]];
        }),
      );
      const { lines } = await figures.availability({ ...order, by: "upstream" });
      const calls = KNOWN.filter(({ at }) => at >= range.from && at < range.to).flatMap(({ attempts }) => attempts);
      for (const { name, total } of lines)
        expect(total.attempts).toBe(BigInt(calls.filter(({ upstream }) => upstream === name).length));
      expect(lines.reduce((sum, { total }) => sum + total.attempts, 0n)).toBe(BigInt(calls.length));
    }
  });

  it("what was there only in hours of a day that are not asked for has no line", async () => {
    const range = { from: START + HOUR_MS, to: START + 26 * HOUR_MS };
    const table = await figures.table({ ...EVERYTHING, ...range }, "model");
    const { lines } = await figures.availability({ ...range, by: "model", bucket: "day", offsetMinutes: 0 });
    expect([table.length, lines.length]).toEqual([MODELS.length + 1, MODELS.length]);
    expect([...table, ...lines].map(({ name }) => name)).not.toContain("once");
  });

  it("names the accounts that bring the most", async () => {
    const spend = ACCOUNTS.map(([id]) => naive(KNOWN.filter(({ row }) => row.accountId === id)));
    const { active, top, from, to } = await figures.accounts({ from: START + 1, to: END - 1 }, "margin", 1);
    const best =
      marginOf({ ...spend[0], refunded: 0n } as never) > marginOf({ ...spend[1], refunded: 0n } as never) ? 0 : 1;
    expect({ active, from, to }).toEqual({ active: 2n, from: START, to: END });
    const { tokens: _tokens, ...sums } = spend[best] ?? naive([]);
    expect(top).toEqual([
      {
        accountId: ACCOUNTS[best][0],
        publicId: best === 0 ? "acc_a" : "acc_b",
        name: best === 0 ? "A" : "B",
        refunded: 0n,
        ...sums,
      },
    ]);
    expect((await figures.accounts({ from: START, to: END }, "spend", 5)).top.map(({ spend: each }) => each)).toEqual(
      spend.map((each) => each.spend).toSorted((a, b) => Number(b - a)),
    );
  });

  it("availability counts every call, those of requests that another upstream served too", async () => {
    const tried = KNOWN.flatMap((one) => one.attempts.map((attempt) => ({ ...attempt, at: one.at })));
    const { lines, slots } = await figures.availability({
      from: START,
      to: END,
      by: "upstream",
      bucket: "day",
      offsetMinutes: 0,
    });
    expect(lines.map(({ name }) => name).toSorted()).toEqual(["a", "b", "c"]);
    for (const { name, total, bars } of lines) {
      const own = tried.filter(({ upstream }) => upstream === name);
      const failed = own.filter(({ result }) => result === "overloaded" || result === "upstream_failed");
      expect(total).toEqual({ attempts: BigInt(own.length), failures: BigInt(failed.length) });
      expect(bars[1]?.attempts).toBe(
        BigInt(own.filter(({ at }) => at >= (slots[1] ?? 0) && at < (slots[2] ?? 0)).length),
      );
    }
  });

  it("health looks at the newest attempts, and names a failure by its code", async () => {
    const { since, upstreams } = await figures.health(END, 60);
    expect(since).toBe(END - HOUR_MS);
    const own = KNOWN.filter(({ at }) => at >= since).flatMap(({ attempts }) => attempts);
    expect(upstreams.reduce((total, { attempts }) => total + attempts, 0)).toBe(own.length);
    expect(upstreams.reduce((total, { failures }) => total + failures, 0)).toBe(
      own.filter(({ result }) => ["overloaded", "upstream_failed"].includes(result)).length,
    );
    for (const { lastFailure } of upstreams)
      if (lastFailure !== null) expect(["overloaded", "upstream_failed"]).toContain(lastFailure.code);
    await expect(figures.health(END, 61)).rejects.toThrow("minutes");
  });

  const FILTERS: readonly (readonly [string, Partial<RequestFilter>, (one: Known) => boolean])[] = [
    ["all", {}, () => true],
    ["an account", { accountId: 10 }, ({ row }) => row.accountId === 10],
    [
      "a time",
      { accountId: 20, from: START + DAY_MS, to: START + 2 * DAY_MS },
      ({ row, at }) => row.accountId === 20 && at >= START + DAY_MS && at < START + 2 * DAY_MS,
    ],
    ["a model, refused or not", { model: "m3" }, ({ row }) => row.model === "m3"],
    ["a key", { keyId: 3 }, ({ row }) => row.keyId === 3],
    [
      "an outcome",
      { accountId: 10, outcome: "upstream_failed_before_output" },
      ({ row }) => row.accountId === 10 && row.outcome === "upstream_failed_before_output",
    ],
    ["a class of statuses", { statusClass: 4 }, ({ row }) => row.status === 429],
    ["what was dear", { minSpend: 900n }, ({ row }) => row.posted >= 900n],
    ["an upstream", { upstream: "a", model: "m1" }, ({ row, upstream }) => upstream === "a" && row.model === "m1"],
    ["another's key", { accountId: 10, keyId: 3 }, () => false],
  ];

  it.each(FILTERS)("lists %s page by page, and back again", async (_, changes, isIn) => {
    const filter = { ...ANY, ...changes };
    const wanted = KNOWN.filter(isIn).map(({ id }) => id);
    const seen: string[] = [];
    let newer: string | null = null;
    for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
      const page = await figures.requests(filter, { cursor, direction: "older", limit: 70 });
      seen.push(...page.requests.map(({ id }) => id));
      newer = page.requests[0]?.id === undefined ? newer : page.newer;
      cursor = page.older;
    }
    expect(seen).toEqual(wanted);
    const back: string[] = [];
    for (let cursor = newer; cursor !== null;) {
      const page = await figures.requests(filter, { cursor, direction: "newer", limit: 70 });
      if (page.requests.length === 0) break;
      back.unshift(...page.requests.map(({ id }) => id));
      cursor = page.newer;
    }
    const lastPage = wanted.length === 0 ? 0 : Math.ceil(wanted.length / 70) - 1;
    expect(back).toEqual(wanted.slice(0, lastPage * 70));
    const file = await requestFile(test.database, filter);
    const written: string[] = [];
    for await (const piece of file.pieces) written.push(...piece.map(({ id }) => id));
    expect([written, file.next]).toEqual([wanted, null]);
  });

  it.each([
    ["an account", { accountId: 10 }],
    ["a key", { accountId: 10, keyId: 2 }],
    // Of which some were refused before they had a price: roll-ups do not know that they were of this model.
    ["a model", { accountId: 20, model: "m4" }],
    ["an outcome", { accountId: 20, outcome: "client_cancelled" }],
  ])("the sums of GET /v1/usage are those of the rows, in the middle of hours: %s", async (_, changes) => {
    const filter: HistoryFilter = { model: null, keyId: null, outcome: null, ...changes };
    const [from, to] = [START + 7 * HOUR_MS + 123, START + 40 * HOUR_MS + 1_234_567];
    const own = KNOWN.filter(
      ({ row, at }) =>
        at >= from &&
        at < to &&
        row.accountId === filter.accountId &&
        (filter.model ?? row.model) === row.model &&
        (filter.keyId ?? row.keyId) === row.keyId &&
        (filter.outcome ?? row.outcome) === row.outcome,
    );
    const { usage, ...totals } = await totalsOf(
      historySource(test.database.kysely),
      filter,
      spanOf({ from, to }, null),
    );
    expect(own.length).toBeGreaterThan(3);
    expect(totals).toEqual({ requests: BigInt(own.length), posted: naive(own).spend, refunded: 0n, next: null });
    expect([usage.output, usage.cache_read]).toEqual([naive(own).tokens.output, naive(own).tokens.cacheRead]);
  });

  it("the live tail sees what another process commits", async () => {
    const other = await test.open();
    const source = tailSource(other);
    const newest = KNOWN.filter(({ row }) => row.accountId === 20).slice(0, 3);
    const from = newest[2]?.row.id ?? new Uint8Array(16);
    const ids = await source.ids(20, from, 10);
    expect(ids).toEqual(newest.map(({ id }) => id));
    expect((await source.lines(ids)).map(({ id, spend }) => [id, spend])).toEqual(
      newest.map(({ id, row }) => [id, row.posted]),
    );
    expect(await source.ids(null, from, 2)).toEqual(KNOWN.slice(0, 2).map(({ id }) => id));
  });

  it("a request is found by its id, and has what an operator may see", async () => {
    const [one] = KNOWN.filter(({ attempts }) => attempts.length === 2);
    if (one === undefined) throw new Error("no request had two attempts");
    const page = { cursor: null, direction: "older", limit: 5 } as const;
    const { requests } = await figures.requests({ ...ANY, requestId: one.id }, page);
    expect(requests).toMatchObject([
      {
        id: one.id,
        at: one.at,
        spend: one.row.posted,
        cost: one.cost,
        upstream: one.upstream,
        attempts: 2,
        keyName: `Key ${one.row.keyId}`,
        accountName: one.row.accountId === 10 ? "A" : "B",
      },
    ]);
    const other = one.row.accountId === 10 ? 20 : 10;
    expect((await figures.requests({ ...ANY, accountId: other, requestId: one.id }, page)).requests).toEqual([]);
    expect((await figures.requests({ ...ANY, requestId: "nonsense" }, page)).requests).toEqual([]);
    await expect(figures.requests(ANY, { ...page, cursor: "nonsense" })).rejects.toThrow("cursor");
    await expect(figures.requests(ANY, { ...page, limit: 201 })).rejects.toThrow("limit");
  });
});

describe.each(DATABASES)("a long list on %s", (kind) => {
  const MANY = 9_000;
  /** 400 rows, then three times 2,000. */
  const LOOKED_AT = 6_400;
  let test: TestDatabase;
  let figures: Figures;
  const ids = Array.from({ length: MANY }, (_, place) => {
    const id = Buffer.alloc(16);
    id.writeUIntBE(END - place * 1_000, 0, 6);
    return id;
  });
  const nameOf = (place: number): string => requestIdText(ids[place] ?? Buffer.alloc(16));
  /** The second one ends a step on the way back. */
  const RARE = [2_999, MANY - 401, MANY - 1];
  beforeAll(async () => {
    test = await testDatabase(kind);
    await script(
      test.database,
      `insert into account (id, public_id, kind, name, created_at) values (10, 'acc_a', 'customer', 'A', 0);
       insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);`,
    );
    const key = { public_id: "k", name: "K", hash: Buffer.alloc(32), prefix: "sk-", last4: "abcd", created_at: 0 };
    for (const id of [1, 2])
      await test.database.kysely
        .insertInto("api_key")
        .values({ ...key, id, account_id: 10, public_id: `k${id}`, hash: Buffer.alloc(32, id) })
        .execute();
    const row = {
      ...aRow(0),
      accountId: 10,
      keyId: 1,
      outcome: "completed",
      model: "m",
      posted: 5n,
      hold: 5n,
    } as const;
    await insert(
      test.database,
      ids.map((id, place) => ({
        ...row,
        id,
        period: requestPeriod(id),
        priceId: 1,
        status: RARE.includes(place) ? 418 : 200,
      })),
    );
    figures = openFigures(test.database);
  });
  afterAll(() => test.remove());

  it.each([
    ["an account", 10],
    ["the installation", null],
  ])("what is rare is sought in bounded steps, there and back: %s", async (_, accountId) => {
    const filter = { ...ANY, accountId, statusClass: 4 };
    const ask = async (cursor: string | null, direction: "older" | "newer") => {
      const { requests, older, newer } = await figures.requests(filter, { cursor, direction, limit: 50 });
      return { found: requests.map(({ id }) => id), older, newer };
    };
    const first = await ask(null, "older");
    expect(first).toEqual({ found: [nameOf(2_999)], older: nameOf(LOOKED_AT - 1), newer: nameOf(2_999) });
    expect(await ask(first.older, "older")).toMatchObject({
      found: [nameOf(MANY - 401), nameOf(MANY - 1)],
      older: null,
    });
    const back = await ask(nameOf(MANY - 1), "newer");
    expect(back.found).toEqual([nameOf(2_999), nameOf(MANY - 401)]);
    // Of what is newer than a row, the row itself is not looked at.
    expect(back.newer).not.toBeNull();
    expect((await ask(back.newer, "newer")).found).toEqual([]);
  });

  it("a page that is full reads no further, and the next goes on behind it", async () => {
    const filter = { ...ANY, accountId: 10, minSpend: 5n };
    const page = await figures.requests(filter, { cursor: null, direction: "older", limit: 200 });
    expect(page.requests.map(({ id }) => id)).toEqual(ids.slice(0, 200).map((_, place) => nameOf(place)));
    const next = await figures.requests(filter, { cursor: page.older, direction: "older", limit: 200 });
    expect(next.requests[0]?.id).toBe(nameOf(200));
    const all = await figures.requests({ ...ANY, accountId: 10 }, { cursor: null, direction: "older", limit: 200 });
    expect([all.requests.length, all.older]).toEqual([200, page.older]);
  });
});
