/** Cursors of keyset paging: where a page ended, in a form that a client only hands back. */
import { problems } from "./errors.ts";

/** The values of the sort key of the last row, in order. */
export type Position = readonly (string | number)[];

const isPosition = (value: unknown, length: number): value is (string | number)[] =>
  Array.isArray(value) &&
  value.length === length &&
  value.every((part) => typeof part === "string" || Number.isSafeInteger(part));

/** A position as a cursor. */
export const writeCursor = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");

/**
 * The position of a cursor; null when there is none.
 * @param length how many values a position has
 * @throws ConsoleError for a cursor that this list did not make
 */
export const readCursor = (cursor: string | undefined, length: number): (string | number)[] | null => {
  if (cursor === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    value = null;
  }
  if (!isPosition(value, length)) throw problems.invalid({ cursor: "is not a cursor of this list" });
  return value;
};

/**
 * A page out of one row more than was asked for.
 * @param rows up to `limit + 1`, in order @param position the sort key of a row
 */
export const pageOf = <Row>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => Position,
): { readonly rows: readonly Row[]; readonly next: string | null } => {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { rows: kept, next: rows.length > limit && last !== undefined ? writeCursor(position(last)) : null };
};
