/** Video tasks of all accounts: what goes on and for how long, what it holds, and a way to cancel it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import { cancelTask, taskSumsQuery, tasksQuery, type OperatorTask } from "../../../api/operate.ts";
import { plainWords } from "../../../format/names.ts";
import { duration } from "../../../format/number.ts";
import { Badge, type Tone } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Count, Money, Time } from "../../../ui/exact.tsx";
import { Page, Stat, Stats } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useAct } from "../act.ts";
import { MoreRows } from "../more-rows.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/tasks");

/** Looks without an answer from which on one has to look oneself. */
const SILENT = 3;

const STATES: ReadonlyMap<string, string> = new Map(Object.entries(words.states));
const TONES: ReadonlyMap<string, Tone> = new Map([
  ["running", "accent"],
  ["succeeded", "good"],
  ["failed", "bad"],
  ["lost", "bad"],
  ["expired", "warn"],
]);

const stateWords = (state: string): string => STATES.get(state) ?? state;

const State = ({ state, misses, isKnown, error, finishedAt }: OperatorTask) => (
  <span className="block max-w-52">
    <Badge tone={TONES.get(state) ?? "neutral"}>{stateWords(state)}</Badge>
    {finishedAt === null && misses >= SILENT && (
      <span className="block text-small text-warn">{words.misses(misses)}</span>
    )}
    {finishedAt === null && !isKnown && <span className="block text-small text-ink-3">{words.unknown}</span>}
    {error !== null && <span className="block text-small text-ink-3">{plainWords(error)}</span>}
  </span>
);

const FIRST: readonly Column<OperatorTask>[] = [
  {
    key: "task",
    title: words.task,
    cell: ({ id, model }) => (
      <>
        <span className="block font-medium text-ink">{model}</span>
        <Id id={id} what="task id" short />
      </>
    ),
  },
  {
    key: "account",
    title: words.account,
    wide: true,
    cell: ({ account, accountName }) => (
      <Link
        to="/admin/accounts/$account"
        params={{ account }}
        className="block max-w-40 truncate rounded-small hover:underline"
      >
        {accountName}
      </Link>
    ),
  },
  { key: "upstream", title: words.upstream, wide: true, cell: ({ upstream }) => upstream },
  { key: "state", title: words.state, cell: (task) => <State {...task} /> },
];

const columnsOf = (show: "open" | "ended", onCancel: (task: OperatorTask) => void): readonly Column<OperatorTask>[] =>
  show === "ended"
    ? [
        ...FIRST,
        {
          key: "ended",
          title: words.endedAt,
          figures: true,
          wide: true,
          cell: ({ finishedAt }) => (finishedAt === null ? "—" : <Time at={finishedAt} />),
        },
        {
          key: "charge",
          title: words.charge,
          figures: true,
          cell: ({ chargeNano }) => <Money nano={chargeNano ?? "0"} />,
        },
      ]
    : [
        ...FIRST,
        {
          key: "age",
          title: words.age,
          figures: true,
          cell: ({ createdAt }) => duration(Math.max(0, Math.round((Date.now() - createdAt) / 1_000) * 1_000)),
        },
        {
          key: "until",
          title: words.until,
          figures: true,
          wide: true,
          cell: ({ deadlineAt }) => <Time at={deadlineAt} />,
        },
        {
          key: "hold",
          title: words.hold,
          figures: true,
          wide: true,
          cell: ({ holdNano }) => <Money nano={holdNano} />,
        },
        {
          key: "act",
          title: words.action,
          figures: true,
          cell: (task) => (
            <Button
              act="POST /console/api/admin/tasks/{task}/cancel"
              size="small"
              disabled={!task.isKnown}
              onClick={() => {
                onCancel(task);
              }}
            >
              {words.cancel}
            </Button>
          ),
        },
      ];

const Sums = () => {
  const { data, error } = useQuery(taskSumsQuery);
  if (data === undefined) return error === null && <Skeleton className="h-24 w-full" />;
  return (
    <Stats>
      <Stat label={words.openCount} value={<Count value={data.open} />} />
      <Stat label={words.held} value={<Money nano={data.heldNano} />} />
      <Stat label={words.silent} value={<Count value={data.silent} />} note={words.silentNote} />
    </Stats>
  );
};

export const TasksPage = () => {
  const { show = "open" } = route.useSearch();
  const navigate = route.useNavigate();
  const tasks = useInfiniteQuery(tasksQuery(show));
  const act = useAct();
  const [asked, setAsked] = useState<OperatorTask | null>(null);
  const cancel = async (task: OperatorTask): Promise<void> => {
    await act.run(async () => {
      const { state } = await cancelTask(task.id);
      toast({ title: words.cancelled(stateWords(state).toLowerCase()) });
    }, undefined);
    setAsked(null);
  };
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <Select
          label={words.show}
          value={show}
          className="!w-36"
          options={(["open", "ended"] as const).map((value) => ({ value, label: words[value] }))}
          onChange={(next) => void navigate({ search: next === "ended" ? { show: next } : {}, replace: true })}
        />
      }
    >
      <Sums />
      {tasks.error !== null && <Failed error={tasks.error} retry={() => void tasks.refetch()} />}
      {act.error !== null && <Failed error={act.error} />}
      <Table
        failed={tasks.error !== null}
        label={words.title}
        columns={columnsOf(show, setAsked)}
        rows={tasks.data?.pages.flatMap(({ items }) => items)}
        rowKey={({ id }) => id}
        empty={
          show === "open" ? (
            <Empty title={words.noneOpen}>{words.noneOpenText}</Empty>
          ) : (
            <Empty title={words.noneEnded}>{words.noneEndedText}</Empty>
          )
        }
        footer={<MoreRows list={tasks} label={words.more} />}
        skeletonRows={4}
      />
      {asked !== null && (
        <Confirm
          open
          onClose={() => {
            setAsked(null);
          }}
          onConfirm={() => void cancel(asked)}
          title={words.cancelTitle}
          verb={words.cancel}
          danger
          pending={act.pending}
        >
          {words.cancelText}
        </Confirm>
      )}
    </Page>
  );
};
