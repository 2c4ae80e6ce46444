import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { DATABASES, script, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { firstRequestId, requestIdBytes, requestIdText, requestPeriod } from "../id.ts";
import { EXACT, parseNano } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { explain, explanationText } from "./explain.ts";
import {
  endOf,
  entriesOf,
  MOST_EXAMINED,
  pageOf,
  spanOf,
  totalsOf,
  type HistoryFilter,
  type HistorySource,
} from "./history.ts";
import { findRequest, historySource } from "./store.ts";
import type { UsageRecord } from "./usage.ts";

describe.each(DATABASES)("the history on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    database = test.database;
    await script(
      database,
      `insert into account (id, public_id, kind, name, created_at) values (10, 'acc_a', 'customer', 'A', 0), (20, 'acc_b', 'customer', 'B', 0);
       insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);`,
    );
    const hash = Buffer.alloc(32);
    const key = { public_id: "key_a", account_id: 10, name: "A", hash, prefix: "sk-", last4: "abcd", created_at: 0 };
    await database.kysely
      .insertInto("api_key")
      .values({ id: 1, ...key })
      .execute();
  });
  afterEach(() => test.remove());

  /** What the ledger would have added up; on PostgreSQL a trigger has. */
  const rollUp = async (row: { account_id: number; model: string }, times: readonly number[]): Promise<void> => {
    if (kind === "postgres") return;
    for (const at of times) {
      const { account_id, model } = row;
      const key = { account_id, hour: Math.floor(at / 3_600_000), key_id: 1, model, upstream: "u" };
      const sums = { requests: 1n, errors: 0n, posted: 10n, absorbed: 2n, cost: 40n, input: 7n, output: 0n };
      await database.kysely
        .insertInto("rollup")
        .values({ ...key, ...sums })
        .onConflict((conflict) =>
          conflict.columns(["account_id", "hour", "key_id", "model", "upstream"]).doUpdateSet(({ eb }) => ({
            requests: eb("rollup.requests", "+", 1n),
            posted: eb("rollup.posted", "+", 10n),
            input: eb("rollup.input", "+", 7n),
          })),
        )
        .execute();
    }
  };

  /** Requests of the given milliseconds; their ids differ in their place too. */
  const add = async (times: readonly number[], accountId = 10, other: object = {}): Promise<string[]> => {
    const ids = times.map((at, n) => {
      const id = Buffer.alloc(16);
      id.writeUIntBE(Math.floor(at), 0, 6);
      id.writeUInt16BE(n + (accountId + Object.keys(other).length) * 2_000, 14);
      return id;
    });
    const rest = {
      account_id: accountId,
      key_id: 1,
      duration_ms: 5,
      status: 200,
      stream: 1,
      outcome: "completed",
      source: "reported",
      usage_invalid: 0,
      model: "m",
      protocol: "p",
      input: 7,
      output: 0,
      price_id: 1,
      multiplier_num: 3n,
      multiplier_den: 10n,
      exact: 12n,
      hold: 10n,
      posted: 10n,
      absorbed: 2n,
      attempts: '[["u","m",null,"upstream_timeout",9]]',
      ...other,
    };
    for (let from = 0; from < ids.length; from += 500)
      await database.kysely
        .insertInto("request")
        .values(ids.slice(from, from + 500).map((id) => ({ period: requestPeriod(id), id, ...rest })))
        .execute();
    await rollUp(rest, times);
    return ids.map(requestIdText);
  };

  const EVER = spanOf({ from: null, to: null }, null);
  const ALL: HistoryFilter = { accountId: 10, model: null, keyId: null, outcome: null };

  /** Every page of a filter, one after the other, as a client asks for them. */
  const pages = async (source: HistorySource, filter: HistoryFilter, limit: number): Promise<string[][]> => {
    const seen: string[][] = [];
    for (let next: string | null = null; ;) {
      const before: Uint8Array | null = next === null ? null : requestIdBytes(next);
      const page = await pageOf(source, { filter, span: spanOf({ from: null, to: null }, before), limit });
      seen.push(page.entries.map(({ record }) => record.requestId));
      if (page.next === null) return seen;
      next = page.next;
    }
  };

  it("pages newest first, without gaps or repeats, and of one account only", async () => {
    const [a, b, c, d, e] = await add([1_000, 1_000, 2_000, 3_000, 3_000]);
    await add([2_500], 20);
    const source = historySource(database.kysely);
    expect(await pages(source, ALL, 2)).toEqual([[e, d], [c, b], [a]]);
    expect(await pages(source, ALL, 5)).toEqual([[e, d, c, b, a]]);
    expect(await pages(source, { ...ALL, accountId: 30 }, 5)).toEqual([[]]);
  });

  it("finds what is rare in much, sums it, and gives all of it piece by piece", async () => {
    const ids = await add(Array.from({ length: 1_100 }, (_, n) => 1_000 + n));
    const rare = await add([900, 1_250.5, 1_999], 10, { model: "rare", outcome: "content_filtered" });
    const source = historySource(database.kysely);
    const filter = { ...ALL, model: "rare" };
    expect((await pages(source, filter, 2)).flat()).toEqual([rare[2], rare[1], rare[0]]);
    expect((await pages(source, { ...ALL, outcome: "content_filtered" }, 3)).flat()).toHaveLength(3);
    expect(await totalsOf(source, filter, EVER)).toEqual({
      requests: 3n,
      posted: 30n,
      refunded: 0n,
      usage: { input: 21n },
      next: null,
    });
    expect(await totalsOf(source, ALL, EVER)).toMatchObject({ requests: 1_103n, posted: 11_030n });
    expect(await endOf(source, 10, EVER)).toBeNull();
    const all: string[] = [];
    for await (const piece of entriesOf(source, ALL, EVER)) {
      expect(piece.length).toBeLessThanOrEqual(500);
      all.push(...piece.map(({ record }) => record.requestId));
    }
    expect(all).toEqual([...ids, ...rare].toSorted().reverse());
  });

  it("names the key of each request, and what was given back of its price", async () => {
    const [id = ""] = await add([1_000]);
    const about = { request_id: requestIdBytes(id), kind: "refund", reason: "r", actor: "a", created_at: 0 };
    await database.kysely
      .insertInto("transfer")
      .values([
        { ...about, debit_account_id: 20, credit_account_id: 10, amount: 3n },
        { ...about, debit_account_id: 20, credit_account_id: 10, amount: 4n },
      ])
      .execute();
    const source = historySource(database.kysely);
    const { entries } = await pageOf(source, { filter: ALL, span: EVER, limit: 1 });
    expect(entries).toMatchObject([{ keyPublicId: "key_a", keyName: "A", refunded: 7n }]);
    const within = spanOf({ from: 1, to: 3_000 }, null);
    expect(await totalsOf(source, ALL, within)).toMatchObject({ posted: 10n, refunded: 7n });
    // As the refund's own transaction adds it up.
    await script(database, "update rollup set refunded = 7");
    expect(await totalsOf(source, ALL, EVER)).toMatchObject({ posted: 10n, refunded: 7n });
  });

  it("one request has all that is stored of it, and is not shown to others", async () => {
    const [id = ""] = await add([1_000]);
    expect(await findRequest(database.kysely, id)).toEqual({
      requestId: id,
      accountId: 10,
      keyId: 1,
      startedAt: 1_000,
      durationMs: 5,
      firstByteMs: null,
      status: 200,
      stream: true,
      outcome: "completed",
      source: "reported",
      usageInvalid: false,
      model: "m",
      protocol: "p",
      usage: { input: 7, output: 0 },
      priceId: 1,
      planId: null,
      multiplier: { num: 3n, den: 10n },
      exact: 12n,
      hold: 10n,
      posted: 10n,
      absorbed: 2n,
      attempts: [{ upstream: "u", model: "m", status: null, result: "upstream_timeout", durationMs: 9 }],
    });
    expect((await findRequest(database.kysely, id, 10))?.requestId).toBe(id);
    expect(await findRequest(database.kysely, id, 20)).toBeUndefined();
    expect(await findRequest(database.kysely, "req_nonsense")).toBeUndefined();
  });

  it("sums a period, its end left out", async () => {
    await add([999, 1_000, 1_999, 2_000]);
    const period = spanOf({ from: 1_000, to: 2_000 }, null);
    const source = historySource(database.kysely);
    expect(await totalsOf(source, ALL, period)).toMatchObject({ requests: 2n, posted: 20n });
    expect(await totalsOf(source, { ...ALL, accountId: 20 }, period)).toMatchObject({ requests: 0n, posted: 0n });
    expect(await totalsOf(source, { ...ALL, keyId: 2 }, period)).toMatchObject({ requests: 0n, posted: 0n });
  });
});

