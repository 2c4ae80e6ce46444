/** Several workers on one SQLite file through its one writer (§9.2 h): who is admitted, what is one commit, and what the dead leave. */
import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { requestIdText } from "../id.ts";
import { audit } from "../ledger/audit-store.ts";
import { Books } from "../ledger/books.ts";
import { ACCOUNT, addKey, anOrder, aSettlement, facts, hold, openRig, tryHold, type Rig } from "../ledger/fixtures.ts";
import type { HoldToken } from "../ledger/ledger.ts";
import { SqliteLender } from "../ledger/sqlite-lender-store.ts";
import { wire } from "./fixtures.ts";
import { LedgerDesk, type Seat } from "./ledger-desk.ts";
import { Link } from "./link.ts";
import { RemoteLedger } from "./remote-ledger.ts";

const DOLLAR = 1_000_000_000n;
let rig: Rig;
let desk: LedgerDesk;
const problems: unknown[] = [];
const fatal: unknown[] = [];
const workers: Books[] = [];
let commits = 0;

interface TestWorker {
  readonly books: Books;
  readonly wire: ReturnType<typeof wire>;
  /** What the primary does when the process has ended. */
  end(): Promise<void>;
}

const start = async (balance: bigint): Promise<void> => {
  rig = await openRig(balance);
  if (rig.database.kind !== "sqlite") throw new Error("not SQLite");
  const lender = new SqliteLender(rig.database.sqlite);
  const commitAll = lender.commitAll.bind(lender);
  commits = 0;
  lender.commitAll = (orders) => {
    commits++;
    return commitAll(orders);
  };
  desk = new LedgerDesk(lender, { onFatal: (error) => fatal.push(error) });
};

const join = async (answerMs?: number): Promise<TestWorker> => {
  const channel = wire();
  const owner = randomBytes(12).toString("hex");
  const seat: Seat = desk.seat(owner, (accountId) => {
    primary.tell("recalled", accountId);
  });
  const primary = new Link(channel.primary, {
    commit: (order) => seat.commit(order),
    inventory: (ids) => seat.inventory(ids),
    recall: (accountId) => seat.recall(accountId),
    leave: async () => {
      await seat.leave();
      return null;
    },
  });
  const store = new RemoteLedger(new Link(channel.worker, {}, answerMs), owner);
  const books = await new Books(store, {
    onProblem: (problem) => problems.push(problem),
    onFatal: (error) => fatal.push(error),
  }).start();
  workers.push(books);
  return {
    books,
    wire: channel,
    end: async () => {
      channel.cut();
      books.abandon();
      await seat.end();
    },
  };
};

const crew = (count: number): Promise<TestWorker[]> => Promise.all(Array.from({ length: count }, () => join()));

const tokensOf = (answers: readonly (HoldToken | string)[]): HoldToken[] =>
  answers.filter((answer) => typeof answer !== "string");

afterEach(async () => {
  for (const books of workers.splice(0)) books.abandon();
  expect((await audit(rig.database)).disagreements).toEqual([]);
  expect(fatal.splice(0)).toEqual([]);
  problems.splice(0);
  await rig.remove();
});

describe("I-14: three workers on one balance", () => {
  it.each([
    ["worth seven requests, too small for slack", 7_000n, 1_000n, 7],
    ["of five dollars, with slack in every worker", 5n * DOLLAR, DOLLAR / 10n, 50],
  ])("%s admit exactly as many as it pays for", async (_which, balance, amount, most) => {
    await start(balance);
    const all = (await crew(3)).map(({ books }) => books);
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) => tryHold(rig, anOrder(rig, amount), all[i % 3])),
    );
    expect(tokensOf(answers)).toHaveLength(most);
    expect(new Set(answers.filter((answer) => typeof answer === "string"))).toEqual(new Set(["InsufficientFunds"]));
    expect(await facts(rig)).toMatchObject({ balance, leased: balance });
    await Promise.all(
      answers.map(async (answer, i) => {
        if (typeof answer !== "string") await all[i % 3]?.settle(answer, aSettlement(Number(amount)));
      }),
    );
    expect(await facts(rig)).toMatchObject({ balance: 0n, leased: 0n });
  });

  it("I-16: a key's budget is one for all of them", async () => {
    await start(10n * DOLLAR);
    await addKey(rig.database, { accountId: ACCOUNT, keyId: 2, budget: 2_500n });
    const all = (await crew(2)).map(({ books }) => books);
    const order = () => anOrder(rig, 1_000n, { keyId: 2, hasBudget: true });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => tryHold(rig, order(), all[i % 2])));
    expect(tokensOf(answers)).toHaveLength(2);
    await Promise.all(
      answers.map(async (answer, i) => {
        if (typeof answer !== "string") await all[i % 2]?.settle(answer, aSettlement(900));
      }),
    );
    expect(await rig.query("select spent, leased from api_key where id = 2")).toMatchObject([
      { spent: 1_800n, leased: 0n },
    ]);
  });
});

