/** A model of the catalogue: what it is and what it costs. Pure: which units it emits, which prices it inherits, what it lacks. */
import type { Nano, Price, Rounding } from "../money.ts";
import type { CostList, PriceRow, Tier, Variant, VariantRow } from "../price.ts";
import { table } from "../table.ts";
import { PROMPT_UNITS, type Unit } from "../unit.ts";

export const MODEL_KINDS = ["chat", "embedding", "image", "video", "speech", "transcription"] as const;
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
  /** What the upstream takes for it, where that is not the list price: nano-USD per million units. */
  readonly cost?: Price;
}

/** What videos a model makes. Seconds; `auto` is the number that leaves the length to the model. */
export interface VideoFacts {
  readonly duration: {
    readonly min?: number | undefined;
    readonly max?: number | undefined;
    readonly auto?: number | undefined;
    readonly default?: number | undefined;
    readonly allowed?: readonly number[] | undefined;
  };
  /** In the provider's own words; empty where nobody says. */
  readonly resolutions: readonly string[];
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
  /** The name that replies show to who asked for an alias; null: the name that was asked for (§9.6). */
  readonly replyModel: string | null;
  /** The operator does not sell it: neither listed nor callable, as if it were not there. */
  readonly hidden?: true;
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
  /** Prices of single units that depend on what is asked for. */
  readonly variants: readonly Variant[];
  readonly rounding: Rounding;
  /** The provider's own name and protocol, from the catalogue file; null for models that only an operator's route serves. */
  readonly upstream: { readonly protocol: string; readonly model: string } | null;
  /** The catalogue's own prices, where the operator sells it at others: what it costs him unless a route says otherwise. */
  readonly list?: CostList;
  /** The operator's explicit routes; empty means: every upstream of the model's provider. */
  readonly routes: readonly Route[];
  /** Limits of each account's use of it: requests and tokens per minute, requests in flight; null: none. */
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  /** Of models that make videos. */
  readonly video?: VideoFacts;
  /** Unix seconds, for model lists. */
  readonly created: number;
}

/** A model with its published price row: callable. */
export interface PricedModel extends Model {
  readonly price: PriceRow;
  /** The rows of its variants; each is a price row like any other. */
  readonly variantPrices: readonly VariantRow[];
}

/** The units that a model can emit and its price row must therefore price (I-43). */
export type EmittedUnits = readonly Unit[];

/** The name that a reply shows to who asked for a model by this one. */
export const replyNameOf = (model: Pick<Model, "id" | "replyModel">, asked: string): string =>
  asked === model.id ? asked : (model.replyModel ?? asked);

/** The protocol of image models that draw in a conversation, beside what they write. */
const DRAWING_PROTOCOL = "gemini";

/** What of a model says how it is sold. */
type Sale = Pick<Model, "kind"> & Partial<Pick<Model, "prices" | "variants">>;

/** Units whose price alone may cover all of a model of a kind: it is sold by the piece, whatever tokens the provider counts. */
const PIECES = {
  chat: null,
  embedding: null,
  image: { unit: "image", unless: "image_output" },
  video: { unit: "video_token", unless: "video_second" },
  speech: { unit: "request", unless: "audio_output" },
  transcription: { unit: "request", unless: "audio_input" },
} as const satisfies Record<ModelKind, { readonly unit: Unit; readonly unless: Unit } | null>;

/** The unit that a model is sold by, where that is a piece; null where it is sold by tokens, which win where both have a price. */
export const pieceOf = ({ kind, prices = {}, variants = [] }: Sale): Unit | null => {
  const piece = PIECES[kind];
  if (piece === null || prices[piece.unless] !== undefined) return null;
  const isPriced = prices[piece.unit] !== undefined || variants.some(({ unit }) => unit === piece.unit);
  return isPriced ? piece.unit : null;
};

/** True where a stated rate of a unit is a price. @param stated the prices beside it */
export const isSoldByVariant = (
  kind: ModelKind,
  unit: Unit,
  stated: Readonly<Partial<Record<Unit, unknown>>>,
): boolean =>
  kind === "video" || (kind === "image" && unit === PIECES.image.unit && stated[PIECES.image.unless] === undefined);

/** True for an image model that can be talked to. What such a model emits is counted like any reply. */
const converses = (model: Sale & Pick<Model, "upstream">): boolean =>
  model.kind === "image" && model.upstream?.protocol === DRAWING_PROTOCOL && pieceOf(model) === null;

/**
 * True for a model that the conversation routes serve: chat models, and image models that can be talked to and have bounds by which
 * their price can be held.
 */
export const isTalkedTo = (model: Sale & Pick<Model, "upstream" | "context" | "maxOutput">): boolean =>
  model.kind === "chat" || (converses(model) && model.context > 0 && model.maxOutput > 0);

/** Kinds that some route serves. Models of the others load and validate, but are neither listed nor callable. */
const SERVED_KINDS: readonly ModelKind[] = ["chat", "embedding", "image", "video", "speech", "transcription"];

export const isServed = ({ kind }: Pick<Model, "kind">): boolean => SERVED_KINDS.includes(kind);

/** What every model of a kind can emit. Video is sold by variant (`rates` of its file), which no base price covers. */
const KIND_UNITS = {
  chat: [...PROMPT_UNITS, "output", "reasoning"],
  embedding: ["input"],
  image: ["input", "cache_read", "image_input", "image_output"],
  video: ["video_second"],
  speech: ["input", "audio_output"],
  transcription: ["input", "audio_input", "output"],
} as const satisfies Record<ModelKind, readonly Unit[]>;

/** What a model emits beyond its kind because of what it can produce or do. */
const OUTPUT_UNITS = table<Unit>({ image: "image_output", audio: "audio_output" });
const CAPABILITY_UNITS = table<Unit>({
  grounding: "web_search",
  web_search: "web_search",
});

/**
 * The units that a model can emit, by kind, output modalities and capabilities. A chat model may count any prompt unit, whatever
 * modalities its file claims: the provider decides how it counts.
 */
export const emittedUnits = (model: Sale & Pick<Model, "modalities" | "capabilities" | "upstream">): EmittedUnits => {
  const piece = pieceOf(model);
  if (piece !== null) return [piece];
  const units = new Set<Unit>(KIND_UNITS[model.kind]);
  if (converses(model)) for (const unit of ["output", "reasoning"] as const) units.add(unit);
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
  image: [
    ["cache_read", "input"],
    ["reasoning", "output"],
  ],
  video: [],
  speech: [],
  transcription: [["audio_input", "input"]],
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

/**
 * Emitted units without a price, in the base or in any tier. Not empty means: not listed, not callable (I-43). A unit that only
 * variants price has one: a call of no variant is refused.
 */
export const unpricedUnits = (
  model: Pick<Model, "kind" | "modalities" | "capabilities" | "upstream" | "prices" | "tiers" | "variants">,
): readonly Unit[] => {
  const lists = [model.prices, ...model.tiers.map((tier) => tier.price)];
  const inVariants = new Set(model.variants.map(({ unit }) => unit));
  return emittedUnits(model).filter(
    (unit) => !inVariants.has(unit) && lists.some((price) => price[unit] === undefined),
  );
};
