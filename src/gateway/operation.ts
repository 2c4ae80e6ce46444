/** What the pipeline does otherwise for a call that is no conversation: its row of prices, its legs, its bound. Pure. */
import { errors } from "../errors.ts";
import { pieceOf, type Model, type ModelKind, type PricedModel } from "../catalog/model.ts";
import { bound, chargedRates, rowFor, type PriceRow, type Snapshot } from "../price.ts";
import type { Operation, OperationId, Sold } from "../protocols/operation.ts";
import type { ProtocolId } from "../protocols/protocol.ts";
import type { Usage } from "../unit.ts";
import type { Bound } from "./estimate.ts";
import { nativeProtocol, type Leg } from "./plan.ts";

/** The kind of model that does it. */
const KIND_OF = {
  embeddings: "embedding",
  images: "image",
  speech: "speech",
  transcriptions: "transcription",
} as const satisfies Record<OperationId, ModelKind>;

/** The sandbox's own models that play any provider do so on every route. */
const ANY = "any";

/** Whether a model does what is asked for. */
export const isDoneBy = (operation: Operation, { kind, upstream }: Pick<Model, "kind" | "upstream">): boolean =>
  kind === KIND_OF[operation.id] || upstream?.protocol === ANY;

/** How a model is sold. */
export const soldOf = (model: PricedModel): Sold => ({
  piece: pieceOf(model),
  context: model.context,
  native: nativeProtocol(model),
});

/**
 * The row by which a call is charged: that of the variant that was asked for.
 * @throws GatewayError invalid_value where the model is sold in variants alone and this is none of them (I-43)
 */
export const operationRow = ({ attributes }: Operation, model: PricedModel): PriceRow => {
  const row = rowFor(model.price, model.variantPrices, attributes);
  const piece = pieceOf(model);
  if (piece === null || row.base[piece] !== undefined) return row;
  const names = Object.keys(model.variantPrices[0]?.when ?? {});
  throw errors.invalidValue(names[0] ?? "model", `this model has no price for this ${names.join(" and ")}`);
};

/**
 * The legs of a call, each with a surface that can carry it: in the model's own protocol, else the client's.
 * @throws GatewayError model_not_found where no provider of the model can
 */
export const operationLegs = (
  { speaks, ask }: Operation,
  model: PricedModel,
  client: ProtocolId,
  legs: readonly Leg[],
): readonly [Leg, ...Leg[]] => {
  const wanted = [nativeProtocol(model), client, ...speaks].filter((id) => id !== undefined && speaks.includes(id));
  const able = legs.flatMap((leg): Leg[] => {
    for (const id of wanted) {
      const surface = leg.upstream.provider.surfaces.find(({ protocol }) => protocol === id);
      if (surface !== undefined) return [{ ...leg, surface }];
    }
    return [];
  });
  const [first, ...others] = able;
  if (first === undefined) throw errors.modelNotFound(ask.model);
  return [first, ...others];
};

/** A row with a rate for each unit of a usage: that by which it would be charged (decision 0016). */
const completed = (row: PriceRow, usage: Usage): PriceRow => ({
  ...row,
  base: chargedRates({ ...row, tiers: [] }, usage),
  tiers: row.tiers.map((tier) => ({ ...tier, price: chargedRates({ ...row, base: tier.price, tiers: [] }, usage) })),
});

/** All of it is held at once: no cap makes such a call cheaper, so there is nothing to lower. */
export const operationBound = (operation: Operation, model: PricedModel, snapshot: Snapshot): Bound => {
  const most = operation.most(soldOf(model));
  const amount = bound({ ...snapshot, row: completed(snapshot.row, most) }, most);
  const cap = Number.MAX_SAFE_INTEGER;
  return { cap, held: cap, amount, minimum: amount, affords: () => 0, step: () => 0n };
};
