/**
 * The task machine on both databases, against a provider of real HTTP and a clock of our own: E111, E112, E113, and I-50 … I-54. The
 * books are audited after each test.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database } from "../../src/db/connect.ts";
import { DATABASES, rowsOf, testDatabase, type TestDatabase } from "../../src/db/fixtures.ts";
import { newRequestId } from "../../src/id.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { addAccount } from "../../src/ledger/fixtures.ts";
import { publishPrice } from "../../src/ledger/price-store.ts";
import { reprice } from "../../src/ledger/reprice-store.ts";
import { ONE } from "../../src/money.ts";
import type { PriceRow } from "../../src/price.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { ProviderClient } from "../../src/providers/send.ts";
import type { TaskServices } from "../../src/tasks/services.ts";
import { TaskStore, type Progress } from "../../src/tasks/store.ts";
import { DEADLINE_MS } from "../../src/tasks/task.ts";
import { TaskWorker } from "../../src/tasks/worker.ts";
import { failed, running, startArkDouble, succeeded, type ArkDouble, type Scripted } from "./ark-double.ts";

const NANO = 1_000_000_000n;
const ACCOUNT = 10;
const VIDEO = "https://videos.example/1.mp4";
const HOLD = 2n * NANO;
/** 108,900 tokens at $7 per million, in cents. */
const CHARGE = 760_000_000n;
const NOT_FOUND: Scripted = { status: 404, body: { error: { code: "NotFound" } } };

