/** Whether a request may run now: which limits it counts against, how many tokens it reserves, and what it is told when it may not. */
import { errors, type GatewayError } from "../errors.ts";
import type { FlatHeaders } from "../http/exchange.ts";
import type { KeyRecord } from "../keys/key.ts";
import {
  isLimited,
  scopeOf,
  smallestTpm,
  type Admission,
  type LimitKind,
  type LimitOrder,
  type Limits,
  type Refusal,
  type ScopeLimits,
} from "../limits/limit.ts";
import type { Ask } from "../protocols/protocol.ts";
import type { Installation } from "../settings/installation.ts";
import { blank } from "../table.ts";
import { promptEstimate } from "./estimate.ts";
import { planOf, type Inference, type Planned } from "./inference.ts";
import { limitHeaders } from "./limit-headers.ts";
import type { Services } from "./services.ts";

/** Output tokens that are reserved per choice, at most: clients ask for caps that they never use. */
const MOST_OUTPUT = 4_096;
/** The same where the client named no cap. */
const USUAL_OUTPUT = 1_024;

const NO_LIMITS: Limits = { rpm: null, tpm: null, concurrency: null };

/** The limits of a key's account: its plan's. */
export const accountLimits = (key: KeyRecord, installation: Installation): Limits =>
  planOf(key, installation) ?? NO_LIMITS;

const scopesOf = ({ key, model }: Pick<Planned, "key" | "model">, installation: Installation): ScopeLimits[] => {
  const account = accountLimits(key, installation);
  const scopes: ScopeLimits[] = [];
  if (isLimited(key)) scopes.push(scopeOf(`k:${key.id}`, key));
  if (isLimited(account)) scopes.push(scopeOf(`a:${key.accountId}`, account));
  if (isLimited(model)) scopes.push(scopeOf(`m:${key.accountId}:${model.id}`, model));
  return scopes;
};

/**
 * How many tokens a request reserves: its prompt by the estimator, and the output that it is likely to have.
 * @throws GatewayError exceeds_token_limit when what it surely needs can never fit (I-83)
 */
const tokensOf = (ask: Ask, maxOutput: number, tpm: number): number => {
  const prompt = promptEstimate(ask.content);
  const named = ask.maxTokens === undefined ? 0 : Math.min(ask.maxTokens, maxOutput, MOST_OUTPUT) * ask.choices;
  if (prompt + named > tpm) throw errors.exceedsTokenLimit(prompt + named, tpm);
  const output = named > 0 ? named : Math.min(maxOutput, USUAL_OUTPUT) * ask.choices;
  return Math.min(prompt + output, tpm);
};

const orderOf = (planned: Pick<Planned, "key" | "model" | "ask">, installation: Installation): LimitOrder => {
  const scopes = scopesOf(planned, installation);
  const tpm = smallestTpm(scopes);
  return { scopes, tokens: tpm === null ? 0 : tokensOf(planned.ask, planned.model.maxOutput, tpm) };
};

const MAKERS = {
  requests: errors.requestsLimited,
  tokens: errors.tokensLimited,
  concurrency: errors.concurrencyLimited,
} as const satisfies Record<LimitKind, unknown>;

const asRecord = (headers: FlatHeaders): Record<string, string> => {
  const record = blank<string>();
  for (let i = 0; i + 1 < headers.length; i += 2) record[headers[i] ?? ""] = headers[i + 1] ?? "";
  return record;
};

const refused = ({ kind, limit, retryAfterSeconds }: Refusal, headers: FlatHeaders): GatewayError =>
  MAKERS[kind](limit, retryAfterSeconds, asRecord(headers));

type Admitted = Pick<Inference, "admission" | "limits">;

/**
 * Admits a request, at once where no other process has a say. Whoever calls must end the admission, whatever happens.
 * @throws GatewayError requests_limited, tokens_limited, concurrency_limited, exceeds_token_limit; nothing was counted then
 */
export const admit = (
  services: Services,
  planned: Planned,
  installation: Installation,
): Admitted | Promise<Admitted> => {
  const decided = (answer: Admission | Refusal): Admitted => {
    const limits = limitHeaders(planned.protocol.id, answer.report, services.epochMs());
    if (!answer.admitted) throw refused(answer, limits);
    return { admission: answer, limits };
  };
  const answer = services.limiter.admit(orderOf(planned, installation));
  return answer instanceof Promise ? answer.then(decided) : decided(answer);
};

/** Admits a task, which counts as a request without tokens. @throws GatewayError requests_limited, concurrency_limited */
export const admitTask = async (
  services: Services,
  of: Pick<Planned, "key" | "model">,
  installation: Installation,
): Promise<Admission> => {
  const answer = await services.limiter.admit({ scopes: scopesOf(of, installation), tokens: 0 });
  if (answer.admitted) return answer;
  throw refused(answer, limitHeaders("openai-chat", answer.report, services.epochMs()));
};
