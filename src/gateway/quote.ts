/**
 * What a request would cost, before it is made: least, expected and most, and what would be held for it. Nothing is called, nothing
 * is held, nothing is stored (docs/decisions/0028). Pure.
 */
import { formatRatio, type Nano } from "../money.ts";
import { charge } from "../price.ts";
import type { Usage } from "../unit.ts";
import { mostOf, promptBound, promptEstimate } from "./estimate.ts";
import { UNREAD } from "./conclude.ts";
import { displayed, type Planned } from "./inference.ts";
import { soldOf } from "./operation.ts";

/** Output tokens per choice that a reply is expected to have where its cap allows them. */
const USUAL_OUTPUT = 1_024;

/** Amounts in nano-units. `least ≤ expected ≤ most`, and no charge of the request can be above `most`. */
export interface Quote {
  readonly least: Nano;
  readonly expected: Nano;
  readonly most: Nano;
  /** Tokens that `expected` is the price of, and that `most` is; null for what is not counted in tokens of a conversation. */
  readonly tokens: { readonly expected: Tokens; readonly most: Tokens } | null;
}

interface Tokens {
  readonly input: number;
  readonly output: number;
}

const min = (a: Nano, b: Nano): Nano => (a < b ? a : b);

/** A conversation: its prompt by the estimator, from a cache where that is cheaper; and a reply of the usual length. */
const conversation = ({ ask, model, snapshot, bound }: Planned): Quote => {
  const most = { input: promptBound(ask, model), output: bound.cap * ask.choices };
  const input = Math.min(promptEstimate(ask.content), most.input);
  const output = Math.min(bound.cap, USUAL_OUTPUT) * ask.choices;
  const apart: Usage = snapshot.row.base.request === undefined ? {} : { request: 1 };
  const fresh = charge(snapshot, { input, ...apart });
  const cached = snapshot.row.base.cache_read === undefined ? fresh : charge(snapshot, { cache_read: input, ...apart });
  const ceiling = mostOf(bound);
  const expected = min(charge(snapshot, { input, output, ...apart }), ceiling);
  return {
    least: min(min(fresh, cached), expected),
    expected,
    most: ceiling,
    tokens: { expected: { input, output }, most },
  };
};

/** Anything else is what was asked for, or nothing of it. */
const operated = ({ operation, model, snapshot, bound }: Planned): Quote => {
  const most = mostOf(bound);
  const sold = soldOf(model);
  const expected =
    operation === null || sold.piece !== null ? most : min(charge(snapshot, operation.guess(sold, UNREAD)), most);
  return { least: expected, expected, most, tokens: null };
};

/** @throws MoneyError for an amount beyond 64 bits */
export const quoteOf = (planned: Planned): Quote =>
  planned.operation === null ? conversation(planned) : operated(planned);

/** The quote as its caller gets it: amounts are exact decimal texts in the storefront's unit; no upstream is named. */
export const quoteJson = (planned: Planned): Readonly<Record<string, unknown>> => {
  const { least, expected, most, tokens } = quoteOf(planned);
  const { unit, bound, snapshot, model, legs, protocol, operation } = planned;
  const [first] = legs;
  const shown = (amount: Nano): string => displayed(amount, unit);
  return {
    object: "quote",
    model: planned.context.model,
    protocol: operation?.id ?? protocol.id,
    currency: unit.name,
    min: shown(least),
    expected: shown(expected),
    max: shown(most),
    hold: shown(bound.amount),
    minimum_balance: shown(bound.minimum),
    ...(tokens === null ? {} : { expected_tokens: tokens.expected, max_tokens: tokens.most }),
    ...(bound.isLowered === true ? { output_lowered: true } : {}),
    plan: snapshot.planId,
    multiplier: formatRatio(snapshot.multiplier),
    price: { id: snapshot.row.id },
    route: {
      model: model.id,
      protocol: first.surface.protocol,
      translated: first.surface.protocol !== protocol.id,
      sandbox: first.upstream.sandbox,
    },
  };
};
