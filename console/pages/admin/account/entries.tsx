/** The account's statement: transfers, and requests by the day, with the balance after each. */
import { useInfiniteQuery } from "@tanstack/react-query";

import { entriesQuery, type StatementEntry } from "../../../api/operate.ts";
import { count } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Exact, Money, Time } from "../../../ui/exact.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { MoreRows } from "../more-rows.tsx";
import { words } from "./words.ts";

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(words.kinds));

/** A day's requests belong to the day in UTC, whatever the reader's zone says of its last moment. */
const When = ({ entry: { at, requests } }: { readonly entry: StatementEntry }) =>
  requests === null ? (
    <Time at={at} full />
  ) : (
    <Exact exact={`${new Date(at).toISOString().slice(0, 10)} UTC`}>
      {new Date(at).toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" })}
    </Exact>
  );

const COLUMNS: readonly Column<StatementEntry>[] = [
  {
    key: "time",
    title: words.time,
    className: "whitespace-nowrap",
    wide: true,
    cell: (entry) => <When entry={entry} />,
  },
  {
    key: "entry",
    title: words.entry,
    cell: (entry) => {
      const { kind, reason, requests, isPromo } = entry;
      return (
        <span className="block max-w-md">
          <span className="font-medium text-ink">{KINDS.get(kind) ?? kind}</span>{" "}
          {isPromo && <Badge>{words.given}</Badge>}
          <span className="block text-small text-ink-3 md:hidden">
            <When entry={entry} />
          </span>
          <span className="block text-small break-words text-ink-3">
            {requests === null ? reason : words.usage(count(requests))}
          </span>
        </span>
      );
    },
  },
  { key: "amount", title: words.amount, figures: true, cell: ({ amountNano }) => <Money nano={amountNano} income /> },
  {
    key: "after",
    title: words.after,
    figures: true,
    wide: true,
    cell: ({ balanceNano }) => <Money nano={balanceNano} />,
  },
];

export const Entries = ({ account }: { readonly account: string }) => {
  const entries = useInfiniteQuery(entriesQuery(account));
  if (entries.error !== null) return <Failed error={entries.error} retry={() => void entries.refetch()} />;
  return (
    <Table
      label={words.tabs.entries}
      columns={COLUMNS}
      rows={entries.data?.pages.flatMap(({ items }) => items)}
      rowKey={({ transfer, at, kind }) => transfer ?? `${kind} ${at}`}
      empty={<Empty title={words.noEntries}>{words.noEntriesText}</Empty>}
      footer={<MoreRows list={entries} label={words.older} />}
    />
  );
};
