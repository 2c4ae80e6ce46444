/** What a caller asks of the history, in the query of `GET /v1/usage`. Pure. */
import { z } from "zod";

import { errors } from "../errors.ts";
import { requestIdBytes } from "../id.ts";
import { MOST_ENTRIES, MOST_EXAMINED, USUAL_ENTRIES } from "./history.ts";

export interface HistoryQuestion {
  /** Milliseconds since the Unix epoch; `to` is not in it. Null: open. */
  readonly from: number | null;
  readonly to: number | null;
  /** The id of a request: only older ones. */
  readonly before: Uint8Array | null;
  readonly limit: number;
  readonly model: string | null;
  /** A key's public id. */
  readonly keyId: string | null;
  readonly outcome: string | null;
  readonly csv: boolean;
  readonly totals: boolean;
}

const NAMES = ["from", "to", "before", "limit", "model", "key_id", "outcome", "format", "totals"] as const;
type Name = (typeof NAMES)[number];

/** A credential in the address, and what Anthropic's clients add to every address: nobody's filter. */
const IGNORED = ["key", "beta"];
const FORMATS: readonly string[] = ["json", "csv"];
/** Far beyond any name of a model. */
const MOST_CHARACTERS = 256;
/** Seconds until the year 5138: larger numbers are milliseconds by mistake. */
const MOST_DIGITS = 11;

const isName = (name: string): name is Name => (NAMES as readonly string[]).includes(name);

/** @throws GatewayError invalid_value: a misspelt filter must not give the sums of everything */
const readNames = (query: URLSearchParams): ReadonlyMap<Name, string> => {
  const values = new Map<Name, string>();
  for (const [name, value] of query) {
    if (IGNORED.includes(name)) continue;
    const shown = name.slice(0, MOST_CHARACTERS);
    if (!isName(name)) throw errors.invalidValue(shown, `is not known here; use ${NAMES.join(", ")}`);
    if (values.has(name)) throw errors.invalidValue(name, "stands twice");
    if (value === "" || value.length > MOST_CHARACTERS)
      throw errors.invalidValue(name, `must have 1 to ${MOST_CHARACTERS} characters`);
    values.set(name, value);
  }
  return values;
};

/** @returns null for what is not plain digits, or more of them than any parameter has */
const whole = (text: string, most: number): number | null => {
  if (text.length > MOST_DIGITS) return null;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return null;
    value = value * 10 + code - 48;
  }
  return value <= most ? value : null;
};

const isoDate = z.iso.date();
const isoTime = z.iso.datetime({ offset: true });

/** A moment as ISO 8601 or in seconds since the Unix epoch. @throws GatewayError invalid_value */
const readMoment = (name: Name, text: string | undefined): number | null => {
  if (text === undefined) return null;
  const seconds = whole(text, Number.POSITIVE_INFINITY);
  if (seconds !== null) return seconds * 1_000;
  // The plus of an offset that was not escaped arrives as a blank.
  const iso = text.replace(" ", "+");
  if (isoDate.safeParse(iso).success || isoTime.safeParse(iso).success) return Date.parse(iso);
  throw errors.invalidValue(name, "must be a date such as 2026-11-21 or 2026-11-21T08:00:00Z, or Unix seconds");
};

const readLimit = (text: string | undefined, csv: boolean): number => {
  const most = csv ? MOST_EXAMINED : MOST_ENTRIES;
  if (text === undefined) return csv ? MOST_EXAMINED : USUAL_ENTRIES;
  const limit = whole(text, most);
  if (limit === null || limit < 1) throw errors.invalidValue("limit", `must be an integer between 1 and ${most}`);
  return limit;
};

const oneOf = (name: Name, text: string | undefined, words: readonly string[]): string | null => {
  if (text === undefined) return null;
  if (!words.includes(text)) throw errors.invalidValue(name, `must be one of ${words.join(", ")}`);
  return text;
};

/** Whether a header asks for CSV; JSON where both will do. */
const prefersCsv = (accept: string | undefined): boolean => {
  const media = (accept ?? "").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  return media.includes("text/csv") && !media.includes("application/json");
};

/** @param outcomes those that there are @throws GatewayError invalid_value, naming the parameter */
export const readQuestion = (
  query: string,
  accept: string | undefined,
  outcomes: readonly string[],
): HistoryQuestion => {
  const values = readNames(new URLSearchParams(query));
  const format = oneOf("format", values.get("format"), FORMATS);
  const csv = format === null ? prefersCsv(accept) : format === "csv";
  const [from, to] = [readMoment("from", values.get("from")), readMoment("to", values.get("to"))];
  if (from !== null && to !== null && from >= to) throw errors.invalidValue("to", "must be after from");
  const before = values.get("before");
  const cursor = before === undefined ? null : requestIdBytes(before);
  if (before !== undefined && cursor === null) throw errors.invalidValue("before", "must be the id of a request");
  const totals = oneOf("totals", values.get("totals"), ["true", "false"]) === "true";
  if (totals && csv) throw errors.invalidValue("totals", "have no place in CSV");
  return {
    from,
    to,
    before: cursor,
    limit: readLimit(values.get("limit"), csv),
    model: values.get("model") ?? null,
    keyId: values.get("key_id") ?? null,
    outcome: oneOf("outcome", values.get("outcome"), outcomes),
    csv,
    totals,
  };
};
