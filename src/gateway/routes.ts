/** The public routes of the gateway: one table, from a normalised path to what serves it. */
import type { Fidelity } from "../catalog/fidelity.ts";
import { listModels, modelShape, oneModel, type ModelShape } from "../catalog/routes.ts";
import { errors } from "../errors.ts";
import type { ErrorDialect, Exchange, FlatHeaders, Handler } from "../http/exchange.ts";
import { pathReader, type PathReader } from "../http/path.ts";
import { ONE } from "../money.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import { openaiCompletions } from "../protocols/openai-completions/index.ts";
import type { Installation } from "../settings/installation.ts";
import { chargeJson } from "../usage/charge.ts";
import type { Explanation } from "../usage/explain.ts";
import { accountLimits } from "./admit.ts";
import { planOf } from "./inference.ts";
import { countTokens } from "./count-tokens.ts";
import { chatHandler, CURSOR_AREA, cursorModelRoute, cursorTable } from "./cursor-routes.ts";
import { geminiHandler, geminiRoute, readGeminiPath } from "./gemini-routes.ts";
import { modelInfo, modelInfos, type InfoOrder } from "./model-info.ts";
import { pageOfModels, readModelQuestion } from "./model-question.ts";
import { OPERATION_ENDPOINTS, operationTable } from "./operation-routes.ts";
import { authenticate, identify, infer } from "./pipeline.ts";
import { profileOf, type Profile, type ProfileOrder } from "./profile.ts";
import { quote } from "./quote-routes.ts";
import type { Services } from "./services.ts";
import { usageHandler, type UsageRoutes } from "./usage-routes.ts";

/** What a route answers, by method. HEAD is answered where GET is. */
type Methods = Readonly<Partial<Record<string, (exchange: Exchange) => void | Promise<void>>>>;

/** Endpoints below `/v1` whose doubled and bare forms are tolerated (§9.8). */
const ENDPOINTS = [
  "chat/completions",
  "completions",
  "responses",
  "messages",
  "messages/count_tokens",
  "models",
  "models/info",
  "profile",
  "usage",
  "quote",
  ...OPERATION_ENDPOINTS,
] as const;
const MODEL_PREFIX = "/v1/models/";
const MODEL_INFO = "/v1/models/info";
const CHARGE_PREFIX = "/v1/charges/";
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
  /** One charge of an account; undefined when it has none of this name. */
  charge(accountId: number, requestId: string): Promise<Explanation | undefined>;
  /** What an account's requests were. */
  readonly history: UsageRoutes["history"];
  readonly findKey: UsageRoutes["findKey"];
  /** What was measured of each dialect, for the models' descriptions. */
  readonly fidelity: Fidelity;
  /** Of features that stand beside the gateway: endpoints whose doubled and bare forms are tolerated, and what serves a path. */
  readonly beside: { readonly endpoints: readonly string[]; find(path: string): Found | undefined };
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
    if (resolution.kind !== "callable") throw errors.modelNotFound(name);
    const shape = asked ?? modelShape(exchange.headers);
    exchange.reply(200, JSON.stringify(oneModel(resolution.callable.model, shape)));
  };

/** What the caller's key says of every model, or of one. */
const info =
  ({ services, fidelity }: GatewayRoutes, name?: string) =>
  async (exchange: Exchange): Promise<void> => {
    const key = await authenticate(services, exchange);
    const question = readModelQuestion(exchange.query);
    const installation = services.installation();
    const plan = planOf(key, installation);
    const order: InfoOrder = {
      fidelity,
      unit: installation.storefront.unit,
      multiplier: plan?.multiplier ?? ONE,
      planId: plan?.id ?? null,
      limits: { key, account: accountLimits(key, installation) },
      dialects: question.dialects,
    };
    if (name === undefined) {
      exchange.reply(200, modelInfos(pageOfModels(installation.callables, question), order));
      return;
    }
    const resolution = installation.resolve(name);
    if (resolution.kind === "retired") throw errors.modelRetired(name, resolution.model.replacement);
    if (resolution.kind !== "callable") throw errors.modelNotFound(name);
    exchange.reply(200, modelInfo(resolution.callable, order));
  };

