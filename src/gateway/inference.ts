/** The facts of one inference request, fixed before any money moves, and what they say about its price. */
import { errors } from "../errors.ts";
import { isTalkedTo, replyNameOf, type ModelKind, type PricedModel } from "../catalog/model.ts";
import type { FlatHeaders } from "../http/exchange.ts";
import type { KeyRecord } from "../keys/key.ts";
import type { Admission } from "../limits/limit.ts";
import { formatAt, formatAtPadded, MoneyError, ONE, parseNano, type Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";
import type { Operation } from "../protocols/operation.ts";
import type { Ask, Call, Protocol, ReplyContext } from "../protocols/protocol.ts";
import type { Callable, DisplayUnit, Installation, Plan } from "../settings/installation.ts";
import { boundOf, boundWithin, mostOf, type Bound } from "./estimate.ts";
import type { ClaimedKey } from "./idempotency.ts";
import { isDoneBy, operationBound, operationLegs, operationRow } from "./operation.ts";
import { plan, type Leg, type Preference } from "./plan.ts";
import { permitTools } from "./server-tools.ts";
import { capFor } from "./target.ts";

/** A request before it was admitted. */
export interface Planned {
  readonly requestId: string;
  readonly protocol: Protocol;
  readonly key: KeyRecord;
  readonly call: Call;
  readonly ask: Ask;
  /** What is asked for where that is no conversation. */
  readonly operation: Operation | null;
  readonly model: PricedModel;
  readonly legs: readonly [Leg, ...Leg[]];
  /** By what the conversation is known again, where that matters to its legs. */
  readonly conversation: string | undefined;
  readonly snapshot: Snapshot;
  readonly bound: Bound;
  readonly context: ReplyContext;
  readonly unit: DisplayUnit;
  readonly options: CallerOptions;
  /** Milliseconds since the epoch, and of the monotonic clock. */
  readonly startedAt: number;
  readonly receivedAt: number;
}

/** A request that may run. */
export interface Inference extends Planned {
  /** Its place in the limits: corrected when it is settled, given up when it is over. */
  readonly admission: Admission;
  /** What its reply says of its limits. */
  readonly limits: FlatHeaders;
  /** Its Idempotency-Key, where it has one: whatever settles it ends the key. */
  readonly claimed: ClaimedKey | null;
}

/** What the caller asked of us by our own request headers. */
export interface CallerOptions {
  /** A loss in translation is an error. */
  readonly strict: boolean;
  /** The usage object shall hold the cost. */
  readonly usageCost: boolean;
  /** The most that the request may cost, in nano-units of the storefront's own unit; null: whatever it takes. */
  readonly maxCost: Nano | null;
}

const MAX_COST = "x-farthing-max-cost";

const readMaxCost = (text: string | string[] | undefined): Nano | null => {
  if (text === undefined) return null;
  try {
    const amount = typeof text === "string" ? parseNano(text) : -1n;
    if (amount >= 0n) return amount;
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
  }
  throw errors.invalidValue(MAX_COST, "must be a decimal amount of at most nine decimals, such as 0.05");
};

/** Reads `x-farthing-*`. @throws GatewayError invalid_value for values that are not in their closed lists. */
export const readOptions = (headers: Readonly<Record<string, string | string[] | undefined>>): CallerOptions => {
  const strict = headers["x-farthing-strict"];
  if (strict !== undefined && strict !== "true" && strict !== "false")
    throw errors.invalidValue("x-farthing-strict", "must be true or false");
  const usage = headers["x-farthing-usage"];
  if (usage !== undefined && usage !== "cost") throw errors.invalidValue("x-farthing-usage", "must be cost");
  return { strict: strict === "true", usageCost: usage === "cost", maxCost: readMaxCost(headers[MAX_COST]) };
};

export interface InferenceOrder {
  readonly requestId: string;
  readonly protocol: Protocol;
  readonly key: KeyRecord;
  readonly call: Call;
  readonly ask: Ask;
  readonly operation: Operation | null;
  readonly installation: Installation;
  readonly options: CallerOptions;
  readonly startedAt: number;
  readonly receivedAt: number;
  /** What decides between the model's candidates. */
  readonly prefer: (callable: Callable) => Preference;
}

/**
 * The model a key asks for.
 * @param operation what it is asked for; null: a conversation
 * @throws GatewayError model_not_found, model_retired, model_not_allowed, invalid_value
 */
export const resolveModel = ({
  installation,
  key,
  ask,
  operation,
}: Pick<InferenceOrder, "installation" | "key" | "ask" | "operation">): Callable => {
  const resolution = installation.resolve(ask.model);
  if (resolution.kind === "retired") throw errors.modelRetired(ask.model, resolution.model.replacement);
  if (resolution.kind === "unknown") throw errors.modelNotFound(ask.model);
  const model = resolution.kind === "elsewhere" ? resolution.model : resolution.callable.model;
  if (key.models !== null && !key.models.includes(model.id) && !key.models.includes(ask.model))
    throw errors.modelNotAllowed(ask.model);
  const isServedHere = operation === null ? isTalkedTo(model) : isDoneBy(operation, model);
  if (resolution.kind === "elsewhere" || !isServedHere)
    throw errors.invalidValue("model", `'${ask.model}' is ${PLACES[model.kind]}`);
  return resolution.callable;
};

/** The plan of a key's account; null without one. */
export const planOf = ({ planId }: KeyRecord, { plans, defaultPlan }: Installation): Plan | null =>
  planId === null ? defaultPlan : (plans.get(planId) ?? null);

/** What a model of another kind is, and which route serves it. */
const PLACES = {
  chat: "a chat model: use POST /v1/chat/completions",
  embedding: "an embedding model: use POST /v1/embeddings",
  image: "an image model: use POST /v1/images/generations",
  video: "a video model: use POST /v1/videos/generations",
  speech: "a model that speaks: use POST /v1/audio/speech",
  transcription: "a model that writes down speech: use POST /v1/audio/transcriptions",
} as const satisfies Record<ModelKind, string>;

/** Fixes a request's facts. @throws GatewayError when the model cannot be called like this */
export const inferenceOf = (order: InferenceOrder): Planned => {
  const { protocol, key, call, installation, operation } = order;
  const callable = resolveModel(order);
  const { model } = callable;
  const preference = order.prefer(callable);
  const account = planOf(key, installation);
  const { ask, legs, snapshot, bound } = pricedOf(order, callable, preference, {
    multiplier: account?.multiplier ?? ONE,
    planId: account?.id ?? null,
  });
  return {
    requestId: order.requestId,
    protocol,
    key,
    call,
    ask,
    operation,
    model,
    legs,
    conversation: preference.conversation,
    snapshot,
    bound,
    context: {
      requestId: order.requestId,
      model: ask.replyModel ?? replyNameOf(model, ask.model),
      created: Math.floor(order.startedAt / 1000),
      wantsUsage: ask.wantsUsage,
    },
    unit: installation.storefront.unit,
    options: order.options,
    startedAt: order.startedAt,
    receivedAt: order.receivedAt,
  };
};

/** Where a request may go, and what it may cost. */
const pricedOf = (
  order: InferenceOrder,
  callable: Callable,
  preference: Preference,
  terms: Omit<Snapshot, "row">,
): Pick<Planned, "ask" | "legs" | "snapshot" | "bound"> => {
  const { protocol, ask: asked, operation } = order;
  const { model } = callable;
  const planned = plan(callable, protocol.id, preference);
  if (operation !== null) {
    const snapshot: Snapshot = { row: operationRow(operation, model), ...terms };
    const legs = operationLegs(operation, model, protocol.id, planned);
    const bound = operationBound(operation, model, snapshot);
    return { ask: asked, legs, snapshot, bound: capped(order, bound, () => null) };
  }
  const { ask, legs } = permitTools(asked, model, protocol.id, planned);
  const snapshot: Snapshot = { row: model.price, ...terms };
  const wanted = boundOf(ask, model, snapshot, capFor(ask, model, protocol.id, legs));
  return {
    ask,
    legs,
    snapshot,
    bound: capped(order, wanted, (most) => boundWithin({ ask, model, snapshot }, wanted, most)),
  };
};

/**
 * The bound that its caller's own limit allows.
 * @param within makes a call cheaper where that can be done @throws GatewayError invalid_value where it cannot
 */
const capped = (
  { options, installation }: InferenceOrder,
  wanted: Bound,
  within: (most: Nano) => Bound | null,
): Bound => {
  if (options.maxCost === null) return wanted;
  const { unit } = installation.storefront;
  const most = (options.maxCost * unit.rate.den) / unit.rate.num;
  const bound = mostOf(wanted) <= most ? wanted : within(most);
  if (bound !== null) return bound;
  throw errors.invalidValue(
    MAX_COST,
    `this request may cost ${displayed(wanted.minimum, unit)}, even with its output cut to the least`,
  );
};

/** An amount of nano-USD in the storefront's unit, exact: `0.0123`. */
export const displayed = (amount: Nano, unit: DisplayUnit): string => formatAt(amount, unit.rate);

/** The same for messages, with its symbol and at least six decimals: `$0.012300`. */
export const displayedText = (amount: Nano, unit: DisplayUnit): string => {
  const digits = formatAtPadded(amount, unit.rate, 6);
  return unit.symbol === "" ? `${digits} ${unit.name}` : `${unit.symbol}${digits}`;
};
