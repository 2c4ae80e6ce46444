/**
 * A real call to an upstream before it is used: is it there, does it take the key, does it answer in its protocol? What comes back is a
 * class of failure and how long it took; never a word of the provider's, a host or the key (B37, F127).
 */
import { modelName } from "../../catalog/entry.ts";
import { GatewayError } from "../../errors.ts";
import { readCall } from "../../gateway/call.ts";
import { newRequestId } from "../../id.ts";
import { operatorToken } from "../../ledger/operator-token.ts";
import { PROTOCOLS } from "../../protocols/index.ts";
import { UpstreamBroken, type ProtocolId, type Relay, type UpstreamFault } from "../../protocols/protocol.ts";
import { relay } from "../../protocols/relay.ts";
import { authHeaders } from "../../providers/auth.ts";
import type { Surface } from "../../providers/provider.ts";
import type { AnswerHeaders, ProviderClient, SendFailure, SendOrder, Sending } from "../../providers/send.ts";
import type { Upstream } from "../../upstreams/upstream.ts";

/** A whole probe, in milliseconds: an operator waits for it. */
const PROBE_MS = 20_000;
/** Largest answer that is read: a list of models has some hundred kilobytes. */
const ANSWER_BYTES = 4 * 1024 * 1024;
/** Enough for a word; a model that thinks first ends at it, which is an answer as well. */
const PROBE_TOKENS = 32;
/** What a model is taken to hold while it is tried. */
const PROBE_CONTEXT = 8_192;
/** Models of a provider's own list. */
export const MOST_LISTED = 2_000;

export const PROBE_PROBLEMS = [
  /** No connection. */
  "unreachable",
  /** No encrypted connection: the certificate is not accepted. */
  "tls",
  "timeout",
  /** The connection broke, or what came was no HTTP. */
  "broken",
  "key_refused",
  /** The address or the model is not known there. */
  "not_found",
  "busy",
  /** Any other answer than success. */
  "refused",
  /** Success, but not in the protocol that the provider should speak. */
  "not_understood",
] as const;
export type ProbeProblem = (typeof PROBE_PROBLEMS)[number];

export interface ProbeResult {
  readonly problem: ProbeProblem | null;
  /** HTTP status; null when none came. */
  readonly status: number | null;
  readonly latencyMs: number;
}

export interface ListedModels extends ProbeResult {
  readonly models: readonly string[];
}

type Answer =
  | { readonly kind: "answer"; readonly status: number; readonly headers: AnswerHeaders; readonly body: Buffer }
  | { readonly kind: "failure"; readonly problem: ProbeProblem };

const FAILURES = {
  connect: "unreachable",
  tls: "tls",
  timeout: "timeout",
  reset: "broken",
  protocol: "broken",
  aborted: "timeout",
} as const satisfies Record<SendFailure["kind"], ProbeProblem>;

/** One call, bounded in time and bytes; never throws. */
const call = (client: ProviderClient, order: SendOrder, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let [size, status] = [0, 0];
    let headers: AnswerHeaders = {};
    const ends = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    const sending: Sending = client.send(operatorToken(newRequestId()), order, {
      head: (code, found) => {
        status = code;
        headers = found;
      },
      data: (chunk) => {
        size += chunk.length;
        parts.push(chunk);
        if (size <= ANSWER_BYTES) return;
        sending.abort();
        resolve({ kind: "failure", problem: "not_understood" });
      },
      end: () => {
        resolve({ kind: "answer", status, headers, body: Buffer.concat(parts) });
      },
      fail: (failure) => {
        resolve({ kind: "failure", problem: FAILURES[failure.kind] });
      },
    });
    ends.addEventListener("abort", () => {
      sending.abort();
      resolve({ kind: "failure", problem: "timeout" });
    });
  });

const orderOf = (upstream: Upstream, surface: Surface, rest: Pick<SendOrder, "method" | "path" | "headers" | "body">) =>
  ({
    ...rest,
    baseUrl: upstream.baseUrl + surface.prefix,
    headers: { ...rest.headers, ...authHeaders(surface.auth, upstream.apiKey) },
    stream: false,
    timeouts: { wholeMs: PROBE_MS, idleMs: PROBE_MS },
  }) satisfies SendOrder;

const BUSY: ReadonlySet<number> = new Set([429, 503, 529]);

