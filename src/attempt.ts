/** One call to one candidate, as the ledger stores it and the history shows it. Pure. */
import { MoneyError, type Nano, type Rational } from "./money.ts";
import { costTo, type CostList } from "./price.ts";
import type { Usage } from "./unit.ts";

export interface Attempt {
  readonly upstream: string;
  readonly model: string;
  /** HTTP status, or null when none was received. */
  readonly status: number | null;
  /** `ok`, or the catalogue code of its failure. */
  readonly result: string;
  readonly durationMs: number;
  /** What it cost us, in nano-units, where the upstream has prices of its own; absent: the list price of its usage. */
  readonly cost?: Nano;
  /** These prices, until it is known what they amount to. Not stored. */
  readonly costs?: CostList;
}

/** The upstream that costs nothing: the one that is built in. */
export const SANDBOX_UPSTREAM = "sandbox";

/** What follows the duration of an attempt: what goes without saying (`asked`'s own name, 200, `ok`) is left out. */
type Rest = readonly [model?: string | null, status?: number | null, result?: string];

/** An attempt as stored, as short as can be, or its names would be half of the row. A number in the third place is its cost. */
type Packed =
  | readonly [upstream: string, durationMs: number, ...rest: Rest]
  | readonly [upstream: string, durationMs: number, cost: number, ...rest: Rest];

/** As costs were stored at first, and are still where a number cannot say them. */
type Costly = readonly [
  upstream: string,
  durationMs: number,
  model: string | null,
  status: number | null,
  result: string,
  cost: string,
];

const pack = ({ upstream, model, status, result, durationMs, cost }: Attempt, asked: string): Packed | Costly => {
  const name = model === asked ? null : model;
  if (cost !== undefined && cost > BigInt(Number.MAX_SAFE_INTEGER))
    return [upstream, durationMs, name, status, result, String(cost)];
  const isPlain = status === 200 && result === "ok";
  const rest: Rest = isPlain ? (name === null ? [] : [name]) : [name, status, result];
  return cost === undefined ? [upstream, durationMs, ...rest] : [upstream, durationMs, Number(cost), ...rest];
};

/** A cost is never a reason to lose a charge: one beyond 64 bits is left out. */
const costIn = (costs: CostList, usage: Usage): { readonly cost?: Nano } => {
  try {
    return { cost: costTo(costs, usage) };
  } catch (error) {
    if (error instanceof MoneyError) return {};
    throw error;
  }
};

/** Attempts with what they cost us: the last one used what the request used, those before it came to nothing. */
export const costed = (attempts: readonly Attempt[], usage: Usage): readonly Attempt[] =>
  attempts.map(({ costs, ...attempt }, index) =>
    costs === undefined || index < attempts.length - 1 ? attempt : { ...attempt, ...costIn(costs, usage) },
  );

/** Attempts as stored: a list of lists; null when there are none. @param asked the model of the request's row */
export const packAttempts = (attempts: readonly Attempt[], asked: string): string | null =>
  attempts.length === 0 ? null : JSON.stringify(attempts.map((each) => pack(each, asked)));

/** As it was stored at first: every member, the model second. */
type Long = readonly [upstream: string, model: string, status: number | null, result: string, durationMs: number];

const unpack = (row: Packed | Costly | Long, asked: string): Attempt => {
  if (typeof row[1] === "string") {
    const [upstream, model, status, result, durationMs] = row as Long;
    return { upstream, model, status, result, durationMs };
  }
  const [upstream, durationMs, third] = row as Packed;
  const [model = null, status = 200, result = "ok"] = row.slice(typeof third === "number" ? 3 : 2) as unknown as Rest;
  const cost = typeof third === "number" ? third : (row as Partial<Costly>)[5];
  const attempt = { upstream, model: model ?? asked, status, result, durationMs };
  return cost === undefined ? attempt : { ...attempt, cost: BigInt(cost) };
};

/** The inverse of `packAttempts`. */
export const unpackAttempts = (text: string | null, asked: string): readonly Attempt[] =>
  text === null ? [] : (JSON.parse(text) as (Packed | Costly | Long)[]).map((row) => unpack(row, asked));

/**
 * What providers take for a request, in nano-units: what its last attempt says, else the charge to the nano without the plan's
 * multiplier, which is the list price. Roll-ups add it up, here and in `list_price` of PostgreSQL's migration 0018.
 */
export const providerCost = (last: Attempt | undefined, exact: Nano, multiplier: Rational): Nano => {
  if (last === undefined || last.upstream === SANDBOX_UPSTREAM) return 0n;
  if (last.cost !== undefined) return last.cost;
  const { num, den } = multiplier;
  return num === 0n ? 0n : (2n * exact * den + num) / (2n * num);
};
