/**
 * `GET /v1/models/info`: what each callable model is, takes, costs the holder of the key, and how much of each client dialect reaches
 * it. Pure rendering; the dialects' part was measured by the tests and is read from a file.
 */
import {
  CLIENT_DIALECTS,
  replyColumn,
  requestColumn,
  type Cells,
  type ClientDialect,
  type Fate,
  type Fidelity,
} from "../catalog/fidelity.ts";
import { isTalkedTo, type PricedModel } from "../catalog/model.ts";
import type { Limits } from "../limits/limit.ts";
import { formatRatio, type Price, type Rational } from "../money.ts";
import type { ProtocolId } from "../protocols/protocol.ts";
import type { Callable, DisplayUnit } from "../settings/installation.ts";
import { SECOND_PARTS, TOKEN_UNITS, type Unit } from "../unit.ts";
import type { ModelPage } from "./model-question.ts";
import { surfaceFor } from "./plan.ts";

/** What a model's description depends on beside the model. */
export interface InfoOrder {
  readonly fidelity: Fidelity;
  readonly unit: DisplayUnit;
  /** What the key's plan leaves of the list price. */
  readonly multiplier: Rational;
  readonly planId: string | null;
  readonly limits: { readonly key: Limits; readonly account: Limits };
  /** False: without what was measured of the dialects. */
  readonly dialects: boolean;
}

/** The route and the protocol of each client dialect. */
const DIALECTS = {
  chat: { route: "/v1/chat/completions", protocol: "openai-chat" },
  responses: { route: "/v1/responses", protocol: "openai-responses" },
  messages: { route: "/v1/messages", protocol: "anthropic" },
  gemini: { route: "/v1beta/models/{model}:generateContent", protocol: "gemini" },
  completions: { route: "/v1/completions", protocol: "openai-chat" },
} as const satisfies Record<ClientDialect, { readonly route: string; readonly protocol: ProtocolId }>;

/** Fates from good to bad: of several providers that may be asked, the worst counts. */
const RANK = { carried: 0, idle: 1, named: 2, absent: 3, refused: 4 } as const satisfies Record<Fate, number>;

const isTokens = (unit: Unit): boolean => unit === "video_token" || (TOKEN_UNITS as readonly Unit[]).includes(unit);

/** How many of a unit are shown together: a million tokens, a whole second, one piece. */
const shownTogether = (unit: Unit): bigint => {
  if (isTokens(unit)) return MILLION;
  return unit === "video_second" ? BigInt(SECOND_PARTS) : 1n;
};

/** Nano-units of a million; a price row counts everything by the million. */
const MILLION = 1_000_000n;
const NANO = 1_000_000_000n;

/** A price list as exact decimals in the display unit: tokens by the million, everything else by the piece. */
const ratesOf = (price: Price, multiplier: Rational, unit: DisplayUnit): Record<string, string> => {
  const factor = { num: multiplier.num * unit.rate.num, den: multiplier.den * unit.rate.den * NANO };
  return Object.fromEntries(
    (Object.entries(price) as [Unit, bigint][]).map(([name, rate]) => {
      const pieces = shownTogether(name);
      return [name, formatRatio({ num: rate * factor.num * pieces, den: factor.den * MILLION })];
    }),
  );
};

const pricesOf = ({ price, variantPrices }: PricedModel, { unit, multiplier, planId }: InfoOrder): object => ({
  unit: unit.name,
  per: { tokens: Number(MILLION), others: 1 },
  plan: planId,
  rates: ratesOf(price.base, multiplier, unit),
  list: ratesOf(price.base, { num: 1n, den: 1n }, unit),
  tiers: price.tiers.map(({ above, price: rates }) => ({
    prompt_above: above,
    rates: ratesOf(rates, multiplier, unit),
  })),
  variants: variantPrices.map(({ when, row }) => ({ when, rates: ratesOf(row.base, multiplier, unit) })),
});

type Cell = Cells[ClientDialect];

/** One cell of several: each feature with its worst fate. Undefined where nothing was measured. */
const joined = (cells: readonly (Cell | undefined)[]): Cell | undefined => {
  const worst = new Map<string, Fate>();
  for (const cell of cells) {
    if (cell === undefined) return undefined;
    for (const [fate, features] of Object.entries(cell) as [Fate, readonly string[]][])
      for (const feature of features) {
        const known = worst.get(feature);
        if (known === undefined || RANK[fate] > RANK[known]) worst.set(feature, fate);
      }
  }
  const all: Partial<Record<Fate, string[]>> = {};
  for (const [feature, fate] of worst) (all[fate] ??= []).push(feature);
  return all;
};

