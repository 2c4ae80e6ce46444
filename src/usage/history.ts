/**
 * An account's history: pages of it, its sums, and all of it piece by piece. No more than a few hundred rows are read at once, however
 * many there are and however few of them a filter leaves, so that nobody's history delays anybody's request (decision 0038).
 */
import { setImmediate as turn } from "node:timers/promises";

import { firstRequestId, requestIdText, requestTime } from "../id.ts";
import type { Nano } from "../money.ts";
import { UNITS, type Unit } from "../unit.ts";
import type { UsageRecord } from "./usage.ts";

/** Rows that are looked at in one statement. */
const STEP = 500;
/** Most requests of one page. */
export const MOST_ENTRIES = 500;
export const USUAL_ENTRIES = 100;
/** Rows that one call looks at, at most: what lies before them is for the next call. */
export const MOST_EXAMINED = 100_000;
/** The same of a page: who looks for something rare gets it over several calls. */
const MOST_EXAMINED_FOR_A_PAGE = 20_000;

/** Which requests of an account; null: all. */
export interface HistoryFilter {
  readonly accountId: number;
  /** As it was asked for. */
  readonly model: string | null;
  readonly keyId: number | null;
  readonly outcome: string | null;
}

/** Requests from the id `from` on that are older than `before`. Ids are 16 bytes and begin with their time. */
export interface Span {
  readonly from: Uint8Array;
  readonly before: Uint8Array;
}

/** A request, with the name of its key and what was given back of its price. */
export interface HistoryEntry {
  readonly record: UsageRecord;
  readonly keyPublicId: string;
  readonly keyName: string;
  /** Nano-units. */
  readonly refunded: Nano;
}

/** Sums over requests: amounts in nano-units, counts of each unit. */
export interface Sums {
  readonly requests: bigint;
  readonly posted: Nano;
  readonly refunded: Nano;
  readonly usage: Readonly<Partial<Record<Unit, bigint>>>;
}

/** Where the history is kept. Every call looks at the rows of its span and at no others. */
export interface HistorySource {
  /** The id of the `count`th newest request of a span, of whatever kind; null when it has fewer. */
  bound(accountId: number, span: Span, count: number): Promise<Uint8Array | null>;
  /** The newest requests of a span, newest first. */
  entries(filter: HistoryFilter, span: Span, limit: number): Promise<readonly HistoryEntry[]>;
  sums(filter: HistoryFilter, span: Span): Promise<Sums>;
  /** Sums of whole hours since the Unix epoch, the end not in them, from roll-ups; null where those cannot tell. */
  hours(filter: HistoryFilter, first: number, end: number): Promise<Sums | null>;
}

const AFTER_ALL = new Uint8Array(16).fill(255);

/** @param period milliseconds since the Unix epoch, the end not in it; null: open. @param before a request's id: only older ones */
export const spanOf = (
  period: { readonly from: number | null; readonly to: number | null },
  before: Uint8Array | null,
): Span => {
  const end = period.to === null ? AFTER_ALL : firstRequestId(period.to);
  return {
    from: firstRequestId(period.from ?? 0),
    before: before !== null && Buffer.compare(before, end) < 0 ? before : end,
  };
};

/**
 * A span cut into steps, newest first; each is looked at before the next is sought, and others have their turn between them.
 * @returns where the steps ended for having looked at `most` rows; null when the span has no more
 */
async function* stepsOf(
  source: HistorySource,
  { accountId, span, most }: { readonly accountId: number; readonly span: Span; readonly most: number },
): AsyncGenerator<Span, Uint8Array | null, void> {
  let { before } = span;
  for (let examined = 0; examined < most; examined += STEP) {
    const bound = await source.bound(accountId, { from: span.from, before }, STEP);
    yield { from: bound ?? span.from, before };
    if (bound === null) return null;
    before = bound;
    await turn();
  }
  return before;
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** The id of a request: older ones are not on the page. Null when there are none. */
  readonly next: string | null;
}

