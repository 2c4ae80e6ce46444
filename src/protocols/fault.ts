/**
 * What a provider's error may tell us, whatever protocol it speaks: a class, and nothing of its text.
 *
 * Providers of one protocol share no error shape, so every known shape is reduced to the same few words (type, code, text), and
 * the words are compared with short closed lists. The text is looked at and thrown away: messages of providers hold parts of keys,
 * hosts and organisations (B37, B38).
 */
import { errors } from "../errors.ts";
import { table } from "../table.ts";
import type { Json, JsonObject } from "./canonical.ts";
import type { UpstreamFault } from "./protocol.ts";
import { isObject, listOf } from "./value.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/** The words of an error, lower-cased. */
interface Words {
  readonly type: string;
  readonly code: string;
  readonly text: string;
  /** The request's field at fault, if it reads like the name of one. */
  readonly param: string | undefined;
}

/** Seconds to wait where a provider that is busy names none, and the most that is believed. */
const DEFAULT_WAIT = 5;
const LONGEST_WAIT = 3_600;
/** Only the beginning of a text is looked at. */
const TEXT_LENGTH = 4_096;

const CONTEXT_CODES = [
  "context_length_exceeded",
  "exceed_context_size_error",
  "too_many_prompt_tokens",
  "model_max_prompt_tokens_exceeded",
] as const;
const CONTEXT_PHRASES = [
  "maximum context length",
  "max context length",
  "context length exceeded",
  "context window",
  "available context size",
  "prompt is too long",
  "prompt too long",
  "input is too long",
  "exceeds the maximum number of tokens",
  "exceed context limit",
] as const;

const POLICY_CODES = [
  "content_filter",
  "content_policy_violation",
  "responsibleaipolicyviolation",
  "moderation_blocked",
  "data_inspection_failed",
  "policy_blocked",
  "sensitive_content",
] as const;
const POLICY_PHRASES = [
  "content management policy",
  "content policy",
  "usage policies",
  "flagged by moderation",
] as const;

/** The operator's key, quota or balance at the provider, under whatever status. */
const CREDENTIAL_CODES = [
  "insufficient_quota",
  "invalid_api_key",
  "authentication_error",
  "permission_error",
  "billing_error",
  "billing_not_active",
  "account_deactivated",
  "insufficient_balance",
  "exceeded_current_quota_error",
] as const;
const CREDENTIAL_PHRASES = ["credit balance is too low", "incorrect api key", "insufficient balance"] as const;

/** The provider does not know the model that our own route names. */
const MODEL_CODES = ["model_not_found", "invalid_model", "deploymentnotfound", "not_found_error"] as const;
const MODEL_PHRASES = ["is not a valid model id"] as const;

const BUSY_CODES = [
  "overloaded_error",
  "overloaded",
  "server_overloaded",
  "server_is_overloaded",
  "engine_overloaded",
] as const;
/** Compared as a whole: that is all the provider says. */
const BUSY_TEXTS = ["overloaded"] as const;

/** Types of error events, which come without a status, and the status they would have had. */
const STATUS_OF = table<number>({
  overloaded_error: 529,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  tokens: 429,
  requests: 429,
  timeout_error: 504,
  invalid_request_error: 400,
  context_length_exceeded: 400,
  invalid_prompt: 400,
  request_too_large: 413,
  image_generation_user_error: 400,
});

const isWord = (char: string): boolean => {
  const code = char.charCodeAt(0);
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return isLetter || (code >= 48 && code <= 57) || "_.[]".includes(char);
};

const LONGEST_PARAM = 64;

/** A field's name as it may be shown: short, and made only of what paths are made of. */
const paramOf = (value: Json | undefined): string | undefined => {
  if (typeof value !== "string" || value === "" || value.length > LONGEST_PARAM) return undefined;
  return Array.from(value).every(isWord) ? value : undefined;
};

const word = (value: Json | undefined): string => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.slice(0, TEXT_LENGTH).toLowerCase() : "";
};

/** The words of an error object, or of the plain text that some providers put in its place. */
const wordsIn = (error: Json | undefined, around: JsonObject): Words => {
  if (!isObject(error)) {
    const text = word(error) || word(around["detail"]) || word(around["message"]);
    return { type: word(around["type"]), code: word(around["code"]), text, param: paramOf(around["param"]) };
  }
  const inner = isObject(error["innererror"]) ? word(error["innererror"]["code"]) : "";
  return {
    type: word(error["type"]),
    code: word(error["code"]) || inner,
    text: word(error["message"]),
    param: paramOf(error["param"]),
  };
};

const NO_WORDS: Words = { type: "", code: "", text: "", param: undefined };

const wordsOf = (body: Json | undefined): Words => {
  const first = Array.isArray(body) ? listOf(body)[0] : body;
  return isObject(first) ? wordsIn(first["error"], first) : NO_WORDS;
};

