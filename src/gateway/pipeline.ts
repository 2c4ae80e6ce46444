/**
 * The way of one inference request: authenticate → read → plan → admit → hold → attempt → relay → settle. Read this first.
 *
 * All control flow is here; every step is a pure function or one call of a feature. Whatever happens after the hold was taken,
 * the request is settled exactly once, before the last byte of its reply leaves (I-20, I-30).
 */
import { errors, GatewayError } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { readCredential } from "../http/credential.ts";
import type { KeyRecord } from "../keys/key.ts";
import { AccountFrozen, InsufficientFunds, type HoldToken } from "../ledger/ledger.ts";
import type { CallRoute, Protocol } from "../protocols/protocol.ts";
import type { Installation } from "../settings/installation.ts";
import { readCall } from "./call.ts";
import { displayed, displayedText, inferenceOf, readOptions, type Inference } from "./inference.ts";
import { isSettled } from "./settle.ts";
import { serveStream } from "./serve-stream.ts";
import { serveWhole } from "./serve-whole.ts";
import type { Services } from "./services.ts";
import type { RequestLimit } from "../limits/limiter.ts";

/**
 * Serves one inference request in one client protocol. Throws what is to be answered as an error.
 * @param route what the path says, where the protocol says it there
 */
export const infer =
  (services: Services, protocol: Protocol, route?: CallRoute) =>
  async (exchange: Exchange): Promise<void> => {
    const startedAt = services.epochMs();
    const installation = services.installation();
    const key = await authenticate(services, exchange);
    const note = { model: "", stream: false };
    try {
      const call = readCall(await exchange.body({ media: "json" }), exchange.headers, route);
      const ask = protocol.client.ask(call);
      note.model = ask.model;
      note.stream = ask.stream;
      const inference = inferenceOf({
        requestId: exchange.requestId,
        protocol,
        key,
        call,
        ask,
        installation,
        options: readOptions(exchange.headers),
        startedAt,
        receivedAt: exchange.receivedAt,
        random: () => services.random(),
      });
      services.limiter.admit(limitsOf(key, installation));
      const hold = await take(services, inference);
      await (ask.stream ? serveStream : serveWhole)(services, exchange, inference, hold);
    } catch (error) {
      if (error instanceof GatewayError && !isSettled(error))
        reject(services, exchange, key, { ...note, error, startedAt });
      throw error;
    }
  };

/** The holder of the request's key. @throws GatewayError missing_key, invalid_key, key_frozen */
export const authenticate = async (services: Services, exchange: Exchange): Promise<KeyRecord> => {
  const found = services.keys.find(readCredential(exchange.headers, exchange.query));
  const key = found instanceof Promise ? await found : found;
  if (key === undefined || key.status === "revoked") throw errors.invalidKey();
  if (key.expiresAt !== null && key.expiresAt <= services.epochMs()) throw errors.invalidKey();
  if (key.status === "frozen" || key.accountFrozen) throw errors.keyFrozen();
  return key;
};

/** The limits that apply to a request: its key's own, and its account's plan. */
const limitsOf = (key: KeyRecord, installation: Installation): RequestLimit[] => {
  const limits: RequestLimit[] = [];
  if (key.rpm !== null) limits.push({ scope: `key:${key.id}`, perMinute: key.rpm });
  const plan = key.planId === null ? installation.defaultPlan : (installation.plans.get(key.planId) ?? null);
  if (plan !== null && plan.rpm !== null) limits.push({ scope: `account:${key.accountId}`, perMinute: plan.rpm });
  return limits;
};

/** Holds the request's bound, or as much of it as is of use. @throws GatewayError insufficient_balance, key_frozen */
const take = async (services: Services, inference: Inference): Promise<HoldToken> => {
  const { key, bound, snapshot, requestId, unit } = inference;
  try {
    const hold = services.ledger.hold({
      requestId,
      accountId: key.accountId,
      keyId: key.id,
      amount: bound.amount,
      minimum: bound.minimum,
      snapshot,
    });
    return hold instanceof Promise ? await hold : hold;
  } catch (error) {
    if (error instanceof AccountFrozen) throw errors.keyFrozen(error);
    if (!(error instanceof InsufficientFunds)) throw error;
    const rendered = { required: displayedText(error.required, unit), available: displayedText(error.available, unit) };
    throw errors.insufficientBalance(rendered, {
      balance: displayed(error.available, unit),
      required: displayed(error.required, unit),
      affordable_max_tokens: bound.affords(error.available),
    });
  }
};

interface Refusal {
  readonly model: string;
  readonly stream: boolean;
  readonly error: GatewayError;
  readonly startedAt: number;
}

const reject = (services: Services, exchange: Exchange, key: KeyRecord, refusal: Refusal): void => {
  services.ledger.reject({
    requestId: exchange.requestId,
    accountId: key.accountId,
    keyId: key.id,
    model: refusal.model,
    protocol: exchange.route,
    stream: refusal.stream,
    status: exchange.dialect.status(refusal.error.code),
    startedAt: refusal.startedAt,
    durationMs: Math.round(services.monotonicMs() - exchange.receivedAt),
  });
};
