/** A real gateway in front of a scripted provider of each dialect, and how a client of each dialect asks it. */
import type { ServerOptions } from "../../src/server.ts";
import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import type { ScriptedUpstream } from "../upstream/scripted-upstream.ts";

const PROVIDERS: Readonly<Record<ProtocolId, string>> = {
  "openai-chat": "openai-compatible",
  "openai-responses": "openai-responses-compatible",
  anthropic: "anthropic-compatible",
  gemini: "gemini-compatible",
};

interface Dialect {
  readonly path: (model: string) => string;
  readonly body: (model: string) => object;
  /** What keeps its streams alive. */
  readonly keepAlive: string;
}

const hello = [{ role: "user", content: "hello" }];
const COMMENT = ": keep-alive\n\n";

export const DIALECTS: Readonly<Record<ProtocolId, Dialect>> = {
  "openai-chat": {
    path: () => "/v1/chat/completions",
    body: (model) => ({ model, stream: true, stream_options: { include_usage: true }, messages: hello }),
    keepAlive: COMMENT,
  },
  "openai-responses": {
    path: () => "/v1/responses",
    body: (model) => ({ model, stream: true, input: "hello" }),
    keepAlive: COMMENT,
  },
  anthropic: {
    path: () => "/v1/messages",
    body: (model) => ({ model, stream: true, max_tokens: 100, messages: hello }),
    keepAlive: 'event: ping\ndata: {"type":"ping"}\n\n',
  },
  gemini: {
    path: (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: () => ({ contents: [{ role: "user", parts: [{ text: "hello" }] }] }),
    // Clients of this dialect break on comments.
    keepAlive: 'data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}]}\n\n',
  },
};

/** Every client with every provider: `[provider's dialect, client's]`. */
export const PAIRS = PROTOCOL_IDS.flatMap((spoken) => PROTOCOL_IDS.map((client) => [spoken, client] as const));

/** A model `by-PROTOCOL` for each provider, all on one scripted upstream, which tells them apart by `spokenAt`. */
export const startDialects = (upstream: ScriptedUpstream, server: ServerOptions = {}): Promise<TestGateway> =>
  startTestGateway({
    credit: "100000",
    server,
    config: {
      upstreams: PROTOCOL_IDS.map((id) => ({
        id,
        provider: PROVIDERS[id],
        apiKey: "x",
        baseUrl: `${upstream.baseUrl}/${id}`,
      })),
      models: PROTOCOL_IDS.map((id) => ({
        id: `by-${id}`,
        kind: "chat",
        context: 2_000_000,
        maxOutput: 200_000,
        prices: { input: "1", output: "5", cache_read: "0.1", reasoning: "5" },
        routes: [{ upstream: id, model: "m", priority: 1, weight: 1 }],
      })),
    },
  });

/** Which provider's path this is. */
export const spokenAt = (path: string): ProtocolId =>
  PROTOCOL_IDS.find((id) => path.startsWith(`/${id}/`)) ?? "openai-chat";

/** Asks the model of a provider for a stream, as a client of a dialect does. */
export const ask = (gateway: TestGateway, spoken: ProtocolId, client: ProtocolId): Promise<Response> => {
  const { path, body } = DIALECTS[client];
  const model = `by-${spoken}`;
  return fetch(gateway.url + path(model), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify(body(model)),
  });
};
