/** Prices: what is in force, the draft over it, what the draft would have changed, and what waits for its moment. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";

import { dropDraft, pricesQuery, scheduledQuery, type PricedModel } from "../../../api/operator.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Notice, Page } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { useAct } from "../act.ts";
import { marginWords } from "../unit-words.ts";
import { PriceSheet } from "./edit.tsx";
import { Filters, filtered } from "./filters.tsx";
import { PublishDialog } from "./publish.tsx";
import { RateWords } from "./rate-words.tsx";
import { ReplayView } from "./replay.tsx";
import { RuleDialog } from "./rule.tsx";
import { ScheduledPrices } from "./scheduled.tsx";
import { useReplay, type ReplayRun } from "./use-replay.ts";
import { words } from "./words.ts";

const route = getRouteApi("/admin/prices");

/** What a list is told by: the model's own, or its first variant where only variants have prices. */
const shownRates = (lists: PricedModel["lists"]): PricedModel["lists"][number]["rates"] =>
  (lists.find(({ rates }) => rates.length > 0) ?? lists[0])?.rates ?? [];

const marginClass = (marginBp: number | null): string => (marginBp !== null && marginBp < 0 ? "text-bad" : "");

const COLUMNS: readonly Column<PricedModel>[] = [
  {
    key: "model",
    title: words.model,
    cell: ({ model, provider, lists, scheduledAt }) => (
      <>
        <span className="block font-medium break-words text-ink">{model}</span>
        <span className="flex flex-wrap gap-x-2 text-small text-ink-3">
          {provider}
          {lists.length > 1 && <span>{words.variants(lists.length - 1)}</span>}
          {scheduledAt !== null && (
            <span>
              {words.scheduled}: <Time at={scheduledAt} />
            </span>
          )}
        </span>
      </>
    ),
  },
  { key: "now", title: words.now, cell: ({ lists }) => <RateWords rates={shownRates(lists)} /> },
  { key: "cost", title: words.cost, wide: true, cell: ({ cost }) => <RateWords rates={cost ?? []} /> },
  {
    key: "margin",
    title: words.margin,
    figures: true,
    wide: true,
    cell: ({ marginBp }) => <span className={marginClass(marginBp)}>{marginWords(marginBp)}</span>,
  },
  {
    key: "draft",
    title: words.draft,
    wide: true,
    cell: ({ draft }) =>
      draft === null ? <span className="text-ink-3">—</span> : <RateWords rates={shownRates(draft.lists)} />,
  },
  {
    key: "then",
    title: words.marginThen,
    figures: true,
    wide: true,
    cell: ({ draft }) =>
      draft === null ? "" : <span className={marginClass(draft.marginBp)}>{marginWords(draft.marginBp)}</span>,
  },
];

interface DraftBarProps {
  readonly models: number;
  readonly version: string;
  readonly replay: ReplayRun;
}

const DraftBar = ({ models, version, replay }: DraftBarProps) => {
  const act = useAct();
  const [asks, setAsks] = useState<"publish" | "discard" | null>(null);
  const close = (): void => {
    setAsks(null);
  };
  const discard = async (): Promise<void> => {
    if (await act.run(() => dropDraft(null), { title: words.discarded, loud: true })) replay.stop();
    close();
  };
  const isReplayed = replay.state.kind === "done" && replay.state.result.version === version;
  return (
    <>
      <Notice
        title={words.drafted(models)}
        actions={
          <div className="flex flex-wrap gap-2">
            <Button
              act="POST /console/api/admin/prices/drop"
              kind="quiet"
              onClick={() => {
                setAsks("discard");
              }}
            >
              {words.discard}
            </Button>
            <Button
              kind={isReplayed ? "secondary" : "primary"}
              pending={replay.state.kind === "running"}
              onClick={replay.start}
            >
              {words.replay}
            </Button>
            <Button
              act="POST /console/api/admin/prices/publish"
              kind={isReplayed ? "primary" : "secondary"}
              onClick={() => {
                setAsks("publish");
              }}
            >
              {words.publish}
            </Button>
          </div>
        }
      >
        {words.draftText}
      </Notice>
      {asks === "publish" && <PublishDialog version={version} models={models} replayed={isReplayed} onClose={close} />}
      <Confirm
        open={asks === "discard"}
        onClose={close}
        onConfirm={() => void discard()}
        title={words.discardTitle}
        verb={words.discard}
        danger
        pending={act.pending}
      >
        {words.discardText}
      </Confirm>
    </>
  );
};

const InForce = () => {
  const { data, error, refetch } = useQuery(pricesQuery);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const replay = useReplay();
  const [isRuling, setRuling] = useState(false);
  const rows = data === undefined ? undefined : filtered(data.items, search);
  const opened = data?.items.find(({ model }) => model === search.model);
  const open = (model: string | undefined): void => {
    void navigate({
      search: ({ model: _before, ...rest }) => (model === undefined ? rest : { ...rest, model }),
      resetScroll: false,
    });
  };
  const drafted = data?.items.filter(({ draft }) => draft !== null).length ?? 0;
  return (
    <div className="flex flex-col gap-5">
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data !== undefined && data.version !== "" && (
        <DraftBar models={drafted} version={data.version} replay={replay} />
      )}
      {data !== undefined && data.version !== "" && <ReplayView replay={replay} version={data.version} />}
      <Filters
        items={data?.items ?? []}
        actions={
          <Button
            act="POST /console/api/admin/prices/rule"
            disabled={rows === undefined || rows.length === 0}
            onClick={() => {
              setRuling(true);
            }}
          >
            {words.rule}
          </Button>
        }
      />
      <Table
        failed={error !== null}
        label={words.title}
        columns={COLUMNS}
        rows={rows}
        rowKey={({ model }) => model}
        openKey={search.model}
        onOpen={({ model }) => {
          open(model);
        }}
        empty={
          data?.items.length === 0 ? (
            <Empty title={words.none}>{words.noneText}</Empty>
          ) : (
            <Empty
              title={words.noneFound}
              action={<Button onClick={() => void navigate({ search: {} })}>{words.clear}</Button>}
            />
          )
        }
      />
      {opened !== undefined && (
        <PriceSheet
          key={opened.model}
          model={opened}
          onClose={() => {
            open(undefined);
          }}
        />
      )}
      {isRuling && rows !== undefined && (
        <RuleDialog
          models={rows.map(({ model }) => model)}
          onClose={() => {
            setRuling(false);
          }}
        />
      )}
    </div>
  );
};

export const PricesPage = () => {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const scheduled = useQuery(scheduledQuery);
  return (
    <Page title={words.title} description={words.text}>
      <Tabs
        label={words.title}
        value={tab === "scheduled" ? "scheduled" : "prices"}
        onChange={(next) => void navigate({ search: next === "scheduled" ? { tab: next } : {} })}
        tabs={[
          { value: "prices", label: words.tabPrices, content: <InForce /> },
          {
            value: "scheduled",
            label: words.tabScheduled(scheduled.data?.length ?? 0),
            content: <ScheduledPrices />,
          },
        ]}
      />
    </Page>
  );
};
