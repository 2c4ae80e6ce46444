/**
 * A way through many requests of which few are wanted: stretches of ids, cut into steps of a bounded number of rows, so that no
 * statement reads more than a step and no question more than so many steps (decisions 0038 and 0043). Pure but for the source.
 */
import { setImmediate as turn } from "node:timers/promises";

import { firstRequestId } from "../id.ts";
import type { Span } from "./history.ts";
import { HOUR_MS } from "./slots.ts";

export type Direction = "older" | "newer";

/** The id of the `count`th request of a span, of whatever kind, from its newest or its oldest on; null when it has fewer. */
export type Bound = (span: Span, direction: Direction, count: number) => Promise<Uint8Array | null>;

/** Rows of one step. */
export const STEP_ROWS = 2_000;
/** What looking at a stretch that is no whole step counts as, in rows. */
export const PART_ROWS = 200;

/** The id that comes next: what is in a span from it on is newer than `id`. */
export const successor = (id: Uint8Array): Uint8Array => {
  const next = Buffer.from(id);
  for (let place = next.length - 1; place >= 0; place--) {
    const value = ((next[place] ?? 0) + 1) & 255;
    next[place] = value;
    if (value !== 0) return next;
  }
  return Buffer.alloc(next.length, 255);
};

export const later = (a: Uint8Array, b: Uint8Array): Uint8Array => (Buffer.compare(a, b) < 0 ? b : a);
const earlier = (a: Uint8Array, b: Uint8Array): Uint8Array => (Buffer.compare(a, b) < 0 ? a : b);

/** The parts of a span that lie in some hours, in their order; hours that follow one another are one part. */
export const within = (span: Span, hours: readonly number[]): readonly Span[] => {
  const stretches: { first: number; end: number }[] = [];
  for (const hour of hours) {
    const last = stretches.at(-1);
    if (last !== undefined && last.end === hour) last.end++;
    else if (last !== undefined && last.first === hour + 1) last.first--;
    else stretches.push({ first: hour, end: hour + 1 });
  }
  return stretches
    .map(({ first, end }) => ({
      from: later(span.from, firstRequestId(first * HOUR_MS)),
      before: earlier(span.before, firstRequestId(end * HOUR_MS)),
    }))
    .filter(({ from, before }) => Buffer.compare(from, before) < 0);
};

/** A span where a step ends: what is in the step, `end` with it, and what is beyond it. */
export const parted = (
  span: Span,
  direction: Direction,
  end: Uint8Array,
): { readonly within: Span; readonly beyond: Span } => {
  if (direction === "older")
    return { within: { from: end, before: span.before }, beyond: { from: span.from, before: end } };
  const next = successor(end);
  return { within: { from: span.from, before: next }, beyond: { from: next, before: span.before } };
};

export interface Walk {
  /** In the order of the direction. */
  readonly stretches: readonly Span[];
  readonly direction: Direction;
  readonly bound: Bound;
  /** Rows that are looked at, about, and at most twice that. */
  readonly most: number;
  readonly step: number;
}

/**
 * Steps, each looked at before the next is sought; others have their turn between them.
 * @returns where the walk ended for having looked at the most: ids older than it, or from it on, were not. Null: all of it was.
 */
export async function* stepsOf({
  stretches,
  direction,
  bound,
  most,
  step,
}: Walk): AsyncGenerator<Span, Uint8Array | null> {
  let examined = 0;
  for (const stretch of stretches) {
    let rest = stretch;
    for (;;) {
      if (examined >= most) return direction === "older" ? rest.before : rest.from;
      const end = await bound(rest, direction, step);
      examined += end === null ? Math.min(step, PART_ROWS) : step;
      if (end === null) {
        yield rest;
        break;
      }
      const parts = parted(rest, direction, end);
      yield parts.within;
      rest = parts.beyond;
      await turn();
    }
  }
  return null;
}
