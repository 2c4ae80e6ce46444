/** The statement: each line with the balance after it, and a receipt for each credit that was paid for. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Download } from "lucide-react";

import { entriesFile, entriesQuery, issueInvoice, type StatementLine } from "../../../api/billing.ts";
import { moment, momentExact } from "../../../format/time.ts";
import { count } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button, ButtonAnchor } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Exact, Money } from "../../../ui/exact.tsx";
import { Section } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

/** Issues an invoice, or finds the one that was, and goes to it. */
export const useIssue = (account: string) => {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (about: { readonly kind: "month" | "credit"; readonly subject: string }) =>
      issueInvoice(account, about),
    onSuccess: ({ id }) => {
      void navigate({ to: "/app/$account/billing/$invoice", params: { account, invoice: id } });
    },
    onError: (error) => {
      toast({ title: words.failed, description: error.message, bad: true });
    },
  });
};

const isReceiptable = ({ kind, isPromo, transfer }: StatementLine): boolean =>
  kind === "credit" && !isPromo && transfer !== null;

/** A day's requests belong to the day in UTC, whatever the reader's zone says of its last moment. */
const When = ({ line }: { readonly line: StatementLine }) =>
  line.type === "usage" ? (
    <Exact exact={`${new Date(line.at).toISOString().slice(0, 10)} UTC`}>
      {new Date(line.at).toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" })}
    </Exact>
  ) : (
    <Exact exact={momentExact(line.at)}>{moment(line.at)}</Exact>
  );

const What = ({
  line,
  onReceipt,
}: {
  readonly line: StatementLine;
  readonly onReceipt: (transfer: string) => void;
}) => (
  <div className="min-w-0">
    <div className="flex flex-wrap items-center gap-2">
      <span className="font-medium text-ink">{words.kinds[line.kind] ?? line.kind}</span>
      {line.isPromo && line.kind === "credit" && <Badge>{words.given}</Badge>}
      {isReceiptable(line) && (
        <Button
          act="POST /console/api/accounts/{account}/billing/invoices"
          size="small"
          kind="quiet"
          onClick={() => {
            onReceipt(line.transfer ?? "");
          }}
        >
          {words.receipt}
        </Button>
      )}
    </div>
    <div className="text-small text-ink-3 md:hidden">
      <When line={line} />
    </div>
    <div className="text-small break-words text-ink-3">
      {line.requests === null ? line.reason : words.requests(count(line.requests))}
    </div>
  </div>
);

const columnsOf = (onReceipt: (transfer: string) => void): readonly Column<StatementLine>[] => [
  { key: "when", title: words.when, className: "whitespace-nowrap", wide: true, cell: (line) => <When line={line} /> },
  { key: "what", title: words.what, cell: (line) => <What line={line} onReceipt={onReceipt} /> },
  { key: "amount", title: words.amount, figures: true, cell: ({ amountNano }) => <Money nano={amountNano} income /> },
  {
    key: "balance",
    title: words.balanceAfter,
    figures: true,
    wide: true,
    cell: ({ balanceNano }) => <Money nano={balanceNano} className="text-ink-2" />,
  },
];

export const Statement = ({ account }: { readonly account: string }) => {
  const list = useInfiniteQuery(entriesQuery(account));
  const issue = useIssue(account);
  const lines = list.data?.pages.flatMap(({ items }) => items);
  const columns = columnsOf((subject) => {
    issue.mutate({ kind: "credit", subject });
  });
  return (
    <Section
      title={words.statement}
      description={words.statementText}
      actions={
        <ButtonAnchor
          size="small"
          href={entriesFile(account)}
          download
          icon={<Download aria-hidden className="size-3.5" />}
        >
          {words.csv}
        </ButtonAnchor>
      }
    >
      {list.error === null ? (
        <Table
          label={words.statement}
          columns={columns}
          rows={lines}
          rowKey={({ transfer, at }) => transfer ?? `day-${at}`}
          empty={<Empty title={words.none}>{words.noneHint}</Empty>}
          footer={
            list.hasNextPage && (
              <Button size="small" pending={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {words.more}
              </Button>
            )
          }
        />
      ) : (
        <Failed error={list.error} retry={() => void list.refetch()} />
      )}
    </Section>
  );
};
