/** Several owners on one PostgreSQL: who is admitted, who is recalled, who is taken for dead, and what is then still accepted. */
import { afterEach, describe, expect, it, vi } from "vitest";

import type { PostgresDatabase } from "../db/connect.ts";
import { audit } from "./audit-store.ts";
import type { Books } from "./books.ts";
import { ACCOUNT, addKey, anOrder, aSettlement, facts, hold, openRig, tryHold, type Rig } from "./fixtures.ts";
import { AccountFrozen, type HoldToken } from "./ledger.ts";
import { GRACE_MS, MARGIN_MS, openPostgresStore, TTL_MS } from "./postgres-store.ts";

const DOLLAR = 1_000_000_000n;
let rig: Rig;

const start = async (balance: bigint): Promise<Books> => {
  rig = await openRig(balance, "postgres");
  return rig.books;
};
afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(rig.database)).disagreements).toEqual([]);
  expect(rig.fatal).toEqual([]);
  await rig.remove();
});

/** Another connection to the same database, as of another process. */
const another = async (): Promise<PostgresDatabase> => {
  const database = await rig.test.open();
  if (database.kind !== "postgres") throw new Error("not on PostgreSQL");
  return database;
};

const tokensOf = (answers: readonly (HoldToken | string)[]): HoldToken[] =>
  answers.filter((answer) => typeof answer !== "string");

describe("I-14: three owners on one balance", () => {
  it.each([
    ["worth seven requests, too small for slack", 7_000n, 1_000n, 7],
    ["of five dollars, with slack in every owner", 5n * DOLLAR, DOLLAR / 10n, 50],
  ])("%s admit exactly as many as it pays for", async (_which, balance, amount, most) => {
    const first = await start(balance);
    const all = [first, await rig.join(), await rig.join()];
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) => tryHold(rig, anOrder(rig, amount), all[i % 3])),
    );
    const owners = answers.map((answer, i) => [answer, all[i % 3] ?? first] as const);
    expect(tokensOf(answers)).toHaveLength(most);
    expect(new Set(answers.filter((answer) => typeof answer === "string"))).toEqual(new Set(["InsufficientFunds"]));
    expect(await facts(rig)).toMatchObject({ balance, leased: balance });
    const receipts = owners.map(([token, books]) =>
      typeof token === "string" ? Promise.resolve(null) : books.settle(token, aSettlement(Number(amount))),
    );
    await Promise.all(receipts);
    expect(await facts(rig)).toMatchObject({ balance: 0n, leased: 0n });
  });

  it("I-16: a key's budget is one for all of them", async () => {
    const first = await start(10n * DOLLAR);
    await addKey(rig.database, { accountId: ACCOUNT, keyId: 2, budget: 2_500n });
    const all = [first, await rig.join()];
    const order = () => anOrder(rig, 1_000n, { keyId: 2, hasBudget: true });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => tryHold(rig, order(), all[i % 2])));
    expect(tokensOf(answers)).toHaveLength(2);
    expect(await rig.query("select spent, leased from api_key where id = 2")).toMatchObject([{ leased: 2_000n }]);
    await Promise.all(
      answers.map(async (token, i) => {
        if (typeof token !== "string") await all[i % 2]?.settle(token, aSettlement(900));
      }),
    );
    expect(await rig.query("select spent, leased from api_key where id = 2")).toMatchObject([
      { spent: 1_800n, leased: 0n },
    ]);
  });
});

describe("§9.2 e: before anybody is refused, all others return their slack", () => {
  it("what another owner only keeps is there for who needs it", async () => {
    const first = await start(100n * DOLLAR);
    const second = await rig.join();
    const token = await first.hold(anOrder(rig, DOLLAR));
    expect((await facts(rig)).leased).toBeGreaterThan(DOLLAR);
    const wanted = await second.hold(anOrder(rig, 99n * DOLLAR));
    expect(wanted.amount).toBe(99n * DOLLAR);
    expect((await facts(rig)).leased).toBe(100n * DOLLAR);
    await first.settle(token, aSettlement(1));
    await second.settle(wanted, aSettlement(1));
  });

  it("what another owner holds is not, and the answer says what there is", async () => {
    const first = await start(3_000n);
    const second = await rig.join();
    await first.hold(anOrder(rig, 2_000n));
    await expect(hold(rig, anOrder(rig, 2_000n), second)).rejects.toMatchObject({ available: 1_000n });
  });
});

it("§9.2 a: slack that a commit is about to return is nobody's any more", async () => {
  const books = await start(100n * DOLLAR);
  await books.hold(anOrder(rig, DOLLAR));
  await rig.exec("update lease set recall = 1");
  await books.refresh();
  // The commit is under way, or just over.
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  const next = books.hold(anOrder(rig, DOLLAR));
  expect(next).toBeInstanceOf(Promise);
  await next;
  expect((await facts(rig)).leased).toBeGreaterThanOrEqual(books.open().sum);
});

