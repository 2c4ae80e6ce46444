/** The pictures of the overview, one message each. Loaded after the figures, since it brings the chart library. */
import type { OverviewRange, OverviewSplit, UsageOverview } from "../../../api/usage.ts";
import { forChart, money, moneyShort, share, type MoneyUnit } from "../../../format/money.ts";
import { count, countShort, duration } from "../../../format/number.ts";
import { dayShort, hourShort } from "../../../format/time.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Chart, type ChartPoint, type ChartSeries } from "../../../ui/chart.tsx";
import { classes } from "../../../ui/classes.ts";
import { SPLITS } from "./search.ts";
import { words } from "./words.ts";

interface Shown {
  readonly figures: UsageOverview;
  readonly range: OverviewRange;
}

export type ChartsProps = Shown & {
  readonly split: OverviewSplit;
  readonly onSplit: (split: OverviewSplit) => void;
};

const HEIGHT = 200;
const NANO = 1_000_000_000;

const labelOf = ({ bucket }: UsageOverview, at: number): string => (bucket === "hour" ? hourShort(at) : dayShort(at));

const SplitSwitch = ({ split, onSplit }: Pick<ChartsProps, "split" | "onSplit">) => (
  <fieldset className="flex gap-3 text-small">
    <legend className="sr-only">{words.splitLabel}</legend>
    {SPLITS.map((one) => (
      <button
        key={one}
        type="button"
        aria-pressed={split === one}
        onClick={() => {
          onSplit(one);
        }}
        className={classes("rounded-small", split === one ? "font-medium text-ink" : "text-ink-3 hover:text-ink")}
      >
        {words.splits[one]}
      </button>
    ))}
  </fieldset>
);

/** The name of a part: a model or a key, what had neither, or the rest. */
const partLabel = ({ name, label }: UsageOverview["parts"][number]): string =>
  name === null ? words.rest : (label ?? "") === "" ? words.noName : (label ?? "");

/** Parts in which nothing was spent are not drawn; their places in each point are kept. */
const spendSeries = ({ parts }: UsageOverview): readonly ChartSeries[] =>
  parts.flatMap((part, place) => (part.spendNano === "0" ? [] : [{ key: String(place), label: partLabel(part) }]));

const spendPoints = (figures: UsageOverview, unit: MoneyUnit): readonly ChartPoint[] =>
  figures.points.map(({ at, spendNano, partsNano }) => ({
    label: labelOf(figures, at),
    values: Object.fromEntries(partsNano.map((nano, place) => [String(place), forChart(nano)])),
    texts: Object.fromEntries(partsNano.map((nano, place) => [String(place), money(nano, unit)])),
    total: money(spendNano, unit),
  }));

const spendTitle = ({ now }: UsageOverview, range: OverviewRange, unit: MoneyUnit): string => {
  if (now.spendNano === "0") return words.spendNone(range);
  const read = now.inputTokens + now.cacheReadTokens;
  const cached = now.cacheReadTokens === 0 ? "" : words.spendCached(share(now.cacheReadTokens, read));
  return `${words.spendTitle(money(now.spendNano, unit), range)}${cached}`;
};

const axisOf =
  (unit: MoneyUnit) =>
  (value: number): string =>
    moneyShort(BigInt(Math.round(value * NANO)), unit);

const LETTER_PX = 7;
const LEAST_AXIS_PX = 56;

/** Room for amounts of fractions of a cent: a quarter of the highest bar has one digit more than it. */
const axisWidth = ({ points }: UsageOverview, axis: (value: number) => string): number => {
  const most = Math.max(...points.map(({ spendNano }) => forChart(spendNano)));
  return Math.max(
    LEAST_AXIS_PX,
    ...[most, most / 4, (most * 3) / 4].map((value) => axis(value).length * LETTER_PX + 8),
  );
};

