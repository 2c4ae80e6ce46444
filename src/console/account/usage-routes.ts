/** An account's usage as its people see it: how it stands, what was spent on what, its requests, and one of them down to the nano. */
import { z } from "@hono/zod-openapi";

import { findCharge } from "../../gateway/charge-store.ts";
import { findKey } from "../../keys/store.ts";
import type { BucketSize, RequestFilter, Selection, Series } from "../../usage/figures.ts";
import { requestsPieces } from "../../usage/requests-csv.ts";
import { requestFile } from "../../usage/requests-store.ts";
import { DAY_MS, HOUR_MS } from "../../usage/slots.ts";
import { problems } from "../errors.ts";
import { takeReading } from "../readings.ts";
import { consoleRoute, CSV, type Call, type ConsoleRoute } from "../route.ts";
import { nanoText, requestId } from "../values.ts";
import {
  chargeShape,
  choicesShape,
  filterQuery,
  listQuery,
  overviewShape,
  RANGES,
  requestsShape,
  shownCharge,
  shownPercentiles,
  shownRequest,
  shownSums,
  shownTop,
  standingShape,
  type OverviewRange,
} from "./request-shapes.ts";
import { readStanding } from "./standing-store.ts";

const PATH = "/accounts/{account}";

/** The id of no key: what is sought under it is not found. */
const NO_KEY = -1;

type AccountCall = Pick<Call<"account:read">, "services" | "account">;

const standing = consoleRoute({
  method: "get",
  path: `${PATH}/standing`,
  access: "account:read",
  tag: "account",
  summary: "The balance, what is held of it now, and whether there are keys and requests.",
  response: standingShape,
  handle: async ({ services, account }) => {
    const { balance, held, promo, pending, ...rest } = await readStanding(services.database.kysely, account.accountId);
    return {
      balanceNano: nanoText(balance),
      heldNano: nanoText(held),
      promoNano: nanoText(promo),
      pendingNano: nanoText(pending),
      ...rest,
    };
  },
});

/** Most minutes that local time is ahead of UTC, or behind it. */
const MOST_OFFSET_MINUTES = 840;

const DAYS = { "7d": 7, "30d": 30 } as const satisfies Record<Exclude<OverviewRange, "24h">, number>;
const DAY_HOURS = 24;

/** The reader's last days with this one, or the last 24 hours with this one. @param now milliseconds since the epoch */
const spanOf = (range: OverviewRange, offsetMinutes: number, now: number): Pick<Selection, "from" | "to"> => {
  const hour = Math.floor(now / HOUR_MS);
  if (range === "24h") return { from: (hour - DAY_HOURS + 1) * HOUR_MS, to: now + 1 };
  const shift = Math.round(offsetMinutes / 60);
  const today = Math.floor((hour + shift) / DAY_HOURS) * DAY_HOURS - shift;
  return { from: today * HOUR_MS - (DAYS[range] - 1) * DAY_MS, to: now + 1 };
};

/** So many models and keys are named beside the chart. */
const TOP = 6;

const shownPoints = ({ slots, all, parts }: Series) =>
  slots.map((at, place) => {
    const point = all.points[place];
    if (point === undefined) throw new RangeError("a series without a point for each of its slots");
    return {
      at,
      ...shownSums(point),
      partsNano: parts.map(({ points }) => nanoText(points[place]?.spend ?? 0n)),
    };
  });

const NOBODY = { firstByte: { p50: null, p95: null }, duration: { p50: null, p95: null } } as const;

const overview = consoleRoute({
  method: "get",
  path: `${PATH}/overview`,
  access: "account:read",
  tag: "account",
  summary: "What was spent in a time, by hour or by the reader's days, on which models or through which keys.",
  request: {
    query: z.strictObject({
      range: z.enum(RANGES).default("7d"),
      split: z.enum(["model", "key"]).default("model"),
      /** Minutes that the reader's clock is ahead of UTC. */
      offset: z.coerce.number().int().min(-MOST_OFFSET_MINUTES).max(MOST_OFFSET_MINUTES).default(0),
    }),
  },
  response: overviewShape,
  handle: async ({ services, account, query }) => {
    const { figures } = services;
    const { range, split, offset: offsetMinutes } = query;
    const bucket: BucketSize = range === "24h" ? "hour" : "day";
    const span = spanOf(range, offsetMinutes, services.now());
    const selection: Selection = { accountId: account.accountId, model: null, keyId: null, upstream: null, ...span };
    const [series, totals, models, keys, times, [all = NOBODY]] = await Promise.all([
      figures.series({ ...selection, bucket, offsetMinutes, split }),
      figures.totals(selection),
      figures.table(selection, "model"),
      figures.table(selection, "key"),
      figures.latency({ ...selection, bucket, offsetMinutes, split: null }),
      figures.latency({ ...selection, bucket: null, offsetMinutes, split: null }),
    ]);
    return {
      fromAt: series.from,
      toAt: series.to,
      bucket,
      now: shownSums(totals.now),
      before: shownSums(totals.before),
      parts: series.parts.map(({ name, label, totals: own }) => ({
        name,
        label,
        spendNano: nanoText(own.spend),
        requests: Number(own.requests),
      })),
      points: shownPoints(series),
      firstByte: shownPercentiles(all.firstByte),
      duration: shownPercentiles(all.duration),
      latency: times.map(({ at, requests, firstByte, duration }) => ({
        at,
        requests: Number(requests),
        firstByte: shownPercentiles(firstByte),
        duration: shownPercentiles(duration),
      })),
      models: models.slice(0, TOP).map(shownTop),
      keys: keys.slice(0, TOP).map(shownTop),
    };
  },
});