describe("§9.2 b–d: an owner of which nothing is heard", () => {
  it("is fenced after its time: it admits nothing under the old lease, but what it held is still charged", async () => {
    const first = await start(10n * DOLLAR);
    const second = await rig.join();
    const token = await first.hold(anOrder(rig, 1_000n));
    await rig.pass(TTL_MS, second);
    expect(await rig.query("select distinct state from lease")).toEqual([{ state: "fenced" }]);
    const { balance } = await facts(rig);
    expect((await first.settle(token, aSettlement(400))).charge).toBe(400n);
    expect((await facts(rig)).balance).toBe(balance - 400n);
    // It learns of it, and begins anew.
    await first.beat();
    expect(first.isLive(token)).toBe(false);
    const next = await first.hold(anOrder(rig, 1_000n));
    expect(first.isLive(next)).toBe(true);
    await first.settle(next, aSettlement(1));
  });

  it("is returned after the grace: a late settlement posts nothing and is absorbed, and one record tells the bound", async () => {
    const first = await start(10n * DOLLAR);
    const second = await rig.join();
    const token = await first.hold(anOrder(rig, 1_000n));
    await first.beat();
    await rig.pass(TTL_MS, second);
    await rig.pass(GRACE_MS, second);
    expect(await facts(rig)).toMatchObject({ balance: 10n * DOLLAR, leased: 0n });
    const [record, ...more] = await rig.query("select object, detail from audit_log where action = 'lease.crashed'");
    expect(more).toEqual([]);
    expect(record?.["object"]).toBe(`acc_${ACCOUNT}`);
    expect(JSON.parse(String(record?.["detail"]))).toMatchObject({ holds: 1, held: "1000" });
    const receipt = await first.settle(token, aSettlement(400));
    expect(receipt).toEqual({ charge: 0n, absorbed: 400n, balance: 10n * DOLLAR });
    expect(await rig.query("select outcome, hold, posted, absorbed from request")).toEqual([
      { outcome: "completed", hold: 0n, posted: 0n, absorbed: 400n },
    ]);
    await rig.pass(GRACE_MS, second);
    expect(await rig.query("select 1 as n from audit_log where action = 'lease.crashed'")).toHaveLength(1);
  });

  it("is not fenced because the database was away (D97, §9.2 d)", async () => {
    const first = await start(10n * DOLLAR);
    const second = await rig.join();
    const token = await first.hold(anOrder(rig, 1_000n));
    await rig.exec("update lease_clock set seen_at = seen_at - 600000");
    await second.beat();
    expect(await rig.query("select distinct state from lease")).toEqual([{ state: "open" }]);
    // Nor by a clock that is put back.
    await rig.exec("update lease_clock set seen_at = seen_at + 600000");
    await second.beat();
    expect(await rig.query("select distinct state from lease")).toEqual([{ state: "open" }]);
    await first.settle(token, aSettlement(1));
  });

  it("stops by its own monotonic clock before the database takes it for dead, and lives again by a renewal", async () => {
    const first = await start(10n * DOLLAR);
    const token = await first.hold(anOrder(rig, 1_000n));
    expect(first.isLive(token)).toBe(true);
    const now = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => now + TTL_MS - MARGIN_MS);
    expect(first.isLive(token)).toBe(false);
    expect(() => first.hold(anOrder(rig, 1n))).toThrow("temporarily unavailable");
    expect(await first.extend(token, 1n)).toBe(false);
    await first.beat();
    expect(first.isLive(token)).toBe(true);
    await first.settle(token, aSettlement(1));
  });

  it("leaves its revenue account to the next, and no account per start", async () => {
    await start(DOLLAR);
    for (let i = 0; i < 3; i++) await rig.crash();
    expect(Number((await rig.query("select count(*) as n from account where kind = 'revenue'"))[0]?.["n"])).toBe(2);
  });
});

it("§9.2 f: a freeze ends admissions of all owners, and they return their slack", async () => {
  const first = await start(100n * DOLLAR);
  const second = await rig.join();
  const tokens = [await first.hold(anOrder(rig, 1_000n)), await second.hold(anOrder(rig, 2_000n))];
  await rig.exec(`update account set frozen = 1 where id = ${ACCOUNT}`);
  for (const books of [first, second]) {
    await books.refresh();
    expect(() => books.hold(anOrder(rig, 1n))).toThrow(AccountFrozen);
  }
  await vi.waitFor(async () => {
    expect((await facts(rig)).leased).toBe(3_000n);
  });
  const [one, two] = tokens;
  if (one !== undefined) expect((await first.settle(one, aSettlement(10))).charge).toBe(10n);
  if (two !== undefined) expect((await second.settle(two, aSettlement(10))).charge).toBe(10n);
  expect((await facts(rig)).leased).toBe(0n);
});

it("I-29: a commit that was on its way until its owner was gone borrows nothing", async () => {
  const first = await start(10n * DOLLAR);
  const store = openPostgresStore(await another());
  await store.renew([]);
  await rig.pass(TTL_MS, first);
  await rig.pass(GRACE_MS, first);
  const wish = { id: 0, epoch: 1, accountId: ACCOUNT, keyId: null, posted: 0n, returned: 0n, slack: 0n };
  const leases = [{ ...wish, wishes: [{ amount: DOLLAR, minimum: DOLLAR }], recalled: false }];
  const answer = await store.commit({ now: 0, leases, postings: [], refusals: [], rejections: [], keys: [] });
  store.abandon();
  expect(answer.leases).toMatchObject([{ id: 0, isLost: true, delta: 0n }]);
  expect((await facts(rig)).leased).toBe(0n);
  expect(await rig.query("select id from lease where state <> 'returned'")).toEqual([]);
});
