/** Invoices: one for each month that is over, and one for each credit that was paid for. Issued when asked for, and never changed. */
import { z } from "@hono/zod-openapi";

import { readHoldings } from "../../ledger/statement-store.ts";
import {
  closedMonths,
  INVOICE_KINDS,
  invoiceNumber,
  monthRange,
  type InvoiceContent,
  type InvoiceKind,
} from "../../payments/invoice.ts";
import { findInvoice, issueInvoice, listInvoices, type Invoice } from "../../payments/invoice-store.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import { at, count, nano, publicId } from "../values.ts";
import { actorOf } from "../viewer.ts";

const PATH = "/accounts/{account}/billing/invoices";
/** Months that are offered. */
const MOST_MONTHS = 36;
/** Digits of a transfer's number. */
const TRANSFER_FORM = /^\d{1,15}$/;

const briefShape = z.strictObject({
  id: publicId,
  number: z.string(),
  kind: z.enum(INVOICE_KINDS),
  subject: z.string(),
  totalNano: nano,
  issuedAt: at,
});

const text = z.string().nullable();

const invoiceShape = briefShape
  .extend({
    fromAt: at,
    toAt: at,
    seller: z.strictObject({ name: z.string(), support: text, address: text, taxId: text }),
    buyer: z.strictObject({ name: z.string(), company: text, address: text, taxId: text }),
    lines: z.array(z.strictObject({ text: z.string(), requests: count.nullable(), amountNano: nano })),
  })
  .openapi("Invoice");

const brief = ({ publicId: id, number, issuedAt, content }: Invoice): z.input<typeof briefShape> => ({
  id,
  number: invoiceNumber(number, issuedAt),
  kind: content.kind,
  subject: content.subject,
  totalNano: content.total,
  issuedAt,
});

const whole = (invoice: Invoice): z.input<typeof invoiceShape> => {
  const { from, to, seller, buyer, lines }: InvoiceContent = invoice.content;
  return {
    ...brief(invoice),
    fromAt: from,
    toAt: to,
    seller: { ...seller, address: seller.address ?? null, taxId: seller.taxId ?? null },
    buyer,
    lines: lines.map(({ text: words, requests, amount }) => ({ text: words, requests, amountNano: amount })),
  };
};

const list = consoleRoute({
  method: "get",
  path: PATH,
  access: "account:read",
  tag: "account",
  summary: "Invoices that were issued, and the months that can be.",
  response: z.strictObject({
    items: z.array(briefShape),
    /** Months that are over and have no invoice yet, newest first. */
    months: z.array(z.string()),
  }),
  handle: async ({ services, account }) => {
    const { kysely } = services.database;
    const invoices = await listInvoices(kysely, account.accountId);
    const { createdAt } = await readHoldings(kysely, account.accountId);
    const known = new Set(invoices.map(({ content }) => content.subject));
    const months = closedMonths(createdAt, services.now(), MOST_MONTHS).filter((month) => !known.has(month));
    return { items: invoices.map(brief), months };
  },
});

/** The time that an invoice is about. @throws ConsoleError for what is no month, or one that is not over */
const rangeOf = (kind: InvoiceKind, subject: string, months: readonly string[]) => {
  if (kind === "month") {
    const range = monthRange(subject);
    if (range === null || !months.includes(subject))
      throw problems.invalid({ subject: "must be a month that has been over for three days, such as 2026-10" });
    return range;
  }
  if (!TRANSFER_FORM.test(subject)) throw problems.invalid({ subject: "must be the number of a credit" });
  return { from: 0, to: 0 };
};

const issue = consoleRoute({
  method: "post",
  path: PATH,
  access: "account:own",
  tag: "account",
  summary: "Issue the invoice of a month or a credit; the same one again where it was issued before.",
  request: { body: z.strictObject({ kind: z.enum(INVOICE_KINDS), subject: z.string().min(1).max(20) }) },
  response: invoiceShape,
  handle: async ({ services, viewer, account, body }) => {
    const { database } = services;
    const { seller, support } = services.installation().storefront;
    const { createdAt } = await readHoldings(database.kysely, account.accountId);
    const months = closedMonths(createdAt, services.now(), MOST_MONTHS);
    const invoice = await issueInvoice(database, {
      accountId: account.accountId,
      ...body,
      ...rangeOf(body.kind, body.subject, months),
      seller: { ...seller, support },
      actor: actorOf(viewer),
      now: services.now(),
    });
    if (invoice === null) throw problems.missing("credit that was paid for");
    return whole(invoice);
  },
});

const read = consoleRoute({
  method: "get",
  path: `${PATH}/{invoice}`,
  access: "account:read",
  tag: "account",
  summary: "One invoice.",
  request: { params: z.strictObject({ invoice: publicId }) },
  response: invoiceShape,
  handle: async ({ services, account, params }) => {
    const invoice = await findInvoice(services.database.kysely, account.accountId, params.invoice);
    if (invoice === undefined) throw problems.missing("invoice");
    return whole(invoice);
  },
});

export const invoiceRoutes: readonly ConsoleRoute[] = [list, issue, read];