/** One charge, to nobody but its account: of anybody else's there is none. */
const charge =
  (routes: GatewayRoutes, requestId: string) =>
  async (exchange: Exchange): Promise<void> => {
    const { accountId } = await authenticate(routes.services, exchange);
    const explanation = await routes.charge(accountId, requestId);
    if (explanation === undefined) throw errors.unknownObject("charge");
    exchange.reply(200, JSON.stringify(chargeJson(explanation, routes.services.installation().storefront.unit)));
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
    "/v1/chat/completions": { POST: chatHandler(services) },
    "/v1/completions": { POST: infer(services, openaiCompletions) },
    "/v1/responses": { POST: infer(services, PROTOCOLS["openai-responses"]) },
    "/v1/messages": { POST: infer(services, PROTOCOLS.anthropic) },
    "/v1/messages/count_tokens": {
      POST: countTokens(services, { protocol: PROTOCOLS.anthropic, write: (tokens) => ({ input_tokens: tokens }) }),
    },
    ...operationTable(services),
    "/v1/models": { GET: models(services) },
    [MODEL_INFO]: { GET: info(routes) },
    "/v1beta/models": { GET: models(services, "gemini") },
    "/v1/profile": {
      GET: async (exchange) => {
        const key = await identify(services, exchange);
        const profile = await routes.profile(key.id);
        // An account that is frozen for a pending debit is told so here.
        if (key.accountFrozen && profile.pendingDebit === 0n) throw errors.keyFrozen();
        const installation = services.installation();
        const order: ProfileOrder = {
          storefront: installation.storefront,
          planId: planOf(key, installation)?.id ?? null,
          limits: { key, account: accountLimits(key, installation) },
        };
        exchange.reply(200, profileOf(profile, order));
      },
    },
    "/v1/usage": { GET: usageHandler(routes) },
    "/v1/quote": { POST: quote(services) },
    ...cursorTable(services, root),
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
const routeOf = (routes: GatewayRoutes, table: ReadonlyMap<string, Methods>, path: string): Found | undefined => {
  const { services } = routes;
  const beside = routes.beside.find(path);
  if (beside !== undefined) return beside;
  const call = readGeminiPath(path);
  if (call !== undefined) return { methods: { POST: geminiHandler(services, call) }, label: geminiRoute(call) };
  const cursors = cursorModelRoute(services, path, NAME_LENGTH);
  if (cursors !== undefined) return cursors;
  if (path.startsWith(`${MODEL_INFO}/`) && path.length - MODEL_INFO.length <= NAME_LENGTH)
    return { methods: { GET: info(routes, path.slice(MODEL_INFO.length + 1)) }, label: `${MODEL_INFO}/{id}` };
  if (path.startsWith(CHARGE_PREFIX) && path.length - CHARGE_PREFIX.length <= NAME_LENGTH)
    return { methods: { GET: charge(routes, path.slice(CHARGE_PREFIX.length)) }, label: `${CHARGE_PREFIX}{id}` };
  const prefix =
    path === MODEL_INFO ? undefined : [MODEL_PREFIX, GEMINI_MODEL_PREFIX].find((one) => path.startsWith(one));
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
  const endpoints = [...ENDPOINTS, ...routes.beside.endpoints];
  let reader: { installation: Installation; read: PathReader } | undefined;
  const read = (path: string): string | null => {
    const installation = services.installation();
    if (reader?.installation !== installation)
      reader = {
        installation,
        read: pathReader({ mounts: installation.storefront.mounts, endpoints, areas: [CURSOR_AREA] }),
      };
    return reader.read(path);
  };
  return (exchange) => {
    const path = read(exchange.path);
    exchange.dialect = dialectOf(path ?? exchange.path);
    if (path === null) throw errors.unknownPath();
    const found = routeOf(routes, table, path);
    if (found === undefined) throw errors.unknownPath();
    const { methods } = found;
    exchange.route = found.label;
    const serve = methods[exchange.method === "HEAD" ? "GET" : exchange.method];
    if (serve !== undefined) return serve(exchange);
    // Methods of Gemini's that we do not have stand where a model's name would.
    if (exchange.method === "POST" && path.startsWith(GEMINI_MODEL_PREFIX) && path.includes(":"))
      throw errors.unknownPath();
    throw errors.methodNotAllowed(Object.keys(methods).join(", "));
  };
};
