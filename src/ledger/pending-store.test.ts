/** §9.2 f: a debit of money that requests hold is pending, freezes the account, and is collected as leases return. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DATABASES } from "../db/fixtures.ts";
import { audit, freezeDisagreeing } from "./audit-store.ts";
import { credit, debit } from "./credit-store.ts";
import { ACCOUNT, anOrder, aSettlement, facts, hold, openRig, tryHold, type Rig } from "./fixtures.ts";
import { thawCollected } from "./pending-store.ts";
import { ACCOUNTS, TransferRefused, type TransferOrder } from "./transfer.ts";

/** Below the threshold of slack: what no request holds is not borrowed. */
const COIN = 1_000_000n;
/** Nobody is waited for. */
const AT_ONCE_MS = 0;

describe.each(DATABASES)("a pending debit on %s", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(10n * COIN, kind);
  });
  afterEach(async () => {
    expect((await audit(rig.database)).disagreements).toEqual([]);
    await rig.remove();
  });

  const order = (amount: bigint, changes: Partial<TransferOrder> = {}): TransferOrder => ({
    accountId: ACCOUNT,
    amount,
    reason: "r",
    actor: "a",
    idempotencyKey: null,
    ...changes,
  });
  const take = (amount: bigint, changes: Partial<TransferOrder> = {}) =>
    debit(rig.database, order(amount, changes), AT_ONCE_MS);
  const pending = async (): Promise<unknown> => {
    const [row] = await rig.query(
      `select balance, leased, frozen, pending_debit as pending, promo from account where id = ${ACCOUNT}`,
    );
    return row;
  };
  const isFrozen = async (): Promise<boolean> => (await facts(rig)).frozen === 1n;
  const counterpart = async (id: number): Promise<unknown> =>
    (await rig.query(`select balance from account where id = ${id}`))[0]?.["balance"];

  it("takes what is free at once, freezes, and takes the rest in the commit that returns it", async () => {
    const token = await hold(rig, anOrder(rig, 8n * COIN));
    expect(await take(5n * COIN)).toMatchObject({ balance: 8n * COIN, pending: 3n * COIN, replayed: false });
    expect(await pending()).toMatchObject({ leased: 8n * COIN, frozen: 1n, pending: 3n * COIN });
    expect(await tryHold(rig, anOrder(rig, 1n))).toBe("AccountFrozen");
    const receipt = await rig.books.settle(token, aSettlement(1_000_000));
    expect(receipt).toMatchObject({ charge: COIN, balance: 4n * COIN });
    expect(await pending()).toMatchObject({ balance: 4n * COIN, leased: 0n, frozen: 1n, pending: 0n });
    expect(await counterpart(ACCOUNTS.adjustments)).toBe(-10n * COIN + 5n * COIN);
    expect([await thawCollected(rig.database), await thawCollected(rig.database)]).toEqual([1, 0]);
    await rig.books.refresh();
    await rig.books.settle(await hold(rig, anOrder(rig, 4n * COIN)), aSettlement(1));
  });

  it("is collected from what a dead node had borrowed", async () => {
    await hold(rig, anOrder(rig, 8n * COIN));
    await take(5n * COIN);
    await rig.crash();
    expect(await pending()).toEqual({ balance: 5n * COIN, leased: 0n, frozen: 1n, pending: 0n, promo: 0n });
  });

  it("is never more than the balance; what was spent meanwhile is owed and comes from the next credit", async () => {
    const token = await hold(rig, anOrder(rig, 8n * COIN));
    await expect(take(11n * COIN)).rejects.toBeInstanceOf(TransferRefused);
    await take(10n * COIN);
    await rig.books.settle(token, aSettlement(6_000_000));
    expect(await pending()).toMatchObject({ balance: 0n, leased: 0n, frozen: 1n, pending: 6n * COIN });
    expect(await thawCollected(rig.database)).toBe(0);
    expect(await credit(rig.database, order(4n * COIN))).toMatchObject({ balance: 0n });
    expect(await credit(rig.database, order(5n * COIN))).toMatchObject({ balance: 3n * COIN });
    expect(await thawCollected(rig.database)).toBe(1);
  });

  it("I-66: money that was taken back and is spent already is owed, and the balance stays above zero", async () => {
    await rig.books.close();
    expect(await take(12n * COIN, { mayOwe: true, counterpart: "payments" })).toMatchObject({
      balance: 0n,
      pending: 2n * COIN,
    });
    expect(await counterpart(ACCOUNTS.payments)).toBe(10n * COIN);
    expect(await credit(rig.database, order(3n * COIN))).toMatchObject({ balance: COIN });
  });

  it("several are collected one after another, each on its own account", async () => {
    const token = await hold(rig, anOrder(rig, 9n * COIN));
    await take(3n * COIN);
    await take(4n * COIN, { counterpart: "payments" });
    expect(await pending()).toMatchObject({ balance: 9n * COIN, pending: 6n * COIN });
    await rig.books.settle(token, aSettlement(4_000_000));
    expect(await pending()).toMatchObject({ balance: 0n, pending: COIN });
    const parts = await rig.query(
      "select pending_id, amount, kind from transfer where pending_id is not null order by id",
    );
    expect(parts.map(({ amount }) => amount)).toEqual([COIN, 2n * COIN, 3n * COIN]);
    expect(await counterpart(ACCOUNTS.payments)).toBe(3n * COIN);
  });

  it("I-27: the same one, twice, at once, or changed, is taken once", async () => {
    const token = await hold(rig, anOrder(rig, 8n * COIN));
    const all = await Promise.all([1, 2, 3].map(() => take(5n * COIN, { idempotencyKey: "k" })));
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await expect(take(4n * COIN, { idempotencyKey: "k" })).rejects.toBeInstanceOf(TransferRefused);
    await expect(credit(rig.database, order(5n * COIN, { idempotencyKey: "k" }))).rejects.toBeInstanceOf(
      TransferRefused,
    );
    await rig.books.settle(token, aSettlement(1));
    expect(await take(5n * COIN, { idempotencyKey: "k" })).toMatchObject({ replayed: true, pending: 0n });
    expect(await facts(rig)).toMatchObject({ balance: 5n * COIN - 1n, leased: 0n });
  });

  it("9.12: takes given credit first, and given credit that comes in is spent on it", async () => {
    await credit(rig.database, order(2n * COIN, { counterpart: "promo" }));
    const token = await hold(rig, anOrder(rig, 11n * COIN));
    await take(2n * COIN);
    expect(await pending()).toMatchObject({ balance: 11n * COIN, pending: COIN, promo: COIN });
    await rig.books.settle(token, aSettlement(11_000_000));
    expect(await pending()).toMatchObject({ balance: 0n, pending: COIN, promo: 0n });
    await credit(rig.database, order(3n * COIN, { counterpart: "promo" }));
    expect(await pending()).toMatchObject({ balance: 2n * COIN, pending: 0n, promo: 2n * COIN });
  });

  it("I-70: an account whose books disagree stays frozen", async () => {
    const token = await hold(rig, anOrder(rig, 9n * COIN));
    await take(5n * COIN);
    const wrong = [{ check: "c", object: "o", detail: "d", accountId: ACCOUNT }];
    expect(await freezeDisagreeing(rig.database, wrong, "a")).toEqual([`acc_${ACCOUNT}`]);
    await rig.books.settle(token, aSettlement(1));
    expect([await thawCollected(rig.database), await isFrozen()]).toEqual([0, true]);
  });
});
