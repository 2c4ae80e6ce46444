/**
 * How much a call may cost, before it is made, and how much it used, when the provider does not say. Pure.
 *
 * The bound holds money (I-13): a text token has at least one byte, so bytes bound tokens; what has no bytes in the request is
 * bounded per item or by the model's context (§9.3). The estimate charges only where a reply ended without usage (I-35).
 */
import type { PricedModel } from "../catalog/model.ts";
import type { Nano, Price } from "../money.ts";
import { bound, type PriceRow, type Snapshot } from "../price.ts";
import type { Ask, ContentBound, Reading } from "../protocols/protocol.ts";
import { IMAGE_TOKENS as DRAWN_TOKENS } from "../protocols/meter.ts";
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Unit, type Usage } from "../unit.ts";
import { usesOf } from "./server-tools.ts";

/** Template tokens that providers add per message and per tool beyond the text's own bytes. */
const MESSAGE_OVERHEAD = 16;
const TOOL_OVERHEAD = 64;
/** Fixed tokens per request (chat template, tool preamble). */
const REQUEST_OVERHEAD = 400;
/** Most tokens that a provider counts for one image at the sizes it accepts; more than this is the operator's loss. */
const IMAGE_TOKENS = 6_000;
/** Audio is at most one token per this many bytes of its compressed form. */
const AUDIO_BYTES_PER_TOKEN = 64;
/** Most tokens that the results of one search add to the prompt of the rounds after it; more is the operator's loss. */
const SEARCH_TOKENS = 20_000;
/** What a stream holds at first, and by which it extends (DESIGN 3.8). */
export const STREAM_STEP = 8_192;
/** A cap is never lowered below this, or the client's own cap if that is smaller. */
const LEAST_OUTPUT = 256;
/** The same for a model that draws: one large image with its thoughts. Less would buy nothing. */
const LEAST_DRAWING = 4_096;

/** What a prompt may be counted as, besides plain input, given what is in it. */
const promptUnits = (ask: Ask): readonly Unit[] => {
  const units: Unit[] = ["input", "cache_write_5m"];
  if (ask.content.cacheWrite === "1h") units.push("cache_write_1h");
  if (ask.content.images > 0) units.push("image_input");
  if (ask.content.audioBytes > 0) units.push("audio_input");
  return units;
};

const highest = (price: Price, units: readonly Unit[]): Nano =>
  units.reduce((most, unit) => {
    const rate = price[unit] ?? 0n;
    return rate > most ? rate : most;
  }, 0n);

/** A row's rates with every token at the dearest it may be counted as: what a bound multiplies. */
const dearestOf = (row: PriceRow, units: readonly Unit[]): PriceRow => {
  const flat = (price: Price): Price => ({
    input: highest(price, units),
    output: highest(price, COMPLETION_UNITS),
    ...(price.request === undefined ? {} : { request: price.request }),
    ...(price.web_search === undefined ? {} : { web_search: price.web_search }),
  });
  return { ...row, base: flat(row.base), tiers: row.tiers.map((tier) => ({ ...tier, price: flat(tier.price) })) };
};

/** Rows are immutable and few, prompts come in a handful of kinds: the dearest rates are worked out once for each. */
const dearestRows = new WeakMap<PriceRow, Map<string, PriceRow>>();

const dearest = (snapshot: Snapshot, ask: Ask): Snapshot => {
  const units = promptUnits(ask);
  const kind = units.join();
  let known = dearestRows.get(snapshot.row);
  if (known === undefined) dearestRows.set(snapshot.row, (known = new Map()));
  let row = known.get(kind);
  if (row === undefined) known.set(kind, (row = dearestOf(snapshot.row, units)));
  return { ...snapshot, row };
};

/** Upper bound of the prompt's tokens. */
export const promptBound = (ask: Ask, model: PricedModel): number => {
  const { content } = ask;
  if (content.unbounded || content.files > 0) return model.context;
  const tokens =
    content.textBytes +
    REQUEST_OVERHEAD +
    content.messages * MESSAGE_OVERHEAD +
    content.tools * TOOL_OVERHEAD +
    content.images * IMAGE_TOKENS +
    Math.ceil(content.audioBytes / AUDIO_BYTES_PER_TOKEN) +
    (usesOf(ask).web_search ?? 0) * SEARCH_TOKENS;
  return Math.min(model.context, tokens);
};

/** The money side of a call's plan. Amounts in nano-units, tokens of output are per choice. */
export interface Bound {
  /** Most output tokens that the client may get. */
  readonly cap: number;
  /** Output tokens covered by `amount`. */
  readonly held: number;
  /** The hold to ask for, and the least that is of use. */
  readonly amount: Nano;
  readonly minimum: Nano;
  /** The largest cap that an amount covers, at most `held`; 0 when it does not even cover the prompt. */
  affords(granted: Nano): number;
  /** What covering `tokens` more output costs. */
  step(tokens: number): Nano;
  /** Set where `cap` is lower than what would be in force, so that it has to be sent. */
  readonly isLowered?: true;
}

