/**
 * What the requests of a commit add up to: by hour, account, key, model and upstream; for all accounts; both by day too; and for each
 * account's day (decisions 0033 and 0043). Pure. PostgreSQL does the same in the trigger of its migration 0023.
 */
import { providerCost, unpackAttempts, type Attempt } from "../attempt.ts";
import { requestTime } from "../id.ts";
import { isAnswered, isFailure, isFault, latencyBucket } from "../measure.ts";
import type { Nano } from "../money.ts";
import { UNITS, type Unit } from "../unit.ts";
import type { RequestRow } from "./store.ts";

/** What is added up, everywhere. */
export interface Measures {
  requests: number;
  /** Of these, those that came to nothing: refused, or a failure of the provider or of us. */
  errors: number;
  /** Nano-units, as are all amounts. */
  posted: Nano;
  absorbed: Nano;
  /** What providers take. */
  cost: Nano;
  /** Calls to providers, and those of them that the provider failed. */
  attempts: number;
  failedAttempts: number;
  readonly usage: Partial<Record<Unit, bigint>>;
  /** Replies in each bucket of latency; sparse. */
  readonly first: number[];
  readonly took: number[];
}

export interface RollUp extends Measures {
  readonly accountId: number;
  readonly keyId: number;
  /** Empty for what was refused before it had a price: such a name may be anything, and there are any number of them. */
  readonly model: string;
  /** The one that was asked; empty where none was. */
  readonly upstream: string;
  /** Hours since the Unix epoch, of the ids' own time. */
  readonly hour: number;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

const nothing = (): Measures => ({
  requests: 0,
  errors: 0,
  posted: 0n,
  absorbed: 0n,
  cost: 0n,
  attempts: 0,
  failedAttempts: 0,
  usage: {},
  first: [],
  took: [],
});

const addAttempt = (sum: Measures, { result }: Attempt): void => {
  sum.attempts++;
  if (isFault(result)) sum.failedAttempts++;
};

const increment = (counts: number[], place: number): void => {
  counts[place] = (counts[place] ?? 0) + 1;
};

const addRow = (sum: Measures, row: RequestRow, last: Attempt | undefined): void => {
  sum.requests++;
  if (isFailure(row.outcome)) sum.errors++;
  sum.posted += row.posted;
  sum.absorbed += row.absorbed;
  sum.cost += providerCost(last, row.exact ?? row.posted + row.absorbed, {
    num: row.multiplierNum ?? 1n,
    den: row.multiplierDen ?? 1n,
  });
  if (last !== undefined) addAttempt(sum, last);
  for (const unit of UNITS) {
    const count = row.usage[unit];
    if (count !== undefined) sum.usage[unit] = (sum.usage[unit] ?? 0n) + BigInt(count);
  }
  if (!isAnswered(row.outcome)) return;
  if (row.firstByteMs !== null) increment(sum.first, latencyBucket(row.firstByteMs));
  increment(sum.took, latencyBucket(row.durationMs));
};

/** One for each hour, account, key, model and upstream of the rows, by that key. */
export const rollUps = (rows: readonly RequestRow[]): readonly RollUp[] => {
  const found = new Map<string, RollUp>();
  const sumOf = ({ accountId, keyId }: RequestRow, hour: number, model: string, upstream: string): RollUp => {
    const key = `${hour} ${accountId} ${keyId} ${upstream} ${model}`;
    let sum = found.get(key);
    if (sum === undefined) found.set(key, (sum = { accountId, keyId, model, upstream, hour, ...nothing() }));
    return sum;
  };
  for (const row of rows) {
    const hour = Math.floor(requestTime(row.id) / HOUR_MS);
    const model = row.priceId === null ? "" : row.model;
    const attempts = unpackAttempts(row.attempts, row.model);
    const last = attempts.at(-1);
    for (const attempt of attempts.slice(0, -1)) addAttempt(sumOf(row, hour, model, attempt.upstream), attempt);
    addRow(sumOf(row, hour, model, last?.upstream ?? ""), row, last);
  }
  return [...found.values()];
};

const addCounts = (to: number[], from: readonly number[]): void => {
  from.forEach((count, place) => {
    to[place] = (to[place] ?? 0) + count;
  });
};

const addTo = (to: Measures, from: Measures): void => {
  to.requests += from.requests;
  to.errors += from.errors;
  to.posted += from.posted;
  to.absorbed += from.absorbed;
  to.cost += from.cost;
  to.attempts += from.attempts;
  to.failedAttempts += from.failedAttempts;
  for (const unit of UNITS) {
    const count = from.usage[unit];
    if (count !== undefined) to.usage[unit] = (to.usage[unit] ?? 0n) + count;
  }
  addCounts(to.first, from.first);
  addCounts(to.took, from.took);
};

const grouped = <Sum extends Measures>(
  sums: readonly RollUp[],
  { keyOf, begin }: { readonly keyOf: (sum: RollUp) => string; readonly begin: (sum: RollUp) => Sum },
): readonly Sum[] => {
  const found = new Map<string, Sum>();
  for (const sum of sums) {
    const key = keyOf(sum);
    let group = found.get(key);
    if (group === undefined) found.set(key, (group = begin(sum)));
    addTo(group, sum);
  }
  return [...found.values()];
};

/** Days since the Unix epoch (UTC). */
export const dayOf = (hour: number): number => Math.floor(hour / DAY_HOURS);

/** Of all accounts together, by hour, model and upstream. */
export const installationRollUps = (
  sums: readonly RollUp[],
): readonly (Measures & Pick<RollUp, "hour" | "model" | "upstream">)[] =>
  grouped(sums, {
    keyOf: ({ hour, model, upstream }) => `${hour} ${upstream} ${model}`,
    begin: ({ hour, model, upstream }) => ({ hour, model, upstream, ...nothing() }),
  });

/** Of each account's days (UTC, counted from the Unix epoch) that had requests. */
export const dayRollUps = (
  sums: readonly RollUp[],
): readonly (Measures & { readonly day: number; readonly accountId: number })[] =>
  grouped(sums, {
    keyOf: ({ hour, accountId }) => `${dayOf(hour)} ${accountId}`,
    begin: ({ hour, accountId }) => ({ day: dayOf(hour), accountId, ...nothing() }),
  }).filter(({ requests }) => requests > 0);
