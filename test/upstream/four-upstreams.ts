/**
 * A gateway in front of one upstream per protocol: the sandbox, spoken to as four providers that each know one protocol alone. So
 * every client meets its own protocol (pass-through) and the three others (translated), with the same answers behind each.
 */
import { PROTOCOL_IDS, type ProtocolId } from "../../src/protocols/protocol.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import type { ServerOptions } from "../../src/server.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

export { PROTOCOL_IDS };

/** What the provider calls its model: names whose traits are those of the newest of their kind. The sandbox echoes for all. */
export const THEIR_NAMES = {
  "openai-chat": "gpt-4o",
  "openai-responses": "gpt-5.5",
  anthropic: "claude-sonnet-4-6",
  gemini: "gemini-3.5-flash",
} as const satisfies Record<ProtocolId, string>;

/** Who speaks one protocol alone, and where its routes begin. */
const PROVIDERS = {
  "openai-chat": { provider: "openai-compatible", prefix: "/v1" },
  "openai-responses": { provider: "openai-responses-compatible", prefix: "/v1" },
  anthropic: { provider: "anthropic-compatible", prefix: "" },
  gemini: { provider: "gemini-compatible", prefix: "" },
} as const satisfies Record<ProtocolId, object>;

/** How a provider fails, by the name of the sandbox's model that does. */
export const FAILURES = ["upstream-400", "upstream-401", "upstream-429", "upstream-500", "upstream-cut"] as const;
export type Failure = (typeof FAILURES)[number];

/** How a provider's failure reaches the customer, outside Messages (where an overload is 529). */
export const FAILED = [
  ["upstream-400", 400],
  ["upstream-401", 502],
  ["upstream-429", 503],
  ["upstream-500", 502],
] as const satisfies readonly (readonly [Failure, number])[];

/** The customer's name for a model that answers, behind an upstream of a protocol. */
export const echoOf = (protocol: ProtocolId): string => `echo-by-${protocol}`;
/** And of one that fails. */
export const failing = (protocol: ProtocolId, failure: Failure): string => `${failure}-by-${protocol}`;

const model = (id: string, upstream: ProtocolId, theirs: string): object => ({
  id,
  kind: "chat",
  context: 200_000,
  maxOutput: 64_000,
  prices: { input: "1", output: "5" },
  routes: [{ upstream, model: theirs }],
});

/** Starts sandbox and gateway; `close` ends both, after the audit. */
export const startFourUpstreams = async (server: ServerOptions = {}): Promise<TestGateway> => {
  const sandbox = await startSandbox();
  const gateway = await startTestGateway({
    credit: "100",
    server,
    config: {
      upstreams: PROTOCOL_IDS.map((id) => ({
        id,
        provider: PROVIDERS[id].provider,
        baseUrl: sandbox.baseUrl + PROVIDERS[id].prefix,
        apiKey: sandbox.apiKey,
      })),
      models: PROTOCOL_IDS.flatMap((id) => [
        model(echoOf(id), id, THEIR_NAMES[id]),
        ...FAILURES.map((failure) => model(failing(id, failure), id, failure)),
      ]),
    },
  });
  return {
    ...gateway,
    close: async () => {
      try {
        await gateway.close();
      } finally {
        await sandbox.close();
      }
    },
  };
};
