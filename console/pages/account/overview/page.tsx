/** An account at a glance: the balance first, then what was spent and on what, then what happens now. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import {
  overviewQuery,
  standingQuery,
  type OverviewRange,
  type OverviewSplit,
  type UsageOverview,
} from "../../../api/usage.ts";
import { share } from "../../../format/money.ts";
import { count, countShort, duration } from "../../../format/number.ts";
import { classes } from "../../../ui/classes.ts";
import { Failed } from "../../../ui/empty.tsx";
import { Count, Money } from "../../../ui/exact.tsx";
import { Page, Stat, Stats } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { BalanceCard, BalanceNotice } from "./balance.tsx";
import { FirstSteps } from "./first.tsx";
import { LatestRequests, useLatest, type Latest } from "./latest.tsx";
import { RANGES, type OverviewSearch } from "./search.ts";
import { Top } from "./top.tsx";
import { words } from "./words.ts";

const Charts = lazy(async () => ({ default: (await import("./charts.tsx")).Charts }));

const route = getRouteApi("/app/$account/overview");

const RangeSwitch = ({
  range,
  onRange,
}: {
  readonly range: OverviewRange;
  readonly onRange: (range: OverviewRange) => void;
}) => (
  <fieldset className="flex overflow-hidden rounded-base border border-line-strong">
    <legend className="sr-only">{words.range}</legend>
    {RANGES.map((one) => (
      <button
        key={one}
        type="button"
        aria-pressed={range === one}
        onClick={() => {
          onRange(one);
        }}
        className={classes(
          "moves h-8.5 px-3 font-medium focus-visible:-outline-offset-2",
          range === one ? "bg-sunken text-ink" : "text-ink-3 hover:text-ink",
        )}
      >
        {words.ranges[one]}
      </button>
    ))}
  </fieldset>
);

/** An amount of many decimals has to stand in half a telephone: nothing of it may be cut off. */
const NARROW = "max-sm:text-large";

interface Shown {
  readonly figures: UsageOverview;
  readonly range: OverviewRange;
}

const Figures = ({ figures, range }: Shown) => {
  const { now, before, firstByte } = figures;
  const read = now.inputTokens + now.cacheReadTokens;
  const written = now.outputTokens + now.reasoningTokens;
  return (
    <Stats>
      <Stat
        label={words.spend}
        value={<Money nano={now.spendNano} className={NARROW} />}
        note={
          <>
            <Money nano={before.spendNano} /> {words.before(range)}
          </>
        }
      />
      <Stat
        label={words.requests}
        value={<Count value={now.requests} className={NARROW} />}
        note={
          now.failures === 0 ? words.noFailures : words.failures(count(now.failures), share(now.failures, now.requests))
        }
      />
      <Stat
        label={words.tokens}
        value={<Count value={read + written} className={NARROW} />}
        note={words.tokensNote(countShort(read), countShort(written))}
      />
      <Stat
        label={words.firstByte}
        value={<span className={NARROW}>{firstByte.p50 === null ? "—" : duration(firstByte.p50)}</span>}
        note={firstByte.p95 === null ? words.noTimes : words.firstByteNote(duration(firstByte.p95))}
      />
    </Stats>
  );
};

const Coming = () => (
  <div className="grid gap-4 lg:grid-cols-3">
    <Skeleton className="h-90 lg:col-span-3" />
    <Skeleton className="h-80" />
    <Skeleton className="h-80" />
    <Skeleton className="h-80" />
  </div>
);

interface UsedProps {
  readonly account: string;
  readonly figures: UsageOverview | undefined;
  readonly range: OverviewRange;
  readonly split: OverviewSplit;
  readonly latest: Latest;
  readonly onChange: (change: Partial<OverviewSearch>) => void;
}

/** What there is to see once there were requests. */
const Used = ({ account, figures, range, split, latest, onChange }: UsedProps) => {
  if (figures === undefined)
    return (
      <>
        <Skeleton className="h-31 w-full" />
        <Coming />
      </>
    );
  const { models, keys, now } = figures;
  return (
    <>
      <Figures figures={figures} range={range} />
      <Suspense fallback={<Coming />}>
        <Charts
          figures={figures}
          range={range}
          split={split}
          onSplit={(next) => {
            onChange({ split: next });
          }}
        />
      </Suspense>
      <div className="grid gap-4 lg:grid-cols-2">
        <Top
          account={account}
          title={words.topModels}
          by="model"
          range={range}
          lines={models}
          wholeNano={now.spendNano}
        />
        <Top account={account} title={words.topKeys} by="key" range={range} lines={keys} wholeNano={now.spendNano} />
      </div>
      <LatestRequests account={account} latest={latest} />
    </>
  );
};

/** New accounts see the steps until they say that they are done, so that the first call is not swept away as it comes. */
const useSteps = (hasRequests: boolean | undefined): readonly [shown: boolean, done: () => void] => {
  const [state, setState] = useState<"unknown" | "steps" | "used">("unknown");
  if (state === "unknown" && hasRequests !== undefined) setState(hasRequests ? "used" : "steps");
  return [
    state === "steps",
    () => {
      setState("used");
    },
  ];
};

const Overview = ({ account }: { readonly account: string }) => {
  const { range = "7d", split = "model" } = route.useSearch();
  const navigate = useNavigate();
  const standing = useQuery(standingQuery(account));
  const figures = useQuery(overviewQuery(account, range, split));
  const latest = useLatest(account);
  const [isFirst, done] = useSteps(standing.data?.hasRequests);
  const change = (part: Partial<OverviewSearch>): void => {
    void navigate({
      to: "/app/$account/overview",
      params: { account },
      search: { range, split, ...part },
      replace: true,
      resetScroll: false,
    });
  };
  return (
    <Page
      title={words.title}
      actions={
        !isFirst && (
          <RangeSwitch
            range={range}
            onRange={(next) => {
              change({ range: next });
            }}
          />
        )
      }
    >
      {standing.data !== undefined && (
        <BalanceNotice standing={standing.data} figures={isFirst ? undefined : figures.data} range={range} />
      )}
      {standing.error === null ? (
        <BalanceCard
          account={account}
          standing={standing.data}
          figures={isFirst ? undefined : figures.data}
          range={range}
        />
      ) : (
        <Failed error={standing.error} retry={() => void standing.refetch()} />
      )}
      {isFirst ? (
        <FirstSteps account={account} hasKeys={standing.data?.hasKeys === true} latest={latest} onDone={done} />
      ) : figures.error !== null && figures.data === undefined ? (
        <Failed error={figures.error} retry={() => void figures.refetch()} />
      ) : (
        <Used account={account} figures={figures.data} range={range} split={split} latest={latest} onChange={change} />
      )}
    </Page>
  );
};

export const OverviewPage = () => {
  const { account } = route.useParams();
  return <Overview key={account} account={account} />;
};
