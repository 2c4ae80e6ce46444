/** How much output a call may ask for, and what is sent to the provider of it. Pure. */
import { replyNameOf, type PricedModel } from "../catalog/model.ts";
import type { Ask, ProtocolId, Target } from "../protocols/protocol.ts";
import type { Leg } from "./plan.ts";

/** What Messages calls get where the client gave no cap and the model names none (seed 002's documented default). */
const MESSAGES_DEFAULT = 4_096;

/** The cap to fill in where a protocol needs one. */
const fillFor = (model: PricedModel, client: ProtocolId): number =>
  Math.min(model.maxOutput, model.defaultMaxTokens ?? (client === "anthropic" ? MESSAGES_DEFAULT : model.maxOutput));

/** The cap in force for a call if the balance allows it: the client's, the protocol's default, or the model's own. */
export const capFor = (ask: Ask, model: PricedModel, client: ProtocolId, legs: readonly Leg[]): number => {
  if (ask.maxTokens !== undefined) return Math.min(ask.maxTokens, model.maxOutput);
  const needsCap = legs.every((leg) => leg.surface.protocol === "anthropic");
  return needsCap ? fillFor(model, client) : model.maxOutput;
};

export interface TargetOrder {
  readonly ask: Ask;
  readonly model: PricedModel;
  readonly client: ProtocolId;
  readonly leg: Leg;
  /** The lowered cap, when the balance did not cover the one in force. */
  readonly lowered: number | undefined;
}

/** Where an attempt goes. A cap is sent when it was lowered or when the client's exceeds the model's. */
export const targetOf = ({ ask, model, client, leg, lowered }: TargetOrder): Target => {
  const clamped = ask.maxTokens !== undefined && ask.maxTokens > model.maxOutput ? model.maxOutput : undefined;
  const maxTokens = lowered ?? clamped;
  return {
    model: leg.model,
    replyModel: replyNameOf(model, ask.model),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    defaultMaxTokens: lowered ?? fillFor(model, client),
    context: model.context,
    maxOutput: model.maxOutput,
    quirks: leg.surface.quirks,
    ...(leg.surface.completes === true ? { completes: true as const } : {}),
    ...(model.modalities.output.includes("image") ? { draws: true as const } : {}),
    // A model of which nothing is known is believed to do what it is asked for.
    ...(model.capabilities.length === 0 ? {} : { reasons: model.capabilities.includes("reasoning") }),
  };
};