describe.each(DATABASES)("the task machine on %s", (kind) => {
  let test: TestDatabase;
  let database: Database;
  let double: ArkDouble;
  let client: ProviderClient;
  let row: PriceRow;
  let now: number;
  let problems: string[];

  const upstream = () => ({
    id: "ark",
    provider: PROVIDERS.bytedance,
    baseUrl: double.url,
    apiKey: "secret-key",
    models: {},
    enabled: true,
    sandbox: false,
  });
  /** Only what looking at tasks needs. */
  const services = (on: Database = database): TaskServices =>
    ({
      installation: () => ({ upstreams: new Map([["ark", upstream()]]) }),
      store: new TaskStore(on),
      client,
      onProblem: (what: string) => problems.push(what),
      epochMs: () => now,
      monotonicMs: () => now,
      random: () => 0,
    }) as unknown as TaskServices;

  beforeEach(async () => {
    [test, double] = await Promise.all([testDatabase(kind), startArkDouble()]);
    ({ database } = test);
    client = new ProviderClient();
    now = Date.now();
    problems = [];
    await addAccount(database, { id: ACCOUNT, keyId: 1, balance: 1_000n * NANO });
    row = await database.transaction((queries) =>
      publishPrice(queries, "m", {
        base: { video_token: 7n * NANO },
        tiers: [],
        rounding: { scale: 2, mode: "half_up" },
      }),
    );
  });
  afterEach(async () => {
    const [{ disagreements }, { differences }] = [await audit(database), await reprice(database)];
    await client.close();
    await double.close();
    await test.remove();
    expect([disagreements, differences]).toEqual([[], []]);
  });

  interface Begun {
    readonly job?: string | null;
    readonly reference?: number;
    readonly api?: "ark" | "dashscope";
  }
  /** A task, as if it had been submitted. @param job null: its answer was lost */
  const begin = async ({ job, reference = 5, api = "ark" }: Begun = {}): Promise<string> => {
    const requestId = newRequestId();
    const store = new TaskStore(database);
    const hold = { requestId, accountId: ACCOUNT, keyId: 1, hasBudget: false, amount: HOLD };
    await store.create(
      { ...hold, snapshot: { row, multiplier: ONE, planId: null } },
      {
        upstream: "ark",
        api,
        upstreamModel: "m-1",
        model: "m",
        format: "flat",
        reference,
        asked: { seconds: 5, resolution: "720p", ratio: null },
        deadlineAt: now + DEADLINE_MS,
        webhook: null,
      },
      now,
      now,
    );
    if (job === null) return requestId;
    const id = job ?? `job-${requestId}`;
    double.jobs.set(id, { id, reference, createdAt: 0, polls: 0 });
    await store.submitted(requestId, id, now);
    return requestId;
  };
  const found = async (requestId: string) => {
    const task = await new TaskStore(database).find(requestId);
    if (task === null) throw new Error("the task is gone");
    return task;
  };
  const account = async () => (await rowsOf(database, `select balance, leased from account where id = ${ACCOUNT}`))[0];
  /** Lets time pass, and a worker look at what is due then. */
  const pass = async (milliseconds: number, worker: TaskWorker): Promise<void> => {
    now += milliseconds;
    await worker.tick();
    await worker.settled();
  };

  it("E111: five pollers, a hundred tasks and their owners: a hundred settlements", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 100; i++) ids.push(await begin());
    double.script = () => succeeded(VIDEO, 108_900);
    const others = kind === "postgres" ? [await test.open(), await test.open()] : [];
    const workers = Array.from({ length: 5 }, (_, i) => new TaskWorker(services(others[i % 2] ?? database)));
    const owner = async (): Promise<void> => {
      for (const id of ids) await new TaskStore(database).find(id);
    };
    const open = (): Promise<number> => new TaskStore(database).open();
    for (let round = 0; round < 20 && (await open()) > 0; round++) {
      await Promise.all([...workers.map((worker) => worker.tick()), owner()]);
      await Promise.all(workers.map((worker) => worker.settled()));
      now += 5_000;
    }
    const [counts] = await rowsOf(database, "select count(*) as n, count(distinct id) as ids from request");
    expect(counts).toEqual({ n: 100n, ids: 100n });
    expect(await account()).toEqual({ balance: 1_000n * NANO - 100n * CHARGE, leased: 0n });
    // One call for each: who took a task took it alone. A machine that is too busy for the database is asked for once more.
    expect(double.counts.polled).toBe(100 + problems.length);
    expect(problems.filter((what) => what !== "settle")).toEqual([]);
  });

  it("asks a provider once per pause, and less often the older a task is", async () => {
    const id = await begin();
    const workers = [new TaskWorker(services()), new TaskWorker(services())];
    for (let second = 0; second < 60; second++) for (const worker of workers) await pass(500, worker);
    expect(double.counts.polled).toBeLessThanOrEqual(7);
    const early = double.counts.polled;
    now += 2 * 60 * 60 * 1_000;
    for (let minute = 0; minute < 10; minute++) await pass(60_000, workers[0]!);
    expect(double.counts.polled - early).toBeLessThanOrEqual(4);
    expect(await found(id)).toMatchObject({ state: "running", misses: 0 });
  });

  it("asks once about each of many tasks per pause, and writes nothing for an answer that changes nothing", async () => {
    const ids = await Promise.all(Array.from({ length: 200 }, () => begin()));
    const asked = new Map<string, number[]>();
    double.script = ({ id }) => {
      asked.set(id, [...(asked.get(id) ?? []), now]);
      return running;
    };
    let written = 0;
    class CountingStore extends TaskStore {
      override goOn(progress: readonly Progress[], at: number): Promise<void> {
        written += progress.length;
        return super.goOn(progress, at);
      }
    }
    const workers = Array.from({ length: 3 }, () => {
      return new TaskWorker({ ...services(), store: new CountingStore(database) });
    });
    const look = async (): Promise<void> => {
      await Promise.all(workers.map((worker) => worker.tick()));
      await Promise.all(workers.map((worker) => worker.settled()));
      now += 250;
    };
    for (let tick = 0; tick < 4 * 50; tick++) await look();
    expect(asked.size).toBe(ids.length);
    for (const times of asked.values()) {
      // At 0, 15, 30 and 45 s of 50, each at the next full second.
      expect(times.length).toBe(4);
      for (const [index, time] of times.entries())
        if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(15_000);
    }
    // `queued` became `running` once for each; the other looks moved nothing but the time of the next, when they were taken.
    expect(written).toBe(ids.length);
  });

  it("does not ask again while an answer takes longer than the pause", async () => {
    await begin();
    let answer: (told: Scripted) => void = () => undefined;
    const slow = new Promise<Scripted>((resolve) => (answer = resolve));
    double.script = () => slow;
    const worker = new TaskWorker(services());
    for (let second = 0; second < 60; second++) {
      now += 1_000;
      await worker.tick();
    }
    await expect.poll(() => double.counts.polled).toBe(1);
    answer(running);
    await worker.settled();
    expect(double.counts.polled).toBe(1);
  });

  it.each<[string, readonly Scripted[]]>([
    ["404 twice", [NOT_FOUND, NOT_FOUND]],
    ["5xx", [{ status: 503, body: {} }]],
    [
      "what cannot be read",
      [
        { status: 200, body: "<html>" },
        { status: 200, body: "[1,2]" },
      ],
    ],
    ["a broken connection", ["cut", "cut"]],
    ["a success without a film", [{ status: 200, body: { status: "succeeded" } }]],
  ])("E112, I-52: %s is no verdict; the success after it is charged once", async (_name, said) => {
    const id = await begin();
    const worker = new TaskWorker(services());
    double.script = ({ polls }) => said[polls - 1] ?? succeeded(VIDEO, 108_900);
    for (let look = 0; look <= said.length; look++) {
      expect((await found(id)).finishedAt).toBeNull();
      await pass(300_000, worker);
    }
    expect(await found(id)).toMatchObject({ state: "succeeded", charge: CHARGE });
    expect(await account()).toEqual({ balance: 1_000n * NANO - CHARGE, leased: 0n });
  });

  it("I-52: a provider that is away for a minute loses nothing, and is not stormed when it is back", async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => begin()));
    const worker = new TaskWorker(services());
    double.isAway = true;
    for (let second = 0; second < 60; second += 5) await pass(5_000, worker);
    for (const id of ids) expect(await found(id)).toMatchObject({ finishedAt: null });
    double.isAway = false;
    double.script = () => succeeded(VIDEO, 108_900);
    for (let minute = 0; minute < 3; minute++) await pass(60_000, worker);
    for (const id of ids) expect(await found(id)).toMatchObject({ state: "succeeded" });
    expect(double.counts.polled).toBe(5);
  });

  it("b39: a price that changes while a video is made is not its price (I-40)", async () => {
    const id = await begin();
    const dearer = { base: { video_token: 70n * NANO }, tiers: [], rounding: { scale: 2, mode: "half_up" } } as const;
    const published = await database.transaction((queries) => publishPrice(queries, "m", dearer));
    expect(published.id).not.toBe(row.id);
    double.script = () => succeeded(VIDEO, 108_900);
    await pass(300_000, new TaskWorker(services()));
    expect(await found(id)).toMatchObject({ state: "succeeded", charge: CHARGE });
    expect(await account()).toEqual({ balance: 1_000n * NANO - CHARGE, leased: 0n });
  });

  it.each([-5, 0.5, 1e21, 2 ** 63, "12", null])(
    "b27: a count of %j pays nobody, and is no more than was held",
    async (count) => {
      const id = await begin();
      double.script = () => succeeded(VIDEO, count as number);
      await pass(300_000, new TaskWorker(services()));
      const { state, charge } = await found(id);
      expect(state).toBe("succeeded");
      expect(charge).toBeGreaterThan(0n);
      expect(charge).toBeLessThanOrEqual(HOLD);
      expect(await account()).toEqual({ balance: 1_000n * NANO - (charge ?? 0n), leased: 0n });
    },
  );

  it("I-53: a success after a failure, and another usage, change nothing", async () => {
    const [first, second] = [await begin(), await begin()];
    const worker = new TaskWorker(services());
    const [one, two] = [await found(first), await found(second)];
    double.script = () => failed;
    await pass(1, worker);
    const before = await account();
    double.script = () => succeeded(VIDEO, 5);
    const { endTask } = await import("../../src/tasks/worker.ts");
    const late = { state: "succeeded", outcome: "completed", usage: { video_token: 5 }, source: "reported" } as const;
    const result = { url: VIDEO, seconds: 5, resolution: null, ratio: null, usage: late.usage, expiresAt: now };
    for (const task of [one, two])
      expect(await endTask(services(), task, { ...late, result, error: null })).toBe(false);
    expect(await account()).toEqual(before);
    expect(problems).toEqual(["anomaly", "anomaly"]);
    expect(await rowsOf(database, "select count(*) as n from audit_log where action = 'task.anomaly'")).toEqual([
      { n: 2n },
    ]);
    expect(await found(first)).toMatchObject({ state: "failed", error: "upstream_failed", charge: 0n });
  });

  it("I-52: after a day without a verdict it is lost, costs nothing, and its job is cancelled", async () => {
    const id = await begin();
    const worker = new TaskWorker(services());
    for (const script of [() => running, (): Scripted => "cut"]) {
      double.script = script;
      await pass(60_000, worker);
    }
    await pass(DEADLINE_MS - 180_000, worker);
    expect((await found(id)).finishedAt).toBeNull();
    double.script = () => running;
    await pass(300_000, worker);
    expect(await found(id)).toMatchObject({ state: "lost", charge: 0n });
    expect(double.counts.cancelled).toBe(1);
    expect(await account()).toEqual({ balance: 1_000n * NANO, leased: 0n });
    const [request] = await rowsOf(database, "select outcome, posted from request");
    expect(request).toEqual({ outcome: "task_lost", posted: 0n });
  });

  it("a success at the last look is still a success", async () => {
    const id = await begin();
    double.script = () => succeeded(VIDEO, 108_900);
    await pass(DEADLINE_MS + 1, new TaskWorker(services()));
    expect(await found(id)).toMatchObject({ state: "succeeded", charge: CHARGE });
  });

  describe("I-54: a submission that broke off", () => {
    it("is found by its reference, and goes on (E113)", async () => {
      const id = await begin({ job: null, reference: 86_405 - 86_400 });
      const createdAt = Math.floor(now / 1_000);
      double.jobs.set("mine", { id: "mine", reference: 86_405, createdAt, polls: 0 });
      double.jobs.set("other", { id: "other", reference: 86_406, createdAt, polls: 0 });
      double.jobs.set("old", { id: "old", reference: 86_405, createdAt: createdAt - 90_000, polls: 0 });
      double.script = () => succeeded(VIDEO, 108_900);
      const worker = new TaskWorker(services());
      await pass(0, worker);
      expect(await found(id)).toMatchObject({ state: "queued", job: "mine" });
      await pass(60_000, worker);
      expect(await found(id)).toMatchObject({ state: "succeeded", charge: CHARGE });
      expect(double.counts.created).toBe(0);
    });

    it("fails when the provider's list has had no such job three times", async () => {
      const id = await begin({ job: null });
      const worker = new TaskWorker(services());
      double.isAway = true;
      for (let i = 0; i < 5; i++) await pass(300_000, worker);
      expect(await found(id)).toMatchObject({ state: "submitting", misses: 0 });
      double.isAway = false;
      for (let i = 0; i < 3; i++) await pass(300_000, worker);
      expect(await found(id)).toMatchObject({ state: "failed", charge: 0n });
      expect(double.counts).toMatchObject({ created: 0, listed: 3 });
      expect(await account()).toEqual({ balance: 1_000n * NANO, leased: 0n });
    });

    it("takes no job that is another task's, and none where two could be meant", async () => {
      const job = (id: string) => ({ id, reference: 86_405, createdAt: Math.floor(now / 1_000), polls: 0 });
      await begin({ job: "taken" });
      double.jobs.set("taken", job("taken"));
      const id = await begin({ job: null });
      const worker = new TaskWorker(services());
      await pass(0, worker);
      expect(await found(id)).toMatchObject({ job: null, misses: 1 });
      for (const each of ["a", "b"]) double.jobs.set(each, job(each));
      await pass(300_000, worker);
      expect(await found(id)).toMatchObject({ job: null, misses: 1 });
    });

    it("is lost where the provider cannot be asked", async () => {
      const id = await begin({ job: null, api: "dashscope" });
      await pass(0, new TaskWorker(services()));
      expect(await found(id)).toMatchObject({ state: "lost", charge: 0n });
    });
  });
});
