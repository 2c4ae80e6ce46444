/** The account's statement: transfers, and requests by the day, with the balance after each. */
import { useInfiniteQuery } from "@tanstack/react-query";

import { entriesQuery, type StatementEntry } from "../../../api/operate.ts";
import { count } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { MoreRows } from "../more-rows.tsx";
import { words } from "./words.ts";

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(words.kinds));

const COLUMNS: readonly Column<StatementEntry>[] = [
  { key: "time", title: words.time, cell: ({ at }) => <Time at={at} full className="whitespace-nowrap" /> },
  {
    key: "entry",
    title: words.entry,
    cell: ({ kind, reason, requests, isPromo }) => (
      <span className="block max-w-md">
        <span className="font-medium text-ink">{KINDS.get(kind) ?? kind}</span>{" "}
        {isPromo && <Badge>{words.given}</Badge>}
        <span className="block text-small break-words text-ink-3">
          {requests === null ? reason : words.usage(count(requests))}
        </span>
      </span>
    ),
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
