/** The console's API as one Hono application, made from the table of routes. Everything that is thrown becomes one kind of answer here. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";

import { errorRow, GatewayError } from "../errors.ts";
import { API_PREFIX } from "./document.ts";
import { ConsoleError, errorBody, problems, statusOf } from "./errors.ts";
import { callRoute, refuseForeign } from "./guard.ts";
import type { ConsoleRoute } from "./route.ts";
import type { ConsoleServices } from "./services.ts";

/** What the adapter gives each request beside the request. */
export interface Bindings {
  /** The request's body; the Request itself has it too, for what reads it by itself. */
  readonly body: Buffer;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Tells the rim which route it was, for the log and the metrics: a label of a closed list. */
  readonly routed: (label: string) => void;
}

export type ConsoleApp = OpenAPIHono<{ Bindings: Bindings }>;

/** `/accounts/{account}/keys` as Hono writes it. */
const honoPath = (path: string): string => `${API_PREFIX}${path.replaceAll("{", ":").replaceAll("}", "")}`;

/** The error of a body that the rim refused, or anything else, as a ConsoleError or a GatewayError. */
const shownError = (services: ConsoleServices, thrown: unknown): ConsoleError | GatewayError => {
  if (thrown instanceof ConsoleError || thrown instanceof GatewayError) return thrown;
  return services.isAway(thrown) ? problems.unavailable(thrown) : problems.internal(thrown);
};

/** The one answer of everything that failed. */
export const failed = (services: ConsoleServices, thrown: unknown, requestId: string): Response => {
  const error = shownError(services, thrown);
  if (error.cause !== undefined) services.log.fault(error.cause, { requestId, route: "console" });
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  const { retryAfter } = error.detail;
  if (retryAfter !== undefined) headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfter))));
  if (error instanceof GatewayError)
    return new Response(JSON.stringify(errorBody(error.code, error.message)), {
      status: errorRow(error.code).status,
      headers,
    });
  if (error.detail.allow !== undefined) headers.set("allow", error.detail.allow);
  const body = JSON.stringify(errorBody(error.code, error.message, error.detail.fields));
  return new Response(body, { status: statusOf(error.code), headers });
};

/** The routes of each path, so that another method is told which ones there are. */
const byPath = (routes: readonly ConsoleRoute[]): ReadonlyMap<string, readonly ConsoleRoute[]> =>
  Map.groupBy(routes, (route) => route.path);

const methodsOf = (routes: readonly ConsoleRoute[]): string =>
  routes.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])).join(", ");

type ConsoleContext = Context<{ Bindings: Bindings }>;

/** Builds the application. More specific paths come first in the table where two of them match. */
export const createApp = (services: ConsoleServices, routes: readonly ConsoleRoute[]): ConsoleApp => {
  const app: ConsoleApp = new OpenAPIHono();
  const paths = byPath(routes);
  for (const route of routes)
    app.on(route.method.toUpperCase(), honoPath(route.path), (context: ConsoleContext) => {
      const { body, requestId, signal, routed } = context.env;
      routed(`${API_PREFIX}${route.path}`);
      return callRoute(services, route, {
        request: context.req.raw,
        body,
        params: context.req.param(),
        requestId,
        signal,
      });
    });
  for (const [path, same] of paths)
    app.all(honoPath(path), (context: ConsoleContext) => {
      context.env.routed(`${API_PREFIX}${path}`);
      throw problems.method(methodsOf(same));
    });
  app.all("/console/auth/*", (context: ConsoleContext) => {
    context.env.routed("/console/auth");
    refuseForeign(context.req.raw, services.config.publicUrl);
    return services.people.handle(context.req.raw);
  });
  app.notFound((context) => failed(services, problems.missing("address of the console"), context.env.requestId));
  app.onError((error, context) => failed(services, error, context.env.requestId));
  return app;
};