/** The most that a call of this bound can ever cost, whatever is held at first. */
export const mostOf = (bound: Bound): Nano => bound.amount + bound.step(bound.cap - bound.held);

/** What a call may cost by its output: nano-units for so many tokens of each choice. */
const priceOf = (ask: Ask, model: PricedModel, snapshot: Snapshot): ((output: number) => Nano) => {
  const dear = dearest(snapshot, ask);
  const prompt = promptBound(ask, model);
  const apart = { ...usesOf(ask), request: perRequest(snapshot) };
  return (output) => bound(dear, { input: prompt, output: output * ask.choices, ...apart });
};

/** The largest number of tokens, at most `most`, whose price an amount covers; 0 when it does not even cover the prompt. */
const covered = (price: (output: number) => Nano, amount: Nano, most: number): number => {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (price(middle) <= amount) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** Output tokens below which a reply is of no use. */
const leastOutput = (ask: Ask, model: PricedModel, cap: number): number =>
  Math.min(cap, ask.thinkingBudget + (model.modalities.output.includes("image") ? LEAST_DRAWING : LEAST_OUTPUT));

/** Bounds a call. @param cap the cap that will be in force if the balance allows it. */
export const boundOf = (ask: Ask, model: PricedModel, snapshot: Snapshot, cap: number): Bound => {
  const price = priceOf(ask, model, snapshot);
  const least = leastOutput(ask, model, cap);
  const held = ask.stream ? Math.min(cap, Math.max(STREAM_STEP, least)) : cap;
  const amount = price(held);
  return {
    cap,
    held,
    amount,
    minimum: price(least),
    affords: (granted) => (granted >= amount ? held : covered(price, granted, held)),
    step: (tokens) => price(held + tokens) - amount,
  };
};

/**
 * The bound of a call that must not cost more than its caller allows: with a lower cap where that is what it takes.
 * @returns null when even the least output that is of use may cost more
 */
export const boundWithin = (
  order: { readonly ask: Ask; readonly model: PricedModel; readonly snapshot: Snapshot },
  wanted: Bound,
  most: Nano,
): Bound | null => {
  if (mostOf(wanted) <= most) return wanted;
  if (wanted.minimum > most) return null;
  const { ask, model, snapshot } = order;
  const cap = covered(priceOf(ask, model, snapshot), most, wanted.cap);
  return { ...boundOf(ask, model, snapshot, cap), minimum: wanted.minimum, isLowered: true };
};

/** One `request` where the row charges per request. */
const perRequest = (snapshot: Snapshot): number => (snapshot.row.base.request === undefined ? 0 : 1);

/** Bytes per token of the estimator, version 1: ⌈bytes / 4⌉. */
const BYTES_PER_TOKEN = 4;
export const estimateTokens = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/** What images and files are counted as before they are sent: a large image, a page or two with its picture. */
const TYPICAL_IMAGE_TOKENS = 1_600;
const TYPICAL_FILE_TOKENS = 3_000;

/** About how many tokens a prompt has, for people and agents who plan; nothing is ever charged by it. */
export const promptEstimate = ({ textBytes, images, files, audioBytes }: ContentBound): number =>
  estimateTokens(textBytes) +
  images * TYPICAL_IMAGE_TOKENS +
  files * TYPICAL_FILE_TOKENS +
  Math.ceil(audioBytes / AUDIO_BYTES_PER_TOKEN);

/** Tokens of output that a reply has shown so far, for the guard of a hold. */
export const shownTokens = (reading: Reading): number =>
  estimateTokens(reading.outputBytes) + (reading.images ?? 0) * DRAWN_TOKENS;

/**
 * The usage to charge where the provider's report is missing, incredible or incomplete: what it did report of the prompt, else an
 * estimate; and of the output the larger of the report and the estimate of what was delivered.
 */
export const estimated = (ask: Ask, model: PricedModel, reading: Reading): Usage => {
  const { content } = ask;
  const reported = reading.usage ?? {};
  const most = model.maxOutput * ask.choices;
  const usage: Partial<Record<Unit, number>> = { ...reported };
  const drawn = Math.min((reading.images ?? 0) * DRAWN_TOKENS, most);
  if (drawn > 0) usage.image_output ??= drawn;
  const written = Math.min(estimateTokens(reading.outputBytes), most);
  const missing = Math.max(0, written - (total(usage, COMPLETION_UNITS) - (usage.image_output ?? 0)));
  if (missing > 0) usage.output = (usage.output ?? 0) + missing;
  if (total(reported, PROMPT_UNITS) === 0)
    usage.input = Math.min(model.context, estimateTokens(content.textBytes) + content.images * IMAGE_TOKENS);
  return usage;
};
