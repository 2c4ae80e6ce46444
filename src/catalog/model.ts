/** A model of the catalogue: what it is and what it costs. Pure: which units it emits, which prices it inherits, what it lacks. */
import type { Nano, Price, Rounding } from "../money.ts";
import type { PriceRow, Tier } from "../price.ts";
import { PROMPT_UNITS, type Unit } from "../unit.ts";

export const MODEL_KINDS = ["chat", "embedding", "image", "video"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

export const MODEL_STATUSES = ["live", "legacy", "deprecated", "retired"] as const;
export type ModelStatus = (typeof MODEL_STATUSES)[number];

/** Where a model can be had: an upstream of the operator's and the provider's name for the model there. */
export interface Route {
  readonly upstream: string;
  readonly model: string;
  /** Lower is tried first. */
  readonly priority: number;
  /** Share among routes of the same priority; positive. */
  readonly weight: number;
}

/** A model as the gateway uses it, checked and complete. */
export interface Model {
  readonly id: string;
  /** Who makes it, such as `anthropic`. */
  readonly provider: string;
  readonly kind: ModelKind;
  readonly aliases: readonly string[];
  readonly status: ModelStatus;
  /** What to use instead of a retired model. */
  readonly replacement: string | null;
  /** Tokens of prompt and output together. */
  readonly context: number;
  /** Most output tokens of one reply. */
  readonly maxOutput: number;
  /** Sent where the protocol needs a cap and the client gave none. */
  readonly defaultMaxTokens: number | null;
  readonly modalities: { readonly input: readonly string[]; readonly output: readonly string[] };
  readonly capabilities: readonly string[];
  readonly prices: Price;
  readonly tiers: readonly Tier[];
  readonly rounding: Rounding;
  /** The provider's own name and protocol, from the catalogue file; null for models that only an operator's route serves. */
  readonly upstream: { readonly protocol: string; readonly model: string } | null;
  /** The operator's explicit routes; empty means: every upstream of the model's provider. */
  readonly routes: readonly Route[];
  /** Unix seconds, for model lists. */
  readonly created: number;
}

/** A model with its published price row: callable. */
export interface PricedModel extends Model {
  readonly price: PriceRow;
}

/** The units that a model can emit and its price row must therefore price (I-43). */
export type EmittedUnits = readonly Unit[];

/** Kinds that the gateway has a route for. The others load and validate, but are neither listed nor callable. */
export const SERVED_KINDS: readonly ModelKind[] = ["chat"];

/** What every model of a kind can emit. Video is sold by variant (`rates` of its file), which no base price covers. */
const KIND_UNITS = {
  chat: [...PROMPT_UNITS, "output", "reasoning"],
  embedding: ["input"],
  image: ["input", "cache_read", "image_input", "image_output"],
  video: ["video_second"],
} as const satisfies Record<ModelKind, readonly Unit[]>;

/** What a model emits beyond its kind because of what it can produce or do. */
const OUTPUT_UNITS: Readonly<Record<string, Unit | undefined>> = { image: "image_output", audio: "audio_output" };
const CAPABILITY_UNITS: Readonly<Record<string, Unit | undefined>> = {
  grounding: "web_search",
  web_search: "web_search",
};

/**
 * The units that a model can emit, by kind, output modalities and capabilities. A chat model may count any prompt unit, whatever
 * modalities its file claims: the provider decides how it counts.
 */
export const emittedUnits = (model: Pick<Model, "kind" | "modalities" | "capabilities">): EmittedUnits => {
  const units = new Set<Unit>(KIND_UNITS[model.kind]);
  if (model.kind !== "chat") return [...units];
  for (const name of model.modalities.output) {
    const unit = OUTPUT_UNITS[name];
    if (unit !== undefined) units.add(unit);
  }
  for (const name of model.capabilities) {
    const unit = CAPABILITY_UNITS[name];
    if (unit !== undefined) units.add(unit);
  }
  return [...units];
};

/** Where a price that the source does not state comes from, in this order (§9.5). What is not here is never inherited. */
const CHAT_HEIRS = [
  ["cache_read", "input"],
  ["cache_write_5m", "input"],
  // A source that prices cache writes without telling their lifetimes prices both.
  ["cache_write_1h", "cache_write_5m"],
  ["image_input", "input"],
  ["audio_input", "input"],
  ["audio_cache_read", "audio_input"],
  ["reasoning", "output"],
] as const satisfies readonly (readonly [Unit, Unit])[];

const HEIRS = {
  chat: CHAT_HEIRS,
  embedding: [],
  image: [["cache_read", "input"]],
  video: [],
} as const satisfies Record<ModelKind, readonly (readonly [Unit, Unit])[]>;

/** Writes inherited prices as explicit rows, so that a price row is complete by itself. Stated prices are never changed. */
export const withInherited = (kind: ModelKind, stated: Price): Price => {
  const prices: Partial<Record<Unit, Nano>> = { ...stated };
  for (const [heir, from] of HEIRS[kind]) {
    const price = prices[from];
    if (prices[heir] === undefined && price !== undefined) prices[heir] = price;
  }
  return prices;
};

/** Emitted units without a price, in the base or in any tier. Not empty means: not listed, not callable (I-43). */
export const unpricedUnits = (
  model: Pick<Model, "kind" | "modalities" | "capabilities" | "prices" | "tiers">,
): readonly Unit[] => {
  const lists = [model.prices, ...model.tiers.map((tier) => tier.price)];
  return emittedUnits(model).filter((unit) => lists.some((price) => price[unit] === undefined));
};
