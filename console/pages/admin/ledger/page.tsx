/** The books: that they balance, what each side holds, who has borrowed, who is frozen, and an audit at hand. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { ledgerQuery, type Ledger } from "../../../api/operate.ts";
import { count, duration } from "../../../format/number.ts";
import { moneyExact } from "../../../format/money.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Count, Money, Time } from "../../../ui/exact.tsx";
import { Notice, Page, Section, Stat, Stats } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { Audit } from "./audit.tsx";
import { words } from "./words.ts";

type Side = Ledger["sides"][number];
type Node = Ledger["nodes"][number];
type Frozen = Ledger["frozen"][number];

const Proof = ({ sumNano }: Ledger) => {
  const isBalanced = sumNano === "0";
  return (
    <Notice
      tone={isBalanced ? "good" : "bad"}
      title={isBalanced ? words.balanced : words.unbalanced}
      actions={<span className="figures font-medium">{moneyExact(sumNano)}</span>}
    >
      {isBalanced ? words.balancedText : words.unbalancedText}
    </Notice>
  );
};

const Figures = ({ customers }: Ledger) => (
  <Stats>
    <Stat
      label={words.customers}
      value={<Money nano={customers.balanceNano} short />}
      note={words.customersNote(count(customers.accounts))}
    />
    <Stat label={words.given} value={<Money nano={customers.promoNano} short />} />
    <Stat label={words.borrowed} value={<Money nano={customers.borrowedNano} short />} note={words.borrowedNote} />
    <Stat label={words.pending} value={<Money nano={customers.pendingNano} short />} />
    <Stat label={words.frozenCount} value={<Count value={customers.frozen} />} />
  </Stats>
);

const SIDE_COLUMNS: readonly Column<Side>[] = [
  {
    key: "side",
    title: words.side,
    cell: ({ side }) => (
      <>
        <span className="block font-medium text-ink">{words.sides[side][0]}</span>
        <span className="block text-small text-ink-3">{words.sides[side][1]}</span>
      </>
    ),
  },
  {
    key: "amount",
    title: words.amount,
    figures: true,
    cell: ({ balanceNano }) => <span className="figures text-ink">{moneyExact(balanceNano)}</span>,
  },
];

const Sides = ({ sides, sumNano }: Ledger) => (
  <Section title={words.sidesTitle}>
    <Table
      label={words.sidesTitle}
      columns={SIDE_COLUMNS}
      rows={sides}
      rowKey={({ side }) => side}
      empty={null}
      footer={
        <span className="flex justify-between gap-4 text-base font-medium text-ink">
          <span>{words.sum}</span>
          <span className="figures">{moneyExact(sumNano)}</span>
        </span>
      }
    />
  </Section>
);

const NODE_COLUMNS: readonly Column<Node>[] = [
  {
    key: "node",
    title: words.node,
    cell: ({ id }) => (id === "" ? words.notTold : <Id id={id} what="server id" short />),
  },
  {
    key: "state",
    title: words.state,
    cell: ({ isFenced }) =>
      isFenced ? <Badge tone="warn">{words.fenced}</Badge> : <Badge tone="good">{words.alive}</Badge>,
  },
  {
    key: "heard",
    title: words.heard,
    figures: true,
    wide: true,
    cell: ({ silentMs }) => (silentMs === null ? words.notTold : words.heardAgo(duration(silentMs))),
  },
  {
    key: "running",
    title: words.running,
    figures: true,
    wide: true,
    cell: ({ requests }) => (requests === null ? words.notTold : count(requests)),
  },
  { key: "borrowed", title: words.lent, figures: true, cell: ({ borrowedNano }) => <Money nano={borrowedNano} /> },
];

const Nodes = ({ nodes, tasks }: Ledger) => (
  <Section title={words.nodesTitle} description={words.nodesText}>
    <Table
      label={words.nodesTitle}
      columns={NODE_COLUMNS}
      rows={nodes}
      rowKey={({ id }) => id}
      empty={<Empty title={words.noNodes}>{words.noNodesText}</Empty>}
      footer={
        tasks.count > 0 && (
          <span>
            {words.tasks(count(tasks.count))}: <Money nano={tasks.borrowedNano} />
          </span>
        )
      }
    />
  </Section>
);

const FROZEN_COLUMNS: readonly Column<Frozen>[] = [
  {
    key: "account",
    title: words.account,
    cell: ({ id, name }) => (
      <Link
        to="/admin/accounts/$account"
        params={{ account: id }}
        className="rounded-small font-medium text-ink hover:underline"
      >
        {name}
      </Link>
    ),
  },
  {
    key: "reason",
    title: words.reason,
    cell: ({ reason, actor }) => (
      <span className="block max-w-md">
        {reason ?? words.notTold}
        {actor !== null && <span className="block text-small break-all text-ink-3">{actor}</span>}
      </span>
    ),
  },
  {
    key: "since",
    title: words.since,
    figures: true,
    wide: true,
    cell: ({ since }) => (since === null ? words.notTold : <Time at={since} />),
  },
  { key: "balance", title: words.amount, figures: true, cell: ({ balanceNano }) => <Money nano={balanceNano} /> },
];

const FrozenAccounts = ({ frozen }: Ledger) => (
  <Section title={words.frozenTitle} description={words.frozenText}>
    <Table
      label={words.frozenTitle}
      columns={FROZEN_COLUMNS}
      rows={frozen}
      rowKey={({ id }) => id}
      empty={<Empty title={words.noFrozen} />}
    />
  </Section>
);

export const LedgerPage = () => {
  const { data, error, refetch } = useQuery(ledgerQuery);
  return (
    <Page title={words.title} description={words.description}>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && (
          <>
            <Skeleton className="h-16 w-full" />
            <Skeleton className="h-28 w-full" />
            <Skeleton className="h-96 w-full" />
          </>
        )
      ) : (
        <>
          <Proof {...data} />
          <Figures {...data} />
          <Audit last={data.lastAudit} />
          <Sides {...data} />
          <Nodes {...data} />
          <FrozenAccounts {...data} />
        </>
      )}
    </Page>
  );
};
