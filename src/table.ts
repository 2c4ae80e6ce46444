/**
 * Tables that are asked with words from outside: request bodies, headers, paths, replies of providers, files, the command line.
 *
 * A literal `{ low: 272 }` answers `valueOf` and `constructor` with what every object inherits, and a price became NaN that way. A table
 * inherits nothing: what is not a row of it is undefined. test/tidy.test.ts holds that no constant of the server is asked otherwise.
 */

/** A lookup is `Row | undefined`, by the compiler's noUncheckedIndexedAccess; the entries are rows. */
export type Table<Row> = Readonly<Record<string, Row>>;

/** An object that has only the members it is given, to be filled under names from outside: `__proto__` is one like any other. */
export const blank = <Value>(): Record<string, Value> => Object.create(null) as Record<string, Value>;

/** The member that an object itself has: for what a parser made, and a name from outside. */
export const own = <Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** The rows, frozen and without a prototype. */
export const table = <Row>(rows: Readonly<Record<string, Row>>): Table<Row> =>
  Object.freeze(Object.assign(blank<Row>(), rows));
