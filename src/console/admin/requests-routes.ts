/** Requests of all accounts, with what only they may see who run the installation: upstreams, attempts, cost and margin. */
import { z } from "@hono/zod-openapi";

import { findAccount } from "../../accounts/store.ts";
import { findCharge } from "../../gateway/charge-store.ts";
import { findKey } from "../../keys/store.ts";
import { costOf } from "../../usage/explain.ts";
import { marginOf, type RequestFilter, type RequestLine } from "../../usage/figures.ts";
import { requestsPieces } from "../../usage/requests-csv.ts";
import { requestFile } from "../../usage/requests-store.ts";
import { DAY_MS } from "../../usage/slots.ts";
import { chargeShape, filterQuery, requestShape, shownCharge, shownRequest } from "../account/request-shapes.ts";
import { problems } from "../errors.ts";
import { consoleRoute, CSV, type Call, type ConsoleRoute } from "../route.ts";
import { count, nano, nanoText, pageQuery, publicId, requestId } from "../values.ts";
import { actorOf } from "../viewer.ts";
import { recordExport } from "./exports-store.ts";

const PATH = "/admin/requests";
/** The id of nothing: what is sought under it is not found. */
const NONE = -1;
const MAX_UPSTREAM = 200;
/** 2xx to 5xx, and 0 for requests to which nothing was sent. */
const MOST_CLASS = 5;

const filterFields = {
  ...filterQuery,
  account: publicId.optional(),
  upstream: z.string().min(1).max(MAX_UPSTREAM).optional(),
  status: z.coerce.number().int().min(0).max(MOST_CLASS).optional(),
} as const;
type Filter = z.output<z.ZodObject<typeof filterFields>>;

const operatorRequest = requestShape
  .extend({
    account: z.string(),
    accountName: z.string(),
    upstream: z.string().nullable(),
    attempts: count,
    costNano: nano,
    absorbedNano: nano,
    marginNano: nano,
  })
  .openapi("OperatorRequest");

const shown = (line: RequestLine): z.input<typeof operatorRequest> => ({
  ...shownRequest(line),
  account: line.accountPublicId,
  accountName: line.accountName,
  upstream: line.upstream,
  attempts: line.attempts,
  costNano: nanoText(line.cost),
  absorbedNano: nanoText(line.absorbed),
  marginNano: nanoText(marginOf(line)),
});

const filterOf = async ({ services }: Pick<Call, "services">, query: Filter): Promise<RequestFilter> => {
  const { kysely } = services.database;
  const account = query.account === undefined ? null : ((await findAccount(kysely, query.account))?.id ?? NONE);
  const key = query.key === undefined ? null : ((await findKey(kysely, query.key))?.id ?? NONE);
  return {
    accountId: account,
    requestId: query.request ?? null,
    from: query.fromAt ?? null,
    to: query.toAt ?? null,
    model: query.model ?? null,
    keyId: key,
    outcome: query.outcome ?? null,
    statusClass: query.status ?? null,
    minSpend: query.minNano === undefined ? null : BigInt(query.minNano),
    upstream: query.upstream ?? null,
  };
};

const list = consoleRoute({
  method: "get",
  path: PATH,
  access: "admin:read",
  tag: "admin",
  summary: "Requests, newest first. A page may be short, or empty, and still have a next one: so far was looked.",
  request: {
    query: z.strictObject({ ...filterFields, ...pageQuery, direction: z.enum(["older", "newer"]).default("older") }),
  },
  response: z.strictObject({
    items: z.array(operatorRequest),
    next: z.string().nullable(),
    previous: z.string().nullable(),
  }),
  handle: async ({ services, query }) => {
    const { cursor = null, direction, limit } = query;
    const page = await services.figures.requests(await filterOf({ services }, query), { cursor, direction, limit });
    return { items: page.requests.map(shown), next: page.older, previous: page.newer };
  },
});

const one = consoleRoute({
  method: "get",
  path: `${PATH}/{request}`,
  access: "admin:read",
  tag: "admin",
  summary: "One request with its charge line by line, every attempt, our cost and what may still be refunded.",
  request: { params: z.strictObject({ request: requestId }) },
  response: z.strictObject({
    request: operatorRequest,
    charge: chargeShape,
    attempts: z.array(
      z.strictObject({
        upstream: z.string(),
        model: z.string(),
        status: z.int().nullable(),
        result: z.string(),
        durationMs: count,
      }),
    ),
    costNano: nano,
    marginNano: nano,
    refundableNano: nano,
  }),
  handle: async ({ services, params }) => {
    const filter = await filterOf({ services }, { request: params.request });
    const page = await services.figures.requests(filter, { cursor: null, direction: "older", limit: 1 });
    const [line] = page.requests;
    const charge = await findCharge(services.database, params.request);
    if (line === undefined || charge === undefined) throw problems.missing("request");
    const cost = costOf(charge);
    return {
      request: shown(line),
      charge: shownCharge(charge, line),
      attempts: charge.record.attempts.map(({ upstream, model, status, result, durationMs }) => ({
        upstream,
        model,
        status,
        result,
        durationMs,
      })),
      costNano: nanoText(cost),
      marginNano: nanoText(line.spend - line.refunded - cost),
      refundableNano: nanoText(line.spend - line.refunded),
    };
  },
});

const csv = consoleRoute({
  method: "get",
  path: "/admin/exports/requests",
  access: "admin:audit",
  stepUp: true,
  tag: "admin",
  summary: "The requests of a filter as CSV. One that is cut says in `x-farthing-next` before which request.",
  request: { query: z.strictObject(filterFields) },
  response: CSV,
  handle: async (call) => {
    const { services, viewer, query, headers } = call;
    const filter = await filterOf(call, query);
    await recordExport(services.database, { actor: actorOf(viewer), what: "requests" });
    const file = await requestFile(services.database, filter);
    if (file.next !== null) headers.set("x-farthing-next", file.next);
    return {
      fileName: "requests.csv",
      lines: requestsPieces(file.pieces, true, services.installation().storefront.unit),
    };
  },
});

/** How far back names are offered to filter by. */
const CHOICE_DAYS = 90;

const choices = consoleRoute({
  method: "get",
  path: "/admin/request-choices",
  access: "admin:read",
  tag: "admin",
  summary: "Models and upstreams that were used in the last 90 days, by what was spent.",
  response: z.strictObject({ models: z.array(z.string()), upstreams: z.array(z.string()) }),
  handle: async ({ services }) => {
    const now = services.now();
    const span = { from: Math.max(0, now - CHOICE_DAYS * DAY_MS), to: now + 1 };
    const all = { accountId: null, model: null, keyId: null, upstream: null, ...span };
    const models = await services.figures.table(all, "model");
    const upstreams = await services.figures.table(all, "upstream");
    const named = (lines: readonly { readonly name: string }[]): string[] =>
      lines.map(({ name }) => name).filter((name) => name !== "");
    return { models: named(models), upstreams: named(upstreams) };
  },
});

export const requestRoutes: readonly ConsoleRoute[] = [list, one, csv, choices];