it("§9.2 e: what another worker only keeps is there for who needs it, and what it holds is not", async () => {
  await start(100n * DOLLAR);
  const [first, second] = await crew(2);
  const token = await first!.books.hold(anOrder(rig, DOLLAR));
  expect((await facts(rig)).leased).toBeGreaterThan(DOLLAR);
  const wanted = await second!.books.hold(anOrder(rig, 99n * DOLLAR));
  expect(wanted.amount).toBe(99n * DOLLAR);
  await expect(hold(rig, anOrder(rig, 2_000n), second!.books)).rejects.toMatchObject({ available: 0n });
  await first!.books.settle(token, aSettlement(1));
  await second!.books.settle(wanted, aSettlement(1));
});

it("decision 3.6: settlements of all workers are one commit, and a row that the schema refuses is its own worker's", async () => {
  await start(DOLLAR);
  const all = (await crew(3)).map(({ books }) => books);
  const tokens = await Promise.all(all.map((books) => hold(rig, anOrder(rig, 1_000n), books)));
  const before = commits;
  await Promise.all(tokens.map((token, i) => all[i]!.settle(token, aSettlement(10))));
  expect(commits - before).toBe(1);
  const again = await Promise.all(all.map((books) => hold(rig, anOrder(rig, 1_000n), books)));
  await rig.exec(
    "create trigger refuse before insert on request when new.status = 418 begin select raise(abort, 'no'); end",
  );
  const results = await Promise.allSettled(
    again.map((token, i) => all[i]!.settle(token, aSettlement(10, { status: i === 1 ? 418 : 200 }))),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await facts(rig)).toMatchObject({ balance: DOLLAR - 50n, frozen: 1n });
});

describe("a worker that ends", () => {
  it("well, returns everything and leaves no record; dead, leaves one with the bound (§9.2 g, I-25)", async () => {
    await start(10n * DOLLAR);
    const [well, dead, other] = await crew(3);
    await well!.books.settle(await hold(rig, anOrder(rig, 1_000n), well!.books), aSettlement(10));
    await well!.books.close();
    await well!.end();
    await hold(rig, anOrder(rig, 5_000n), dead!.books);
    const kept = await hold(rig, anOrder(rig, 1_000n), other!.books);
    await dead!.end();
    const records = await rig.query("select detail from audit_log where action = 'lease.crashed'");
    expect(records).toHaveLength(1);
    expect(BigInt((JSON.parse(String(records[0]?.["detail"])) as { bound: string }).bound)).toBeGreaterThanOrEqual(
      5_000n,
    );
    expect(await rig.query("select distinct owner from lease where state = 'open'")).toHaveLength(1);
    expect((await other!.books.settle(kept, aSettlement(7))).charge).toBe(7n);
    await other!.books.close();
    expect(await facts(rig)).toMatchObject({ balance: 10n * DOLLAR - 17n, leased: 0n });
  });

  it("has what it sent committed, if it was heard, and nobody waits for its slack", async () => {
    await start(2_000n);
    const [dying, other] = await crew(2);
    const token = await hold(rig, anOrder(rig, 1_500n), dying!.books);
    // The primary has heard it, and the answer finds nobody.
    const settled = dying!.books.settle(token, aSettlement(400)).catch(() => null);
    for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
    const wanted = hold(rig, anOrder(rig, 1_600n), other!.books);
    await dying!.end();
    await wanted;
    void settled;
    expect((await facts(rig)).balance).toBe(1_600n);
    expect(await rig.query("select posted from request")).toEqual([{ posted: 400n }]);
  });
});

it("I-26: an inventory tells what the orders before it have made, though they were not committed yet", async () => {
  await start(10n * DOLLAR);
  const seat = desk.seat("one", () => undefined);
  const wish = { amount: 1_000n, minimum: 1_000n };
  const amounts = { posted: 0n, returned: 0n, slack: 0n, recalled: false };
  const lease = { id: 0, epoch: 1, accountId: ACCOUNT, keyId: null, ...amounts, wishes: [wish] };
  const order = { now: 0, leases: [lease], postings: [], refusals: [], rejections: [], keys: [] };
  const answer = seat.commit(order);
  expect(seat.inventory([]).leases).toMatchObject([{ accountId: ACCOUNT }]);
  expect((await answer).leases[0]?.delta).toBeGreaterThanOrEqual(1_000n);
});