/** What of one dialect reaches a model, and comes back: features by their fate; null where nothing was measured. */
export interface DialectFidelity {
  readonly route: string;
  readonly requests: Cell | null;
  readonly replies: Cell | null;
}

/** What of a dialect reaches a model, over the providers that are asked first. */
const dialectOf = (
  { model, candidates }: Callable,
  dialect: ClientDialect,
  { requests, replies }: Fidelity,
): DialectFidelity => {
  const { route, protocol } = DIALECTS[dialect];
  const first = candidates.filter(({ priority }) => priority === candidates[0].priority);
  const surfaces = first.map((candidate) => ({ candidate, surface: surfaceFor(candidate.upstream, model, protocol) }));
  return {
    route,
    requests:
      joined(
        surfaces.map(({ candidate, surface }) => requests[requestColumn(surface, candidate.model, model)]?.[dialect]),
      ) ?? null,
    replies: joined(surfaces.map(({ surface }) => replies[replyColumn(surface)]?.[dialect])) ?? null,
  };
};

const shown = ({ rpm, tpm, concurrency }: Limits): Limits => ({ rpm, tpm, concurrency });

/** Kinds without a context or an output have 0 there. */
const orNull = (tokens: number): number | null => (tokens === 0 ? null : tokens);

/** Every dialect that a model can be talked to in; none for what other routes serve. */
export const dialectsOf = (
  callable: Callable,
  fidelity: Fidelity,
): Readonly<Partial<Record<ClientDialect, DialectFidelity>>> =>
  isTalkedTo(callable.model)
    ? Object.fromEntries(CLIENT_DIALECTS.map((dialect) => [dialect, dialectOf(callable, dialect, fidelity)]))
    : {};

/** What of a description is the same for all keys of a plan. What is not known is null. */
const described = (callable: Callable, order: InfoOrder): object => {
  const { model } = callable;
  const has = (...words: readonly string[]): boolean | null =>
    model.capabilities.length === 0 ? null : words.some((word) => model.capabilities.includes(word));
  return {
    id: model.id,
    object: "model.info",
    kind: model.kind,
    owned_by: model.provider,
    aliases: model.aliases,
    status: model.status,
    context: orNull(model.context),
    max_output: orNull(model.maxOutput),
    default_max_tokens: model.defaultMaxTokens,
    modalities: model.modalities,
    vision: model.modalities.input.includes("image"),
    thinking: has("reasoning", "thinking"),
    tools: has("tools"),
    structured_output: has("json_schema"),
    capabilities: model.capabilities,
    prices: pricesOf(model, order),
    ...(order.dialects ? { dialects: dialectsOf(callable, order.fidelity) } : {}),
  };
};

/** Descriptions by plan, worked out once for each callable: an installation is replaced whole when any of it changes. */
const whole = new WeakMap<Callable, Map<string | null, string>>();
const short = new WeakMap<Callable, Map<string | null, string>>();

const textOf = (callable: Callable, order: InfoOrder): string => {
  const known = order.dialects ? whole : short;
  let texts = known.get(callable);
  if (texts === undefined) known.set(callable, (texts = new Map()));
  let text = texts.get(order.planId);
  if (text === undefined) texts.set(order.planId, (text = JSON.stringify(described(callable, order))));
  return text;
};

/** A model as JSON text. */
export const modelInfo = (callable: Callable, order: InfoOrder): string => {
  const { key, account } = order.limits;
  const limits = { key: shown(key), account: shown(account), model: shown(callable.model) };
  return `${textOf(callable, order).slice(0, -1)},"limits":${JSON.stringify(limits)}}`;
};

/** Models that can be called, as JSON text: a page of them, the last of which is where the next one begins. */
export const modelInfos = ({ shown: page, more }: ModelPage, order: InfoOrder): string => {
  const data = page.map((callable) => modelInfo(callable, order)).join(",");
  return `{"object":"list","data":[${data}],"has_more":${more},"last_id":${JSON.stringify(page.at(-1)?.model.id ?? null)}}`;
};
