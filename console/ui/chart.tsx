/**
 * One message each: the title says it, the picture shows it, a table behind it holds the figures for who cannot see it or wants to copy
 * them. Load this file lazily: it brings the chart library.
 */
import { useState, type ReactNode } from "react";
import { Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { classes } from "./classes.ts";

/** A part of each bar, or a line. */
export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  /** What failed is red, beside what is grey: red and copper are too much alike. */
  readonly tone?: "bad" | "quiet";
}

export interface ChartPoint {
  /** On the axis: "21 Nov". */
  readonly label: string;
  /** Heights by series; positions only. */
  readonly values: Readonly<Record<string, number>>;
  /** The exact figures by series, as shown. */
  readonly texts: Readonly<Record<string, string>>;
  /** All series together, exact, where that means something. */
  readonly total?: string;
}

export interface ChartProps {
  readonly kind: "bars" | "lines";
  /** The message: "$12.40 in the last 7 days, 61 % of it cached input". */
  readonly title: ReactNode;
  readonly series: readonly ChartSeries[];
  readonly points: readonly ChartPoint[];
  /** A position of the axis as words. */
  readonly axis: (value: number) => string;
  /** Room for these words, in pixels. */
  readonly axisWidth?: number;
  /** There are no halves of what is counted. */
  readonly whole?: boolean;
  readonly height?: number;
  readonly actions?: ReactNode;
}

const COLORS = [
  "var(--chart-1)",
  "var(--chart-2)",
  "var(--chart-3)",
  "var(--chart-4)",
  "var(--chart-5)",
  "var(--chart-6)",
];
const TONES = { bad: "var(--bad)", quiet: "var(--chart-6)" } as const;

const colorOf = ({ tone }: Pick<ChartSeries, "tone">, index: number): string =>
  tone === undefined ? (COLORS[index % COLORS.length] ?? TONES.quiet) : TONES[tone];

const Swatch = ({ one, index }: { readonly one: ChartSeries; readonly index: number }) => (
  <svg aria-hidden width="10" height="10" className="shrink-0">
    <rect width="10" height="10" rx="2" fill={colorOf(one, index)} />
  </svg>
);

const Legend = ({ series }: Pick<ChartProps, "series">) =>
  series.length < 2 ? null : (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-small text-ink-2">
      {series.map((one, index) => (
        <li key={one.key} className="flex items-center gap-1.5">
          <Swatch one={one} index={index} />
          {one.label}
        </li>
      ))}
    </ul>
  );

interface PointedProps {
  readonly active?: boolean;
  readonly payload?: readonly { readonly payload?: ChartPoint }[];
  readonly series: readonly ChartSeries[];
}

/** The exact figures of the place pointed at. */
const Pointed = ({ active = false, payload, series }: PointedProps) => {
  const point = payload?.[0]?.payload;
  if (!active || point === undefined) return null;
  return (
    <div className="figures rounded-base border border-line-strong bg-surface px-3 py-2 text-small">
      <div className="mb-1 font-medium text-ink">{point.label}</div>
      {series.map((one, index) => (
        <div key={one.key} className="flex items-center justify-between gap-4 text-ink-2">
          <span className="flex items-center gap-1.5">
            <Swatch one={one} index={index} />
            {one.label}
          </span>
          <span className="text-ink">{point.texts[one.key] ?? "—"}</span>
        </div>
      ))}
      {point.total !== undefined && series.length > 1 && (
        <div className="mt-1 flex justify-between gap-4 border-t border-line pt-1 font-medium text-ink">
          <span>Together</span>
          <span>{point.total}</span>
        </div>
      )}
    </div>
  );
};

const AXIS = { tickLine: false, axisLine: false, tick: { fill: "var(--ink-3)", fontSize: 12 } } as const;

/** A line of one or two points is none: these are drawn as dots. */
const isSparse = (points: readonly ChartPoint[], key: string): boolean =>
  points.filter(({ values }) => values[key] !== undefined).length < 3;

/** Where there is nothing to measure, an axis of four dollars would be an invention. */
const isFlat = (points: readonly ChartPoint[]): boolean =>
  points.every(({ values }) => Object.values(values).every((value) => value === 0));

const Picture = ({ kind, series, points, axis, axisWidth = 64, whole = false, height = 240 }: ChartProps) => {
  const data = [...points];
  const shared = (
    <>
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis dataKey="label" {...AXIS} minTickGap={28} />
      <YAxis
        {...AXIS}
        width={axisWidth}
        allowDecimals={!whole}
        tickFormatter={axis}
        domain={[0, "auto"]}
        {...(isFlat(points) && { tick: false })}
      />
      <Tooltip
        content={<Pointed series={series} />}
        cursor={{ fill: "var(--sunken)", stroke: "var(--line-strong)" }}
        isAnimationActive={false}
      />
    </>
  );
  return (
    <ResponsiveContainer width="100%" height={height}>
      {kind === "bars" ? (
        <BarChart data={data} margin={{ top: 8, right: 4, bottom: 0, left: 0 }} barCategoryGap="22%">
          {shared}
          {series.map((one, index) => (
            <Bar
              key={one.key}
              name={one.label}
              dataKey={(point: ChartPoint) => point.values[one.key] ?? 0}
              stackId="all"
              fill={colorOf(one, index)}
              maxBarSize={40}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      ) : (
        <LineChart data={data} margin={{ top: 8, right: 4, bottom: 0, left: 0 }}>
          {shared}
          {series.map((one, index) => (
            <Line
              key={one.key}
              name={one.label}
              dataKey={(point: ChartPoint) => point.values[one.key]}
              stroke={colorOf(one, index)}
              strokeWidth={2}
              dot={isSparse(points, one.key)}
              connectNulls={false}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      )}
    </ResponsiveContainer>
  );
};

const Figures = ({ series, points }: Pick<ChartProps, "series" | "points">) => (
  <div className="max-h-72 overflow-auto">
    <table className="w-full text-small">
      <thead>
        <tr className="text-left text-ink-3">
          <th scope="col" className="py-1 pr-4 font-medium">
            Time
          </th>
          {series.map(({ key, label }) => (
            <th key={key} scope="col" className="py-1 pl-4 text-right font-medium">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.label} className="border-t border-line">
            <th scope="row" className="py-1 pr-4 text-left font-normal whitespace-nowrap">
              {point.label}
            </th>
            {series.map(({ key }) => (
              <td key={key} className="py-1 pl-4 text-right whitespace-nowrap">
                {point.texts[key] ?? "—"}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

export const Chart = (props: ChartProps) => {
  const { title, series, points, actions } = props;
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="flex h-full min-w-0 flex-col rounded-large border border-line bg-surface p-5">
      <figcaption className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-52">
          <div className="font-medium text-ink">{title}</div>
          <div className="mt-1.5">
            <Legend series={series} />
          </div>
        </div>
        <div className="flex items-center gap-3">
          {actions}
          <button
            type="button"
            aria-pressed={asTable}
            onClick={() => {
              setAsTable(!asTable);
            }}
            className={classes("rounded-small text-small hover:text-ink", asTable ? "text-accent" : "text-ink-3")}
          >
            {asTable ? "Picture" : "Figures"}
          </button>
        </div>
      </figcaption>
      {/* Beside others with longer titles, the axes still stand on one line. */}
      <div className="mt-auto">{asTable ? <Figures series={series} points={points} /> : <Picture {...props} />}</div>
    </figure>
  );
};
