/** Revenue by time, as what providers took of it and what is left. */
import type { Overview } from "../../../api/operator.ts";
import { forChart, money, moneyExact, moneyShort } from "../../../format/money.ts";
import { clock, dayShort } from "../../../format/time.ts";
import { useMoneyUnit } from "../../../layout/storefront.tsx";
import { Chart } from "../../../ui/chart.tsx";
import { words } from "./words.ts";

const NANO = 1_000_000_000;

/** What is left is no bar where providers took more than was earned; the figures say so. */
const left = (nano: string): string => (nano.startsWith("-") ? "0" : nano);

export const RevenueChart = ({ data, range }: { readonly data: Overview; readonly range: string }) => {
  const unit = useMoneyUnit();
  const { now, bucket, points } = data;
  const isQuiet = now.revenueNano === "0" && now.costNano === "0";
  return (
    <Chart
      kind="bars"
      title={isQuiet ? words.quiet(range) : words.chart(money(now.revenueNano, unit), money(now.costNano, unit), range)}
      series={[
        { key: "margin", label: words.marginPart },
        { key: "cost", label: words.costPart },
      ]}
      points={points.map((point) => ({
        label: bucket === "hour" ? clock(point.at).replace(/:00(?=\D*$)/, "") : dayShort(point.at),
        values: { margin: forChart(left(point.marginNano)), cost: forChart(point.costNano) },
        texts: { margin: moneyExact(point.marginNano), cost: moneyExact(point.costNano) },
        total: moneyExact(point.revenueNano),
      }))}
      axis={(value) => moneyShort(BigInt(Math.round(value * NANO)), unit)}
    />
  );
};
