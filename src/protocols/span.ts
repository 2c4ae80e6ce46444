/** Reads what a scan found: each value from its span, without parsing the rest. */
import { isDigit, MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, type Span } from "./json.ts";

/** A span's JSON text. */
export const rawAt = (body: Buffer, span: Span): string => body.toString("utf8", span.start, span.end);

/** A string member, unescaped; undefined when the value is no string. */
export const stringAt = (body: Buffer, span: Span): string | undefined =>
  body[span.start] === QUOTE ? (JSON.parse(rawAt(body, span)) as string) : undefined;

/** A number member as JavaScript reads it (1e400 is Infinity); undefined when the value is no number. */
export const numberAt = (body: Buffer, span: Span): number | undefined => {
  const first = body[span.start];
  return first === MINUS || isDigit(first) ? Number(rawAt(body, span)) : undefined;
};

/** A boolean member; undefined when the value is none. */
export const booleanAt = (body: Buffer, span: Span): boolean | undefined => {
  const first = body[span.start];
  if (first === 0x74) return true;
  return first === 0x66 ? false : undefined;
};

export const isNullAt = (body: Buffer, span: Span): boolean => body[span.start] === 0x6e;
export const isArrayAt = (body: Buffer, span: Span): boolean => body[span.start] === OPEN_BRACKET;
export const isObjectAt = (body: Buffer, span: Span): boolean => body[span.start] === OPEN_BRACE;
