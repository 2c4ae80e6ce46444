/** Every request of an account: filtered by the address, live at the top, each opened into its charge. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Download, Pause, Play } from "lucide-react";
import { useRef, useState } from "react";

import type { LiveState } from "../../../api/live.ts";
import { csvAddress, PAGE_ROWS, requestsQuery, type RequestFilter, type UsageRequest } from "../../../api/usage.ts";
import { Button, ButtonAnchor, ButtonLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Page } from "../../../ui/page.tsx";
import { Pager, Table } from "../../../ui/table.tsx";
import { Tooltip } from "../../../ui/tooltip.tsx";
import { REQUEST_COLUMNS } from "./cells.tsx";
import { Filters } from "./filters.tsx";
import { LiveSign } from "./live-sign.tsx";
import { ChargePanel } from "./panel.tsx";
import { filterOf, merged, placeOf, type UsageSearch } from "./search.ts";
import { useFresh } from "./use-fresh.ts";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/usage");

/** Rows of the newest page with those that came since. */
const MOST_ROWS = 200;

interface ListProps {
  readonly account: string;
  readonly search: UsageSearch;
  readonly onChange: (change: Partial<UsageSearch>) => void;
}

interface NothingProps extends Omit<ListProps, "search"> {
  readonly filter: RequestFilter;
  readonly next: string | null;
}

const Nothing = ({ account, filter, next, onChange }: NothingProps) => {
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
  if (Object.keys(filter).length > 0) return <Empty title={words.noneTitle}>{words.noneText}</Empty>;
  return (
    <Empty
      title={words.emptyTitle}
      action={
        <ButtonLink kind="primary" to="/app/$account/overview" params={{ account }}>
          {words.emptyAction}
        </ButtonLink>
      }
    >
      {words.emptyText}
    </Empty>
  );
};

interface LiveBarProps {
  readonly state: LiveState;
  readonly paused: boolean;
  readonly waiting: number;
  readonly onPause: () => void;
  readonly onRelease: () => void;
}

const LiveBar = ({ state, paused, waiting, onPause, onRelease }: LiveBarProps) => (
  <>
    <LiveSign state={paused ? "paused" : state} />
    <Button
      kind="quiet"
      size="small"
      aria-pressed={paused}
      icon={paused ? <Play aria-hidden className="size-3.5" /> : <Pause aria-hidden className="size-3.5" />}
      onClick={onPause}
    >
      {paused ? words.resume : words.pause}
    </Button>
    {waiting > 0 && (
      <Button size="small" onClick={onRelease}>
        {words.showFresh(waiting)}
      </Button>
    )}
  </>
);

const PastBar = ({ onNewest }: { readonly onNewest: () => void }) => (
  <>
    <LiveSign state="past" />
    <Button size="small" onClick={onNewest}>
      {words.toNewest}
    </Button>
  </>
);

const CsvButton = ({ account, filter }: Pick<ListProps, "account"> & { readonly filter: RequestFilter }) => (
  <Tooltip text={words.csvHint}>
    <ButtonAnchor
      size="small"
      className="ml-auto"
      href={csvAddress(account, filter)}
      download
      icon={<Download aria-hidden className="size-3.5" />}
    >
      {words.csv}
    </ButtonAnchor>
  </Tooltip>
);

const List = ({ account, search, onChange }: ListProps) => {
  // The end of a span stays where it was when it was chosen: what comes is added live.
  const [filter] = useState(() => filterOf(search, Date.now()));
  const place = placeOf(search);
  const isNewest = place.cursor === undefined;
  const list = useRef<HTMLDivElement>(null);
  const [paused, setPaused] = useState(false);
  const page = useQuery(requestsQuery(account, filter, place));
  const fresh = useFresh({ account, filter, on: isNewest, paused, list });
  const { data } = page;
  const rows: readonly UsageRequest[] | undefined =
    data === undefined ? undefined : isNewest ? merged(fresh.shown, data.items, MOST_ROWS) : data.items;
  const toNewest = (): void => {
    onChange({ cursor: undefined, direction: undefined });
  };
  const isPartial = data?.items.length !== undefined && data.items.length < PAGE_ROWS;
  const onNewer = (): void => {
    // A short page at this end is the newest one: it is shown as such, with what comes.
    if (data?.previous === null || data?.previous === undefined || (isPartial && search.direction === "newer"))
      toNewest();
    else onChange({ cursor: data.previous, direction: "newer" });
  };
  const next = data?.next ?? null;
  return (
    <>
      <div className="flex min-h-8 flex-wrap items-center gap-3">
        {isNewest ? (
          <LiveBar
            state={fresh.state}
            paused={paused}
            waiting={fresh.waiting.length}
            onPause={() => {
              if (paused) fresh.release();
              setPaused(!paused);
            }}
            onRelease={fresh.release}
          />
        ) : (
          <PastBar onNewest={toNewest} />
        )}
        <CsvButton account={account} filter={filter} />
      </div>
      {page.error !== null && <Failed error={page.error} retry={() => void page.refetch()} />}
      <div ref={list} aria-busy={page.isPlaceholderData} className={classes(page.isPlaceholderData && "opacity-60")}>
        {(page.error === null || rows !== undefined) && (
          <Table
            label={words.list}
            columns={REQUEST_COLUMNS}
            rows={rows}
            rowKey={({ id }) => id}
            openKey={search.request}
            onOpen={({ id }) => {
              onChange({ request: id });
            }}
            isNew={fresh.isNew}
            empty={<Nothing account={account} filter={filter} next={next} onChange={onChange} />}
            footer={
              <Pager
                onNewer={isNewest ? undefined : onNewer}
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
        )}
      </div>
    </>
  );
};

export const UsagePage = () => {
  const { account } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const { request, cursor: _cursor, direction: _direction, ...asked } = search;
  const question = JSON.stringify(asked);
  const change = (part: Partial<UsageSearch>): void => {
    const isPlace = "cursor" in part || "request" in part;
    const place = isPlace ? {} : { cursor: undefined, direction: undefined };
    void navigate({
      to: "/app/$account/usage",
      params: { account },
      search: { ...search, ...place, ...part },
      resetScroll: "cursor" in part,
    });
  };
  return (
    <Page title={words.title} description={words.description}>
      <div className="flex flex-col gap-4">
        <Filters account={account} search={search} onChange={change} />
        <List key={`${account} ${question}`} account={account} search={search} onChange={change} />
      </div>
      <ChargePanel
        account={account}
        request={request}
        onClose={() => {
          change({ request: undefined });
        }}
      />
    </Page>
  );
};
