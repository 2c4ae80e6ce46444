/**
 * The way of one inference request: authenticate → read → plan → admit → hold → attempt → relay → settle. Read this first.
 *
 * All control flow is here; every step is a pure function or one call of a feature. Whatever happens after the hold was taken,
 * the request is settled exactly once, before the last byte of its reply leaves (I-20, I-30). Before the hold, a request with an
 * Idempotency-Key claims it, or is answered with what is stored.
 */
import { errors, GatewayError } from "../errors.ts";
import type { Exchange, Handler } from "../http/exchange.ts";
import { readCredential } from "../http/credential.ts";
import type { KeyRecord } from "../keys/key.ts";
import { AccountFrozen, InsufficientFunds, type HoldToken } from "../ledger/ledger.ts";
import type { Operation } from "../protocols/operation.ts";
import type { Ask, Call, CallRoute, Protocol } from "../protocols/protocol.ts";
import type { Installation } from "../settings/installation.ts";
import { admit } from "./admit.ts";
import { readCall } from "./call.ts";
import { claimKey, hasKey } from "./idempotency.ts";
import { displayed, displayedText, inferenceOf, readOptions, type Inference } from "./inference.ts";
import { isSettled } from "./settle.ts";
import { serveStream } from "./serve-stream.ts";
import { serveWhole } from "./serve-whole.ts";
import type { Services } from "./services.ts";

/** Who speaks, where the route alone does not tell. */
export type Speaker = (call: Call) => Protocol;

/** A request as its route understands it. `operation` is null for a conversation. */
export interface Received {
  readonly protocol: Protocol;
  readonly call: Call;
  readonly ask: Ask;
  readonly operation: Operation | null;
  /** The body as it was sent, where the call holds another. */
  readonly body?: Buffer;
}

/** Reads a request. @throws GatewayError */
export type Reader = (exchange: Exchange, installation: Installation) => Promise<Received>;

/** A turn of a conversation, which its client's protocol reads. */
const conversation =
  (speaks: Protocol | Speaker, route?: CallRoute): Reader =>
  async (exchange, installation) => {
    const received = readCall(await exchange.body({ media: "json" }), exchange.headers, route);
    const protocol = typeof speaks === "function" ? speaks(received) : speaks;
    const isModel = (name: string): boolean => installation.resolve(name).kind !== "unknown";
    const call = protocol.client.prepare?.(received, isModel) ?? received;
    return { protocol, call, ask: protocol.client.ask(call), operation: null, body: received.body };
  };

/**
 * Serves one turn of a conversation in one client protocol. Throws what is to be answered as an error.
 * @param speaks the client's protocol, or how to tell it
 * @param route what the path says, where the protocol says it there
 */
export const infer = (services: Services, speaks: Protocol | Speaker, route?: CallRoute): Handler =>
  serve(services, conversation(speaks, route));

/** Serves one request that a provider is paid for. Throws what is to be answered as an error. */
export const serve =
  (services: Services, read: Reader) =>
  async (exchange: Exchange): Promise<void> => {
    const startedAt = services.epochMs();
    const installation = services.installation();
    const key = await authenticate(services, exchange);
    const note = { model: "", stream: false };
    try {
      const received = await read(exchange, installation);
      const { protocol, call, ask, operation } = received;
      note.model = ask.model;
      note.stream = ask.stream;
      const planned = inferenceOf({
        requestId: exchange.requestId,
        protocol,
        key,
        call,
        ask,
        operation,
        installation,
        options: readOptions(exchange.headers),
        startedAt,
        receivedAt: exchange.receivedAt,
        prefer: (callable) => services.routing.prefer(callable, operation === null ? call : undefined, key.accountId),
      });
      const answer = admit(services, planned, installation);
      const admitted = answer instanceof Promise ? await answer : answer;
      try {
        const claimed = hasKey(exchange)
          ? await claimKey(services.idempotency, exchange, {
              accountId: key.accountId,
              enabled: installation.storefront.idempotency,
              path: call.route,
              body: received.body ?? call.body,
              headers: admitted.limits,
            })
          : null;
        if (claimed === "replayed") return;
        // One spread and names: a second one would copy member by member.
        const { admission, limits } = admitted;
        const inference: Inference = { ...planned, admission, limits, claimed };
        const hold = await take(services, inference);
        await (ask.stream ? serveStream : serveWhole)(services, exchange, inference, hold);
      } finally {
        admitted.admission.end();
      }
    } catch (error) {
      if (error instanceof GatewayError && !isSettled(error)) reject(services, exchange, key, { ...note, error });
      throw error;
    }
  };

/** The holder of the request's key, who may be looking only. @throws GatewayError missing_key, invalid_key, key_frozen */
export const identify = async (services: Services, exchange: Exchange): Promise<KeyRecord> => {
  const found = services.keys.find(readCredential(exchange.headers, exchange.query));
  const key = found instanceof Promise ? await found : found;
  if (key === undefined || key.status === "revoked") throw errors.invalidKey();
  if (key.expiresAt !== null && key.expiresAt <= services.epochMs()) throw errors.invalidKey();
  if (key.status === "frozen") throw errors.keyFrozen();
  return key;
};

/** The same, whose account may spend. @throws GatewayError missing_key, invalid_key, key_frozen */
export const authenticate = async (services: Services, exchange: Exchange): Promise<KeyRecord> => {
  const key = await identify(services, exchange);
  if (key.accountFrozen) throw errors.keyFrozen();
  return key;
};

/**
 * Holds the request's bound, or as much of it as is of use; without a hold its Idempotency-Key is free again.
 * @throws GatewayError insufficient_balance, key_budget_exceeded, key_frozen, ledger_unavailable
 */
const take = async (services: Services, inference: Inference): Promise<HoldToken> => {
  const { claimed, requestId } = inference;
  if (claimed === null) return await hold(services, inference);
  try {
    return await hold(services, inference, claimed.epoch);
  } catch (error) {
    await services.idempotency.free(requestId);
    throw error;
  }
};

/** @param epoch the life of this process in which it must be taken; undefined: any */
const hold = async (services: Services, inference: Inference, epoch?: number): Promise<HoldToken> => {
  const { key, bound, snapshot, requestId, unit, operation } = inference;
  try {
    const granted = services.ledger.hold({
      requestId,
      accountId: key.accountId,
      keyId: key.id,
      hasBudget: key.budget !== null,
      amount: bound.amount,
      minimum: bound.minimum,
      snapshot,
      ...(epoch === undefined ? {} : { epoch }),
    });
    return granted instanceof Promise ? await granted : granted;
  } catch (error) {
    if (error instanceof AccountFrozen) throw errors.keyFrozen(error);
    if (!(error instanceof InsufficientFunds)) throw error;
    const rendered = { required: displayedText(error.required, unit), available: displayedText(error.available, unit) };
    throw errors.insufficientBalance(rendered, {
      balance: displayed(error.available, unit),
      required: displayed(error.required, unit),
      ...(operation === null ? { affordable_max_tokens: bound.affords(error.available) } : {}),
    });
  }
};

interface Refusal {
  readonly model: string;
  readonly stream: boolean;
  readonly error: GatewayError;
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
    durationMs: Math.round(services.monotonicMs() - exchange.receivedAt),
  });
};
