/**
 * How buckets that begin at any hour are added up from roll-ups of whole days (UTC) and few of hours: each of their bounds is taken to
 * the midnight that is nearest, and the hours between the two change buckets. Ninety local days are ninety days and up to twelve
 * hours at each of their ends, instead of 2,160 hours. Pure.
 */

/** Hours or days in a row, since the Unix epoch; the end is not in it. What they amount to is added to a bucket and taken from another. */
export interface Part {
  readonly unit: "hour" | "day";
  readonly first: number;
  readonly end: number;
  /** Places of buckets; null: none. */
  readonly to: number | null;
  readonly out: number | null;
}

const DAY_HOURS = 24;

/** The hours themselves, bucket by bucket. */
const hourly = (bounds: readonly number[]): readonly Part[] =>
  bounds.slice(0, -1).map((first, to) => ({ unit: "hour", first, end: bounds[to + 1] ?? first, to, out: null }));

const startOf = ({ unit, first }: Part): number => (unit === "hour" ? first : first * DAY_HOURS);

const lengthOf = (parts: readonly Part[]): number => parts.reduce((sum, { first, end }) => sum + end - first, 0);

/**
 * The parts of buckets, oldest first; by hours alone where days would save nothing.
 * @param bounds hours since the Unix epoch, growing: where each bucket begins, and where the last one ends
 */
export const partsOf = (bounds: readonly number[]): readonly Part[] => {
  const last = bounds.length - 1;
  const midnights = bounds.map((bound) => Math.round(bound / DAY_HOURS));
  const parts: Part[] = [];
  for (const [place, bound] of bounds.entries()) {
    const day = midnights[place] ?? 0;
    const [before, after] = [place === 0 ? null : place - 1, place === last ? null : place];
    const midnight = day * DAY_HOURS;
    if (bound > midnight) parts.push({ unit: "hour", first: midnight, end: bound, to: before, out: after });
    if (bound < midnight) parts.push({ unit: "hour", first: bound, end: midnight, to: after, out: before });
    const next = midnights[place + 1] ?? day;
    if (next > day) parts.push({ unit: "day", first: day, end: next, to: place, out: null });
  }
  const plain = hourly(bounds);
  return (lengthOf(plain) <= lengthOf(parts) ? plain : parts).toSorted((a, b) => startOf(a) - startOf(b));
};

/** Hours and days that are added up in one statement: on SQLite nothing else happens meanwhile. */
const MOST_UNITS = 240;

/** A part in pieces of at most so many units, newest first. */
const cut = ({ first, end, ...part }: Part): readonly Part[] =>
  Array.from({ length: Math.ceil((end - first) / MOST_UNITS) }, (_, place) => ({
    ...part,
    first: Math.max(first, end - (place + 1) * MOST_UNITS),
    end: end - place * MOST_UNITS,
  }));

/**
 * Parts as they are asked for, a statement each. The newest are in one, full statement, so that what is charged meanwhile is either in
 * all of its parts or in none.
 */
export const statementsOf = (parts: readonly Part[]): readonly (readonly Part[])[] => {
  const statements: Part[][] = [];
  let room = 0;
  for (const part of parts.toReversed().flatMap(cut)) {
    const units = part.end - part.first;
    if (units > room) {
      statements.push([]);
      room = MOST_UNITS;
    }
    statements.at(-1)?.push(part);
    room -= units;
  }
  return statements;
};
