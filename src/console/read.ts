/** Reads what a call sends: path, query, body and headers, each against the route's own schema. What no schema names is refused (F122). */
import type { z } from "@hono/zod-openapi";

import { GatewayError } from "../errors.ts";
import { isJsonType } from "../http/body.ts";
import { type ScanLimits, scanJson } from "../protocols/json.ts";
import { ConsoleError, problems } from "./errors.ts";

/** Largest body of a call of the console, in bytes. */
export const BODY_BYTES = 256 * 1024;
/** Names and values of one query. */
const MAX_QUERY_VALUES = 40;
/** Problems that one answer names. */
const MAX_PROBLEMS = 20;
const MAX_IDEMPOTENCY_KEY = 255;

/** Forms are flat; a doubled member would mean two things to two readers. */
const BODY_LIMITS: ScanLimits = { depth: 16, tokens: 50_000, duplicates: "refuse", leadingZeros: false };

type Issue = z.core.$ZodIssue;

/** A path such as `limits.rpm`; unknown members by their own names, which the message would otherwise quote. */
const placesOf = (issue: Issue): readonly string[] => {
  const path = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return [path];
  return issue.keys.map((key) => (path === "" ? key : `${path}.${key}`));
};

/** What is wrong, in our words where the library would repeat a value. */
const wordsOf = (issue: Issue): string => {
  if (issue.code === "unrecognized_keys") return "is not a field of this request";
  if (issue.code === "invalid_type" && issue.input === undefined) return "is required";
  return issue.message;
};

/** Longest name of a field that an answer repeats. */
const MAX_NAME = 80;

const fieldsOf = (issues: readonly Issue[]): Record<string, string> =>
  Object.fromEntries(
    issues
      .slice(0, MAX_PROBLEMS)
      .flatMap((issue) => placesOf(issue).map((place): [string, string] => [place.slice(0, MAX_NAME), wordsOf(issue)])),
  );

/** A value as its schema makes it. @throws ConsoleError that names each field that is wrong */
const parse = (schema: z.ZodType, value: unknown): unknown => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw problems.invalid(fieldsOf(parsed.error.issues));
  return parsed.data;
};

/** The parameters of a path, decoded, without the account, which the guard has checked. */
export const readParams = (schema: z.ZodObject | undefined, params: Readonly<Record<string, string>>): unknown => {
  if (schema === undefined) return undefined;
  const { account: _account, ...rest } = params;
  // An operator's routes name an account without entering it.
  const own = Object.hasOwn(schema.shape, "account") ? params : rest;
  const parsed = schema.safeParse(own);
  // A malformed id is an id of nothing: what was asked for does not exist.
  if (!parsed.success) throw problems.missing("object");
  return parsed.data;
};

/** The query, each name at most once. */
export const readQuery = (schema: z.ZodObject | undefined, query: URLSearchParams): unknown => {
  const names = [...query.keys()];
  if (names.length > MAX_QUERY_VALUES) throw problems.invalid({ query: "has too many values" });
  const doubled = names.find((name, index) => names.indexOf(name) < index);
  if (doubled !== undefined) throw problems.invalid({ [doubled.slice(0, MAX_NAME)]: "is given twice" });
  if (schema !== undefined) return parse(schema, Object.fromEntries(query));
  const [first] = names;
  if (first !== undefined) throw problems.invalid({ [first.slice(0, MAX_NAME)]: "is not a field of this request" });
  return undefined;
};

/** The bytes as JSON, an object on top. @throws ConsoleError for what is none, is too deep, or names a member twice */
const readJson = (bytes: Buffer): unknown => {
  try {
    scanJson(bytes, BODY_LIMITS);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new ConsoleError("invalid_value", error.message);
  }
  return JSON.parse(bytes.toString());
};

/** A body that is there must be JSON: forms and text are what another site's page may send without asking. */
export const refuseMedia = (bytes: Buffer, contentType: string | null): void => {
  if (bytes.length > 0 && !isJsonType(contentType ?? undefined)) throw problems.media();
};

/** The body; an empty one where none is expected. */
export const readBody = (schema: z.ZodType | undefined, bytes: Buffer): unknown => {
  if (schema !== undefined) {
    if (bytes.length === 0) throw problems.media();
    return parse(schema, readJson(bytes));
  }
  if (bytes.length > 0 && Object.keys(readJson(bytes) as object).length > 0)
    throw problems.invalid({ body: "must be empty" });
  return undefined;
};

/** The Idempotency-Key; the rim has let only one line of visible ASCII through. */
export const readIdempotencyKey = (sent: string | null): string | null => {
  const key = sent?.trim() ?? "";
  if (sent === null) return null;
  if (key === "" || key.length > MAX_IDEMPOTENCY_KEY)
    throw problems.invalid({ "Idempotency-Key": `must have 1 to ${MAX_IDEMPOTENCY_KEY} characters` });
  return key;
};
