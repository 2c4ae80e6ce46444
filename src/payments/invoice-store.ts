/** Invoices in the database: made from the books once, with the next number, and read ever after. */
import { recordAudit } from "../db/audit-log.ts";
import type { Database, Queries } from "../db/connect.ts";
import { newPublicId } from "../id.ts";
import { ACCOUNTS } from "../ledger/transfer.ts";
import { readDetails } from "../accounts/details-store.ts";
import { sumOf, type InvoiceContent, type InvoiceKind } from "./invoice.ts";

const HOUR_MS = 3_600_000;
/** Models that a month's invoice names; what is left of them is one line. */
const MOST_MODELS = 100;
const MOST_INVOICES = 500;

export interface Invoice {
  readonly number: number;
  readonly publicId: string;
  readonly issuedAt: number;
  readonly content: InvoiceContent;
}

/** What an invoice is to be about. */
export interface InvoiceOrder {
  readonly accountId: number;
  readonly kind: InvoiceKind;
  readonly subject: string;
  readonly from: number;
  readonly to: number;
  readonly seller: InvoiceContent["seller"];
  readonly actor: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

type Lines = InvoiceContent["lines"];

const modelLines = async (queries: Queries, { accountId, from, to }: InvoiceOrder): Promise<Lines> => {
  const rows = await queries
    .selectFrom("rollup")
    .select(["model", ({ fn }) => fn.sum<bigint | string>("posted").as("posted")])
    .select(({ fn }) => fn.sum<bigint | string>("requests").as("requests"))
    .where("account_id", "=", BigInt(accountId))
    .where("hour", ">=", BigInt(from / HOUR_MS))
    .where("hour", "<", BigInt(to / HOUR_MS))
    .groupBy("model")
    .orderBy("posted", "desc")
    .execute();
  const charged = rows.filter(({ posted }) => BigInt(posted) > 0n);
  const rest = charged.slice(MOST_MODELS);
  const lines = charged.slice(0, MOST_MODELS).map(({ model, posted, requests }) => ({
    text: model,
    requests: Number(requests),
    amount: String(posted),
  }));
  if (rest.length === 0) return lines;
  const amount = sumOf(rest.map(({ posted }) => BigInt(posted))).toString();
  return [...lines, { text: "Other models", requests: Number(sumOf(rest.map((row) => BigInt(row.requests)))), amount }];
};

/** Plans that were bought, and what was given back, within the time. */
const transferLines = async (queries: Queries, { accountId, from, to }: InvoiceOrder): Promise<Lines> => {
  const own = BigInt(accountId);
  const rows = await queries
    .selectFrom("transfer")
    .select(["id", "kind", "reason", "amount"])
    .where((row) => row.or([row("debit_account_id", "=", own), row("credit_account_id", "=", own)]))
    .where("kind", "in", ["plan_fee", "refund"])
    .where("created_at", ">=", BigInt(from))
    .where("created_at", "<", BigInt(to))
    .orderBy("id")
    .execute();
  return rows.map(({ kind, reason, amount }) => ({
    text: kind === "refund" ? `Refund: ${reason ?? ""}` : (reason ?? "Plan"),
    requests: null,
    amount: (kind === "refund" ? -amount : amount).toString(),
  }));
};

/** A credit that was paid for, as it was posted; none for another account's, or one that was given. */
const creditLines = async (queries: Queries, { accountId, subject }: InvoiceOrder): Promise<Lines> => {
  const row = await queries
    .selectFrom("transfer")
    .select(["reason", "amount"])
    .where("id", "=", BigInt(subject))
    .where("credit_account_id", "=", BigInt(accountId))
    .where("kind", "=", "credit")
    .where("debit_account_id", "<>", BigInt(ACCOUNTS.promo))
    .executeTakeFirst();
  return row === undefined
    ? []
    : [{ text: `Credit: ${row.reason ?? ""}`, requests: null, amount: row.amount.toString() }];
};

const contentOf = async (queries: Queries, order: InvoiceOrder): Promise<InvoiceContent | null> => {
  const lines =
    order.kind === "credit"
      ? await creditLines(queries, order)
      : [...(await modelLines(queries, order)), ...(await transferLines(queries, order))];
  if (order.kind === "credit" && lines.length === 0) return null;
  const { name } = await queries
    .selectFrom("account")
    .select("name")
    .where("id", "=", BigInt(order.accountId))
    .executeTakeFirstOrThrow();
  const { company, address, taxId } = await readDetails(queries, order.accountId);
  const { kind, subject, from, to, seller } = order;
  const total = sumOf(lines.map(({ amount }) => BigInt(amount))).toString();
  return { kind, subject, from, to, seller, buyer: { name, company, address, taxId }, lines, total };
};

const rowsOf = (queries: Queries, accountId: number) =>
  queries.selectFrom("invoice").selectAll().where("account_id", "=", BigInt(accountId));

type InvoiceRow = Awaited<ReturnType<ReturnType<typeof rowsOf>["executeTakeFirstOrThrow"]>>;

const toInvoice = (row: InvoiceRow): Invoice => ({
  number: Number(row.number),
  publicId: row.public_id,
  issuedAt: Number(row.issued_at),
  content: JSON.parse(row.content) as InvoiceContent,
});

/** An account's invoices, newest first, at most 500. */
export const listInvoices = async (queries: Queries, accountId: number): Promise<readonly Invoice[]> =>
  (await rowsOf(queries, accountId).orderBy("number", "desc").limit(MOST_INVOICES).execute()).map(toInvoice);

/** One invoice of an account; undefined when it has none of this id. */
export const findInvoice = async (
  queries: Queries,
  accountId: number,
  publicId: string,
): Promise<Invoice | undefined> => {
  const row = await rowsOf(queries, accountId).where("public_id", "=", publicId).executeTakeFirst();
  return row && toInvoice(row);
};

/**
 * The invoice about a month or a credit: the one that was issued, or a new one with the next number. Write transactions take turns, so
 * that numbers have neither gaps nor doubles.
 * @returns null when there is nothing of the kind to be invoiced
 */
export const issueInvoice = (database: Database, order: InvoiceOrder): Promise<Invoice | null> =>
  database.transaction(async (queries) => {
    const { accountId, kind, subject, actor, now } = order;
    const before = await rowsOf(queries, accountId)
      .where("kind", "=", kind)
      .where("subject", "=", subject)
      .executeTakeFirst();
    if (before !== undefined) return toInvoice(before);
    const content = await contentOf(queries, order);
    if (content === null) return null;
    const last = await queries
      .selectFrom("invoice")
      .select(({ fn }) => fn.max<bigint | null>("number").as("number"))
      .executeTakeFirstOrThrow();
    const row = await queries
      .insertInto("invoice")
      .values({
        number: (last.number ?? 0n) + 1n,
        public_id: newPublicId("inv_"),
        account_id: accountId,
        kind,
        subject,
        content: JSON.stringify(content),
        issued_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const detail = { number: Number(row.number), kind, subject };
    await recordAudit(queries, { actor, action: "invoice.issue", object: row.public_id, detail });
    return toInvoice(row);
  });
