/** The installation at a glance: money of a range beside the range before, who brings it, and what needs a look. */
import { z } from "@hono/zod-openapi";

import {
  type BucketSize,
  marginOf,
  MOST_SLOTS,
  type Selection,
  type Sums,
  type TopAccount,
} from "../../usage/figures.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import { at, count, nano, nanoText } from "../values.ts";
import { bookWarnings } from "./warnings-store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Up to here a chart has a bar for each hour. */
const HOURLY_MS = 2 * DAY_MS;
const MOST_MS = MOST_SLOTS.day * DAY_MS;
const TOP = 8;
const FAILURES = 8;
const WEEK_MS = 7 * DAY_MS;
/** Minutes that a zone's time may differ from UTC. */
const MOST_OFFSET = 14 * 60;

const sums = z.strictObject({
  requests: count,
  failures: count,
  /** Charged, less what was given back. */
  revenueNano: nano,
  costNano: nano,
  marginNano: nano,
  absorbedNano: nano,
  attempts: count,
  failedAttempts: count,
});

const shown = (of: Sums): z.input<typeof sums> => ({
  requests: Number(of.requests),
  failures: Number(of.failures),
  revenueNano: nanoText(of.spend - of.refunded),
  costNano: nanoText(of.cost),
  marginNano: nanoText(marginOf(of)),
  absorbedNano: nanoText(of.absorbed),
  attempts: Number(of.attempts),
  failedAttempts: Number(of.failedAttempts),
});

const topAccount = z.strictObject({
  id: z.string(),
  name: z.string(),
  requests: count,
  failures: count,
  revenueNano: nano,
  costNano: nano,
  marginNano: nano,
});

const topOf = (one: TopAccount): z.input<typeof topAccount> => ({
  id: one.publicId,
  name: one.name,
  requests: Number(one.requests),
  failures: Number(one.failures),
  revenueNano: nanoText(one.spend - one.refunded),
  costNano: nanoText(one.cost),
  marginNano: nanoText(marginOf(one)),
});

const range = z
  .strictObject({
    fromAt: z.coerce.number().pipe(at),
    toAt: z.coerce.number().pipe(at),
    /** Minutes that the reader's time is ahead of UTC. */
    offset: z.coerce.number().int().min(-MOST_OFFSET).max(MOST_OFFSET).default(0),
  })
  .strict();

const overview = consoleRoute({
  method: "get",
  path: "/admin/overview",
  access: "admin:read",
  tag: "admin",
  summary:
    "Revenue, cost, margin and failures of a range beside the range before, by time, with the accounts that matter most.",
  request: { query: range },
  response: z.strictObject({
    /** Widened to whole hours. */
    fromAt: at,
    toAt: at,
    now: sums,
    before: sums,
    bucket: z.enum(["hour", "day"]),
    points: z.array(z.strictObject({ at, ...sums.shape })),
    activeAccounts: count,
    activeBefore: count,
    bySpend: z.array(topAccount),
    byMargin: z.array(topAccount),
    byUpstream: z.array(z.strictObject({ name: z.string(), ...sums.shape })),
  }),
  handle: async ({ services, query }) => {
    const { fromAt: from, toAt: to, offset: offsetMinutes } = query;
    if (to <= from || to - from > MOST_MS)
      throw problems.invalid({ toAt: "must be after `fromAt`, by at most 400 days" });
    const { figures } = services;
    const all: Selection = { from, to, accountId: null, model: null, keyId: null, upstream: null };
    const bucket: BucketSize = to - from <= HOURLY_MS ? "hour" : "day";
    const [totals, series, spend, margin, before, upstreams] = await Promise.all([
      figures.totals(all),
      figures.series({ ...all, bucket, offsetMinutes, split: null }),
      figures.accounts(all, "spend", TOP),
      figures.accounts(all, "margin", TOP),
      figures.accounts({ from: from - (to - from), to: from }, "spend", 1),
      figures.table(all, "upstream"),
    ]);
    return {
      fromAt: totals.from,
      toAt: totals.to,
      now: shown(totals.now),
      before: shown(totals.before),
      bucket,
      points: series.slots.flatMap((slot, place) => {
        const point = series.all.points[place];
        return point === undefined ? [] : [{ at: slot, ...shown(point) }];
      }),
      activeAccounts: Number(spend.active),
      activeBefore: Number(before.active),
      bySpend: spend.top.map(topOf),
      byMargin: margin.top.map(topOf),
      byUpstream: upstreams.map(({ name, sums: own }) => ({ name, ...shown(own) })),
    };
  },
});

const failure = z.strictObject({
  id: z.string(),
  at,
  model: z.string(),
  account: z.string(),
  accountName: z.string(),
  outcome: z.string(),
  status: z.int(),
  upstream: z.string().nullable(),
  attempts: count,
});

const attention = consoleRoute({
  method: "get",
  path: "/admin/attention",
  access: "admin:read",
  tag: "admin",
  summary: "What needs a look now: warnings of the settings and of the books, and the latest failures.",
  response: z.strictObject({
    warnings: z.array(z.string()),
    frozen: count,
    disagreeing: count,
    absorbing: count,
    failures: z.array(failure),
  }),
  handle: async ({ services }) => {
    const { database } = services;
    const everything = {
      accountId: null,
      from: null,
      to: null,
      model: null,
      keyId: null,
      outcome: null,
      requestId: null,
    };
    const [books, page] = await Promise.all([
      bookWarnings(database.kysely, services.now() - WEEK_MS),
      services.figures.requests(
        { ...everything, statusClass: 5, minSpend: null, upstream: null },
        { cursor: null, direction: "older", limit: FAILURES },
      ),
    ]);
    return {
      warnings: [...services.installation().warnings],
      ...books,
      failures: page.requests.map((one) => ({
        id: one.id,
        at: one.at,
        model: one.model,
        account: one.accountPublicId,
        accountName: one.accountName,
        outcome: one.outcome,
        status: one.status,
        upstream: one.upstream,
        attempts: one.attempts,
      })),
    };
  },
});

export const overviewRoutes: readonly ConsoleRoute[] = [overview, attention];
