/** `POST /v1/quote`: any protocol's body in, its price out. Free, and outside the request limits like the counting of tokens. */
import type { ModelKind } from "../catalog/model.ts";
import { errors } from "../errors.ts";
import type { Exchange, Handler } from "../http/exchange.ts";
import { newRequestId } from "../id.ts";
import type { KeyRecord } from "../keys/key.ts";
import { cursor, isCursors } from "../protocols/cursor/index.ts";
import { speech } from "../protocols/audio/index.ts";
import { openaiEmbeddings } from "../protocols/embeddings/index.ts";
import { images } from "../protocols/images/index.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import { openaiCompletions } from "../protocols/openai-completions/index.ts";
import type { Operation, OperationId } from "../protocols/operation.ts";
import type { Call, CallRoute, Protocol } from "../protocols/protocol.ts";
import { stringAt } from "../protocols/span.ts";
import type { Callable, Installation } from "../settings/installation.ts";
import { readCall } from "./call.ts";
import { inferenceOf, readOptions, type Planned } from "./inference.ts";
import { authenticate, type Received } from "./pipeline.ts";
import type { Preference } from "./plan.ts";
import { quoteJson } from "./quote.ts";
import type { Services } from "./services.ts";

/** Calls that are no conversation, read from JSON. */
const OPERATIONS = {
  embeddings: openaiEmbeddings,
  images: (call: Call) => images("generations", { kind: "json", call }),
  speech,
} as const satisfies Partial<Record<OperationId, (call: Call) => Operation>>;
type Operated = keyof typeof OPERATIONS;

/** Conversations, and who speaks them. */

const SPEAKERS = {
  chat: (call) => (isCursors(call) ? cursor : PROTOCOLS["openai-chat"]),
  completions: () => openaiCompletions,
  responses: () => PROTOCOLS["openai-responses"],
  messages: () => PROTOCOLS.anthropic,
  gemini: () => PROTOCOLS.gemini,
} as const satisfies Record<string, (call: Call) => Protocol>;

type Spoken = keyof typeof SPEAKERS;

type Quoted = Spoken | Operated;
const isOperated = (name: string): name is Operated => Object.hasOwn(OPERATIONS, name);
const isQuoted = (name: string): name is Quoted => Object.hasOwn(SPEAKERS, name) || isOperated(name);
/** As `?protocol=` names them. */
const NAMES = [...Object.keys(SPEAKERS), ...Object.keys(OPERATIONS)].join(", ");

/** Of which kind a model is that only one call is for. */
const OPERATION_OF = { embedding: "embeddings", image: "images", speech: "speech" } as const satisfies Partial<
  Record<ModelKind, Operated>
>;
const isOfOperation = (kind: ModelKind): kind is keyof typeof OPERATION_OF => Object.hasOwn(OPERATION_OF, kind);

/** What the path of a Gemini call would say: `?model=`, else the body's own member; `?stream=true`. */
const routeOf = (call: Call, query: URLSearchParams): CallRoute => {
  const span = call.scan.members.get("model");
  const named = query.get("model") ?? (span === undefined ? undefined : stringAt(call.body, span)) ?? "";
  const model = named.startsWith("models/") ? named.slice("models/".length) : named;
  return { model, stream: query.get("stream") === "true", sse: true };
};

/**
 * What a body is, by the members that only one protocol has: `contents` is Gemini, a `system` beside `messages` (or the header that
 * Anthropic's clients send) is Messages, `prompt` is legacy completions and `input` Responses, unless the model is for embeddings,
 * images or speech.
 * @throws GatewayError invalid_value for a body that could be several
 */
const recognised = (call: Call, installation: Installation): Quoted => {
  const { members } = call.scan;
  if (members.has("contents")) return "gemini";
  if (members.has("messages"))
    return members.has("system") || call.headers["anthropic-version"] !== undefined ? "messages" : "chat";
  if (!members.has("input") && !members.has("prompt"))
    throw errors.invalidValue("protocol", `is needed: ?protocol= one of ${NAMES}`);
  const span = members.get("model");
  const resolved = installation.resolve((span === undefined ? undefined : stringAt(call.body, span)) ?? "");
  const kind = resolved.kind === "callable" ? resolved.callable.model.kind : "chat";
  if (isOfOperation(kind)) return OPERATION_OF[kind];
  return members.has("prompt") ? "completions" : "responses";
};

/** A request to be quoted. */
export interface Quotable {
  readonly body: Buffer;
  readonly headers: Exchange["headers"];
  readonly query: URLSearchParams;
  readonly installation: Installation;
}

/** Reads a body in the protocol that it is named or known to be of. @throws GatewayError */
export const readQuoted = ({ body, headers, query, installation }: Quotable): Received => {
  const seen = readCall(body, headers);
  const named = query.get("protocol");
  if (named !== null && !isQuoted(named)) throw errors.invalidValue("protocol", `must be one of ${NAMES}`);
  const quoted = named ?? recognised(seen, installation);
  if (isOperated(quoted)) {
    const operation = OPERATIONS[quoted](seen);
    return { protocol: PROTOCOLS["openai-chat"], call: seen, ask: operation.ask, operation };
  }
  const received = quoted === "gemini" ? { ...seen, route: routeOf(seen, query) } : seen;
  const protocol = SPEAKERS[quoted](received);
  const isModel = (name: string): boolean => installation.resolve(name).kind !== "unknown";
  const call = protocol.client.prepare?.(received, isModel) ?? received;
  return { protocol, call, ask: protocol.client.ask(call), operation: null };
};

/** @param key whose plan it is quoted for @throws GatewayError for what could not be called like this */
export const quoted = (
  quotable: Quotable,
  received: Received,
  key: KeyRecord,
  prefer: (callable: Callable) => Preference,
): Planned =>
  inferenceOf({
    ...received,
    requestId: newRequestId(),
    key,
    installation: quotable.installation,
    options: readOptions(quotable.headers),
    startedAt: 0,
    receivedAt: 0,
    prefer,
  });

/** @throws GatewayError */
export const quote =
  (services: Services): Handler =>
  async (exchange) => {
    const installation = services.installation();
    const key = await authenticate(services, exchange);
    const body = await exchange.body({ media: "json" });
    const query = new URLSearchParams(exchange.query);
    const quotable: Quotable = { body, headers: exchange.headers, query, installation };
    const received = readQuoted(quotable);
    // From here on its caller is known to speak it.
    exchange.dialect = received.protocol.client;
    const { call, operation } = received;
    const planned = quoted(quotable, received, key, (callable) =>
      services.routing.prefer(callable, operation === null ? call : undefined, key.accountId),
    );
    exchange.reply(200, JSON.stringify(quoteJson(planned)));
  };
