/** Tasks and their leases on both databases: held with the row, charged once, whoever comes second (I-50 … I-55, §9.11). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../db/connect.ts";
import { DATABASES, rowsOf, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { newRequestId } from "../id.ts";
import { audit } from "../ledger/audit-store.ts";
import { openBooks } from "../ledger/books.ts";
import { addAccount, addKey } from "../ledger/fixtures.ts";
import { AccountFrozen, InsufficientFunds } from "../ledger/ledger.ts";
import { publishPrice } from "../ledger/price-store.ts";
import { reprice } from "../ledger/reprice-store.ts";
import type { TaskHold } from "../ledger/task-lease-store.ts";
import { ONE } from "../money.ts";
import type { PriceRow } from "../price.ts";
import { TaskStore, type NewTask } from "./store.ts";
import { ENDS, failedWith, pauseFor, taskId, type End } from "./task.ts";

const ACCOUNT = 10;
const KEY = 1;
const BUDGET_KEY = 2;
const NANO = 1_000_000_000n;
const NOW = 1_800_000_000_000;
const NEW: NewTask = {
  upstream: "u",
  api: "ark",
  upstreamModel: "m-1",
  model: "m",
  format: "flat",
  reference: 7,
  asked: { seconds: 5, resolution: "720p", ratio: null },
  deadlineAt: NOW + 1_000_000,
  webhook: null,
};
const FACTS = { attempts: [], status: 200 };

const success = (tokens: number): End => ({
  state: "succeeded",
  outcome: "completed",
  usage: { video_token: tokens },
  source: "reported",
  result: {
    url: "https://videos.example/1",
    seconds: 5,
    resolution: "720p",
    ratio: null,
    usage: { video_token: tokens },
    expiresAt: NOW + 5,
  },
  error: null,
});

describe.each(DATABASES)("tasks on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  let store: TaskStore;
  let row: PriceRow;

  beforeEach(async () => {
    test = await testDatabase(kind);
    ({ database } = test);
    await addAccount(database, { id: ACCOUNT, keyId: KEY, balance: 10n * NANO });
    await addKey(database, { accountId: ACCOUNT, keyId: BUDGET_KEY, budget: 2n * NANO });
    // $7 per million tokens, in cents.
    row = await database.transaction((queries) =>
      publishPrice(queries, "m", {
        base: { video_token: 7n * NANO },
        tiers: [],
        rounding: { scale: 2, mode: "half_up" },
      }),
    );
    store = new TaskStore(database);
  });
  afterEach(async () => {
    const [{ disagreements }, { differences }] = [await audit(database), await reprice(database)];
    await test.remove();
    expect([disagreements, differences]).toEqual([[], []]);
  });

  const aHold = (amount: bigint, changes: Partial<TaskHold> = {}): TaskHold => ({
    requestId: newRequestId(),
    accountId: ACCOUNT,
    keyId: KEY,
    hasBudget: false,
    amount,
    snapshot: { row, multiplier: ONE, planId: null },
    ...changes,
  });
  const begin = async (hold: TaskHold): Promise<void> => {
    await store.create(hold, NEW, NOW, NOW + 1);
    await store.submitted(hold.requestId, `job-${hold.requestId}`, NOW + 2);
  };
  const found = async (hold: TaskHold) => {
    const task = await store.find(hold.requestId);
    if (task === null) throw new Error("no task");
    return task;
  };
  const account = async () => (await rowsOf(database, `select balance, leased from account where id = ${ACCOUNT}`))[0];

  it("I-51: holds the worst case, charges the usage in cents half up, and returns the rest", async () => {
    const hold = aHold(3n * NANO);
    await begin(hold);
    expect(await account()).toEqual({ balance: 10n * NANO, leased: 3n * NANO });
    // 108,900 tokens at $5.60 would be $0.60984; at $7 they are $0.7623.
    const ending = await store.end(await found(hold), success(108_900), FACTS, NOW + 60_000);
    expect(ending).toMatchObject({ kind: "ended", receipt: { charge: 760_000_000n, absorbed: 0n } });
    expect(await account()).toEqual({ balance: 10n * NANO - 760_000_000n, leased: 0n });
    expect(await found(hold)).toMatchObject({ state: "succeeded", charge: 760_000_000n, finishedAt: NOW + 60_000 });
  });

  it.each([
    ["failed", failedWith("upstream_failed")],
    ["cancelled", ENDS.cancelled],
    ["expired", ENDS.expired],
    ["lost", ENDS.lost],
  ])("I-51: %s costs nothing and returns all", async (state, end) => {
    const hold = aHold(3n * NANO);
    await begin(hold);
    await store.end(await found(hold), end, FACTS, NOW);
    expect(await account()).toEqual({ balance: 10n * NANO, leased: 0n });
    expect(await found(hold)).toMatchObject({ state, charge: 0n });
  });

  it("I-15: what exceeds the hold is absorbed", async () => {
    const hold = aHold(NANO / 2n);
    await begin(hold);
    const ending = await store.end(await found(hold), success(108_900), FACTS, NOW);
    expect(ending).toMatchObject({ receipt: { charge: 500_000_000n, absorbed: 260_000_000n } });
  });

  it("I-50: twenty at once end it once", async () => {
    const hold = aHold(3n * NANO);
    await begin(hold);
    const task = await found(hold);
    const endings = await Promise.all(
      Array.from({ length: 20 }, () => new TaskStore(database).end(task, success(108_900), FACTS, NOW)),
    );
    expect(endings.filter((each) => each.kind === "ended")).toHaveLength(1);
    expect(await account()).toEqual({ balance: 10n * NANO - 760_000_000n, leased: 0n });
    expect(await rowsOf(database, "select 1 from audit_log where action = 'task.anomaly'")).toEqual([]);
  });

  it.each([
    ["a success after a failure", failedWith("upstream_failed"), success(100), "failed"],
    ["two different usages", success(100), success(200), "succeeded"],
    ["a success after it was lost", ENDS.lost, success(100), "lost"],
  ])("I-53: %s changes nothing and is recorded", async (_name, first, second, state) => {
    const hold = aHold(3n * NANO);
    await begin(hold);
    const task = await found(hold);
    await store.end(task, first, FACTS, NOW);
    const before = await account();
    expect(await store.end(task, second, FACTS, NOW)).toMatchObject({ kind: "stands", task: { state } });
    expect(await account()).toEqual(before);
    const recorded = await rowsOf(database, "select object from audit_log where action = 'task.anomaly'");
    expect(recorded).toEqual([{ object: taskId(hold.requestId) }]);
  });

  it("I-54: without money nothing is written, and a frozen account begins nothing", async () => {
    await expect(store.create(aHold(11n * NANO), NEW, NOW, NOW)).rejects.toThrow(InsufficientFunds);
    const budgeted = aHold(3n * NANO, { keyId: BUDGET_KEY, hasBudget: true });
    await expect(store.create(budgeted, NEW, NOW, NOW)).rejects.toMatchObject({ code: "key_budget_exceeded" });
    const running = aHold(NANO);
    await begin(running);
    await database.kysely.updateTable("account").set({ frozen: 1 }).where("id", "=", BigInt(ACCOUNT)).execute();
    await expect(store.create(aHold(NANO), NEW, NOW, NOW)).rejects.toThrow(AccountFrozen);
    expect(await rowsOf(database, "select count(*) as n from task")).toEqual([{ n: 1n }]);
    expect(await account()).toMatchObject({ leased: NANO });
    // §9.11: a freeze stops new tasks only.
    await store.end(await found(running), success(1_000), FACTS, NOW);
    expect(await account()).toEqual({ balance: 10n * NANO - 10_000_000n, leased: 0n });
  });

  it("I-16: a budget is held and spent with the account", async () => {
    const hold = aHold(2n * NANO, { keyId: BUDGET_KEY, hasBudget: true });
    await begin(hold);
    const key = () => rowsOf(database, `select spent, leased from api_key where id = ${BUDGET_KEY}`);
    expect(await key()).toEqual([{ spent: 0n, leased: 2n * NANO }]);
    await store.end(await found(hold), success(100_000), FACTS, NOW);
    expect(await key()).toEqual([{ spent: 700_000_000n, leased: 0n }]);
  });

  it("many crowd onto one balance: exactly those that fit are admitted (I-14)", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 25 }, () => begin(aHold(NANO))));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect(await account()).toEqual({ balance: 10n * NANO, leased: 10n * NANO });
  });

  it("one claim takes what is due and nobody else does", async () => {
    for (let i = 0; i < 12; i++) await begin(aHold(NANO / 10n));
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => new TaskStore(database).claim(NOW + 5, 4, NOW + 60_000)),
    );
    const ids = claims.flat().map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(4);
    const [first] = claims.flat();
    await store.goOn([{ requestId: first!.requestId, state: "running", dueAt: NOW + 3, misses: 2 }], NOW);
    const again = await store.claim(NOW + 5, 100, NOW + 60_000);
    expect(again.find(({ requestId }) => requestId === first!.requestId)).toMatchObject({
      state: "running",
      misses: 2,
      startedAt: NOW,
    });
  });

  it("I-54: a task goes elsewhere only while nobody knows of a job, and remembers who refused it", async () => {
    const hold = aHold(NANO);
    await store.create(hold, NEW, NOW, NOW + 1);
    const refusal = { upstream: "u", model: "m-1", status: 429, result: "overloaded", durationMs: 7 };
    const target = { upstream: "v", api: "ark", upstreamModel: "m-2", tried: [refusal] } as const;
    expect(await store.moved(hold.requestId, target, NOW + 9)).toBe(true);
    expect(await found(hold)).toMatchObject({ ...target, state: "submitting", dueAt: NOW + 9 });
    await store.submitted(hold.requestId, "job", NOW);
    expect(await store.moved(hold.requestId, { ...target, upstream: "w" }, NOW)).toBe(false);
    await store.end(await found(hold), failedWith("upstream_failed"), FACTS, NOW);
    expect(await store.moved(hold.requestId, { ...target, upstream: "w" }, NOW)).toBe(false);
    expect(await found(hold)).toMatchObject({ upstream: "v", tried: [refusal] });
  });

  it("moves the next look on by the pause of the task's age, to a full second", async () => {
    const hold = aHold(NANO);
    await begin(hold);
    for (const [age, pause] of [
      [400, 15_000],
      [2 * 60_000, 30_000],
      [15 * 60_000, 60_000],
      [60 * 60_000 + 1, 300_000],
    ] as const) {
      const now = NOW + age;
      const [task] = await store.claim(now, 1, 0);
      expect(task?.dueAt).toBe(Math.ceil((now + pause) / 1_000) * 1_000);
      expect(pauseFor(age, 0, false)).toBe(pause);
      expect(await store.claim(now, 1, 0)).toEqual([]);
      await store.goOn([{ requestId: hold.requestId, state: "running", dueAt: NOW, misses: 0 }], NOW);
    }
  });

  it("E113: one job is never two tasks", async () => {
    const [one, two] = [aHold(NANO), aHold(NANO)];
    for (const hold of [one, two]) await store.create(hold, NEW, NOW, NOW);
    await store.submitted(one.requestId, "job", NOW);
    await expect(store.submitted(two.requestId, "job", NOW)).rejects.toThrow(Error);
    expect(await store.isKnown("u", "job")).toBe(true);
    expect(await store.submitted(one.requestId, "other", NOW)).toBe(false);
  });

  it("I-25, §9.1: neither a start nor a dead owner's return touches a task's lease", async () => {
    const hold = aHold(3n * NANO);
    await begin(hold);
    const problems: unknown[] = [];
    const books = await openBooks(database, {
      onProblem: (problem) => problems.push(problem),
      onFatal: (error) => problems.push(error),
    });
    await books.recall(ACCOUNT);
    await books.close();
    expect(problems).toEqual([]);
    expect(await account()).toMatchObject({ leased: 3n * NANO });
    expect(await rowsOf(database, "select 1 from audit_log where action = 'lease.crashed'")).toEqual([]);
  });

  it("I-55: a list is the account's own; what is hidden is not in it", async () => {
    const holds = [aHold(1n), aHold(1n), aHold(1n)];
    for (const hold of holds) await begin(hold);
    const order = { limit: 2, after: null, newestFirst: true };
    const first = await store.list(ACCOUNT, order);
    expect(first).toHaveLength(2);
    const rest = await store.list(ACCOUNT, { ...order, after: first[1]!.requestId });
    expect(new Set([...first, ...rest].map(({ requestId }) => requestId)).size).toBe(3);
    expect(await store.list(ACCOUNT + 1, order)).toEqual([]);
    expect(await store.hide(ACCOUNT, holds[0]!.requestId)).toBe(false);
    await store.end(await found(holds[0]!), ENDS.cancelled, FACTS, NOW);
    expect(await store.hide(ACCOUNT + 1, holds[0]!.requestId)).toBe(false);
    expect(await store.hide(ACCOUNT, holds[0]!.requestId)).toBe(true);
    expect(await store.list(ACCOUNT, { ...order, limit: 9 })).toHaveLength(2);
  });
});
