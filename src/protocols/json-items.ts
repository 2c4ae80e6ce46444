/** The elements of an array inside a body that was scanned already, one by one, without parsing them. */
import type { Span } from "./json.ts";
import { isArrayAt } from "./span.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Byte range of a value, `end` exclusive, white space around it left out. */
export interface Item {
  readonly start: number;
  readonly end: number;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const opens = (byte: number | undefined): boolean => byte === 0x7b || byte === 0x5b;
const closes = (byte: number | undefined): boolean => byte === 0x7d || byte === 0x5d;

/** The position after the string whose opening quote is at `at`. */
const afterString = (body: Buffer, at: number): number => {
  let next = at + 1;
  while (body[next] !== QUOTE) next += body[next] === BACKSLASH ? 2 : 1;
  return next + 1;
};

/** The position after the value that begins at `at`. */
const afterValue = (body: Buffer, at: number, end: number): number => {
  let depth = 0;
  let next = at;
  while (next < end) {
    const byte = body[next];
    if (byte === QUOTE) next = afterString(body, next);
    else {
      if (depth === 0 && (byte === COMMA || closes(byte) || isSpace(byte))) return next;
      if (opens(byte)) depth++;
      else if (closes(byte)) depth--;
      next++;
    }
    if (depth === 0 && (byte === QUOTE || closes(byte))) return next;
  }
  return next;
};

/** The first elements of an array, at most `most`; none where the span is no array. The body must have passed a scan. */
export const arrayItems = (body: Buffer, span: Span, most: number): Item[] => {
  const items: Item[] = [];
  if (!isArrayAt(body, span)) return items;
  let at = span.start + 1;
  while (at < span.end - 1 && items.length < most) {
    while (isSpace(body[at]) || body[at] === COMMA) at++;
    if (at >= span.end - 1) break;
    const end = afterValue(body, at, span.end - 1);
    items.push({ start: at, end });
    at = end;
  }
  return items;
};
