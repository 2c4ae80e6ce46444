/** What an invoice says. It is written once, as of the day it was issued. Pure. */
import type { Nano } from "../money.ts";

export const INVOICE_KINDS = ["month", "credit"] as const;
export type InvoiceKind = (typeof INVOICE_KINDS)[number];

/** Amounts are nano-USD as decimal strings: an invoice is stored as JSON. */
export interface InvoiceContent {
  readonly kind: InvoiceKind;
  readonly subject: string;
  /** Milliseconds since the Unix epoch; the end is not in it. */
  readonly from: number;
  readonly to: number;
  readonly seller: {
    readonly name: string;
    readonly support: string | null;
    /** Absent in what was written before sellers had them. */
    readonly address?: string | null;
    readonly taxId?: string | null;
  };
  readonly buyer: {
    readonly name: string;
    readonly company: string | null;
    readonly address: string | null;
    readonly taxId: string | null;
  };
  readonly lines: readonly { readonly text: string; readonly requests: number | null; readonly amount: string }[];
  readonly total: string;
}

/** So long after a month's end its last requests have been charged: 3 days. */
export const MONTH_GRACE_MS = 3 * 86_400_000;

const MONTH_FORM = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** The first and the next month's first moment of `2026-10` (UTC); null for what is no month. */
export const monthRange = (text: string): { readonly from: number; readonly to: number } | null => {
  const match = MONTH_FORM.exec(text);
  if (match === null) return null;
  const [year, month] = [Number(match[1]), Number(match[2])];
  return { from: Date.UTC(year, month - 1), to: Date.UTC(year, month) };
};

/** The month of a moment (UTC). */
export const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7);

/** Months that can be invoiced, newest first: those that were over `MONTH_GRACE_MS` before now. */
export const closedMonths = (createdAt: number, now: number, most: number): readonly string[] => {
  const months: string[] = [];
  const start = new Date(now - MONTH_GRACE_MS);
  for (let back = 1; back <= most; back++) {
    const at = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() - back);
    const month = monthOf(at);
    if (month < monthOf(createdAt)) break;
    months.push(month);
  }
  return months;
};

/** The number that people quote: `2026-000042`. */
export const invoiceNumber = (number: number, issuedAt: number): string =>
  `${new Date(issuedAt).getUTCFullYear()}-${String(number).padStart(6, "0")}`;

/** What lines come to. */
export const sumOf = (amounts: readonly Nano[]): Nano => amounts.reduce((sum, amount) => sum + amount, 0n);
