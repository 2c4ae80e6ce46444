/** What most was spent on: names with their shares, each the way to its requests. */
import { Link } from "@tanstack/react-router";

import type { OverviewRange, UsageOverview } from "../../../api/usage.ts";
import { forChart, share } from "../../../format/money.ts";
import { count } from "../../../format/number.ts";
import { Money } from "../../../ui/exact.tsx";
import { Card } from "../../../ui/page.tsx";
import { words } from "./words.ts";

type Line = UsageOverview["models"][number];

export interface TopProps {
  readonly account: string;
  readonly title: string;
  readonly by: "model" | "key";
  readonly range: OverviewRange;
  readonly lines: readonly Line[];
  /** Nano-USD: what the shares are of. */
  readonly wholeNano: string;
}

/** Width of a bar beside the widest. */
const widthOf = (line: Line, widest: Line | undefined): string => {
  const most = forChart(widest?.spendNano ?? "0");
  return most === 0 ? "0%" : `${Math.max(1, Math.round((100 * forChart(line.spendNano)) / most))}%`;
};

export const Top = ({ account, title, by, range, lines, wholeNano }: TopProps) => (
  <Card>
    <h2 className="mb-3 font-medium text-ink">{title}</h2>
    {lines.length === 0 && <p className="text-ink-3">{words.topNone}</p>}
    <ol className="flex flex-col gap-3">
      {lines.map((line) => (
        <li key={line.name}>
          <div className="figures flex items-baseline justify-between gap-4">
            {line.name === "" ? (
              <span className="truncate text-ink-3">{words.noName}</span>
            ) : (
              <Link
                to="/app/$account/usage"
                params={{ account }}
                search={by === "model" ? { span: range, model: line.name } : { span: range, key: line.name }}
                className="truncate rounded-small text-ink hover:underline"
              >
                {line.label}
              </Link>
            )}
            <Money nano={line.spendNano} className="text-ink" />
          </div>
          <div className="mt-1 flex items-center gap-3">
            <svg aria-hidden className="h-1 min-w-0 flex-1 rounded-full bg-sunken">
              <rect width={widthOf(line, lines[0])} height="4" fill="var(--chart-1)" />
            </svg>
            <span className="figures w-36 shrink-0 text-right text-small text-ink-3">
              {share(BigInt(line.spendNano), BigInt(wholeNano))} · {words.calls(count(line.requests), line.requests)}
            </span>
          </div>
        </li>
      ))}
    </ol>
  </Card>
);
