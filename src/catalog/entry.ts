/**
 * A catalogue entry: the shape of a file under catalog/models/, and of the models of a configuration file that add to it. Pure.
 * Amounts are decimal strings in USD per million units; `toModel` turns an entry into the model that the gateway uses.
 */
import { z } from "zod";

import { EXACT, parseNano, type Nano, type Price, type Rounding } from "../money.ts";
import type { Tier, Variant } from "../price.ts";
import { SECOND_PARTS, UNITS, type Unit } from "../unit.ts";
import { isSoldByVariant, MODEL_KINDS, MODEL_STATUSES, withInherited, type Model, type Route } from "./model.ts";

const MAX_TOKENS = 100_000_000;
const MAX_LIMIT = 1_000_000_000_000;
const MAX_ALIASES = 64;
const MAX_WORDS = 64;
const MAX_TIERS = 16;
const MAX_RATES = 256;
const MAX_ATTRIBUTES = 8;
const MAX_SECONDS = 600;
const MAX_ROUTES = 64;
const MAX_ID = 128;
const MAX_TEXT = 2_000;
/** No price is dearer than this, in whole USD per million units; a product with any credible count stays in range. */
const MAX_PRICE_DIGITS = 9;

const FIRST_VISIBLE = 0x21;
const LAST_VISIBLE = 0x7e;

const isVisibleAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < FIRST_VISIBLE || code > LAST_VISIBLE) return false;
  }
  return true;
};

/** A model's id or alias: visible ASCII without blanks, since it travels in URLs and headers. */
export const modelName = z
  .string()
  .min(1)
  .max(MAX_ID)
  .refine(isVisibleAscii, "must consist of visible ASCII characters without blanks");

const readable = (text: string): boolean => {
  try {
    return parseNano(text) >= 0n && (text.split(".")[0]?.length ?? 0) <= MAX_PRICE_DIGITS;
  } catch {
    return false;
  }
};

/** An amount: a string, because numbers lose digits. */
export const amount = z
  .string({ error: 'must be a decimal in quotes, such as "2.50"' })
  .refine(readable, 'must be a decimal of at most nine decimals, such as "2.50"');

export const prices = z.partialRecord(z.enum(UNITS), amount);

/** A limit per minute, or of requests in flight. */
const limit = z.int().min(1).max(MAX_LIMIT);
const count = z.int().min(1).max(MAX_TOKENS);
const word = z.string().min(1).max(MAX_ID);
const words = z.array(word).max(MAX_WORDS);

const tier = z.strictObject({ above: count, prices });

/** Routes of the operator: an upstream, and the provider's name for the model there. */
export const route = z.strictObject({
  upstream: word,
  model: modelName,
  priority: z.int().min(1).max(1_000).default(1),
  weight: z.int().min(1).max(1_000).default(1),
  cost: prices.optional(),
});

/** No piece is dearer than this, in whole USD: a million of them stay within what a price may be. */
const MAX_PIECE_DIGITS = 3;

/** A price that depends on a variant: of one image, one second, or `per` tokens. */
const rate = z
  .strictObject({
    unit: z.enum(UNITS),
    per: z.union([z.literal(1), z.literal(1_000_000)]),
    price: amount,
    variant: z
      .record(word, z.union([word, z.boolean(), z.int()]))
      .refine(
        (variant) => Object.keys(variant).length <= MAX_ATTRIBUTES,
        `must have at most ${MAX_ATTRIBUTES} members`,
      ),
  })
  .refine(({ per, price }) => per > 1 || (price.split(".")[0]?.length ?? 0) <= MAX_PIECE_DIGITS, {
    path: ["price"],
    message: "must be less than 1000 for one piece",
  });

/** A video's seconds. */
const seconds = z.int().min(1).max(MAX_SECONDS);

/** How long a video may be; `auto` is the number by which the choice is left to the model, `default` may be it. */
const duration = z.strictObject({
  min: seconds.optional(),
  max: seconds.optional(),
  auto: z.int().optional(),
  default: z.int().optional(),
  allowed: z.array(seconds).max(MAX_SECONDS).optional(),
});

/** What a model is, in files and in configuration. */
export const modelFields = {
  provider: word,
  kind: z.enum(MODEL_KINDS).default("chat"),
  status: z.enum(MODEL_STATUSES).default("live"),
  replacement: modelName.nullable().default(null),
  replyModel: modelName.nullable().default(null),
  hidden: z.boolean().default(false),
  aliases: z.array(modelName).max(MAX_ALIASES).default([]),
  context: count.nullable().default(null),
  maxOutput: count.nullable().default(null),
  defaultMaxTokens: count.nullable().default(null),
  modalities: z
    .strictObject({ input: words.min(1), output: words.min(1) })
    .default({ input: ["text"], output: ["text"] }),
  capabilities: words.default([]),
  upstream: z.strictObject({ protocol: word, model: modelName }).nullable().default(null),
  prices: prices.default({}),
  tiers: z.array(tier).max(MAX_TIERS).default([]),
  rates: z.array(rate).max(MAX_RATES).default([]),
  rounding: z
    .strictObject({ scale: z.int().min(0).max(9) })
    .nullable()
    .default(null),
  duration: duration.nullable().default(null),
  resolutions: words.default([]),
  routes: z.array(route).max(MAX_ROUTES).default([]),
  rpm: limit.nullable().default(null),
  tpm: limit.nullable().default(null),
  concurrency: limit.nullable().default(null),
} as const;