it("I-26: a primary that is stopped for longer than anybody waits loses no charge and doubles none", async () => {
  await start(10n * DOLLAR);
  const { books, wire: channel } = await join(50);
  const tokens = await Promise.all(Array.from({ length: 5 }, () => hold(rig, anOrder(rig, 1_000n), books)));
  channel.freeze();
  const receipts = tokens.map((token) => books.settle(token, aSettlement(100)));
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(problems).toMatchObject([{ kind: "commit_failed" }]);
  channel.thaw();
  for (const { charge } of await Promise.all(receipts)) expect(charge).toBe(100n);
  expect(await facts(rig)).toMatchObject({ balance: 10n * DOLLAR - 500n });
  expect(await rig.query("select posted from request")).toHaveLength(5);
});

it("A14: a file that the command line has locked is waited for", async () => {
  await start(10n * DOLLAR);
  const { books } = await join();
  const token = await hold(rig, anOrder(rig, 1_000n), books);
  await rig.exec("begin immediate");
  const settled = books.settle(token, aSettlement(100));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await rig.exec("commit");
  expect((await settled).charge).toBe(100n);
});

describe("any schedule of holds, settlements, silences and deaths", () => {
  const worker = fc.nat(2);
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("hold" as const), worker, amount: fc.integer({ min: 1, max: 3_000 }) }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant("settle" as const), place: fc.nat(), used: fc.nat(4_000) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("extend" as const), place: fc.nat(), amount: fc.nat(2_000) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), milliseconds: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), worker }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("freeze" as const), worker }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("thaw" as const), worker }) },
  );

  /** Runs one, and gives back everything that is still open. */
  const run = async (
    steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  ): Promise<void> => {
    const living = await Promise.all(Array.from({ length: 3 }, () => join(40)));
    const open: { readonly token: HoldToken; readonly by: TestWorker }[] = [];
    const told = new Map<string, bigint>();
    const pending = new Map<TestWorker, Promise<unknown>[]>();
    const wait = (by: TestWorker, promise: Promise<unknown>): void => {
      pending.set(by, [...(pending.get(by) ?? []), promise.catch(() => null)]);
    };
    const settle = ({ token, by }: (typeof open)[number], used: number): void => {
      const settled = by.books.settle(token, aSettlement(used));
      wait(
        by,
        settled.then(({ charge }) => told.set(token.requestId, charge)),
      );
    };
    for (const each of steps) {
      if (each.do === "wait") await new Promise((resolve) => setTimeout(resolve, each.milliseconds));
      else if (each.do === "settle" || each.do === "extend") {
        const [found] = open.length === 0 ? [] : open.splice(each.place % open.length, 1);
        if (found === undefined) continue;
        if (each.do === "settle") settle(found, each.used);
        else
          wait(
            found.by,
            Promise.resolve(found.by.books.extend(found.token, BigInt(each.amount))).finally(() => open.push(found)),
          );
      } else {
        const by = living[each.worker]!;
        if (each.do === "freeze") by.wire.freeze();
        else if (each.do === "thaw") by.wire.thaw();
        else if (each.do === "kill") {
          await by.end();
          open.splice(0, open.length, ...open.filter((one) => one.by !== by));
          pending.delete(by);
          living[each.worker] = await join(40);
        } else {
          const order = anOrder(rig, BigInt(each.amount));
          wait(
            by,
            hold(rig, order, by.books).then((token) => living.includes(by) && open.push({ token, by })),
          );
        }
      }
      const now = await facts(rig);
      expect(now.leased).toBeLessThanOrEqual(now.balance);
    }
    for (const { wire: channel } of living) channel.thaw();
    for (const by of living) await Promise.all(pending.get(by) ?? []);
    for (const each of open.splice(0)) settle(each, 7);
    for (const by of living) await Promise.all(pending.get(by) ?? []);
    // A machine that is slower than a worker's patience lets no goodbye through: the process ends all the same.
    for (const by of living) await by.books.close().catch(() => by.end());
    const rows = await rig.query("select id, posted from request");
    const posted = new Map(rows.map((row) => [requestIdText(row["id"] as Uint8Array), row["posted"] as bigint]));
    for (const [id, charge] of told) expect(posted.get(id)).toBe(charge);
    expect(rows).toHaveLength(posted.size);
    const sum = [...posted.values()].reduce((total, each) => total + each, 0n);
    expect(await facts(rig)).toMatchObject({ balance: WORTH - sum, leased: 0n });
  };
  const WORTH = 20_000n;

  it("charges what was told, once, never below zero, and leaves nothing borrowed (I-11, I-19, I-21, I-25)", async () => {
    await start(1n);
    await fc.assert(
      fc
        .asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run)
        .beforeEach(async () => {
          await rig.remove();
          await start(WORTH);
        })
        .afterEach(async () => {
          for (const books of workers.splice(0)) books.abandon();
          expect((await audit(rig.database)).disagreements).toEqual([]);
        }),
      { numRuns: 12 },
    );
  });
});
