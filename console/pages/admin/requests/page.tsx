/** Every request of the installation: filtered by the address, live at the top, each opened into its charge, cost and attempts. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { useState } from "react";

import {
  operatorRequestsKey,
  operatorRequestsQuery,
  requestsFile,
  type OperatorRequestFilter,
} from "../../../api/operate.ts";
import { Button } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { DownloadButton } from "../../../ui/download.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Page } from "../../../ui/page.tsx";
import { Pager, Table } from "../../../ui/table.tsx";
import type { RequestsSearch, SPANS } from "../customers-search.ts";
import { COLUMNS } from "./cells.tsx";
import { Filters, isFiltered } from "./filters.tsx";
import { RequestPanel } from "./panel.tsx";
import { useTail, type TailState } from "./use-tail.ts";
import { words } from "./words.ts";

const route = getRouteApi("/admin/requests");

const HOUR_MS = 3_600_000;
const SPAN_MS = {
  "1h": HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 168 * HOUR_MS,
  "30d": 720 * HOUR_MS,
} as const satisfies Record<(typeof SPANS)[number], number>;

/** @param now milliseconds since the Unix epoch: where the spans end */
const filterOf = (search: RequestsSearch, now: number): OperatorRequestFilter => {
  const { span, account, model, upstream, outcome, status, id } = search;
  return {
    ...(span === undefined ? {} : { fromAt: now - SPAN_MS[span] }),
    ...(account === undefined ? {} : { account }),
    ...(model === undefined ? {} : { model }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(status === undefined ? {} : { status }),
    ...(id === undefined ? {} : { request: id }),
  };
};

interface BarProps {
  readonly state: TailState | "past";
  readonly paused: boolean;
  readonly onPause: () => void;
  readonly onNewest: () => void;
}

const SIGNS = { live: words.live, waiting: words.connecting, past: words.past } as const satisfies Record<
  BarProps["state"],
  string
>;

const Bar = ({ state, paused, onPause, onNewest }: BarProps) => {
  const isLive = state === "live" && !paused;
  return (
    <>
      <output className="inline-flex items-center gap-2 text-small text-ink-2">
        <span
          aria-hidden
          className={classes("size-2 rounded-full", isLive ? "breathes bg-accent" : "bg-line-strong")}
        />
        {paused ? words.paused : SIGNS[state]}
      </output>
      {state === "past" ? (
        <Button size="small" onClick={onNewest}>
          {words.toNewest}
        </Button>
      ) : (
        <Button
          kind="quiet"
          size="small"
          aria-pressed={paused}
          icon={paused ? <Play aria-hidden className="size-3.5" /> : <Pause aria-hidden className="size-3.5" />}
          onClick={onPause}
        >
          {paused ? words.resume : words.pause}
        </Button>
      )}
    </>
  );
};

interface ListProps {
  readonly search: RequestsSearch;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

const Nothing = ({ search, next, onChange }: ListProps & { readonly next: string | null }) => {
  if (next !== null)
    return (
      <Empty
        title={words.lookedTitle}
        action={
          <Button
            onClick={() => {
              onChange({ cursor: next, direction: "older" });
            }}
          >
            {words.lookOn}
          </Button>
        }
      >
        {words.lookedText}
      </Empty>
    );
  return isFiltered(search) ? (
    <Empty title={words.noneTitle}>{words.noneText}</Empty>
  ) : (
    <Empty title={words.emptyTitle}>{words.emptyText}</Empty>
  );
};

const List = ({ search, onChange }: ListProps) => {
  // Where a span ends stays as it was chosen, so that pages of it belong together.
  const [filter] = useState(() => filterOf(search, Date.now()));
  const { cursor, direction } = search;
  const [paused, setPaused] = useState(false);
  const isNewest = cursor === undefined;
  const place = isNewest ? {} : { cursor, direction: direction ?? "older" };
  const page = useQuery(operatorRequestsQuery(filter, place));
  // The newest of what was there at first: whatever is newer has come while one looks.
  const [known, setKnown] = useState<string | null>(null);
  const client = useQueryClient();
  const state = useTail(isNewest && !paused, () => void client.invalidateQueries({ queryKey: operatorRequestsKey }));
  const { data } = page;
  if (known === null && data !== undefined) setKnown(data.items[0]?.id ?? "");
  const next = data?.next ?? null;
  const toNewest = (): void => {
    onChange({ cursor: undefined, direction: undefined });
  };
  return (
    <>
      <div className="flex min-h-8 flex-wrap items-center gap-3">
        <Bar
          state={isNewest ? state : "past"}
          paused={paused && isNewest}
          onPause={() => {
            setPaused(!paused);
          }}
          onNewest={toNewest}
        />
        <span className="ml-auto">
          <DownloadButton
            act="GET /console/api/admin/exports/requests"
            href={requestsFile(filter)}
            label={words.csv}
            size="small"
          />
        </span>
      </div>
      {page.error !== null && <Failed error={page.error} retry={() => void page.refetch()} />}
      <div aria-busy={page.isPlaceholderData} className={classes(page.isPlaceholderData && "opacity-60")}>
        <Table
          failed={page.error !== null}
          label={words.list}
          columns={COLUMNS}
          rows={data?.items}
          rowKey={({ id }) => id}
          openKey={search.request}
          onOpen={({ id }) => {
            onChange({ request: id });
          }}
          isNew={({ id }) => isNewest && known !== null && known !== "" && id > known}
          empty={<Nothing search={search} next={next} onChange={onChange} />}
          footer={
            <Pager
              onNewer={
                isNewest
                  ? undefined
                  : () => {
                      if (data?.previous === null || data?.previous === undefined || data.items.length === 0)
                        toNewest();
                      else onChange({ cursor: data.previous, direction: "newer" });
                    }
              }
              onOlder={
                next === null
                  ? undefined
                  : () => {
                      onChange({ cursor: next, direction: "older" });
                    }
              }
            />
          }
          skeletonRows={12}
        />
      </div>
    </>
  );
};

export const RequestsPage = () => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { request, cursor: _cursor, direction: _direction, ...asked } = search;
  const change = (part: Partial<RequestsSearch>): void => {
    const isPlace = "cursor" in part || "request" in part;
    const place = isPlace ? {} : { cursor: undefined, direction: undefined };
    void navigate({ search: { ...search, ...place, ...part }, resetScroll: "cursor" in part });
  };
  return (
    <Page title={words.title} description={words.description}>
      <div className="flex flex-col gap-4">
        <Filters search={search} onChange={change} />
        <List key={JSON.stringify(asked)} search={search} onChange={change} />
      </div>
      <RequestPanel
        request={request}
        onClose={() => {
          change({ request: undefined });
        }}
      />
    </Page>
  );
};
