/** An account's money as its owner sees it: what is there, how it came to be, the plans, and codes that bring more. */
import { z } from "@hono/zod-openapi";

import { CodeRefused, MAX_CODE_TEXT, type CodeRefusal } from "../../payments/code.ts";
import { redeemCode } from "../../payments/code-store.ts";
import { buyPlan, hasBought } from "../../ledger/plan-store.ts";
import { readHoldings, readStatement } from "../../ledger/statement-store.ts";
import type { StatementLine, StatementPosition } from "../../ledger/statement.ts";
import { TransferRefused } from "../../ledger/transfer.ts";
import { formatNano, formatRatio } from "../../money.ts";
import type { Plan } from "../../settings/installation.ts";
import { readCursor, writeCursor } from "../cursor.ts";
import { csvLine } from "../csv.ts";
import { ConsoleError, problems } from "../errors.ts";
import { takeTry, waitOf } from "../people/pace-store.ts";
import { consoleRoute, CSV, type Call, type ConsoleRoute } from "../route.ts";
import { at, count, listOf, nano, nanoText, pageQuery } from "../values.ts";
import { actorOf, type AccountName } from "../viewer.ts";

const PATH = "/accounts/{account}/billing";

const planShape = z
  .strictObject({
    id: z.string(),
    /** What is left of the list price, as a decimal: "0.3" for 70 % off. */
    multiplier: z.string(),
    feeNano: nano,
    rpm: count.nullable(),
    tpm: count.nullable(),
    concurrency: count.nullable(),
    isCurrent: z.boolean(),
    /** It was paid for: coming back to it costs nothing. */
    isOwned: z.boolean(),
  })
  .openapi("AccountPlan");

const billingShape = z.strictObject({
  balanceNano: nano,
  /** What running servers have borrowed of the balance. */
  borrowedNano: nano,
  /** What of the balance was given, and is spent first. */
  promoNano: nano,
  /** What debits have still to collect. */
  pendingNano: nano,
  frozen: z.boolean(),
  plans: z.array(planShape),
  /** Where more can be paid for, outside; null: nowhere. */
  billingUrl: z.string().nullable(),
  support: z.string().nullable(),
});

/** A line of an account's statement. */
export const statementLine = z
  .strictObject({
    type: z.enum(["transfer", "usage"]),
    /** Of a transfer: `credit`, `debit`, `refund`, `plan_fee`; `usage` for a day's requests. */
    kind: z.string(),
    isPromo: z.boolean(),
    /** Positive when it came in. */
    amountNano: nano,
    balanceNano: nano,
    reason: z.string().nullable(),
    /** Of a day's requests. */
    requests: count.nullable(),
    at,
    /** The transfer's number, for its receipt; null for a day. */
    transfer: z.string().nullable(),
  })
  .openapi("StatementLine");

type AccountCall = Pick<Call, "services"> & { readonly account: AccountName };

const shownPlan = (plan: Plan, currentId: string | null, isOwned: boolean): z.input<typeof planShape> => ({
  id: plan.id,
  multiplier: formatRatio(plan.multiplier),
  feeNano: nanoText(plan.fee),
  rpm: plan.rpm,
  tpm: plan.tpm,
  concurrency: plan.concurrency,
  isCurrent: plan.id === currentId,
  isOwned,
});

/** The whole of what the first screen shows. */
const billingOf = async ({ services, account }: AccountCall): Promise<z.input<typeof billingShape>> => {
  const { database } = services;
  const installation = services.installation();
  const { storefront, defaultPlan } = installation;
  const held = await readHoldings(database.kysely, account.accountId);
  const plans = [...installation.plans.values()];
  const owned = await hasBought(
    database.kysely,
    account.accountId,
    plans.map(({ id }) => id),
  );
  const currentId = held.planId ?? defaultPlan?.id ?? null;
  return {
    balanceNano: nanoText(held.balance),
    borrowedNano: nanoText(held.leased),
    promoNano: nanoText(held.promo),
    pendingNano: nanoText(held.pendingDebit),
    frozen: held.frozen,
    plans: plans.map((plan) => shownPlan(plan, currentId, owned.has(plan.id))),
    billingUrl: storefront.billingUrl,
    support: storefront.support,
  };
};