const problemOf = (status: number, fault: UpstreamFault | null): ProbeProblem => {
  if (fault?.credential === true || status === 401 || status === 403) return "key_refused";
  if (status === 404) return "not_found";
  return BUSY.has(status) ? "busy" : "refused";
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** The request as the gateway itself would send it. @throws GatewayError for a model that cannot be asked like this */
const relayTo = (surface: Surface, model: string): Relay => {
  const from = PROTOCOLS["openai-chat"];
  const text = JSON.stringify({
    model,
    messages: [{ role: "user", content: "Answer with the word OK." }],
    max_tokens: PROBE_TOKENS,
  });
  const asked = readCall(Buffer.from(text), {});
  return relay({
    from,
    to: PROTOCOLS[surface.protocol],
    call: asked,
    ask: from.client.ask(asked),
    target: {
      model,
      replyModel: model,
      defaultMaxTokens: PROBE_TOKENS,
      context: PROBE_CONTEXT,
      maxOutput: PROBE_TOKENS,
      quirks: surface.quirks,
      ...(surface.completes === true ? { completes: true as const } : {}),
    },
    context: { requestId: newRequestId(), model, created: 0, wantsUsage: false, call: asked },
  });
};

/** Whether a reply is one of the protocol's. */
const isUnderstood = (joined: Relay, body: Buffer): boolean => {
  try {
    joined.reply(body);
    return true;
  } catch (error) {
    if (error instanceof UpstreamBroken || error instanceof GatewayError) return false;
    throw error;
  }
};

/** Asks a model of an upstream for one word. @param model the provider's name for it @throws GatewayError for a name that is none */
export const probeModel = async (
  client: ProviderClient,
  { upstream, model, signal }: { readonly upstream: Upstream; readonly model: string; readonly signal: AbortSignal },
): Promise<ProbeResult> => {
  const [surface] = upstream.provider.surfaces;
  const joined = relayTo(surface, model);
  const { path, headers, body } = joined.request();
  const start = performance.now();
  const answer = await call(client, orderOf(upstream, surface, { method: "POST", path, headers, body }), signal);
  const latencyMs = Math.round(performance.now() - start);
  if (answer.kind === "failure") return { problem: answer.problem, status: null, latencyMs };
  const { status } = answer;
  if (!isSuccess(status)) {
    const fault = joined.fault(status, answer.headers, answer.body);
    return { problem: problemOf(status, fault), status, latencyMs };
  }
  return { problem: isUnderstood(joined, answer.body) ? null : "not_understood", status, latencyMs };
};

/** Where each protocol lists models, and under which member their names stand. */
const LISTS = {
  "openai-chat": { path: "/models", headers: {}, member: "data", name: "id" },
  "openai-responses": { path: "/models", headers: {}, member: "data", name: "id" },
  anthropic: {
    path: "/models?limit=1000",
    headers: { "anthropic-version": "2023-06-01" },
    member: "data",
    name: "id",
  },
  gemini: { path: "/models?pageSize=1000", headers: {}, member: "models", name: "name" },
} as const satisfies Record<
  ProtocolId,
  { path: string; headers: Record<string, string>; member: string; name: string }
>;

const GEMINI_FOLDER = "models/";

/** The names in a list; null for what is none. Read as untrusted text: only what can be a model's name is kept. */
const namesIn = (body: Buffer, { member, name: called }: (typeof LISTS)[ProtocolId]): string[] | null => {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
  // Some providers answer with the bare list.
  const list: unknown = Array.isArray(value) ? value : ((value ?? {}) as Record<string, unknown>)[member];
  if (!Array.isArray(list)) return null;
  const names = list.flatMap((item: unknown) => {
    const found = ((item ?? {}) as Record<string, unknown>)[called];
    const bare =
      typeof found === "string" && found.startsWith(GEMINI_FOLDER) ? found.slice(GEMINI_FOLDER.length) : found;
    const name = modelName.safeParse(bare);
    return name.success ? [name.data] : [];
  });
  return [...new Set(names)].slice(0, MOST_LISTED).sort();
};

/** Asks an upstream which models it has. */
export const listModels = async (
  client: ProviderClient,
  upstream: Upstream,
  signal: AbortSignal,
): Promise<ListedModels> => {
  const [surface] = upstream.provider.surfaces;
  const list = LISTS[surface.protocol];
  const start = performance.now();
  const { path, headers } = list;
  const answer = await call(client, orderOf(upstream, surface, { method: "GET", path, headers, body: [] }), signal);
  const latencyMs = Math.round(performance.now() - start);
  if (answer.kind === "failure") return { problem: answer.problem, status: null, latencyMs, models: [] };
  const { status, body } = answer;
  if (!isSuccess(status)) return { problem: problemOf(status, null), status, latencyMs, models: [] };
  const models = namesIn(body, list);
  return { problem: models === null ? "not_understood" : null, status, latencyMs, models: models ?? [] };
};
