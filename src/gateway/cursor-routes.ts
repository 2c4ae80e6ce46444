/**
 * The routes of Cursor: chat under a name of its own, in any of its three body shapes, and the names by which it may ask for models.
 * The shapes are understood on the plain chat route as well, where none of them is a legal request.
 */
import { listModels, oneModel } from "../catalog/routes.ts";
import type { PricedModel } from "../catalog/model.ts";
import { errors } from "../errors.ts";
import type { Handler } from "../http/exchange.ts";
import { cursor, isCursors } from "../protocols/cursor/index.ts";
import { LISTED_EFFORTS, NAME_PREFIX, readName } from "../protocols/cursor/names.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { Call, Protocol } from "../protocols/protocol.ts";
import { authenticate, infer } from "./pipeline.ts";
import type { Services } from "./services.ts";

/** The part of every path that is Cursor's: `/cursor/v1/…`. */
export const CURSOR_AREA = "cursor";
const ROOT = `/${CURSOR_AREA}`;
const CURSOR_MODEL_PREFIX = `${ROOT}/v1/models/`;

/** Who speaks on the chat route. */
const speakerOf = (call: Call): Protocol => (isCursors(call) ? cursor : PROTOCOLS["openai-chat"]);

/** Chat Completions, also where its body is one of Cursor's. */
export const chatHandler = (services: Services): Handler => infer(services, speakerOf);

/** A model under the names that Cursor leaves to us: by itself, and with how much it shall think. */
const published = (model: PricedModel): PricedModel[] => {
  const name = NAME_PREFIX + model.id;
  const efforts = model.capabilities.includes("reasoning") ? LISTED_EFFORTS : [];
  return [name, ...efforts.map((effort) => `${name}:${effort}`)].map((id) => ({ ...model, id }));
};

const models =
  (services: Services): Handler =>
  async (exchange) => {
    await authenticate(services, exchange);
    const chats = services.installation().callables.filter(({ model }) => model.kind === "chat");
    const list = chats.flatMap(({ model }) => published(model));
    exchange.reply(200, JSON.stringify(listModels(list, "openai", new URLSearchParams(exchange.query))));
  };

const model =
  (services: Services, name: string): Handler =>
  async (exchange) => {
    await authenticate(services, exchange);
    const installation = services.installation();
    const read = readName(name, (one) => installation.resolve(one).kind !== "unknown");
    const resolution = installation.resolve(read.model);
    if (resolution.kind === "retired") throw errors.modelRetired(name, resolution.model.replacement);
    if (resolution.kind !== "callable") throw errors.modelNotFound(name);
    exchange.reply(200, JSON.stringify(oneModel({ ...resolution.callable.model, id: name }, "openai")));
  };

type Methods = Readonly<Partial<Record<string, Handler>>>;

/** Cursor's rows of the table of routes. Replies are chat completions on all of them. @param probe answers a client's first knock */
export const cursorTable = (services: Services, probe: Methods): Readonly<Record<string, Methods>> => ({
  [`${ROOT}/v1/chat/completions`]: { POST: infer(services, cursor) },
  [`${ROOT}/v1/responses`]: { POST: infer(services, cursor) },
  [`${ROOT}/v1/models`]: { GET: models(services) },
  [`${ROOT}/v1`]: probe,
  [ROOT]: probe,
});

/** What serves one model's path below Cursor's list; undefined for any other path. @param longest name in characters */
export const cursorModelRoute = (
  services: Services,
  path: string,
  longest: number,
): { readonly methods: Methods; readonly label: string } | undefined => {
  if (!path.startsWith(CURSOR_MODEL_PREFIX) || path.length > CURSOR_MODEL_PREFIX.length + longest) return undefined;
  const name = path.slice(CURSOR_MODEL_PREFIX.length);
  return { methods: { GET: model(services, name) }, label: `${CURSOR_MODEL_PREFIX}{id}` };
};
