/**
 * The JSON of a provider's event, read a little more kindly than the grammar allows: numbers with leading zeros, as servers print
 * that write timestamps with a fixed width, are the numbers they mean. Clients that read strictly are not our concern here: the
 * bytes go on as they came.
 */
import type { Json } from "./canonical.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;

const isDigit = (code: number): boolean => code >= ZERO && code <= 0x39;
/** What may stand right before a number: `:`, `,`, `[`, `-` or a blank. */
const startsNumber = (code: number): boolean =>
  code === 0x3a || code === 0x2c || code === 0x5b || code === 0x2d || code === 0x20;

/** The text without the zeros that stand before another digit at the start of a number. Strings are left alone. */
const withoutLeadingZeros = (text: string): string => {
  let clean = "";
  let from = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === ZERO && isDigit(text.charCodeAt(i + 1)) && startsNumber(text.charCodeAt(i - 1))) {
      clean += text.slice(from, i);
      while (text.charCodeAt(i) === ZERO && isDigit(text.charCodeAt(i + 1))) i++;
      from = i;
    }
  }
  return from === 0 ? text : clean + text.slice(from);
};

/** The value of an event's data. @throws SyntaxError when it is no JSON even so */
export const parseEventJson = (data: string): Json => {
  try {
    return JSON.parse(data) as Json;
  } catch (error) {
    const plain = withoutLeadingZeros(data);
    if (plain === data) throw error;
    return JSON.parse(plain) as Json;
  }
};
