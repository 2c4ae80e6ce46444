/**
 * Tools that run at the provider, such as web search: billed by use, beside the tokens (DESIGN §9.3). Pure.
 *
 * Clients offer them unasked (Cline and Claude Code offer a web search with every request). Where the request is translated they
 * are dropped by name; where it passes through, they run if the model's price row has a price for every use, and are refused else:
 * nothing is free by omission (I-43).
 */
import type { PricedModel } from "../catalog/model.ts";
import { errors } from "../errors.ts";
import type { PriceRow } from "../price.ts";
import { REFUSALS } from "../protocols/params.ts";
import type { Ask, ProtocolId } from "../protocols/protocol.ts";
import type { Unit, Usage } from "../unit.ts";
import type { Leg } from "./plan.ts";

export type Legs = readonly [Leg, ...Leg[]];

const isPriced = ({ base, tiers }: PriceRow, unit: Unit): boolean =>
  [base, ...tiers.map((tier) => tier.price)].every((price) => price[unit] !== undefined);

/** What is left of a call once it is known which of its legs may carry its tools. */
export interface Permitted {
  readonly ask: Ask;
  readonly legs: Legs;
}

/**
 * The legs that may be tried, in their order, and the ask with the tools that will run.
 * @throws GatewayError invalid_value for a tool that has no price, when no leg would drop it
 */
export const permitTools = (ask: Ask, model: PricedModel, client: ProtocolId, legs: Legs): Permitted => {
  const { serverTools = [] } = ask;
  if (serverTools.length === 0) return { ask, legs };
  const isNative = (leg: Leg): boolean => leg.surface.protocol === client;
  const unpriced = serverTools.find(({ unit }) => unit === null || !isPriced(model.price, unit));
  if (unpriced === undefined) return { ask: legs.some(isNative) ? ask : { ...ask, serverTools: [] }, legs };
  const [first, ...others] = legs.filter((leg) => !isNative(leg));
  if (first === undefined) throw errors.invalidValue(unpriced.path, REFUSALS.serverTool);
  return { ask: { ...ask, serverTools: [] }, legs: [first, ...others] };
};

/** Most uses of each tool that one call may be charged for. */
export const usesOf = ({ serverTools = [], choices }: Ask): Usage => {
  const usage: Partial<Record<Unit, number>> = {};
  for (const { unit, uses } of serverTools) if (unit !== null) usage[unit] = (usage[unit] ?? 0) + uses * choices;
  return usage;
};
