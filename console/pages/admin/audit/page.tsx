/** The audit log: filtered by what stands in the address, with the state of its chain above it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { auditFile, auditQuery, chainQuery, type AuditLine } from "../../../api/house.ts";
import { count } from "../../../format/number.ts";
import { momentExact } from "../../../format/time.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { DownloadButton } from "../../../ui/download.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Exact, Time } from "../../../ui/exact.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Facts, Notice, Page } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { filterOf, type AuditSearch } from "./search.ts";
import { words } from "./words.ts";

const route = getRouteApi("/admin/audit");

/** By name; the address and the id are in the tooltip. Who has neither any more is called by the id. */
const Actor = ({ line: { actor, actorName, actorEmail } }: { readonly line: AuditLine }) => {
  const shown = actorName ?? actorEmail;
  if (shown === null) return <span className="break-all">{actor}</span>;
  const more = actorEmail === null || actorEmail === shown ? actor : `${actorEmail} · ${actor}`;
  return (
    <Exact exact={more} className="break-words">
      {shown}
    </Exact>
  );
};

const Thing = ({ line: { object, objectName } }: { readonly line: AuditLine }) =>
  objectName === null ? (
    <span className="break-all">{object}</span>
  ) : (
    <Exact exact={object} className="break-words">
      {objectName}
    </Exact>
  );

const COLUMNS: readonly Column<AuditLine>[] = [
  { key: "at", title: words.when, cell: ({ at }) => <Time at={at} /> },
  { key: "actor", title: words.who, cell: (line) => <Actor line={line} /> },
  { key: "action", title: words.did, cell: ({ action }) => <code className="font-mono text-small">{action}</code> },
  { key: "object", title: words.what, wide: true, cell: (line) => <Thing line={line} /> },
];

const Chain = () => {
  const chain = useQuery(chainQuery);
  if (chain.error !== null) return <Failed error={chain.error} retry={() => void chain.refetch()} />;
  if (chain.data === undefined) return <Skeleton className="h-16" />;
  const { isWhole, rows, broken, head } = chain.data;
  return (
    <Notice
      tone={isWhole ? "good" : "bad"}
      title={isWhole ? words.whole : words.broken}
      actions={<Id id={head} what={words.head.toLowerCase()} short />}
    >
      {isWhole ? words.checked(count(rows)) : words.brokenText(broken.join(", "))}
    </Notice>
  );
};

const Filters = ({
  filter,
  onChange,
}: {
  readonly filter: AuditSearch;
  readonly onChange: (change: AuditSearch) => void;
}) => {
  const { from, to } = filter;
  const isWrong = from !== undefined && to !== undefined && to < from;
  const field = (name: Exclude<keyof AuditSearch, "row">, label: string, extra: object = {}) => (
    <TextField
      label={label}
      value={filter[name] ?? ""}
      onChange={(event) => {
        onChange({ [name]: event.currentTarget.value === "" ? undefined : event.currentTarget.value });
      }}
      {...extra}
    />
  );
  return (
    <div className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-[1fr_1fr_1fr_10rem_10rem]">
      {field("actor", words.actor, { hint: words.actorHint })}
      {field("action", words.action, { hint: words.actionHint })}
      {field("object", words.object, { hint: words.objectHint })}
      {field("from", words.from, { type: "date" })}
      {field("to", words.to, { type: "date", error: isWrong ? words.wrong : undefined })}
    </div>
  );
};

const Detail = ({ line, onClose }: { readonly line: AuditLine | undefined; readonly onClose: () => void }) => (
  <Sheet
    open={line !== undefined}
    onClose={onClose}
    title={line?.action ?? ""}
    description={line === undefined ? "" : momentExact(line.at)}
  >
    {line !== undefined && (
      <>
        <Facts
          facts={[
            [
              words.who,
              <span key="actor" className="flex flex-col">
                {line.actorName !== null && <span>{line.actorName}</span>}
                {line.actorEmail !== null && <span className="text-ink-2">{line.actorEmail}</span>}
                <Id id={line.actor} what={words.who.toLowerCase()} />
              </span>,
            ],
            [
              words.what,
              <span key="object" className="flex flex-col">
                {line.objectName !== null && <span>{line.objectName}</span>}
                <Id id={line.object} what={words.what.toLowerCase()} />
              </span>,
            ],
          ]}
        />
        <section aria-label={words.detail}>
          <h3 className="mb-2 font-medium text-ink">{words.detail}</h3>
          {Object.keys(line.detail).length === 0 ? (
            <p className="text-ink-3">{words.nothing}</p>
          ) : (
            <Facts facts={Object.entries(line.detail).map(([name, value]) => [name, String(value)] as const)} />
          )}
        </section>
      </>
    )}
  </Sheet>
);

export const AuditPage = () => {
  const { row, ...filter } = route.useSearch();
  const navigate = useNavigate();
  const asked = filterOf(filter);
  const lines = useInfiniteQuery(auditQuery(asked));
  const rows = lines.data?.pages.flatMap(({ items }) => items);
  const open = (id: string | undefined): void => {
    void navigate({ to: "/admin/audit", search: { ...filter, ...(id === undefined ? {} : { row: id }) } });
  };
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={<DownloadButton act="GET /console/api/admin/audit/file" href={auditFile(asked)} label={words.csv} />}
    >
      <Chain />
      <Filters
        filter={filter}
        onChange={(change) => void navigate({ to: "/admin/audit", search: { ...filter, ...change }, replace: true })}
      />
      {lines.error === null ? (
        <Table
          label={words.title}
          columns={COLUMNS}
          rows={rows}
          rowKey={({ id }) => id}
          onOpen={({ id }) => {
            open(id);
          }}
          openKey={row}
          empty={<Empty title={words.emptyTitle}>{words.emptyText}</Empty>}
          footer={
            lines.hasNextPage && (
              <Button size="small" pending={lines.isFetchingNextPage} onClick={() => void lines.fetchNextPage()}>
                {words.more}
              </Button>
            )
          }
        />
      ) : (
        <Failed error={lines.error} retry={() => void lines.refetch()} />
      )}
      <Detail
        line={rows?.find(({ id }) => id === row)}
        onClose={() => {
          open(undefined);
        }}
      />
    </Page>
  );
};
