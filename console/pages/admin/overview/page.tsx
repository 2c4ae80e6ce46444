/** The operator's first look: what was earned and what it cost, how upstreams do, and what needs a look. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";

import { overviewQuery, type Overview } from "../../../api/operator.ts";
import { money, share } from "../../../format/money.ts";
import { count } from "../../../format/number.ts";
import { zoneOffsetMinutes } from "../../../format/time.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Count, Money } from "../../../ui/exact.tsx";
import { Page, Stat, Stats } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { AttentionList, LatestFailures } from "./attention.tsx";
import { RANGES, type RangeName } from "../operator-search.ts";
import { TopAccounts } from "./top-accounts.tsx";
import { UpstreamsNow } from "./upstreams-now.tsx";
import { words } from "./words.ts";

const RevenueChart = lazy(async () => ({ default: (await import("./revenue-chart.tsx")).RevenueChart }));
const route = getRouteApi("/admin/overview");

const MINUTE_MS = 60_000;

const Figures = ({ data }: { readonly data: Overview | undefined }) => {
  const unit = useMoneyUnit();
  if (data === undefined) return <Skeleton className="h-28 w-full" />;
  const { now, before } = data;
  const was = (nano: string): string => words.before(money(nano, unit));
  return (
    <Stats>
      <Stat label={words.revenue} value={<Money nano={now.revenueNano} short />} note={was(before.revenueNano)} />
      <Stat label={words.cost} value={<Money nano={now.costNano} short />} note={was(before.costNano)} />
      <Stat
        label={words.margin}
        value={<Money nano={now.marginNano} short />}
        note={
          now.revenueNano === "0"
            ? was(before.marginNano)
            : `${words.ofRevenue(share(BigInt(now.marginNano), BigInt(now.revenueNano)))}, ${was(before.marginNano)}`
        }
      />
      <Stat label={words.absorbed} value={<Money nano={now.absorbedNano} short />} note={was(before.absorbedNano)} />
      <Stat
        label={words.failures}
        value={<Count value={now.failures} />}
        note={
          now.requests === 0
            ? words.before(count(before.failures))
            : `${words.ofRequests(share(now.failures, now.requests))}, ${words.before(count(before.failures))}`
        }
      />
      <Stat
        label={words.accounts}
        value={<Count value={data.activeAccounts} />}
        note={words.before(count(data.activeBefore))}
      />
    </Stats>
  );
};

const RangeSelect = ({ range }: { readonly range: RangeName }) => {
  const navigate = route.useNavigate();
  return (
    <Select
      label={words.range}
      value={range}
      className="!w-36"
      options={(Object.keys(RANGES) as RangeName[]).map((value) => ({ value, label: words.ranges[value] }))}
      onChange={(next) => void navigate({ search: (before) => ({ ...before, range: next }), replace: true })}
    />
  );
};

/** To the minute: the same question is asked once, however often the page is drawn. */
const minuteNow = (): number => Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;

const useMinute = (): number => {
  const [minute, setMinute] = useState(minuteNow);
  useEffect(() => {
    const timer = setInterval(() => {
      setMinute(minuteNow());
    }, MINUTE_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return minute;
};

export const OverviewPage = () => {
  const { range = "24h" } = route.useSearch();
  const toAt = useMinute();
  const order = useMemo(() => ({ fromAt: toAt - RANGES[range], toAt, offset: zoneOffsetMinutes() }), [range, toAt]);
  const overview = useQuery(overviewQuery(order));
  return (
    <Page title={words.title} actions={<RangeSelect range={range} />}>
      {overview.isError && <Failed error={overview.error} retry={() => void overview.refetch()} />}
      <AttentionList />
      {(overview.data !== undefined || overview.error === null) && <Figures data={overview.data} />}
      {overview.data === undefined ? (
        overview.error === null && <Skeleton className="h-80 w-full" />
      ) : (
        <Suspense fallback={<Skeleton className="h-80 w-full" />}>
          <RevenueChart data={overview.data} range={words.ranges[range]} />
        </Suspense>
      )}
      <UpstreamsNow />
      {(overview.data !== undefined || overview.error === null) && <TopAccounts data={overview.data} />}
      <LatestFailures />
    </Page>
  );
};