const overview = consoleRoute({
  method: "get",
  path: PATH,
  access: "account:read",
  tag: "account",
  summary: "Balance, plan and ways to pay.",
  response: billingShape,
  handle: (call) => billingOf(call),
});

/** @param now what is of today has no end yet; milliseconds since the Unix epoch */
const shownLine = (line: StatementLine, now: number): z.input<typeof statementLine> =>
  line.type === "usage"
    ? {
        type: "usage",
        kind: "usage",
        isPromo: false,
        amountNano: nanoText(-line.charged),
        balanceNano: nanoText(line.balance),
        reason: null,
        requests: line.requests,
        at: Math.min(line.at - 1, now),
        transfer: null,
      }
    : {
        type: "transfer",
        kind: line.kind,
        isPromo: line.isPromo,
        amountNano: nanoText(line.amount),
        balanceNano: nanoText(line.balance),
        reason: line.reason,
        requests: null,
        at: line.at,
        transfer: String(line.id),
      };

const cursorOf = ({ transfer, day, isDayShown, balance }: StatementPosition): string =>
  writeCursor([transfer, day, isDayShown ? 1 : 0, balance.toString()]);

const BALANCE_FORM = /^-?\d{1,30}$/;

const positionOf = (cursor: string | undefined): StatementPosition | null => {
  const parts = readCursor(cursor, 4);
  if (parts === null) return null;
  const [transfer, day, isDayShown, balance] = parts;
  if (
    typeof transfer !== "number" ||
    typeof day !== "number" ||
    typeof balance !== "string" ||
    !BALANCE_FORM.test(balance)
  )
    throw problems.invalid({ cursor: "is not a cursor of this list" });
  return { transfer, day, isDayShown: isDayShown === 1, balance: BigInt(balance) };
};

/** Pages that one answer looks through before it says that there may be more. */
const QUIET_PAGES = 5;

/** A page of an account's statement, newest first. @throws ConsoleError for a cursor that is none */
export const listEntries = async (
  services: AccountCall["services"],
  accountId: number,
  query: { readonly cursor?: string | undefined; readonly limit: number },
) => {
  const now = services.now();
  let from = positionOf(query.cursor);
  for (let pages = 1; ; pages++) {
    const order = { accountId, from, limit: query.limit, now };
    const { lines, next } = await readStatement(services.database.kysely, order);
    if (lines.length === 0 && next !== null && pages < QUIET_PAGES) from = next;
    else return { items: lines.map((line) => shownLine(line, now)), next: next === null ? null : cursorOf(next) };
  }
};

const entries = consoleRoute({
  method: "get",
  path: `${PATH}/entries`,
  access: "account:read",
  tag: "account",
  summary: "The account's statement, newest first: transfers, and requests by the day.",
  request: { query: z.strictObject(pageQuery) },
  response: listOf(statementLine),
  handle: ({ services, account, query }) => listEntries(services, account.accountId, query),
});

/** Lines of one file; a statement that is longer is asked for from the command line. */
const MAX_CSV_LINES = 100_000;
const CSV_PAGE = 500;

async function* csvLines({ services, account }: AccountCall): AsyncGenerator<string> {
  yield csvLine(["time", "kind", "reason", "requests", "amount_usd", "balance_usd"]);
  const now = services.now();
  let from: StatementPosition | null = null;
  for (let written = 0; written < MAX_CSV_LINES;) {
    const order = { accountId: account.accountId, from, limit: CSV_PAGE, now };
    const { lines, next } = await readStatement(services.database.kysely, order);
    for (const line of lines.map((each) => shownLine(each, now)))
      yield csvLine([
        new Date(line.at).toISOString(),
        line.kind,
        line.reason ?? "",
        line.requests === null ? "" : String(line.requests),
        formatNano(BigInt(line.amountNano)),
        formatNano(BigInt(line.balanceNano)),
      ]);
    written += lines.length;
    if (next === null) return;
    from = next;
  }
}

