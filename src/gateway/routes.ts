/** The public routes of the gateway: one table, from a normalised path to what serves it. */
import { listModels, modelShape, oneModel, type ModelShape } from "../catalog/routes.ts";
import { errors } from "../errors.ts";
import type { ErrorDialect, Exchange, FlatHeaders, Handler } from "../http/exchange.ts";
import { pathReader, type PathReader } from "../http/path.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { Installation } from "../settings/installation.ts";
import { countTokens } from "./count-tokens.ts";
import { geminiHandler, geminiRoute, readGeminiPath } from "./gemini-routes.ts";
import { authenticate, infer } from "./pipeline.ts";
import { profileOf, type Profile } from "./profile.ts";
import type { Services } from "./services.ts";

/** What a route answers, by method. HEAD is answered where GET is. */
type Methods = Readonly<Partial<Record<string, (exchange: Exchange) => void | Promise<void>>>>;

/** Endpoints below `/v1` whose doubled and bare forms are tolerated (§9.8). */
const ENDPOINTS = ["chat/completions", "responses", "messages", "messages/count_tokens", "models", "profile"] as const;
const MODEL_PREFIX = "/v1/models/";
const GEMINI_MODEL_PREFIX = "/v1beta/models/";
const GEMINI_VERSION = "/v1beta";

/** The dialect of a path, also of one that no route serves: by its first words, OpenAI's everywhere else. */
export const dialectOf = (path: string): ErrorDialect => {
  if (path.includes(`${GEMINI_VERSION}/`) || readGeminiPath(path) !== undefined) return PROTOCOLS.gemini.client;
  return path.includes("/messages") ? PROTOCOLS.anthropic.client : PROTOCOLS["openai-chat"].client;
};

export interface GatewayRoutes {
  readonly services: Services;
  /** What a key's holder may know of their account. */
  profile(keyId: number): Promise<Profile>;
}

const PLAIN: FlatHeaders = ["content-type", "text/plain; charset=utf-8"];

const models =
  (services: Services, asked?: ModelShape) =>
  async (exchange: Exchange): Promise<void> => {
    await authenticate(services, exchange);
    const list = services.installation().callables.map((callable) => callable.model);
    const shape = asked ?? modelShape(exchange.headers);
    exchange.reply(200, JSON.stringify(listModels(list, shape, new URLSearchParams(exchange.query))));
  };

const model =
  (services: Services, name: string, asked?: ModelShape) =>
  async (exchange: Exchange): Promise<void> => {
    await authenticate(services, exchange);
    const resolution = services.installation().resolve(name);
    if (resolution.kind === "retired") throw errors.modelRetired(name, resolution.model.replacement);
    if (resolution.kind === "unknown") throw errors.modelNotFound(name);
    const shape = asked ?? modelShape(exchange.headers);
    exchange.reply(200, JSON.stringify(oneModel(resolution.callable.model, shape)));
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
    "/v1/responses": { POST: infer(services, PROTOCOLS["openai-responses"]) },
    "/v1/messages": { POST: infer(services, PROTOCOLS.anthropic) },
    "/v1/messages/count_tokens": {
      POST: countTokens(services, { protocol: PROTOCOLS.anthropic, write: (tokens) => ({ input_tokens: tokens }) }),
    },
    "/v1/models": { GET: models(services) },
    "/v1beta/models": { GET: models(services, "gemini") },
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
    [GEMINI_VERSION]: root,
    "/hello": root,
    "/api/hello": root,
  };
};

/** What serves a path, and the label of its route. */
interface Found {
  readonly methods: Methods;
  readonly label: string;
}

/** The paths that hold a name, then the table. */
const routeOf = (services: Services, table: ReadonlyMap<string, Methods>, path: string): Found | undefined => {
  const call = readGeminiPath(path);
  if (call !== undefined) return { methods: { POST: geminiHandler(services, call) }, label: geminiRoute(call) };
  const prefix = [MODEL_PREFIX, GEMINI_MODEL_PREFIX].find((one) => path.startsWith(one));
  if (prefix === undefined) {
    const methods = table.get(path);
    return methods === undefined ? undefined : { methods, label: path };
  }
  const name = path.slice(prefix.length);
  if (name.length > NAME_LENGTH) return undefined;
  const shape = prefix === GEMINI_MODEL_PREFIX ? "gemini" : undefined;
  return { methods: { GET: model(services, name, shape) }, label: `${prefix}{id}` };
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
    const found = routeOf(services, table, path);
    if (found === undefined) throw errors.unknownPath();
    const { methods } = found;
    exchange.route = found.label;
    const serve = methods[exchange.method === "HEAD" ? "GET" : exchange.method];
    if (serve === undefined) throw errors.methodNotAllowed(Object.keys(methods).join(", "));
    return serve(exchange);
  };
};