type Filter = z.output<z.ZodObject<typeof filterQuery>>;

/** The account's requests that a query leaves. Another account's key finds nothing, as one that does not exist. */
const filterOf = async ({ services, account }: AccountCall, query: Filter): Promise<RequestFilter> => {
  const key = query.key === undefined ? undefined : await findKey(services.database.kysely, query.key);
  const keyId = key?.accountId === account.accountId ? key.id : NO_KEY;
  return {
    accountId: account.accountId,
    requestId: query.request ?? null,
    from: query.fromAt ?? null,
    to: query.toAt ?? null,
    model: query.model ?? null,
    keyId: query.key === undefined ? null : keyId,
    outcome: query.outcome ?? null,
    statusClass: null,
    minSpend: query.minNano === undefined ? null : BigInt(query.minNano),
    upstream: null,
  };
};

const list = consoleRoute({
  method: "get",
  path: `${PATH}/requests`,
  access: "account:read",
  tag: "account",
  summary: "Requests, newest first. A page may be short, or empty, and still have a next one: so far was looked.",
  request: { query: listQuery },
  response: requestsShape,
  handle: async ({ services, account, query }) => {
    const { cursor = null, direction, limit } = query;
    const filter = await filterOf({ services, account }, query);
    const page = await services.figures.requests(filter, { cursor, direction, limit });
    return { items: page.requests.map(shownRequest), next: page.older, previous: page.newer };
  },
});

const one = consoleRoute({
  method: "get",
  path: `${PATH}/requests/{request}`,
  access: "account:read",
  tag: "account",
  summary: "One request with its charge, line by line.",
  request: { params: z.strictObject({ request: requestId }) },
  response: chargeShape,
  handle: async ({ services, account, params }) => {
    const filter = await filterOf({ services, account }, { request: params.request });
    const page = await services.figures.requests(filter, { cursor: null, direction: "older", limit: 1 });
    const [line] = page.requests;
    const charge = await findCharge(services.database, params.request, account.accountId);
    if (line === undefined || charge === undefined) throw problems.missing("request");
    return shownCharge(charge, line);
  },
});

const csv = consoleRoute({
  method: "get",
  path: `${PATH}/requests.csv`,
  access: "account:read",
  tag: "account",
  summary: "The requests of a filter as a file. One that is cut says in `x-farthing-next` before which request.",
  request: { query: z.strictObject(filterQuery) },
  response: CSV,
  handle: async (call) => {
    takeReading(call.account.accountPublicId, call.signal);
    const file = await requestFile(call.services.database, await filterOf(call, call.query));
    if (file.next !== null) call.headers.set("x-farthing-next", file.next);
    return {
      fileName: "requests.csv",
      lines: requestsPieces(file.pieces, false, call.services.installation().storefront.unit),
    };
  },
});

/** How far back names are offered to filter by. */
const CHOICE_DAYS = 90;

const choices = consoleRoute({
  method: "get",
  path: `${PATH}/usage-choices`,
  access: "account:read",
  tag: "account",
  summary: "Models and keys that were used in the last 90 days, by what was spent.",
  response: choicesShape,
  handle: async ({ services, account }) => {
    const now = services.now();
    const span = { from: Math.max(0, now - CHOICE_DAYS * DAY_MS), to: now + 1 };
    const selection = { accountId: account.accountId, model: null, keyId: null, upstream: null, ...span };
    const models = await services.figures.table(selection, "model");
    const keys = await services.figures.table(selection, "key");
    return {
      models: models.map(({ name }) => name).filter((name) => name !== ""),
      keys: keys.map(({ name, label }) => ({ id: name, name: label })),
    };
  },
});

export const usageRoutes: readonly ConsoleRoute[] = [standing, overview, list, csv, one, choices];
