/** §9.2 f: who is frozen for a pending debit is thawed when it is collected, not before, and not if he was frozen for something else. */
import { expect, it } from "vitest";

import { setFrozen } from "../src/accounts/store.ts";
import { DATABASES } from "../src/db/fixtures.ts";
import { debit } from "../src/ledger/credit-store.ts";
import { ACCOUNT, anOrder, aSettlement, facts, hold, openRig } from "../src/ledger/fixtures.ts";
import { thawCollected } from "../src/ledger/pending-store.ts";

const COIN = 1_000_000n;
const CHANGE = { publicId: `acc_${ACCOUNT}`, reason: "r", actor: "a" };
const DEBIT = { accountId: ACCOUNT, amount: 5n * COIN, reason: "r", actor: "a", idempotencyKey: null };

type Freezes = readonly { readonly when: "before" | "while it is pending"; readonly frozen: boolean }[];

it.each(
  DATABASES.flatMap(
    (kind) =>
      [
        [kind, "thawed", []],
        [kind, "thawed", [{ when: "while it is pending", frozen: false }]],
        [
          kind,
          "thawed",
          [
            { when: "before", frozen: true },
            { when: "while it is pending", frozen: false },
          ],
        ],
        [kind, "frozen", [{ when: "before", frozen: true }]],
        [kind, "frozen", [{ when: "while it is pending", frozen: true }]],
      ] as [(typeof DATABASES)[number], "thawed" | "frozen", Freezes][],
  ),
)("on %s it is %s after %j", async (kind, end, freezes) => {
  const rig = await openRig(10n * COIN, kind);
  const freeze = async (now: "before" | "while it is pending"): Promise<void> => {
    for (const { when, frozen } of freezes) if (when === now) await setFrozen(rig.database, { ...CHANGE, frozen });
  };
  const token = await hold(rig, anOrder(rig, 9n * COIN));
  await freeze("before");
  await debit(rig.database, DEBIT, 0);
  await freeze("while it is pending");
  expect([await thawCollected(rig.database), (await facts(rig)).frozen]).toEqual([0, 1n]);
  await rig.books.settle(token, aSettlement(1));
  expect(await thawCollected(rig.database)).toBe(end === "thawed" ? 1 : 0);
  expect(await facts(rig)).toMatchObject({ balance: 5n * COIN - 1n, frozen: end === "thawed" ? 0n : 1n });
  await rig.remove();
});
