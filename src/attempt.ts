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
  /** Names of what translation could not carry, there and back; absent: nothing was lost. Only the last attempt's are stored. */
  readonly dropped?: readonly string[];
}

/** Most characters of names that are told of one request, so that a hostile body can grow neither our head nor our rows. */
const DROPPED_LENGTH = 1_024;
/** The last name where there were more. */
const MORE = "...";

const FIRST_VISIBLE = 0x21;
const LAST_VISIBLE = 0x7e;

/** A name as headers and databases take it: a client chose it, and PostgreSQL's JSON knows neither NUL nor half a character. */
const visible = (name: string): string => {
  let clean = "";
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= FIRST_VISIBLE && code <= LAST_VISIBLE && name.charAt(i) !== ",") clean += name.charAt(i);
  }
  return clean;
};

/** Names of what was dropped, as they are told and kept: visible ASCII without commas, bounded; "..." says that there were more. */
export const toldNames = (names: readonly string[]): readonly string[] => {
  const told: string[] = [];
  let length = 0;
  for (const name of names) {
    const clean = visible(name);
    length += clean.length + 1;
    if (length > DROPPED_LENGTH) return [...told, MORE];
    if (clean !== "") told.push(clean);
  }
  return told;
};

/** The upstream that costs nothing: the one that is built in. */
export const SANDBOX_UPSTREAM = "sandbox";

/** What follows the duration of an attempt: what goes without saying (`asked`'s own name, 200, `ok`) is left out. */
type Rest = readonly [model?: string | null, status?: number | null, result?: string];

/** Where the names of what was dropped stand; before it there is a place that is empty, or the cost (`attempt_cost`, migration 0018). */
const DROPPED_PLACE = 6;

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

const packFacts = ({ upstream, model, status, result, durationMs, cost }: Attempt, asked: string): Packed | Costly => {
  const name = model === asked ? null : model;
  if (cost !== undefined && cost > BigInt(Number.MAX_SAFE_INTEGER))
    return [upstream, durationMs, name, status, result, String(cost)];
  const isPlain = status === 200 && result === "ok";
  const rest: Rest = isPlain ? (name === null ? [] : [name]) : [name, status, result];
  return cost === undefined ? [upstream, durationMs, ...rest] : [upstream, durationMs, Number(cost), ...rest];
};

/** The attempt, in full where names follow: they have one place, and most attempts have none. */
const pack = (attempt: Attempt, asked: string): readonly unknown[] => {
  const told = toldNames(attempt.dropped ?? []);
  if (told.length === 0) return packFacts(attempt, asked);
  const { upstream, model, status, result, durationMs, cost } = attempt;
  const rest = [model === asked ? null : model, status, result];
  if (cost === undefined) return [upstream, durationMs, ...rest, null, told];
  const isNumber = cost <= BigInt(Number.MAX_SAFE_INTEGER);
  return isNumber
    ? [upstream, durationMs, Number(cost), ...rest, told]
    : [upstream, durationMs, ...rest, String(cost), told];
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

/** Attempts whose last one also lost these names, on the way back. */
export const withLost = (attempts: readonly Attempt[], lost: readonly string[]): readonly Attempt[] => {
  const last = attempts.at(-1);
  if (last === undefined || lost.length === 0) return attempts;
  return [...attempts.slice(0, -1), { ...last, dropped: [...(last.dropped ?? []), ...lost] }];
};

/** Attempts as stored: a list of lists; null when there are none. @param asked the model of the request's row */
export const packAttempts = (attempts: readonly Attempt[], asked: string): string | null =>
  attempts.length === 0
    ? null
    : JSON.stringify(attempts.map((each, at) => (at < attempts.length - 1 ? packFacts : pack)(each, asked)));

/** As it was stored at first: every member, the model second. */
type Long = readonly [upstream: string, model: string, status: number | null, result: string, durationMs: number];

const unpack = (row: Packed | Costly | Long, asked: string): Attempt => {
  if (typeof row[1] === "string") {
    const [upstream, model, status, result, durationMs] = row as Long;
    return { upstream, model, status, result, durationMs };
  }
  const [upstream, durationMs, third] = row as Packed;
  const [model = null, status = 200, result = "ok"] = row.slice(typeof third === "number" ? 3 : 2) as unknown as Rest;
  const cost = typeof third === "number" ? third : ((row as Partial<Costly>)[5] ?? null);
  const dropped = (row as readonly unknown[])[DROPPED_PLACE] as readonly string[] | undefined;
  const attempt = { upstream, model: model ?? asked, status, result, durationMs };
  return {
    ...attempt,
    ...(cost === null ? {} : { cost: BigInt(cost) }),
    ...(dropped === undefined ? {} : { dropped }),
  };
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
