/** What the draft would have changed, of requests that really were. */
import { Link } from "@tanstack/react-router";

import { money } from "../../../format/money.ts";
import { count } from "../../../format/number.ts";
import { moment } from "../../../format/time.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Count, Money } from "../../../ui/exact.tsx";
import { Card, Notice, Section, Stat, Stats } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import type { ReplayResult, ReplayRun } from "./use-replay.ts";
import { words } from "./words.ts";

type Row = ReplayResult["all"];

const minus = (a: string, b: string): string => (BigInt(a) - BigInt(b)).toString();
const differenceOf = ({ draftNano, currentNano }: Row): string => minus(draftNano, currentNano);

/** An amount with its sign: more is not good by itself, so it has no colour. */
const Change = ({ nano, className = "" }: { readonly nano: string; readonly className?: string }) => (
  <span className={`whitespace-nowrap ${className}`}>
    {nano !== "0" && !nano.startsWith("-") && "+"}
    <Money nano={nano} />
  </span>
);

const sumColumns = <R extends Row>(): readonly Column<R>[] => [
  {
    key: "requests",
    title: words.requests,
    figures: true,
    wide: true,
    cell: ({ requests }) => <Count value={requests} />,
  },
  { key: "now", title: words.today, figures: true, cell: ({ currentNano }) => <Money nano={currentNano} /> },
  { key: "then", title: words.byDraft, figures: true, cell: ({ draftNano }) => <Money nano={draftNano} /> },
  { key: "change", title: words.difference, figures: true, cell: (row) => <Change nano={differenceOf(row)} /> },
];

const MODEL_COLUMNS: readonly Column<ReplayResult["models"][number]>[] = [
  { key: "model", title: words.model, cell: ({ model }) => <span className="break-all">{model}</span> },
  ...sumColumns<ReplayResult["models"][number]>(),
  {
    key: "margin",
    title: words.marginThen,
    figures: true,
    wide: true,
    cell: ({ draftNano, costNano }) => <Money nano={minus(draftNano, costNano)} />,
  },
  { key: "below", title: words.below, figures: true, wide: true, cell: ({ belowThen }) => <Count value={belowThen} /> },
];

const ACCOUNT_COLUMNS: readonly Column<ReplayResult["accounts"][number]>[] = [
  {
    key: "account",
    title: words.account,
    cell: ({ id, name }) => (
      <Link to="/admin/accounts/$account" params={{ account: id }} className="rounded-small hover:underline">
        {name}
      </Link>
    ),
  },
  ...sumColumns<ReplayResult["accounts"][number]>(),
];

const DAY_MS = 86_400_000;

/** An amount is never cut: on a telephone it is written smaller. */
const AMOUNT = "max-sm:text-large";

const Result = ({ result }: { readonly result: ReplayResult }) => {
  const unit = useMoneyUnit();
  const { all } = result;
  const days = words.days(Math.round((result.toAt - result.sinceAt) / DAY_MS));
  if (all.requests === 0) return <Empty title={words.nothing} />;
  return (
    <>
      <Stats>
        <Stat
          label={words.revenue}
          value={<Money nano={all.draftNano} className={AMOUNT} />}
          note={`${money(all.currentNano, unit)} ${words.today.toLowerCase()}`}
        />
        <Stat label={words.difference} value={<Change nano={differenceOf(all)} className={AMOUNT} />} note={days} />
        <Stat
          label={words.margin}
          value={<Money nano={minus(all.draftNano, all.costNano)} className={AMOUNT} />}
          note={`${money(minus(all.currentNano, all.costNano), unit)} ${words.today.toLowerCase()}`}
        />
        <Stat label={words.below} value={<Count value={all.belowThen} />} note={words.belowNote(count(all.belowNow))} />
      </Stats>
      <p className="text-small text-ink-3">
        {words.replayNote} {all.chargedNano !== all.currentNano && words.charged(money(all.chargedNano, unit))}
      </p>
      {result.sinceAt > result.fromAt && <Notice tone="warn">{words.partial(moment(result.sinceAt))}</Notice>}
      {result.unpriced > 0 && <Notice tone="warn">{words.unpriced(count(result.unpriced))}</Notice>}
      <Table
        label={words.byModel}
        columns={MODEL_COLUMNS}
        rows={result.models}
        rowKey={({ model }) => model}
        empty={null}
      />
      <h3 className="mt-2 font-medium text-ink">{words.byAccount(count(result.accountCount))}</h3>
      <Table
        label={words.account}
        columns={ACCOUNT_COLUMNS}
        rows={result.accounts}
        rowKey={({ id }) => id}
        empty={null}
      />
    </>
  );
};

const Running = ({
  share,
  seen,
  onStop,
}: {
  readonly share: number;
  readonly seen: number;
  readonly onStop: () => void;
}) => (
  <Card className="flex flex-wrap items-center gap-4">
    <progress
      aria-label={words.replay}
      value={share}
      max={1}
      className="h-1.5 min-w-40 flex-1 accent-[var(--accent)]"
    />
    <span className="figures text-ink-2">{words.replaying(count(seen))}</span>
    <Button size="small" onClick={onStop}>
      {words.stop}
    </Button>
  </Card>
);

export const ReplayView = ({ replay, version }: { readonly replay: ReplayRun; readonly version: string }) => {
  const unit = useMoneyUnit();
  const { state } = replay;
  if (state.kind === "idle") return null;
  if (state.kind === "running") return <Running share={state.share} seen={state.seen} onStop={replay.stop} />;
  if (state.kind === "failed") return <Failed error={new Error(state.message)} retry={replay.start} />;
  const { result } = state;
  const days = words.days(Math.round((result.toAt - result.sinceAt) / DAY_MS));
  return (
    <Section
      title={words.replayTitle(days, money(result.all.currentNano, unit), money(result.all.draftNano, unit))}
      actions={
        <Button size="small" onClick={replay.start}>
          {words.replayAgain}
        </Button>
      }
    >
      {result.version !== version && <Notice tone="warn">{words.stale}</Notice>}
      <Result result={result} />
    </Section>
  );
};
