/** The public routes of the gateway: one table, from a normalised path to what serves it. */
import { listModels, modelShape, oneModel } from "../catalog/routes.ts";
import { errors } from "../errors.ts";
import type { ErrorDialect, Exchange, FlatHeaders, Handler } from "../http/exchange.ts";
import { pathReader, type PathReader } from "../http/path.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { Installation } from "../settings/installation.ts";
import { authenticate, infer } from "./pipeline.ts";
import { profileOf, type Profile } from "./profile.ts";
import type { Services } from "./services.ts";

/** What a route answers, by method. HEAD is answered where GET is. */
type Methods = Readonly<Partial<Record<string, (exchange: Exchange) => void | Promise<void>>>>;

/** Endpoints below `/v1` whose doubled and bare forms are tolerated (§9.8). */
const ENDPOINTS = ["chat/completions", "messages", "models", "profile"] as const;
const MODEL_PREFIX = "/v1/models/";

/** The dialect of a path, also of one that no route serves: Messages where the path says so, OpenAI's everywhere else. */
export const dialectOf = (path: string): ErrorDialect =>
  path.includes("/messages") ? PROTOCOLS.anthropic.client : PROTOCOLS["openai-chat"].client;

export interface GatewayRoutes {
  readonly services: Services;
  /** What a key's holder may know of their account. */
  profile(keyId: number): Promise<Profile>;
}

const PLAIN: FlatHeaders = ["content-type", "text/plain; charset=utf-8"];

const models = (services: Services) => async (exchange: Exchange) => {
  await authenticate(services, exchange);
  const list = services.installation().callables.map((callable) => callable.model);
  const shape = modelShape(exchange.headers);
  exchange.reply(200, JSON.stringify(listModels(list, shape, new URLSearchParams(exchange.query))));
};

const model = (services: Services, name: string) => async (exchange: Exchange) => {
  await authenticate(services, exchange);
  const resolution = services.installation().resolve(name);
  if (resolution.kind === "retired") throw errors.modelRetired(name, resolution.model.replacement);
  if (resolution.kind === "unknown") throw errors.modelNotFound(name);
  exchange.reply(200, JSON.stringify(oneModel(resolution.callable.model, modelShape(exchange.headers))));
};

/** Longest model name that is looked up or shown in an error. */
const NAME_LENGTH = 256;

const tableOf = (routes: GatewayRoutes): Readonly<Record<string, Methods>> => {
  const { services } = routes;
  const root: Methods = {
    GET: (exchange) => {
      exchange.reply(200, `${services.installation().storefront.name}\n`, PLAIN);
    },
  };
  return {
    "/v1/chat/completions": { POST: infer(services, PROTOCOLS["openai-chat"]) },
    "/v1/messages": { POST: infer(services, PROTOCOLS.anthropic) },
    "/v1/models": { GET: models(services) },
    "/v1/profile": {
      GET: async (exchange) => {
        const key = await authenticate(services, exchange);
        const { unit } = services.installation().storefront;
        exchange.reply(200, profileOf(await routes.profile(key.id), unit));
      },
    },
    "/": root,
    // Clients probe these before their first call (reference of real clients, §9.8); any quick answer will do.
    "/v1": root,
    "/hello": root,
    "/api/hello": root,
  };
};

/** The handler of every public request. */
export const gatewayHandler = (routes: GatewayRoutes): Handler => {
  const { services } = routes;
  const table = new Map(Object.entries(tableOf(routes)));
  let reader: { installation: Installation; read: PathReader } | undefined;
  const read = (path: string): string | null => {
    const installation = services.installation();
    if (reader?.installation !== installation)
      reader = { installation, read: pathReader({ mounts: installation.storefront.mounts, endpoints: ENDPOINTS }) };
    return reader.read(path);
  };
  return (exchange) => {
    const path = read(exchange.path);
    exchange.dialect = dialectOf(path ?? exchange.path);
    if (path === null) throw errors.unknownPath();
    const named = path.startsWith(MODEL_PREFIX) ? path.slice(MODEL_PREFIX.length) : null;
    if (named !== null && named.length > NAME_LENGTH) throw errors.unknownPath();
    const methods = named === null ? table.get(path) : { GET: model(services, named) };
    if (methods === undefined) throw errors.unknownPath();
    exchange.route = named === null ? path : `${MODEL_PREFIX}{id}`;
    const serve = methods[exchange.method === "HEAD" ? "GET" : exchange.method];
    if (serve === undefined) throw errors.methodNotAllowed(Object.keys(methods).join(", "));
    return serve(exchange);
  };
};