describe("an endless history", () => {
  /** A request in each millisecond there ever was; counts the rows that are looked at. */
  const endless = () => {
    const seen = { rows: 0, calls: 0 };
    const timeOf = (id: Uint8Array): number => Number(`0x${Buffer.from(id.subarray(0, 6)).toString("hex")}`);
    const source: HistorySource = {
      bound: async (_account, { before }, count) => {
        seen.calls++;
        return firstRequestId(timeOf(before) - count);
      },
      entries: async (_filter, { from, before }) => {
        seen.rows += timeOf(before) - timeOf(from);
        return [];
      },
      sums: async (_filter, { from, before }) => {
        const rows = timeOf(before) - timeOf(from);
        seen.rows += rows;
        return { requests: BigInt(rows), posted: 1n, refunded: 0n, usage: { input: 2n } };
      },
      hours: async () => null,
    };
    return { source, seen };
  };
  const filter: HistoryFilter = { accountId: 1, model: "never", keyId: null, outcome: null };
  const span = spanOf({ from: null, to: 10_000_000 }, null);

  it("is looked through in bounded pieces, each of which says where the next one begins", async () => {
    const { source, seen } = endless();
    const page = await pageOf(source, { filter, span, limit: 100 });
    expect(page).toEqual({ entries: [], next: requestIdText(firstRequestId(10_000_000 - seen.rows)) });
    expect(seen.rows).toBe(20_000);
  });

  it("is summed up to a bound, and says so", async () => {
    const { source } = endless();
    const totals = await totalsOf(source, filter, span);
    expect(totals.requests).toBe(BigInt(MOST_EXAMINED));
    expect(totals.next).toBe(requestIdText(firstRequestId(10_000_000 - MOST_EXAMINED)));
    expect(totals.usage).toEqual({ input: 400n });
  });

  it("is given out up to a bound that is known before", async () => {
    const { source, seen } = endless();
    const end = await endOf(source, 1, span);
    expect(end).toEqual(firstRequestId(10_000_000 - MOST_EXAMINED));
    expect(seen).toEqual({ rows: 0, calls: 21 });
  });
});

