/** Invoices that were issued, and the months that can be. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { invoicesQuery, type InvoiceList } from "../../../api/billing.ts";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Section } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { useIssue } from "./statement.tsx";
import { words } from "./words.ts";

type Brief = InvoiceList["items"][number];

/** "2026-10" as "October 2026". */
export const monthName = (month: string): string =>
  new Date(`${month}-01T00:00:00Z`).toLocaleDateString(undefined, { month: "long", year: "numeric", timeZone: "UTC" });

const columnsOf = (account: string): readonly Column<Brief>[] => [
  {
    key: "number",
    title: words.number,
    cell: ({ id, number }) => (
      <Link
        to="/app/$account/billing/$invoice"
        params={{ account, invoice: id }}
        className="font-mono text-small text-accent underline"
      >
        {number}
      </Link>
    ),
  },
  {
    key: "about",
    title: words.about,
    cell: ({ kind, subject }) => (kind === "month" ? monthName(subject) : words.creditReceipt),
  },
  { key: "issued", title: words.issued, wide: true, cell: ({ issuedAt }) => <Time at={issuedAt} full /> },
  { key: "total", title: words.total, figures: true, cell: ({ totalNano }) => <Money nano={totalNano} /> },
];

export const Invoices = ({ account }: { readonly account: string }) => {
  const { data, error, refetch } = useQuery(invoicesQuery(account));
  const issue = useIssue(account);
  return (
    <Section title={words.invoices} description={words.invoicesText}>
      {error === null ? (
        <>
          {data !== undefined && data.months.length > 0 && (
            <div className="flex flex-wrap gap-2">
              {data.months.slice(0, 12).map((month) => (
                <Button
                  key={month}
                  act="POST /console/api/accounts/{account}/billing/invoices"
                  size="small"
                  pending={issue.isPending && issue.variables.subject === month}
                  onClick={() => {
                    issue.mutate({ kind: "month", subject: month });
                  }}
                >
                  {words.issue(monthName(month))}
                </Button>
              ))}
            </div>
          )}
          <Table
            label={words.invoices}
            columns={columnsOf(account)}
            rows={data?.items}
            rowKey={({ id }) => id}
            skeletonRows={2}
            empty={<Empty title={words.noInvoices}>{words.noInvoicesHint}</Empty>}
          />
        </>
      ) : (
        <Failed error={error} retry={() => void refetch()} />
      )}
    </Section>
  );
};
