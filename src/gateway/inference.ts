/** The facts of one inference request, fixed before any money moves, and what they say about its price. */
import { errors } from "../errors.ts";
import type { PricedModel } from "../catalog/model.ts";
import type { KeyRecord } from "../keys/key.ts";
import { ONE, formatNano, formatNanoPadded, type Nano } from "../money.ts";
import type { Snapshot } from "../price.ts";
import type { Ask, Call, Protocol, ReplyContext } from "../protocols/protocol.ts";
import type { Callable, DisplayUnit, Installation } from "../settings/installation.ts";
import { boundOf, type Bound } from "./estimate.ts";
import { plan, type Leg } from "./plan.ts";
import { permitTools } from "./server-tools.ts";
import { capFor } from "./target.ts";

export interface Inference {
  readonly requestId: string;
  readonly protocol: Protocol;
  readonly key: KeyRecord;
  readonly call: Call;
  readonly ask: Ask;
  readonly model: PricedModel;
  readonly legs: readonly [Leg, ...Leg[]];
  readonly snapshot: Snapshot;
  readonly bound: Bound;
  readonly context: ReplyContext;
  readonly unit: DisplayUnit;
  readonly options: CallerOptions;
  /** Milliseconds since the epoch, and of the monotonic clock. */
  readonly startedAt: number;
  readonly receivedAt: number;
}

/** What the caller asked of us by our own request headers. */
export interface CallerOptions {
  /** A loss in translation is an error. */
  readonly strict: boolean;
  /** The usage object shall hold the cost. */
  readonly usageCost: boolean;
}

/** Reads `x-farthing-*`. @throws GatewayError invalid_value for values that are not in their closed lists. */
export const readOptions = (headers: Readonly<Record<string, string | string[] | undefined>>): CallerOptions => {
  const strict = headers["x-farthing-strict"];
  if (strict !== undefined && strict !== "true" && strict !== "false")
    throw errors.invalidValue("x-farthing-strict", "must be true or false");
  const usage = headers["x-farthing-usage"];
  if (usage !== undefined && usage !== "cost") throw errors.invalidValue("x-farthing-usage", "must be cost");
  return { strict: strict === "true", usageCost: usage === "cost" };
};

export interface InferenceOrder {
  readonly requestId: string;
  readonly protocol: Protocol;
  readonly key: KeyRecord;
  readonly call: Call;
  readonly ask: Ask;
  readonly installation: Installation;
  readonly options: CallerOptions;
  readonly startedAt: number;
  readonly receivedAt: number;
  readonly random: () => number;
}

/** The model a key asks for. @throws GatewayError model_not_found, model_retired, model_not_allowed, invalid_value */
export const resolveModel = ({
  installation,
  key,
  ask,
}: Pick<InferenceOrder, "installation" | "key" | "ask">): Callable => {
  const resolution = installation.resolve(ask.model);
  if (resolution.kind === "retired") throw errors.modelRetired(ask.model, resolution.model.replacement);
  if (resolution.kind === "unknown") throw errors.modelNotFound(ask.model);
  const { model } = resolution.callable;
  if (key.models !== null && !key.models.includes(model.id) && !key.models.includes(ask.model))
    throw errors.modelNotAllowed(ask.model);
  if (model.kind !== "chat")
    throw errors.invalidValue(
      "model",
      `'${ask.model}' is ${KIND_NOUNS[model.kind]} model and is not served on this route`,
    );
  return resolution.callable;
};

const KIND_NOUNS = { chat: "a chat", embedding: "an embedding", image: "an image", video: "a video" } as const;

/** Fixes a request's facts. @throws GatewayError when the model cannot be called like this */
export const inferenceOf = (order: InferenceOrder): Inference => {
  const { protocol, key, call, installation } = order;
  const callable = resolveModel(order);
  const { model } = callable;
  const { ask, legs } = permitTools(order.ask, model, protocol.id, plan(callable, protocol.id, order.random));
  const account = key.planId === null ? installation.defaultPlan : (installation.plans.get(key.planId) ?? null);
  const snapshot: Snapshot = { row: model.price, multiplier: account?.multiplier ?? ONE, planId: account?.id ?? null };
  const cap = capFor(ask, model, protocol.id, legs);
  return {
    requestId: order.requestId,
    protocol,
    key,
    call,
    ask,
    model,
    legs,
    snapshot,
    bound: boundOf(ask, model, snapshot, cap),
    context: {
      requestId: order.requestId,
      model: ask.model,
      created: Math.floor(order.startedAt / 1000),
      wantsUsage: ask.wantsUsage,
    },
    unit: installation.storefront.unit,
    options: order.options,
    startedAt: order.startedAt,
    receivedAt: order.receivedAt,
  };
};

/** An amount of nano-USD in the storefront's unit, exact to the nano: `0.0123`. */
export const displayed = (amount: Nano, unit: DisplayUnit): string =>
  formatNano((amount * unit.rate.num) / unit.rate.den);

/** The same for messages, with its symbol and at least six decimals: `$0.012300`. */
export const displayedText = (amount: Nano, unit: DisplayUnit): string => {
  const digits = formatNanoPadded((amount * unit.rate.num) / unit.rate.den, 6);
  return unit.symbol === "" ? `${digits} ${unit.name}` : `${unit.symbol}${digits}`;
};
