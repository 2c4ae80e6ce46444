import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ACCOUNT, facts, openRig, type Rig } from "./fixtures.ts";
import { LeaseLost, LedgerStore } from "./store.ts";

let rig: Rig;
let store: LedgerStore;
beforeEach(async () => {
  rig = await openRig(1_000n);
  store = new LedgerStore(rig.database.sqlite, "me");
});
afterEach(() => {
  rig.remove();
});

describe("I-11: the database itself decides what may be borrowed", () => {
  it("no more than is there", () => {
    expect(store.grow({ id: 0, accountId: ACCOUNT }, 1_001n, 0)).toBeNull();
    const id = store.grow({ id: 0, accountId: ACCOUNT }, 600n, 0);
    expect(id).not.toBeNull();
    expect(store.grow({ id: id ?? 0, accountId: ACCOUNT }, 401n, 0)).toBeNull();
    expect(store.grow({ id: id ?? 0, accountId: ACCOUNT }, 400n, 0)).toBe(id);
    expect(facts(rig)).toMatchObject({ balance: 1_000n, leased: 1_000n });
  });

  it("nothing of a frozen account", () => {
    rig.database.sqlite.exec(`update account set frozen = 1 where id = ${ACCOUNT}`);
    expect(store.grow({ id: 0, accountId: ACCOUNT }, 1n, 0)).toBeNull();
  });

  it("a lease that this process forgot is found again, not opened twice", () => {
    const id = store.grow({ id: 0, accountId: ACCOUNT }, 600n, 0);
    expect(store.grow({ id: 0, accountId: ACCOUNT }, 100n, 0)).toBe(id);
    expect(store.leases()).toMatchObject([{ id, amount: 700n }]);
  });
});

it("§9.2 b: nothing is posted under another's lease, or one that was returned", () => {
  const id = store.grow({ id: 0, accountId: ACCOUNT }, 600n, 0) ?? 0;
  const other = new LedgerStore(rig.database.sqlite, "other");
  expect(() => other.spend({ id, accountId: ACCOUNT }, 5n, 0n)).toThrow(LeaseLost);
  store.recover(0);
  expect(() => store.spend({ id, accountId: ACCOUNT }, 5n, 0n)).toThrow(LeaseLost);
  expect(facts(rig)).toMatchObject({ balance: 1_000n, leased: 0n });
});
