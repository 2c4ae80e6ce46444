/** The stores alone: the database itself decides what may be borrowed (I-11), and both decide the same. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit } from "./audit-store.ts";
import { ACCOUNT, addKey, facts, openRig, type Rig } from "./fixtures.ts";
import { growthFor, limitOf, roomOf, SLACK_THRESHOLD, type BudgetFacts, type Wish } from "./lease.ts";
import { PostgresLedgerStore } from "./postgres-store.ts";
import { SqliteLedgerStore } from "./sqlite-store.ts";
import type { LeaseChange, LeaseResult, LedgerStore } from "./store.ts";

const KEY = 2;
let rig: Rig;

const storeOf = async (owner: string): Promise<LedgerStore> => {
  const { database } = rig;
  const store =
    database.kind === "sqlite"
      ? new SqliteLedgerStore(database.sqlite, owner)
      : new PostgresLedgerStore(database, owner);
  await store.renew([]);
  return store;
};

const change = (changes: Partial<LeaseChange>): LeaseChange => ({
  id: 0,
  epoch: 1,
  accountId: ACCOUNT,
  keyId: null,
  posted: 0n,
  returned: 0n,
  slack: 0n,
  wishes: [],
  recalled: false,
  ...changes,
});

const commit = async (store: LedgerStore, changes: Partial<LeaseChange>): Promise<LeaseResult> => {
  const order = { now: 0, leases: [change(changes)], postings: [], refusals: [], rejections: [], keys: [] };
  const [result] = (await store.commit(order)).leases;
  if (result === undefined) throw new Error("no result");
  return result;
};
const exactly = (amount: bigint): readonly Wish[] => [{ amount, minimum: amount }];

describe.each(DATABASES)("the store on %s", (kind) => {
  let store: LedgerStore;
  beforeEach(async () => {
    rig = await openRig(1_000n, kind);
    // A pool has room for two stores at a time.
    await rig.books.close();
    store = await storeOf("me");
  });
  afterEach(async () => {
    store.abandon();
    await rig.remove();
  });

  it("I-11: lends no more than is there", async () => {
    expect(await commit(store, { wishes: exactly(1_001n) })).toMatchObject({ id: 0, delta: 0n });
    const { id, delta } = await commit(store, { wishes: exactly(600n) });
    expect(delta).toBe(600n);
    expect(await commit(store, { id, wishes: exactly(401n) })).toMatchObject({ id, delta: 0n });
    expect(await commit(store, { id, wishes: exactly(400n) })).toMatchObject({ id, delta: 400n });
    expect(await facts(rig)).toMatchObject({ balance: 1_000n, leased: 1_000n });
  });

  it("lends nothing of a frozen account, and nothing of the ledger's own", async () => {
    await rig.exec(`update account set frozen = 1 where id = ${ACCOUNT}`);
    expect(await commit(store, { wishes: exactly(1n) })).toMatchObject({ delta: 0n, account: { frozen: true } });
    expect(await commit(store, { accountId: 2, wishes: exactly(1n) })).toMatchObject({ delta: 0n });
  });

  it("finds a lease again that this process forgot", async () => {
    const { id } = await commit(store, { wishes: exactly(600n) });
    expect((await commit(store, { wishes: exactly(100n) })).id).toBe(id);
    expect((await store.inventory([])).leases).toMatchObject([{ id, amount: 700n }]);
  });

  it("§9.2 b: posts nothing under another's lease, of another epoch, or one that was returned", async () => {
    const { id } = await commit(store, { wishes: exactly(600n) });
    const other = await storeOf("other");
    expect(await commit(other, { id, posted: 5n })).toMatchObject({ isLost: true });
    if (kind === "postgres") expect(await commit(store, { id, epoch: 2, posted: 5n })).toMatchObject({ isLost: true });
    other.abandon();
    await store.close(0);
    store = await storeOf("me again");
    expect(await commit(store, { id, posted: 5n })).toMatchObject({ isLost: true });
    expect(await facts(rig)).toMatchObject({ balance: 1_000n, leased: 0n });
  });

  it("grows and shrinks by the rule of lease.ts, whatever is asked", { timeout: 60_000 }, async () => {
    await addKey(rig.database, { accountId: ACCOUNT, keyId: KEY, budget: 10n ** 13n });
    const nano = fc.oneof(fc.bigInt(0n, 5_000n), fc.bigInt(0n, 3n * SLACK_THRESHOLD));
    const wish = fc.tuple(nano, nano).map(([a, b]): Wish => ({ amount: a > b ? a : b, minimum: a > b ? b : a }));
    const situation = fc.record({
      balance: nano,
      borrowed: nano,
      slack: nano,
      frozen: fc.boolean(),
      recalled: fc.boolean(),
      budget: fc.option(nano),
      wishes: fc.array(wish, { minLength: 1, maxLength: 4 }),
    });
    const { id } = await commit(store, { keyId: KEY, wishes: exactly(1n) });
    await fc.assert(
      fc.asyncProperty(situation, async ({ balance, borrowed, slack, frozen, recalled, budget, wishes }) => {
        const leased = slack + borrowed;
        const total = balance + leased;
        // No budget at all is a limit that nobody can reach.
        const limit = budget === null ? 10n ** 13n : budget + leased;
        await rig.exec(`
          update account set leased = 0, frozen = 0 where id = ${ACCOUNT};
          update account set balance = ${total}, leased = ${leased}, frozen = ${frozen ? 1 : 0} where id = ${ACCOUNT};
          update api_key set leased = 0, budget = ${limit} where id = ${KEY}; update api_key set leased = ${leased} where id = ${KEY};
          update lease set amount = ${leased} where id = ${id}`);
        const account = { balance: total, leased, frozen };
        const left: BudgetFacts = { left: limit, leased };
        const expected = growthFor(slack, wishes, {
          room: roomOf(account, left),
          limit: recalled ? 0n : limitOf(total, left),
          frozen,
        });
        const result = await commit(store, { id, keyId: KEY, slack, wishes, recalled });
        expect(result).toEqual({
          id,
          isLost: false,
          delta: expected,
          account: { ...account, leased: leased + expected },
          budget: { left: limit, leased: leased + expected },
        });
        expect(await facts(rig)).toMatchObject({ balance: total, leased: leased + expected });
      }),
      { numRuns: 150 },
    );
    await rig.exec(`
      update account set leased = 0, frozen = 0 where id = ${ACCOUNT};
      update account set balance = 1000 where id = ${ACCOUNT};
      update lease set amount = 0 where id = ${id}; update api_key set leased = 0 where id = ${KEY}`);
    expect((await audit(rig.database)).disagreements).toEqual([]);
  });
});
