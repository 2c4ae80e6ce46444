/** A model as the operator sees it: where it can be had, what it costs and brings, and what keeps it from being sold. Pure. */
import { z } from "@hono/zod-openapi";

import { modelFields, type CatalogEntry, type Entry } from "../../catalog/entry.ts";
import { isServed, MODEL_KINDS, MODEL_STATUSES, unpricedUnits, type Model } from "../../catalog/model.ts";
import { priceName } from "../../catalog/prices.ts";
import type { PriceVersion } from "../../ledger/price-store.ts";
import { PRICE_ORIGINS } from "../../ledger/price-store.ts";
import { formatNano, type Price } from "../../money.ts";
import type { CostList } from "../../price.ts";
import { entryOf } from "../../settings/assemble.ts";
import type { Candidate } from "../../settings/installation.ts";
import { UNITS } from "../../unit.ts";
import { rate, ratesOf } from "../public/model-view.ts";
import { at } from "../values.ts";
import type { Survey } from "./survey.ts";

/** Why a model is not on sale; null: it is. */
export const MODEL_PROBLEMS = ["hidden", "retired", "not_served", "unpriced", "no_upstream", "shadowed"] as const;
type ModelProblem = (typeof MODEL_PROBLEMS)[number];

const SOURCES = ["catalogue", "changed", "own"] as const;

const candidate = z.strictObject({
  upstream: z.string(),
  name: z.string(),
  priority: z.int(),
  weight: z.int(),
  /** What the upstream takes, where that is not the list price. */
  cost: z.array(rate).nullable(),
});

export const modelRow = z.strictObject({
  id: z.string(),
  provider: z.string(),
  kind: z.enum(MODEL_KINDS),
  status: z.enum(MODEL_STATUSES),
  source: z.enum(SOURCES),
  hidden: z.boolean(),
  problem: z.enum(MODEL_PROBLEMS).nullable(),
  aliases: z.array(z.string()),
  /** Where requests go, ascending by priority. */
  candidates: z.array(candidate),
  /** At the list price, in force now. */
  rates: z.array(rate),
  variants: z.int(),
  /** Hundredths of a per cent of the list price that are left after what the dearest unit costs us; null: no cost of its own is known. */
  marginBp: z.int().nullable(),
});
export type ModelRow = z.input<typeof modelRow>;

const texts = z.partialRecord(z.enum(UNITS), z.string());

export const modelDetail = modelRow.extend({
  context: z.int(),
  maxOutput: z.int(),
  defaultMaxTokens: z.int().nullable(),
  replyModel: z.string().nullable(),
  replacement: z.string().nullable(),
  input: z.array(z.string()),
  output: z.array(z.string()),
  capabilities: z.array(z.string()),
  rpm: z.int().nullable(),
  tpm: z.int().nullable(),
  concurrency: z.int().nullable(),
  /** The operator's routes; empty: wherever its provider is. Costs as decimals per million units. */
  routes: z.array(
    z.strictObject({
      upstream: z.string(),
      model: z.string(),
      priority: z.int(),
      weight: z.int(),
      cost: texts.nullable(),
    }),
  ),
  /** All of it in the words of the configuration file; null where the settings do not make a whole model. */
  entry: z.strictObject(modelFields).nullable(),
  /** Its prices were published: they are changed by a draft. */
  published: z.boolean(),
  /** What it can emit without a price for it. */
  unpriced: z.array(z.enum(UNITS)),
  /** Fields that are set by hand or by the file, over the catalogue's. */
  overrides: z.array(z.string()),
  /** Versions of its own price list, the newest first. */
  versions: z.array(
    z.strictObject({
      row: z.int(),
      fromAt: at,
      origin: z.enum(PRICE_ORIGINS),
      withdrawn: z.boolean(),
      inForce: z.boolean(),
      rates: z.array(rate),
    }),
  ),
});

/** What a model costs us at its first candidate; null where that is its list price, or nothing is known. */
export const costOf = (model: Model, candidates: readonly Candidate[]): CostList | null =>
  candidates[0]?.cost ?? model.list ?? null;

const BASIS_POINTS = 10_000n;

/** The least share that is left of any unit's price. A unit that is given away has no share. */
export const marginOf = (price: Price, cost: Price): number | null => {
  let least: bigint | null = null;
  for (const unit of UNITS) {
    const [sold, bought] = [price[unit], cost[unit]];
    if (sold === undefined || bought === undefined || sold === 0n) continue;
    const share = ((sold - bought) * BASIS_POINTS) / sold;
    if (least === null || share < least) least = share;
  }
  return least === null ? null : Number(least);
};

