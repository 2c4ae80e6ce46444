/** The words of the console's JSON: how money, times, ids and lists are written. Every schema of a route is made of these. */
import { z } from "@hono/zod-openapi";

/** Longest text of a nano amount: 2^127 has 39 digits; ours end far below. */
const NANO_DIGITS = 30;

/** Whole nano-USD as a string: the members are named `…Nano`. */
export const nano = z
  .string()
  // What is no number is not asked whether it is large.
  .regex(/^-?\d{1,30}$/, { abort: true })
  .openapi({
    description: `Whole nano-USD as a decimal string of at most ${NANO_DIGITS} digits.`,
    example: "12300000",
  });

/** An amount that may be added: more than nothing. */
export const positiveNano = nano.refine((text) => BigInt(text) > 0n, "must be more than 0");

/** A nano amount as it is written. */
export const nanoText = (amount: bigint): string => amount.toString();

/** A time in milliseconds since the epoch: the members are named `…At`. */
export const at = z
  .int()
  .min(0)
  .max(8_640_000_000_000_000)
  .openapi({ description: "Milliseconds since the Unix epoch." });

/** A number of things. */
export const count = z.int().min(0);

/** One line of text that a person typed: what it may hold is checked where it is stored. */
export const line = (most: number) => z.string().min(1).max(most);

/** A public id such as `key_…`: unguessable, and never parsed. */
export const publicId = z
  .string()
  .min(5)
  .max(64)
  .regex(/^[a-z]{2,8}_[0-9a-z]+$/);

/** The public id of a request. */
export const requestId = z.string().regex(/^req_[0-9a-z]{26}$/);

/** Most items of one page of a list. */
export const MAX_PAGE = 200;
const USUAL_PAGE = 50;
const MAX_CURSOR = 512;

/** What every list takes: `?cursor=…&limit=…`. Spread into a strict query. */
export const pageQuery = {
  cursor: z.string().max(MAX_CURSOR).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(USUAL_PAGE),
} as const;

/** A page of a list: `next` is the cursor of the page after it, null at the end. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item).max(MAX_PAGE), next: z.string().nullable() });
