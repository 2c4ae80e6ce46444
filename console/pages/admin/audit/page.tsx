/** The audit log: filtered by what stands in the address, with the state of its chain above it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { auditFile, auditQuery, chainQuery, type AuditFilter, type AuditLine } from "../../../api/house.ts";
import { count } from "../../../format/number.ts";
import { momentExact } from "../../../format/time.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { DownloadButton } from "../../../ui/download.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Facts, Notice, Page } from "../../../ui/page.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/audit");

const COLUMNS: readonly Column<AuditLine>[] = [
  { key: "at", title: words.when, cell: ({ at }) => <Time at={at} /> },
  { key: "actor", title: words.who, cell: ({ actor }) => <span className="break-all">{actor}</span> },
  { key: "action", title: words.did, cell: ({ action }) => <code className="font-mono text-small">{action}</code> },
  { key: "object", title: words.what, wide: true, cell: ({ object }) => <span className="break-all">{object}</span> },
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
  readonly filter: AuditFilter;
  readonly onChange: (change: AuditFilter) => void;
}) => {
  const field = (name: keyof AuditFilter, label: string, extra: object = {}) => (
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
    <div className="grid items-start gap-3 sm:grid-cols-3">
      {field("actor", words.actor)}
      {field("action", words.action, { hint: words.actionHint })}
      {field("object", words.object)}
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
            [words.who, line.actor],
            [words.what, <Id key="object" id={line.object} what={words.what.toLowerCase()} />],
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
  const lines = useInfiniteQuery(auditQuery(filter));
  const rows = lines.data?.pages.flatMap(({ items }) => items);
  const open = (id: string | undefined): void => {
    void navigate({ to: "/admin/audit", search: { ...filter, ...(id === undefined ? {} : { row: id }) } });
  };
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={<DownloadButton href={auditFile(filter)} label={words.csv} />}
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