const problemOf = (model: Model, survey: Survey, candidates: readonly Candidate[]): ModelProblem | null => {
  if (model.hidden === true) return "hidden";
  if (model.status === "retired") return "retired";
  if (!isServed(model)) return "not_served";
  if (unpricedUnits(model).length > 0) return "unpriced";
  if (survey.assembly.names.get(model.id) !== model) return "shadowed";
  return candidates.length === 0 ? "no_upstream" : null;
};

/** The candidates of every model that has any. */
const candidatesIn = (survey: Survey): ReadonlyMap<string, readonly Candidate[]> =>
  new Map(survey.offered.offers.map(({ model, candidates }) => [model.id, candidates]));

/** The prices of a model that are in force, or would be first. */
export const pricesOf = (survey: Survey, model: Model): Price =>
  survey.prices.get(priceName(model, null))?.base ?? model.prices;

const sourceOf = (survey: Survey, isInCatalog: boolean, id: string): (typeof SOURCES)[number] => {
  if (!isInCatalog) return "own";
  return survey.assembly.configured.has(id) ? "changed" : "catalogue";
};

export interface ModelGround {
  readonly survey: Survey;
  readonly candidates: ReadonlyMap<string, readonly Candidate[]>;
  readonly isInCatalog: (id: string) => boolean;
  readonly entryOf: (id: string) => Omit<Entry, "id"> | null;
}

export const groundIn = (survey: Survey, catalog: ReadonlyMap<string, CatalogEntry>): ModelGround => ({
  survey,
  candidates: candidatesIn(survey),
  isInCatalog: (id) => catalog.has(id),
  entryOf: (id) => {
    const row = survey.rows.find((one) => one.kind === "model" && one.id === id && one.enabled);
    const entry = entryOf(row, catalog.get(id));
    if (entry === null) return null;
    const { id: _id, ...said } = entry;
    return said;
  },
});

export const rowOf = (model: Model, { survey, candidates, isInCatalog }: ModelGround): ModelRow => {
  const own = candidates.get(model.id) ?? [];
  const price = pricesOf(survey, model);
  const cost = costOf(model, own);
  return {
    id: model.id,
    provider: model.provider,
    kind: model.kind,
    status: model.status,
    source: sourceOf(survey, isInCatalog(model.id), model.id),
    hidden: model.hidden === true,
    problem: problemOf(model, survey, own),
    aliases: [...model.aliases],
    candidates: own.map(({ upstream, model: name, priority, weight, cost: taken }) => ({
      upstream: upstream.id,
      name,
      priority,
      weight,
      cost: taken === undefined ? null : ratesOf(taken.base),
    })),
    rates: ratesOf(price),
    variants: model.variants.length,
    marginBp: cost === null ? null : marginOf(price, cost.base),
  };
};

const textsOf = (price: Price): z.input<typeof texts> =>
  Object.fromEntries(
    UNITS.flatMap((unit) => {
      const amount = price[unit];
      return amount === undefined ? [] : [[unit, formatNano(amount)]];
    }),
  );

export const detailOf = (
  model: Model,
  ground: ModelGround,
  versions: readonly PriceVersion[],
): z.input<typeof modelDetail> => {
  const { survey } = ground;
  const inForce = survey.prices.get(priceName(model, null))?.id;
  const row = survey.rows.find(({ kind, id }) => kind === "model" && id === model.id);
  return {
    ...rowOf(model, ground),
    context: model.context,
    maxOutput: model.maxOutput,
    defaultMaxTokens: model.defaultMaxTokens,
    replyModel: model.replyModel,
    replacement: model.replacement,
    input: [...model.modalities.input],
    output: [...model.modalities.output],
    capabilities: [...model.capabilities],
    rpm: model.rpm,
    tpm: model.tpm,
    concurrency: model.concurrency,
    routes: model.routes.map(({ cost, ...route }) => ({ ...route, cost: cost === undefined ? null : textsOf(cost) })),
    entry: ground.entryOf(model.id),
    published: inForce !== undefined,
    unpriced: [...unpricedUnits(model)],
    overrides: row?.enabled === true ? Object.keys(row.data) : [],
    versions: versions.toReversed().map((version) => ({
      row: version.row.id,
      fromAt: version.validFrom,
      origin: version.origin,
      withdrawn: version.withdrawn,
      inForce: version.row.id === inForce,
      rates: ratesOf(version.row.base),
    })),
  };
};