const textOrNull = (id: Uint8Array | null): string | null => (id === null ? null : requestIdText(id));

/** A page, newest first. It may be short although there is more: `next` says so. */
export const pageOf = async (
  source: HistorySource,
  order: { readonly filter: HistoryFilter; readonly span: Span; readonly limit: number },
): Promise<HistoryPage> => {
  const { filter, span, limit } = order;
  const steps = stepsOf(source, { accountId: filter.accountId, span, most: MOST_EXAMINED_FOR_A_PAGE });
  const found: HistoryEntry[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return { entries: found, next: textOrNull(step.value) };
    // One more than there is room for says whether there is more.
    found.push(...(await source.entries(filter, step.value, limit - found.length + 1)));
    const last = found[limit - 1];
    if (found.length > limit && last !== undefined)
      return { entries: found.slice(0, limit), next: last.record.requestId };
  }
};

const added = (left: Sums, right: Sums): Sums => ({
  requests: left.requests + right.requests,
  posted: left.posted + right.posted,
  refunded: left.refunded + right.refunded,
  usage: Object.fromEntries(
    UNITS.map((unit) => [unit, (left.usage[unit] ?? 0n) + (right.usage[unit] ?? 0n)] as const).filter(
      ([, count]) => count > 0n,
    ),
  ),
});

export interface Totals extends Sums {
  /** The id of a request: older ones were not summed, having looked at the most that one call may. Null when all were. */
  readonly next: string | null;
}

const NO_SUMS: Sums = { requests: 0n, posted: 0n, refunded: 0n, usage: {} };

/** Sums of a span, row by row, as far as one call may look. */
const walked = async (source: HistorySource, filter: HistoryFilter, span: Span): Promise<Totals> => {
  const steps = stepsOf(source, { accountId: filter.accountId, span, most: MOST_EXAMINED });
  let sums = NO_SUMS;
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return { ...sums, next: textOrNull(step.value) };
    sums = added(sums, await source.sums(filter, step.value));
  }
};

const HOUR_MS = 3_600_000;

/** Whole hours come from roll-ups, however many requests they have; what lies before and after them is looked at. */
export const totalsOf = async (source: HistorySource, filter: HistoryFilter, span: Span): Promise<Totals> => {
  const first = Math.ceil(requestTime(span.from) / HOUR_MS);
  const end = Math.floor(requestTime(span.before) / HOUR_MS);
  const whole = first < end ? await source.hours(filter, first, end) : null;
  if (whole === null) return await walked(source, filter, span);
  const newer = await walked(source, filter, { from: firstRequestId(end * HOUR_MS), before: span.before });
  if (newer.next !== null) return newer;
  const older = await walked(source, filter, { from: span.from, before: firstRequestId(first * HOUR_MS) });
  return { ...added(added(newer, whole), older), next: older.next };
};

/** Index entries that are skipped in one statement: nothing of their rows is read. */
const STRIDE = 5_000;

/** Where the newest `MOST_EXAMINED` requests of a span begin; null when it has no more than these. */
export const endOf = async (source: HistorySource, accountId: number, span: Span): Promise<Uint8Array | null> => {
  let { before } = span;
  for (let passed = 0; passed < MOST_EXAMINED; passed += STRIDE) {
    const bound = await source.bound(accountId, { from: span.from, before }, STRIDE);
    if (bound === null) return null;
    before = bound;
    await turn();
  }
  const isMore = (await source.bound(accountId, { from: span.from, before }, 1)) !== null;
  return isMore ? before : null;
};

/** All entries of a span that has no more than `MOST_EXAMINED` requests, in pieces, newest first. */
export async function* entriesOf(
  source: HistorySource,
  filter: HistoryFilter,
  span: Span,
): AsyncGenerator<readonly HistoryEntry[]> {
  // One step more than the rows need, since `from` is never a step's own bound.
  const steps = stepsOf(source, { accountId: filter.accountId, span, most: MOST_EXAMINED + STEP });
  for await (const step of steps) yield await source.entries(filter, step, STEP);
}