const csv = consoleRoute({
  method: "get",
  path: `${PATH}/entries.csv`,
  access: "account:read",
  tag: "account",
  summary: "The whole statement as a file.",
  response: CSV,
  handle: (call) => ({ fileName: "statement.csv", lines: csvLines(call) }),
});

/** Why a plan cannot be paid, as of now. */
const unpaid = async (call: AccountCall, plan: Plan): Promise<ConsoleError> => {
  const { balance } = await readHoldings(call.services.database.kysely, call.account.accountId);
  return balance < plan.fee
    ? new ConsoleError(
        "insufficient_balance",
        "The balance does not cover this plan, so nothing was charged. Add credit first, then choose it again.",
      )
    : problems.conflict(
        "Running requests hold too much of the balance, so nothing was charged. Wait until they end, then try again.",
      );
};

const purchase = consoleRoute({
  method: "post",
  path: `${PATH}/plan`,
  access: "account:own",
  tag: "account",
  summary: "Change to a plan; one that costs something is paid from the balance, once and for ever.",
  request: { body: z.strictObject({ plan: z.string().min(1).max(64), feeNano: nano }) },
  response: billingShape,
  handle: async (call) => {
    const { services, viewer, account, body } = call;
    const plan = services.installation().plans.get(body.plan);
    if (plan === undefined) throw problems.missing("plan");
    // What the person has agreed to; another price asks again.
    if (BigInt(body.feeNano) !== plan.fee)
      throw problems.conflict("The price of this plan has changed meanwhile. Look at it again before you buy.");
    try {
      const order = { accountId: account.accountId, planId: plan.id, fee: plan.fee, actor: actorOf(viewer) };
      await buyPlan(services.database, order);
    } catch (error) {
      throw error instanceof TransferRefused ? await unpaid(call, plan) : error;
    }
    await services.refresh();
    return await billingOf(call);
  },
});

const CODE_REFUSALS = {
  unknown: () => problems.invalid({ code: "is no code of ours; compare each letter with what you were given" }),
  ended: () => new ConsoleError("gone", "This code has ended. Ask whoever gave it to you for another one."),
  used_up: () =>
    new ConsoleError("code_used", "This code was used already. Ask whoever gave it to you for another one."),
  had: () =>
    new ConsoleError("code_used", "This account has redeemed this code already; its credit is in the statement."),
  reused: () => problems.conflict("This Idempotency-Key was used for another code. Send a new one with each code."),
  too_much: () => problems.conflict("The balance is too large for this credit. Ask the operator."),
} as const satisfies Record<CodeRefusal, () => Error>;

const redeem = consoleRoute({
  method: "post",
  path: `${PATH}/redeem`,
  access: "account:own",
  tag: "account",
  summary: "Redeem a code for credit. An Idempotency-Key makes a repeated attempt the same one.",
  request: { body: z.strictObject({ code: z.string().min(1).max(MAX_CODE_TEXT) }) },
  response: z.strictObject({ amountNano: nano, balanceNano: nano, isPromo: z.boolean() }),
  handle: async ({ services, viewer, account, body, idempotencyKey }) => {
    const { database } = services;
    const counted = { pace: "redeem:person", about: viewer.userId } as const;
    const waitMs = await waitOf(database, counted, services.now());
    if (waitMs > 0)
      throw problems.limited("Too many codes in a row were wrong. Wait a little, then try again.", waitMs / 1_000);
    try {
      const order = { accountId: account.accountId, code: body.code, actor: actorOf(viewer) };
      const done = await redeemCode(database, { ...order, requestKey: idempotencyKey, now: services.now() });
      return {
        amountNano: nanoText(done.amount),
        balanceNano: nanoText(done.balance),
        isPromo: done.kind === "promo",
      };
    } catch (error) {
      if (!(error instanceof CodeRefused)) throw error;
      // Only a guess counts: who has a real code that is used is told so, however often.
      if (error.refusal === "unknown") await takeTry(database, counted, services.now());
      throw CODE_REFUSALS[error.refusal]();
    }
  },
});

export const billingRoutes: readonly ConsoleRoute[] = [overview, entries, csv, purchase, redeem];
