import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { scratchDatabase, type Scratch } from "../db/fixtures.ts";
import { requestIdText } from "../id.ts";
import { EXACT, parseNano } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { explain, explanationText } from "./explain.ts";
import { findRequest, listRequests, spendOf } from "./store.ts";
import type { UsageRecord } from "./usage.ts";

let scratch: Scratch;
let database: Database;
beforeEach(async () => {
  ({ scratch, database } = await scratchDatabase());
  database.sqlite.exec(`
    insert into account (id, public_id, kind, name, created_at) values (10, 'acc_a', 'customer', 'A', 0), (20, 'acc_b', 'customer', 'B', 0);
    insert into api_key (id, public_id, account_id, name, hash, prefix, last4, created_at)
      values (1, 'key_a', 10, 'A', zeroblob(32), 'sk-', 'abcd', 0);
    insert into price (id, model, base, tiers, rounding, valid_from) values (1, 'm', '{}', '[]', '{}', 0);`);
});
afterEach(() => {
  scratch.remove();
});

/** A request of the given millisecond; the ids of one millisecond differ in `n`. */
const add = (at: number, n: number, accountId = 10): string => {
  const id = Buffer.alloc(16);
  id.writeUIntBE(at, 0, 6);
  id.writeUInt8(n, 15);
  database.sqlite
    .prepare(
      `insert into request (id, account_id, key_id, started_at, duration_ms, status, stream, outcome, source, usage_invalid, model,
         protocol, input, output, price_id, multiplier_num, multiplier_den, exact, hold, posted, absorbed, attempts)
       values (?, ?, 1, ?, 5, 200, 1, 'completed', 'reported', 0, 'm', 'p', 7, 0, 1, 3, 10, 12, 10, 10, 2, ?)`,
    )
    .run(id, accountId, at, '[["u","m",null,"upstream_timeout",9]]');
  return requestIdText(id);
};

describe("the history", () => {
  it("pages newest first, without gaps or repeats, and of one account only", async () => {
    const ids = [1_000, 1_000, 2_000, 3_000, 3_000].map((at, n) => add(at, n));
    add(2_500, 9, 20);
    const seen: string[] = [];
    for (let before: string | undefined; ; before = seen.at(-1)) {
      const page = await listRequests(database.kysely, {
        accountId: 10,
        limit: 2,
        ...(before === undefined ? {} : { before }),
      });
      if (page.length === 0) break;
      seen.push(...page.map(({ requestId }) => requestId));
    }
    expect(seen).toEqual(ids.reverse());
    expect(await listRequests(database.kysely, { accountId: 10, before: "nonsense" })).toEqual([]);
  });

  it("one request has all that is stored of it, and is not shown to others", async () => {
    const id = add(1_000, 1);
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
    [999, 1_000, 1_999, 2_000].forEach((at, n) => add(at, n));
    const period = { from: 1_000, to: 2_000 };
    expect(await spendOf(database.kysely, 10, period)).toEqual({ requests: 2, posted: 20n, absorbed: 4n });
    expect(await spendOf(database.kysely, 20, period)).toEqual({ requests: 0, posted: 0n, absorbed: 0n });
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
    expect(explanationText(explain(record, row))).toBe(
      [
        "req_x  1970-01-01T00:00:00.000Z",
        "  model claude, anthropic, streamed, status 200, 812 ms",
        "  outcome completed, usage reported",
        "  attempt 1: main claude-x → 200 ok, 800 ms",
        "  input                      12 × $3 per million = $0.000036",
        "  cache_read              10000 × $0.3 per million = $0.003",
        "  cache_write_5m           2000 × $3.75 per million = $0.0075",
        "  output                    150 × $15 per million = $0.00225",
        "  sum              $0.012786",
        "  multiplier       × 3/10 (plan basic)",
        "  to the nano      $0.0038358",
        "  held             $0.005",
        "  charged          $0.0038358",
      ].join("\n"),
    );
  });

  it("names tier, coarse rounding and what was absorbed", () => {
    const tiered: PriceRow = {
      ...row,
      tiers: [{ above: 10_000, price: { ...row.base, input: parseNano("6") } }],
      rounding: { scale: 2, mode: "half_up" },
    };
    const text = explanationText(explain({ ...record, posted: 0n, absorbed: 10_000_000n }, tiered));
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