const Spend = ({ figures, range, split, onSplit }: ChartsProps) => {
  const unit = useMoneyUnit();
  return (
    <Chart
      kind="bars"
      title={spendTitle(figures, range, unit)}
      series={spendSeries(figures)}
      points={spendPoints(figures, unit)}
      axis={axisOf(unit)}
      axisWidth={axisWidth(figures, axisOf(unit))}
      actions={<SplitSwitch split={split} onSplit={onSplit} />}
    />
  );
};

const counted = (value: number): string => countShort(value);

/** Points of plain counts, one series for each name. */
const countPoints = <Name extends string>(
  figures: UsageOverview,
  of: (point: UsageOverview["points"][number]) => Readonly<Record<Name, number>>,
): readonly ChartPoint[] =>
  figures.points.map((point) => {
    const values: Readonly<Record<string, number>> = of(point);
    return {
      label: labelOf(figures, point.at),
      values,
      texts: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, count(value)])),
      total: count(Object.values(values).reduce((sum, value) => sum + value, 0)),
    };
  });

const Requests = ({ figures, range }: Shown) => {
  const { requests, failures } = figures.now;
  return (
    <Chart
      kind="bars"
      height={HEIGHT}
      title={
        requests === 0
          ? words.requestsNone(range)
          : words.requestsTitle(requests, count(requests), share(requests - failures, requests), range)
      }
      series={[
        { key: "ok", label: words.succeeded, tone: "quiet" },
        { key: "failed", label: words.failed, tone: "bad" },
      ]}
      whole
      points={countPoints(figures, (point) => ({ ok: point.requests - point.failures, failed: point.failures }))}
      axis={counted}
    />
  );
};

const TOKEN_SERIES: readonly ChartSeries[] = [
  { key: "input", label: words.input },
  { key: "cached", label: words.cached },
  { key: "output", label: words.output },
  { key: "reasoning", label: words.reasoning },
];

const Tokens = ({ figures }: Pick<Shown, "figures">) => {
  const { inputTokens, cacheReadTokens } = figures.now;
  return (
    <Chart
      kind="bars"
      height={HEIGHT}
      title={
        cacheReadTokens === 0
          ? words.tokensPlain
          : words.tokensTitle(share(cacheReadTokens, inputTokens + cacheReadTokens))
      }
      series={TOKEN_SERIES}
      points={countPoints(figures, (point) => ({
        input: point.inputTokens,
        cached: point.cacheReadTokens,
        output: point.outputTokens,
        reasoning: point.reasoningTokens,
      }))}
      whole
      axis={counted}
    />
  );
};

/** A line breaks where nobody was answered. */
const latencyPoints = (figures: UsageOverview): readonly ChartPoint[] => {
  const byTime = new Map(figures.latency.map((one) => [one.at, one.firstByte]));
  return figures.points.map(({ at }) => {
    const { p50 = null, p95 = null } = byTime.get(at) ?? {};
    const known = Object.entries({ p50, p95 }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    );
    return {
      label: labelOf(figures, at),
      values: Object.fromEntries(known),
      texts: Object.fromEntries(known.map(([name, value]) => [name, duration(value)])),
    };
  });
};

const Latency = ({ figures }: Pick<Shown, "figures">) => {
  const { p50, p95 } = figures.firstByte;
  return (
    <Chart
      kind="lines"
      height={HEIGHT}
      title={p50 === null || p95 === null ? words.latencyNone : words.latencyTitle(duration(p50), duration(p95))}
      series={[
        { key: "p50", label: words.p50 },
        { key: "p95", label: words.p95 },
      ]}
      points={latencyPoints(figures)}
      axis={duration}
    />
  );
};

export const Charts = (props: ChartsProps) => (
  <div className="grid min-w-0 gap-4 lg:grid-cols-3">
    <div className="min-w-0 lg:col-span-3">
      <Spend {...props} />
    </div>
    <Requests {...props} />
    <Tokens {...props} />
    <Latency {...props} />
  </div>
);
