/** The account's keys, masked: what each may spend, when it was used, and a way to stop one. */
import { useInfiniteQuery } from "@tanstack/react-query";

import { accountKeysQuery, freezeKey, type AccountKey } from "../../../api/operate.ts";
import { Badge, type Tone } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { useAct, type Act } from "../act.ts";
import { MoreRows } from "../more-rows.tsx";
import { words } from "./words.ts";

const TONES = {
  active: "good",
  frozen: "warn",
  revoked: "neutral",
  expired: "neutral",
} as const satisfies Record<AccountKey["state"], Tone>;

const FreezeButton = ({ account, keyOf, act }: { account: string; keyOf: AccountKey; act: Act }) => {
  const { id, state } = keyOf;
  if (state === "revoked") return null;
  const isFrozen = state === "frozen";
  const set = (next: boolean): Promise<boolean> =>
    act.run(() => freezeKey(account, id, next), {
      title: next ? words.keyFrozen : words.keyThawed,
      undo: () =>
        void act.run(() => freezeKey(account, id, !next), { title: next ? words.keyThawed : words.keyFrozen }),
      loud: true,
    });
  return (
    <Button
      act="POST /console/api/admin/accounts/{account}/keys/{key}/freeze"
      size="small"
      disabled={act.pending}
      onClick={() => void set(!isFrozen)}
    >
      {isFrozen ? words.thaw : words.freeze}
    </Button>
  );
};

const columnsOf = (account: string, act: Act): readonly Column<AccountKey>[] => [
  {
    key: "key",
    title: words.key,
    cell: ({ name, masked }) => (
      <>
        <span className="block font-medium text-ink">{name}</span>
        <code className="font-mono text-small text-ink-3">{masked}</code>
      </>
    ),
  },
  {
    key: "state",
    title: words.state,
    cell: ({ state }) => <Badge tone={TONES[state]}>{words.keyStates[state]}</Badge>,
  },
  {
    key: "budget",
    title: words.spentOfBudget,
    figures: true,
    wide: true,
    cell: ({ budget }) =>
      budget === null ? (
        <span className="text-ink-3">{words.noBudget}</span>
      ) : (
        <>
          <Money nano={budget.spentNano} /> / <Money nano={budget.limitNano} />
        </>
      ),
  },
  {
    key: "used",
    title: words.lastUse,
    figures: true,
    wide: true,
    cell: ({ lastHourAt }) =>
      lastHourAt === null ? <span className="text-ink-3">{words.never}</span> : <Time at={lastHourAt} />,
  },
  {
    key: "act",
    title: words.action,
    figures: true,
    cell: (key) => <FreezeButton account={account} keyOf={key} act={act} />,
  },
];

export const Keys = ({ account }: { readonly account: string }) => {
  const keys = useInfiniteQuery(accountKeysQuery(account));
  const act = useAct();
  if (keys.error !== null) return <Failed error={keys.error} retry={() => void keys.refetch()} />;
  return (
    <Table
      label={words.tabs.keys}
      columns={columnsOf(account, act)}
      rows={keys.data?.pages.flatMap(({ items }) => items)}
      rowKey={({ id }) => id}
      empty={<Empty title={words.noKeys}>{words.noKeysText}</Empty>}
      footer={<MoreRows list={keys} label={words.olderKeys} />}
      skeletonRows={3}
    />
  );
};