describe("explain", () => {
  const row: PriceRow = {
    id: 1,
    base: {
      input: parseNano("3"),
      cache_write_5m: parseNano("3.75"),
      cache_read: parseNano("0.3"),
      output: parseNano("15"),
    },
    tiers: [],
    rounding: EXACT,
  };
  const record: UsageRecord = {
    requestId: "req_x",
    accountId: 10,
    keyId: 1,
    startedAt: 0,
    durationMs: 812,
    firstByteMs: 40,
    status: 200,
    stream: true,
    outcome: "completed",
    source: "reported",
    usageInvalid: false,
    model: "claude",
    protocol: "anthropic",
    usage: { input: 12, cache_write_5m: 2_000, cache_read: 10_000, output: 150 },
    priceId: 1,
    planId: "basic",
    multiplier: { num: 3n, den: 10n },
    exact: 3_835_800n,
    hold: 5_000_000n,
    posted: 3_835_800n,
    absorbed: 0n,
    attempts: [{ upstream: "main", model: "claude-x", status: 200, result: "ok", durationMs: 800 }],
  };

  it("shows every factor of the charge (I-4's first vector)", () => {
    expect(explanationText(explain(record, { model: "m", row, validFrom: 0 }))).toBe(
      [
        "req_x  1970-01-01T00:00:00.000Z",
        "  model claude, anthropic, streamed, status 200, 812 ms",
        "  outcome completed, usage reported",
        "  attempt 1: main claude-x → 200 ok, 800 ms",
        "  input                      12 × $3 per million = $0.000036",
        "  cache_read              10000 × $0.3 per million = $0.003",
        "  cache_write_5m           2000 × $3.75 per million = $0.0075",
        "  output                    150 × $15 per million = $0.00225",
        "  price row 1, in force since 1970-01-01T00:00:00.000Z",
        "  sum              $0.012786",
        "  multiplier       × 3/10 (plan basic)",
        "  to the nano      $0.0038358",
        "  held             $0.005",
        "  charged          $0.0038358",
        "  cost to us       $0.012786",
        "  margin           $-0.0089502",
      ].join("\n"),
    );
  });

  it("names tier, coarse rounding and what was absorbed", () => {
    const tiered: PriceRow = {
      ...row,
      tiers: [{ above: 10_000, price: { ...row.base, input: parseNano("6") } }],
      rounding: { scale: 2, mode: "half_up" },
    };
    const text = explanationText(
      explain({ ...record, posted: 0n, absorbed: 10_000_000n }, { model: "m", row: tiered, validFrom: 0 }),
    );
    expect(text).toContain("12 × $6 per million");
    expect(text).toContain("prompts above 10000 tokens");
    expect(text).toContain("to 2 decimals    $0.01, rounded half up");
    expect(text).toContain("absorbed         $0.01, not charged");
    expect(text).toContain("charged          $0");
  });

  it("a request that was refused before a hold has nothing to explain", () => {
    const refused = { ...record, priceId: null, usage: {}, attempts: [], outcome: "rejected", posted: 0n };
    expect(explanationText(explain(refused, null))).toContain("Nothing was held");
  });
});
