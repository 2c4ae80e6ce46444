/** Ranges as roll-ups know them: whole hours, and the buckets of a chart that they fall into. Pure. */
import { errors } from "../errors.ts";
import { MOST_SLOTS, type BucketSize, type Range } from "./figures.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const HOUR_MINUTES = 60;
/** Local times are between 12 hours behind and 14 ahead. */
const MOST_OFFSET_MINUTES = 14 * HOUR_MINUTES;
/** Until the year 5138: what is later is no time in milliseconds. */
const LAST_MS = 100_000_000_000_000;

/** Hours since the Unix epoch; the end is not in it. */
export interface Hours {
  readonly first: number;
  readonly end: number;
}

/** The whole hours that a range touches. @throws GatewayError invalid_value */
export const hoursOf = ({ from, to }: Range): Hours => {
  if (!Number.isSafeInteger(from) || from < 0 || from > LAST_MS) throw errors.invalidValue("from", "must be a time");
  if (!Number.isSafeInteger(to) || to <= from || to > LAST_MS)
    throw errors.invalidValue("to", "must be a time after from");
  return { first: Math.floor(from / HOUR_MS), end: Math.ceil(to / HOUR_MS) };
};

/** The hours as a range. */
export const rangeOf = ({ first, end }: Hours): Range => ({ from: first * HOUR_MS, to: end * HOUR_MS });

/** Buckets of so many hours: hour `h` is in bucket `floor((h + shift) / width)`. */
export interface Slots {
  readonly width: number;
  readonly shift: number;
  readonly first: number;
  readonly count: number;
  /** Where each begins, in milliseconds since the Unix epoch. */
  readonly starts: readonly number[];
}

/** @throws GatewayError invalid_value for an offset that no place has, or a range of more buckets than a chart shows */
export const slotsOf = ({ first, end }: Hours, bucket: BucketSize, offsetMinutes: number): Slots => {
  if (!Number.isSafeInteger(offsetMinutes) || Math.abs(offsetMinutes) > MOST_OFFSET_MINUTES)
    throw errors.invalidValue("offset", "must be minutes between -840 and 840");
  const width = bucket === "day" ? 24 : 1;
  const shift = bucket === "day" ? Math.round(offsetMinutes / HOUR_MINUTES) : 0;
  const firstSlot = Math.floor((first + shift) / width);
  const count = Math.floor((end - 1 + shift) / width) - firstSlot + 1;
  if (count > MOST_SLOTS[bucket])
    throw errors.invalidValue("to", `must be at most ${MOST_SLOTS[bucket]} ${bucket}s after from`);
  const starts = Array.from({ length: count }, (_, place) => ((firstSlot + place) * width - shift) * HOUR_MS);
  return { width, shift, first: firstSlot, count, starts };
};
