/** One invoice on one sheet, made to be printed: what is no part of it is left out on paper. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Printer } from "lucide-react";

import { invoiceQuery, type Invoice } from "../../../api/billing.ts";
import { moneyExactly } from "../../../format/money.ts";
import { count } from "../../../format/number.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { monthName } from "../billing/invoices.tsx";
import { words as all } from "../billing/words.ts";

const words = all.invoice;
const route = getRouteApi("/app/$account/billing/$invoice");

/** A day in UTC, as on every invoice, wherever it is read. */
const dayOf = (at: number): string =>
  new Date(at).toLocaleDateString(undefined, { dateStyle: "long", timeZone: "UTC" });

const Party = ({ label, lines }: { readonly label: string; readonly lines: readonly (string | null)[] }) => (
  <div className="min-w-0">
    <div className="text-small text-ink-3">{label}</div>
    {lines.map(
      (line, place) =>
        line !== null && (
          <div
            key={`${label}-${place}`}
            className={place === 0 ? "font-medium text-ink" : "break-words whitespace-pre-line text-ink-2"}
          >
            {line}
          </div>
        ),
    )}
  </div>
);

const taxWords = ({ taxId }: { readonly taxId: string | null }): string | null =>
  taxId === null ? null : `${words.taxId}: ${taxId}`;

const Lines = ({ invoice }: { readonly invoice: Invoice }) => (
  <table className="w-full border-collapse">
    <thead>
      <tr className="border-b border-line-strong text-small text-ink-3">
        <th scope="col" className="py-2 text-left font-medium">
          {words.item}
        </th>
        {invoice.kind === "month" && (
          <th scope="col" className="py-2 text-right font-medium">
            {words.requests}
          </th>
        )}
        <th scope="col" className="py-2 pl-4 text-right font-medium">
          {words.amount}
        </th>
      </tr>
    </thead>
    <tbody>
      {invoice.lines.length === 0 && (
        <tr>
          <td colSpan={3} className="py-4 text-ink-2">
            {words.empty}
          </td>
        </tr>
      )}
      {invoice.lines.map((line, place) => (
        <tr key={`${line.text}-${place}`} className="border-b border-line">
          <td className="py-2 break-words text-ink">{line.text}</td>
          {invoice.kind === "month" && (
            <td className="py-2 text-right text-ink-2">{line.requests === null ? "" : count(line.requests)}</td>
          )}
          <td className="py-2 pl-4 text-right whitespace-nowrap text-ink">{moneyExactly(line.amountNano)}</td>
        </tr>
      ))}
    </tbody>
    <tfoot>
      <tr>
        <th
          scope="row"
          colSpan={invoice.kind === "month" ? 2 : 1}
          className="py-3 text-left text-large font-medium text-ink"
        >
          {words.total}
        </th>
        <td className="py-3 pl-4 text-right text-large font-medium whitespace-nowrap text-ink">
          {moneyExactly(invoice.totalNano)}
        </td>
      </tr>
    </tfoot>
  </table>
);

const Sheet = ({ invoice }: { readonly invoice: Invoice }) => {
  const { seller, buyer } = invoice;
  return (
    <article className="mx-auto flex w-full max-w-3xl flex-col gap-8 rounded-large border border-line bg-surface p-6 sm:p-10 print:border-0 print:p-0">
      <header className="flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-title font-medium text-ink">{invoice.kind === "month" ? words.title : words.receipt}</h1>
          <div className="figures font-mono text-ink-2">{invoice.number}</div>
        </div>
        <dl className="grid grid-cols-[auto_auto] gap-x-4 text-small">
          <dt className="text-ink-3">{words.issued}</dt>
          <dd className="text-ink">{dayOf(invoice.issuedAt)}</dd>
          {invoice.kind === "month" && (
            <>
              <dt className="text-ink-3">{words.period}</dt>
              <dd className="text-ink">{monthName(invoice.subject)}</dd>
            </>
          )}
        </dl>
      </header>
      <div className="grid gap-6 sm:grid-cols-2">
        <Party label={words.from} lines={[seller.name, seller.address, taxWords(seller), seller.support]} />
        <Party label={words.to} lines={[buyer.company ?? buyer.name, buyer.address, taxWords(buyer)]} />
      </div>
      <Lines invoice={invoice} />
      <footer className="text-small text-ink-3">
        <p>{invoice.kind === "month" ? words.paid : words.received}</p>
        <p>{words.zone}</p>
      </footer>
    </article>
  );
};

export const InvoicePage = () => {
  const { account, invoice: id } = route.useParams();
  const { data, error, refetch } = useQuery(invoiceQuery(account, id));
  return (
    <div className="flex flex-col gap-6">
      <div className="no-print mx-auto flex w-full max-w-3xl items-center justify-between gap-3">
        <Link
          to="/app/$account/billing"
          params={{ account }}
          className="inline-flex items-center gap-1.5 rounded-small text-ink-2 hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          {words.back}
        </Link>
        <Button
          icon={<Printer aria-hidden className="size-4" />}
          onClick={() => {
            print();
          }}
        >
          {words.print}
        </Button>
      </div>
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data === undefined ? error === null && <Skeleton className="h-[40rem] w-full" /> : <Sheet invoice={data} />}
    </div>
  );
};
