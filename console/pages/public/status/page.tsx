/** How the models do, in bars: one for each hour or day, from real calls. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { statusQuery, type Status, type StatusRange } from "../../../api/public.ts";
import { count, percent } from "../../../format/number.ts";
import { day, moment } from "../../../format/time.ts";
import { classes } from "../../../ui/classes.ts";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Card, Notice, Page, type NoticeTone } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Tooltip } from "../../../ui/tooltip.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/public/status");

type Bar = Status["all"];

const RANGES: readonly StatusRange[] = ["day", "quarter"];
const GOOD = 0.99;
const POOR = 0.9;

const shareOf = ({ attempts, failures }: Bar): number | null => (attempts === 0 ? null : 1 - failures / attempts);

type Grade = "good" | "some" | "bad" | "quiet";

const gradeOf = (bar: Bar): Grade => {
  const share = shareOf(bar);
  if (share === null) return "quiet";
  if (share >= GOOD) return "good";
  return share >= POOR ? "some" : "bad";
};

const COLOURS = { good: "bg-good", some: "bg-warn", bad: "bg-bad", quiet: "bg-line" } as const satisfies Record<
  Grade,
  string
>;
const TONES = { good: "good", some: "warn", bad: "bad", quiet: "plain" } as const satisfies Record<Grade, NoticeTone>;

const barWords = (bar: Bar): string => {
  const share = shareOf(bar);
  return share === null
    ? words.none
    : `${percent(share, 2)} ${words.answered.toLowerCase()}, ${words.calls(count(bar.attempts))}`;
};

const Bars = ({
  bars,
  slots,
  range,
}: {
  readonly bars: readonly Bar[];
  readonly slots: readonly number[];
  readonly range: StatusRange;
}) => (
  <ul className="flex h-8 gap-px">
    {bars.map((bar, index) => {
      const at = slots[index] ?? 0;
      const text = words.bar(range === "day" ? moment(at) : day(at), barWords(bar));
      return (
        <li key={at} className="min-w-0 flex-1">
          <Tooltip text={text}>
            <span className={classes("block h-8 w-full rounded-[1px]", COLOURS[gradeOf(bar)])}>
              <span className="sr-only">{text}</span>
            </span>
          </Tooltip>
        </li>
      );
    })}
  </ul>
);

/** From when to when the bars below go; in their column. */
const Span = ({ slots, range }: { readonly slots: readonly number[]; readonly range: StatusRange }) => (
  <div aria-hidden className="grid gap-x-6 pb-1 text-small text-ink-3 md:grid-cols-[16rem_1fr_9rem]">
    <span className="flex justify-between md:col-start-2">
      <span>{range === "day" ? moment(slots[0] ?? 0) : day(slots[0] ?? 0)}</span>
      <span>{words.now}</span>
    </span>
  </div>
);

const Models = ({ status, range }: { readonly status: Status; readonly range: StatusRange }) => (
  <ul className="divide-y divide-line">
    {status.models.map(({ model, total, bars }) => (
      <li key={model} className="grid items-center gap-x-6 gap-y-2 py-3 md:grid-cols-[16rem_1fr_9rem]">
        <span className="truncate font-medium text-ink">{model}</span>
        <Bars bars={bars} slots={status.slots} range={range} />
        <span className="figures text-right text-ink-2 max-md:text-left">
          {barShare(total)} <span className="text-small text-ink-3">{words.calls(count(total.attempts))}</span>
        </span>
      </li>
    ))}
  </ul>
);

const barShare = (bar: Bar): string => {
  const share = shareOf(bar);
  return share === null ? "—" : percent(share, 2);
};

const Shown = ({ status, range }: { readonly status: Status; readonly range: StatusRange }) => {
  const grade = gradeOf(status.all);
  if (status.models.length === 0) return <Empty title={words.emptyTitle}>{words.emptyText}</Empty>;
  return (
    <>
      <Notice tone={TONES[grade]} title={words[grade]}>
        {words.overall(barShare(status.all), count(status.all.attempts))}
      </Notice>
      <Card>
        <Span slots={status.slots} range={range} />
        <Models status={status} range={range} />
      </Card>
      <p className="text-ink-3">{words.retried}</p>
    </>
  );
};

export const StatusPage = () => {
  const { range = "day" } = route.useSearch();
  const navigate = useNavigate();
  const status = useQuery(statusQuery(range));
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <fieldset className="flex overflow-hidden rounded-base border border-line-strong">
          <legend className="sr-only">{words.range}</legend>
          {RANGES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === range}
              onClick={() =>
                void navigate({ to: "/status", search: one === "day" ? {} : { range: one }, replace: true })
              }
              className={classes(
                "moves h-8.5 px-3.5 font-medium",
                one === range ? "bg-sunken text-ink" : "text-ink-3 hover:text-ink",
              )}
            >
              {words[one]}
            </button>
          ))}
        </fieldset>
      }
    >
      {status.error !== null && <Failed error={status.error} retry={() => void status.refetch()} />}
      {status.data === undefined ? (
        status.error === null && <Skeleton className="h-96" />
      ) : (
        <Shown status={status.data} range={range} />
      )}
    </Page>
  );
};