const isoDate = z.iso.date();

/** Where a file's figures come from, and what only later kinds need. */
const fileFields = {
  statusDate: isoDate.nullable().default(null),
  endpoints: words.default([]),
  dimensions: z
    .strictObject({
      default: z.int(),
      min: z.int().optional(),
      max: z.int().optional(),
      recommended: z.array(z.int()).optional(),
    })
    .optional(),
  cnyPerMillion: z.record(z.string(), amount).optional(),
  source: z.array(z.string().min(1).max(MAX_TEXT)).min(1),
  asOf: isoDate,
  confidence: z.enum(["high", "medium", "low"]),
  notes: z.string().max(MAX_TEXT).nullable().default(null),
} as const;

interface Checkable {
  readonly kind: string;
  readonly context: number | null;
  readonly maxOutput: number | null;
  readonly tiers: readonly { readonly above: number }[];
}

const consistent = (entry: Checkable, context: z.RefinementCtx): void => {
  const problem = (field: string, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  if (entry.kind === "chat") {
    if (entry.context === null) problem("context", "is required for a chat model");
    if (entry.maxOutput === null) problem("maxOutput", "is required for a chat model");
  }
  if (entry.tiers.some((tier, index) => tier.above <= (entry.tiers[index - 1]?.above ?? 0)))
    problem("tiers", "must ascend by `above`");
};

/** A model as configured: fields of the catalogue's entry, if it has one, replaced by the operator's. */
export const configuredEntry = z.strictObject({ id: modelName, ...modelFields }).superRefine(consistent);
export type Entry = z.output<typeof configuredEntry>;

/** A file of the catalogue. */
export const catalogEntry = z.strictObject({ id: modelName, ...modelFields, ...fileFields }).superRefine(consistent);
export type CatalogEntry = z.output<typeof catalogEntry>;

const toPrice = (stated: Readonly<Partial<Record<Unit, string | undefined>>>): Price => {
  const price: Partial<Record<Unit, Nano>> = {};
  for (const unit of UNITS) {
    const text = stated[unit];
    if (text !== undefined) price[unit] = parseNano(text);
  }
  return price;
};

const PER_MILLION = 1_000_000n;

/** The price of a million of a unit as it is counted, from that of one or of a million of it as it is sold. */
const perMillion = (unit: Unit, per: number, price: string): Nano => {
  const nano = per === 1 ? parseNano(price) * PER_MILLION : parseNano(price);
  return unit === "video_second" ? nano / BigInt(SECOND_PARTS) : nano;
};

/** The variants that a model is sold in. Where it is sold by tokens, rates are only what others quote, and no price. */
const toVariants = ({ kind, prices: stated, rates }: Entry): Variant[] =>
  rates.flatMap(({ unit, per, price, variant }) =>
    isSoldByVariant(kind, unit, stated) ? [{ unit, when: variant, price: perMillion(unit, per, price) }] : [],
  );

const toRounding = (entry: Entry): Rounding =>
  entry.rounding === null ? EXACT : { scale: entry.rounding.scale, mode: "half_up" };

/**
 * The model of an entry, with inherited prices written out. Kinds without a context or an output have 0 there.
 * @param created Unix seconds.
 */
export const toModel = (entry: Entry, created: number): Model => ({
  id: entry.id,
  provider: entry.provider,
  kind: entry.kind,
  aliases: entry.aliases,
  status: entry.status,
  replacement: entry.replacement,
  replyModel: entry.replyModel,
  ...(entry.hidden ? { hidden: true as const } : {}),
  context: entry.context ?? 0,
  maxOutput: entry.maxOutput ?? 0,
  defaultMaxTokens: entry.defaultMaxTokens,
  modalities: entry.modalities,
  capabilities: entry.capabilities,
  prices: withInherited(entry.kind, toPrice(entry.prices)),
  tiers: entry.tiers.map((tier): Tier => ({
    above: tier.above,
    price: withInherited(entry.kind, toPrice(tier.prices)),
  })),
  variants: toVariants(entry),
  rounding: toRounding(entry),
  upstream: entry.upstream,
  routes: entry.routes.map(({ cost, ...each }): Route =>
    cost === undefined ? each : { ...each, cost: withInherited(entry.kind, toPrice(cost)) },
  ),
  rpm: entry.rpm,
  tpm: entry.tpm,
  concurrency: entry.concurrency,
  ...(entry.kind === "video" ? { video: { duration: entry.duration ?? {}, resolutions: entry.resolutions } } : {}),
  created,
});

/** One problem of a schema as `routes[0].upstream: …`. */
export const describeIssue = (issue: z.core.$ZodIssue): string => {
  const where = issue.path.reduce<string>(
    (path, part) => (typeof part === "number" ? `${path}[${part}]` : `${path}${path === "" ? "" : "."}${String(part)}`),
    "",
  );
  return where === "" ? issue.message : `${where}: ${issue.message}`;
};
