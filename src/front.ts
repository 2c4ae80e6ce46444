/** The front of a gateway: which routes answer a request, what they may read, and who is told of it afterwards. server.ts listens with it. */
import { loadFidelity } from "./catalog/fidelity.ts";
import { isConsolePath, type Console } from "./console/console.ts";
import { CONSOLE_DIALECT } from "./console/errors.ts";
import type { Database } from "./db/connect.ts";
import { errors } from "./errors.ts";
import { findCharge } from "./gateway/charge-store.ts";
import { dialectOf, gatewayHandler, type GatewayRoutes } from "./gateway/routes.ts";
import type { Services } from "./gateway/services.ts";
import type { Limits } from "./http/limits.ts";
import type { Log } from "./http/log.ts";
import type { Metrics } from "./http/metrics.ts";
import { createGatewayServer, type GatewayServer } from "./http/server.ts";
import { newRequestId } from "./id.ts";
import { findKey, findProfile } from "./keys/store.ts";
import type { HistorySource } from "./usage/history.ts";
import { historySource } from "./usage/store.ts";

/** What stands around the routes: who is told of requests, and what serves those that are not the gateway's. */
export interface Rim {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Partial<Limits>;
  readonly unready: () => string | null;
  readonly beside: GatewayRoutes["beside"];
  readonly web: Console;
}

/** A database that is away is no fault of the request and none of ours to retry at once (A6, A11, A12: never a 500). */
export const orUnavailable = async <T>(log: Log, route: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    log.fault(error, { requestId: "", route });
    throw errors.ledgerUnavailable(error);
  }
};

/** The server of all requests: the console's own, then the gateway's. It does not listen yet. */
export const serve = (
  services: Services,
  database: Database,
  { log, metrics, limits, unready, beside, web }: Rim,
): GatewayServer => {
  const profile = (keyId: number) => orUnavailable(log, "profile", () => findProfile(database.kysely, keyId));
  const charge = (accountId: number, requestId: string) =>
    orUnavailable(log, "charges", () => findCharge(database, requestId, accountId));
  const source = historySource(database.kysely);
  const history: HistorySource = {
    bound: (...order) => orUnavailable(log, "usage", () => source.bound(...order)),
    entries: (...order) => orUnavailable(log, "usage", () => source.entries(...order)),
    sums: (...order) => orUnavailable(log, "usage", () => source.sums(...order)),
    hours: (...order) => orUnavailable(log, "usage", () => source.hours(...order)),
  };
  const named = (publicId: string) => orUnavailable(log, "usage", () => findKey(database.kysely, publicId));
  const gateway = gatewayHandler({
    services,
    profile,
    charge,
    history,
    findKey: named,
    fidelity: loadFidelity(),
    beside,
  });
  const http = createGatewayServer({
    // Pages and `/console/` are the console's; it looks at the path alone before it says that a request is none of them.
    handler: (exchange) => {
      const served = web.serve(exchange);
      if (served === undefined) return gateway(exchange);
      return served === true ? undefined : served;
    },
    dialectOf: (path) => (isConsolePath(path) ? CONSOLE_DIALECT : dialectOf(path)),
    newRequestId,
    limits,
    unready,
    onFinish: (exchange) => {
      metrics.request(exchange.route, exchange.status, performance.now() - exchange.receivedAt);
      if (exchange.failure !== undefined) metrics.failed(exchange.failure.code);
      log.request(exchange);
    },
    onFault: (thrown, { requestId, route }) => {
      log.fault(thrown, { requestId, route });
    },
    onRefused: (why) => {
      metrics.refused(why);
    },
  });
  metrics.watch({
    requests: () => http.load().requests,
    streams: () => http.load().streams,
    bodyBytes: () => http.load().bodyBytes,
    holds: () => services.ledger.open().count,
    limitsDegraded: () => (services.limiter.mode === "degraded" ? 1 : 0),
    logDropped: () => log.dropped,
  });
  return http;
};