const parsed = (body: Buffer): Json | undefined => {
  try {
    return JSON.parse(body.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
};

const says = (words: Words, codes: readonly string[], phrases: readonly string[]): boolean =>
  codes.includes(words.code) || codes.includes(words.type) || phrases.some((phrase) => words.text.includes(phrase));

/** A header's non-negative number, without exponents and signs. */
const numberIn = (text: string | undefined): number | undefined => {
  const trimmed = text?.trim() ?? "";
  if (
    trimmed === "" ||
    trimmed.length > 12 ||
    !Array.from(trimmed).every((char) => (char >= "0" && char <= "9") || char === ".")
  )
    return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
};

/** Seconds from one HTTP date to another: the provider's own clock says what "then" means. */
const secondsBetween = (from: string | undefined, to: string | undefined): number | undefined => {
  if (from === undefined || to === undefined) return undefined;
  const span = (Date.parse(to) - Date.parse(from)) / 1_000;
  return Number.isNaN(span) ? undefined : Math.max(0, span);
};

/**
 * How long the provider asks to be left alone, in whole seconds up to an hour: `retry-after-ms`, then `retry-after` as seconds or
 * as a date (against the reply's own `date`). @returns undefined when it does not say
 */
export const waitOf = (headers: Headers): number | undefined => {
  const milliseconds = numberIn(headers["retry-after-ms"]);
  const said = headers["retry-after"];
  const seconds =
    milliseconds === undefined ? (numberIn(said) ?? secondsBetween(headers["date"], said)) : milliseconds / 1_000;
  return seconds === undefined ? undefined : Math.min(LONGEST_WAIT, Math.ceil(seconds));
};

const credentialFault = (why: string): UpstreamFault => ({
  error: errors.upstreamFailed(new Error(why)),
  retry: "safe",
  credential: true,
});

const busyFault = (headers: Headers, why: string): UpstreamFault => {
  const coolDown = waitOf(headers);
  return {
    error: errors.overloaded(coolDown ?? DEFAULT_WAIT, new Error(why)),
    retry: "safe",
    ...(coolDown === undefined ? {} : { coolDown }),
  };
};

/** The request itself is at fault: no other provider would take it. */
const refusal = (words: Words): UpstreamFault => {
  if (says(words, CONTEXT_CODES, CONTEXT_PHRASES)) return { error: errors.contextExceeded(), retry: "never" };
  if (says(words, POLICY_CODES, POLICY_PHRASES)) return { error: errors.contentPolicy(), retry: "never" };
  return { error: errors.refusedByProvider(words.param), retry: "never" };
};

const isRefusal = (status: number): boolean => status === 400 || status === 413 || status === 422;

const classify = (status: number, headers: Headers, words: Words): UpstreamFault => {
  // For the log: our own words and a number, nothing of theirs.
  const why = `provider status ${status}`;
  if (says(words, BUSY_CODES, []) || (status >= 500 && BUSY_TEXTS.some((text) => words.text === text)))
    return busyFault(headers, why);
  if (status === 403 && says(words, POLICY_CODES, POLICY_PHRASES)) return refusal(words);
  if (status === 401 || status === 402 || status === 403) return credentialFault(why);
  if (status < 500 && says(words, CREDENTIAL_CODES, CREDENTIAL_PHRASES)) return credentialFault(why);
  if (status === 429 || status === 529) return busyFault(headers, why);
  if (isRefusal(status) && !says(words, MODEL_CODES, MODEL_PHRASES)) return refusal(words);
  const cause = new Error(why);
  if (status === 408 || status === 504) return { error: errors.upstreamTimeout(cause), retry: "uncertain" };
  // A 503 was turned away at the door, and so was everything that is no 5xx; other failures may have cost something.
  const safe = status === 503 || status < 500;
  return { error: errors.upstreamFailed(cause), retry: safe ? "safe" : "uncertain" };
};

/** The fault of an answer that is not 2xx. Its body may be JSON of any shape, text or nothing. */
export const httpFault = (status: number, headers: Headers, body: Buffer): UpstreamFault =>
  classify(status, headers, wordsOf(parsed(body)));

const isStatus = (value: Json | undefined): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 400 && value < 600;

const NO_HEADERS: Headers = {};

/**
 * The fault of an error that came inside a 200: a whole body, an event, or a member of one.
 * @param error the error member; @param body what it stands in
 */
export const bodyFault = (error: Json | undefined, body: JsonObject): UpstreamFault => {
  const words = wordsIn(error, body);
  const members = isObject(error) ? error : body;
  const said = [members["status_code"], members["code"], members["status"]].find(isStatus);
  const status = said ?? STATUS_OF[words.type] ?? STATUS_OF[words.code] ?? 500;
  return classify(status, NO_HEADERS, words);
};
